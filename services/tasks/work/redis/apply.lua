-- Brings what the index knows of one task to a state that MySQL has committed. Version-gated, so that the order of arrival does not matter,
-- and idempotent.
-- KEYS: 1 ready tasks of the lane (zset), 2 leases (zset), 3 the task (hash), 4 lanes by name (zset), 5 lanes by turn (zset)
-- ARGV: 1 task id, 2 version, 3 "ready" | "held" | "gone", 4 rank in the lane or end of the lease in ms, 5 lane,
--       6 "1": also when this version is known already, 7 what is published to q:wake when this is news, or ""
-- Returns 1 when it was applied, 0 when the index knows better.
local version, known = tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[3], 'v') or '-1')
if version < known or (version == known and ARGV[6] ~= '1') then return 0 end
if ARGV[7] ~= '' and ARGV[6] ~= '1' then redis.call('PUBLISH', 'q:wake', ARGV[7]) end

if ARGV[3] == 'ready' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
  redis.call('HSET', KEYS[3], 'v', ARGV[2])
  redis.call('ZADD', KEYS[4], 0, ARGV[5])
  if not redis.call('ZSCORE', KEYS[5], ARGV[5]) then
    -- A lane that comes (back) starts beside the one whose turn is next: neither ahead of all nor behind.
    local first = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
    redis.call('ZADD', KEYS[5], first[2] or 0, ARGV[5])
  end
  return 1
end

redis.call('ZREM', KEYS[1], ARGV[1])
if redis.call('ZCARD', KEYS[1]) == 0 then
  redis.call('ZREM', KEYS[4], ARGV[5])
  redis.call('ZREM', KEYS[5], ARGV[5])
end
if ARGV[3] == 'held' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
  redis.call('HSET', KEYS[3], 'v', ARGV[2])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('DEL', KEYS[3])
end
return 1
