-- Begins an opening of a shard's gate: no script moves money any more, and every seq from here on is beyond all that was ever handed out.
--
-- KEYS  1 {s}:opener   2 {s}:meta   3 {s}:out
-- ARGV  1 the opener's token   2 the highest seq that the ledger has seen   3 life of the token (ms)   4… fence lines: live, slow (or none)
--
-- Answers  {the moment by Redis's clock (ms): what any earlier run granted, it granted before; the highest seq handed out}; or 'lost' when
--          another opener has taken over: then nothing was changed.
--
-- The run that ends here stays known as the last: what is still read from the outbox belongs to it.
--
-- Promise: seq never goes back, whatever Redis has forgotten: it moves past what Redis knows, past its own clock in microseconds (no shard
-- hands out a million a second), past the outbox and past the ledger.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local run = redis.call('HGET', KEYS[2], 'run')
if run then redis.call('HSET', KEYS[2], 'last', run) end
redis.call('HDEL', KEYS[2], 'run')

local time = redis.call('TIME')
local slot = tonumber(time[1]) * 1000000 + tonumber(time[2])
slot = math.max(slot, tonumber(redis.call('HGET', KEYS[2], 'seq') or 0))
local last = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
-- A slot is half a seq. Halved, not taken whole: openings in quick succession would double it each time, and end beyond 2^53.
for _, seq in ipairs({tonumber(ARGV[2]), tonumber(last[2] or 0)}) do
  slot = math.max(slot, math.floor(seq * 0.5))
end
slot = slot + 1000000

for i = 4, #ARGV do
  slot = slot + 1
  -- The first goes by the live lane, the second by the slow one.
  redis.call('ZADD', KEYS[3], string.format('%.0f', 2 * slot + (i - 4)), ARGV[i])
end
redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', slot))
return {time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3), string.format('%.0f', 2 * slot + 1)}
