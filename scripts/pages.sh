#!/usr/bin/env bash
# Looks at every page of the sign-in service in all four languages: axe-core in Chromium, light and
# dark, 320 pixels wide, by the keyboard. With a folder it takes pictures. scripts/test.sh installs
# what it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pictures=${1:+$(realpath "$1")}
cargo build --locked -p tokenkaart-server
TOKENKAART_LANGUAGES=nl,fr,de,en TOKENKAART_PICTURES=$pictures \
    cargo test --locked -p tokenkaart-server --test browsers -- pages first
