#!/usr/bin/env bash
# Compares the figures of wrk and of this tool. Both run alternately on one demo, in a closed loop with 64 connections, with packets of the
# same size and number, and with a new user for nearly every grab.
#   bash loadtest/compare-with-wrk.sh [rounds] [seconds]
# A first round warms the service up and does not count.
# Both p99 are corrected for coordinated omission, because wrk prints no other: they include the calls that a long pause omitted.
# The script starts a redis-server and the demo on it (build first: dotnet build -c Release RedPacket.sln), or uses the service at BASE.
# It prints a Markdown table with the medians and their difference.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-9} seconds=${2:-6} packets=20
command -v wrk >/dev/null || { echo "wrk is not installed. Install it: apt-get install wrk" >&2; exit 1; }
. loadtest/start-demo.sh

ids() {
  local n
  for n in $(seq $packets); do
    curl -sf "$BASE/api/v1/packets" -H 'X-User-Id: sender' -H "Idempotency-Key: compare-$1-$n-$$-$(date +%s)" \
      -H 'Content-Type: application/json' -d '{"kind":"lucky","amountFen":10000000,"count":100000}' \
      | sed -E 's/.*"packetId":"([^"]+)".*/\1/'
    echo ,
  done | tr -d '\n'
}
median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
# Reads answers per second and corrected p99 from the document of a run.
figures() {
  tr -d '\n' <"$1" \
    | sed -E 's/.*"throughput": *\{ *"answers": *([0-9.]+).*"corrected": *\{[^}]*"p99Ms": *([0-9.]+).*/\1 \2\n/'
}

for round in $(seq 0 "$rounds"); do
  PACKET=$(ids "$round") wrk -t1 -c64 -d"${seconds}s" -s loadtest/grab.lua "$BASE" >"$folder/wrk.txt"
  sed -nE 's/^([0-9]+) answers\/s, .*p99 ([0-9.]+) ms.*/\1 \2/p' "$folder/wrk.txt" >>"$folder/wrk"
  dotnet loadtest/bin/Release/net10.0/RedPacket.LoadTest.dll run --url "$BASE" --packets $packets --shares 100000 --users 10000000 \
    --connections 64 --warmup 5s --duration "${seconds}s" --seed "$round" --json "$folder/ours.json" >"$folder/ours.txt" 2>&1 \
    || { tail -n 20 "$folder/ours.txt" >&2; exit 1; }
  figures "$folder/ours.json" >>"$folder/ours"
  echo "round $round: wrk $(tail -n 1 "$folder/wrk"), this tool $(tail -n 1 "$folder/ours") (answers/s, p99 in ms)" >&2
  [ "$round" != 0 ] || rm "$folder/wrk" "$folder/ours"
done

echo "| | wrk | this tool | difference |"
echo "| --- | --: | --: | --: |"
row() {
  local a b
  a=$(cut -d' ' -f"$2" "$folder/wrk" | median) b=$(cut -d' ' -f"$2" "$folder/ours" | median)
  awk -v name="$1" -v a="$a" -v b="$b" 'BEGIN {printf "| %s | %s | %s | %+.1f %% |\n", name, a, b, 100 * (b - a) / a}'
}
row "answers per second" 1
row "p99 in ms, corrected" 2
