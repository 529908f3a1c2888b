-- One row: the newest version of revocation. Writers take turns on it until their commit.
CREATE TABLE revocation_clock (
  id TINYINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) ENGINE = InnoDB
