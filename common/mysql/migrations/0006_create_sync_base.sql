-- The version of each grid when an epoch began.
CREATE TABLE sync_base (
  epoch BIGINT NOT NULL,
  grid VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (epoch, grid)
) ENGINE = InnoDB
