-- Takes a place for a packet among the open ones of its sender.
--
-- KEYS  1 limit:{<user>}:places
-- ARGV  1 '<packetId> <count>'   2 when the packet expires (ms)   3 most packets   4 most shares (0: any number)
--
-- Answers  'ok', or 'full' and the members that hold a place
--
-- Promise: forgets packets that have expired. Takes no place when it answers 'full'. A packet that has a place keeps it.

local time = redis.call('TIME')
local now = string.format('%d', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return {'ok'} end
local held = redis.call('ZRANGE', KEYS[1], 0, -1)
local shares = tonumber(string.match(ARGV[1], ' (%d+)$'))
for _, member in ipairs(held) do shares = shares + tonumber(string.match(member, ' (%d+)$')) end
local packets, most = tonumber(ARGV[3]), tonumber(ARGV[4])
if packets > 0 and #held >= packets or most > 0 and shares > most then return {'full', held} end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
return {'ok'}
