/* SPDX-License-Identifier: MIT */
#include "crypto/unpad.h"

#include <openssl/err.h>
#include <string.h>

#include "crypto/oaep_decode.h"

VIT_DEFINE_AUTO(md, EVP_MD *, EVP_MD_free)
VIT_DEFINE_AUTO(md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free)

static enum vit_status decode(const struct vit_oaep_code *code, uint8_t *block, size_t block_len,
        size_t *len)
{
    uint8_t *message;
    unsigned good = vit_oaep_decode_with(code, block, block_len, &message, len);
    size_t room = block_len - (size_t)(message - block);
    memmove(block, message, room);
    memset(block + room, 0, block_len - room);
    return good != 0 ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_unpad_oaep(enum vit_hash_id hash, const void *label, size_t label_len,
        uint8_t *block, size_t block_len, size_t *len)
{
    uint8_t label_hash[VIT_HASH_MAX_LEN];
    if (block_len < 2 * vit_hash_len(hash) + 2) {
        return VIT_E_ARG;
    }
    VIT_TRY(vit_hash_once(hash, label_len > 0 ? label : "", label_len, label_hash));
    VIT_AUTO(md) md = EVP_MD_fetch(NULL, vit_hash_name(hash), NULL);
    VIT_AUTO(md_ctx) ctx = EVP_MD_CTX_new();
    if (md == NULL || ctx == NULL) {
        return VIT_E_NOMEM;
    }
    const struct vit_oaep_code code = { ctx, md, vit_hash_len(hash), label_hash };
    ERR_set_mark();
    enum vit_status status = decode(&code, block, block_len, len);
    ERR_pop_to_mark();
    return status;
}
