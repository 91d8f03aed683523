#!/usr/bin/env bash
# Makes a store of everything the product keeps with a given build of the server, kills that server under load, and notes what its books say.
#   scripts/make-old-store.sh SERVER_DLL SIMULATOR_DLL sqlite|postgres
# Writes STORE.json and the store (SQLite's two files, or a dump) into tests/Bifrost.Server.Tests/Stores. Needs curl, jq; for PostgreSQL Debian's postgresql.
set -euo pipefail

server_dll=$1 simulator_dll=$2 kind=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$root/tests/Bifrost.Server.Tests/Stores
work=$(mktemp -d)
port=${BIFROST_PORT:-18391}
url=http://127.0.0.1:$port upstream=http://127.0.0.1:$((port + 1))
export BIFROST_ADMIN_TOKEN=an-admin-token-for-tests-0123456789
export BIFROST_PG_DATA=/var/tmp/bifrost-old-store BIFROST_PG_PORT=$((port + 2))
server='' simulator=''

finish() {
  [ -z "$server" ] || kill -9 "$server" 2>/dev/null || true
  [ -z "$simulator" ] || kill -9 "$simulator" 2>/dev/null || true
  if [ "$kind" = postgres ]; then "$root/scripts/postgres.sh" stop || true; rm -rf "$BIFROST_PG_DATA"; fi
  rm -rf "$work"
}
trap finish EXIT

start() { # start CONFIG: waits until calls are admitted
  dotnet "$server_dll" --urls "$url" --config "$1" >>"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    curl -fsS "$url/health/ready" >/dev/null 2>&1 && return
    kill -0 "$server" || { tail -n 20 "$work/server.log" >&2; exit 1; }
    sleep 0.1
  done
  exit 1
}

murder() { kill -9 "$server"; wait "$server" 2>/dev/null || true; server=''; }

api() { # api METHOD PATH [BODY]
  curl -fsS -X "$1" "$url$2" -H "Authorization: Bearer $BIFROST_ADMIN_TOKEN" ${3:+-H "Content-Type: application/json" -d "$3"} \
    || { echo "make-old-store: $1 $2 ${3:-}" >&2; return 1; }
}

body() { echo "{\"model\":\"sim/$1\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]${2:+,$2}}"; }

chat() { # chat KEY MODEL [MORE]: the status
  curl -s -o /dev/null -w '%{http_code}' "$url/v1/chat/completions" -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "$(body "$2" "${3:-}")"
}

submit() { # submit KEY MODEL [HEADER...]: the id
  local key=$1 model=$2 headers=()
  shift 2
  for header; do headers+=(-H "$header"); done
  curl -fsS "$url/v1/async/chat/completions" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "${headers[@]}" -d "$(body "$model")" | jq -r .id
}

until_state() { # until_state ID STATUS
  for _ in $(seq 300); do
    [ "$(api GET "/api/jobs/$1" | jq -r .job.status)" = "$2" ] && return
    sleep 0.1
  done
  echo "make-old-store: job $1 is not $2" >&2
  exit 1
}

note() { # note NAME VALUE: one member of what is expected
  jq -c --arg name "$1" --argjson value "$2" '.[$name] = $value' "$work/expected.json" >"$work/next.json"
  mv "$work/next.json" "$work/expected.json"
}

secret() { jq -c --arg name "$1" --arg value "$2" '.secrets[$name] = $value' "$work/expected.json" >"$work/next.json"; mv "$work/next.json" "$work/expected.json"; }

job() { # job NAME ID KEY [BODY]: a job, and what its key reads of it
  local hash=null
  if [ -n "${4:-}" ]; then hash=\"$(curl -fsS "$url/v1/async/chat/completions/$2" -H "Authorization: Bearer $3" | sha256sum | cut -d' ' -f1)\"; fi
  note jobs "$(jq -c --arg name "$1" --arg id "$2" --arg key "$3" --argjson hash "$hash" --arg status "$(api GET "/api/jobs/$2" | jq -r .job.status)" \
    '(.jobs // []) + [{name: $name, id: $id, key: $key, status: $status, sha256: $hash}]' "$work/expected.json")"
}

case $kind in
  sqlite) store="{\"type\":\"sqlite\",\"path\":\"$work/bifrost.db\"}" ;;
  postgres) store="{\"type\":\"postgres\",\"connection_string\":\"$("$root/scripts/postgres.sh" start)\"}" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
echo '{}' >"$work/expected.json"
jq --argjson store "$store" --arg upstream "$upstream" '.store = $store | .providers.sim.network_config.base_url = $upstream' "$out/config.json" >"$work/config.json"
jq '.jobs.running_per_server_max = 0' "$work/config.json" >"$work/reading.json"
dotnet "$simulator_dll" --urls "$upstream" >/dev/null 2>&1 &
simulator=$!

