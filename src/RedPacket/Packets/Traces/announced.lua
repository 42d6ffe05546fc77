-- Adds to the traces of followed shares when they were announced.
--
-- KEYS  the hash of each share's packet: {s}:p:<id>
-- ARGV  per share: ordinal, the time after a space
--
-- Answers  per share: 'wait' while settlement has not completed its trace, 'gone' when there is nothing to complete, or the whole trace
--
-- Promise: changes only fields t:<ordinal> that followed.lua has completed, each once. An archived packet does not come back.

local answers = {}
for i = 1, #KEYS do
  local field = 't:' .. ARGV[2 * i - 1]
  local trace = redis.pcall('HGET', KEYS[i], field)
  local times = type(trace) == 'string' and select(2, string.gsub(trace, ' ', '')) or 0
  answers[i] = times == 3 and 'wait' or 'gone'
  if times == 8 then
    trace = trace .. ARGV[2 * i]
    if type(redis.pcall('HSET', KEYS[i], field, trace)) == 'number' then answers[i] = trace end
  end
end
return answers
