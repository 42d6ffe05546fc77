-- The seal (PROTOCOL 4.1). It is put before each script that moves money or opens a gate, and before look.lua.
--
-- meta names the server on which its run was opened: seal is the replication id, node the id in a cluster, else empty. The replication id
-- changes with every start, promotion and resynchronisation of a server, and a flush removes meta. So each call proves, on the server that
-- executes it, that it works on the data of the open run. No client, script cache or other version has to be believed.
-- KEYS, ARGV and Answers are those of the script that follows.
--
-- Promise: nothing is changed on any other data.

local spread = unpack or table.unpack

-- The version of the records that these scripts read and write. A newer program may write others, and opens every gate anew then.
local VERSION = '2'

-- Packets that callers wait for, at most.
local MOST_WANTED = 10000

-- Only the whole line counts, because master_replid2 holds the previous id after a promotion. A writable replica has the id of its primary,
-- and so has a replica in a cluster that is taken over while the address of its primary is unknown.
local function isSealed(seal, node)
  if not seal or not node or #seal ~= 40 then return false end
  local info = redis.call('INFO', 'replication')
  return string.find(info, '\r\nrole:master\r\n', 1, true)
    and string.find(info, '\r\nmaster_replid:' .. seal .. '\r\n', 1, true)
    and (node == '' or redis.pcall('CLUSTER', 'MYID') == node)
end

-- At its memory limit Redis refuses the first write of a script that needs memory, and none after a write that needs none. A script
-- without which memory is never freed begins with this: it removes a field that meta never has.
local function passMemoryLimit(meta) redis.call('HDEL', meta, '') end

-- The named fields of the meta hash KEYS[1], with the run, and with walk while packets are compared; nil while the gate is shut.
local function openMeta(...)
  local meta = redis.call('HMGET', KEYS[1], 'seal', 'node', 'v', 'run', 'walk', ...)
  if not meta[4] or meta[3] ~= VERSION or not isSealed(meta[1], meta[2]) then return nil end
  local open = {spread(meta, 6)}
  open.run, open.walk = meta[4], meta[5]
  return open
end

-- The walk (PROTOCOL 4.7) compares a packet earlier when it is wanted.
local function want(wantedKey, id, time)
  if redis.call('ZCARD', wantedKey) < MOST_WANTED then redis.call('ZADD', wantedKey, 'NX', time, id) end
end

-- Keeps the number of a transaction of the ledger, on whose word Redis forgets something: a ledger that lacks it went back (PROTOCOL 6.5).
local function tell(toldKey, writer, number)
  if tonumber(redis.call('HGET', toldKey, writer) or 0) < tonumber(number) then redis.call('HSET', toldKey, writer, number) end
end

-- Keeps lines of shares that corrections pay, each once, until their packet is archived: a ledger that went back gets them again
-- (PROTOCOL 6.5).
local function hold(heldKey, id, lines)
  local all, known = {}, {}
  for line in string.gmatch(redis.call('HGET', heldKey, id) or '', '[^\n]+') do all[#all + 1], known[line] = line, true end
  for _, line in ipairs(lines) do
    if not known[line] then all[#all + 1], known[line] = line, true end
  end
  redis.call('HSET', heldKey, id, table.concat(all, '\n'))
end

-- True for a packet that Redis does not have and, during a walk, the ledger does not have either: the walk has noted it with 0.
local function isUnknown(meta, wantedKey, id)
  return not meta.walk or tonumber(redis.call('ZSCORE', wantedKey, id) or '') == 0
end

-- The seal and the node of the opening whose right ARGV[1] is held in KEYS[1]; nil when another opener or another server has taken over.
local function openingSeal()
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return nil end
  local seal, node = string.match(ARGV[1], '^%S+ (%x+) (%x*)$')
  if not isSealed(seal, node) then return nil end
  return {seal, node}
end

