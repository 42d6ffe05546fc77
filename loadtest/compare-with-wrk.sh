#!/usr/bin/env bash
# Whether wrk and this tool agree: the same packets' size and number, a new user for nearly every grab, closed with 64 connections, by turns, on one demo.
#   bash loadtest/agree.sh [turns] [seconds]
# A first turn, while the service compiles, counts nowhere.
# Both p99 are corrected for coordinated omission, because wrk tells no other: a closed loop's calls that a long wait kept from being made are added.
# Starts a redis-server and the demo on it by itself (build first: dotnet build -c Release RedPacket.sln), or drives BASE. Prints a table in Markdown: the median of each, and the difference.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
turns=${1:-9} seconds=${2:-6} packets=20
folder=$(mktemp -d) demo= redis=
stop() {
  local started
  for started in $demo $redis; do kill "$started" && wait "$started" || true; done
  rm -rf "$folder"
}
trap stop EXIT
missing() { echo "$1 is not installed: apt-get install $1" >&2; exit 1; }
command -v wrk >/dev/null || missing wrk

if [ -z "${BASE-}" ]; then
  command -v redis-server >/dev/null || missing redis-server
  BASE=http://127.0.0.1:$((20000 + RANDOM % 10000)) port=$((30000 + RANDOM % 2000))
  redis-server --port $port --bind 127.0.0.1 --dir "$folder" --save '' --appendonly yes --appendfsync everysec >/dev/null &
  redis=$!
  dotnet src/RedPacket.Demo/bin/Release/net10.0/RedPacket.Demo.dll --urls "$BASE" --ConnectionStrings:Redis=127.0.0.1:$port --RedPacket:DataDirectory="$folder/data" >"$folder/demo.log" 2>&1 &
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

for turn in $(seq 0 "$turns"); do
  PACKET=$(ids "$turn") wrk -t1 -c64 -d"${seconds}s" -s loadtest/grab.lua "$BASE" >"$folder/wrk.txt"
  sed -nE 's/^([0-9]+) answers\/s; .*p99 ([0-9.]+) ms.*/\1 \2/p' "$folder/wrk.txt" >>"$folder/wrk"
  dotnet loadtest/bin/Release/net10.0/RedPacket.LoadTest.dll run --url "$BASE" --packets $packets --shares 100000 --users 10000000 --connections 64 --warmup 5s \
    --duration "${seconds}s" --seed "$turn" --json "$folder/ours.json" >"$folder/ours.txt" 2>&1 || { tail -n 20 "$folder/ours.txt" >&2; exit 1; }
  tr -d '\n' <"$folder/ours.json" | sed -E 's/.*"throughput": *\{ *"answers": *([0-9.]+).*"corrected": *\{[^}]*"p99Ms": *([0-9.]+).*/\1 \2\n/' >>"$folder/ours"
  echo "turn $turn: wrk $(tail -n 1 "$folder/wrk"), ours $(tail -n 1 "$folder/ours") (answers/s, p99 in ms)" >&2
  [ "$turn" != 0 ] || rm "$folder/wrk" "$folder/ours"
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
