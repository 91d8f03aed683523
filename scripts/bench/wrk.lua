-- One plain chat completion, again and again. KEY, MODEL and HEADERS ("Name: value|Name: value") come from the environment; bench.sh reads the line that done() writes.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if os.getenv("KEY") then wrk.headers["Authorization"] = "Bearer " .. os.getenv("KEY") end
for name, value in (os.getenv("HEADERS") or ""):gmatch("([^:|]+): ([^|]+)") do wrk.headers[name] = value end
wrk.body = '{"model":"' .. os.getenv("MODEL") .. '","messages":[{"role":"user","content":"Say something, please."}]}'

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %.0f %.3f %.3f %d %d\n", summary.requests * 1e6 / summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed, summary.requests))
end
