-- Passwords, by Argon2id.
CREATE TABLE credential (
  staff BINARY(16) NOT NULL PRIMARY KEY,
  password_hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  updated_us BIGINT NOT NULL
) ENGINE = InnoDB
