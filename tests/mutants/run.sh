#!/usr/bin/env bash
# Breaks the promises one by one, and lists which test notices: bash tests/mutants/run.sh [names of mutants, without .patch]
#
# A mutant is a small patch. Its first line says which promise it breaks. A line "Seen by: <method>" names the test that notices it, where
# that is not the simulated world. The tests are built once. Then the script applies each patch to HEAD in a temporary worktree, builds the
# service there, and runs the test. Your worktree stays as it is.
#
# The exit code is 1 if a mutant survives, does not apply or does not build.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en SIMULATION_SHRINK=no

folder=$(mktemp -d) tree=$folder/tree
cleanup() { git -C "$root" worktree remove --force "$tree" >/dev/null 2>&1; rm -rf "$folder"; git -C "$root" worktree prune; }
trap cleanup EXIT
trap 'exit 130' INT TERM

git worktree add --quiet --detach "$tree" HEAD || exit 1
cd "$tree" || exit 1
echo "building the tests, once"
dotnet build -c Release tests/RedPacket.Tests/RedPacket.Tests.csproj -v quiet -p:RunAnalyzers=false -p:AheadOfTime=false >"$folder/build.log" 2>&1 \
  || { tail -n 20 "$folder/build.log"; exit 1; }
tests=tests/RedPacket.Tests/bin/Release/net10.0
world=RedPacket.Tests.Simulation.SimulationTests.Histories_OnTheEmbeddedStore_KeepEveryPromise

# Prints the result of one mutant; 1 if no test noticed it.
try() {
  local patch=$1 test
  test=$(sed -nE 's/^Seen by: //p' "$patch")
  git apply "$patch" 2>"$folder/apply.log" || { echo "NOT APPLIED: $(head -n 1 "$folder/apply.log")"; return 1; }
  # A mutant may leave unreachable code, which is a warning.
  # With the service, which it uses.
  dotnet build -c Release src/RedPacket.Subscribers/RedPacket.Subscribers.csproj --no-restore -v quiet -p:RunAnalyzers=false -p:AheadOfTime=false -p:TreatWarningsAsErrors=false \
    >"$folder/build.log" 2>&1 \
    || { echo "NOT BUILT: $(grep -m 1 error "$folder/build.log")"; return 1; }
  cp src/RedPacket.Subscribers/bin/Release/net10.0/RedPacket{,.Subscribers}.{dll,pdb} $tests/
  if timeout 300 $tests/RedPacket.Tests -noColor -method "${test:-$world}" >"$folder/test.log" 2>&1; then
    echo "SURVIVED"; return 1
  fi
  local seen
  seen=$(grep -m 1 -oE 'seed [0-9]+ .*' "$folder/test.log" \
    | sed -E 's/ \(SIMULATION_SEED[^)]*\)//; s/: after ([0-9]+) of [0-9]+ commands: /, step \1: /' | cut -c 1-110)
  grep -qE 'Failed: [1-9]' "$folder/test.log" || { echo "NO TEST FAILED: $(tail -n 1 "$folder/test.log")"; return 1; }
  echo "killed by ${seen:-$test}"
}

survivors=0 names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(cd "$root/tests/mutants" && ls ./*.patch | sed -E 's/^\.\///; s/\.patch$//'))
printf '| mutant | breaks | result |\n| --- | --- | --- |\n'
for name in "${names[@]}"; do
  patch=$root/tests/mutants/$name.patch
  [ -f "$patch" ] || { echo "there is no $patch" >&2; survivors=1; continue; }
  result=$(try "$patch") || survivors=1
  printf '| `%s` | %s | %s |\n' "$name" "$(head -n 1 "$patch")" "$result"
  git checkout --quiet -- .
done
exit $survivors
