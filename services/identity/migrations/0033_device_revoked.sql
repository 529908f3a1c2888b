-- When the device was lost or stolen; NULL while it is good.
ALTER TABLE device ADD COLUMN revoked_us BIGINT NULL
