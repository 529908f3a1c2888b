-- The epoch of this life of this server. In memory, on purpose: a server that was started anew has forgotten it. A replica gets the row of
-- its primary, so that a row counts for the server that it names only.
CREATE TABLE sync_boot (
  server BIGINT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL
) ENGINE = MEMORY
