-- One plain chat completion, again and again. KEY, MODEL and HEADERS ("Name: value|Name: value") come from the environment; the scripts read the line
-- that done() writes. KEY may name several keys, parted by commas: they take turns.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local keys = {}
for key in (os.getenv("KEY") or ""):gmatch("[^,]+") do keys[#keys + 1] = key end
if keys[1] then wrk.headers["Authorization"] = "Bearer " .. keys[1] end
for name, value in (os.getenv("HEADERS") or ""):gmatch("([^:|]+): ([^|]+)") do wrk.headers[name] = value end
wrk.body = '{"model":"' .. os.getenv("MODEL") .. '","messages":[{"role":"user","content":"Say something, please."}]}'

function init()
  if #keys < 2 then return end
  local requests, turn = {}, 0
  for _, key in ipairs(keys) do
    wrk.headers["Authorization"] = "Bearer " .. key
    requests[#requests + 1] = wrk.format()
  end
  request = function()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %.0f %.3f %.3f %d %d\n", summary.requests * 1e6 / summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed, summary.requests))
end
