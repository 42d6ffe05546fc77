-- Takes recorded entries out of the outbox.
--
-- KEYS  1 {s}:meta   2 {s}:out   3 {s}:told
-- ARGV  1 writer of the ledger   2 number of its transaction that has these entries
--       then pairs of delivery numbers: first and last of a range that holds only recorded entries
--
-- Answers  'done', or 'shut' when a number is beyond all that this Redis has handed out: then the gate is shut
--
-- Promise: removes exactly these numbers. A number that was never handed out here proves that this Redis has lost something without a
-- restart (an import, a snapshot of the machine): the seal is removed (PROTOCOL 4.2). The transaction is kept first, so that a ledger that
-- lacks it is found (PROTOCOL 6.5).

-- At its memory limit Redis refuses a write only if no write came before it that needs no memory. The outbox must drain there too.
redis.call('HDEL', KEYS[1], '')
if tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or 0) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[3], ARGV[1], ARGV[2]) end

local highest = 0
for i = 3, #ARGV, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[2], ARGV[i], ARGV[i + 1])
  highest = math.max(highest, tonumber(ARGV[i + 1]))
end
if highest <= 2 * tonumber(redis.call('HGET', KEYS[1], 'seq') or 0) + 1 then return 'done' end
redis.call('HDEL', KEYS[1], 'seal')
return 'shut'
