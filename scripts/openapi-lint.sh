#!/usr/bin/env bash
# Lints the description of the HTTP interface with Redocly's command line, from npm. Installs into artifacts/redocly, so that nothing is left in the tree.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
place="$root/artifacts/redocly"
version=2.77.0
mkdir -p "$place"
cd "$place"
if [ ! -x node_modules/.bin/redocly ]; then
  npm install --no-audit --no-fund --no-package-lock --loglevel=error "@redocly/cli@$version" >&2
fi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
exec node_modules/.bin/redocly lint --format=stylish "$root/src/Bifrost.Gateway/Description/openapi.json"
