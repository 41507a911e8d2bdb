#!/usr/bin/env bash
# Measures the faces: installs Tesseract, the candidates' Debian packages and Pillow, where they
# are missing, and prints the table of docs/design.md. Takes half an hour of one core; fewer
# cards (`--cards 20`) take less.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=target/test-venv
packages=(tesseract-ocr tesseract-ocr-eng python3-venv fonts-ocr-b fonts-firacode fonts-b612
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

exec nice -n 10 "$venv/bin/python3" benches/legibility/measure.py "$@"
