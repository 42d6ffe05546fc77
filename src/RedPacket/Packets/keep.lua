-- Gives a packet its Idempotency-Key back, where Redis has lost the key.
--
-- KEYS  1 {s}:k:<key hash>
-- ARGV  1 the claim: packet id, content hash   2 when the key ends (ms, by the clock of Redis)
--
-- Answers  'kept', 'over' when its time is over, or 'taken' when the key names a packet already: then nothing was changed
--
-- Promise: takes a key from no packet. What it writes is true on any server and in any run, so it asks for no seal (PROTOCOL 4.6). It works
-- at the memory limit of Redis, because no walk ends without it.

if redis.call('EXISTS', KEYS[1]) == 1 then return 'taken' end
local time = redis.call('TIME')
local life = tonumber(ARGV[2]) - tonumber(time[1]) * 1000 - math.floor(tonumber(time[2]) * 0.001)
if life < 1 then return 'over' end
-- Redis refuses the first write of a script that needs memory, and none after a write that needs none.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%.0f', life))
return 'kept'
