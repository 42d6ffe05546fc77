-- Takes a share back into its packet that a lost run granted and this Redis has forgotten (PROTOCOL 5.4), where nothing speaks against it.
-- The ledger records it from the outbox, like any other share.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:out   4 {s}:wanted   5 {s}:p:<id>   6 {s}:s:<id>
-- ARGV  1 the ledger's run   2 packet id   3 ordinal   4 user   5 check of the user (24 bits)   6 fen   7 ms   8 'look' (change nothing) or
--       'take'
--
-- Answers  'free' (with 'look': it can be taken back)   'taken' (now)   'held' (the packet has granted exactly this, and the outbox has it)
--          'gone' (the user holds another share, another user has the ordinal, the packet is closed, or no share of it was cut so)
--          'unknown' (the packet)   'unchecked' (the packet was not compared since the gate was opened, and is wanted now)
--          'ended' (this Redis is not in the ledger's run)   'shut' (the gate)
--
-- Promise: after 'taken' packet and outbox have the share. No share of another user changes, and granted + left + refunded stays what was
-- funded. One HSET changes the packet. A full outbox never refuses it, because its user was told long ago.

local WIDTH = 8

local meta = openMeta('seq')
if not meta then return 'shut' end
if meta.run ~= ARGV[1] then return 'ended' end
passMemoryLimit(KEYS[1])
local id, ordinal, user, fen = ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[6])
local claim = ARGV[3] .. ' ' .. ARGV[6] .. ' ' .. ARGV[7]
local line = 'g ' .. id .. ' ' .. ARGV[3] .. ' ' .. user .. ' ' .. ARGV[6] .. ' ' .. ARGV[7]
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)

local packet = redis.pcall('HMGET', KEYS[5], 'state', 'next', 'left', 'count', 'sum', 'best', 'run', 'u:' .. user, 'o:' .. ARGV[3])
if not packet.err and packet[7] ~= meta.run and (packet[1] or not isUnknown(meta, KEYS[4], id)) then
  want(KEYS[4], id, now)
  return 'unchecked'
end
if packet.err or not packet[1] then return 'unknown' end
local slot = string.format('%.0f', tonumber(meta[1]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot) + 1)
if packet[8] == claim and packet[9] == user then
  if redis.call('ZSCORE', KEYS[3], line) then return 'held' end
  if ARGV[8] == 'look' then return 'free' end
  redis.call('HSET', KEYS[1], 'seq', slot)
  redis.call('ZADD', KEYS[3], seq, line)
  return 'taken'
end

local nextOrdinal, left = tonumber(packet[2] or nil), tonumber(packet[3] or nil)
local count, sum = tonumber(packet[4] or nil), tonumber(packet[5] or nil)
if packet[1] ~= 'open' or packet[8] or packet[9] or not (nextOrdinal and left and count and sum) then return 'gone' end
local cut = redis.pcall('GETRANGE', KEYS[6], (ordinal - 1) * WIDTH, ordinal * WIDTH - 1)
if ordinal > count or left < fen or type(cut) ~= 'string' or tonumber(cut) ~= fen then return 'gone' end
if ARGV[8] == 'look' then return 'free' end

-- From here on it must succeed.
nextOrdinal, left = math.max(nextOrdinal, ordinal + 1), left - fen
local change = {'u:' .. user, claim, 'o:' .. ARGV[3], user, 'next', string.format('%.0f', nextOrdinal), 'left', string.format('%.0f', left),
  'sum', string.format('%.0f', sum + (tonumber(ARGV[5]) + ordinal) * fen)}
local mostFen, mostOrdinal = string.match(packet[6] or '0 0 ', '^(%d+) (%d+) ')
-- The largest, the first of equals. A packet of an earlier version, which has none, gets none.
local isBest = fen > tonumber(mostFen) or (fen == tonumber(mostFen) and ordinal < tonumber(mostOrdinal))
if isBest and (packet[6] or packet[2] == '1') then
  change[#change + 1] = 'best'
  change[#change + 1] = ARGV[6] .. ' ' .. ARGV[3] .. ' ' .. user
end
local isEmptied = nextOrdinal > count and left == 0
if isEmptied then
  for _, word in ipairs({'state', 'emptied', 'closed', now}) do change[#change + 1] = word end
end
redis.call('HSET', KEYS[1], 'seq', slot)
redis.call('HSET', KEYS[5], spread(change))
redis.call('ZADD', KEYS[3], seq, line)
if isEmptied then redis.call('ZADD', KEYS[2], '-' .. now, id) end
return 'taken'
