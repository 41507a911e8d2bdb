#!/usr/bin/env bash
# privacyIDEA's /validate/check of its cheapest token, a second, under gunicorn: a part of
# benches/sign_in.sh and benches/web_sign_in.sh, which have the server that it is given.
#     benches/privacyidea.sh BIN FOLDER SECONDS CLIENTS...
# BIN is the bin folder of a venv with privacyidea, gunicorn and psycopg2-binary; a PostgreSQL listens at
# FOLDER/server.
set -euo pipefail
pi=$1 folder=$2 each=$3
shift 3
gunicorn=
end() { [[ -z $gunicorn ]] || kill "$gunicorn" 2>/dev/null || true; }
trap end EXIT

command psql -XAtq -h "$folder/server" -U owner -d postgres -c 'CREATE DATABASE pi'
cat >"$folder/pi.cfg" <<PY
SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://owner@/pi?host=$folder/server"
SECRET_KEY = "bench"
PI_PEPPER = "bench"
PI_ENCFILE = "$folder/enckey"
PI_AUDIT_KEY_PRIVATE = "$folder/private.pem"
PI_AUDIT_KEY_PUBLIC = "$folder/public.pem"
PI_AUDIT_SQL_TRUNCATE = True
PI_LOGLEVEL = 40
PI_LOGFILE = "$folder/pi.log"
PY
export PRIVACYIDEA_CONFIGFILE=$folder/pi.cfg
(
    cd "$folder"
    "$pi/pi-manage" setup create_enckey
    "$pi/pi-manage" setup create_audit_keys
    "$pi/pi-manage" setup create_tables
    cat >wsgi.py <<PY
from privacyidea.app import create_app
application = create_app(config_name="production", config_file="$folder/pi.cfg", silent=True)
PY
    "$pi/python" - <<'PY'
from wsgi import application
with application.app_context():
    from privacyidea.lib.token import init_token
    for number in range(64):
        init_token({"type": "spass", "serial": f"S{number}", "pin": "1234"})
PY
) >"$folder/pi.out" 2>&1
# It wants to know its clients' addresses, which a socket has not.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(cd "$folder" && exec "$pi/gunicorn" --log-level error -w 4 --threads 16 -b "127.0.0.1:$port" wsgi:application) &
gunicorn=$!
for count; do
    "$pi/python" - "$port" "$count" "$each" <<'PY'
import http.client, json, sys, threading, time

port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])


def check(number):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = f"serial=S{number}&pass=1234"
    connection.request("POST", "/validate/check", body, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = json.loads(connection.getresponse().read())
    if "value" not in answer["result"]:
        print(answer["result"], file=sys.stderr)
    return answer["result"]["value"]


ready = 0
while ready < 16:
    try:
        assert check(0)
        ready += 1
    except (OSError, KeyError):
        # The workers are still starting.
        time.sleep(0.5)
end, done = time.monotonic() + seconds, []


def run(number):
    mine = 0
    while time.monotonic() < end:
        assert check(number)
        mine += 1
    done.append(mine)


threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
begun = time.monotonic()
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(f"privacyIDEA {count} clients: {sum(done) / (time.monotonic() - begun):.0f} checks a second")
PY
done
