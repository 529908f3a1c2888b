-- The clocks that go with the entries of 0042.
INSERT INTO sync_clock (grid, version, floor)
SELECT grid, MAX(version), 0 FROM sync_entry GROUP BY grid
ON DUPLICATE KEY UPDATE sync_clock.version = GREATEST(sync_clock.version, VALUES(version))
