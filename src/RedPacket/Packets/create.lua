-- Makes a packet and puts its fund entry into the outbox. Making one that exists changes nothing and returns what stands.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:p:<id>   6 {s}:s:<id>
-- ARGV  1 packet id   2 sender   3 amount (fen)   4 count   5 expires in (ms)   6 terms (JSON)
--       7 shares (8 digits each)   8 outbox limit (entries)   9 the time in the packet's id (ms)
-- RUN   the nonce under which this shard's gate was opened (a line put before this text)
--
-- The packet is one hash:
--   terms, sender, amount, count, created, expiry      as sent; times in ms
--   state open|emptied|expired, closed (ms)            closed is absent while open
--   next (ordinal), left (fen), refund (fen), sum      sum = (check of the user + ordinal) * fen, over all claims
--   refunds (fen each)                                 only where a rebuild gave more back after the refund: all of them by ordinal, their sum in refund
--   u:<user> = "ordinal fen ms", o:<ordinal> = user    one pair per claim
--
-- Answers  {'made' | 'exists', created, expiry, sender, amount, count, terms}   {'full'}   {'closed'}
--
-- Promise: when the answer is 'made', the packet and its fund entry are both in Redis. Before the HSET only leftovers are written that
-- nobody reads (live, made, shares, reserved seq); after it only what the packet can yield again.

local meta = redis.call('HMGET', KEYS[1], 'run', 'seq', 'sent')
if meta[1] ~= RUN then return {'closed'} end

local stands = redis.call('HMGET', KEYS[5], 'created', 'expiry', 'sender', 'amount', 'count', 'terms')
if stands[1] then return {'exists', stands[1], stands[2], stands[3], stands[4], stands[5], stands[6]} end
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[8]) then return {'full'} end

local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
local expiry = string.format('%.0f', tonumber(now) + tonumber(ARGV[5]))
local slot = string.format('%.0f', tonumber(meta[2]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot))

redis.call('SET', KEYS[6], ARGV[7])
redis.call('ZADD', KEYS[2], expiry, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[9], ARGV[1])
redis.call('HSET', KEYS[1], 'seq', slot, 'sent', string.format('%.0f', tonumber(meta[3] or 0) + 1))
redis.call('HSET', KEYS[5], 'terms', ARGV[6], 'sender', ARGV[2], 'amount', ARGV[3], 'count', ARGV[4], 'created', now, 'expiry', expiry,
  'state', 'open', 'next', '1', 'left', ARGV[3], 'refund', '0', 'sum', '0')
redis.call('ZADD', KEYS[4], seq, 'f ' .. ARGV[1] .. ' 0 ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. now .. ' ' .. ARGV[6])
return {'made', now, expiry, ARGV[2], ARGV[3], ARGV[4], ARGV[6]}
