#!/bin/sh
# Starts a private PostgreSQL for local work and prints how to connect. Its data lives under data/postgres (or $BIFROST_PG_DATA).
# BIFROST_PG_LISTEN: other addresses than loopback's; whoever reaches them from the same network needs no password.
#   scripts/postgres.sh [start] | stop | status | psql [arguments]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
data=${BIFROST_PG_DATA:-$root/data/postgres}
port=${BIFROST_PG_PORT:-54329}
listen=${BIFROST_PG_LISTEN:-127.0.0.1}
name=bifrost
cd /

bin=${BIFROST_PG_BIN:-}
[ -n "$bin" ] || for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) $(echo "$PATH" | tr ':' ' '); do
    if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then bin=$dir; break; fi
done
[ -n "$bin" ] || { echo "PostgreSQL's binaries (initdb, postgres) are not installed: Debian package 'postgresql', or set BIFROST_PG_BIN." >&2; exit 1; }

# PostgreSQL refuses to run as root; its own user then needs a place that it can reach.
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    data=${BIFROST_PG_DATA:-/var/tmp/bifrost-postgres}
    as() { setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; }
fi

ask() { as "$bin/psql" -h 127.0.0.1 -p "$port" -U "$name" "$@"; }

case ${1:-start} in
start)
    if [ ! -f "$data/PG_VERSION" ]; then
        mkdir -p "$data"
        chmod 700 "$data"
        if [ "$(id -u)" = 0 ]; then chown postgres "$data"; fi
        as "$bin/initdb" -D "$data" -U "$name" -A trust -E UTF8 --locale=C >/dev/null
        [ "$listen" = 127.0.0.1 ] || echo "host all all samenet trust" >>"$data/pg_hba.conf"
    fi
    if ! as "$bin/pg_ctl" -D "$data" status >/dev/null; then
        as "$bin/pg_ctl" -D "$data" -l "$data/server.log" -w -s start \
            -o "-c listen_addresses=$listen -c port=$port -c unix_socket_directories= -c max_connections=200"
    fi
    [ "$(ask -d postgres -Atc "select 1 from pg_database where datname = '$name'")" = 1 ] || ask -d postgres -qc "create database $name"
    echo "Host=127.0.0.1;Port=$port;Username=$name;Database=$name"
    ;;
stop) as "$bin/pg_ctl" -D "$data" -w -s -m fast stop ;;
status) as "$bin/pg_ctl" -D "$data" status ;;
psql) shift; ask -d "$name" "$@" ;;
*) sed -n 2,3p "$0" >&2; exit 2 ;;
esac
