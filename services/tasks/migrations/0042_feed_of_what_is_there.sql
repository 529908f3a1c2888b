-- Places and open tasks that were there before the change feed: without entries no phone would hear of them.
INSERT IGNORE INTO sync_entry (grid, kind, id, version, gone, bytes, hash, changed_us)
SELECT grid, kind, id, version, FALSE, 500,
  CAST(CAST(CONV(LEFT(SHA2(CONCAT(kind, '/', LOWER(CONCAT_WS('-', LEFT(HEX(id), 8), SUBSTRING(HEX(id), 9, 4),
    SUBSTRING(HEX(id), 13, 4), SUBSTRING(HEX(id), 17, 4), RIGHT(HEX(id), 12))), '/', version), 256), 16), 16, 10)
    AS UNSIGNED) AS SIGNED),
  CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)
FROM (
  SELECT grid, kind, id, ROW_NUMBER() OVER (PARTITION BY grid ORDER BY kind, id) AS version
  FROM (SELECT grid, 'place' AS kind, id FROM place
        UNION ALL SELECT grid, 'task' AS kind, id FROM task WHERE state IN (1, 2, 3, 4)) AS records
) AS numbered
WHERE NOT EXISTS (SELECT 1 FROM sync_clock)
