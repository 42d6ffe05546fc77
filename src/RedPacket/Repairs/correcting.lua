-- Says that corrections write shares into packets of this shard from now on, or that they have ended (PROTOCOL 3.5).
--
-- KEYS  1 {s}:meta
-- ARGV  1 the ledger's run   2 '' to begin, or the number of the notice that ends
--
-- Answers  the number of the notice   'ended' (this Redis is not in the ledger's run)   'shut' (the gate)
--
-- Promise: a process that knows the winners of a packet reads them again after this, and not before the latest notice has ended. All
-- notices end with it.

local meta = openMeta('correcting')
if not meta then return 'shut' end
if meta.run ~= ARGV[1] then return 'ended' end
local since, latest = string.match(meta[1] or '', '^(%d+) (%d+)$')
if ARGV[2] == '' then
  local number = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'corrected', 1))
  redis.call('HSET', KEYS[1], 'correcting', (since or number) .. ' ' .. number)
  return number
end
if latest == ARGV[2] then redis.call('HDEL', KEYS[1], 'correcting') end
return ARGV[2]
