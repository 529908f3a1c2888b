-- The grant that this one was made of, and whose that is; NULL for one that an administrator gave.
ALTER TABLE role_grant
  ADD COLUMN delegated_by BINARY(16) NULL,
  ADD COLUMN delegated_from BINARY(16) NULL,
  ADD KEY delegated_by (delegated_by)
