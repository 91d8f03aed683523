#!/usr/bin/env bash
# Many busy keys of one team run its budget out through the real server on SQLite; prints the longest time that a call which could be paid was refused.
#   scripts/busy-team.sh [KEYS] [bound|estimate]   1000 keys unless told otherwise; with an admission rule the calls are the chat mix of docs/bounds.md.
# DOTNET_BUILD: the command that builds ("dotnet build"); BUSY_TEAM_CONFIGURATION: Release unless told otherwise.
set -euo pipefail

export BUSY_TEAM_KEYS=${1:-1000}
test=Ledger.BusyTeam
if [ -n "${2:-}" ]; then
  export BUSY_TEAM_ADMISSION=$2
  test=Ledger.BusyChat
fi
exec "$(dirname "${BASH_SOURCE[0]}")/server-test.sh" "$test" 'keys, ' "${BUSY_TEAM_CONFIGURATION:-Release}"
