-- A kind of task; its forms are in task_form, one row a version.
CREATE TABLE task_kind (
  code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  display_name VARCHAR(100) NOT NULL,
  area VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  priority TINYINT NOT NULL,
  duration_minutes INT NOT NULL,
  within_metres INT NOT NULL,
  claim_roles VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  form_version INT NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  PRIMARY KEY (code),
  CONSTRAINT task_kind_priority CHECK (priority BETWEEN 0 AND 9),
  CONSTRAINT task_kind_within CHECK (within_metres BETWEEN 0 AND 1000)
)
