-- Takes the right to open a shard's gate, on the server that executes this. The right names the server: on any other it is worth nothing.
--
-- KEYS  1 {s}:opener   2 {s}:meta
-- ARGV  1 the opener's token   2 life of the right (ms)   3 '1' to accept a server without a replication history, else ''
--
-- Answers  {'taken', the right}, {'held'} while another opener has it, {'replica'}, {'no-history'}: the server has no id of its data,
--          or {'newer', version}: a newer program has written these records
--
-- Promise: one opener at a time. A right that names another server, or this one before its restart, is worth nothing and holds up nobody.

local info = redis.call('INFO', 'replication')
if not string.find(info, '\r\nrole:master\r\n', 1, true) then return {'replica'} end
local id = string.match(info, '\r\nmaster_replid:(%x+)\r\n')
if not id or #id ~= 40 or (id == string.rep('0', 40) and ARGV[3] ~= '1') then return {'no-history'} end
local version = redis.call('HGET', KEYS[2], 'v')
if version and (tonumber(version) or 0) > tonumber(VERSION) then return {'newer', version} end
local node = ''
if string.find(redis.call('INFO', 'cluster'), 'cluster_enabled:1', 1, true) then node = redis.call('CLUSTER', 'MYID') end
local here = ' ' .. id .. ' ' .. node
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^%S+(.*)$') == here then return {'held'} end
passMemoryLimit(KEYS[2])
local right = ARGV[1] .. here
redis.call('SET', KEYS[1], right, 'PX', ARGV[2])
return {'taken', right}
