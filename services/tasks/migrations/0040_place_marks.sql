-- When and by whom each field was last changed, so that changes made offline are merged field by field. A row that was changed before this
-- column came says nothing.
ALTER TABLE place ADD COLUMN marks VARCHAR(1200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
