/* SPDX-License-Identifier: MIT */
/**
 * The application's half of OPM below any interface: makes the 256 bytes, signs requests and
 * commands, checks answers. Works on the bytes of OPM_ and DXGKMDT_OPM_ structures alike.
 */
#ifndef TESTS_OPM_SIGNER_H
#define TESTS_OPM_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "crypto/cipher.h"
#include "include/opmapi.h"

struct opm_signer {
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    uint8_t key[16];
    uint32_t status_number, command_number; /* of the next request and of the next command */
    uint8_t request_random[16];             /* of the last request */
};

/* Everything is random but the numbers, which are what the test says. */
bool opm_signer_init(struct opm_signer *signer, uint32_t status_number, uint32_t command_number);
void opm_signer_finish(struct opm_signer *signer);

/* What FinishInitialization takes: the first len bytes of random number, key, both numbers and
 * zeros. The key is that of the first certificate in the chain. */
bool opm_signer_block(const struct opm_signer *signer, const void *chain, size_t chain_len,
        const uint8_t random[16], size_t len, void *block);

/* Both spend a number. */
void opm_signer_request(struct opm_signer *signer, const GUID *guid, const void *parameters,
        uint32_t len, void *request);
void opm_signer_command(struct opm_signer *signer, const GUID *guid, const void *parameters,
        uint32_t len, void *command);
void opm_signer_sign(const struct opm_signer *signer, void *message, size_t len);

/* Signed, of that size, and for the last request. */
bool opm_signer_accepts(const struct opm_signer *signer, const void *answer, uint32_t len);

#endif
