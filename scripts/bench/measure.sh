# What is measured of a target: sourced by bench.sh.

# ticks NAME: CPU time of a server and its children in clock ticks; children that have ended count with their parent. "-": it has no process.
ticks() {
  local process stat sum=0
  if [ -z "${pid[$1]:-}" ]; then echo -; return; fi
  for process in "${pid[$1]}" $(<"/proc/${pid[$1]}/task/${pid[$1]}/children"); do
    { stat=$(<"/proc/$process/stat"); } 2>/dev/null || continue
    read -ra stat <<<"${stat##*) }"
    sum=$((sum + stat[11] + stat[12] + stat[13] + stat[14]))
  done
  echo "$sum"
}

# cpu TARGET: ticks of the target, of the simulator, of the target's PostgreSQL
cpu() { echo "$(ticks "$1") $(ticks simulator) $(if [ "$1" = gateway_pg ]; then ticks postgres; else echo -; fi)"; }

# per_piece COUNT BEFORE AFTER: microseconds of CPU for one of COUNT pieces, three figures as of cpu
per_piece() {
  awk -v count="$1" -v a="$2" -v b="$3" -v hz="$(getconf CLK_TCK)" 'BEGIN {
    split(a, before); split(b, after)
    for (i = 1; i <= 3; i++) printf "%s%s", after[i] == "-" || count == 0 ? "-" : sprintf("%.1f", (after[i] - before[i]) * 1e6 / hz / count), i < 3 ? " " : "\n"
  }'
}

# collections TARGET: what its garbage collector did since the last asking: the line of tests/Bifrost.GcWatch; "-" for what has none
collections() {
  local file=$tmp/$1.gc lines _
  if [ ! -f "$file" ]; then echo "- - - - - - -"; return; fi
  lines=$(wc -l <"$file")
  kill -USR1 "${pid[$1]}"
  for _ in {1..250}; do [ "$(wc -l <"$file")" -gt "$lines" ] && break; sleep 0.02; done
  tail -n 1 "$file"
}

url_of() { case $1 in gateway* | start) echo "http://127.0.0.1:${port[$1]}/openai/v1/chat/completions" ;; *) echo "http://127.0.0.1:${port[$1]}/v1/chat/completions" ;; esac; }

answers() {
  local got
  got=$(curl -s -m 5 -w '\n%{http_code}' -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -H @<(tr '|' '\n' <<<"${headers_of[$1]:-}") \
    "$(url_of "$1")" -d "{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}") || true
  [ "${got##*$'\n'}" = 200 ] || { echo "bench: $1 answers: $got" >&2; return 1; }
}

# saturate TARGET SECONDS: "calls/s p50 p99 failed calls"
saturate() {
  KEY=$key MODEL=$model HEADERS=${headers_of[$1]:-} wrk -t1 -c"$connections" -d"${2}s" -s "$root/scripts/bench/wrk.lua" "$(url_of "$1")" |
    awk '/^RESULT/ {print $2, $3, $4, $5, $6}'
}

# plain_of TARGET: "calls/s p50 p99 failed", CPU a call (3), bytes a call, gen0, older, median and longest pause, share of pauses, promoted bytes
plain_of() {
  local before after got calls gc
  collections "$1" >/dev/null
  before=$(cpu "$1")
  got=$(saturate "$1" "$seconds")
  after=$(cpu "$1")
  gc=$(collections "$1")
  calls=${got##* }
  echo "${got% *} $(per_piece "$calls" "$before" "$after") $(awk -v calls="$calls" '{if ($1 != "-") $1 = sprintf("%.0f", $1 / calls); print}' <<<"$gc")"
}

# json LINE NAME: a number of the loader's line
json() { local value; value=$(sed -n "s/.*\"$2\":\([-0-9.]*\).*/\1/p" <<<"$1"); echo "${value:--}"; }

# rate_of RATE TARGET: "p50 p99 max failed"
rate_of() {
  local got
  got=$(dotnet "$(built Bifrost.Load)" rate --url "$(url_of "$2")" --key "$key" --model "$model" --rate "$1" --seconds "$seconds")
  echo "$(json "$got" p50_ms) $(json "$got" p99_ms) $(json "$got" max_ms) $(json "$got" failed)"
}

# streams_of COUNT TARGET: "lost disordered without-end late gap-p50 gap-p99 lateness-p99", CPU a chunk (3)
streams_of() {
  local got before after
  before=$(cpu "$2")
  got=$(dotnet "$(built Bifrost.Load)" streams --url "$(url_of "$2")" --key "$key" --streams "$1" --chunks "$chunks" --pace-ms "$pace_ms")
  after=$(cpu "$2")
  echo "$(json "$got" lost) $(json "$got" disordered) $(json "$got" without_end) $(json "$got" late) $(json "$got" gap_p50_ms) $(json "$got" gap_p99_ms)" \
    "$(json "$got" late_p99_ms) $(per_piece $(($1 * chunks)) "$before" "$after")"
}

# each FILE COMMAND TARGET...: COMMAND of each target in each round, interleaved, the order turned by one in each round
each() {
  local file=$1 measure=$2 round i target figures
  shift 2
  local all=("$@")
  for ((round = 1; round <= rounds; round++)); do
    for ((i = 0; i < ${#all[@]}; i++)); do
      target=${all[(i + round) % ${#all[@]}]}
      # Not in a subshell, so that what a measurement starts is known to the trap.
      $measure "$target" >"$tmp/figures"
      figures=$(<"$tmp/figures")
      echo "$round $target $figures" >>"$tmp/$file"
      echo "  $file, round $round, $target: $figures"
    done
  done
}

# start_of BUILD: milliseconds from the process's start to its first answered chat completion, on a new store; milliseconds of CPU until then
start_of() {
  local began ended
  gateway_command start "${dll_of[$1]}"
  began=${EPOCHREALTIME/./}
  run start "${gateway[@]}"
  until (exec 3<>"/dev/tcp/127.0.0.1/${port[start]}") 2>/dev/null; do
    kill -0 "${pid[start]}" 2>/dev/null || { tail -n 15 "$tmp/start.log" >&2; return 1; }
    sleep 0.02
  done
  until answers start 2>/dev/null; do sleep 0.02; done
  ended=${EPOCHREALTIME/./}
  echo "$(((ended - began) / 1000)) $(($(ticks start) * 1000 / $(getconf CLK_TCK)))"
  stop start
}
