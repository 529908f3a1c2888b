-- What must not be believed any more. Versions have no gaps in the order of commits; `id` tells a version from one that a crash took back.
CREATE TABLE revocation (
  version BIGINT NOT NULL PRIMARY KEY,
  id BINARY(16) NOT NULL,
  kind TINYINT UNSIGNED NOT NULL,
  subject VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  below BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  KEY revocation_until (until_us)
) ENGINE = InnoDB
