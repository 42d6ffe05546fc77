-- Returns a share that could not be recorded, so that the next user gets it.
--
-- KEYS  1 peer:<id>:shares   2 peer:<id>:taken
-- ARGV  1 user   2 '<ordinal> <fen>'
--
-- Answers  1, or 0 when the user has no share
--
-- Promise: after the answer 1 the share can be granted again.

if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
return 1
