/* SPDX-License-Identifier: MIT */
/**
 * What a bulk AES back-end brings. Only crypto/cipher*.c and their tests include this.
 *
 * A back-end knows nothing of bytes inside a block and of counters that wrap: crypto/cipher.c
 * asks for whole blocks only, never for more than VIT_BULK_MAX_BLOCKS at once, and calls seek()
 * wherever the low 32 bits of the counter start again at zero.
 */
#ifndef CRYPTO_CIPHER_IMPL_H
#define CRYPTO_CIPHER_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/status.h"

/* 1 GiB: OpenSSL counts in int. */
enum { VIT_BULK_MAX_BLOCKS = 1 << 26 };

struct vit_bulk {
    const struct vit_bulk_impl *impl;
    struct vit_slab *slab; /* borrowed */
};

struct vit_bulk_impl {
    const char *name;
    /* @return VIT_E_UNSUPPORTED  not on this machine */
    enum vit_status (*create)(struct vit_slab *slab, struct vit_bulk **bulk);
    /* counter: of the next block */
    enum vit_status (*start)(struct vit_bulk *bulk, const uint8_t key[16],
            const uint8_t counter[16]);
    enum vit_status (*seek)(struct vit_bulk *bulk, const uint8_t counter[16]);
    enum vit_status (*run)(struct vit_bulk *bulk, const uint8_t *in, uint8_t *out,
            size_t block_count);
    /* Overwrites what start() derived. */
    void (*drop_key)(struct vit_bulk *bulk);
    void (*destroy)(struct vit_bulk *bulk);
};

extern const struct vit_bulk_impl vit_bulk_openssl;
#ifdef HAVE_IPSEC_MB
extern const struct vit_bulk_impl vit_bulk_ipsec_mb;
/* With AES instructions it is never slower than OpenSSL, starts in a third of the time and keeps
 * its round keys in the slab; with VAES it is much faster. Without either it emulates. */
bool vit_bulk_ipsec_mb_is_fast(const struct vit_bulk *bulk);
#endif

#endif
