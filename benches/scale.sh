#!/usr/bin/env bash
# How much memory and time runs of growing size take, all that a run does but expensive hashes:
# letters with a QR code a serial, sorted by postal code. `benches/scale.sh` builds the program and
# takes SIZES (10000 100000 1000000), JOBS (all cores) and KDF (one that costs next to nothing;
# the default one for a small SIZES shows that its memory is no other). Needs GNU time and, for
# a million holders, 6 GB of disk in TMPDIR.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sizes=${SIZES:-10000 100000 1000000}
jobs=${JOBS:-$(nproc)}
kdf=${KDF:-pbkdf2-sha256:i=1}

cargo build --release --locked --quiet
program=$PWD/target/release/tokenkaart
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

printf '%10s %9s %9s %12s %10s %14s %14s\n' \
    holders wall CPU "cards/CPU s" "peak MiB" "cards bytes" "records bytes"
for holders in $sizes; do
    # The example's people again and again, each with an id and a postal code of its own.
    awk -F';' -v OFS=';' -v holders="$holders" '
        NR == 1 {
            for (n = 1; n <= NF; n++) if ($n ~ /postcode/) code = n
            width = NF
            print
            next
        }
        # What stands in quotation marks may go on in the next line.
        NF == width && !/"/ { people[++known] = $0 }
        END {
            for (n = 0; n < holders; n++) {
                $0 = people[n % known + 1]
                $1 = "scale-" n
                if (code) $code = 1000 + n * 7919 % 8999
                print
            }
        }
    ' examples/holders.csv >"$folder/holders.csv"
    rm -rf "$folder/run"
    /usr/bin/time -f '%e %U %S %M' -o "$folder/time" "$program" issue "$folder/holders.csv" \
        --out "$folder/run" --design letter --sort postal-code --jobs "$jobs" --quiet \
        --office "Stad Gent" --phone "09 210 10 10" \
        --url 'https://sign-in.example.be/?s={serial}' --kdf "$kdf" --allow-weak-kdf
    made=$(cat "$folder"/run/records/*.jsonl | wc -l)
    ((made == holders)) || { echo "error: $made records, not $holders" >&2; exit 1; }
    read -r wall user system peak < <(tail -n 1 "$folder/time")
    awk -v holders="$holders" -v wall="$wall" -v cpu="$user" -v system_="$system" -v peak="$peak" \
        -v cards="$(cat "$folder"/run/cards/* | wc -c)" \
        -v records="$(cat "$folder"/run/records/* | wc -c)" 'BEGIN {
            cpu += system_
            printf "%10d %8.1fs %8.1fs %12.0f %10.1f %14.0f %14.0f\n",
                holders, wall, cpu, holders / cpu, peak / 1024, cards / holders, records / holders
        }'
done
