-- Completes the traces of followed shares whose entries have left the outbox.
--
-- KEYS  1 {s}:followed   then the hash of each share's packet: {s}:p:<id>
-- ARGV  1 the times to add, each after a space   then per share: delivery number, ordinal
--
-- Answers  the traces that it has completed
--
-- Promise: changes only fields t:<ordinal> that grab.lua has written, each once. An archived packet does not come back. At its memory limit
-- Redis refuses these fields: nothing that needs no memory is written before them.

local completed = {}
for i = 2, #KEYS do
  local field = 't:' .. ARGV[2 * i - 1]
  local begun = redis.pcall('HGET', KEYS[i], field)
  if type(begun) == 'string' and select(2, string.gsub(begun, ' ', '')) == 3
    and type(redis.pcall('HSET', KEYS[i], field, begun .. ARGV[1])) == 'number' then
    completed[#completed + 1] = begun .. ARGV[1]
  end
end
for i = 2, #KEYS do redis.pcall('ZREMRANGEBYSCORE', KEYS[1], ARGV[2 * i - 2], ARGV[2 * i - 2]) end
return completed
