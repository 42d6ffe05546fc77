-- Gives a packet its Idempotency-Key back, where Redis has lost the key.
--
-- KEYS  1 {s}:opener   2 {s}:k:<key hash>
-- ARGV  1 the opener's right, or '' in a shard that is not the packet's   2 the claim: packet id, content hash
--       3 when the key ends (ms, by the clock of Redis)
--
-- Answers  'done', also when the key names a packet already or its time is over: then nothing was changed
--          'lost' when another opener or server has taken over: then nothing was changed
--
-- Promise: takes a key from no packet. It works at the memory limit of Redis, because no walk ends without it.

if ARGV[1] ~= '' and not openingSeal() then return 'lost' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'done' end
local time = redis.call('TIME')
local life = tonumber(ARGV[3]) - tonumber(time[1]) * 1000 - math.floor(tonumber(time[2]) * 0.001)
if life < 1 then return 'done' end
-- Redis refuses the first write of a script that needs memory, and none after a write that needs none.
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], ARGV[2], 'PX', string.format('%.0f', life))
return 'done'
