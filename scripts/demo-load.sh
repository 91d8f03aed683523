#!/usr/bin/env bash
# Some of everything that boards show, against a running server: plain and streamed calls, a fallback, errors, jobs. Not a benchmark.
# Needs BIFROST_KEY; BIFROST_URL (http://127.0.0.1:8080), MODEL (sim/sim-echo) and ROUNDS (20) may be set.
set -euo pipefail
: "${BIFROST_KEY:?set it to a virtual key}"
url="${BIFROST_URL:-http://127.0.0.1:8080}" model="${MODEL:-sim/sim-echo}" rounds="${ROUNDS:-20}"

call() { # call PATH JSON: prints the status
  curl -sS -o /dev/null -w '%{http_code}\n' "$url$1" -H "Authorization: Bearer ${3:-$BIFROST_KEY}" -H 'Content-Type: application/json' -d "$2"
}
said='"max_tokens":20,"messages":[{"role":"user","content":"Say something."}]'

for _ in $(seq "$rounds"); do
  call /v1/chat/completions "{\"model\":\"$model\",$said}"
  call /v1/chat/completions "{\"model\":\"$model\",\"stream\":true,$said}"
  call /v1/chat/completions "{\"model\":\"${FAILING_MODEL:-$model-that-is-not-there}\",\"fallbacks\":[\"$model\"],$said}"
  call /v1/chat/completions "{\"model\":\"no-such-provider/m\",$said}"
  call /v1/chat/completions '{"model":7}'
  call /v1/chat/completions "{\"model\":\"$model\",$said}" sk-bf-00000000-0000-0000-0000-000000000000
  call /v1/async/chat/completions "{\"model\":\"$model\",$said}"
done | sort | uniq -c
