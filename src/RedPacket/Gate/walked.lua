-- Ends the walk of a shard: all its packets were compared with the ledger.
--
-- KEYS  1 {s}:opener   2 {s}:meta   3 {s}:wanted
-- ARGV  1 the opener's right   2 the open run
--
-- Answers  'done', or 'lost' when another opener or server has taken over, or the run is over: then nothing was changed
--
-- Promise: ends no other run's walk. A packet that Redis does not have is unknown from now on.

if not openingSeal() or redis.call('HGET', KEYS[2], 'run') ~= ARGV[2] then return 'lost' end
redis.call('HDEL', KEYS[2], 'walk')
redis.call('UNLINK', KEYS[3])
return 'done'
