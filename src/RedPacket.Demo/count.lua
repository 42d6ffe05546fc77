-- Counts by reading and then writing: the check that the embedded store executes scripts one at a time.
--
-- KEYS     1 the counter, a string
-- ARGV     none
-- Answers  the count before this call; nothing at the first call
-- Promise  n calls leave the count at n, unless another script ran between the two commands
local count = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], string.format('%.0f', tonumber(count or '0') + 1))
return count
