#!/usr/bin/env bash
# Makes the pictures of the documentation from the example file, so that they show what the program
# prints today. The run is thrown away with its codes. Needs Debian's poppler-utils.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v pdftoppm >/dev/null || {
    echo "error: pdftoppm is missing; apt-get install poppler-utils" >&2
    exit 2
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo run --release --locked --quiet -- issue examples/holders.csv --out "$folder/run" \
    --quiet --date 2026-11-22 --url 'https://sign-in.example.be/?s={serial}'

mkdir -p docs/img
# The first card, at four times the size of a screen's 72 pixels an inch.
pdftoppm -png -gray -r 288 -f 1 -singlefile "$folder/run/cards/0001.pdf" docs/img/card
echo "docs/img/card.png"
