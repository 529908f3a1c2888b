-- A late result (state 4) is decided: accepted, kept as a duplicate (5), or followed by a second visit (6).
ALTER TABLE submission
  ADD COLUMN second_visit BINARY(16) NULL,
  ADD KEY submission_state_of_task (state, task, attempt),
  DROP CONSTRAINT submission_state,
  ADD CONSTRAINT submission_states CHECK (state BETWEEN 1 AND 6)
