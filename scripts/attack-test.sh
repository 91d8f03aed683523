#!/usr/bin/env bash
# A hundred attackers with random bodies, limits, fields and leaving times, on upstreams that lie, against budgets of six levels through the real server.
#   scripts/attack-test.sh [SECONDS]     600 unless told otherwise, on SQLite and then on PostgreSQL; ATTACK_SEED: the seed; DOTNET_BUILD: the command that builds.
set -euo pipefail

ATTACK_SECONDS=${1:-600} exec "$(dirname "${BASH_SOURCE[0]}")/server-test.sh" Ledger.Attackers 'seed |USD'
