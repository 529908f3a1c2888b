-- The tree of areas. `path` holds the codes from the root; `search_text` is the name as ListAreas searches it; `geometry` is a
-- serialized gridwork.common.v1.MultiPolygon, empty when there is none.
CREATE TABLE area (
  code VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  search_text VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  level VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  parent VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NULL,
  path VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  inhabitants BIGINT NOT NULL,
  geometry MEDIUMBLOB NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  UNIQUE KEY path (path),
  KEY parent (parent, path),
  CONSTRAINT area_parent FOREIGN KEY (parent) REFERENCES area (code)
) ENGINE = InnoDB
