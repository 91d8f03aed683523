#!/usr/bin/env bash
# Wears a cluster of three silos on a private PostgreSQL under calls, streams and jobs: kills, stops in order, the store away; then compares its books
# with the upstream's own bill to the nano-dollar.
#   scripts/cluster-test.sh [--kills N] [--rolls N] [--outage SECONDS] [--jobs N] [--callers N] [--seconds S] [--seed N] [--no-build]
# Short by itself (3 kills, 2 rolls, no outage, within 3 minutes); the long form: --kills 100 --rolls 20 --outage 60 --jobs 1000.
# DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kills=3 rolls=2 outage=0 jobs=60 callers=12 seconds=3 build=yes more=()
while [ $# -gt 0 ]; do
  case $1 in
    --kills) kills=$2; shift 2 ;;
    --rolls) rolls=$2; shift 2 ;;
    --outage) outage=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --callers) callers=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --seed) more+=("$1" "$2"); shift 2 ;;
    --no-build) build=''; shift ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/bifrost-cluster-test.XXXXXX")
chmod 711 "$folder" # PostgreSQL may run as a user of its own.
port=$((20000 + RANDOM % 12000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
export BIFROST_PG_DATA=$folder/postgres BIFROST_PG_PORT=$port
finish() {
  "$root/scripts/postgres.sh" stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap finish EXIT

for project in src/Bifrost.Simulator src/Bifrost.Server tests/Bifrost.KillTest; do
  [ -n "$build" ] || break
  ${DOTNET_BUILD:-dotnet build} "$root/$project" -v q -nologo >"$folder/build.log" 2>&1 || { tail -n 20 "$folder/build.log" >&2; exit 1; }
done
built() { dotnet msbuild "$root/$1" -nologo -getProperty:TargetPath; }

postgres=$("$root/scripts/postgres.sh" start)
dotnet "$(built tests/Bifrost.KillTest)" --server "$(built src/Bifrost.Server)" --simulator "$(built src/Bifrost.Simulator)" \
  --postgres "$postgres" --postgres-script "$root/scripts/postgres.sh" --cluster 3 --rounds "$kills" --rolls "$rolls" --outage "$outage" \
  --jobs "$jobs" --callers "$callers" --seconds "$seconds" ${more[@]+"${more[@]}"}
