-- What a claimant must have, and after how many failures a task waits for a person.
ALTER TABLE task_kind
  ADD COLUMN qualifications VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN max_failures TINYINT NOT NULL DEFAULT 5,
  ADD CONSTRAINT task_kind_failures CHECK (max_failures BETWEEN 1 AND 20)
