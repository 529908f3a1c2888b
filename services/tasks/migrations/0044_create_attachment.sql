-- A picture that belongs to a task, on its way (1), kept (2) or refused (3). Its bytes are in the object store; of the
-- first `received` of them every piece is durable there before this row says so. It has no column for who sent it: the
-- attempt says that.
CREATE TABLE attachment (
  id BINARY(16) NOT NULL PRIMARY KEY,
  task BINARY(16) NOT NULL,
  attempt INT NOT NULL,
  state TINYINT NOT NULL,
  reject_reason TINYINT NOT NULL,
  sha256 BINARY(32) NOT NULL,
  size INT NOT NULL,
  received INT NOT NULL,
  content_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  stored INT NOT NULL,
  stored_sha256 VARBINARY(32) NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  UNIQUE KEY attachment_of_task (task, sha256),
  KEY attachment_stale (state, updated_us),
  CONSTRAINT attachment_state CHECK (state BETWEEN 1 AND 3),
  CONSTRAINT attachment_rejected_has_reason CHECK ((state = 3) = (reject_reason > 0)),
  CONSTRAINT attachment_size CHECK (size BETWEEN 1 AND 10485760 AND received BETWEEN 0 AND size),
  CONSTRAINT attachment_ready_is_whole CHECK (state <> 2 OR (received = size AND stored > 0))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
