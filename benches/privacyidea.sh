#!/usr/bin/env bash
# Our sign-ins a second beside privacyIDEA's (PyPI), on the same PostgreSQL with fsync on, with hashes
# made cheap on both sides and as many clients. One command, some five minutes from a release build:
#     benches/privacyidea.sh
#
# Through the library: a challenge and the right answer (benches/sign_in.sh), beside one /validate/check
# of a HOTP token and of its cheapest one, a fixed PIN (goal: at least 10 times its rate). By HTTP: whole
# sign-ins with every page, password, code, and tokens of OpenID Connect (benches/web_sign_in.sh), beside
# /validate/check that triggers a challenge and the one that answers it (goal: the same).
#
# privacyIDEA runs under gunicorn, with so many processes (WORKERS, "2 4") of 16 threads, as many
# connections, and without the check of its own key that it otherwise does for each answer and each row
# of its audit (some 100 ms). CLIENTS ("16 64") and SECONDS_EACH (5) say how much; PROFILE=dev takes a debug build, whose
# figures mean nothing. The clients are on the cores of the servers. PYTHON ("python3") makes a venv in
# target/privacyidea once, of the versions below; they take 3.10 or newer. Needs postgresql and openssl;
# as root the server runs as the user postgres.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
clients=${CLIENTS:-16 64}
each=${SECONDS_EACH:-5}
workers=${WORKERS:-2 4}
profile=${PROFILE:-release}
packages=(privacyidea==3.14 gunicorn==27.0.1 psycopg2-binary==2.9.13)

venv=$PWD/target/privacyidea
if [[ $(cat "$venv/installed" 2>/dev/null) != "${packages[*]}" ]]; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
    echo "${packages[*]}" >"$venv/installed"
fi
built=target/${profile/dev/debug}
cargo build --profile "$profile" --locked --quiet -p tokenkaart-server
for bench in sign_in web_sign_in; do
    cargo bench --profile "${profile/release/bench}" --locked --quiet -p tokenkaart-server --bench $bench --no-run
done
export PROGRAM=$PWD/$built/tokenkaart-server
newest() { ls -t "$built/deps/$1"-* | grep -v '\.d$' | head -n 1; }
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
FOLDER=$(mktemp -d)
export FOLDER
chmod 755 "$FOLDER"
as_server=() gunicorn=
((EUID)) || as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
server() { (cd / && "${as_server[@]}" "$bin/$1" "${@:2}"); }
end() {
    [[ -z $gunicorn ]] || kill "$gunicorn" 2>/dev/null || true
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
    --options "-k $FOLDER/server -c listen_addresses= -c max_connections=300 -c shared_buffers=256MB"
psql() { command psql -XAtq -h "$FOLDER/server" -U owner -d postgres "$@" 2>/dev/null; }
printf 'load %s; %s cores; %s; PostgreSQL %s; %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)" "$(nproc)" \
    "${packages[*]}" "$(psql -c 'SHOW server_version')" "$("$venv/bin/python" --version)"

# Ours; the rate is kept for the ratio.
declare -A rate
export SCHEME=argon2id:m=8,t=1,p=1 DURATION=$each
ours() {
    psql -c 'DROP DATABASE IF EXISTS ours' -c 'CREATE DATABASE ours'
    export STORE="postgres:///ours?host=$FOLDER/server&user=owner"
    "$PROGRAM" store create --quiet --store "$STORE"
    local said
    said=$(THREADS=$2 CLIENTS=$2 CARDS=$3 "$(newest "$1")")
    echo "ours, ${1/_/ } $said"
    rate[$1 $2]=$(grep -o '[0-9.]* sign-ins' <<<"$said" | cut -d' ' -f1)
}
for count in $clients; do
    ours sign_in "$count" 3000
    ours web_sign_in "$count" "$((each * 60 + count))"
done

psql -c 'CREATE DATABASE pi'
cat >"$FOLDER/pi.cfg" <<PY
SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://owner@/pi?host=$FOLDER/server"
SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 16}
SECRET_KEY = "bench"
PI_PEPPER = "bench"
PI_HASH_ALGO_PARAMS = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
PI_ENCFILE = "$FOLDER/enckey"
PI_AUDIT_KEY_PRIVATE = "$FOLDER/private.pem"
PI_AUDIT_KEY_PUBLIC = "$FOLDER/public.pem"
PI_AUDIT_NO_PRIVATE_KEY_CHECK = True
PI_RESPONSE_NO_PRIVATE_KEY_CHECK = True
PI_AUDIT_SQL_TRUNCATE = True
PI_LOGLEVEL = 40
PI_LOGFILE = "$FOLDER/pi.log"
PY
export PRIVACYIDEA_CONFIGFILE=$FOLDER/pi.cfg
most=$(tr ' ' '\n' <<<"$clients" | sort -n | tail -n 1)
prepare() {
    "$venv/bin/pi-manage" setup create_enckey
    "$venv/bin/pi-manage" setup create_audit_keys
    "$venv/bin/pi-manage" setup create_tables
    cat >wsgi.py <<PY
from privacyidea.app import create_app
application = create_app(config_name="production", config_file="$FOLDER/pi.cfg", silent=True)
PY
    "$venv/bin/python" - "$most" <<'PY'
import sys
from wsgi import application
with application.app_context():
    from privacyidea.lib.policy import set_policy
    from privacyidea.lib.token import init_token
    set_policy("challenges", scope="authentication", action="challenge_response=hotp")
    for number in range(int(sys.argv[1])):
        init_token({"type": "spass", "serial": f"S{number}", "pin": "1234"})
        for kind in "HC":
            init_token({"type": "hotp", "serial": f"{kind}{number}", "pin": "1234", "otpkey": "31" * 20})
PY
}
(cd "$FOLDER" && prepare) >"$FOLDER/pi.out" 2>&1 || { tail "$FOLDER/pi.out" >&2; exit 2; }

