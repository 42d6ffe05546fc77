-- Grabs one or several packets with a new user for every call.
--   PACKET=<id> wrk -t2 -c64 -d20s -s loadtest/grab.lua http://localhost:5080
-- PACKET (required): ids of packets, separated by commas.
-- TOKEN: a bearer token. Without it the script sends the demo's X-User-Id header.
-- RUN: a word that makes the users of this run unique.

local packets = {}
local ids = assert(os.getenv("PACKET"), "PACKET is not set. Set it to ids of packets, separated by commas.")
for id in ids:gmatch("[^,]+") do
  table.insert(packets, id)
end
local token = os.getenv("TOKEN")
local run = os.getenv("RUN") or tostring(os.time())
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init()
  calls, won, late, refused, other = 0, 0, 0, 0, 0
end

function request()
  calls = calls + 1
  local path = "/api/v1/packets/" .. packets[calls % #packets + 1] .. "/grabs"
  if token then
    return wrk.format("POST", path, { ["Authorization"] = "Bearer " .. token })
  end
  return wrk.format("POST", path, { ["X-User-Id"] = "wrk-" .. run .. "-" .. number .. "-" .. calls })
end

function response(status, _, body)
  if status == 503 or status == 429 then
    refused = refused + 1
  elseif status ~= 200 then
    other = other + 1
  elseif body:find('"outcome":"won"', 1, true) then
    won = won + 1
  else
    late = late + 1
  end
end

function done(summary, latency)
  local total = { won = 0, late = 0, refused = 0, other = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(total) do
      total[name] = total[name] + thread:get(name)
    end
  end
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format("won %d, too late %d, refused (503, 429) %d, other statuses %d", total.won, total.late, total.refused, total.other))
  print(string.format("%.0f answers/s, p50 %.1f ms, p99 %.1f ms, max %.1f ms, socket errors %d",
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, errors))
end
