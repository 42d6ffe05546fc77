-- Marks packets as compared with the ledger: from now on the scripts that move money accept them.
--
-- KEYS  1 {s}:opener   2 {s}:meta   3 {s}:wanted   then per packet: {s}:p:<id>
-- ARGV  1 the opener's right   2 life of the right (ms)   3 the open run   then per packet: packet id, and what the walk found:
--       'same' (both sides agree), 'done' (it was rebuilt, which marked it), 'gone' (neither side yields it), 'before' (it was compared
--       before)
--
-- Answers  'done', or 'lost' when another opener or server has taken over, or the run is over: then nothing was changed
--
-- Promise: marks nothing in a run in which it was not compared. A record that neither side can make whole grants no more, and answers those
-- who hold a share. A packet of which Redis has no record is unknown for the rest of the walk.

if not openingSeal() or redis.call('HGET', KEYS[2], 'run') ~= ARGV[3] then return 'lost' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
passMemoryLimit(KEYS[2])

-- Half of the places, so that callers always find room.
local MOST_UNKNOWN = 5000

local unknown, compared = {}, 0
for i = 4, #KEYS do
  local id, found = ARGV[2 * i - 4], ARGV[2 * i - 3]
  local state = redis.pcall('HGET', KEYS[i], 'state')
  local isThere = type(state) == 'string'
  if found ~= 'before' then compared = compared + 1 end
  if isThere and found == 'same' then redis.call('HSET', KEYS[i], 'run', ARGV[3]) end
  if isThere and found == 'gone' then redis.call('HSET', KEYS[i], 'run', ARGV[3], 'state', 'damaged') end
  if isThere or found ~= 'gone' then redis.call('ZREM', KEYS[3], id) else unknown[#unknown + 1] = id end
end
for _, id in ipairs(unknown) do redis.call('ZADD', KEYS[3], '0', id) end
if #unknown > 0 and redis.call('ZCOUNT', KEYS[3], '0', '0') > MOST_UNKNOWN then redis.call('ZREMRANGEBYSCORE', KEYS[3], '0', '0') end
if redis.call('HEXISTS', KEYS[2], 'walk') == 1 then redis.call('HINCRBY', KEYS[2], 'walk', compared) end
return 'done'
