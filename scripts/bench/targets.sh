# The servers of the benchmark: sourced by bench.sh. Each listens on loopback (Portkey's knows no such setting) and is ended by the trap of bench.sh.
# pid[NAME], port[NAME]: of the server; headers_of[NAME]: what its calls need besides, as "Name: value|Name: value".

portkey_package=@portkey-ai/gateway@1.15.2

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# run NAME COMMAND...: in the background, with its own log
run() {
  local name=$1
  shift
  "$@" >"$tmp/$name.log" 2>&1 &
  pid[$name]=$!
}

# stop NAME...: asks all of them to end, and ends those that do not within 5 s
stop() {
  local name
  for name in "$@"; do kill "${pid[$name]}" 2>/dev/null || true; done
  for name in "$@"; do
    for _ in {1..50}; do kill -0 "${pid[$name]}" 2>/dev/null || break; sleep 0.1; done
    kill -9 "${pid[$name]}" 2>/dev/null || true
    wait "${pid[$name]}" 2>/dev/null || true
    unset "pid[$name]"
  done
}

# watched NAME COMMAND...: run, with the hook that notes collections
watched() {
  local name=$1
  shift
  : >"$tmp/$name.gc"
  run "$name" env DOTNET_STARTUP_HOOKS="$(built Bifrost.GcWatch)" GC_WATCH_FILE="$tmp/$name.gc" "$@"
}

# wait_for NAME PATH: until PATH answers 200, at most 20 s
wait_for() {
  local i url=http://127.0.0.1:${port[$1]}$2
  for ((i = 0; i < 200; i++)); do
    kill -0 "${pid[$1]}" 2>/dev/null || break
    [ "$(curl -s -o /dev/null -m 1 -w '%{http_code}' "$url")" = 200 ] && return 0
    sleep 0.1
  done
  echo "bench: $1 did not answer at $url; its last words:" >&2
  tail -n 15 "$tmp/$1.log" >&2
  return 1
}

start_simulator() {
  port[simulator]=$(free_port)
  port[direct]=${port[simulator]}
  run simulator dotnet "$(built Bifrost.Simulator)" --urls "http://127.0.0.1:${port[simulator]}" --bill-lines 1000
  wait_for simulator /health
}

start_bare() {
  port[bare]=$(free_port)
  watched bare dotnet "$(built Bifrost.Bare)" "http://127.0.0.1:${port[bare]}" "http://127.0.0.1:${port[simulator]}"
  wait_for bare /health
}

# Everything on: a virtual key with a customer, a team, budgets at three levels, rate windows, prices, the durable ledger.
# BENCH_ACCOUNTING=off: the same key and provider without budgets, windows and prices; an entry is still booked for each call.
# write_config FILE STORE, the store as JSON
write_config() {
  local price='{"input_cost_per_token": 0.00000015, "output_cost_per_token": 0.0000006, "max_output_tokens": 4096}'
  local budgets='"budgets": [{"max_limit": 1000000, "reset_duration": "1d"}]'
  local windows='"rate_limit": {"request_max_limit": 1000000000, "request_reset_duration": "1h", "token_max_limit": 1000000000000, "token_reset_duration": "1h"}'
  local prices="\"openai/$model\": $price, \"openai/$stream_model\": $price"
  if [ "${BENCH_ACCOUNTING:-on}" = off ]; then budgets='"budgets": []' windows='"is_active": true' prices=''; fi
  cat >"$1" <<JSON
{
  "client": {"enforce_auth_on_inference": true},
  "providers": {
    "openai": {
      "keys": [{"name": "upstream", "value": "sk-upstream", "models": ["*"], "weight": 1}],
      "network_config": {"base_url": "http://127.0.0.1:${port[simulator]}"},
      "concurrency_and_buffer_size": {"concurrency": 4000, "buffer_size": 8000}
    }
  },
  "governance": {
    "customers": [{"id": "acme", "name": "Acme", $budgets}],
    "teams": [{"id": "research", "name": "Research", "customer_id": "acme", $budgets}],
    "virtual_keys": [{
      "id": "bench", "name": "Bench", "value": "$key", "team_id": "research",
      "provider_configs": [{"provider": "openai", "allowed_models": ["*"], "weight": 1}],
      $budgets,
      $windows
    }]
  },
  "pricing": {$prices},
  "store": $2
}
JSON
}

# gateway_command NAME DLL STORE: sets "gateway"; a store of its own in a new folder unless STORE names one as JSON
gateway_command() {
  local folder
  folder=$(mktemp -d "$tmp/$1.XXXXXX")
  port[$1]=$(free_port)
  write_config "$folder/bifrost.json" "${3:-{\"type\": \"sqlite\", \"path\": \"$folder/bifrost.db\"\}}"
  gateway=(dotnet "$2" --urls "http://127.0.0.1:${port[$1]}" --config "$folder/bifrost.json")
}

start_gateway() {
  gateway_command gateway "$(built Bifrost.Server)"
  watched gateway "${gateway[@]}"
  wait_for gateway /health
}

# A private PostgreSQL of this run: PostgreSQL's own user has to reach its folder, so it is not below the run's.
start_gateway_pg() {
  local text store='"type": "postgres", "connection_string": '
  pg_data=$(mktemp -d /var/tmp/bifrost-bench-XXXXXX) pg_port=$(free_port)
  text=$(BIFROST_PG_DATA=$pg_data BIFROST_PG_PORT=$pg_port "$root/scripts/postgres.sh") || return 1
  pid[postgres]=$(head -n 1 "$pg_data/postmaster.pid")
  gateway_command gateway_pg "$(built Bifrost.Server)" "{$store\"$text\"}"
  watched gateway_pg "${gateway[@]}"
  wait_for gateway_pg /health
}

stop_postgres() {
  [ -n "${pg_data:-}" ] || return 0
  BIFROST_PG_DATA=$pg_data "$root/scripts/postgres.sh" stop || true
  rm -rf "$pg_data"
}

start_nginx() {
  port[nginx]=$(free_port)
  mkdir -p "$tmp/nginx"
  cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off; worker_processes auto; pid $tmp/nginx/pid; error_log $tmp/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $tmp/nginx/body; proxy_temp_path $tmp/nginx/proxy; fastcgi_temp_path $tmp/nginx/f; uwsgi_temp_path $tmp/nginx/u; scgi_temp_path $tmp/nginx/s;
  upstream sim { server 127.0.0.1:${port[simulator]}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port[nginx]}; keepalive_requests 100000000;
    location / { proxy_pass http://sim; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
CONF
  run nginx nginx -p "$tmp/nginx" -c "$tmp/nginx/nginx.conf"
  wait_for nginx /health
}

# Portkey's gateway, installed below artifacts/ once.
start_portkey() {
  local folder=$root/artifacts/portkey
  local entry=$folder/node_modules/@portkey-ai/gateway/build/start-server.js
  command -v npm >/dev/null || return 1
  if [ ! -f "$entry" ]; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error "$portkey_package" >"$tmp/npm.log" 2>&1 || return 1
  fi
  port[portkey]=$(free_port)
  headers_of[portkey]="x-portkey-provider: openai|x-portkey-custom-host: http://127.0.0.1:${port[simulator]}/v1"
  run portkey env NODE_ENV=production node "$entry" "--port=${port[portkey]}" --headless
  wait_for portkey /
}
