-- Closes a packet whose time is over: a refund entry in the outbox sends what is left back to the sender.
-- Any number of processes may call it at the same time.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:p:<id>
-- ARGV  1 packet id
--
-- Answers  'expired' (this call closed it)   'early' (not due yet)   'again' (closed before)   'unknown'   'shut' (the gate)
--          'damaged' (its record cannot be read: nothing of it changes, and it is due again in an hour)
--
-- Promise: after 'expired', shares granted + refund = amount. A full outbox never refuses a refund, because its money was accepted long ago.
-- One HSET changes the packet, and the refund entry can be computed from it again.

local meta = openMeta('seq')
if not meta then return 'shut' end

local packet = redis.pcall('HMGET', KEYS[5], 'state', 'expiry', 'left', 'sender', 'closed')
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)

local function isNumber(text) return text and string.find(text, '^%d+$') end
local function isWhole()
  if packet.err then return false end
  if packet[1] ~= 'open' then return isNumber(packet[5]) end
  return isNumber(packet[2]) and isNumber(packet[3]) and packet[4]
end

if not packet.err and not packet[1] then
  -- A leftover of an interrupted creation or archiving.
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 'unknown'
end
if not isWhole() then
  redis.call('ZADD', KEYS[2], string.format('%.0f', tonumber(now) + 3600000), ARGV[1])
  return 'damaged'
end
if packet[1] ~= 'open' then
  redis.call('ZADD', KEYS[2], '-' .. packet[5], ARGV[1])
  return 'again'
end

if tonumber(now) < tonumber(packet[2]) then
  redis.call('ZADD', KEYS[2], packet[2], ARGV[1])
  return 'early'
end

local slot = string.format('%.0f', tonumber(meta[1]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot))
redis.call('HSET', KEYS[1], 'seq', slot)
redis.call('HSET', KEYS[5], 'state', 'expired', 'closed', now, 'refund', packet[3], 'left', '0')
if tonumber(packet[3]) > 0 then
  redis.call('ZADD', KEYS[4], seq, 'r ' .. ARGV[1] .. ' 0 ' .. packet[4] .. ' ' .. packet[3] .. ' ' .. now)
end
redis.call('ZADD', KEYS[2], '-' .. now, ARGV[1])
return 'expired'
