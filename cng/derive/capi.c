/* SPDX-License-Identifier: MIT */
#include "base/secret.h"
#include "cng/derive/derive.h"
#include "cng/status.h"

enum { CAPI_BLOCK_LEN = 64, CAPI_LIMIT = 2 };

/* The hash of a block of one byte over and over, with the digest laid over its beginning. */
static enum vit_status stretch(enum vit_hash_id id, UCHAR byte, const UCHAR *digest, UCHAR *out)
{
    UCHAR block[CAPI_BLOCK_LEN];
    memset(block, byte, sizeof(block));
    for (size_t i = 0; i < vit_hash_len(id); i++) {
        block[i] ^= digest[i];
    }
    enum vit_status status = vit_hash_once(id, block, sizeof(block), out);
    vit_wipe(block, sizeof(block));
    return status;
}

/* Else a key no longer than the digest is its beginning. */
NTSTATUS vit_derive_capi(enum vit_hash_id id, const UCHAR *digest, bool expand, UCHAR *out,
        ULONG len)
{
    UCHAR longer[CAPI_LIMIT * VIT_HASH_MAX_LEN];
    size_t digest_len = vit_hash_len(id);
    if (len > CAPI_LIMIT * digest_len) {
        return STATUS_INVALID_PARAMETER;
    }
    if (len <= digest_len && !expand) {
        memcpy(out, digest, len);
        return STATUS_SUCCESS;
    }
    enum vit_status status = stretch(id, 0x36, digest, longer);
    if (status == VIT_OK) {
        status = stretch(id, 0x5c, digest, longer + digest_len);
    }
    if (status == VIT_OK) {
        memcpy(out, longer, len);
    }
    vit_wipe(longer, sizeof(longer));
    return vit_bcrypt_status(status);
}
