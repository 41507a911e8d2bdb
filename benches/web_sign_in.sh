#!/usr/bin/env bash
# Whole sign-ins a second by HTTP: every page, password, code, and the code of OpenID Connect changed
# for tokens, with p50 and p99, over SQLite on disk and a PostgreSQL of our own with fsync on.
#
# First with hashes made cheap, and 10,000 sessions open at the end (goal: under 100 MiB; started in
# under 200 ms); benches/privacyidea.sh has another system beside that. Then with the default hash, as
# many clients as cores: the processor time of a sign-in beside that of its two bare hashes (goal: at
# most 1.15).
#
# CLIENTS ("1 16 64"), SECONDS_EACH (10) and SESSIONS (10000) say how much; small ones are a trial:
#     CLIENTS="1 4" SECONDS_EACH=2 SESSIONS=100 PROFILE=dev benches/web_sign_in.sh
# PROFILE=dev takes a debug build, whose figures mean nothing. The clients are on the cores of the
# server. Needs postgresql, python3 and openssl; as root the server runs as the user postgres.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
clients=${CLIENTS:-1 16 64}
each=${SECONDS_EACH:-10}
sessions=${SESSIONS:-10000}
profile=${PROFILE:-release}

built=target/${profile/dev/debug}
cargo build --profile "$profile" --locked --quiet -p tokenkaart-server
cargo bench --profile "${profile/release/bench}" --locked --quiet -p tokenkaart-server --bench web_sign_in --no-run
export PROGRAM=$PWD/$built/tokenkaart-server
bench=$(ls -t "$built"/deps/web_sign_in-* | grep -v '\.d$' | head -n 1)
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
FOLDER=$(mktemp -d)
export FOLDER
chmod 755 "$FOLDER"
as_server=()
((EUID)) || as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
server() { (cd / && "${as_server[@]}" "$bin/$1" "${@:2}"); }
end() {
    server pg_ctl stop --silent --mode=immediate --pgdata "$FOLDER/server/data" || true
    rm -rf "$FOLDER"
}
trap end EXIT

umask 077
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$FOLDER/signing.pem" 2>/dev/null
openssl rand -out "$FOLDER/form.secret" 32
mkdir "$FOLDER/server"
((EUID)) || chown postgres:postgres "$FOLDER/server"
server initdb --auth=trust --username=owner --encoding=UTF8 --locale=C.UTF-8 \
    --pgdata "$FOLDER/server/data" >/dev/null
server pg_ctl start --silent --wait --pgdata "$FOLDER/server/data" --log "$FOLDER/server/log" \
    --options "-k $FOLDER/server -c listen_addresses= -c max_connections=200 -c shared_buffers=256MB"
printf 'load %s; %s cores\n' "$(cut -d' ' -f1-3 /proc/loadavg)" "$(nproc)"

sqlite() {
    rm -f "$FOLDER"/auth.db*
    "$PROGRAM" store create --quiet --store "sqlite:$FOLDER/auth.db"
    STORE=sqlite:$FOLDER/auth.db CLIENTS=$1 DURATION=$each CARDS=$2 COUNT=${3:-0} "$bench"
}
postgres() {
    psql -XAtq -h "$FOLDER/server" -U owner -d postgres -c 'DROP DATABASE IF EXISTS ours' \
        -c 'CREATE DATABASE ours' 2>/dev/null
    local store="postgres:///ours?host=$FOLDER/server&user=owner"
    "$PROGRAM" store create --quiet --store "$store"
    STORE=$store CLIENTS=$1 DURATION=$each CARDS=$2 COUNT=${3:-0} "$bench"
}

export SCHEME=argon2id:m=8,t=1,p=1
for count in $clients; do
    echo "cheap hash, SQLite      $(sqlite "$count" $((each * 60 + count)))"
    echo "cheap hash, PostgreSQL  $(postgres "$count" $((each * 60 + count)))"
done
echo "$sessions sessions, PostgreSQL  $(postgres 16 $((sessions / 17 + 32)) "$sessions")"

export SCHEME=argon2id:m=19456,t=2,p=1
cores=$(nproc)
echo "default hash, SQLite      $(sqlite "$cores" $((each * cores + cores)))"
echo "default hash, PostgreSQL  $(postgres "$cores" $((each * cores + cores)))"
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
