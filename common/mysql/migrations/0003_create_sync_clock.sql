-- The clock of each grid's change feed: the version of the newest change. Its row is locked last in a transaction, so that versions are
-- gap-free in the order of commits. What has left the grid is forgotten up to `floor`.
CREATE TABLE sync_clock (
  grid VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  floor BIGINT NOT NULL
) ENGINE = InnoDB
