-- Gives a user back the share that this packet has forgotten, when the house makes it good: asking again answers it, and no other is dealt.
--
-- KEYS  1 {s}:meta   2 {s}:p:<id>
-- ARGV  1 user   2 the share: ordinal fen ms
-- RUN   the nonce under which this shard's gate was opened (a line put before this text)
--
-- Answers  'his' (stands there now, or did)   'other' (this user holds another share of the packet)   'unknown'   'closed' (the gate)
--
-- Promise: one user, one share. No ordinal, no fen and no entry of the packet changes: the money comes from elsewhere.

if redis.call('HGET', KEYS[1], 'run') ~= RUN then return 'closed' end
if redis.call('EXISTS', KEYS[2]) == 0 then return 'unknown' end
local stands = redis.call('HGET', KEYS[2], 'u:' .. ARGV[1])
if stands then return stands == ARGV[2] and 'his' or 'other' end
redis.call('HSET', KEYS[2], 'u:' .. ARGV[1], ARGV[2])
return 'his'
