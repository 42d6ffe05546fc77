-- Writes into a packet what only the ledger has, and puts into the outbox what the ledger lacks. Called any number of times per packet:
-- claims first, the packet's own fields last, and the run among them. Until then no other script changes the packet.
--
-- KEYS  1 {s}:opener   2 {s}:meta   3 {s}:live   4 {s}:made   5 {s}:out   6 {s}:p:<id>   7 {s}:s:<id>   8 {s}:told   9 {s}:held
-- ARGV  1 the opener's right   2 life of the right (ms)   3 packet id   4 time in the id (ms)   5 score in live, or ''   6 shares, or ''
--       7 number of hash fields n, then n times: field, value; then number of held lines n: lines of shares that corrections pay, or will;
--       with any of them the writer of the ledger and the number of its transaction that has them parked; then the entry lines to put into
--       the outbox
--
-- Answers  'done', or 'lost' when another opener or server has taken over: then nothing was changed
--
-- Promise: takes nothing away from any user. A line that is in the outbox keeps its place. The others get an odd seq, for the slow lane.

if not openingSeal() then return 'lost' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
passMemoryLimit(KEYS[2])

local fields, argument = {}, 8
for _ = 1, 2 * tonumber(ARGV[7]) do
  fields[#fields + 1] = ARGV[argument]
  argument = argument + 1
end
local held = {}
for i = 1, tonumber(ARGV[argument]) do held[i] = ARGV[argument + i] end
argument = argument + 1 + #held
-- Before the fields: a store that is killed in between must not have taken a share from a user whose line it does not keep.
if #held > 0 then
  tell(KEYS[8], ARGV[argument], ARGV[argument + 1])
  hold(KEYS[9], ARGV[3], held)
  argument = argument + 2
end
if ARGV[6] ~= '' then redis.call('SET', KEYS[7], ARGV[6]) end
-- A key of another type is no record of a packet. No script has written it.
local record = redis.pcall('HGET', KEYS[6], 'run')
if type(record) == 'table' and record.err and string.find(record.err, 'WRONGTYPE', 1, true) then redis.call('DEL', KEYS[6]) end
if #fields > 0 then redis.call('HSET', KEYS[6], spread(fields)) end
if ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[3])
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[3])
end

local slot = tonumber(redis.call('HGET', KEYS[2], 'seq'))
for i = argument, #ARGV do
  slot = slot + 1
  redis.call('ZADD', KEYS[5], 'NX', string.format('%.0f', 2 * slot + 1), ARGV[i])
end
redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', slot))
return 'done'
