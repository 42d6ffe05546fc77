-- Takes a packet out of Redis that the ledger has archived. A restored backup can bring such a packet back.
--
-- KEYS  1 {s}:opener   2 {s}:p:<id>   3 {s}:s:<id>   4 {s}:made   5 {s}:live   6 {s}:held
-- ARGV  1 the opener's right   2 packet id
--
-- Answers  'done', or 'lost' when another opener or server has taken over: then nothing was changed
--
-- Promise: no share of an archived packet is granted again. Its entries in the outbox stay, and its Idempotency-Key lives on.

if not openingSeal() then return 'lost' end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', KEYS[5], ARGV[2])
redis.call('HDEL', KEYS[6], ARGV[2])
return 'done'
