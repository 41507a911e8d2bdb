#!/usr/bin/env bash
# Gives every reader of outside bytes so many inputs that nobody would write (100,000 if nothing
# else is said), and says of each how many it took, its slowest and the memory of all:
#     benches/fuzz.sh [INPUTS] [TARGET]
# The target `web` is the sign-in service: requests of browsers and applications, changed by lot,
# against the program itself. Assertions and overflow checks are on, as in the tests. A target that is
# not done in an hour hangs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FUZZ_CASES=${1:-100000}
fuzz() { timeout 3600 cargo test --locked "$@" 2>&1 | grep -v '^test \|^running\|^$'; }
if [[ ${2:-} != web ]]; then
    cargo test --locked --test fuzz --no-run
    fuzz --test fuzz -- --nocapture "${2:-}"
fi
if [[ ${2:-web} == web ]]; then
    cargo test --locked -p tokenkaart-server --test web --no-run
    fuzz -p tokenkaart-server --test web -- --nocapture hostile
fi
