#!/bin/sh
# Compares our hashing with its peers on the same work in the same run: benches/hash/compare.py.
# `cargo bench --bench hash` calls this with the path of its own program; ROUNDS and HASHES
# (hashes a thread and round) may be set. Needs gcc, python3 with venv, and libargon2-dev;
# the C reference's sources and argon2-cffi come from PyPI into target/bench-hash.
set -eu
ours=$1
cd "$(dirname "$0")/.."
work=target/bench-hash
mkdir -p "$work"
ln -sf "$ours" "$work/tokenkaart" # relative paths have no spaces

for need in gcc python3; do
    command -v "$need" >/dev/null || { echo "install $need: apt-get install gcc python3-venv" >&2; exit 1; }
done
if ! echo '#include <argon2.h>' | gcc -E - >/dev/null 2>&1; then
    echo "install Debian's Argon2: apt-get install libargon2-dev" >&2
    exit 1
fi

# argon2-cffi-bindings carries the C reference; pinned, so that figures compare over time.
bindings=argon2-cffi-bindings==25.1.0
if [ ! -x "$work/venv/bin/python3" ]; then
    python3 -m venv "$work/venv"
fi
"$work/venv/bin/pip" install --quiet --disable-pip-version-check argon2-cffi==25.1.0 "$bindings"
if [ ! -d "$work/source" ]; then
    "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps \
        --no-binary argon2-cffi-bindings --dest "$work" "$bindings"
    mkdir "$work/source.new"
    tar -xzf "$work"/argon2_cffi_bindings-25.1.0.tar.gz -C "$work/source.new" --strip-components 1
    mv "$work/source.new" "$work/source"
fi

c=$work/source/extras/libargon2
gcc -std=c11 -O3 -march=native -pthread -I"$c/include" -I"$c/src" benches/hash/reference.c \
    "$c"/src/argon2.c "$c"/src/core.c "$c"/src/blake2/blake2b.c "$c"/src/thread.c \
    "$c"/src/encoding.c "$c"/src/opt.c -o "$work/reference-native"
gcc -std=c11 -O3 -pthread benches/hash/reference.c -largon2 -o "$work/reference-debian"

exec "$work/venv/bin/python3" benches/hash/compare.py \
    "tokenkaart=$work/tokenkaart --peer tokenkaart" \
    "C reference, -O3 -march=native=$work/reference-native" \
    "C reference, Debian's libargon2=$work/reference-debian" \
    "argon2-cffi=$work/venv/bin/python3 benches/hash/cffi_peer.py" \
    "crate argon2, memory reused=$work/tokenkaart --peer argon2-reused" \
    "crate argon2, allocating=$work/tokenkaart --peer argon2-allocating"
