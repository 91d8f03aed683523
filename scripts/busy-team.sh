#!/usr/bin/env bash
# Many busy keys of one team run its budget out through the real server on SQLite; prints the longest time that a call which could be paid was refused.
#   scripts/busy-team.sh [KEYS]     1000 keys unless told otherwise; DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/Bifrost.Server.Tests
${DOTNET_BUILD:-dotnet build} "$project" -v q -nologo >/dev/null
BUSY_TEAM_KEYS=${1:-1000} dotnet test "$project" --no-build -nologo --filter 'FullyQualifiedName~Ledger.BusyTeam' --logger 'console;verbosity=detailed' |
  grep -E 'keys, |Passed |Failed |Error Message|^ *Assert' || { echo "busy-team: the test did not run" >&2; exit 1; }
