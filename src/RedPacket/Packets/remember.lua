-- Writes a share back that this packet has forgotten, when a correction pays it: the user gets this answer again, and no second share.
--
-- KEYS  1 {s}:meta   2 {s}:p:<id>   3 {s}:told   4 {s}:held
-- ARGV  1 user   2 the share: ordinal fen ms   3 its line   4 writer of the ledger   5 number of its transaction that has the line parked
--       6 the ledger's run   7 the notice under which it is written (correcting.lua)
--
-- Answers  'held' (the packet has it now, or had it from an earlier call)   'granted' (it is one of the packet's own shares)
--          'other' (this user holds another share)   'unknown'   'shut' (the gate)
--          'unchecked' (the packet was not compared since the gate was opened)   'ended' (this Redis is not in the ledger's run)
--          'unheard' (the notice has ended, and the packet was not changed)
--
-- Promise: one user, one share. No ordinal, fen or entry of the packet changes, because the money comes from elsewhere. The line is kept
-- until the packet is archived, so that a ledger that went back gets it again (PROTOCOL 6.5).

local meta = openMeta('correcting')
if not meta then return 'shut' end
if meta.run ~= ARGV[6] then return 'ended' end
local packet = redis.pcall('HMGET', KEYS[2], 'run', 'state')
if not packet.err and packet[1] ~= meta.run and (packet[2] or meta.walk) then return 'unchecked' end
if packet.err or not packet[2] then return 'unknown' end
local share = redis.call('HGET', KEYS[2], 'u:' .. ARGV[1])
if share and share ~= ARGV[2] then return 'other' end
if share and redis.call('HGET', KEYS[2], 'o:' .. string.match(share, '^%d*')) == ARGV[1] then return 'granted' end
-- Else a process may still know that this user holds none (PROTOCOL 3.5).
local since = tonumber(string.match(meta[1] or '', '^%d+') or '')
if not share and not (since and since <= tonumber(ARGV[7])) then return 'unheard' end
-- A user whose share the ledger gave to another has it here already. Its line is kept all the same.
tell(KEYS[3], ARGV[4], ARGV[5])
hold(KEYS[4], string.match(ARGV[3], '^%S+ (%S+)'), {ARGV[3]})
redis.call('HSET', KEYS[2], 'u:' .. ARGV[1], ARGV[2])
return 'held'
