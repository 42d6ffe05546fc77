-- Closes a packet whose time has come: what is left goes back to the sender, by a refund entry in the outbox.
-- Any number of sweepers may call it at the same time.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:p:<id>
-- ARGV  1 packet id
-- RUN   the nonce under which this shard's gate was opened (a line put before this text)
--
-- Answers  'expired' (this call closed it)   'open' (not due yet)   'was' (closed before)   'unknown'   'closed' (the gate)
--
-- Promise: shares granted + refund = amount from here on. A refund is never refused for want of room in the outbox: its money was
-- accepted long ago. The packet changes by one HSET; the refund entry can be computed from it again.

local meta = redis.call('HMGET', KEYS[1], 'run', 'seq')
if meta[1] ~= RUN then return 'closed' end

local packet = redis.call('HMGET', KEYS[5], 'state', 'expiry', 'left', 'sender', 'closed')
if not packet[1] then
  -- A leftover of a creation that never happened, or of an archiving that was cut short.
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 'unknown'
end
if packet[1] ~= 'open' then
  redis.call('ZADD', KEYS[2], '-' .. packet[5], ARGV[1])
  return 'was'
end

local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
if tonumber(now) < tonumber(packet[2]) then
  redis.call('ZADD', KEYS[2], packet[2], ARGV[1])
  return 'open'
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
