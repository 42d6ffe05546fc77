-- Deletes packets of one shard that the ledger has marked as archived, many in one call.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:told   5 {s}:held   then per packet: {s}:p:<id>, {s}:s:<id>
-- ARGV  1 the run under which the packets were compared with the ledger
--       2 writer of the ledger   3 number of its transaction that has the marks   then per packet: packet id
--
-- Answers  'deleted', also for packets that are gone already   'ended' (the run is over, or its packets are still being compared: nothing
--          was changed)   'shut' (the gate)
--
-- Promise: deletes nothing on the word of a run that is over, and keeps the transaction on whose word it deletes (PROTOCOL 6.5). The ids
-- leave the lists last, so that an interrupted call is finished by the next one.

local meta = openMeta()
if not meta then return 'shut' end
if meta.run ~= ARGV[1] or meta.walk then return 'ended' end

passMemoryLimit(KEYS[1])
tell(KEYS[4], ARGV[2], ARGV[3])
-- Redis frees the memory of a large packet beside its other work.
for i = 6, #KEYS do redis.call('UNLINK', KEYS[i]) end
for i = 4, #ARGV do
  redis.call('HDEL', KEYS[5], ARGV[i])
  redis.call('ZREM', KEYS[3], ARGV[i])
  redis.call('ZREM', KEYS[2], ARGV[i])
end
return 'deleted'
