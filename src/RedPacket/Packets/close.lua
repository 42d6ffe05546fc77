-- Closes a packet whose time is over: a refund entry in the outbox sends what is left back to the sender.
-- Any number of processes may call it at the same time.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:p:<id>
-- ARGV  1 packet id
-- RUN   the nonce of the open run (a line that is put before this text)
--
-- Answers  'expired' (this call closed it)   'early' (not due yet)   'again' (closed before)   'unknown'   'shut' (the gate)
--
-- Promise: from here on, shares granted + refund = amount. A full outbox never refuses a refund, because its money was accepted long ago.
-- One HSET changes the packet, and the refund entry can be computed from it again.

local meta = redis.call('HMGET', KEYS[1], 'run', 'seq')
if meta[1] ~= RUN then return 'shut' end

local packet = redis.call('HMGET', KEYS[5], 'state', 'expiry', 'left', 'sender', 'closed')
if not packet[1] then
  -- A leftover of an interrupted creation or archiving.
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 'unknown'
end
if packet[1] ~= 'open' then
  redis.call('ZADD', KEYS[2], '-' .. packet[5], ARGV[1])
  return 'again'
end

local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
if tonumber(now) < tonumber(packet[2]) then
  redis.call('ZADD', KEYS[2], packet[2], ARGV[1])
  return 'early'
end

local slot = string.format('%.0f', tonumber(meta[2]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot))
redis.call('HSET', KEYS[1], 'seq', slot)
redis.call('HSET', KEYS[5], 'state', 'expired', 'closed', now, 'refund', packet[3], 'left', '0')
if tonumber(packet[3]) > 0 then
  redis.call('ZADD', KEYS[4], seq, 'r ' .. ARGV[1] .. ' 0 ' .. packet[4] .. ' ' .. packet[3] .. ' ' .. now)
end
redis.call('ZADD', KEYS[2], '-' .. now, ARGV[1])
return 'expired'
