-- Claims an Idempotency-Key and makes its packet, with its fund entry in the outbox. A key that is claimed makes nothing.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:p:<id>   6 {s}:s:<id>   7 {s}:k:<key hash>
-- ARGV  1 packet id   2 sender   3 amount (fen)   4 count   5 expires in (ms)   6 terms (JSON)
--       7 shares (8 digits each)   8 outbox limit (entries)   9 the time in the packet's id (ms)
--       10 hash of the content   11 life of a key (ms)   12 number of shards, as the caller knows it
--       13 'make'; 'ask': the key may have had another home before this shard was new; 'look': only look for the key
--       14 the run in which the ledger was seen not to have the key, or ''
--
-- The packet is one hash:
--   terms, sender, amount, count, created, expiry      as sent; times in ms
--   state open|emptied|expired, closed (ms)            closed is absent while open
--   next (ordinal), left (fen), refund (fen), sum      sum = (check of the user + ordinal) * fen, over all claims
--   best = "fen ordinal user"                          the largest share so far, the first of equals; absent before the first
--   refunds (fen each)                                 only where a rebuild refunded more later: all of them, refund is their sum
--   run                                                the run in which it was made or last compared with the ledger
--   u:<user> = "ordinal fen ms", o:<ordinal> = user    one pair per claim
--   t:<ordinal> = "traceparent times"                  only of claims that are followed
--
-- Answers  {'made', created, expiry}   {'exists', '<packet id> <hash of the content>', or what else the key holds}   {'full'}   {'shut'}
--          {'walk', run, the time (ms)}: packets of this shard are being compared, and Redis may lack the key: ask the ledger, then ask
--          with this run again
--          {'moved', number of shards}: the caller knows too few of them, and the key may have another home
--          {'look'}, to 'ask': this shard is so new that a key of an earlier home is still valid: look there, then 'make'
--          {'absent', 'young' or ''}, to 'look': the key is not here; young: this shard is new itself
--
-- Promise: one key, one packet (PROTOCOL 2.2). The key stays when its packet is archived, and then names what the ledger has. When the
-- answer is 'made', packet, key and fund entry are all in Redis. All writes before the HSET are harmless if they are left alone (live,
-- made, shares, reserved seq). All writes after it can be computed from the packet again.

local meta = openMeta('seq', 'sent')
if not meta then return {'shut'} end

local key = redis.pcall('GET', KEYS[7])
if key then return {'exists', type(key) == 'string' and key or ''} end
-- No id is drawn twice. If one is, its packet stays as it is.
if redis.call('EXISTS', KEYS[5]) == 1 then return {'exists', ''} end
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
if meta.walk and ARGV[14] ~= meta.run then return {'walk', meta.run, now} end
local home = redis.call('HMGET', KEYS[1], 'gen', 'born')
local young = tonumber(now) < tonumber(home[2] or now) + tonumber(ARGV[11])
if ARGV[13] == 'look' then return {'absent', young and 'young' or ''} end
if tonumber(home[1] or 0) > tonumber(ARGV[12]) then return {'moved', home[1]} end
if ARGV[13] == 'ask' and young then return {'look'} end
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[8]) then return {'full'} end

local expiry = string.format('%.0f', tonumber(now) + tonumber(ARGV[5]))
-- From the first write on, nothing may fail.
for _, number in ipairs({expiry, ARGV[9], '1' .. ARGV[11]}) do
  if not string.find(number, '^%d+$') or #number > 15 then return redis.error_reply('ERR create.lua got a time that is none') end
end
if tonumber(ARGV[11]) < 1 then return redis.error_reply('ERR create.lua got a key without a life') end
local slot = string.format('%.0f', tonumber(meta[1]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot))

redis.call('SET', KEYS[6], ARGV[7])
redis.call('ZADD', KEYS[2], expiry, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[9], ARGV[1])
redis.call('HSET', KEYS[1], 'seq', slot, 'sent', string.format('%.0f', tonumber(meta[2] or 0) + 1))
redis.call('HSET', KEYS[5], 'terms', ARGV[6], 'sender', ARGV[2], 'amount', ARGV[3], 'count', ARGV[4], 'created', now, 'expiry', expiry,
  'state', 'open', 'next', '1', 'left', ARGV[3], 'refund', '0', 'sum', '0', 'run', meta.run)
redis.call('SET', KEYS[7], ARGV[1] .. ' ' .. ARGV[10], 'PX', ARGV[11])
redis.call('ZADD', KEYS[4], seq, 'f ' .. ARGV[1] .. ' 0 ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. now .. ' ' .. ARGV[6])
return {'made', now, expiry}
