-- Looks whether a shard's gate is open on the server that executes this.
--
-- KEYS  1 {s}:meta   2 {s}:wanted
-- ARGV  none
--
-- Answers  {run, the last delivery slot that was handed out, the number of shards, '1' while its packets are compared else '',
--          packets that are wanted}, or false while the gate is shut
--
-- Promise: writes nothing.

local meta = openMeta('seq', 'gen')
return meta and {meta.run, meta[1], meta[2], meta.walk and '1' or '', redis.call('ZCOUNT', KEYS[2], '(0', '+inf')} or false
