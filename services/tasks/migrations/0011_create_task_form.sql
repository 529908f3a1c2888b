-- A submission names the version that it answers: forms are never changed, only followed by the next version.
CREATE TABLE task_form (
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version INT NOT NULL,
  content MEDIUMBLOB NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (kind, version)
)
