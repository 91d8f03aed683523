#!/usr/bin/env bash
# Many busy keys of one team run its budget out through the real server on SQLite; prints the longest time that a call which could be paid was refused.
#   scripts/busy-team.sh [KEYS] [bound|estimate]   1000 keys unless told otherwise; with an admission rule the calls are the chat mix of docs/bounds.md.
# DOTNET_BUILD: the command that builds ("dotnet build"); BUSY_TEAM_CONFIGURATION: Release unless told otherwise.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/Bifrost.Server.Tests
configuration=${BUSY_TEAM_CONFIGURATION:-Release}
${DOTNET_BUILD:-dotnet build} "$project" -c "$configuration" -v q -nologo >/dev/null
export BUSY_TEAM_KEYS=${1:-1000}
test=BusyTeam
if [ -n "${2:-}" ]; then
  export BUSY_TEAM_ADMISSION=$2
  test=BusyChat
fi
dotnet test "$project" --no-build -c "$configuration" -nologo --filter "FullyQualifiedName~Ledger.$test" --logger 'console;verbosity=detailed' |
  grep -E 'keys, |Passed |Failed |Error Message|^ *Assert' || { echo "busy-team: the test did not run" >&2; exit 1; }
