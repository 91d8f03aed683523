#!/usr/bin/env bash
# The tests with clients for Node (tests/npm: openai, ai, LangChain; Google's and Anthropic's against the simulator) against a running gateway.
# Needs BIFROST_URL, BIFROST_KEY and SIMULATOR_URL; installs into artifacts/npm, so that nothing is left in the tree.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
: "${BIFROST_URL:?set it to the address of a gateway}" "${BIFROST_KEY:?set it to a virtual key}" "${SIMULATOR_URL:?set it to the address of the simulator}"

place="$root/artifacts/npm"
mkdir -p "$place"
cp "$root"/tests/npm/package.json "$root"/tests/npm/*.mjs "$place"
cd "$place"
if ! cmp -s package.json installed.json; then
  npm install --no-audit --no-fund --no-package-lock --loglevel=error >&2
  cp package.json installed.json
fi
exec node --test --test-reporter=spec openai.test.mjs jobs.test.mjs ai.test.mjs langchain.test.mjs genai.test.mjs anthropic.test.mjs
