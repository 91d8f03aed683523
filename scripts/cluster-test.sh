#!/usr/bin/env bash
# Wears a cluster of three silos on a private PostgreSQL under calls, streams and jobs: kills, stops in order, the store away; then compares its books
# with the upstream's own bill to the nano-dollar.
#   scripts/cluster-test.sh [--kills N] [--rolls N] [--outage SECONDS] [--cuts N] [--old DIR] [--keys N] [--jobs N] [--callers N] [--seconds S]
#     [--seed N] [--no-build]
# Short by itself (3 kills, 2 rolls, within 3 minutes); the long form: --kills 100 --rolls 20 --outage 60 --cuts 4 --keys 50 --jobs 1000.
# --cuts: a silo is cut off, from the store and from the others in turn. It needs root and Debian's iproute2, and makes the networks bifrost-*.
# --old: a checkout of an older commit (git worktree add --detach DIR COMMIT); the cluster begins with its build, is rolled forward to this one silo by
# silo, back, and forward again.
# DOTNET_BUILD: the command that builds ("dotnet build").
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kills=3 rolls=2 outage=0 cuts=0 keys=5 jobs=60 callers=12 seconds=3 build=yes old='' more=()
while [ $# -gt 0 ]; do
  case $1 in
    --kills) kills=$2; shift 2 ;;
    --rolls) rolls=$2; shift 2 ;;
    --outage) outage=$2; shift 2 ;;
    --cuts) cuts=$2; shift 2 ;;
    --old) old=$(cd "$2" && pwd); shift 2 ;;
    --keys) keys=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --callers) callers=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --seed) more+=("$1" "$2"); shift 2 ;;
    --no-build) build=''; shift ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/bifrost-cluster-test.XXXXXX")
chmod 711 "$folder" # PostgreSQL may run as a user of its own.
port=$((20000 + RANDOM % 12000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
export BIFROST_PG_DATA=$folder/postgres BIFROST_PG_PORT=$port
finish() {
  drop_networks
  "$root/scripts/postgres.sh" stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
drop_networks() {
  [ "$cuts" -gt 0 ] || return 0
  for i in 0 1 2; do ip netns del "bifrost-$i" 2>/dev/null || true; done
  ip link del bifrost-bridge 2>/dev/null || true
}
# A namespace for each silo, joined by a bridge that has the upstream's address and the store's (tests/Bifrost.KillTest/Cluster/Networks.cs).
make_networks() {
  drop_networks
  ip link add bifrost-bridge type bridge
  ip addr add 10.77.0.1/24 dev bifrost-bridge
  ip addr add 10.77.0.2/24 dev bifrost-bridge
  ip link set bifrost-bridge up
  for i in 0 1 2; do
    ip netns add "bifrost-$i"
    ip link add "bifrost-veth$i" type veth peer name eth0 netns "bifrost-$i"
    ip link set "bifrost-veth$i" master bifrost-bridge up
    ip -n "bifrost-$i" addr add "10.77.0.1$i/24" dev eth0
    ip -n "bifrost-$i" link set eth0 up
    ip -n "bifrost-$i" link set lo up
  done
}
trap finish EXIT

built() { dotnet msbuild "$1" -nologo -getProperty:TargetPath; }
build() { ${DOTNET_BUILD:-dotnet build} "$1" -v q -nologo >"$folder/build.log" 2>&1 || { tail -n 20 "$folder/build.log" >&2; exit 1; }; }
for project in src/Bifrost.Simulator src/Bifrost.Server tests/Bifrost.KillTest; do
  [ -z "$build" ] || build "$root/$project"
done
if [ -n "$old" ]; then
  [ -z "$build" ] || build "$old/src/Bifrost.Server"
  more+=(--older-server "$(built "$old/src/Bifrost.Server")")
fi

if [ "$cuts" -gt 0 ]; then
  make_networks
  export BIFROST_PG_LISTEN=127.0.0.1,10.77.0.2
fi
postgres=$("$root/scripts/postgres.sh" start)
[ "$cuts" = 0 ] || postgres=${postgres/127.0.0.1/10.77.0.2}
dotnet "$(built "$root/tests/Bifrost.KillTest")" --server "$(built "$root/src/Bifrost.Server")" --simulator "$(built "$root/src/Bifrost.Simulator")" \
  --postgres "$postgres" --postgres-script "$root/scripts/postgres.sh" --cluster 3 --rounds "$kills" --rolls "$rolls" --outage "$outage" \
  --cuts "$cuts" --keys "$keys" --jobs "$jobs" --callers "$callers" --seconds "$seconds" ${more[@]+"${more[@]}"}
