-- Looks whether packets were compared since the gate was opened, before a caller believes what Redis says of them.
--
-- KEYS  1 {s}:meta   2 {s}:wanted   then per packet: {s}:p:<id>
-- ARGV  per packet: packet id
--
-- Answers  one word per packet, in the order of ARGV: 'checked', 'unknown' (Redis does not have it, and neither does the ledger as far as
--          the walk has seen), 'unchecked' (it is wanted now); or 'shut' alone: the gate.
--
-- Promise: changes nothing but what is wanted.

local meta = openMeta()
if not meta then return 'shut' end
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
local answers = {}
for i, id in ipairs(ARGV) do
  local packet = redis.pcall('HMGET', KEYS[2 + i], 'run', 'state')
  if packet.err or packet[1] == meta.run then answers[i] = 'checked'
  elseif not packet[2] and isUnknown(meta, KEYS[2], id) then answers[i] = 'unknown'
  else
    passMemoryLimit(KEYS[1])
    want(KEYS[2], id, now)
    answers[i] = 'unchecked'
  end
end
return answers
