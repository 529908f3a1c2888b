-- Premises and spots: what is inspected or cared for. Nothing here says who lives or stays there.
-- `cell` is the S2 leaf cell of the location as a signed number: the cells of one S2 face keep their order, and a range of cells never
-- leaves its face. KEY near answers "what lies around here" for a kind and for areas from the index alone; KEY grid does so for the few places
-- of a worker, and lists by kind.
CREATE TABLE place (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind TINYINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  address VARCHAR(200) NOT NULL,
  locality VARCHAR(100) NOT NULL,
  postal_code VARCHAR(16) NOT NULL,
  latitude_e7 INT NULL,
  longitude_e7 INT NULL,
  cell BIGINT NULL,
  grid VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status TINYINT NOT NULL,
  operator_organisation VARCHAR(200) NOT NULL,
  operator_licence VARCHAR(64) NOT NULL,
  risk VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  UNIQUE KEY source (source, source_id),
  KEY grid (grid, id, kind, cell),
  KEY near (cell, kind, grid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
