-- The log-in of a device: at most one each. Of its refresh tokens only hashes are kept, and the newest sealed for who shows the one before.
CREATE TABLE session (
  device BINARY(16) NOT NULL PRIMARY KEY,
  id BINARY(16) NOT NULL,
  staff BINARY(16) NOT NULL,
  current_sha256 BINARY(32) NOT NULL,
  previous_sha256 BINARY(32) NULL,
  sealed_successor VARBINARY(64) NOT NULL,
  created_us BIGINT NOT NULL,
  rotated_us BIGINT NOT NULL,
  UNIQUE KEY session_id (id),
  KEY session_staff (staff),
  KEY session_rotated (rotated_us)
) ENGINE = InnoDB
