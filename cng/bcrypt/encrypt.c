/* SPDX-License-Identifier: MIT */
/* Encryption and decryption, with RSA: no other keys here encrypt. */
#include "base/irql.h"
#include "cng/bcrypt/key_rsa.h"
#include "cng/wide.h"

/* What both functions are called with. */
struct call {
    const UCHAR *input;
    ULONG len;
    const VOID *padding_info;
    ULONG flags;
    struct vit_bcrypt_room room;
};

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
    if (info == NULL || info->pszAlgId == NULL || (info->pbLabel == NULL && info->cbLabel != 0) ||
            !vit_irql_may_touch(info->pbLabel, info->cbLabel)) {
        return STATUS_INVALID_PARAMETER;
    }
    padding->kind = VIT_RSA_OAEP;
    padding->label = info->pbLabel;
    padding->label_len = info->cbLabel;
    return vit_bcrypt_hash_find(info->pszAlgId, &padding->hash);
}

static NTSTATUS read_padding(const struct call *call, struct vit_rsa_padding *padding)
{
    *padding = (struct vit_rsa_padding){ .kind = VIT_RSA_NONE };
    switch (call->flags) {
    case BCRYPT_PAD_NONE:
        return STATUS_SUCCESS;
    case BCRYPT_PAD_PKCS1:
        padding->kind = VIT_RSA_PKCS1;
        return STATUS_SUCCESS;
    case BCRYPT_PAD_OAEP:
        return read_oaep(call->padding_info, padding);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS check_call(const struct vit_bcrypt_key *key, const struct call *call)
{
    NTSTATUS status = vit_bcrypt_room_check(&call->room);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (key->family != &vit_bcrypt_rsa_family ||
            (key->provider->algorithm->operations & BCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION) == 0) {
        return STATUS_NOT_SUPPORTED;
    }
    bool given = call->input != NULL || call->len == 0;
    return given && vit_irql_may_touch(call->input, call->len) ? STATUS_SUCCESS
                                                               : STATUS_INVALID_PARAMETER;
}

static NTSTATUS encrypt(const struct vit_bcrypt_key *key, const struct call *call)
{
    const struct vit_rsa *rsa = vit_bcrypt_rsa_of(key);
    struct vit_rsa_padding padding;
    NTSTATUS status = check_call(key, call);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = read_padding(call, &padding);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (padding.kind == VIT_RSA_NONE && call->len != vit_rsa_len(rsa)) {
        return STATUS_INVALID_PARAMETER;
    }
    UCHAR *output;
    status = vit_bcrypt_room_begin(&call->room, vit_rsa_len(rsa), &output);
    if (output == NULL) {
        return status;
    }
    return vit_bcrypt_status(vit_rsa_encrypt(rsa, &padding, call->input, call->len, output));
}

NTSTATUS WINAPI BCryptEncrypt(BCRYPT_KEY_HANDLE hKey, PUCHAR pbInput, ULONG cbInput,
        VOID *pPaddingInfo, PUCHAR pbIV, ULONG cbIV, PUCHAR pbOutput, ULONG cbOutput,
        ULONG *pcbResult, ULONG dwFlags)
{
    (void)pbIV;
    (void)cbIV;
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct call call = { pbInput, cbInput, pPaddingInfo, dwFlags,
        { pbOutput, cbOutput, pcbResult } };
    return encrypt(key, &call);
}

/* The length of the plaintext is known only when it is there, so a mere question for it decrypts. */
static NTSTATUS decrypt_block(const struct vit_rsa *rsa, const struct vit_rsa_padding *padding,
        const struct call *call)
{
    VIT_AUTO(block) block = { .len = vit_rsa_len(rsa) };
    struct vit_slab *slab = vit_bcrypt_slab();
    block.bytes = slab == NULL ? NULL : vit_slab_alloc(slab, block.len);
    if (block.bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t len;
    NTSTATUS status = vit_bcrypt_status(vit_rsa_decrypt(rsa, padding, call->input, call->len,
            block.bytes, &len));
    return NT_SUCCESS(status) ? vit_bcrypt_put(&call->room, block.bytes, len) : status;
}

static NTSTATUS decrypt(const struct vit_bcrypt_key *key, const struct call *call)
{
    const struct vit_rsa *rsa = vit_bcrypt_rsa_of(key);
    struct vit_rsa_padding padding;
    NTSTATUS status = check_call(key, call);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = read_padding(call, &padding);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!key->private || call->len != vit_rsa_len(rsa)) {
        return STATUS_INVALID_PARAMETER;
    }
    return decrypt_block(rsa, &padding, call);
}

NTSTATUS WINAPI BCryptDecrypt(BCRYPT_KEY_HANDLE hKey, PUCHAR pbInput, ULONG cbInput,
        VOID *pPaddingInfo, PUCHAR pbIV, ULONG cbIV, PUCHAR pbOutput, ULONG cbOutput,
        ULONG *pcbResult, ULONG dwFlags)
{
    (void)pbIV;
    (void)cbIV;
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct call call = { pbInput, cbInput, pPaddingInfo, dwFlags,
        { pbOutput, cbOutput, pcbResult } };
    return decrypt(key, &call);
}
