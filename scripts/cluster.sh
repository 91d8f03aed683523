#!/usr/bin/env bash
# Starts a private PostgreSQL and a cluster of N silos (3) on this machine behind one address, and prints a command that calls it. Ctrl-C stops it.
#   scripts/cluster.sh [N] [--no-build]
# The provider is the simulator. nginx spreads the calls where it is installed; otherwise the silos' own addresses are printed.
# DOTNET_BUILD: the command that builds ("dotnet build"). BIFROST_CLUSTER_PORT: of the one address (a free one).
set -euo pipefail
set -m # Every process has a group of its own, so that Ctrl-C reaches this script alone.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
count=3 build=yes
while [ $# -gt 0 ]; do
  case $1 in
    --no-build) build='' ;;
    [1-9] | [1-9][0-9]) count=$1 ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
  shift
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/bifrost-cluster.XXXXXX")
chmod 711 "$folder" # PostgreSQL may run as a user of its own.
export BIFROST_PG_DATA=$folder/postgres BIFROST_PG_PORT
pids=() simulator='' front='' database=''

stop() {
  trap '' INT TERM EXIT
  [ -z "$front" ] || kill -QUIT "$front" 2>/dev/null || true
  [ ${#pids[@]} = 0 ] || { echo "Stopping: running calls end, costs are booked."; kill "${pids[@]}" 2>/dev/null || true; }
  for pid in ${pids[@]+"${pids[@]}"} $front; do wait "$pid" 2>/dev/null || true; done
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  [ -z "$database" ] || "$root/scripts/postgres.sh" stop || true
  rm -rf "$folder/postgres"
  echo "Stopped. Logs: $folder"
}
trap 'stop; exit 130' INT TERM
trap stop EXIT

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# Waits for an answer with success; $2: the process that gives it, $3: its log.
await() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! curl -fs -o /dev/null --max-time 2 "$1" || return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.2
  done
  echo "cluster: no answer from $1; its log ends:" >&2
  tail -n 20 "$3" >&2
  return 1
}

secret() { od -An -N 18 -tx1 /dev/urandom | tr -d ' \n'; }

for project in src/Bifrost.Simulator src/Bifrost.Server; do
  [ -n "$build" ] || break
  echo "Building $project."
  ${DOTNET_BUILD:-dotnet build} "$root/$project" -v q -nologo >"$folder/build.log" 2>&1 || { tail -n 20 "$folder/build.log" >&2; exit 1; }
done
built() { dotnet msbuild "$root/$1" -nologo -getProperty:TargetPath; }
server=$(built src/Bifrost.Server)

BIFROST_PG_PORT=$(free_port)
BIFROST_DB=$("$root/scripts/postgres.sh" start)
database=yes
upstream=http://127.0.0.1:$(free_port)
dotnet "$(built src/Bifrost.Simulator)" --urls "$upstream" >"$folder/simulator.log" 2>&1 &
simulator=$!
await "$upstream/health" "$simulator" "$folder/simulator.log"

BIFROST_ADMIN_TOKEN=$(secret)
BIFROST_DEMO_KEY=sk-bf-$(secret)
export BIFROST_DB BIFROST_ADMIN_TOKEN BIFROST_DEMO_KEY
addresses=()
for ((i = 1; i <= count; i++)); do
  cat >"$folder/silo-$i.json" <<JSON
{
  "store": { "type": "postgres", "connection_string": "env.BIFROST_DB" },
  "cluster": { "silo_port": $(free_port), "gateway_port": $(free_port) },
  "providers": { "sim": { "network_config": { "base_url": "$upstream" } } },
  "governance": { "virtual_keys": [{ "id": "demo", "name": "Demonstration", "value": "env.BIFROST_DEMO_KEY", "allow_all_providers": true,
    "budgets": [{ "max_limit": 1000, "reset_duration": "1d" }] }] },
  "pricing": { "sim/*": { "input_cost_per_token": 0.00000015, "output_cost_per_token": 0.0000006, "max_output_tokens": 16384, "tokens_per_byte": 1 } }
}
JSON
  addresses+=("http://127.0.0.1:$(free_port)")
  (cd "$folder" && exec dotnet "$server" --urls "${addresses[i - 1]}" --config "$folder/silo-$i.json") >"$folder/silo-$i.log" 2>&1 &
  pids+=($!)
done
for ((i = 1; i <= count; i++)); do
  await "${addresses[i - 1]}/health/ready" "${pids[i - 1]}" "$folder/silo-$i.log"
  echo "Silo $i: ${addresses[i - 1]}, process ${pids[i - 1]}"
done

address=${addresses[0]}
if command -v nginx >/dev/null; then
  address=http://127.0.0.1:${BIFROST_CLUSTER_PORT:-$(free_port)}
  cat >"$folder/nginx.conf" <<NGINX
daemon off;
pid $folder/nginx.pid;
error_log $folder/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $folder/nginx-body;
  proxy_temp_path $folder/nginx-proxy;
  fastcgi_temp_path $folder/nginx-fastcgi;
  uwsgi_temp_path $folder/nginx-uwsgi;
  scgi_temp_path $folder/nginx-scgi;
  client_max_body_size 100m;
  upstream silos {
    # A key's calls keep to one silo, where its grain is.
    hash "\$http_authorization\$http_x_bf_vk\$http_x_api_key" consistent;
$(printf '    server %s max_fails=1 fail_timeout=2s;\n' "${addresses[@]#http://}")
  }
  server {
    listen ${address#http://};
    location / {
      proxy_pass http://silos;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_connect_timeout 2s;
      proxy_read_timeout 600s;
    }
  }
}
NGINX
  nginx -p "$folder" -c "$folder/nginx.conf" 2>>"$folder/nginx.log" &
  front=$!
  await "$address/health/ready" "$front" "$folder/nginx.log"
else
  echo "nginx is not installed: call the silos at their own addresses."
fi

cat <<TEXT
$count silos serve at $address (admin token: $BIFROST_ADMIN_TOKEN). Logs: $folder

  curl -s $address/openai/v1/chat/completions -H 'Authorization: Bearer $BIFROST_DEMO_KEY' -H 'Content-Type: application/json' -d '{"model":"sim/sim-echo","messages":[{"role":"user","content":"Hello"}]}'

Ctrl-C stops all of it. To lose a silo on the way: kill -9 ${pids[$((count - 1))]}
TEXT
for pid in "${pids[@]}"; do
  code=0
  wait "$pid" || code=$?
  echo "Silo with process $pid ended with code $code."
done
