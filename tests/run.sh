#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all tests.
#
#   bash tests/run.sh [--install | --quick | --long] [more arguments for dotnet test]
#
#   --install  installs, and runs no test
#   --quick    installs nothing, and runs the tests that need no server and no browser
#   --long     plays all drills in their long form, 10,000 histories of the simulated world, and the tests that need time
#
# On Debian and its relatives it installs what is missing, as root or by sudo: redis-server, rabbitmq-server, postgresql, prometheus,
# haproxy, docker-compose, chromium-headless-shell and fonts. It starts no service of the system: the tests start private servers on free ports,
# in temporary folders.
#
# Before the last line come the ten classes that took longest, in seconds. Classes run side by side, so these are no parts of a sum.
# The tests that failed come after them, each with the first lines of its message.
# The exit code is the first that was not 0. The last line is "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi }

install_missing() {
  local missing=() package
  [ -x "$(command -v redis-server)" ] || missing+=(redis-server)
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
  compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
  [ -x "$(command -v docker-compose)" ] || missing+=(docker-compose)
  [ -x /usr/bin/promtool ] || missing+=(prometheus)
  [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
  [ -x /usr/bin/chromium-headless-shell ] || missing+=(chromium-headless-shell)
  compgen -G "/usr/share/fonts/opentype/noto/NotoSansCJK*" >/dev/null || missing+=(fonts-noto-cjk)
  compgen -G "/usr/share/fonts/truetype/noto/NotoColorEmoji*" >/dev/null || missing+=(fonts-noto-color-emoji)
  [ ${#missing[@]} = 0 ] && return
  if ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]} (install them by hand; without apt-get this script cannot)" >&2
    return
  fi
  echo "installing ${missing[*]}"
  # 101 = "do not start": Debian's way of installing a service without running it.
  local policy=/usr/sbin/policy-rc.d ours=
  [ -e $policy ] || { ours=1; printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null; as_root chmod +x $policy; }
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [ -z "$ours" ] || as_root rm -f $policy
  # Nor after the next boot. A package that was installed before stays as its owner has set it.
  if [ -d /run/systemd/system ]; then
    for package in redis-server rabbitmq-server postgresql prometheus haproxy; do
      [[ " ${missing[*]} " != *" $package "* ]] || as_root systemctl disable --now "$package" >/dev/null 2>&1
    done
  fi
}

[ "${1-}" = --install ] && { install_missing; exit; }

failed=0
step() {
  "$@"; local code=$?
  [ $code = 0 ] || { echo "$1 ${2-} ended with $code" >&2; [ $failed != 0 ] || failed=$code; }
  return $code
}

check_format() { wait "$formatting"; }

# From the report of xUnit: the sum of the times of each class's tests.
slowest() {
  echo "The slowest classes, in seconds:"
  grep -ho '<test [^>]*' "$reports"/* | sed -nE 's/.* time="([0-9.]+)".* type="([^"]+)".*/\1 \2/p' \
    | awk '{ seconds[$2] += $1 } END { for (name in seconds) printf "%8.1f  %s\n", seconds[name], name }' | sort -rn | head -n 10
}

# From the same report: the name and the message of each test that failed.
failures_named() {
  sed -E 's/<(test|message|stack-trace|output)[ >]/\n&/g' "$reports"/* | awk '
    /^<test / { failing = /result="Fail"/; lines = 0 }
    /^<test .*result="Fail"/ { match($0, / name="[^"]*"/); print "FAILED " substr($0, RSTART + 7, RLENGTH - 8) }
    /^<message>/ { lines = failing ? 8 : 0; sub(/^<message>(<!\[CDATA\[)?/, "") }
    /^<(stack-trace|output)/ { lines = 0 }
    lines-- > 0 { sub(/(]]>)?<\/message>$/, ""); print "  " substr($0, 1, 300) }'
}

quick= long=
[ "${1-}" = --quick ] && { quick=1; shift; }
[ "${1-}" = --long ] && { export LONG_DRILLS=1 SIMULATION_HISTORIES="${SIMULATION_HISTORIES:-10000}"; shift; long=1; }
[ -n "$quick" ] || export REQUIRE_SERVERS=1
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
# A test's processes live for seconds. Profiles for faster code would cost a fifth of their processor time, and come too late.
export DOTNET_TieredPGO=0
# A tenth of the processor time of a start goes into memory that is never writable and executable together. Tests need no such guard.
export DOTNET_EnableWriteXorExecute=0
output=$(mktemp) format=$(mktemp) reports=$(mktemp -d)
trap 'rm -rf "$output" "$format" "$reports"' EXIT

[ -n "$quick" ] || install_missing
if step dotnet build -c Release RedPacket.sln; then
  if [ -n "$quick" ]; then
    set -- --filter-not-trait "needs=*" "$@"
  else
    [ -n "$long" ] || set -- --filter-not-trait "needs=time" "$@"
    # Spaces and line ends. The build has checked the rest of the style: names, accessibility, usings.
    dotnet format whitespace . --folder --verify-no-changes >"$format" 2>&1 & formatting=$!
  fi
  step dotnet test -c Release --no-build --no-ansi --no-progress --solution RedPacket.sln \
    --report-xunit --results-directory "$reports" "$@" | tee "$output"
  code=${PIPESTATUS[0]}
  [ $failed != 0 ] || failed=$code
  [ -n "$quick" ] || step check_format || cat "$format" >&2
fi

# The runner's own summary: "  total: 12", "  failed: 0", "  succeeded: 12", "  skipped: 0".
count() { sed -nE "s/^ *$1: ([0-9]+)\$/\1/p" "$output" | tail -n 1; }
passed=$(count succeeded) failures=$(count failed) skipped=$(count skipped)
# A run that ended without a summary (no build, a crash) is a failure.
[ -n "$passed" ] || { failures=1; [ $failed != 0 ] || failed=1; }
[ "${failures:-0}" = 0 ] || [ $failed != 0 ] || failed=1
compgen -G "$reports/*" >/dev/null && { slowest; failures_named; }
echo "${passed:-0} passed, ${failures:-0} failed, ${skipped:-0} skipped"
exit $failed
