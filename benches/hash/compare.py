"""Runs the peers in turns, round by round, and prints hashes per core-second.

A core-second is CPU time (user and system) of the peer's process as the kernel counts it, less
that of the same process with no hashes to make. The peers must agree on every tag; how fast they
are decides nothing here.
"""

import json
import os
import statistics
import subprocess
import sys
import time

PEERS = {name: command.split() for name, command in (arg.rsplit("=", 1) for arg in sys.argv[1:])}
ROUNDS = int(os.environ.get("ROUNDS", "9"))
HASHES = int(os.environ.get("HASHES", "144"))  # per thread: six cards
OURS, REFERENCE = "tokenkaart", "C reference, -O3 -march=native"


def run(command, hashes, threads):
    started = time.monotonic()
    process = subprocess.Popen([*command, str(hashes), str(threads)], stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return output, usage.ru_utime + usage.ru_stime, time.monotonic() - started


def compare(threads):
    hashes = HASHES * threads
    rates = {name: [] for name in PEERS}
    walls = {name: [] for name in PEERS}
    for number in range(ROUNDS + 1):
        sums = {}
        # Another order each round, so that nobody always follows the same peer.
        names = list(PEERS)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            _, idle, idle_wall = run(PEERS[name], 0, threads)
            sums[name], cpu, wall = run(PEERS[name], hashes, threads)
            if number > 0:  # the first round warms up
                rates[name].append(hashes / (cpu - idle))
                walls[name].append(hashes / (wall - idle_wall))
        if len(set(sums.values())) != 1:
            sys.exit(f"the peers disagree on the tags: {sums}")
    reference = statistics.median(rates[REFERENCE])
    print(f"\n{threads} thread(s), {hashes} hashes a round, {ROUNDS} rounds, m=19456 KiB, t=2, p=1")
    print(f"{'':32} {'per core-second':>15} {'lowest':>8} {'highest':>8} {'per second':>11} {'ratio':>6}")
    for name, values in rates.items():
        rate = statistics.median(values)
        print(
            f"{name:32} {rate:15.1f} {min(values):8.1f} {max(values):8.1f} "
            f"{statistics.median(walls[name]):11.1f} {rate / reference:6.2f}"
        )
    paired = sorted(a / b for a, b in zip(rates[OURS], rates[REFERENCE]))
    print(f"ours over the reference, round by round: {', '.join(f'{r:.2f}' for r in paired)}")
    return {name: statistics.median(values) for name, values in rates.items()}


cores = len(os.sched_getaffinity(0))
result = {threads: compare(threads) for threads in sorted({1, cores})}
print()
print(json.dumps(result))
