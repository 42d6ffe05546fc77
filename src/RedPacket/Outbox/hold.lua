-- Takes the lease of a shard for a relay, or renews it.
--
-- KEYS  1 {s}:relay
-- ARGV  1 the relay's name   2 term of the lease (ms)
--
-- Answers  'held', or 'lost' while another relay holds it: then nothing was changed
--
-- Promise: takes the lease from no relay whose term is not over. It works while Redis is out of memory: the outbox must drain there.

local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 'lost' end
-- At its memory limit Redis allows PEXPIRE and DEL, and refuses the first write of a script if that is SET.
if holder and redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 1 then return 'held' end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'held'
