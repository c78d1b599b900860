/* SPDX-License-Identifier: MIT */
#include "umd/blt.h"

#include <string.h>

#include "crypto-session/blocks.h"
#include "crypto-session/session.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/escape.h"
#include "umd/format.h"
#include "umd/output.h"
#include "umd/resource.h"
#include "umd/session.h"

/* One is ciphertext in shared memory, the other the same picture in the device. Either may be a
 * buffer: players hand those in where textures are asked for. */
static bool forms_fit(const struct umd_resource *cipher, const struct umd_resource *picture)
{
    if (cipher->kind != VIT_ALLOCATION_SHARED || !umd_resource_is_protected(picture)) {
        return false;
    }
    return cipher->surface.format == VIT_FORMAT_BYTES ||
            picture->surface.format == VIT_FORMAT_BYTES ||
            umd_surface_alike(&cipher->surface, &picture->surface);
}

static enum vit_status decrypt_len(const struct umd_resource *source,
        const struct umd_resource *destination, uint64_t *len)
{
    *len = destination->surface.size;
    if (source->surface.size >= *len) {
        return VIT_OK;
    }
    *len = source->surface.size;
    return destination->surface.format == VIT_FORMAT_BYTES ? VIT_OK : VIT_E_ARG;
}

/* Takes everything out of the application's memory once. */
static enum vit_status take_arguments(struct vit_msg_decrypt *message,
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *block_info, UINT content_key_size,
        const VOID *content_key, UINT iv_size, const VOID *iv)
{
    bool key_fits = content_key != NULL ? content_key_size == sizeof(message->content_key)
                                        : content_key_size == 0;
    if (!key_fits || iv == NULL || iv_size != sizeof(message->iv)) {
        return VIT_E_ARG;
    }
    memcpy(message->iv, iv, sizeof(message->iv));
    if (content_key != NULL) {
        message->flags |= VIT_DECRYPT_CONTENT_KEY;
        memcpy(message->content_key, content_key, sizeof(message->content_key));
    }
    if (block_info != NULL) {
        D3D11_1DDI_ENCRYPTED_BLOCK_INFO info = *block_info;
        message->flags |= VIT_DECRYPT_PARTIAL;
        message->prefix = info.NumEncryptedBytesAtBeginning;
        message->skip = info.NumBytesInSkipPattern;
        message->encrypt = info.NumBytesInEncryptPattern;
    }
    return VIT_OK;
}

static bool count_wraps(const struct vit_msg_decrypt *message)
{
    struct vit_block_info info = { message->prefix, message->skip, message->encrypt };
    bool partial = (message->flags & VIT_DECRYPT_PARTIAL) != 0;
    uint64_t encrypted = vit_blocks_encrypted(partial ? &info : NULL, message->length);
    return vit_ctr_count_wraps(message->iv, encrypted);
}

/* Another session's picture can be replaced as a whole only. */
static bool mixes(const struct umd_session *session, const struct umd_resource *destination,
        uint64_t len)
{
    bool foreign = destination->label != 0 && destination->label != session->id;
    return foreign && len != destination->surface.size;
}

static enum vit_status check_decrypt(const struct umd_session *session,
        const struct umd_resource *source, const struct umd_resource *destination,
        struct vit_msg_decrypt *message)
{
    enum vit_session_state next;
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_USE, &next));
    if (!forms_fit(source, destination)) {
        return VIT_E_ARG;
    }
    if (source->mapped) {
        return VIT_E_STATE;
    }
    VIT_TRY(decrypt_len(source, destination, &message->length));
    message->session = session->id;
    if (mixes(session, destination, message->length)) {
        return VIT_E_DENIED;
    }
    return count_wraps(message) ? VIT_E_ARG : VIT_OK;
}

static enum vit_status advance_mark(struct umd_session *session,
        const struct vit_msg_decrypt *message)
{
    uint64_t iv = vit_load_be64(message->iv);
    if ((message->flags & VIT_DECRYPT_CONTENT_KEY) != 0) {
        return vit_iv_marks_advance(&session->content_marks, message->content_key, iv);
    }
    return vit_iv_mark_advance(&session->key_mark, iv);
}

static enum vit_status decrypt(struct umd_device *device, struct umd_session *session,
        struct umd_resource *source, struct umd_resource *destination,
        struct vit_msg_decrypt *message)
{
    if (session == NULL || source == NULL || destination == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(check_decrypt(session, source, destination, message));
    VIT_TRY(umd_commands_reserve(device, VIT_OP_DECRYPT));
    VIT_TRY(advance_mark(session, message)); /* the last that can fail */
    VIT_TRY(umd_commands_begin(device, VIT_OP_DECRYPT, source, destination));
    vit_put_decrypt(&device->commands.out, message);
    destination->label = session->id;
    return VIT_OK;
}

VOID APIENTRY umd_decryption_blt(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        D3D10DDI_HRESOURCE hSrcResource, D3D10DDI_HRESOURCE hDstResource,
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *block_info, UINT content_key_size,
        const VOID *content_key, UINT iv_size, const VOID *iv)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    struct vit_msg_decrypt message = { .flags = 0 };
    enum vit_status status =
            take_arguments(&message, block_info, content_key_size, content_key, iv_size, iv);
    if (status == VIT_OK) {
        status = decrypt(device, umd_session_get(device, hCryptoSession),
                umd_resource_get(device, hSrcResource), umd_resource_get(device, hDstResource),
                &message);
    }
    umd_report_memory(device, status);
}

static enum vit_status check_encrypt(const struct umd_session *session,
        const struct umd_resource *source, const struct umd_resource *destination)
{
    enum vit_session_state next;
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_USE, &next));
    if (!session->has_readback_key) {
        return VIT_E_STATE;
    }
    if (!forms_fit(destination, source) || destination->surface.size < source->surface.size) {
        return VIT_E_ARG;
    }
    if (destination->mapped) {
        return VIT_E_STATE;
    }
    return source->label == session->id ? VIT_OK : VIT_E_DENIED;
}

static enum vit_status encrypt(struct umd_device *device, const struct umd_session *session,
        const struct umd_resource *source, const struct umd_resource *destination, uint8_t iv[16])
{
    struct umd_escape escape;
    if (session == NULL || source == NULL || destination == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(check_encrypt(session, source, destination));
    umd_escape_begin(&escape, VIT_OP_ENCRYPT, source->allocation, destination->allocation);
    vit_put_encrypt(&escape.out,
            &(struct vit_msg_encrypt){ .session = session->id, .length = source->surface.size });
    return umd_escape_call(device, &escape, iv, VIT_AES_LEN);
}

/* The driver chooses the IV and writes it, although the parameter is const (docs/DDI.md). */
VOID APIENTRY umd_encryption_blt(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        D3D10DDI_HRESOURCE hSrcResource, D3D10DDI_HRESOURCE hDstResource, UINT iv_size,
        const VOID *iv)
{
    struct umd_device *device = umd_device_get(hDevice);
    uint8_t made[VIT_AES_LEN];
    VOID *output = (VOID *)(uintptr_t)iv;
    umd_zero_output(output, iv_size, sizeof(made));
    if (device == NULL) {
        return;
    }
    enum vit_status status = VIT_E_ARG;
    if (output != NULL && iv_size == sizeof(made)) {
        status = encrypt(device, umd_session_get(device, hCryptoSession),
                umd_resource_get(device, hSrcResource), umd_resource_get(device, hDstResource),
                made);
    }
    if (status == VIT_OK) {
        memcpy(output, made, sizeof(made));
    }
    umd_report_memory(device, status);
}
