#!/usr/bin/env bash
# Full sign-ins a second: a challenge, the right answer, accepted.
#
# Ours go through the library with a pool of connections and hashes made cheap, over SQLite on disk
# and a PostgreSQL of our own with fsync on; beside them the same rows in bare SQL (`pgbench -M
# prepared`, one statement a round trip, benches/sign_in.sql), with lanes and with a single head. Then
# ours with the default hash beside the bare hashes on the same cores. benches/privacyidea.sh has another
# system beside it.
#
# THREADS ("1 4 16 64") and SECONDS_EACH (10) say how much. The library is on the cores of the server.
# Needs postgresql and python3; as root the server runs as the user postgres.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
threads=${THREADS:-1 4 16 64}
each=${SECONDS_EACH:-10}

cargo build --release --locked --quiet -p tokenkaart-server
cargo bench --locked --quiet -p tokenkaart-server --bench sign_in --no-run
program=$PWD/target/release/tokenkaart-server
bench=$(ls -t target/release/deps/sign_in-* | grep -v '\.d$' | head -n 1)
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
folder=$(mktemp -d)
chmod 755 "$folder"
as_server=()
((EUID)) || as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
server() { (cd / && "${as_server[@]}" "$bin/$1" "${@:2}"); }
end() {
    server pg_ctl stop --silent --mode=immediate --pgdata "$folder/server/data" || true
    rm -rf "$folder"
}
trap end EXIT

mkdir "$folder/server"
((EUID)) || chown postgres:postgres "$folder/server"
server initdb --auth=trust --username=owner --encoding=UTF8 --locale=C.UTF-8 \
    --pgdata "$folder/server/data" >/dev/null
server pg_ctl start --silent --wait --pgdata "$folder/server/data" --log "$folder/server/log" \
    --options "-k $folder/server -c listen_addresses= -c max_connections=200 -c shared_buffers=256MB"
psql() { command psql -XAtq -v ON_ERROR_STOP=1 -h "$folder/server" -U owner -d "$1" "${@:2}"; }

printf 'load %s; %s cores; ' "$(cut -d' ' -f1-3 /proc/loadavg)" "$(nproc)"
server pg_test_fsync -s 1 -f "$folder/server/fsync" 2>/dev/null | awk '/^ +fdatasync/ && !seen++ { print "fdatasync", $2, $3 }'

new_store() {
    command psql -XAtq -h "$folder/server" -U owner -d postgres -c "DROP DATABASE IF EXISTS $1" \
        -c "CREATE DATABASE $1" 2>/dev/null
    "$program" store create --quiet --store "postgres:///$1?host=$folder/server&user=owner"
}

# Holders h0, h100000 … with a token each for the clients of pgbench.
bare() {
    new_store bare
    psql bare -c "INSERT INTO tokens SELECT h % $2, 'h' || h, 'h' || h, NULL, 0, '2026-11-22', NULL, NULL, 'x', NULL, '{}', '' FROM generate_series(0, $1 - 1) c, generate_series(0, 1500) n, LATERAL (SELECT c * 100000 + n AS h) x" \
        -c "INSERT INTO codes SELECT lane, holder, serial, p, repeat('x', 90) FROM tokens, generate_series(1, 24) p" \
        -c "INSERT INTO states SELECT lane, holder, serial, 'active', 0 FROM tokens" -c "ANALYZE"
    "$bin/pgbench" -n -M prepared -h "$folder/server" -U owner -f benches/sign_in.sql -c "$1" \
        -j "$(($1 < 4 ? $1 : 4))" -T "$each" -D n=0 -D lanes="$2" bare 2>/dev/null |
        awk '/^tps/ { printf "%.0f", $3 }'
}

ours() {
    STORE=$1 THREADS=$2 DURATION=$each CARDS=${3:-3000} "$bench"
}

for count in $threads; do
    rm -f "$folder"/auth.db*
    "$program" store create --quiet --store "sqlite:$folder/auth.db"
    echo "SQLite      $(ours "sqlite:$folder/auth.db" "$count")"
    new_store ours
    echo "PostgreSQL  $(ours "postgres:///ours?host=$folder/server&user=owner" "$count")"
    echo "bare SQL    $count clients: $(bare "$count" 256) a second; with one head $(bare "$count" 1)"
done

export SCHEME=argon2id:m=19456,t=2,p=1 HASHES=1
cores=$(nproc)
new_store ours
echo "default hash, PostgreSQL:"
ours "postgres:///ours?host=$folder/server&user=owner" "$cores" "$((6 * each * cores))"
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
