-- Puts one mark in the place of several, which a transaction of the ledger has proved.
--
-- KEYS  1 {s}:told
-- ARGV  1 the writer of that transaction   2 its number   then pairs: a writer and its number, as they were proved
--
-- Answers  'done'
--
-- Promise: a number that has grown since is kept. The new mark proves all that it replaces, because the ledger has it after them.

for i = 3, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 'done'
