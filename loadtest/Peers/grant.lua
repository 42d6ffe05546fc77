-- Grants one share of a packet, as flash-sale demos do: one script call per grab, without an outbox entry.
--
-- KEYS  1 peer:<id> (hash: expiry in ms)
--       2 peer:<id>:shares (list of '<ordinal> <fen>')
--       3 peer:<id>:taken (hash: user -> '<ordinal> <fen> <ms>')
-- ARGV  1 user
--
-- Answers  'won <ordinal> <fen> <ms>', 'again <ordinal> <fen> <ms>' (the user's earlier share), 'emptied', 'expired' or 'unknown'
--
-- Promise: a user gets one share, and a share goes to one user. The caller must record the share.

local prior = redis.call('HGET', KEYS[3], ARGV[1])
if prior then return 'again ' .. prior end
local expiry = redis.call('HGET', KEYS[1], 'expiry')
if not expiry then return 'unknown' end
local time = redis.call('TIME')
local now = time[1] .. string.sub(string.format('%06d', tonumber(time[2])), 1, 3)
if tonumber(now) >= tonumber(expiry) then return 'expired' end
local share = redis.call('RPOP', KEYS[2])
if not share then return 'emptied' end
local claim = share .. ' ' .. now
redis.call('HSET', KEYS[3], ARGV[1], claim)
return 'won ' .. claim
