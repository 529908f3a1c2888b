-- Attempts that failed, or are under way, for those who guess; whose they are is a hash.
CREATE TABLE attempt (
  subject_sha256 BINARY(32) NOT NULL PRIMARY KEY,
  failures INT NOT NULL,
  last_us BIGINT NOT NULL,
  blocked_until_us BIGINT NOT NULL,
  KEY attempt_last (last_us)
) ENGINE = InnoDB
