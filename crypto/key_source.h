/* SPDX-License-Identifier: MIT */
/**
 * Where a private key is read from. A file's text goes into secret memory only: read by way of
 * streams it would stay behind in their buffers. Only files of crypto/ include this.
 */
#ifndef CRYPTO_KEY_SOURCE_H
#define CRYPTO_KEY_SOURCE_H

#include <openssl/store.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/secret.h"

struct vit_key_source {
    OSSL_STORE_CTX *store; /* NULL: nothing there, or not readable */
    BIO *bio;              /* of a file's text */
    struct vit_slab *slab;
    void *text;
    size_t len;
};

/* Always to be closed. method and its data are borrowed until then. */
void vit_key_source_open(struct vit_key_source *source, const char *uri, OSSL_LIB_CTX *libctx,
        const UI_METHOD *method, void *method_data);
void vit_key_source_close(struct vit_key_source *source);

#endif
