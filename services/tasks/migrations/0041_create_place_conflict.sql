-- A field of a place that somebody wanted to change without having seen its newest value. `proposed` is its value as
-- JSON, `replaced` what was stored when it was decided. Open ones have no `decided_us`.
CREATE TABLE place_conflict (
  id BINARY(16) NOT NULL PRIMARY KEY,
  place BINARY(16) NOT NULL,
  field TINYINT NOT NULL,
  proposed TEXT NOT NULL,
  author VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_us BIGINT NOT NULL,
  state TINYINT NOT NULL,
  replaced TEXT NULL,
  replaced_version BIGINT NOT NULL,
  replaced_author VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  replaced_us BIGINT NULL,
  decided_us BIGINT NULL,
  KEY place_conflict_place (place, id),
  KEY place_conflict_decided (decided_us, created_us),
  CONSTRAINT place_conflict_state CHECK (state BETWEEN 1 AND 4),
  CONSTRAINT place_conflict_decided_has_time CHECK ((state = 1) = (decided_us IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
