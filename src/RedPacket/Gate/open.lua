-- Opens a shard's gate on the server that executes this: from now on the scripts that move money do so, for packets that were compared in
-- this run. The walk compares them.
--
-- KEYS  1 {s}:opener   2 {s}:meta
-- ARGV  1 the opener's right   2 the id of the new run   3 '1' when there is something to compare, else ''
--
-- Answers  'done', or 'lost' when another opener or server has taken over: then nothing was changed
--
-- Promise: an opener that was stopped and wakes late opens nothing, and a server that was not compared stays shut.

local seal = openingSeal()
if not seal then return 'lost' end
passMemoryLimit(KEYS[2])
redis.call('HSET', KEYS[2], 'seal', seal[1], 'node', seal[2], 'run', ARGV[2], 'v', VERSION)
if ARGV[3] == '1' then redis.call('HSET', KEYS[2], 'walk', '0') end
redis.call('DEL', KEYS[1])
return 'done'
