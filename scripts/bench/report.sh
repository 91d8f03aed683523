# Figures and the page: sourced by bench.sh.

median() { sort -g | awk '{v[NR] = $1} END {if (NR == 0) print "-"; else if (NR % 2) print v[(NR + 1) / 2]; else printf "%.4g\n", (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# figures FILE TARGET COLUMN: one figure a round. Files hold lines "ROUND TARGET figure figure ...".
figures() { awk -v t="$2" -v c="$3" '$2 == t {print $c}' "$1"; }

middle() { figures "$@" | median; }

# ratios FILE A B COLUMN: A divided by B within each round, since only that is comparable
ratios() {
  awk -v a="$2" -v b="$3" -v c="$4" '{v[$1, $2] = $c; r[$1] = 1}
    END {for (i in r) if (((i, a) in v) && ((i, b) in v) && v[i, b] > 0) printf "%.4f\n", v[i, a] / v[i, b]}' "$1"
}

# differences FILE A B COLUMN: A less B within each round
differences() {
  awk -v a="$2" -v b="$3" -v c="$4" '{v[$1, $2] = $c; r[$1] = 1}
    END {for (i in r) if (((i, a) in v) && ((i, b) in v)) printf "%.3f\n", v[i, a] - v[i, b]}' "$1"
}

spread() { sort -g | awk '{v[NR] = $1} END {if (NR) printf "%s to %s", v[1], v[NR]; else printf "-"}'; }

row_of_ratio() {
  local values; values=$(ratios "$tmp/plain" "$1" "$2" 3)
  if [ -n "$values" ]; then printf '| %s ÷ %s | %.2f | %s |\n' "$1" "$2" "$(median <<<"$values")" "$(spread <<<"$values")"; fi
}

tables() {
  local t
  if [ -f "$tmp/plain" ]; then
    printf '\n### Plain calls, saturated (%s connections, %s answers)\n\n' "$connections" "$model"
    printf '| through | calls/s | p50 ms | p99 ms | failed |\n|---|---|---|---|---|\n'
    for t in "${targets[@]}"; do
      printf '| %s | %s | %s | %s | %s |\n' "$t" "$(middle "$tmp/plain" "$t" 3)" "$(middle "$tmp/plain" "$t" 4)" "$(middle "$tmp/plain" "$t" 5)" "$(figures "$tmp/plain" "$t" 6 | awk '{s += $1} END {print s + 0}')"
    done
    printf '\n| ratio of calls/s | median of rounds | range |\n|---|---|---|\n'
    row_of_ratio gateway bare; row_of_ratio bare direct; row_of_ratio gateway nginx; row_of_ratio bare nginx
  fi
  if [ -f "$tmp/rate" ]; then
    printf '\n### Plain calls at a fixed %s calls/s (open loop)\n\n' "$rate"
    printf '| through | p50 ms | p99 ms | max ms | failed |\n|---|---|---|---|---|\n'
    for t in "${targets[@]}"; do
      printf '| %s | %s | %s | %s | %s |\n' "$t" "$(middle "$tmp/rate" "$t" 3)" "$(middle "$tmp/rate" "$t" 4)" "$(middle "$tmp/rate" "$t" 5)" "$(figures "$tmp/rate" "$t" 6 | awk '{s += $1} END {print s + 0}')"
    done
    printf '\nAdded p99, gateway less bare: %s ms (median of rounds).\n' "$(differences "$tmp/rate" gateway bare 4 | median)"
  fi
  if [ -f "$tmp/streams" ]; then
    printf '\n### Paced streams: %s at once, %s chunks, %s ms apart\n\n' "$streams" "$chunks" "$pace_ms"
    printf '| through | lost | disordered | without end | late (> 50 ms) | gap p50 ms | gap p99 ms | lateness p99 ms |\n|---|---|---|---|---|---|---|---|\n'
    for t in "${targets[@]}"; do
      printf '| %s' "$t"
      local c; for c in 3 4 5 6 7 8 9; do printf ' | %s' "$(middle "$tmp/streams" "$t" "$c")"; done
      printf ' |\n'
    done
    printf '\nAdded gap p99, gateway less bare: %s ms (median of rounds).\n' "$(differences "$tmp/streams" gateway bare 8 | median)"
  fi
}

# The store's type only: its connection string may hold a password.
store_type() { sed -n 's/.*"type" *: *"\([a-z]*\)".*/\1/p' <<<"${BENCH_STORE:-\"type\":\"sqlite\"}"; }

machine() {
  printf '%s, %s cores, %s GiB, %s; .NET %s; %s' "$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)" "$(nproc)" \
    "$(awk '/MemTotal/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)" "$(uname -sr)" "$(dotnet --version)" "$(wrk -v 2>&1 | awk 'NR == 1 {print $1, $2}')"
}

write_page() {
  {
    printf '# Benchmarks\n\nWritten by `%s` on %s; commit %s. Do not edit: run it again.\n\n' "$command" "$(date -u +%F)" "$(git -C "$root" rev-parse --short HEAD)"
    printf -- '- Machine: %s. The load, the upstream and what is measured share it, so only ratios within one run mean anything.\n' "$(machine)"
    printf -- '- Rounds: %s, interleaved; figures are medians over rounds, ratios are made within each round.\n' "$rounds"
    printf -- '- `direct`: the simulator, called without anything between; `bare`: `tests/Bifrost.Bare`, a pass-through of Kestrel and SocketsHttpHandler that does nothing else; `nginx`: with upstream keep-alive, where it is installed; `gateway`: `src/Bifrost.Server` with a virtual key, budgets at three levels, rate windows, prices and the durable ledger (%s).\n' "$(store_type)"
    printf -- '- Load: `wrk -t1 -c%s -d%ss` for saturated calls, `tests/Bifrost.Load` for the fixed rate and the paced streams. Lateness counts from the first chunk of a stream; a gap is the time between two chunks less the pace.\n' "$connections" "$seconds"
    tables
  } >"$root/docs/benchmarks.md"
}
