#!/usr/bin/env bash
# Measures how well codes are read back from bad paper, and prints the tables of docs/design.md:
# `run.sh faces` that of the candidate faces, half an hour of one core; `run.sh printed` that of
# the program's own pages, ten minutes. Fewer cards (`--cards 20`) take less. Installs Tesseract,
# the candidates' Debian packages and Pillow, where they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

case ${1:-} in
    faces) script=measure.py ;;
    printed) script=printed.py ;;
    *)
        echo "usage: $0 faces|printed [--cards N] [...]" >&2
        exit 2
        ;;
esac
shift

venv=target/test-venv
packages=(tesseract-ocr tesseract-ocr-eng poppler-utils python3-venv fonts-ocr-b fonts-firacode fonts-b612
    fonts-jetbrains-mono fonts-dejavu-core fonts-noto-mono)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -Wf '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing+=("$package")
done
if ((${#missing[@]})); then
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -yq --no-install-recommends "${missing[@]}"
fi >&2
[[ -x $venv/bin/python3 ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0

[[ $script != printed.py ]] || cargo build --locked --quiet
exec nice -n 10 "$venv/bin/python3" "benches/legibility/$script" "$@"
