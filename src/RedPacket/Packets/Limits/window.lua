-- Counts calls of a user in fixed windows of time, and refuses those beyond a limit.
--
-- KEYS  one per limit: limit:{<user>}:<kind>
-- ARGV  1 a name that the call has each time it is repeated, or ''   2… for each key three: what to add   the limit   the window (ms)
--
-- Answers  'ok', or 'full', the number of the first key that is full, what is left of it, ms until its window ends
--
-- Promise: counts in all keys or in none, and a name once in a window. Windows follow the clock of this server.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local name = 'n:' .. ARGV[1]
local counts = {}
for i, key in ipairs(KEYS) do
  local add, most, length = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local window = math.floor(now / length)
  local known = redis.call('HMGET', key, 'window', 'count', name)
  local goes_on = tonumber(known[1]) == window
  if not (goes_on and known[3]) then
    local count = goes_on and tonumber(known[2]) or 0
    if count + add > most then
      return {'full', i, string.format('%d', math.max(0, most - count)), string.format('%d', (window + 1) * length - now)}
    end
    counts[key] = {window, count + add, length, goes_on}
  end
end
for key, count in pairs(counts) do
  if not count[4] then redis.call('DEL', key) end
  redis.call('HSET', key, 'window', string.format('%d', count[1]), 'count', string.format('%d', count[2]))
  if ARGV[1] ~= '' then redis.call('HSET', key, name, '') end
  redis.call('PEXPIRE', key, string.format('%d', count[3]))
end
return {'ok'}
