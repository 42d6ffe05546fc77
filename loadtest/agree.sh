#!/usr/bin/env bash
# Whether wrk and this tool agree: the same packets' size and number, a new user for nearly every grab, closed with 64 connections, by turns, on one demo.
#   bash loadtest/agree.sh [turns] [seconds]
# Starts the demo by itself (build first: dotnet build -c Release RedPacket.sln), or drives BASE. Prints a table in Markdown: the median of each, and the difference.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
turns=${1:-5} seconds=${2:-10} packets=20
folder=$(mktemp -d) demo=
stop() { [ -z "$demo" ] || { kill "$demo" && wait "$demo" || true; }; rm -rf "$folder"; }
trap stop EXIT
command -v wrk >/dev/null || { echo "wrk is not installed: apt-get install wrk" >&2; exit 1; }

if [ -z "${BASE-}" ]; then
  BASE=http://127.0.0.1:$((20000 + RANDOM % 10000))
  dotnet src/RedPacket.Demo/bin/Release/net10.0/RedPacket.Demo.dll --urls "$BASE" --RedPacket:DataDirectory="$folder/data" >"$folder/demo.log" 2>&1 &
  demo=$!
  for _ in $(seq 300); do [ "$(curl -s -o /dev/null -w '%{http_code}' "$BASE/health/ready" || true)" = 200 ] && break; sleep 0.2; done
fi

ids() {
  local n
  for n in $(seq $packets); do
    curl -sf "$BASE/api/v1/packets" -H 'X-User-Id: sender' -H "Idempotency-Key: agree-$1-$n-$$-$(date +%s)" -H 'Content-Type: application/json' \
      -d '{"kind":"lucky","amountFen":10000000,"count":100000}' | sed -E 's/.*"packetId":"([^"]+)".*/\1/'
    echo ,
  done | tr -d '\n'
}
median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

for turn in $(seq "$turns"); do
  PACKET=$(ids "$turn") wrk -t1 -c64 -d"${seconds}s" -s loadtest/grab.lua "$BASE" >"$folder/wrk.txt"
  sed -nE 's/^([0-9]+) answers\/s; .*p99 ([0-9.]+) ms.*/\1 \2/p' "$folder/wrk.txt" >>"$folder/wrk"
  dotnet loadtest/bin/Release/net10.0/RedPacket.LoadTest.dll run --url "$BASE" --packets $packets --shares 100000 --users 10000000 --connections 64 --warmup 0s \
    --duration "${seconds}s" --seed "$turn" --json "$folder/ours.json" >"$folder/ours.txt" 2>&1 || { tail -n 20 "$folder/ours.txt" >&2; exit 1; }
  tr -d '\n' <"$folder/ours.json" | sed -E 's/.*"throughput": *\{ *"answers": *([0-9.]+).*"latency": *\{[^}]*"p99Ms": *([0-9.]+).*"service".*/\1 \2\n/' >>"$folder/ours"
  echo "turn $turn: wrk $(tail -n 1 "$folder/wrk"), ours $(tail -n 1 "$folder/ours") (answers/s, p99 in ms)" >&2
done

echo "| | wrk | this tool | difference |"
echo "| --- | --: | --: | --: |"
row() {
  local a b
  a=$(cut -d' ' -f"$2" "$folder/wrk" | median) b=$(cut -d' ' -f"$2" "$folder/ours" | median)
  awk -v name="$1" -v a="$a" -v b="$b" 'BEGIN {printf "| %s | %s | %s | %+.1f %% |\n", name, a, b, 100 * (b - a) / a}'
}
row "answers per second" 1
row "p99 in ms" 2
