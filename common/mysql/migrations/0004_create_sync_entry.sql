-- The newest change of each record in each grid that it is or was in. `gone`: it has left the grid. `hash` makes the grid's set digest:
-- the first 64 bits of SHA-256("kind/id/version"), 0 when gone. `bytes` is about what a phone needs for it.
CREATE TABLE sync_entry (
  grid VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id BINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  gone BOOLEAN NOT NULL,
  bytes INT NOT NULL,
  hash BIGINT NOT NULL,
  changed_us BIGINT NOT NULL,
  PRIMARY KEY (grid, kind, id),
  UNIQUE KEY sync_entry_version (grid, version),
  KEY sync_entry_gone (gone, changed_us)
) ENGINE = InnoDB
