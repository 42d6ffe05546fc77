-- Writes a share back that this packet has forgotten, when a correction pays it: the user gets this answer again, and no second share.
--
-- KEYS  1 {s}:meta   2 {s}:p:<id>   3 {s}:told   4 {s}:held
-- ARGV  1 user   2 the share: ordinal fen ms   3 its line   4 writer of the ledger   5 number of its transaction that has the line parked
--
-- Answers  'held' (the packet has it now, or had it from an earlier call)   'granted' (it is one of the packet's own shares)
--          'other' (this user holds another share)   'unknown'   'shut' (the gate)
--          'unchecked' (the packet was not compared since the gate was opened)
--
-- Promise: one user, one share. No ordinal, fen or entry of the packet changes, because the money comes from elsewhere. The line is kept
-- until the packet is archived, so that a ledger that went back gets it again (PROTOCOL 6.5).

local meta = openMeta()
if not meta then return 'shut' end
local run = redis.pcall('HMGET', KEYS[2], 'run', 'state')
if not run.err and run[1] ~= meta.run and (run[2] or meta.walk) then return 'unchecked' end
if run.err or not run[2] then return 'unknown' end
local share = redis.call('HGET', KEYS[2], 'u:' .. ARGV[1])
if share and share ~= ARGV[2] then return 'other' end
if share then return redis.call('HGET', KEYS[2], 'o:' .. string.match(share, '^%d*')) == ARGV[1] and 'granted' or 'held' end
if tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or 0) < tonumber(ARGV[5]) then redis.call('HSET', KEYS[3], ARGV[4], ARGV[5]) end
local id = string.match(ARGV[3], '^%S+ (%S+)')
local lines = redis.call('HGET', KEYS[4], id)
redis.call('HSET', KEYS[4], id, lines and lines .. '\n' .. ARGV[3] or ARGV[3])
redis.call('HSET', KEYS[2], 'u:' .. ARGV[1], ARGV[2])
return 'held'
