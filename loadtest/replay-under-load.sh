#!/usr/bin/env bash
# What a replay of the whole feed costs the grabs: the load tool runs without and with it, by turns, on one demo whose ledger has a long
# history. While it is replayed, the next replay begins as soon as one ends.
#   bash loadtest/replay-under-load.sh [rounds] [seconds] [packets] [transfers]
# A first round of at most 20 s warms the service up and does not count. The script starts a redis-server and the demo on it (build first:
# dotnet build -c Release RedPacket.sln). It prints a Markdown table with the medians. The lag is each share's, read from the ledger.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-3} seconds=${2:-15} packets=${3:-8000} transfers=${4:-5000000}
[ -z "${BASE-}" ] || { echo "This script starts its own demo, whose ledger has a history. Leave BASE out." >&2; exit 1; }
load=loadtest/bin/Release/net10.0/RedPacket.LoadTest.dll
make_ledger() { mkdir -p "$1/data" && dotnet $load history --ledger "Data Source=$1/data/ledger.db" --transfers "$transfers" >&2; }
. loadtest/start-demo.sh

replays() {
  while [ -e "$folder/asking" ]; do
    curl -sf "$BASE/api/v1/transfers?format=ndjson" -H 'X-User-Id: operator' -H 'X-Role: operator' | wc -l >>"$1" || sleep 0.2
  done
}
number() { tr -d '\n' <"$folder/run.json" | sed -E "s/.*\"$1\": *\{[^}]*\"$2\": *([0-9.]+).*/\1\n/"; }
# Wins per second, and p50 and p99 of the lag in milliseconds.
run() {
  dotnet $load run --url "$BASE" --ledger "Data Source=$folder/data/ledger.db" --packets "$packets" --warmup 3s --duration "$2s" \
    --seed "$1" --json "$folder/run.json" >"$folder/run.txt" 2>&1 || { tail -n 20 "$folder/run.txt" >&2; exit 1; }
  echo "$(number throughput won) $(number lag p50Ms) $(number lag p99Ms)"
}
median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

for round in $(seq 0 "$rounds"); do
  lasts=$((round == 0 && seconds > 20 ? 20 : seconds))
  run $((2 * round)) $lasts >>"$folder/alone"
  touch "$folder/asking"
  replays "$folder/replayed" &
  asking=$!
  run $((2 * round + 1)) $lasts >>"$folder/beside"
  rm "$folder/asking"
  while kill -0 $asking 2>/dev/null; do pkill -P $asking curl || true; sleep 0.1; done
  wait $asking || true
  asking=
  [ "$(awk '{n += $1} END {print n + 0}' "$folder/replayed")" -gt $((round * 1000)) ] || { echo "Nothing was replayed." >&2; exit 1; }
  echo "round $round: $(tail -n 1 "$folder/alone") without, $(tail -n 1 "$folder/beside") beside a replay (wins/s, lag p50 and p99 in ms);" \
    "$(awk '{n += $1} END {print n + 0}' "$folder/replayed") transfers replayed so far" >&2
  [ "$round" != 0 ] || rm "$folder"/{alone,beside}
done

echo "| | alone | beside a replay |"
echo "| --- | --: | --: |"
row() { awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN {printf "| %s | %s | %s (%.2f times) |\n", name, a, b, b / a}'; }
column() { cut -d' ' -f"$1" "$folder/$2" | median; }
row "wins per second" "$(column 1 alone)" "$(column 1 beside)"
row "lag p50 in ms" "$(column 2 alone)" "$(column 2 beside)"
row "lag p99 in ms" "$(column 3 alone)" "$(column 3 beside)"
