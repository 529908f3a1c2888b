-- The result of an attempt. Where it was made is not here: it was compared with the place and dropped.
CREATE TABLE submission (
  task BINARY(16) NOT NULL,
  attempt INT NOT NULL,
  state TINYINT NOT NULL,
  worker VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  form_version INT NOT NULL,
  content MEDIUMBLOB NOT NULL,
  near_place TINYINT NULL,
  review_note VARCHAR(300) NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (task, attempt),
  CONSTRAINT submission_state CHECK (state BETWEEN 1 AND 4)
)
