-- One claim of a task: who may still hand in its result, late as it may be.
CREATE TABLE task_attempt (
  task BINARY(16) NOT NULL,
  attempt INT NOT NULL,
  worker VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  claimed_us BIGINT NOT NULL,
  PRIMARY KEY (task, attempt)
)
