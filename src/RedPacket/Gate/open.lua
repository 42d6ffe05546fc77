-- Opens a shard's gate: from now on the scripts of the new run may move money. They have been loaded before.
--
-- KEYS  1 {s}:opener   2 {s}:meta
-- ARGV  1 the opener's token   2 the nonce of the new run
--
-- Answers  'done', or 'lost' when another opener has taken over: then nothing was changed
--
-- Promise: an opener that was stopped and wakes late opens nothing.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('HSET', KEYS[2], 'run', ARGV[2])
redis.call('DEL', KEYS[1])
return 'done'
