#!/usr/bin/env bash
# Measures the gateway against a bare pass-through, other gateways and the upstream itself, in one run, in interleaved rounds.
#   scripts/bench.sh --quick        under 90 s after the build; prints only
#   scripts/bench.sh                5 rounds of everything; writes docs/benchmarks.md
#   scripts/bench.sh --only KIND    plain, rates, streams or start alone; prints only
# Options: --postgres (the gateway on a private PostgreSQL as one more target), --rounds N, --seconds S (of one measurement),
# --streams N[,N], --rates N[,N], --no-build.
# BENCH_ACCOUNTING=off: without budgets, windows and prices. DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command="scripts/bench.sh${*:+ $*}"
rounds=5 seconds=4 warm=20 connections=64 streams=300,1000 chunks=64 pace_ms=20 rates=500,2000 build=yes quick='' only='' postgres=''
model=sim-1kb
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes rounds=3 seconds=2 warm=8 streams=300 rates=''; shift ;;
    --only) only=$2; shift 2; case $only in plain | rates | streams | start) ;; *) set -- --help ;; esac ;;
    --postgres) postgres=yes; shift ;;
    --rounds) rounds=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --streams) streams=$2; shift 2 ;;
    --rates) rates=$2; shift 2 ;;
    --no-build) build=''; shift ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done
stream_model=sim-paced-${chunks}x${pace_ms}ms
key=sk-bf-bench-0123456789abcdef

for tool in wrk curl; do
  command -v $tool >/dev/null || { echo "bench: '$tool' is missing; on Debian: apt-get install $tool" >&2; exit 1; }
done

tmp=$(mktemp -d)
declare -A pid=() port=() headers_of=()
finish() {
  trap - EXIT INT TERM
  unset 'pid[postgres]'
  stop "${!pid[@]}"
  stop_postgres
  rm -rf "$tmp"
}

. "$root/scripts/bench/targets.sh"
. "$root/scripts/bench/measure.sh"
. "$root/scripts/bench/report.sh"
trap finish EXIT
trap 'exit 130' INT TERM

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

quietly() { "$@" >"$tmp/build.log" 2>&1 || { tail -n 20 "$tmp/build.log" >&2; return 1; }; }

published=$root/artifacts/bench/published
if [ -n "$build" ]; then
  for project in src/Bifrost.Simulator tests/Bifrost.Bare tests/Bifrost.Load tests/Bifrost.GcWatch src/Bifrost.Server; do
    quietly ${DOTNET_BUILD:-dotnet build} "$root/$project" -c Release -v q -nologo
  done
  if [ -z "$quick" ] && wanted start; then
    rm -rf "$published"
    quietly dotnet publish "$root/src/Bifrost.Server" -c Release -v q -nologo -o "$published" || true
  fi
fi
built() { echo "$root/artifacts/bin/$1/release/$1.dll"; }
status=0

start_simulator
if wanted start; then
  declare -A dll_of=([built]=$(built Bifrost.Server) [published]=$published/Bifrost.Server.dll)
  if [ -n "$quick" ]; then rounds=1 each start start_of built
  elif [ -f "${dll_of[published]}" ]; then each start start_of built published
  else
    echo "bench: nothing is published; its start is left out" >&2
    each start start_of built
  fi
fi

targets=(direct)
take() { if "start_$1" && answers "$1"; then targets+=("$1"); else echo "bench: $1 is left out" >&2; return 1; fi; }
if [ "$only" != start ]; then
  take bare
  take gateway || status=1
  if [ -n "$postgres" ]; then take gateway_pg || status=1; fi
  if command -v nginx >/dev/null; then take nginx || true; fi
  if wanted plain; then take portkey || true; fi
fi

if wanted plain; then
  # Until the compiler's last tier is reached: for a server of ours it takes longest.
  for target in "${targets[@]}"; do
    case $target in gateway*) saturate "$target" "$warm" ;; bare) saturate "$target" $((warm / 2)) ;; *) saturate "$target" 2 ;; esac >/dev/null
  done
  each plain plain_of "${targets[@]}"
fi
# Portkey's gateway carries neither the higher rate nor the streams here: its queue would be measured.
mapfile -t targets_paced < <(printf '%s\n' "${targets[@]}" | grep -vx portkey)
if wanted rates; then
  for rate in ${rates//,/ }; do each "rate-$rate" "rate_of $rate" "${targets_paced[@]}"; done
fi
if wanted streams; then
  if [ -n "$quick" ]; then rounds=1; fi
  for count in ${streams//,/ }; do each "streams-$count" "streams_of $count" "${targets_paced[@]}"; done
fi

tables
# A page without the gateway would say nothing about it.
if [ -z "$quick$only" ] && [ $status = 0 ]; then
  write_page
  printf '\nwritten: docs/benchmarks.md\n'
fi
exit $status
