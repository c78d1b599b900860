/* SPDX-License-Identifier: MIT */
#include "base/irql.h"
#include "cng/bcrypt/encrypt.h"
#include "cng/bcrypt/key_rsa.h"

/* A block of the key's length, in secret memory. */
struct block {
    UCHAR *bytes;
    size_t len;
};

typedef struct block vit_auto_type_block;

static void vit_auto_block(struct block *block)
{
    vit_slab_free(vit_bcrypt_slab(), block->bytes, block->len);
}

static NTSTATUS read_oaep(const BCRYPT_OAEP_PADDING_INFO *info, struct vit_rsa_padding *padding)
{
    if (info == NULL || !vit_irql_may_touch(info, sizeof(*info)) || info->pszAlgId == NULL ||
            (info->pbLabel == NULL && info->cbLabel != 0) ||
            !vit_irql_may_touch(info->pbLabel, info->cbLabel)) {
        return STATUS_INVALID_PARAMETER;
    }
    padding->kind = VIT_RSA_OAEP;
    padding->label = info->pbLabel;
    padding->label_len = info->cbLabel;
    return vit_bcrypt_hash_find(info->pszAlgId, &padding->hash);
}

static NTSTATUS read_padding(const struct vit_bcrypt_crypt *crypt, struct vit_rsa_padding *padding)
{
    *padding = (struct vit_rsa_padding){ .kind = VIT_RSA_NONE };
    switch (crypt->flags) {
    case BCRYPT_PAD_NONE:
        return STATUS_SUCCESS;
    case BCRYPT_PAD_PKCS1:
        padding->kind = VIT_RSA_PKCS1;
        return STATUS_SUCCESS;
    case BCRYPT_PAD_OAEP:
        return read_oaep(crypt->padding, padding);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS encrypt(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt)
{
    const struct vit_rsa *rsa = vit_bcrypt_rsa_of(key);
    struct vit_rsa_padding padding;
    NTSTATUS status = read_padding(crypt, &padding);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (padding.kind == VIT_RSA_NONE && crypt->len != vit_rsa_len(rsa)) {
        return STATUS_INVALID_PARAMETER;
    }
    UCHAR *output;
    status = vit_bcrypt_room_begin(&crypt->room, vit_rsa_len(rsa), &output);
    if (output == NULL) {
        return status;
    }
    return vit_bcrypt_status(vit_rsa_encrypt(rsa, &padding, crypt->input, crypt->len, output));
}

/* The length of the plaintext is known only when it is there, so a mere question for it decrypts. */
static NTSTATUS decrypt_block(const struct vit_rsa *rsa, const struct vit_rsa_padding *padding,
        const struct vit_bcrypt_crypt *crypt)
{
    VIT_AUTO(block) block = { .len = vit_rsa_len(rsa) };
    struct vit_slab *slab = vit_bcrypt_slab();
    block.bytes = slab == NULL ? NULL : vit_slab_alloc(slab, block.len);
    if (block.bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t len;
    NTSTATUS status = vit_bcrypt_status(vit_rsa_decrypt(rsa, padding, crypt->input, crypt->len,
            block.bytes, &len));
    return NT_SUCCESS(status) ? vit_bcrypt_put(&crypt->room, block.bytes, len) : status;
}

static NTSTATUS decrypt(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt)
{
    const struct vit_rsa *rsa = vit_bcrypt_rsa_of(key);
    struct vit_rsa_padding padding;
    NTSTATUS status = read_padding(crypt, &padding);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!key->private || crypt->len != vit_rsa_len(rsa)) {
        return STATUS_INVALID_PARAMETER;
    }
    return decrypt_block(rsa, &padding, crypt);
}

const struct vit_bcrypt_encryptor vit_bcrypt_rsa_encryptor = { encrypt, decrypt };
