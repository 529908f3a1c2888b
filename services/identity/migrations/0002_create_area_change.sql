-- One row: how often areas were written. Writers take turns on it; readers see by it that their index is old.
CREATE TABLE area_change (
  id TINYINT NOT NULL PRIMARY KEY,
  count BIGINT NOT NULL
) ENGINE = InnoDB
