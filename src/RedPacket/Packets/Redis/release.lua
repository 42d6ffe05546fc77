-- Gives up a lease or token before it expires, so that the next holder need not wait.
--
-- KEYS  1 {s}:relay or {s}:opener
-- ARGV  1 the holder's name
--
-- Answers  'released', or 'lost' when another holds it or nobody does: then nothing was changed
--
-- Promise: takes the lease from nobody but its holder.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('DEL', KEYS[1])
return 'released'
