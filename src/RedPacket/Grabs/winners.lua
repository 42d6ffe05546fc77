-- Reads a page of the users who hold a share of a packet that gets no more winners (PROTOCOL 3.5).
--
-- KEYS  1 {s}:meta   2 {s}:p:<id>
-- ARGV  1 cursor, '0' to begin
--
-- Answers  {mark, 'emptied' or 'expired', when it was closed (ms), the next cursor ('0' after the last page), user …}
--          {'open'}: the packet is open, damaged or unknown, or it was not compared since the gate was opened, or corrections write shares
--          {'shut'}: the gate
--
-- Promise: writes nothing. All pages together name every holder, if all have the same mark, and for as long as it holds. One may be named
-- twice. The mark is the open run and the number of notices of corrections since meta began (correcting.lua).

local PER_PAGE = 1000

local meta = openMeta('corrected', 'correcting')
if not meta then return {'shut'} end
if meta[2] then return {'open'} end
local packet = redis.pcall('HMGET', KEYS[2], 'state', 'run', 'closed')
if packet.err or packet[2] ~= meta.run or not packet[3] or (packet[1] ~= 'emptied' and packet[1] ~= 'expired') then return {'open'} end
local page = redis.call('HSCAN', KEYS[2], ARGV[1], 'MATCH', 'u:*', 'COUNT', PER_PAGE)
local answer = {meta.run .. ' ' .. (meta[1] or '0'), packet[1], packet[3], page[1]}
for i = 1, #page[2], 2 do answer[#answer + 1] = string.sub(page[2][i], 3) end
return answer
