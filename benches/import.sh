#!/usr/bin/env bash
# Compares `tokenkaart-server import` with what the databases' own shells take for the same rows, in turns:
# `psql \copy` into a PostgreSQL of our own on a socket, and `.import` of the `sqlite3` shell.
#
# The peers get tables with the same keys, indexes, checks and foreign keys, in one transaction, with
# the same durability, and their rows ready-made in files with tabs. They compare nothing and void
# nothing. We read the records as a run has them (JSON, each hash parsed) twice, hold them to one
# another and to the store, load them in short transactions and switch them lane by lane. Only
# SQLite's peer tables lack the columns that are null, since `.import` knows no null; that is work it
# is spared.
#
# Then, with WAITS set, as many tokens that replace these come in while one client signs in all the
# time: its longest wait is set beside that without an import, and the pace of both is told.
#
# `benches/import.sh` builds the program and takes TOKENS (20000), ROUNDS (3), MEMORY (10000 and
# TOKENS: sizes of which the peak memory is taken; empty for none) and WAITS (a number of tokens). A
# million tokens take 20 GB of disk in TMPDIR.
# Needs python3, postgresql, sqlite3 and GNU time; as root the server runs as the user postgres.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tokens=${TOKENS:-20000}
rounds=${ROUNDS:-3}
memory=${MEMORY-10000 $tokens}

cargo build --release --locked --quiet -p tokenkaart-server
program=$PWD/target/release/tokenkaart-server
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

# Records with hashes of nothing, in the form of a run's, and the same rows with tabs.
make_rows() {
    python3 - "$1" "$folder/$1" <<'PYTHON'
import base64, hashlib, json, os, sys

count, base = int(sys.argv[1]), sys.argv[2]
alphabet = "23456789CDFHJKMNPRTVWXY"
code_format = json.dumps(
    {"alphabet": alphabet, "length": 9, "grouping": 3, "check": "weighted-sum"},
    separators=(",", ":"),
)


def serial():
    values = [byte % 23 for byte in os.urandom(15)]
    total = sum(value * place for place, value in enumerate(values, 1))
    values.append(next(v for v in range(23) if (total + 16 * v) % 23 == 0))
    text = "".join(alphabet[value] for value in values)
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def encoded(raw):
    return base64.b64encode(raw).decode().rstrip("=")


with open(base + ".jsonl", "w") as records, open(base + ".tokens", "w") as tokens, open(
    base + ".codes", "w"
) as codes, open(base + ".states", "w") as states:
    for number in range(count):
        name = serial()
        raw = os.urandom(48 * 24)
        hashes = [
            "$argon2id$v=19$m=19456,t=2,p=1$%s$%s"
            % (encoded(raw[at : at + 16]), encoded(raw[at + 16 : at + 48]))
            for at in range(0, len(raw), 48)
        ]
        line = (
            '{"version":1,"serial":"%s","holder":"bench-%d","issued":"2026-11-22",'
            '"scheme":"argon2id","key_id":null,"code_format":%s,"codes":[%s]}'
        ) % (
            name,
            number,
            code_format,
            ",".join('{"position":%d,"hash":"%s"}' % pair for pair in enumerate(hashes, 1)),
        )
        records.write(line + "\n")
        digest = hashlib.sha256(line.encode()).hexdigest()
        holder = "bench-%d" % number
        key = "%d\t%s\t%s" % (hashlib.sha256(holder.encode()).digest()[0], holder, name)
        scheme = "argon2id:m=19456,t=2,p=1"
        row = (key, "peer", "0", "2026-11-22", scheme, code_format, digest)
        tokens.write("\t".join(row) + "\n")
        states.write(key + "\tactive\t0\n")
        for position, text in enumerate(hashes, 1):
            codes.write("%s\t%d\t%s\n" % (key, position, text))
PYTHON
}

# Runs a command; its seconds are in $seconds then, and its peak memory in MiB in $peak.
timed() {
    /usr/bin/time -f '%e %M' -o "$folder/time" "$@" >"$folder/said"
    read -r seconds peak < <(tail -n 1 "$folder/time")
    peak=$((peak / 1024))
}

psql() { command psql -XAtq -v ON_ERROR_STOP=1 -h "$folder/server" -U owner -d "$1" "${@:2}"; }

new_database() {
    command psql -XAtq -h "$folder/server" -U owner -d postgres \
        -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2>/dev/null
    "$program" store schema --for postgres | psql "$1" -1 -f -
    psql "$1" -c CHECKPOINT
}

ours_postgres() {
    new_database ours
    timed "$program" import "$folder/$1.jsonl" --quiet \
        --store "postgres:///ours?host=$folder/server&user=owner"
    [[ $(psql ours -c 'SELECT count(*) FROM codes') == $(($1 * 24)) ]]
}

peer_postgres() {
    new_database peer
    psql peer -c "INSERT INTO runs VALUES ('peer', 0, NULL, $1, 'argon2id', '{}', NULL, NULL)"
    cat >"$folder/peer.sql" <<SQL
BEGIN;
\copy tokens (lane, holder, serial, run, came_at, issued, scheme, code_format, record_sha256) FROM '$folder/$1.tokens'
\copy codes (lane, holder, serial, position, hash) FROM '$folder/$1.codes'
\copy states (lane, holder, serial, state, since) FROM '$folder/$1.states'
COMMIT;
SQL
    timed psql -XAtq -v ON_ERROR_STOP=1 -h "$folder/server" -U owner -d peer -f "$folder/peer.sql"
    [[ $(psql peer -c 'SELECT count(*) FROM codes') == $(($1 * 24)) ]]
}

