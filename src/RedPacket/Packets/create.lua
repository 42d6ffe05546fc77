-- Creates a packet and puts its fund entry into the outbox. For a packet that exists it changes nothing and answers the existing one.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:p:<id>   6 {s}:s:<id>
-- ARGV  1 packet id   2 sender   3 amount (fen)   4 count   5 expires in (ms)   6 terms (JSON)
--       7 shares (8 digits each)   8 outbox limit (entries)   9 the time in the packet's id (ms)
--
-- The packet is one hash:
--   terms, sender, amount, count, created, expiry      as sent; times in ms
--   state open|emptied|expired, closed (ms)            closed is absent while open
--   next (ordinal), left (fen), refund (fen), sum      sum = (check of the user + ordinal) * fen, over all claims
--   refunds (fen each)                                 only where a rebuild refunded more later: all of them, refund is their sum
--   u:<user> = "ordinal fen ms", o:<ordinal> = user    one pair per claim
--
-- Answers  {'made' | 'exists', created, expiry, sender, amount, count, terms}   {'full'}   {'shut'}
--
-- Promise: when the answer is 'made', the packet and its fund entry are both in Redis. What is written before the HSET is harmless if it
-- is left alone (live, made, shares, reserved seq). What is written after it can be computed from the packet again.

local meta = openMeta('seq', 'sent')
if not meta then return {'shut'} end

local existing = redis.call('HMGET', KEYS[5], 'created', 'expiry', 'sender', 'amount', 'count', 'terms')
if existing[1] then return {'exists', existing[1], existing[2], existing[3], existing[4], existing[5], existing[6]} end
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[8]) then return {'full'} end

local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
local expiry = string.format('%.0f', tonumber(now) + tonumber(ARGV[5]))
local slot = string.format('%.0f', tonumber(meta[1]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot))

redis.call('SET', KEYS[6], ARGV[7])
redis.call('ZADD', KEYS[2], expiry, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[9], ARGV[1])
redis.call('HSET', KEYS[1], 'seq', slot, 'sent', string.format('%.0f', tonumber(meta[2] or 0) + 1))
redis.call('HSET', KEYS[5], 'terms', ARGV[6], 'sender', ARGV[2], 'amount', ARGV[3], 'count', ARGV[4], 'created', now, 'expiry', expiry,
  'state', 'open', 'next', '1', 'left', ARGV[3], 'refund', '0', 'sum', '0')
redis.call('ZADD', KEYS[4], seq, 'f ' .. ARGV[1] .. ' 0 ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. now .. ' ' .. ARGV[6])
return {'made', now, expiry, ARGV[2], ARGV[3], ARGV[4], ARGV[6]}
