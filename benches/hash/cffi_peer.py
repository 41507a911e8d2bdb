"""argon2-cffi as a peer of the bench: the same work as benches/hash.rs."""

import sys
from concurrent.futures import ThreadPoolExecutor

from argon2.low_level import Type, hash_secret_raw

ALPHABET = b"23456789CDFHJKMNPRTVWXY"


def work(bounds):
    total = 0
    for i in range(*bounds):
        code = bytes(ALPHABET[i // 23**place % 23] for place in range(9))
        salt = i.to_bytes(8, "little") * 2
        tag = hash_secret_raw(code, salt, 2, 19456, 1, 32, Type.ID)
        total ^= int.from_bytes(tag, "big")
    return total


hashes, threads = map(int, sys.argv[1:])
shares = [(hashes * t // threads, hashes * (t + 1) // threads) for t in range(threads)]
total = 0
with ThreadPoolExecutor(threads) as pool:  # the library lets go of the interpreter's lock
    for share in pool.map(work, shares):
        total ^= share
print(total.to_bytes(32, "big").hex())
