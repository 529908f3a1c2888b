-- Tasks whose lease, or whose moment of being offered, is over: MySQL is asked about them. Each is not named again for a while.
-- KEYS: 1 leases (zset)
-- ARGV: 1 how many at most, 2 for how long they are not named again in ms
-- Returns their ids.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), id) end
return ids
