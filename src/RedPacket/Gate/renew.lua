-- Keeps the right to open a shard's gate for another term.
--
-- KEYS  1 {s}:opener
-- ARGV  1 the opener's right   2 life of the right (ms)
--
-- Answers  'done', or 'lost' when another opener or server has taken over: then nothing was changed
--
-- Promise: prolongs the right of nobody but its holder.

if not openingSeal() then return 'lost' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'done'
