/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/property.h"

#include "base/irql.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/provider.h"
#include "cng/wide.h"

enum { OID_MAX_LEN = 11 };

/* DER, with tag and length. */
struct oid {
    UCHAR len;
    UCHAR bytes[OID_MAX_LEN];
};

#define OID_NIST(last)                                                                             \
    {                                                                                              \
        11,                                                                                        \
        {                                                                                          \
            6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last                                         \
        }                                                                                          \
    }

static const struct oid oids[VIT_HASH_COUNT] = {
    [VIT_HASH_MD5] = { 10, { 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5 } },
    [VIT_HASH_SHA1] = { 7, { 6, 5, 0x2b, 0x0e, 3, 2, 0x1a } },
    [VIT_HASH_SHA256] = OID_NIST(1),
    [VIT_HASH_SHA384] = OID_NIST(2),
    [VIT_HASH_SHA512] = OID_NIST(3),
    [VIT_HASH_SHA3_256] = OID_NIST(8),
    [VIT_HASH_SHA3_384] = OID_NIST(9),
    [VIT_HASH_SHA3_512] = OID_NIST(10),
};

/* The list points into the room behind it. */
static NTSTATUS put_oid_list(const struct vit_bcrypt_room *room, const struct oid *oid)
{
    struct {
        BCRYPT_OID_LIST list;
        BCRYPT_OID oid;
        UCHAR bytes[OID_MAX_LEN];
    } value = { .list.dwOIDCount = 1, .oid.cbOID = oid->len };
    UCHAR *bytes;
    NTSTATUS status = vit_bcrypt_room_begin(room, sizeof(value), &bytes);
    if (bytes != NULL) {
        value.list.pOIDs = (BCRYPT_OID *)(void *)(bytes + ((UCHAR *)&value.oid - (UCHAR *)&value));
        value.oid.pbOID = bytes + (value.bytes - (UCHAR *)&value);
        memcpy(value.bytes, oid->bytes, oid->len);
        memcpy(bytes, &value, sizeof(value));
    }
    return status;
}

static bool is_keyed(const struct vit_bcrypt_provider *provider)
{
    return provider->algorithm->hash == VIT_HASH_COUNT ||
            (provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG) != 0;
}

static NTSTATUS hash_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    enum vit_hash_id hash = provider->algorithm->hash;
    bool cmac = hash == VIT_HASH_COUNT;
    if (vit_wide_equal(name, BCRYPT_OBJECT_LENGTH)) {
        return vit_bcrypt_put_ulong(room, VIT_BCRYPT_HASH_OBJECT_LEN);
    }
    if (vit_wide_equal(name, BCRYPT_HASH_LENGTH)) {
        return vit_bcrypt_put_ulong(room, cmac ? VIT_CMAC_LEN : (ULONG)vit_hash_len(hash));
    }
    if (vit_wide_equal(name, BCRYPT_HASH_BLOCK_LENGTH)) {
        return vit_bcrypt_put_ulong(room, cmac ? VIT_CMAC_LEN : (ULONG)vit_hash_block_len(hash));
    }
    if (vit_wide_equal(name, BCRYPT_IS_KEYED_HASH)) {
        return vit_bcrypt_put_ulong(room, is_keyed(provider));
    }
    if (vit_wide_equal(name, BCRYPT_IS_REUSABLE_HASH)) {
        return vit_bcrypt_put_ulong(room, (provider->flags & BCRYPT_HASH_REUSABLE_FLAG) != 0);
    }
    if (vit_wide_equal(name, BCRYPT_HASH_OID_LIST) && !cmac) {
        return put_oid_list(room, &oids[hash]);
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_bcrypt_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(name, BCRYPT_ALGORITHM_NAME)) {
        return vit_bcrypt_put_wide(room, provider->algorithm->name);
    }
    if (vit_wide_equal(name, BCRYPT_PRIMITIVE_TYPE)) {
        return vit_bcrypt_put_ulong(room, provider->algorithm->interface);
    }
    if (provider->algorithm->interface == BCRYPT_HASH_INTERFACE) {
        return hash_property(provider, name, room);
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_bcrypt_origin_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(name, BCRYPT_ALGORITHM_NAME)) {
        return vit_bcrypt_put_wide(room, provider->algorithm->name);
    }
    if (vit_wide_equal(name, BCRYPT_PROVIDER_HANDLE)) {
        return vit_bcrypt_put(room, &provider->handle, sizeof(provider->handle));
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_bcrypt_ulong_of(const UCHAR *bytes, ULONG len, ULONG *value)
{
    if (len != sizeof(*value)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(value, bytes, sizeof(*value));
    return STATUS_SUCCESS;
}

/* With a reference; pseudo-handles included. */
static struct vit_object *object_of(BCRYPT_HANDLE handle)
{
    if ((ULONG_PTR)handle <= UINT32_MAX) {
        struct vit_bcrypt_provider *provider = vit_bcrypt_provider_get(handle);
        return provider == NULL ? NULL : &provider->base;
    }
    return vit_handle_get_any(handle);
}

static const struct vit_bcrypt_kind *kind_of(const struct vit_object *object)
{
    return (const struct vit_bcrypt_kind *)object->kind;
}

NTSTATUS WINAPI BCryptGetProperty(BCRYPT_HANDLE hObject, LPCWSTR pszProperty, PUCHAR pbOutput,
        ULONG cbOutput, ULONG *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(object) object = object_of(hObject);
    if (object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_room room = { pbOutput, cbOutput, pcbResult };
    if (pszProperty == NULL || dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = vit_bcrypt_room_check(&room);
    return NT_SUCCESS(status) ? kind_of(object)->get_property(object, pszProperty, &room) : status;
}

NTSTATUS WINAPI BCryptSetProperty(BCRYPT_HANDLE hObject, LPCWSTR pszProperty, PUCHAR pbInput,
        ULONG cbInput, ULONG dwFlags)
{
    VIT_AUTO(object) object = object_of(hObject);
    if (object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (pszProperty == NULL || dwFlags != 0 || (pbInput == NULL && cbInput != 0) ||
            !vit_irql_may_touch(pbInput, cbInput)) {
        return STATUS_INVALID_PARAMETER;
    }
    return kind_of(object)->set_property(object, pszProperty, pbInput, cbInput);
}
