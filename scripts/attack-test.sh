#!/usr/bin/env bash
# A hundred attackers with random bodies, limits, fields and leaving times, on upstreams that lie, against budgets of six levels through the real server.
#   scripts/attack-test.sh [SECONDS]     600 unless told otherwise, on SQLite and then on PostgreSQL; ATTACK_SEED: the seed; DOTNET_BUILD: the command that builds.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/Bifrost.Server.Tests
${DOTNET_BUILD:-dotnet build} "$project" -v q -nologo >/dev/null
ATTACK_SECONDS=${1:-600} dotnet test "$project" --no-build -nologo --filter 'FullyQualifiedName~Ledger.Attackers' --logger 'console;verbosity=detailed' |
  grep -E 'seed |USD|Passed |Failed |Error Message|^ *Assert' || { echo "attack-test: the test did not run" >&2; exit 1; }
