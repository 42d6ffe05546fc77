-- Grants shares: many grabs of one shard in one call (at most 1000, because of Lua's stack), in the order given.
--
-- KEYS  1 {s}:meta   2 {s}:live   3 {s}:out   4 {s}:wanted   5 {s}:followed   then per packet: {s}:p:<id>, {s}:s:<id>
-- ARGV  1 outbox limit (entries)   2 a mark of winners.lua that must still hold, or ''
--       then per packet: packet id, number of grabs n, and n times: user, check (24 bits)
--       A share that is followed has its trace after the check: '<check> <traceparent> <times>'. It becomes a field of its packet.
--
-- Answers  one string per grab, in the order of ARGV: 'won <ordinal> <fen> <ms>', 'again <ordinal> <fen> <ms>' (the share that this user
--          has already), 'emptied', 'expired', 'unknown', 'full' (outbox), 'damaged' (this packet's record yields no shares),
--          'unchecked' (this packet was not compared since the gate was opened: nothing of it is changed, and it is wanted now);
--          or {'shut'} alone: the gate; or {'ended'} alone: ARGV[2] holds no more.
--
-- Promise: a grab answered 'won' changed its packet and has its entry in the outbox (PROTOCOL 3.1). The order of refusals (PROTOCOL 3.2):
-- unchecked, then the user's own share (a winner who asks again is never refused), then emptied (final), expired (by the clock of Redis),
-- outbox full. The script reads and decides all packets first and refuses a damaged one alone. After the first grant is written, nothing
-- can be refused any more.

local WIDTH = 8
local call, pcall, format = redis.call, redis.pcall, string.format

-- Lua's numbers are whole up to here.
local MOST = 2 ^ 53

-- Followed shares in the list, at most. The oldest are dropped.
local MOST_FOLLOWED = 10000

local meta = openMeta('seq', 'grabs', 'grabsFen', 'corrected')
if not meta then return {'shut'} end
if ARGV[2] ~= '' and ARGV[2] ~= meta.run .. ' ' .. (meta[4] or '0') then return {'ended'} end
local room = tonumber(ARGV[1]) - call('ZCARD', KEYS[3])
local time = call('TIME')
local nowText = time[1] .. string.sub(format('%06d', tonumber(time[2])), 1, 3)
local now = tonumber(nowText)

local slot, granted, grantedFen = tonumber(meta[1]), 0, 0
local answers, changes, entries, traces = {}, {}, {}, {}

-- The next shares of a packet as numbers, or nil if its record does not hold them.
local function sharesOf(key, first, last, left)
  local text = pcall('GETRANGE', key, format('%d', (first - 1) * WIDTH), format('%d', last * WIDTH - 1))
  if type(text) ~= 'string' or #text ~= (last - first + 1) * WIDTH or string.find(text, '%D') then return nil end
  local shares, sum = {}, 0
  for i = 1, last - first + 1 do
    local fen = tonumber(string.sub(text, (i - 1) * WIDTH + 1, i * WIDTH))
    if fen < 1 then return nil end
    shares[i], sum = fen, sum + fen
  end
  if sum > left then return nil end
  return shares
end

-- The packet's fields, then the share of each user who asks. Most packets of a call have one user, who needs no table.
local function read(packetKey, from, n)
  if n == 1 then
    return pcall('HMGET', packetKey, 'state', 'next', 'left', 'count', 'expiry', 'sum', 'best', 'run', 'u:' .. ARGV[from])
  end
  local fields = {'state', 'next', 'left', 'count', 'expiry', 'sum', 'best', 'run'}
  for i = 1, n do fields[8 + i] = 'u:' .. ARGV[from + 2 * i - 2] end
  return pcall('HMGET', packetKey, spread(fields))
end

-- Keeps the trace of a share, with the time of its grant (µs), and returns its check.
local function follow(argument, seq, ordinal, change)
  local check, trace, traceparent = string.match(argument, '^(%d+) ((%S+) .*)$')
  change[#change + 1] = 't:' .. ordinal
  change[#change + 1] = trace .. ' ' .. time[1] .. format('%06d', tonumber(time[2]))
  traces[#traces + 1] = seq
  traces[#traces + 1] = seq .. ' ' .. traceparent
  return tonumber(check)
end

-- Answers one packet's grabs, and collects what must be written.
local function decide(packetKey, sharesKey, id, from, n)
  local packet = read(packetKey, from, n)
  if not packet.err and packet[8] ~= meta.run and (packet[1] or not isUnknown(meta, KEYS[4], id)) then
    want(KEYS[4], id, nowText)
    for _ = 1, n do answers[#answers + 1] = 'unchecked' end
    return
  end
  local state, nextOrdinal, left = packet[1], tonumber(packet[2] or nil), tonumber(packet[3] or nil)
  local count, expiry, sum = tonumber(packet[4] or nil), tonumber(packet[5] or nil), tonumber(packet[6] or nil)
  local broken = packet.err or state == 'damaged' or (state and not (nextOrdinal and left and count and expiry and sum
    and nextOrdinal % 1 + left % 1 + sum % 1 == 0 and left + sum < MOST))
  local shares, first, claims, change, size = nil, nextOrdinal, {}, {}, 0
  -- The largest share begins with the first one. A packet of an earlier version, which has none, gets none.
  local best, mostFen = nil, nextOrdinal == 1 and 0 or nil
  if type(packet[7]) == 'string' then mostFen = tonumber(string.match(packet[7], '^%d+')) end

  for i = 1, n do
    local user, answer = ARGV[from + 2 * i - 2], nil
    local prior = not packet.err and packet[8 + i] or claims[user]
    if packet.err then answer = 'damaged'
    elseif not state then answer = 'unknown'
    elseif prior then answer = 'again ' .. prior
    elseif broken then answer = 'damaged'
    elseif state == 'emptied' then answer = 'emptied'
    elseif state == 'expired' then answer = 'expired'
    elseif nextOrdinal > count then answer = 'emptied'
    elseif now >= expiry then answer = 'expired'
    elseif granted >= room then answer = 'full'
    else
      shares = shares or sharesOf(sharesKey, first, math.min(count, first + n - 1), left)
      if not shares then
        broken, answer = true, 'damaged'
      else
        local fen = shares[nextOrdinal - first + 1]
        local ordinal, fenText = format('%d', nextOrdinal), format('%d', fen)
        local claim = ordinal .. ' ' .. fenText .. ' ' .. nowText
        change[size + 1], change[size + 2], change[size + 3], change[size + 4] = 'u:' .. user, claim, 'o:' .. ordinal, user
        size = size + 4
        granted = granted + 1
        local check = tonumber(ARGV[from + 2 * i - 1])
        if not check then
          check = follow(ARGV[from + 2 * i - 1], format('%d', 2 * (slot + granted)), ordinal, change)
          size = #change
        end
        entries[2 * granted - 1] = format('%d', 2 * (slot + granted))
        entries[2 * granted] = 'g ' .. id .. ' ' .. ordinal .. ' ' .. user .. ' ' .. fenText .. ' ' .. nowText
        sum = sum + (check + nextOrdinal) * fen
        nextOrdinal, left, grantedFen = nextOrdinal + 1, left - fen, grantedFen + fen
        claims[user] = claim
        if mostFen and fen > mostFen then mostFen, best = fen, fenText .. ' ' .. ordinal .. ' ' .. user end
        answer = 'won ' .. claim
      end
    end
    answers[#answers + 1] = answer
  end

  if size == 0 then return end
  change[size + 1], change[size + 2], change[size + 3] = 'next', format('%d', nextOrdinal), 'left'
  change[size + 4], change[size + 5], change[size + 6] = format('%d', left), 'sum', format('%d', sum)
  if best then change[size + 7], change[size + 8] = 'best', best end
  -- A packet that was rebuilt with holes keeps their fen until it expires. They are refunded then, so it is not closed here.
  local emptied = nextOrdinal > count and left == 0
  if emptied then
    for _, word in ipairs({'state', 'emptied', 'closed', nowText}) do change[#change + 1] = word end
  end
  changes[#changes + 1] = {packetKey, change, emptied and id}
end

local key, argument = 6, 3
while ARGV[argument] do
  local n = tonumber(ARGV[argument + 1])
  decide(KEYS[key], KEYS[key + 1], ARGV[argument], argument + 2, n)
  key, argument = key + 2, argument + 2 + 2 * n
end
if granted == 0 then return answers end

-- From here on it must succeed.
call('HSET', KEYS[1], 'seq', format('%d', slot + granted),
  'grabs', format('%d', tonumber(meta[2] or 0) + granted), 'grabsFen', format('%d', tonumber(meta[3] or 0) + grantedFen))
for _, change in ipairs(changes) do call('HSET', change[1], spread(change[2])) end
call('ZADD', KEYS[3], spread(entries))
for _, change in ipairs(changes) do
  if change[3] then call('ZADD', KEYS[2], '-' .. nowText, change[3]) end
end
if traces[1] then
  pcall('ZADD', KEYS[5], spread(traces))
  pcall('ZREMRANGEBYRANK', KEYS[5], 0, -MOST_FOLLOWED - 1)
end
return answers