# Prints the rate of: a check of a PIN (S), of a HOTP token (H), or a challenge and its answer (C).
cat >"$FOLDER/client.py" <<'PY'
import hashlib, hmac, http.client, json, sys, threading, time

port, kind, count, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
state = sys.argv[5]
KEY = b"1" * 20


def hotp(counter):
    digest = hmac.new(KEY, counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset:offset + 4], 'big') & 0x7fffffff) % 1000000:06}"


class Client:
    def __init__(self, number):
        self.serial, self.counter = f"{kind}{number}", counters.get(str(number), 0)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, body):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", "/validate/check", f"serial={self.serial}&{body}", form)
        return json.loads(self.connection.getresponse().read())

    def take(self, body):
        answer = self.ask(body)
        assert answer["result"].get("value") is True, answer

    def act(self):
        if kind == "S":
            return self.take("pass=1234")
        before = ""
        if kind == "C":
            before = "transaction_id=" + self.ask("pass=1234")["detail"]["transaction_id"] + "&"
        code = hotp(self.counter)
        self.counter += 1
        self.take(f"{before}pass={code}" if before else f"pass=1234{code}")


try:
    counters = json.load(open(state))
except FileNotFoundError:
    counters = {}
waited = time.monotonic()
while True:
    try:
        Client(0).ask("pass=none")
        break
    except OSError:
        # The workers are still starting.
        assert time.monotonic() < waited + 60, "it doesn't start"
        time.sleep(0.2)
clients, took = [Client(number) for number in range(count)], []
# Each worker reads its configuration with its first requests.
warm = [threading.Thread(target=client.act) for client in clients]
[thread.start() for thread in warm]
[thread.join() for thread in warm]
end = time.monotonic() + seconds


def run(client):
    while time.monotonic() < end:
        begun = time.monotonic()
        client.act()
        took.append(time.monotonic() - begun)


threads = [threading.Thread(target=run, args=(client,)) for client in clients]
begun = time.monotonic()
[thread.start() for thread in threads]
[thread.join() for thread in threads]
rate = len(took) / (time.monotonic() - begun)
counters |= {client.serial[1:]: client.counter for client in clients}
json.dump(counters, open(state, "w"))
print(f"{rate:.1f} {sorted(took)[len(took) // 2] * 1000:.0f}")
PY

peer() { # what it is called, kind, clients, workers, ours
    local said median
    read -r said median < <("$venv/bin/python" "$FOLDER/client.py" "$port" "$2" "$3" "$each" "$FOLDER/$2.json")
    echo "privacyIDEA, $4 workers, $3 clients: $said $1 a second, p50 $median ms; ours are" \
        "$(awk "BEGIN { printf \"%.1f\", ${rate[$5 $3]} / $said }") times as many"
}
for number in $workers; do
    # It wants to know its clients' addresses, which a socket has not.
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    (cd "$FOLDER" && exec "$venv/bin/gunicorn" --log-level error -w "$number" --threads 16 --keep-alive 60 -b "127.0.0.1:$port" wsgi:application) &
    gunicorn=$!
    for count in $clients; do
        peer "checks of a PIN" S "$count" "$number" sign_in
        peer "checks of a HOTP token" H "$count" "$number" sign_in
        peer "challenges and checks" C "$count" "$number" web_sign_in
    done
    kill "$gunicorn"
    wait "$gunicorn" || true
    gunicorn=
done
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
