#!/bin/bash
# Fuzzes the decoders with AFL++: run.sh [seconds] [target...]
# Seconds are for each target, 60 by default; without targets it takes all of them, one at a time.
# A line for each: executions, executions a second, paths, crashes. Exit code 2 where something was found.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-60}
shift || true

for tool in dotnet afl-fuzz; do
    if ! command -v "$tool" >/dev/null; then
        echo "$tool is missing. On Debian: apt-get update && apt-get install afl++ ; for dotnet see global.json." >&2
        exit 1
    fi
done

work=$(mktemp -d "${TMPDIR:-/tmp}/helios-fuzz-XXXXXX")
dotnet build "$here" -c Release -v quiet -clp:NoSummary
cp -r "$here/bin/Release/net10.0" "$work/bin"
fuzz=(dotnet "$work/bin/helios-fuzz.dll")
# The program that instruments has the assemblies of the catalogue open: it is another copy.
dotnet "$here/bin/Release/net10.0/helios-fuzz.dll" instrument "$work/bin/Helios.Pipeline.Storage.dll" "$work/bin/Helios.Pipeline.dll" "$work/bin/Helios.Pipeline.Ingestion.dll"

found=0
for target in "${@:-$("${fuzz[@]}" list)}"; do
    for name in $target; do
        "${fuzz[@]}" run "$name" "$here/corpus" --seconds "$seconds" --out "$work/out" || found=2
    done
done
echo "Inputs and crashes: $work/out; helios-fuzz replay TARGET FILE says what a crash is."
exit $found
