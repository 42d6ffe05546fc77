-- Puts entries of one packet back into the outbox, computed from the packet's own record. Repair and replay call it for entries that are
-- neither in the ledger nor parked. An entry that is in the outbox already keeps its place.
--
-- KEYS  1 {s}:meta   2 {s}:out   3 {s}:p:<id>
-- ARGV  1 packet id   2… what to put back: 'f' (fund), 'r' (refund; 'r1' the next), or an ordinal (grab)
--
-- Answers  {'issued', number of entries added, positions in ARGV (1 = ARGV[2]) of those added …}   {'unknown'}   {'shut'}
--          {'unchecked'}: the packet was not compared since the gate was opened
--
-- Promise: an entry is a pure function of the packet, so putting it back never makes a second one. Its seq is odd: the relay sends it by
-- the slow lane.

local meta = openMeta('seq')
if not meta then return {'shut'} end
local packet = redis.pcall('HMGET', KEYS[3], 'created', 'sender', 'amount', 'terms', 'state', 'refund', 'closed', 'refunds', 'run')
if not packet.err and packet[9] ~= meta.run and (packet[1] or meta.walk) then return {'unchecked'} end
if packet.err or not packet[1] then return {'unknown'} end

-- The entry's line; nil where the packet has none, or has it damaged.
local function line(what)
  if not packet[2] then return nil end
  if what == 'f' and not (packet[3] and packet[4]) then return nil end
  if what == 'f' then return 'f ' .. ARGV[1] .. ' 0 ' .. packet[2] .. ' ' .. packet[3] .. ' ' .. packet[1] .. ' ' .. packet[4] end
  local refund = string.match(what, '^r(%d*)$')
  if refund then
    local ordinal = 0
    for fen in string.gmatch(packet[8] or packet[6] or '', '%d+') do
      if ordinal == tonumber('0' .. refund) then
        if packet[5] ~= 'expired' or not packet[7] or tonumber(fen) == 0 then return nil end
        return 'r ' .. ARGV[1] .. ' ' .. string.format('%.0f', ordinal) .. ' ' .. packet[2] .. ' ' .. fen .. ' ' .. packet[7]
      end
      ordinal = ordinal + 1
    end
    return nil
  end
  local user = redis.call('HGET', KEYS[3], 'o:' .. what)
  if not user then return nil end
  local claim = redis.call('HGET', KEYS[3], 'u:' .. user)
  if not claim then return nil end
  local ordinal, fen, at = string.match(claim, '^(%d+) (%d+) (%d+)$')
  if not ordinal then return nil end
  return 'g ' .. ARGV[1] .. ' ' .. ordinal .. ' ' .. user .. ' ' .. fen .. ' ' .. at
end

local slot = tonumber(meta[1])
local answer, additions = {'issued', 0}, {}
for i = 2, #ARGV do
  local entry = line(ARGV[i])
  if entry and not redis.call('ZSCORE', KEYS[2], entry) then
    slot = slot + 1
    additions[#additions + 1] = string.format('%.0f', 2 * slot + 1)
    additions[#additions + 1] = entry
    answer[2] = answer[2] + 1
    answer[#answer + 1] = i - 1
  end
end
if answer[2] > 0 then
  redis.call('HSET', KEYS[1], 'seq', string.format('%.0f', slot))
  redis.call('ZADD', KEYS[2], spread(additions))
end
return answer
