-- Counts calls of a user in fixed windows of time, and refuses those beyond a limit.
--
-- KEYS  one per limit: limit:{<user>}:<kind>
-- ARGV  for each key three: what to add   the limit   the window (ms)
--
-- Answers  'ok', or 'full', the number of the first key that is full, what is left of it, ms until its window ends
--
-- Promise: counts in all keys or in none. Windows follow the clock of this server.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local counts = {}
for i, key in ipairs(KEYS) do
  local add, most, length = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local window = math.floor(now / length)
  local known = redis.call('HMGET', key, 'window', 'count')
  local count = tonumber(known[1]) == window and tonumber(known[2]) or 0
  if count + add > most then
    return {'full', i, string.format('%d', math.max(0, most - count)), string.format('%d', (window + 1) * length - now)}
  end
  counts[i] = {window, count + add, length}
end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'window', string.format('%d', counts[i][1]), 'count', string.format('%d', counts[i][2]))
  redis.call('PEXPIRE', key, ARGV[3 * i])
end
return {'ok'}
