/* SPDX-License-Identifier: MIT */
/*
 * The exchange of the Output Protection Manager, both halves in one program: what an application
 * does between StartInitialization and FinishInitialization, by libvitrine alone, and what the
 * driver then makes of the 256 bytes.
 *
 *     opm-exchange CHAIN.der ROOT.der KEY
 *
 * CHAIN.der and KEY as "vitrine cert issue" writes them, ROOT.der as "vitrine cert init" does.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto-session/exchange.h"
#include "crypto/key.h"
#include "vitrine.h"

enum { FILE_MAX = 16384 };

static size_t read_file(const char *path, uint8_t bytes[FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    return len;
}

/* Step 1: whose certificate is it that StartInitialization returned? */
static struct vitrine_device *verify(const char *chain_path, const char *root_path)
{
    uint8_t chain[FILE_MAX];
    uint8_t root[FILE_MAX];
    size_t chain_len = read_file(chain_path, chain);
    size_t root_len = read_file(root_path, root);
    char reason[VITRINE_REASON_LEN];
    struct vitrine_device *device = NULL;
    if (vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &device) != VITRINE_OK) {
        fprintf(stderr, "%s: %s\n", chain_path, reason);
        exit(EXIT_FAILURE);
    }
    printf("device: %s, serial %s\n", vitrine_device_subject(device),
            vitrine_device_serial(device));
    return device;
}

/* Step 2: a key and two numbers of our own beside the driver's random number. */
static bool start(const uint8_t random[VITRINE_OPM_RANDOM_LEN], struct vitrine_opm_start *start)
{
    memcpy(start->random, random, VITRINE_OPM_RANDOM_LEN);
    return vitrine_random(start->signing_key, sizeof(start->signing_key)) == VITRINE_OK &&
            vitrine_random(&start->status_sequence, sizeof(start->status_sequence)) == VITRINE_OK &&
            vitrine_random(&start->command_sequence, sizeof(start->command_sequence)) == VITRINE_OK;
}

/* Step 3: the driver finds what we put in. */
static bool agree(const struct vitrine_opm_start *ours, const struct vit_opm_exchange *theirs)
{
    return memcmp(ours->signing_key, theirs->signing_key, VITRINE_KEY_LEN) == 0 &&
            ours->status_sequence == theirs->status_sequence &&
            ours->command_sequence == theirs->command_sequence;
}

static bool say(const char *what, bool good)
{
    printf("%s: %s\n", what, good ? "yes" : "NO");
    return good;
}

static bool show_agreement(const struct vitrine_device *device, struct vit_private_key *key,
        const uint8_t random[VITRINE_OPM_RANDOM_LEN])
{
    struct vitrine_opm_start ours;
    uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN];
    uint8_t block[VITRINE_BLOCK_LEN]; /* what FinishInitialization takes */
    struct vit_opm_exchange theirs;
    if (!start(random, &ours) || vitrine_opm_plaintext(&ours, plaintext) != VITRINE_OK ||
            vitrine_exchange_block(device, plaintext, sizeof(plaintext), block) != VITRINE_OK) {
        return say("the 256 bytes can be made", false);
    }
    bool taken = vit_exchange_opm(key, block, random, &theirs) == VIT_OK;
    return say("40 bytes are taken, and both sides agree", taken && agree(&ours, &theirs));
}

/* Step 4: what the driver refuses, always by the same answer. */
static bool show_refusal(const struct vitrine_device *device, struct vit_private_key *key,
        const uint8_t random[VITRINE_OPM_RANDOM_LEN])
{
    enum { TOO_FEW = VITRINE_OPM_PLAINTEXT_LEN - 1 };
    uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN] = { 0 }; /* begins with another random number */
    uint8_t block[VITRINE_BLOCK_LEN];
    struct vit_opm_exchange theirs;
    if (vitrine_exchange_block(device, plaintext, sizeof(plaintext), block) != VITRINE_OK) {
        return false;
    }
    bool foreign = vit_exchange_opm(key, block, random, &theirs) == VIT_E_REFUSED;

    memcpy(plaintext, random, VITRINE_OPM_RANDOM_LEN);
    if (vitrine_exchange_block(device, plaintext, TOO_FEW, block) != VITRINE_OK) {
        return false;
    }
    bool few = vit_exchange_opm(key, block, random, &theirs) == VIT_E_REFUSED;

    block[0] ^= 1;
    bool changed = vit_exchange_opm(key, block, random, &theirs) == VIT_E_REFUSED;
    foreign = say("another random number is refused", foreign);
    few = say("39 bytes are refused", few);
    return say("a changed block is refused", changed) && foreign && few;
}

static bool show(const struct vitrine_device *device, struct vit_private_key *key)
{
    uint8_t random[VITRINE_OPM_RANDOM_LEN]; /* the driver's, from StartInitialization */
    return vitrine_random(random, sizeof(random)) == VITRINE_OK &&
            show_agreement(device, key, random) && show_refusal(device, key, random);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: opm-exchange CHAIN.der ROOT.der KEY\n");
        return 2;
    }
    struct vitrine_device *device = verify(argv[1], argv[2]);
    struct vit_private_key *key = NULL;
    if (vit_private_key_open(argv[3], NULL, NULL, &key) != VIT_OK) {
        fprintf(stderr, "%s: cannot be opened\n", argv[3]);
        vitrine_device_destroy(device);
        return EXIT_FAILURE;
    }
    bool good = show(device, key);
    vit_private_key_destroy(key);
    vitrine_device_destroy(device);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