ours_sqlite() {
    rm -f "$folder"/ours.db*
    "$program" store create --store "sqlite:$folder/ours.db" --quiet
    timed "$program" import "$folder/$1.jsonl" --quiet --store "sqlite:$folder/ours.db"
    [[ $(sqlite3 "$folder/ours.db" 'SELECT count(*) FROM codes') == $(($1 * 24)) ]]
}

peer_sqlite() {
    rm -f "$folder"/peer.db*
    sqlite3 "$folder/peer.db" >/dev/null <<'SQL'
PRAGMA journal_mode = WAL;
CREATE TABLE tokens (
    lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255), holder TEXT NOT NULL,
    serial TEXT NOT NULL, run TEXT NOT NULL, came_at INTEGER NOT NULL, issued TEXT NOT NULL,
    scheme TEXT NOT NULL, code_format TEXT NOT NULL, record_sha256 TEXT NOT NULL,
    PRIMARY KEY (lane, holder, serial)
) STRICT;
CREATE INDEX tokens_by_serial ON tokens (serial);
CREATE INDEX tokens_of_run ON tokens (run, lane);
CREATE TABLE codes (
    lane INTEGER NOT NULL, holder TEXT NOT NULL, serial TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 24), hash TEXT NOT NULL,
    PRIMARY KEY (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;
CREATE TABLE states (
    lane INTEGER NOT NULL, holder TEXT NOT NULL, serial TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active')), since INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX states_active ON states (lane, holder) WHERE state = 'active';
CREATE UNIQUE INDEX states_pending ON states (lane, holder) WHERE state = 'pending';
SQL
    cat >"$folder/peer.sql" <<SQL
PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -32768;
.mode tabs
BEGIN;
.import $folder/$1.tokens tokens
.import $folder/$1.codes codes
.import $folder/$1.states states
COMMIT;
SQL
    timed sqlite3 -bail "$folder/peer.db" ".read $folder/peer.sql"
    [[ $(sqlite3 "$folder/peer.db" 'SELECT count(*) FROM codes') == $(($1 * 24)) ]]
}

mkdir "$folder/server"
((EUID)) || chown postgres:postgres "$folder/server"
server initdb --auth=trust --username=owner --encoding=UTF8 --locale=C.UTF-8 \
    --pgdata "$folder/server/data" >/dev/null
server pg_ctl start --silent --wait --pgdata "$folder/server/data" --log "$folder/server/log" \
    --options "-k $folder/server -c listen_addresses= -c max_wal_size=8GB"

for size in $memory $tokens; do
    [[ -e $folder/$size.jsonl ]] || make_rows "$size"
done

printf '%s tokens, %s rows, %s rounds in turns; rows a second, best and (worst)\n' \
    "$tokens" $((tokens * 26)) "$rounds"
declare -A all
for ((round = 1; round <= rounds; round++)); do
    for who in ours_postgres peer_postgres ours_sqlite peer_sqlite; do
        "$who" "$tokens"
        all[$who]+=" $seconds"
    done
done
for database in postgres sqlite; do
    awk -v database="$database" -v rows=$((tokens * 26)) \
        -v ours="${all[ours_$database]}" -v peer="${all[peer_$database]}" '
        function ends(text, found,   n, i, part) {
            n = split(text, part, " ")
            for (i = 1; i <= n; i++) {
                if (i == 1 || part[i] < found["best"]) found["best"] = part[i]
                if (i == 1 || part[i] > found["worst"]) found["worst"] = part[i]
            }
        }
        BEGIN {
            ends(ours, o); ends(peer, p)
            printf "%-9s import %9.0f (%.0f)   %-12s %9.0f (%.0f)   %.2f of it\n", database,
                rows / o["best"], rows / o["worst"],
                database == "postgres" ? "psql \\copy" : ".import",
                rows / p["best"], rows / p["worst"], p["best"] / o["best"]
        }'
done
for size in $memory; do
    ours_postgres "$size"
    of_postgres=$peak
    ours_sqlite "$size"
    printf '%9d tokens: peak memory of the import %d MiB (PostgreSQL), %d MiB (SQLite)\n' \
        "$size" "$of_postgres" "$peak"
done

if [[ -n ${WAITS:-} ]]; then
    cargo bench --locked --quiet -p tokenkaart-server --bench sign_in --no-run
    # shellcheck disable=SC2010
    bench=$(ls -t target/release/deps/sign_in-* | grep -v '\.d$' | head -n 1)
    for round in old new; do
        make_rows "$WAITS"
        mv "$folder/$WAITS.jsonl" "$folder/$round.jsonl"
        rm -f "$folder/$WAITS".{tokens,codes,states}
    done
    new_database waits
    rm -f "$folder"/waits.db*
    "$program" store create --store "sqlite:$folder/waits.db" --quiet
    for store in "postgres:///waits?host=$folder/server&user=owner" "sqlite:$folder/waits.db"; do
        "$program" import "$folder/old.jsonl" --quiet --store "$store"
        printf 'without an import  %s\n' "$(STORE=$store THREADS=1 DURATION=20 CARDS=20000 "$bench")"
        begun=$(date +%s.%N)
        "$program" import "$folder/new.jsonl" --quiet --store "$store" &
        importing=$!
        while kill -0 "$importing" 2>/dev/null; do
            line=$(STORE=$store THREADS=1 DURATION=10 CARDS=2000 "$bench")
            printf 'with an import     %s\n' "$line"
        done
        wait "$importing"
        printf '%s tokens that replaced as many: %.0f s, %s\n' "$WAITS" \
            "$(python3 -c "import sys, time; print(time.time() - float(sys.argv[1]))" "$begun")" "${store%%:*}"
    done
fi
