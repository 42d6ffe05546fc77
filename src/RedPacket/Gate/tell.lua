-- Tells a shard how many shards the house has, and since when it may have packets.
--
-- KEYS  1 {s}:meta
-- ARGV  1 number of shards   2 since when (ms), or ''
--
-- Answers  'told'
--
-- Promise: the number never falls. A shard that knows since when keeps that. It asks for no seal (PROTOCOL 4.6): no server may have a lower
-- number.

-- A gate opens at the memory limit of Redis too: see passMemoryLimit in seal.lua.
redis.call('HDEL', KEYS[1], '')
if tonumber(redis.call('HGET', KEYS[1], 'gen') or 0) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'gen', ARGV[1]) end
if ARGV[2] ~= '' then redis.call('HSETNX', KEYS[1], 'born', ARGV[2]) end
return 'told'
