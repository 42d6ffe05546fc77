# Sourced by the scripts beside it: starts a redis-server and the demo on it, or uses the service at BASE. Sets BASE and folder.
# $asking is what else ends with the script. A script that defines make_ledger prepares the demo's ledger by it, in the folder that it gets.
folder=$(mktemp -d) demo= redis= asking=
stop() {
  local started
  for started in $asking $demo $redis; do kill "$started" && wait "$started" || true; done
  rm -rf "$folder"
}
trap stop EXIT
missing() { echo "$1 is not installed. Install it: apt-get install $1" >&2; exit 1; }

if [ -z "${BASE-}" ]; then
  command -v redis-server >/dev/null || missing redis-server
  [ "$(type -t make_ledger)" != function ] || make_ledger "$folder"
  BASE=http://127.0.0.1:$((20000 + RANDOM % 10000)) port=$((30000 + RANDOM % 2000))
  redis-server --port $port --bind 127.0.0.1 --dir "$folder" --save '' --appendonly yes --appendfsync everysec >/dev/null &
  redis=$!
  dotnet src/RedPacket.Demo/bin/Release/net10.0/RedPacket.Demo.dll --urls "$BASE" --ConnectionStrings:Redis=127.0.0.1:$port \
    --RedPacket:DataDirectory="$folder/data" --Demo:Subscribers=false >"$folder/demo.log" 2>&1 &
  demo=$!
  for _ in $(seq 300); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$BASE/health/ready" || true)" = 200 ] && break
    sleep 0.2
  done
fi
