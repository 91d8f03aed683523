# Figures and the page: sourced by bench.sh. Files hold lines "ROUND TARGET figure figure ..."; "-" is a figure that there is not.

median() { sort -g | awk '{v[NR] = $1} END {if (NR == 0) print "-"; else if (NR % 2) print v[(NR + 1) / 2]; else printf "%.4g\n", (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# figures FILE TARGET COLUMN: one figure a round
figures() { awk -v t="$2" -v c="$3" '$2 == t && $c != "" && $c != "-" {print $c}' "$1"; }

middle() { figures "$@" | median; }

sum() { figures "$@" | awk '{s += $1} END {print s + 0}'; }

# longest FILE TARGET COLUMN: over all rounds
longest() { local value; value=$(figures "$@" | sort -g | tail -n 1); echo "${value:--}"; }

# between FILE A B COLUMN EXPRESSION: EXPRESSION of a and b, the figures of A and B, within each round, since only that is comparable
between() {
  awk -v a="$2" -v b="$3" -v c="$4" '$c != "" && $c != "-" {v[$1, $2] = $c; r[$1] = 1}
    END {for (i in r) if (((i, a) in v) && ((i, b) in v)) {a_ = v[i, a]; b_ = v[i, b]; '"$5"'}}' "$1"
}

ratios() { between "$@" 'if (b_ > 0) printf "%.2f\n", a_ / b_'; }
differences() { between "$@" 'printf "%.2f\n", a_ - b_'; }

spread() { sort -g | awk '{v[NR] = $1} END {if (NR) printf "%s to %s", v[1], v[NR]; else printf "-"}'; }

# row LABEL, values on standard input: nothing where there are none
row() {
  local values
  values=$(cat)
  if [ -n "$values" ]; then printf '| %s | %.2f | %s |\n' "$1" "$(median <<<"$values")" "$(spread <<<"$values")"; fi
}

ratio_row() { ratios "$tmp/plain" "$2" "$3" "$4" | row "$1, $2 ÷ $3"; } # LABEL A B COLUMN

# Calls a second of gateway_pg were PostgreSQL on cores of its own, ÷ bare: the CPU of all cores for one call, less PostgreSQL's.
postgres_apart() {
  awk -v cores="$(nproc)" '$2 == "bare" {bare[$1] = $3} $2 == "gateway_pg" {time[$1] = cores * 1e6 / $3 - $9}
    END {for (i in time) if (i in bare) printf "%.2f\n", cores * 1e6 / time[i] / bare[i]}' "$tmp/plain"
}

plain_tables() {
  local t file=$tmp/plain
  printf '\n### Plain calls, saturated (%s connections, %s answers)\n\n' "$connections" "$model"
  printf '| through | calls/s | p50 ms | p99 ms | failed | CPU µs a call | simulator | PostgreSQL |\n|---|---|---|---|---|---|---|---|\n'
  for t in "${targets[@]}"; do
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$t" "$(middle "$file" "$t" 3)" "$(middle "$file" "$t" 4)" "$(middle "$file" "$t" 5)" \
      "$(sum "$file" "$t" 6)" "$(middle "$file" "$t" 7)" "$(middle "$file" "$t" 8)" "$(middle "$file" "$t" 9)"
  done
  printf '\n| of .NET | bytes a call | gen0 a run | older | pause median ms | longest ms | pauses, %% of time | promoted KB a gen0 |\n|---|---|---|---|---|---|---|---|\n'
  for t in "${targets[@]}"; do
    [ -f "$tmp/$t.gc" ] || continue
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$t" "$(middle "$file" "$t" 10)" "$(middle "$file" "$t" 11)" "$(middle "$file" "$t" 12)" \
      "$(middle "$file" "$t" 13)" "$(longest "$file" "$t" 14)" "$(middle "$file" "$t" 15)" "$(figures "$file" "$t" 16 | awk '{printf "%.0f\n", $1 / 1000}' | median)"
  done
  printf '\n| ratio | median of rounds | range |\n|---|---|---|\n'
  for t in gateway gateway_pg; do
    ratio_row calls/s $t bare 3; ratio_row 'CPU a call' $t bare 7; ratio_row p99 $t bare 5; ratio_row 'bytes a call' $t bare 10
  done
  if [ -n "$postgres" ]; then postgres_apart | row "calls/s, gateway_pg ÷ bare, were PostgreSQL's CPU elsewhere (computed)"; fi
  ratio_row calls/s gateway nginx 3; ratio_row 'CPU a call' gateway nginx 7
  ratio_row calls/s gateway portkey 3; ratio_row 'CPU a call' portkey gateway 7
  ratio_row calls/s bare direct 3; ratio_row calls/s bare nginx 3
}

# added LABEL FILE COLUMN: what the gateways add to bare
added() {
  local t values
  for t in gateway gateway_pg; do
    values=$(differences "$2" $t bare "$3")
    if [ -n "$values" ]; then printf '\nAdded %s, %s less bare: %s ms (median of rounds; %s).\n' "$1" $t "$(median <<<"$values")" "$(spread <<<"$values")"; fi
  done
}

rate_table() { # rate_table RATE
  local t file=$tmp/rate-$1
  printf '\n### Plain calls at a fixed %s calls/s (open loop)\n\n| through | p50 ms | p99 ms | max ms | failed |\n|---|---|---|---|---|\n' "$1"
  for t in "${targets_paced[@]}"; do
    printf '| %s | %s | %s | %s | %s |\n' "$t" "$(middle "$file" "$t" 3)" "$(middle "$file" "$t" 4)" "$(middle "$file" "$t" 5)" "$(sum "$file" "$t" 6)"
  done
  added p99 "$file" 4
}

streams_table() { # streams_table COUNT
  local t c file=$tmp/streams-$1
  printf '\n### Paced streams: %s at once, %s chunks, %s ms apart\n\n' "$1" "$chunks" "$pace_ms"
  printf '| through | lost | disordered | without end | late (> 50 ms) | gap p50 ms | gap p99 ms | lateness p99 ms | CPU µs a chunk | simulator | PostgreSQL |\n'
  printf '|---|---|---|---|---|---|---|---|---|---|---|\n'
  for t in "${targets_paced[@]}"; do
    printf '| %s' "$t"
    for c in 3 4 5; do printf ' | %s' "$(sum "$file" "$t" "$c")"; done
    for c in 6 7 8 9 10 11 12; do printf ' | %s' "$(middle "$file" "$t" "$c")"; done
    printf ' |\n'
  done
  added 'gap p99' "$file" 8
  printf '\nCPU a chunk, gateway ÷ bare: %s (median of rounds).\n' "$(ratios "$file" gateway bare 10 | median)"
}

start_table() {
  local build
  printf '\n### Start: from the process to its first answered chat completion, new SQLite store\n\n| build | median ms | range | CPU ms |\n|---|---|---|---|\n'
  for build in built published; do
    if [ -n "$(figures "$tmp/start" $build 3)" ]; then
      printf '| %s | %s | %s | %s |\n' $build "$(middle "$tmp/start" $build 3)" "$(figures "$tmp/start" $build 3 | spread)" "$(middle "$tmp/start" $build 4)"
    fi
  done
}

tables() {
  local file
  if [ -f "$tmp/plain" ]; then plain_tables; fi
  for file in ${rates//,/ }; do if [ -f "$tmp/rate-$file" ]; then rate_table "$file"; fi; done
  for file in ${streams//,/ }; do if [ -f "$tmp/streams-$file" ]; then streams_table "$file"; fi; done
  if [ -f "$tmp/start" ]; then start_table; fi
}

machine() {
  printf '%s, %s cores, %s GiB, %s; .NET %s; %s' "$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)" "$(nproc)" \
    "$(awk '/MemTotal/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)" "$(uname -sr)" "$(dotnet --version)" "$(wrk -v 2>&1 | awk 'NR == 1 {print $1, $2}')"
}

write_page() {
  {
    printf '# Benchmarks\n\nWritten by `%s` on %s; commit %s. Do not edit: run it again.\n\n' "$command" "$(date -u +%F)" "$(git -C "$root" rev-parse --short HEAD)"
    printf -- '- Machine: %s. The load, the upstream and what is measured share it, so only ratios within one run mean anything.\n' "$(machine)"
    printf -- '- Rounds: %s, interleaved; figures are medians over rounds (failures and lost chunks sums, the longest pause the longest of all), ratios are made within each round.\n' "$rounds"
    printf -- '- `direct`: the simulator, called without anything between; `bare`: `tests/Bifrost.Bare`, a pass-through of Kestrel and SocketsHttpHandler that does nothing else; `nginx`: with upstream keep-alive, where it is installed; `portkey`: %s from npm, plain calls only; `gateway`: `src/Bifrost.Server` with a virtual key, budgets at three levels, rate windows, prices and the durable ledger on SQLite; `gateway_pg`: the same on a private PostgreSQL.\n' "$portkey_package"
    printf -- '- Load: `wrk -t1 -c%s -d%ss` for saturated calls, `tests/Bifrost.Load` for fixed rates and paced streams. Lateness counts from the first chunk of a stream; a gap is the time between two chunks less the pace.\n' "$connections" "$seconds"
    printf -- '- CPU: of the process and its children (`/proc/PID/stat`), the simulator'"'"'s and PostgreSQL'"'"'s apart. Bytes and collections: `tests/Bifrost.GcWatch`, a startup hook. `built`: `dotnet build -c Release`; `published`: `dotnet publish -c Release`.\n'
    tables
  } >"$root/docs/benchmarks.md"
}
