-- Takes a share back that could not be booked: the next user gets it.
--
-- KEYS  1 way:<id>:shares   2 way:<id>:taken
-- ARGV  1 user   2 '<ordinal> <fen>'
--
-- Answers  1, or 0 when this user has no share (any more)
--
-- Promise: once it has answered, the share is dealt again.

if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
return 1
