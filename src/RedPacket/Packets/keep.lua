-- Gives a packet its Idempotency-Key back, where Redis has lost the key.
--
-- KEYS  1 {s}:k:<key hash>
-- ARGV  1 the claim: packet id, content hash   2 life of the key (ms)
--
-- Answers  'kept', or 'taken' when the key names a packet already: then nothing was changed
--
-- Promise: takes a key from no packet. It works at the memory limit of Redis, because no walk ends without it.

if redis.call('EXISTS', KEYS[1]) == 1 then return 'taken' end
-- Redis refuses the first write of a script that needs memory, and none after a write that needs none.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'kept'
