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

mkdir -p docs/img

# A design, and how finely its first page is drawn in dots per inch.
picture() {
    cargo run --release --locked --quiet -- issue examples/holders.csv --out "$folder/$1" \
        --quiet --date 2026-11-22 --url 'https://sign-in.example.be/?s={serial}' --design "$1" \
        --office 'Stad Voorbeeld' --phone '02 000 00 00'
    pdftoppm -png -gray -r "$2" -f 1 -singlefile "$folder/$1/cards/0001.pdf" "docs/img/$1"
    echo "docs/img/$1.png"
}

# Four times the size of a screen's 72 pixels an inch.
picture card 288
picture letter 110
picture large 110
picture sheet 110

# The page that asks for a code, as Chromium shows it; scripts/test.sh installs that.
mkdir "$folder/pages"
scripts/pages.sh "$folder/pages"
cp "$folder/pages/code-nl-light.png" docs/img/sign-in.png
echo docs/img/sign-in.png
