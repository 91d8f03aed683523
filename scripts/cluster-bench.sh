#!/usr/bin/env bash
# What a call costs in a cluster on one PostgreSQL: through one, two and three of three silos, with one busy key and with many; then on clusters of one,
# two and three silos, with keys that meet any silo and keys that keep to one. Prints processor time and store transactions for each call, since the
# silos share this machine's cores.
#   scripts/cluster-bench.sh [--rounds N] [--seconds S] [--no-build]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=3 seconds=5 warm=15 build=yes keys=24
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --no-build) build=''; shift ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done
command -v wrk >/dev/null || { echo "cluster-bench: 'wrk' is missing; on Debian: apt-get install wrk" >&2; exit 1; }

export Configuration=Release # Of what cluster.sh builds and starts.
tmp=$(mktemp -d)
cluster=''
finish() {
  end_cluster
  rm -rf "$tmp"
}
end_cluster() {
  [ -n "$cluster" ] || return 0
  kill "$cluster" 2>/dev/null || true # Not INT: what a script starts in the background ignores it.
  wait "$cluster" 2>/dev/null || true
  cluster=''
}
trap finish EXIT
trap 'exit 130' INT TERM

# Starts a cluster of $1 silos with twice $keys further keys; sets addresses, pids, one_key, many_keys, faithful_keys and database.
start_cluster() {
  local said=$tmp/cluster-$1 token i
  "$root/scripts/cluster.sh" "$1" ${built:+--no-build} >"$said" 2>&1 &
  cluster=$!
  until grep -q 'Ctrl-C stops' "$said"; do
    kill -0 "$cluster" 2>/dev/null || { tail -n 20 "$said" >&2; exit 1; }
    sleep 0.3
  done
  built=yes
  mapfile -t addresses < <(sed -n 's/^Silo [0-9]*: \(http[^,]*\),.*/\1/p' "$said")
  mapfile -t pids < <(sed -n 's/^Silo [0-9]*: .*process \([0-9]*\)$/\1/p' "$said")
  one_key=$(sed -n "s/.*Authorization: Bearer \([^']*\)'.*/\1/p" "$said")
  token=$(sed -n 's/.*admin token: \([^)]*\)).*/\1/p' "$said")
  database=$(tr '\0' '\n' <"/proc/${pids[0]}/environ" | sed -n 's/^BIFROST_DB=//p')
  many_keys='' faithful_keys=''
  for ((i = 1; i <= keys; i++)); do
    many_keys+=${many_keys:+,}$(make_key "many-$i" "$token")
    faithful_keys+=${faithful_keys:+,}$(make_key "faithful-$i" "$token")
  done
}

make_key() { # make_key NAME ADMIN_TOKEN
  curl -fsS "${addresses[0]}/api/governance/virtual-keys" -H "Authorization: Bearer $2" -H 'Content-Type: application/json' \
    -d "{\"name\":\"$1\",\"allow_all_providers\":true,\"budgets\":[{\"max_limit\":1000,\"reset_duration\":\"1d\"}]}" \
    | grep -o '"value":"[^"]*"' | head -n 1 | cut -d'"' -f4
}

ticks() { # Processor time of the silos so far, in clock ticks.
  local pid stat sum=0
  for pid in "${pids[@]}"; do
    stat=$(<"/proc/$pid/stat")
    stat=(${stat##*) })
    sum=$((sum + stat[11] + stat[12]))
  done
  echo "$sum"
}

transactions() {
  local port
  port=$(sed 's/.*Port=\([0-9]*\).*/\1/' <<<"$database")
  psql -h 127.0.0.1 -p "$port" -U bifrost -d bifrost -Atc 'select sum(xact_commit) from pg_stat_database'
}

# One measurement: the calls of key(s) $1 through the first $2 silos for $3 s, with $4 each key through one of them only; prints calls, CPU µs a call,
# p99 ms, transactions for 1 000 calls, failed.
measure() {
  local i before after first last own runs=()
  rm -f "$tmp"/wrk-*
  before=$(ticks) first=$(transactions)
  for ((i = 0; i < $2; i++)); do
    own=$1
    [ -z "${4:-}" ] || own=$(tr ',' '\n' <<<"$1" | awk -v at="$i" -v of="$2" 'NR % of == at' | paste -sd,)
    KEY=$own MODEL=sim/sim-1kb HEADERS='' wrk -t1 -c$((48 / $2)) -d"$3s" --latency -s "$root/scripts/bench/wrk.lua" \
      "${addresses[i]}/openai/v1/chat/completions" >"$tmp/wrk-$i" 2>&1 &
    runs+=($!)
  done
  wait "${runs[@]}"
  after=$(ticks)
  sleep 1.2 # Until the statistics of the store's last transactions are in.
  last=$(transactions)
  sed -n 's/^RESULT //p' "$tmp"/wrk-* | awk -v ticks=$((after - before)) -v commits=$((last - first)) -v hz="$(getconf CLK_TCK)" \
    '{ rate += $1; if ($3 > p99) p99 = $3; failed += $4; calls += $5 }
     END { printf "%.0f %.1f %.1f %.1f %d\n", rate, ticks * 1e6 / hz / calls, p99, commits * 1000 / calls, failed }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

row() { # row LABEL KEYS FRONTS [faithful]
  local i
  : >"$tmp/rows"
  for ((i = 0; i < rounds; i++)); do measure "$2" "$3" "$seconds" "${4:-}" >>"$tmp/rows"; done
  printf '| %s | %s | %s | %s | %s | %s |\n' "$1" "$(cut -d' ' -f1 "$tmp/rows" | median)" "$(cut -d' ' -f2 "$tmp/rows" | median)" \
    "$(cut -d' ' -f3 "$tmp/rows" | median)" "$(cut -d' ' -f4 "$tmp/rows" | median)" "$(cut -d' ' -f5 "$tmp/rows" | awk '{ s += $1 } END { print s }')"
}

built=''
[ -n "$build" ] || built=yes
printf '| cluster | calls/s | CPU µs a call, all silos | p99 ms | store transactions for 1 000 calls | failed |\n|---|---|---|---|---|---|\n'
for silos in 1 2 3; do
  start_cluster $silos
  measure "$one_key" $silos "$warm" >/dev/null
  measure "$many_keys" $silos "$warm" >/dev/null
  measure "$faithful_keys" $silos "$warm" faithful >/dev/null
  if [ $silos = 3 ]; then
    for fronts in 1 2; do row "3 silos, one busy key through $fronts of them" "$one_key" $fronts; done
  fi
  row "$silos silo(s), one busy key through all" "$one_key" $silos
  row "$silos silo(s), $keys keys through all" "$many_keys" $silos
  [ $silos = 1 ] || row "$silos silo(s), $keys keys, each through one" "$faithful_keys" $silos faithful
  end_cluster
done
