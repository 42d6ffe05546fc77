-- Closes packets of one shard whose time is over, many in one call: a refund entry in the outbox sends what is left of each back to its
-- sender. Any number of processes may call it at the same time.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:wanted   then per packet: {s}:p:<id>
-- ARGV  per packet: packet id
--
-- Answers  one word per packet, in the order of ARGV: 'expired' (this call closed it), 'early' (not due yet), 'again' (closed before),
--          'unknown', 'damaged' (its record cannot be read: nothing of it changes, and it is due again in an hour),
--          'unchecked' (it was not compared since the gate was opened: nothing of it changes, and it is wanted now);
--          or 'shut' alone: the gate.
--
-- Promise: after 'expired', shares granted + refund = amount. A full outbox never refuses a refund (PROTOCOL 3.3), because its money
-- was accepted long ago. The script reads and decides all packets first. One HSET changes a packet, and the refund entry can be computed
-- from it again.

local meta = openMeta('seq')
if not meta then return 'shut' end

local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
local inAnHour = string.format('%.0f', tonumber(now) + 3600000)

-- Digits, and few enough to be exact.
local function isNumber(text) return text and #text < 17 and string.find(text, '^%d+$') end
local function isWhole(packet)
  if packet.err then return false end
  if packet[1] ~= 'open' then return isNumber(packet[5]) end
  return isNumber(packet[2]) and isNumber(packet[3]) and packet[4]
end

-- A packet's answer, and its score in live. No score: nothing but its id is left of an interrupted creation or archiving.
local function decide(packet, id)
  if not packet.err and not packet[1] and isUnknown(meta, KEYS[5], id) then return 'unknown' end
  if not packet.err and packet[6] ~= meta.run then return 'unchecked' end
  if not isWhole(packet) then return 'damaged', inAnHour end
  if packet[1] ~= 'open' then return 'again', '-' .. packet[5] end
  if tonumber(now) < tonumber(packet[2]) then return 'early', packet[2] end
  return 'expired', '-' .. now
end

-- A packet that is not closed is never archived, so a full memory does not keep it from that.
passMemoryLimit(KEYS[1])
local answers, scores, gone, closed = {}, {}, {}, {}
for i, id in ipairs(ARGV) do
  local packet = redis.pcall('HMGET', KEYS[5 + i], 'state', 'expiry', 'left', 'sender', 'closed', 'run')
  local answer, score = decide(packet, id)
  answers[i] = answer
  if answer == 'expired' then closed[#closed + 1] = {KEYS[5 + i], id, packet[3], packet[4]} end
  if answer == 'unchecked' then
    -- Callers who wait come first, and have half of the places for themselves.
    if i * 2 < MOST_WANTED and redis.call('ZCARD', KEYS[5]) * 2 < MOST_WANTED then want(KEYS[5], id, inAnHour) end
  elseif score then
    scores[#scores + 1] = score
    scores[#scores + 1] = id
  else
    gone[#gone + 1] = id
  end
end

-- From here on it must succeed.
local slot = tonumber(meta[1])
local entries = {}
if #closed > 0 then redis.call('HSET', KEYS[1], 'seq', string.format('%.0f', slot + #closed)) end
for i, packet in ipairs(closed) do
  redis.call('HSET', packet[1], 'state', 'expired', 'closed', now, 'refund', packet[3], 'left', '0')
  if tonumber(packet[3]) > 0 then
    entries[#entries + 1] = string.format('%.0f', 2 * (slot + i))
    entries[#entries + 1] = 'r ' .. packet[2] .. ' 0 ' .. packet[4] .. ' ' .. packet[3] .. ' ' .. now
  end
end
if #entries > 0 then redis.call('ZADD', KEYS[4], spread(entries)) end
if #scores > 0 then redis.call('ZADD', KEYS[2], spread(scores)) end
if #gone > 0 then
  redis.call('ZREM', KEYS[2], spread(gone))
  redis.call('ZREM', KEYS[3], spread(gone))
end
return answers
