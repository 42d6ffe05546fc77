-- Tells the time by the clock of the server that holds the shard: the one by which packets expire.
--
-- KEYS  1 {s}:meta (only names the shard)
-- ARGV  none
--
-- Answers  milliseconds since 1970
--
-- Promise: reads no key and changes nothing.

local time = redis.call('TIME')
return time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
