#!/usr/bin/env bash
# Runs tests of tests/Bifrost.Server.Tests that measure, and prints what they say and how they ended.
#   scripts/server-test.sh NAME LINES [CONFIGURATION]   NAME: part of their full name; LINES: a pattern of what to print; Debug unless told otherwise.
# DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/Bifrost.Server.Tests
configuration=${3:-Debug}
${DOTNET_BUILD:-dotnet build} "$project" -c "$configuration" -v q -nologo >/dev/null
dotnet test "$project" --no-build -c "$configuration" -nologo --filter "FullyQualifiedName~$1" --logger 'console;verbosity=detailed' |
  grep -E "$2|Passed |Failed |Error Message|^ *Assert" || { echo "$(basename "$0"): no test ran by the name $1" >&2; exit 1; }
