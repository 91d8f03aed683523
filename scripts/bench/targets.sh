# The servers of the benchmark: sourced by bench.sh. Each listens on loopback only and is ended by the trap of bench.sh.

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# wait_for NAME PID URL: until URL answers 200, at most 20 s
wait_for() {
  local i
  for ((i = 0; i < 200; i++)); do
    kill -0 "$2" 2>/dev/null || break
    [ "$(curl -s -o /dev/null -m 1 -w '%{http_code}' "$3")" = 200 ] && return 0
    sleep 0.1
  done
  echo "bench: $1 did not answer at $3; its last words:" >&2
  tail -n 15 "$tmp/$1.log" >&2
  return 1
}

start_simulator() {
  dotnet "$(built src/Bifrost.Simulator)" --urls "http://127.0.0.1:$sim_port" --bill-lines 1000 >"$tmp/simulator.log" 2>&1 &
  pids+=($!)
  wait_for simulator $! "http://127.0.0.1:$sim_port/health"
}

start_bare() {
  dotnet "$(built tests/Bifrost.Bare)" "http://127.0.0.1:$bare_port" "http://127.0.0.1:$sim_port" >"$tmp/bare.log" 2>&1 &
  pids+=($!)
  wait_for bare $! "http://127.0.0.1:$bare_port/health"
}

# Everything on: a virtual key with a customer, a team, budgets at three levels, rate windows, prices, the durable ledger.
# BENCH_ACCOUNTING=off: the same key and provider without budgets, windows and prices; an entry is still booked for each call.
write_config() {
  local price='{"input_cost_per_token": 0.00000015, "output_cost_per_token": 0.0000006, "max_output_tokens": 4096}'
  local budgets='"budgets": [{"max_limit": 1000000, "reset_duration": "1d"}]'
  local windows='"rate_limit": {"request_max_limit": 1000000000, "request_reset_duration": "1h", "token_max_limit": 1000000000000, "token_reset_duration": "1h"}'
  local prices="\"openai/$model\": $price, \"openai/$stream_model\": $price"
  if [ "${BENCH_ACCOUNTING:-on}" = off ]; then budgets='"budgets": []' windows='"is_active": true' prices=''; fi
  cat >"$tmp/bifrost.json" <<JSON
{
  "client": {"enforce_auth_on_inference": true},
  "providers": {
    "openai": {
      "keys": [{"name": "upstream", "value": "sk-upstream", "models": ["*"], "weight": 1}],
      "network_config": {"base_url": "http://127.0.0.1:$sim_port"},
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
  "store": ${BENCH_STORE:-{\"type\": \"sqlite\", \"path\": \"$tmp/bifrost.db\"\}}
}
JSON
}

start_gateway() {
  write_config
  (cd "$tmp" && exec dotnet "$gateway_dll" --urls "http://127.0.0.1:$gateway_port" --config "$tmp/bifrost.json") >"$tmp/gateway.log" 2>&1 &
  pids+=($!)
  gateway_pid=$!
  wait_for gateway $! "http://127.0.0.1:$gateway_port/health"
}

start_nginx() {
  mkdir -p "$tmp/nginx"
  cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off; worker_processes auto; pid $tmp/nginx/pid; error_log $tmp/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $tmp/nginx/body; proxy_temp_path $tmp/nginx/proxy; fastcgi_temp_path $tmp/nginx/f; uwsgi_temp_path $tmp/nginx/u; scgi_temp_path $tmp/nginx/s;
  upstream sim { server 127.0.0.1:$sim_port; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:$nginx_port; keepalive_requests 100000000;
    location / { proxy_pass http://sim; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
CONF
  nginx -p "$tmp/nginx" -c "$tmp/nginx/nginx.conf" >"$tmp/nginx.log" 2>&1 &
  pids+=($!)
  wait_for nginx $! "http://127.0.0.1:$nginx_port/health"
}
