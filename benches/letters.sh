#!/usr/bin/env bash
# Compares the CPU time of a whole run of letters, its hashes made cheap, with like letters by other
# makers of PDF, in turns on one core: ReportLab and a program on pdf-writer, and, without QR code and
# Data Matrix, typst, krilla and printpdf's own pages. `cargo bench --bench letters` calls this with
# the paths of the program and of the one on pdf-writer. FILES (of 250 letters, by ReportLab and typst
# one) and ROUNDS may be set. Needs poppler-utils and python3 with venv; ReportLab and typst come from
# PyPI.
set -euo pipefail
program=$1
peer=$2
cd "$(dirname "${BASH_SOURCE[0]}")/.."
files=${FILES:-10}
rounds=${ROUNDS:-5}
letters=$((files * 250))

venv=target/bench-pages/venv
mkdir -p target/bench-pages
[[ -x $venv/bin/python3 ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check reportlab==5.1.0 typst==0.15.2
cargo build --release --quiet --manifest-path benches/letters/peers/Cargo.toml \
    --target-dir target/bench-peers

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

{
    echo 'id;naam;straat;postcode;gemeente;taal'
    for ((n = 0; n < letters; n++)); do
        echo "bench-$n;Jan Peeters-$n;Lindestraat 14;9000;Gent;nl"
    done
} >"$folder/holders.csv"

# Leaves the CPU seconds (user and system) of a command in `cpu`.
timed() {
    local TIMEFORMAT='%U %S'
    { time "$@" >"$folder/said" 2>"$folder/complained"; } 2>"$folder/time" ||
        fail "$*: $(<"$folder/complained")"
    cpu=$(awk 'END { print $1 + $2 }' "$folder/time")
}

pages() {
    local found
    found=$(for file in "$1"/*.pdf; do pdfinfo "$file"; done | awk '/^Pages:/ { n += $2 } END { print n }')
    [[ $found == "$2" ]] || fail "$found pages, not $2"
}

# What one maker does: pages a CPU second and bytes a page into a file of its name.
one() {
    local who=$1 kind=$2 count=$letters url=()
    rm -rf "$folder/out"
    case $who in
        tokenkaart)
            [[ $kind == qr ]] && url=(--url 'https://sign-in.example.be/?s={serial}')
            timed "$program" issue "$folder/holders.csv" --out "$folder/out" --design letter \
                --office 'Stad Gent' --phone '09 210 10 10' --jobs 1 --quiet \
                --kdf pbkdf2-sha256:i=1 --allow-weak-kdf "${url[@]}"
            # The letters alone are counted, not the page on which they are accounted for.
            rm "$folder/out/reconciliation.pdf"
            mv "$folder"/out/cards/* "$folder/out"
            ;;
        pdf-writer)
            mkdir "$folder/out"
            timed "$peer" --pdf-writer "$folder/out" "$files" "$kind"
            ;;
        ReportLab)
            mkdir "$folder/out"
            count=250
            timed "$venv/bin/python3" benches/letters/reportlab_peer.py "$folder/out" 1 "$kind"
            ;;
        typst)
            mkdir "$folder/out"
            count=250
            timed "$venv/bin/python3" benches/letters/typst_peer.py "$folder/out"
            ;;
        krilla | printpdf)
            mkdir "$folder/out"
            timed target/bench-peers/release/letters-peers "$who" "$folder/out" "$files"
            ;;
    esac
    pages "$folder/out" "$count"
    awk -v n="$count" -v cpu="$cpu" 'BEGIN { print n / cpu }' >>"$folder/$who-$kind"
    awk -v n="$count" -v bytes="$(cat "$folder"/out/*.pdf | wc -c)" 'BEGIN { printf "%.0f", bytes / n }' \
        >"$folder/bytes-$who-$kind"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

declare -A makers=(
    [qr]='tokenkaart pdf-writer ReportLab'
    [plain]='tokenkaart pdf-writer printpdf krilla typst ReportLab'
)
for ((round = 1; round <= rounds; round++)); do
    for kind in qr plain; do
        for who in ${makers[$kind]}; do one "$who" "$kind"; done
    done
done
printf '%s letters (by ReportLab and typst 250), medians of %s rounds; load %s\n' \
    "$letters" "$rounds" "$(cut -d ' ' -f 1 /proc/loadavg)"
for kind in qr plain; do
    [[ $kind == qr ]] && echo 'a QR code a serial:' || echo 'no QR code:'
    reportlab=$(median <"$folder/ReportLab-$kind")
    for who in ${makers[$kind]}; do
        awk -v who="$who" -v rate="$(median <"$folder/$who-$kind")" -v reportlab="$reportlab" \
            -v bytes="$(<"$folder/bytes-$who-$kind")" 'BEGIN {
                printf "  %-12s %6.0f letters per CPU second, %5.1f x ReportLab, %5d bytes a letter\n",
                    who, rate, rate / reportlab, bytes
            }'
    done
done
