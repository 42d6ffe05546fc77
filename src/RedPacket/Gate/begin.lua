-- Begins an opening of a shard's gate. No script moves money any more, and from here on every seq is higher than all before it.
--
-- KEYS  1 {s}:opener   2 {s}:meta   3 {s}:out   4 {s}:wanted   5 {s}:told
-- ARGV  1 the opener's right   2 the highest seq that the ledger has seen   3 life of the right (ms)
--       4… fence lines: live, slow (or none)
--
-- Answers  {'done', the time by the clock of Redis (ms): every earlier run granted its shares before it, the highest seq handed out,
--          the border, the run that it is of}; or 'lost' when another opener or server has taken over: then nothing was changed
--
-- The run that ends here is kept as the last one: what the relay still reads from the outbox belongs to it. Its border (PROTOCOL 4.8) is
-- the last seq that this data had handed out. Redis keeps a prefix of its history, so it knows every entry up to the border, and none
-- beyond. An opening that was interrupted has moved seq since, so the border is kept too.
--
-- Promise: seq never goes back, whatever Redis has forgotten. It moves past the clock in microseconds. No shard hands out a million a
-- second, so all that was lost is below the clock. It also moves past what Redis, the outbox and the ledger know: a clock may go back.
-- Marks that Redis was told before are forgotten, because a ledger that is older than this opening has another run.

if not openingSeal() then return 'lost' end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local run, seq = redis.call('HGET', KEYS[2], 'run'), tonumber(redis.call('HGET', KEYS[2], 'seq') or 0)
if run then redis.call('HSET', KEYS[2], 'last', run, 'border', string.format('%.0f', 2 * seq + 1)) end
redis.call('HDEL', KEYS[2], 'run', 'seal', 'walk', 'correcting')
redis.call('UNLINK', KEYS[4], KEYS[5])

local time = redis.call('TIME')
local last = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
-- A slot is half a seq. Taken whole, each of several quick openings would double it, until a double cannot hold it.
local known = math.max(seq, math.floor(tonumber(ARGV[2]) * 0.5), math.floor(tonumber(last[2] or 0) * 0.5))
-- A second is added to the clock, because the clock of another server may be ahead. It is not added to what is known: several openings in
-- one second must not move the numbers far ahead of the clock.
local slot = (tonumber(time[1]) + 1) * 1000000 + tonumber(time[2])
if slot <= known then slot = known + 1000000 end

for i = 4, #ARGV do
  slot = slot + 1
  -- The first goes by the live lane, the second by the slow one.
  redis.call('ZADD', KEYS[3], string.format('%.0f', 2 * slot + (i - 4)), ARGV[i])
end
redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', slot))
return {'done', time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3), string.format('%.0f', 2 * slot + 1),
  redis.call('HGET', KEYS[2], 'border') or '0', redis.call('HGET', KEYS[2], 'last') or ''}
