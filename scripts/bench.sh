#!/usr/bin/env bash
# Measures the gateway against a bare pass-through and the upstream itself, in one run, in interleaved rounds.
#   scripts/bench.sh --quick        under a minute after the build; prints only
#   scripts/bench.sh                5 rounds of everything; writes docs/benchmarks.md
#   scripts/bench.sh --streams-only the paced streams alone; prints only
# Options: --rounds N, --seconds S (of one measurement), --streams N, --rate N, --no-build.
# BENCH_ACCOUNTING=off: without budgets, windows and prices.
# BENCH_STORE: the gateway's store as JSON, e.g. '{"type":"postgres","connection_string":"..."}'. DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command="scripts/bench.sh${*:+ $*}"
rounds=5 seconds=10 warm=20 connections=64 streams=1000 chunks=64 pace_ms=20 rate=500 build=yes quick='' only=''
model=sim-1kb
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes rounds=3 seconds=2 warm=8; shift ;;
    --streams-only) only=streams; shift ;;
    --rounds) rounds=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --streams) streams=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --no-build) build=''; shift ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done
stream_model=sim-paced-${chunks}x${pace_ms}ms
key=sk-bf-bench-0123456789abcdef

for tool in wrk curl; do
  command -v $tool >/dev/null || { echo "bench: '$tool' is missing; on Debian: apt-get install $tool" >&2; exit 1; }
done

tmp=$(mktemp -d)
pids=()
finish() {
  trap - EXIT INT TERM
  local pid
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
  for pid in ${pids[@]+"${pids[@]}"}; do
    for _ in {1..50}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM

built() { dotnet msbuild "$root/$1" -nologo -p:Configuration=Release -getProperty:TargetPath; }

. "$root/scripts/bench/targets.sh"
. "$root/scripts/bench/report.sh"

if [ -n "$build" ]; then
  for project in src/Bifrost.Simulator tests/Bifrost.Bare tests/Bifrost.Load src/Bifrost.Server; do
    ${DOTNET_BUILD:-dotnet build} "$root/$project" -c Release -v q -nologo >"$tmp/build.log" 2>&1 || { tail -n 20 "$tmp/build.log" >&2; exit 1; }
  done
fi
gateway_dll=$(built src/Bifrost.Server)
load_dll=$(built tests/Bifrost.Load)

sim_port=$(free_port) bare_port=$(free_port) gateway_port=$(free_port) nginx_port=$(free_port)
declare -A port=([direct]=$sim_port [bare]=$bare_port [gateway]=$gateway_port [nginx]=$nginx_port)
targets=(direct bare)
status=0

url_of() { if [ "$1" = gateway ]; then echo "http://127.0.0.1:${port[$1]}/openai/v1/chat/completions"; else echo "http://127.0.0.1:${port[$1]}/v1/chat/completions"; fi; }

answers() {
  local got
  got=$(curl -s -m 5 -w '\n%{http_code}' -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$(url_of "$1")" \
    -d "{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}") || true
  [ "${got##*$'\n'}" = 200 ] || { echo "bench: $1 answers: $got" >&2; return 1; }
}

plain() { # plain TARGET SECONDS: "calls/s p50 p99 failed"
  KEY=$key MODEL=$model wrk -t1 -c"$connections" -d"${2}s" -s "$root/scripts/bench/wrk.lua" "$(url_of "$1")" | awk '/^RESULT/ {print $2, $3, $4, $5}'
}

load() { dotnet "$load_dll" "$@"; }

json() { sed -n "s/.*\"$2\":\([-0-9.]*\).*/\1/p" <<<"$1"; }

streams_of() {
  local got
  got=$(load streams --url "$(url_of "$1")" --key "$key" --streams "$streams" --chunks "$chunks" --pace-ms "$pace_ms")
  echo "$(json "$got" lost) $(json "$got" disordered) $(json "$got" without_end) $(json "$got" late) $(json "$got" gap_p50_ms) $(json "$got" gap_p99_ms) $(json "$got" late_p99_ms)"
}

rate_of() {
  local got
  got=$(load rate --url "$(url_of "$1")" --key "$key" --model "$model" --rate "$rate" --seconds "$seconds")
  echo "$(json "$got" p50_ms) $(json "$got" p99_ms) $(json "$got" max_ms) $(json "$got" failed)"
}

# each KIND ROUNDS: interleaved, the order turned by one in each round
each() {
  local round i target figures
  for ((round = 1; round <= $2; round++)); do
    for ((i = 0; i < ${#targets[@]}; i++)); do
      target=${targets[(i + round) % ${#targets[@]}]}
      figures=$("$1_of" "$target")
      echo "$round $target $figures" >>"$tmp/$1"
      echo "  $1, round $round, $target: $figures"
    done
  done
}
plain_of() { plain "$1" "$seconds"; }

start_simulator
start_bare
if start_gateway && answers gateway; then
  targets+=(gateway)
else
  echo "bench: the gateway is left out" >&2
  status=1
fi
if command -v nginx >/dev/null && start_nginx; then targets+=(nginx); fi
for target in "${targets[@]}"; do answers "$target"; done

if [ -z "$only" ]; then
  # Until the compiler's last tier is reached: for a server of ours it takes longest.
  for target in "${targets[@]}"; do plain "$target" "$([ "$target" = gateway ] && echo "$warm" || echo 2)" >/dev/null; done
  each plain "$rounds"
fi
if [ -n "$quick" ]; then each streams 1
else
  if [ -z "$only" ]; then each rate "$rounds"; fi
  each streams "$rounds"
fi

tables
# A page without the gateway would say nothing about it.
if [ -z "$quick$only" ] && [ $status = 0 ]; then
  write_page
  printf '\nwritten: docs/benchmarks.md\n'
fi
exit $status
