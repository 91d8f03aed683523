#!/usr/bin/env bash
# One attacker of each kind beside 20 honest keys, on the server in a process of its own: honest calls are all answered, their p99 at
# most twice that without the attacker, and memory within 512 MB.
#   scripts/fair-test.sh [SECONDS]     of each attack, 60 unless told otherwise; below 20 latency and memory are only shown. DOTNET_BUILD: the command that builds.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/Bifrost.Server.Tests
${DOTNET_BUILD:-dotnet build} "$project" -v q -nologo >/dev/null
FAIR_SECONDS=${1:-60} dotnet test "$project" --no-build -nologo --filter 'FullyQualifiedName~Shares.FairShares' --logger 'console;verbosity=detailed' |
  grep -E 'p99 |Passed |Failed |Error Message|^ *Assert' || { echo "fair-test: the test did not run" >&2; exit 1; }
