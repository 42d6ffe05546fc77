#!/usr/bin/env bash
# What reports and grabs cost each other: the load tool runs without and with reports, by turns, on one demo. While reports are asked for,
# the next one is asked for as soon as the last is answered.
#   bash loadtest/reports-under-load.sh [rounds] [seconds] [packets]
# A first round warms the service up and does not count. The report at rest is read after each run, so it has the same packets.
# The script starts a redis-server and the demo on it (build first: dotnet build -c Release RedPacket.sln), or uses the service at BASE.
# It prints a Markdown table with the medians. A report under load is one that found entries in flight.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-3} seconds=${2:-15} packets=${3:-8000}
. loadtest/start-demo.sh

# Milliseconds and claims in flight of one report.
report() {
  curl -sf "$BASE/api/v1/consistency?limit=1" -H 'X-User-Id: operator' -H 'X-Role: operator' \
    | tr -d '\n' | sed -E 's/.*"tookMs": *([0-9]+).*"claims": *\{[^}]*"inFlight": *([0-9]+).*/\1 \2\n/'
}
reports() { while :; do report >>"$1" || true; done; }
wins() {
  dotnet loadtest/bin/Release/net10.0/RedPacket.LoadTest.dll run --url "$BASE" --packets "$packets" --warmup 3s --duration "${seconds}s" \
    --seed "$1" --json "$folder/run.json" >"$folder/run.txt" 2>&1 || { tail -n 20 "$folder/run.txt" >&2; exit 1; }
  tr -d '\n' <"$folder/run.json" | sed -E 's/.*"throughput": *\{[^}]*"won": *([0-9.]+).*/\1\n/'
}
median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

for round in $(seq 0 "$rounds"); do
  wins $((2 * round)) >>"$folder/alone"
  for _ in 1 2 3; do report; done | cut -d' ' -f1 >>"$folder/rest"
  reports "$folder/asked" &
  asking=$!
  wins $((2 * round + 1)) >>"$folder/beside"
  kill $asking && wait $asking || true
  asking=
  for _ in 1 2 3; do report; done | cut -d' ' -f1 >>"$folder/rest"
  awk '$2 > 0' "$folder/asked" >>"$folder/load" && rm "$folder/asked"
  echo "round $round: $(tail -n 1 "$folder/alone") wins/s without reports, $(tail -n 1 "$folder/beside") with;" \
    "a report takes $(tail -n 3 "$folder/rest" | median) ms at rest, $(cut -d' ' -f1 "$folder/load" | median) ms under load" >&2
  [ "$round" != 0 ] || rm "$folder"/{alone,beside,rest,load}
done

echo "| | without the other | with it |"
echo "| --- | --: | --: |"
row() { awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN {printf "| %s | %s | %s (%.2f times) |\n", name, a, b, b / a}'; }
row "wins per second, and with reports" "$(median <"$folder/alone")" "$(median <"$folder/beside")"
row "ms of a report at rest, and under load" "$(median <"$folder/rest")" "$(cut -d' ' -f1 "$folder/load" | median)"
row "entries in flight in a report under load: median, highest" "$(cut -d' ' -f2 "$folder/load" | median)" \
  "$(cut -d' ' -f2 "$folder/load" | sort -n | tail -n 1)"
