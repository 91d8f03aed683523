#!/usr/bin/env bash
# Kills the real server (SIGKILL) under load, again and again, and compares its ledger with the upstream's own bill to the nano-dollar.
#   scripts/kill-test.sh [--rounds N] [--store sqlite|postgres] [--seconds S] [--jobs N] [--callers N] [--seed N] [--no-build]
#   scripts/kill-test.sh --jobs 5000 --rounds 20: the same with asynchronous jobs; every accepted id has to end.
# PostgreSQL is that of scripts/postgres.sh; it is stopped again unless it ran before. DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
store=sqlite build=yes options=()
while [ $# -gt 0 ]; do
  case $1 in
    --store) store=$2; shift 2 ;;
    --rounds | --seconds | --jobs | --callers | --seed) options+=("$1" "$2"); shift 2 ;;
    --no-build) build=''; shift ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done

log=$(mktemp)
started=''
finish() {
  rm -f "$log"
  [ -z "$started" ] || "$root/scripts/postgres.sh" stop || true
}
trap finish EXIT

for project in src/Bifrost.Simulator src/Bifrost.Server tests/Bifrost.KillTest; do
  [ -n "$build" ] || break
  ${DOTNET_BUILD:-dotnet build} "$root/$project" -v q -nologo >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
done

case $store in
  sqlite) ;;
  postgres)
    "$root/scripts/postgres.sh" status >/dev/null 2>&1 || started=yes
    options+=(--postgres "$("$root/scripts/postgres.sh" start)") ;;
  *) echo "kill-test: --store is sqlite or postgres, not '$store'" >&2; exit 2 ;;
esac

built() { dotnet msbuild "$root/$1" -nologo -getProperty:TargetPath; }
dotnet "$(built tests/Bifrost.KillTest)" --server "$(built src/Bifrost.Server)" --simulator "$(built src/Bifrost.Simulator)" ${options[@]+"${options[@]}"}