# First life: owners, keys and limits, calls of every outcome, corrections; stopped in order, so that its leases are closed and grains keep their state.
start "$work/config.json"
customer=$(api POST /api/governance/customers '{"name":"Initech","budgets":[{"max_limit":50,"reset_duration":"1M","calendar_aligned":true}]}' | jq -r .customer.id)
team=$(api POST /api/governance/teams "{\"name\":\"Print\",\"customer_id\":\"$customer\",\"budgets\":[{\"max_limit\":20,\"reset_duration\":\"1Q\"}],
  \"rate_limit\":{\"token_max_limit\":1000000,\"token_reset_duration\":\"1d\",\"request_max_limit\":10000,\"request_reset_duration\":\"1d\"}}" | jq -r .team.id)
make_key() { # make_key NAME MORE
  api POST /api/governance/virtual-keys "{\"name\":\"$1\"${2:+,$2}}" >"$work/key.json"
  secret "$1" "$(jq -r .virtual_key.value "$work/key.json")"
  jq -r .virtual_key.id "$work/key.json"
}
read_secret() { jq -r --arg name "$1" '.secrets[$name]' "$work/expected.json"; }
make_key api "\"team_id\":\"$team\",\"description\":\"of the API\",\"max_concurrent_requests\":50,
  \"budgets\":[{\"max_limit\":5,\"reset_duration\":\"1d\"},{\"max_limit\":9,\"reset_duration\":\"1M\",\"calendar_aligned\":true}],
  \"provider_configs\":[{\"provider\":\"sim\",\"weight\":1,\"blacklisted_models\":[\"sim-rich\"],\"budgets\":[{\"max_limit\":8,\"reset_duration\":\"1w\"}],
    \"rate_limit\":{\"token_max_limit\":500000,\"token_reset_duration\":\"1d\"}}]" >/dev/null
make_key spent '"allow_all_providers":true,"budgets":[{"max_limit":0.04,"reset_duration":"1Y"}]' >/dev/null
make_key rare '"allow_all_providers":true,"rate_limit":{"request_max_limit":2,"request_reset_duration":"1d"}' >/dev/null
make_key off '"allow_all_providers":true,"is_active":false' >/dev/null
rotated=$(make_key rotated '"allow_all_providers":true,"expires_at":"2099-12-31T00:00:00Z"')
secret rotated-before "$(read_secret rotated)"
secret rotated "$(api POST "/api/governance/virtual-keys/$rotated/rotate" '{"overlap_seconds":86400}' | jq -r .virtual_key.value)"
api POST /api/governance/model-configs '{"model_name":"sim-echo","provider":"sim","budgets":[{"max_limit":400,"reset_duration":"1M"}]}' >/dev/null
api PUT /api/governance/providers/sim '{"budgets":[{"max_limit":900,"reset_duration":"1Y"}],"rate_limit":{"request_max_limit":100000,"request_reset_duration":"1d"}}' >/dev/null
api PUT /api/governance/virtual-keys/filed-changed '{"description":"changed by the API","budgets":[{"max_limit":3.5,"reset_duration":"1d"}]}' >/dev/null
api DELETE /api/governance/virtual-keys/filed-gone >/dev/null
api PUT /api/pricing '{"sim/sim-words-3":{"input_cost_per_token":0.0001,"output_cost_per_token":0.0003}}' >/dev/null
secret admin "$(api POST /api/admin-tokens '{"name":"old admin","role":"admin"}' | jq -r .admin_token.value)"
secret viewer "$(api POST /api/admin-tokens '{"name":"old viewer","role":"viewer"}' | jq -r .admin_token.value)"
secret hook "$(api POST /api/webhooks/endpoints '{"name":"hook","url":"http://127.0.0.1:9/hook","allow_private_network":true}' | jq -r .endpoint.secret)"
secret filed sk-bf-filed-0123456789abcdef
secret filed-changed sk-bf-changed-0123456789abcdef
secret filed-gone sk-bf-gone-0123456789abcdef
for key in api filed filed-changed rotated rotated-before; do
  for model in sim-echo sim-no-usage sim-words-3 sim-503 sim-echo-cached-8; do chat "$(read_secret "$key")" "$model" >/dev/null; done
  chat "$(read_secret "$key")" sim-1kb-cut-after-3 '"stream":true' >/dev/null
