-- Rows that change so that a commit can be waited for (common/mysql/fence.h).
CREATE TABLE fence (
  id TINYINT NOT NULL PRIMARY KEY,
  n BIGINT NOT NULL
) ENGINE = InnoDB
