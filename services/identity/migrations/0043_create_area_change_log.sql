-- Changes by which points came to lie in other areas; `number` is area_change.count. Paths, one in a line.
CREATE TABLE area_change_log (
  number BIGINT NOT NULL PRIMARY KEY,
  kind TINYINT NOT NULL,
  root VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  from_paths MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  into_paths MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  time_us BIGINT NOT NULL,
  KEY root (root, number),
  CONSTRAINT area_change_kind CHECK (kind BETWEEN 1 AND 4)
) ENGINE = InnoDB
