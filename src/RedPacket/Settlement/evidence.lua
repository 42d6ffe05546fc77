-- Looks whether packets still have what funds and grabs of an earlier run say. Settlement asks before it records or parks them.
--
-- KEYS  1 {s}:meta   2 {s}:wanted   then per entry: {s}:p:<id>
-- ARGV  1 the ledger's run   then the entries' lines
--
-- Answers  one word per entry, in the order of ARGV: 'kept' (it has exactly this), 'forgotten',
--          'unchecked' (the packet was not compared since the gate was opened, and is wanted now);
--          or one word alone: 'ended' (this Redis is not in the ledger's run), 'shut' (the gate)
--
-- Promise: changes nothing but what is wanted. A former primary is not believed, because it is about to forget what it has.

local meta = openMeta()
if not meta then return 'shut' end
if meta.run ~= ARGV[1] then return 'ended' end
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)

local answers = {}
for i = 2, #ARGV do
  local kind, id, ordinal, user, claim = string.match(ARGV[i], '^(%a) (%S+) (%d+) (%S+) (%d+ %d+)')
  local fields = {'run', 'state', 'u:' .. user, 'o:' .. ordinal, 'sender', 'amount', 'created', 'terms'}
  local packet = redis.pcall('HMGET', KEYS[i + 1], spread(fields))
  local isKept = not packet.err and packet[3] == ordinal .. ' ' .. claim and packet[4] == user
  if kind == 'f' and packet[8] then
    isKept = ARGV[i] == 'f ' .. id .. ' 0 ' .. packet[5] .. ' ' .. packet[6] .. ' ' .. packet[7] .. ' ' .. packet[8]
  end
  if not packet.err and packet[1] ~= meta.run and (packet[2] or not isUnknown(meta, KEYS[2], id)) then
    passMemoryLimit(KEYS[1])
    want(KEYS[2], id, now)
    answers[i - 1] = 'unchecked'
  else
    answers[i - 1] = isKept and 'kept' or 'forgotten'
  end
end
return answers
