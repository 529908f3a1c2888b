-- Takes tasks out of some lanes, one by one from the lane whose turn it is, for a claim that MySQL decides. Each is held for a moment; a
-- claim that comes to nothing gives it back by letting that pass.
-- KEYS: 1 leases (zset), 2 lanes by name (zset), 3 lanes by turn (zset), 4... ready tasks of each lane (zset)
-- ARGV: 1 how many tasks, 2 how long they are held in ms, 3... the lanes, in the order of KEYS
-- Returns the ids, best first.
local time = redis.call('TIME')
local held_until = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[2])

local lanes = {}
for i = 4, #KEYS do
  local turn = redis.call('ZSCORE', KEYS[3], ARGV[i - 1])
  if turn then lanes[#lanes + 1] = {ready = KEYS[i], name = ARGV[i - 1], turn = tonumber(turn)} end
end

local ids = {}
while #ids < tonumber(ARGV[1]) and #lanes > 0 do
  local at = 1
  for i = 2, #lanes do
    if lanes[i].turn < lanes[at].turn then at = i end
  end
  local lane = lanes[at]
  local id = redis.call('ZPOPMIN', lane.ready)[1]
  if id then
    ids[#ids + 1] = id
    lane.turn = lane.turn + 1
    redis.call('ZADD', KEYS[1], held_until, id)
    redis.call('ZADD', KEYS[3], lane.turn, lane.name)
  end
  if redis.call('ZCARD', lane.ready) == 0 then
    redis.call('ZREM', KEYS[2], lane.name)
    redis.call('ZREM', KEYS[3], lane.name)
    table.remove(lanes, at)
  end
end
return ids
