-- Takes the fences of an opening out of the outbox, when it has waited for them long enough.
--
-- KEYS  1 {s}:opener   2 {s}:out
-- ARGV  1 the opener's right   2 fence line of the live lane   3 fence line of the slow lane
--
-- Answers  'done', or 'lost' when another opener or server has taken over: then nothing was changed
--
-- Promise: removes no entry that moves money.

if not openingSeal() then return 'lost' end
redis.call('ZREM', KEYS[2], ARGV[2], ARGV[3])
return 'done'
