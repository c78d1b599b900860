/* SPDX-License-Identifier: MIT */
/* Blobs of keys that are bytes: in the clear, as only we understand them, and wrapped (RFC 3394). */
#include "base/bytes.h"
#include "cng/bcrypt/blob.h"
#include "cng/bcrypt/key_aes.h"
#include "cng/wide.h"

enum {
    DATA_HEADER_LEN = sizeof(BCRYPT_KEY_DATA_BLOB_HEADER),
    OPAQUE_MAGIC = 0x4B544956, /* "VITK" */
};

static const struct vit_bcrypt_symmetric_key *from_key(const struct vit_bcrypt_key *key)
{
    return (const struct vit_bcrypt_symmetric_key *)key;
}

/* Both headers are three words, and then comes the key. */
static NTSTATUS put(const struct vit_bcrypt_symmetric_key *key, ULONG magic, ULONG second,
        const struct vit_bcrypt_room *room)
{
    UCHAR *bytes;
    size_t len = DATA_HEADER_LEN + key->len;
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    if (bytes != NULL) {
        struct vit_writer writer;
        vit_writer_init(&writer, bytes, len);
        vit_put_u32(&writer, magic);
        vit_put_u32(&writer, second);
        vit_put_u32(&writer, (uint32_t)key->len);
        vit_put_bytes(&writer, key->bytes, key->len);
    }
    return status;
}

NTSTATUS vit_blob_symmetric_export(const struct vit_bcrypt_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(type, BCRYPT_KEY_DATA_BLOB)) {
        return put(from_key(key), BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1, room);
    }
    return vit_wide_equal(type, BCRYPT_OPAQUE_KEY_BLOB)
            ? put(from_key(key), OPAQUE_MAGIC, key->family->symmetric->kind, room)
            : STATUS_NOT_SUPPORTED;
}

/* The one that wraps, with a reference. */
static NTSTATUS get_wrapping(BCRYPT_KEY_HANDLE handle, struct vit_bcrypt_key **key)
{
    if (handle == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    *key = vit_bcrypt_key_get(handle);
    if (*key == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    return (*key)->family == &vit_bcrypt_aes_family ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static struct vit_aes_key aes_of(const struct vit_bcrypt_key *key)
{
    return (struct vit_aes_key){ from_key(key)->bytes, from_key(key)->len };
}

NTSTATUS vit_blob_symmetric_wrap(const struct vit_bcrypt_key *key, BCRYPT_KEY_HANDLE handle,
        const struct vit_bcrypt_room *room)
{
    UCHAR *bytes;
    VIT_AUTO(bcrypt_key) wrapping = NULL;
    NTSTATUS status = get_wrapping(handle, &wrapping);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    const struct vit_aes_key aes = aes_of(wrapping);
    const struct vit_bcrypt_symmetric_key *wrapped = from_key(key);
    if (!vit_aes_can_wrap(wrapped->len)) {
        return STATUS_NOT_SUPPORTED;
    }
    status = vit_bcrypt_room_begin(room, wrapped->len + VIT_AES_WRAP_MORE, &bytes);
    return bytes == NULL
            ? status
            : vit_bcrypt_status(vit_aes_wrap(&aes, wrapped->bytes, wrapped->len, bytes));
}

/* Of just the length of a key. */
static NTSTATUS create(struct vit_bcrypt_provider *provider, const UCHAR *bytes, size_t len,
        struct vit_bcrypt_key **key)
{
    const struct vit_bcrypt_symmetric *symmetric = provider->algorithm->family->symmetric;
    size_t fitting = len;
    if (!symmetric->fit(&fitting) || fitting != len) {
        return STATUS_INVALID_PARAMETER;
    }
    return symmetric->create(provider, bytes, len, key);
}

static NTSTATUS import(struct vit_bcrypt_provider *provider, ULONG magic, ULONG second,
        const UCHAR *bytes, ULONG len, struct vit_bcrypt_key **key)
{
    struct vit_reader reader;
    vit_reader_init(&reader, bytes, len);
    bool known = vit_get_u32(&reader) == magic && vit_get_u32(&reader) == second;
    uint32_t key_len = vit_get_u32(&reader);
    if (!known || !vit_reader_ok(&reader) || vit_reader_left(&reader) != key_len) {
        return STATUS_INVALID_PARAMETER;
    }
    return create(provider, bytes + DATA_HEADER_LEN, key_len, key);
}

/* Unwraps in secret memory. */
static NTSTATUS import_wrapped(struct vit_bcrypt_provider *provider, BCRYPT_KEY_HANDLE handle,
        const UCHAR *bytes, ULONG len, struct vit_bcrypt_key **key)
{
    VIT_AUTO(bcrypt_key) wrapping = NULL;
    NTSTATUS status = get_wrapping(handle, &wrapping);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (len < VIT_AES_WRAP_MORE || !vit_aes_can_wrap(len - VIT_AES_WRAP_MORE)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_slab *slab = vit_bcrypt_slab();
    size_t key_len = len - VIT_AES_WRAP_MORE;
    UCHAR *unwrapped = slab == NULL ? NULL : vit_slab_alloc(slab, key_len);
    if (unwrapped == NULL) {
        return STATUS_NO_MEMORY;
    }
    const struct vit_aes_key aes = aes_of(wrapping);
    status = vit_bcrypt_status(vit_aes_unwrap(&aes, bytes, len, unwrapped));
    if (NT_SUCCESS(status)) {
        status = create(provider, unwrapped, key_len, key);
    }
    vit_slab_free(slab, unwrapped, key_len);
    return status;
}

NTSTATUS vit_blob_symmetric_import(struct vit_bcrypt_provider *provider, BCRYPT_KEY_HANDLE handle,
        LPCWSTR type, const UCHAR *bytes, ULONG len, struct vit_bcrypt_key **key)
{
    if (vit_wide_equal(type, BCRYPT_AES_WRAP_KEY_BLOB)) {
        return import_wrapped(provider, handle, bytes, len, key);
    }
    bool opaque = vit_wide_equal(type, BCRYPT_OPAQUE_KEY_BLOB);
    if (!opaque && !vit_wide_equal(type, BCRYPT_KEY_DATA_BLOB)) {
        return STATUS_NOT_SUPPORTED;
    }
    if (handle != NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return opaque ? import(provider, OPAQUE_MAGIC, provider->algorithm->family->symmetric->kind,
                            bytes, len, key)
                  : import(provider, BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1,
                            bytes, len, key);
}
