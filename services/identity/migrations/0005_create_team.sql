CREATE TABLE team (
  id BINARY(16) NOT NULL PRIMARY KEY,
  display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  area VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  KEY area (area),
  CONSTRAINT team_area FOREIGN KEY (area) REFERENCES area (code)
) ENGINE = InnoDB
