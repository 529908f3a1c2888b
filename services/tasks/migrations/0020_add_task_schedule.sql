-- When a task is ready, how its lease holds, who may take it, and what failed. A row of before: an online lease, no start, nothing needed.
ALTER TABLE task
  ADD COLUMN qualifications VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN lease_kind TINYINT NOT NULL DEFAULT 1,
  ADD COLUMN start_us BIGINT NULL,
  ADD COLUMN first_start_us BIGINT NULL,
  ADD COLUMN failures INT NOT NULL DEFAULT 0,
  ADD COLUMN leases_over INT NOT NULL DEFAULT 0,
  ADD COLUMN assign_reason TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN replay_reason TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN second_visit_of VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD KEY task_start (state, start_us),
  ADD CONSTRAINT task_lease_kind CHECK (lease_kind BETWEEN 1 AND 2)
