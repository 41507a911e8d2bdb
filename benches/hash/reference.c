/* The C reference as a peer of the bench: reads like benches/hash.rs, does the same work.
 * Built twice: against Debian's libargon2, and with its own sources at -O3 -march=native. */
#include <argon2.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ALPHABET[] = "23456789CDFHJKMNPRTVWXY";

struct share {
    uint64_t from, to;
    uint8_t sum[32];
    int error;
};

static void *work(void *argument) {
    struct share *share = argument;
    for (uint64_t i = share->from; i < share->to; i++) {
        char code[9];
        uint8_t salt[16], tag[32];
        uint64_t rest = i;
        for (int place = 0; place < 9; place++, rest /= 23) code[place] = ALPHABET[rest % 23];
        for (int byte = 0; byte < 16; byte++) salt[byte] = (uint8_t)(i >> (8 * (byte % 8)));
        share->error = argon2id_hash_raw(2, 19456, 1, code, 9, salt, 16, tag, 32);
        if (share->error != ARGON2_OK) return NULL;
        for (int byte = 0; byte < 32; byte++) share->sum[byte] ^= tag[byte];
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    uint64_t hashes = strtoull(argv[1], NULL, 10), threads = strtoull(argv[2], NULL, 10);
    struct share shares[256];
    pthread_t ids[256];
    uint8_t sum[32] = {0};
    if (threads < 1 || threads > 256) return 2;
    memset(shares, 0, sizeof shares);
    for (uint64_t t = 0; t < threads; t++) {
        shares[t].from = hashes * t / threads;
        shares[t].to = hashes * (t + 1) / threads;
        if (pthread_create(&ids[t], NULL, work, &shares[t]) != 0) return 1;
    }
    for (uint64_t t = 0; t < threads; t++) {
        pthread_join(ids[t], NULL);
        if (shares[t].error != ARGON2_OK) return 1;
        for (int byte = 0; byte < 32; byte++) sum[byte] ^= shares[t].sum[byte];
    }
    for (int byte = 0; byte < 32; byte++) printf("%02x", sum[byte]);
    printf("\n");
    return 0;
}
