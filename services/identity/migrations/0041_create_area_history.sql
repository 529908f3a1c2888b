-- Every version of every area, from when it held.
CREATE TABLE area_history (
  code VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  from_us BIGINT NOT NULL,
  display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  level VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  inhabitants BIGINT NOT NULL,
  geometry MEDIUMBLOB NOT NULL,
  ended_us BIGINT NULL,
  merged_into VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (code, version)
) ENGINE = InnoDB