done
for _ in 1 2 3; do chat "$(read_secret rare)" sim-echo >/dev/null; done
for _ in 1 2 3 4 5 6; do chat "$(read_secret spent)" sim-echo >/dev/null; done
sleep 1
entry=$(api GET '/api/ledger/entries?virtual_key_id=filed&limit=1000' | jq -r '[.entries[] | select(.cost_nanos > 0)][0].attempt_id')
api POST "/api/ledger/entries/$entry/adjust" '{"amount":0.25,"reason":"the bill says so","id":"01998000-0000-7000-8000-000000000001"}' >/dev/null
api POST "/api/ledger/entries/$entry/adjust" '{"amount":-0.125,"reason":"and took half of it back"}' >/dev/null
kill -TERM "$server"
wait "$server" || true

# Second life: killed while streams run, so that their leases come in doubt in the third.
start "$work/config.json"
for key in api filed; do chat "$(read_secret "$key")" sim-paced-400x50ms '"stream":true' >/dev/null 2>&1 & done
sleep 2
murder

# Third life: jobs in every state, then a load, and the kill.
start "$work/config.json"
api_key=$(read_secret api) filed_key=$(read_secret filed) rotated_key=$(read_secret rotated)
done_id=$(submit "$filed_key" sim-echo 'Idempotency-Key: done-1' 'x-bf-async-webhook: hook')
large_id=$(submit "$filed_key" sim-100kb)
failed_id=$(submit "$rotated_key" sim-400)
until_state "$done_id" completed
until_state "$large_id" completed
until_state "$failed_id" failed
running_id=$(submit "$api_key" sim-delay-60s 'Idempotency-Key: running-1')
other_id=$(submit "$rotated_key" sim-delay-60s)
until_state "$running_id" processing
until_state "$other_id" processing
waiting_id=$(submit "$api_key" sim-echo 'Idempotency-Key: waiting-1' 'x-bf-async-job-result-ttl: 600000')
waiting_too_id=$(submit "$api_key" sim-no-usage)
cancelled_id=$(submit "$api_key" sim-echo)
api POST "/api/jobs/$cancelled_id/cancel" >/dev/null
for _ in $(seq 300); do [ "$(api GET /api/ledger/leases | jq .count)" -gt 0 ] && break; sleep 0.1; done
job done "$done_id" "$filed_key" body
job large "$large_id" "$filed_key" body
job failed "$failed_id" "$rotated_key" body
job cancelled "$cancelled_id" "$api_key" body
job running "$running_id" "$api_key"
job running-too "$other_id" "$rotated_key"
job waiting "$waiting_id" "$api_key"
job waiting-too "$waiting_too_id" "$api_key"
for worker in 1 2 3; do
  while chat "$([ $((worker % 2)) = 0 ] && echo "$api_key" || echo "$filed_key")" sim-echo-delay-20ms >/dev/null 2>&1; do :; done &
done
sleep 0.5
murder
note killed_at "\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\""

# The store as the kill left it; then the old server reads it (a copy), and runs none of its jobs.
if [ "$kind" = sqlite ]; then
  gzip -9nc "$work/bifrost.db" >"$out/sqlite.db.gz"
  gzip -9nc "$work/bifrost.db-wal" >"$out/sqlite.db-wal.gz"
else
  pg_dump -h 127.0.0.1 -p "$BIFROST_PG_PORT" -U bifrost --no-owner --no-privileges --rows-per-insert=500 bifrost \
    | grep -vE '^(SET |--|\\|SELECT pg_catalog.set_config|$)' | gzip -9n >"$out/postgres.sql.gz"
fi
start "$work/reading.json"
for state in open doubt closed; do note "leases_$state" "$(api GET "/api/ledger/leases?state=$state&limit=1000" | jq -c '[.leases[].id]')"; done
note entries "$(api GET '/api/ledger/entries?limit=1000' | jq -c '{count: .count, cost_nanos: ([.entries[].cost_nanos] | add), adjusted: ([.entries[] | select(.kind == "adjust")] | length),
  estimated: ([.entries[] | select(.estimated)] | length)}')"
for list in governance/customers governance/teams governance/virtual-keys governance/model-configs governance/providers governance/budgets governance/rate-limits \
    webhooks/endpoints webhooks/deliveries admin-tokens audit pricing?search=sim/; do
  note "$list" "$(api GET "/api/$list$([ "${list/\?/}" = "$list" ] && echo '?' || echo '&')limit=1000")"
done
note oldest_entries "$(api GET '/api/ledger/entries?limit=1000' | jq -c '.entries[-8:]')"
jq -r '"{\n" + ([to_entries[] | (.key | tojson) + ": " + (.value | tojson)] | join(",\n")) + "\n}"' "$work/expected.json" >"$out/$kind.json"
kill -TERM "$server"
wait "$server" || true
server=''
ls -l "$out"
