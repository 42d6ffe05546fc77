-- Takes recorded entries out of the outbox.
--
-- KEYS  1 {s}:meta   2 {s}:out
-- ARGV  pairs of delivery numbers: first and last of a range that holds only recorded entries
--
-- Answers  'done', or 'shut' when a number is beyond all that this Redis has handed out: then the gate is shut
--
-- Promise: removes exactly these numbers. A number that was never handed out here proves that this Redis has lost something without a
-- restart (an import, a snapshot of the machine): the seal is removed (PROTOCOL 4.2).

local highest = 0
for i = 1, #ARGV, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[2], ARGV[i], ARGV[i + 1])
  highest = math.max(highest, tonumber(ARGV[i + 1]))
end
if highest <= 2 * tonumber(redis.call('HGET', KEYS[1], 'seq') or 0) + 1 then return 'done' end
redis.call('HDEL', KEYS[1], 'seal')
return 'shut'
