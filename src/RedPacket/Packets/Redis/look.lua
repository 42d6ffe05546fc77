-- Looks whether a shard's gate is open on the server that executes this.
--
-- KEYS  1 {s}:meta
-- ARGV  none
--
-- Answers  {run, the last delivery slot that was handed out}, or false while the gate is shut
--
-- Promise: writes nothing.

local meta = openMeta('run', 'seq')
return meta or false
