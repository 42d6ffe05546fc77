-- Looks whether packets still have what entries of an earlier run say. Settlement asks before it drops or parks such an entry.
--
-- KEYS  1 {s}:meta   2 {s}:wanted   then per entry: {s}:p:<id>
-- ARGV  1 the ledger's run   then the entries' lines
--
-- Answers  one word per entry, in the order of ARGV: 'kept' (this Redis has it: it is in the outbox, or will be put back there),
--          'forgotten', 'unchecked' (the packet was not compared since the gate was opened, and is wanted now);
--          or one word alone: 'ended' (this Redis is not in the ledger's run), 'shut' (the gate)
--
-- Promise: changes nothing but what is wanted. A former primary says nothing of what the house still has.

local meta = openMeta()
if not meta then return 'shut' end
if meta.run ~= ARGV[1] then return 'ended' end
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)

local answers = {}
for i = 2, #ARGV do
  local kind, id, ordinal, user, claim = string.match(ARGV[i], '^(%a) (%S+) (%d+) (%S+) (%d+ %d+)')
  local packet = redis.pcall('HMGET', KEYS[i + 1], 'run', 'state', 'created', 'u:' .. user, 'o:' .. ordinal)
  local isKept
  -- A packet that is open again refunds what is left when it closes again.
  if kind == 'r' then isKept = true
  elseif packet.err then isKept = false
  elseif kind == 'f' then isKept = packet[3]
  else isKept = packet[4] == ordinal .. ' ' .. claim and packet[5] == user end
  if not packet.err and packet[1] ~= meta.run and (packet[2] or not isUnknown(meta, KEYS[2], id)) then
    passMemoryLimit(KEYS[1])
    want(KEYS[2], id, now)
    answers[i - 1] = 'unchecked'
  else
    answers[i - 1] = isKept and 'kept' or 'forgotten'
  end
end
return answers
