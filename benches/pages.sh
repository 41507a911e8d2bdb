#!/bin/sh
# Compares our pages with the like pages of ReportLab and typst, in the same run: bytes a card and
# cards a second, 250 cards a file. Needs cargo and python3 with venv; the peers come from PyPI,
# pinned, into target/bench-pages.
set -eu
cd "$(dirname "$0")/.."
work=target/bench-pages
mkdir -p "$work"
[ -x "$work/venv/bin/python3" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check reportlab==5.1.0 typst==0.15.2

cargo bench --quiet --locked --bench pages
exec "$work/venv/bin/python3" benches/pages/peers.py "$work"
