-- The end of a build: the index is built unless it was lost since the build began, and nobody has built it since.
-- KEYS: 1 the mark (hash): a field for each build under way, and "done"
-- ARGV: 1 the build
-- Returns 1 when it is built.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return redis.call('HEXISTS', KEYS[1], 'done') end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'done', '1')
return 1
