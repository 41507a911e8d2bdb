#!/usr/bin/env bash
# How long a newcomer waits for the first card: the README's first command in a fresh clone whose
# crates are downloaded, for each commit that is named (the one checked out, if none is).
#
#   benches/build.sh fd3c739 HEAD
#
# Wall clock and the CPU seconds of all processes. Run it on a machine that does nothing else: two
# commits in one call are measured one after the other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($#)) || set -- HEAD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

printf '%-10s %9s %9s %6s\n' commit wall/s CPU/s crates
for commit; do
    git clone -q . "$folder/clone"
    cd "$folder/clone"
    git checkout -q "$(git -C "$OLDPWD" rev-parse "$commit")"
    cargo fetch --locked --quiet
    TIMEFORMAT='%R %U %S'
    read -r wall user system < <({
        time cargo run --release --locked --quiet -- \
            issue examples/holders.csv --out run >"$folder/said" 2>&1
    } 2>&1)
    grep -q '^46 cards' "$folder/said" || {
        cat "$folder/said" >&2
        exit 1
    }
    crates=$(cargo tree --edges normal,build --prefix none 2>/dev/null | sed 's/ (.*//' | sort -u | wc -l)
    printf '%-10s %9.1f %9.1f %6d\n' "$commit" "$wall" \
        "$(awk "BEGIN { print $user + $system }")" "$crates"
    cd "$OLDPWD"
    rm -rf "$folder/clone"
done
