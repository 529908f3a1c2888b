-- An area that was merged into another is kept: its code resolves, and is never used again.
ALTER TABLE area
  ADD COLUMN ended_us BIGINT NULL,
  ADD COLUMN merged_into VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD CONSTRAINT area_ended_has_successor CHECK ((ended_us IS NULL) = (merged_into = ''))
