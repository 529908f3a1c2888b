-- How a claim ended; 0 while it goes on, and for claims of before.
ALTER TABLE task_attempt
  ADD COLUMN outcome TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN reason TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN ended_us BIGINT NULL,
  ADD CONSTRAINT task_attempt_outcome CHECK (outcome BETWEEN 0 AND 7)
