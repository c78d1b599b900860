/* SPDX-License-Identifier: MIT */
/**
 * Bytes that are locked by something that is no key yet: a passphrase, by scrypt, or the bytes of a
 * key file. What is needed to open them again, but the secret, stands in front of them.
 */
#ifndef CNG_KSP_SOFTWARE_WRAP_H
#define CNG_KSP_SOFTWARE_WRAP_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/kdf.h"
#include "ncrypt.h"

enum vit_wrap_method {
    VIT_WRAP_KEY_FILE = 1,
    VIT_WRAP_PASSPHRASE = 2,
};

enum {
    VIT_WRAP_SALT_LEN = 16,
    VIT_WRAP_NONCE_LEN = 12,
    /* Method, cost, salt, nonce; and the tag behind what is locked. */
    VIT_WRAP_EXTRA_LEN = 4 + VIT_WRAP_SALT_LEN + VIT_WRAP_NONCE_LEN + 16,
};

struct vit_wrap_secret {
    enum vit_wrap_method method;
    const void *bytes;
    size_t len;
};

/**
 * @param context  what it is for: the same when it is opened
 * @param wrapped  len + VIT_WRAP_EXTRA_LEN bytes
 */
SECURITY_STATUS vit_wrap_seal(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        const struct vit_part *context, const uint8_t *plain, size_t len, uint8_t *wrapped);

/**
 * Costs bounded time and memory (128 MiB), whatever is asked for.
 *
 * @param plain  len - VIT_WRAP_EXTRA_LEN bytes
 * @return NTE_INCORRECT_PASSWORD  another passphrase, or the bytes were changed: nobody can tell
 *         NTE_BAD_KEY             the same of a key file
 *         NTE_BAD_DATA            nothing that vit_wrap_seal() made, or by another method
 */
SECURITY_STATUS vit_wrap_open(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        const struct vit_part *context, const uint8_t *wrapped, size_t len, uint8_t *plain);

#endif
