-- Makes a packet again whose fund came from a lost run and that this Redis has forgotten (PROTOCOL 5.4). The ledger may have shares of it,
-- so it is compared before it grants.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:made   4 {s}:out   5 {s}:wanted   6 {s}:p:<id>   7 {s}:s:<id>   8 {s}:k:<key hash>
-- ARGV  1 the ledger's run   2 packet id   3 time in the id (ms)   4 sender   5 amount   6 count   7 created (ms)   8 expiry (ms)
--       9 terms as JSON   10 shares, or ''   11 hash of the content   12 when the key ends (ms, by the clock of Redis)
--       13 'look' (change nothing) or 'take'   14 the number of shards   15 'owed' when the ledger has shares of it, else ''
--
-- Answers  'free' (with 'look': it can be made)   'taken' (it is made)   'held' (Redis has the packet, and the outbox its fund)
--          'gone' (Redis has a packet of this id that was funded otherwise)   'key_taken' (its Idempotency-Key names another packet)
--          'unchecked' (the packet, or another that may have the key, is still being compared)
--          'ended' (this Redis is not in the ledger's run)   'shut' (the gate)
--
-- Promise: one key, one packet, unless the ledger has given shares of both ('owed'): then the report names the second. After 'taken'
-- Redis has packet, key and fund entry. A full outbox never refuses it, because its sender was told long ago.

local meta = openMeta('seq', 'gen')
if not meta then return 'shut' end
if meta.run ~= ARGV[1] then return 'ended' end
passMemoryLimit(KEYS[1])
local slot = string.format('%.0f', tonumber(meta[1]) + 1)
local seq = string.format('%.0f', 2 * tonumber(slot) + 1)
local line = 'f ' .. ARGV[2] .. ' 0 ' .. ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[7] .. ' ' .. ARGV[9]
local packet = redis.pcall('HMGET', KEYS[6], 'run', 'sender', 'amount', 'created', 'terms', 'state')
if packet.err then return 'gone' end
if packet[6] then
  if packet[1] ~= meta.run then
    want(KEYS[5], ARGV[2], ARGV[7])
    return 'unchecked'
  end
  if packet[2] ~= ARGV[4] or packet[3] ~= ARGV[5] or packet[4] ~= ARGV[7] or packet[5] ~= ARGV[9] then return 'gone' end
  if redis.call('ZSCORE', KEYS[4], line) then return 'held' end
  if ARGV[13] == 'look' then return 'free' end
  redis.call('HSET', KEYS[1], 'seq', slot)
  redis.call('ZADD', KEYS[4], seq, line)
  return 'taken'
end
-- A caller who knows too few shards has not asked every home of the key.
if meta.walk or tonumber(meta[2] or 0) > tonumber(ARGV[14]) then return 'unchecked' end
local key = redis.pcall('GET', KEYS[8])
local names = type(key) == 'string' and string.match(key, '^%S+')
if key and names ~= ARGV[2] and ARGV[15] ~= 'owed' then return 'key_taken' end
if ARGV[13] == 'look' then return 'free' end
-- From the first write on, nothing may fail.
for _, i in ipairs({3, 5, 6, 7, 8, 12}) do
  if not string.find(ARGV[i], '^%d+$') or #ARGV[i] > 15 then return redis.error_reply('ERR install.lua got a text in place of a number') end
end
local time = redis.call('TIME')
local life = tonumber(ARGV[12]) - tonumber(time[1]) * 1000 - math.floor(tonumber(time[2]) * 0.001)

if ARGV[10] ~= '' then redis.call('SET', KEYS[7], ARGV[10]) end
redis.call('ZADD', KEYS[2], ARGV[8], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('HSET', KEYS[1], 'seq', slot)
-- Of no run: only the walk may touch it. It looks at what is wanted at any time.
redis.call('HSET', KEYS[6], 'terms', ARGV[9], 'sender', ARGV[4], 'amount', ARGV[5], 'count', ARGV[6], 'created', ARGV[7],
  'expiry', ARGV[8], 'state', 'open', 'next', '1', 'left', ARGV[5], 'refund', '0', 'sum', '0', 'run', '')
redis.call('ZADD', KEYS[5], ARGV[7], ARGV[2])
if not key and life > 0 then redis.call('SET', KEYS[8], ARGV[2] .. ' ' .. ARGV[11], 'PX', string.format('%.0f', life)) end
redis.call('ZADD', KEYS[4], seq, line)
return 'taken'
