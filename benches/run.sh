#!/usr/bin/env bash
# Compares the CPU time of a whole run with that of its hashes alone, in turns, and takes the wall
# time of one card at the desk. `cargo bench --bench run` calls this with the paths of the program
# and of the one that makes bare hashes. HOLDERS, ROUNDS and JOBS may be set.
set -euo pipefail
program=$1
bare=$2
cd "$(dirname "${BASH_SOURCE[0]}")/.."

holders=${HOLDERS:-100}
rounds=${ROUNDS:-7}
jobs=${JOBS:-$(nproc)}
hashes=$((holders * 24))

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The example's people again and again, each with an id of its own.
awk -v holders="$holders" '
    NR == 1 { print; next }
    { people[++known] = substr($0, index($0, ";")) }
    END { for (n = 0; n < holders; n++) print "bench-" n people[n % known + 1] }
' examples/holders.csv >"$folder/holders.csv"

# Runs a command and leaves its wall and CPU seconds (user and system, as wait4 counts them) in
# `wall` and `cpu`.
timed() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >"$folder/said" 2>"$folder/complained"; } 2>"$folder/time" ||
        fail "$*: $(<"$folder/complained")"
    read -r wall cpu < <(awk 'END { print $1, $2 + $3 }' "$folder/time")
}

whole() {
    rm -rf "$folder/run"
    timed "$program" issue "$folder/holders.csv" --out "$folder/run" --jobs "$jobs" \
        --url 'https://sign-in.example.be/?s={serial}'
    local made
    made=$(cat "$folder"/run/records/*.jsonl | grep -o 'argon2id.v=19.m=19456,t=2,p=1' | wc -l)
    ((made == hashes)) || fail "the run made $made hashes, not $hashes"
}

alone() {
    timed "$bare" --hashes "$hashes" "$jobs"
    [[ $(<"$folder/said") == "$hashes" ]] || fail "$(<"$folder/said") different hashes, not $hashes"
}

# All that a run does but its hashes, which cost next to nothing here: it tells the overhead on a
# busy machine too, where caches that others use make the other two figures swing.
rest() {
    rm -rf "$folder/run"
    timed "$program" issue "$folder/holders.csv" --out "$folder/run" --jobs "$jobs" \
        --url 'https://sign-in.example.be/?s={serial}' --allow-weak-kdf --kdf argon2id:m=8,t=1,p=1
    [[ -s $folder/run/manifest.json ]] || fail 'the cheap run did not finish'
}

card() {
    rm -rf "$folder/card"
    timed "$program" issue --id 4711 --name 'Jan Peeters' --out "$folder/card" --jobs "$jobs"
    [[ -s $folder/card/cards/0001.pdf ]] || fail 'there is no card'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

printf '%s holders, %s hashes, %s threads; load %s\n' \
    "$holders" "$hashes" "$jobs" "$(cut -d ' ' -f 1 /proc/loadavg)"
printf '%5s  %10s  %13s  %6s  %11s  %12s\n' \
    round 'run, CPU s' 'hashes, CPU s' ratio 'rest, CPU s' 'card, wall s'
for ((round = 1; round <= rounds; round++)); do
    # Whoever goes second may find a warmer or a busier machine, so they take turns at that too.
    if ((round % 2)); then
        whole
        run=$cpu
        alone
        hash=$cpu
    else
        alone
        hash=$cpu
        whole
        run=$cpu
    fi
    rest
    rest=$cpu
    card
    ratio=$(awk -v run="$run" -v hash="$hash" 'BEGIN { print run / hash }')
    printf '%s\n' "$run" >>"$folder/runs"
    printf '%s\n' "$hash" >>"$folder/hashes"
    printf '%s\n' "$rest" >>"$folder/rests"
    printf '%s\n' "$ratio" >>"$folder/ratios"
    printf '%s\n' "$wall" >>"$folder/cards"
    printf '%5d  %10.3f  %13.3f  %6.3f  %11.3f  %12.3f\n' \
        "$round" "$run" "$hash" "$ratio" "$rest" "$wall"
done

run=$(median <"$folder/runs")
hash=$(median <"$folder/hashes")
printf '\nmedians: a run %.3f s of CPU, its hashes %.3f s; ratio of the medians %.3f, median ratio %.3f\n' \
    "$run" "$hash" "$(awk -v run="$run" -v hash="$hash" 'BEGIN { print run / hash }')" \
    "$(median <"$folder/ratios")"
rest=$(median <"$folder/rests")
printf 'all but the hashes: %.3f s of CPU, %.1f %% of them\n' \
    "$rest" "$(awk -v rest="$rest" -v hash="$hash" 'BEGIN { print 100 * rest / hash }')"
printf 'one card: %.3f s\n' "$(median <"$folder/cards")"
