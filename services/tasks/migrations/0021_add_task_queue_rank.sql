-- The order in which a lane's work is claimed (RankOf in task.h): priority 0 first, the others by the millisecond since when they wait, with a
-- day (86,400,000) added for each priority below 1, behind a number (2^50) that no time reaches. A rank never changes while a task waits.
ALTER TABLE task
  ADD COLUMN queue_rank BIGINT AS (
    COALESCE(first_start_us, created_us) DIV 1000 + IF(priority = 0, 0, 1125899906842624 + (priority - 1) * 86400000)) STORED,
  DROP KEY task_queue,
  ADD KEY task_queue (state, grid, roles, qualifications, queue_rank, id),
  DROP KEY task_assignee,
  ADD KEY task_assignee (assignee, state, queue_rank, id)
