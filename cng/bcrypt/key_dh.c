/* SPDX-License-Identifier: MIT */
/*
 * Keys of "DH". A key that is given no parameters takes a published group of its size; the sizes
 * that have none must be given some, but for the small ones, whose group is made then and there.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "cng/bcrypt/blob.h"
#include "cng/bcrypt/key_agree.h"
#include "cng/bcrypt/property.h"
#include "cng/wide.h"
#include "crypto/dh.h"

enum {
    BITS_STEP = 64,
    MIN_WIDTH = VIT_DH_MIN_BITS / 8,
    MAX_WIDTH = VIT_DH_MAX_BITS / 8,
    PARAMETERS_HEADER_LEN = 12,
    PUBLIC_COUNT = 3,  /* p g y */
    PRIVATE_COUNT = 4, /* p g y x */
};

struct dh_key {
    struct vit_bcrypt_agree_key base;
    ULONG bits;
    bool has_group;
    struct vit_dh_group group; /* until final */
};

static struct dh_key *from_key(struct vit_bcrypt_key *key)
{
    return (struct dh_key *)key;
}

static const struct dh_key *from_const(const struct vit_bcrypt_key *key)
{
    return (const struct dh_key *)key;
}

static bool bits_are_possible(ULONG bits)
{
    return bits >= VIT_DH_MIN_BITS && bits <= VIT_DH_MAX_BITS && bits % BITS_STEP == 0;
}

static NTSTATUS generate(struct vit_bcrypt_provider *provider, ULONG bits,
        struct vit_bcrypt_key **key)
{
    if (!bits_are_possible(bits)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct dh_key *made = vit_bcrypt_agree_key_new(sizeof(*made), &vit_bcrypt_dh_family, provider);
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    made->bits = bits;
    *key = &made->base.base;
    return STATUS_SUCCESS;
}

static enum vit_status make_pair(struct dh_key *key)
{
    struct vit_agree_key *agree = NULL;
    if (!key->has_group) {
        VIT_TRY(vit_dh_group_of_bits(key->bits, &key->group));
        key->has_group = true;
    }
    VIT_TRY(vit_dh_generate(&key->group, &agree));
    vit_bcrypt_agree_key_set(&key->base, agree);
    return VIT_OK;
}

static NTSTATUS finalize(struct vit_bcrypt_key *key)
{
    return vit_bcrypt_status(make_pair(from_key(key)));
}

static void take_group(struct vit_dh_group *group, const UCHAR *numbers, ULONG width)
{
    group->len = width;
    memcpy(group->p, numbers, width);
    memcpy(group->g, numbers + width, width);
}

static NTSTATUS adopt(struct vit_bcrypt_provider *provider, struct vit_agree_key *agree,
        struct vit_bcrypt_key **key)
{
    struct dh_key *made = vit_bcrypt_agree_key_new(sizeof(*made), &vit_bcrypt_dh_family, provider);
    if (made == NULL) {
        vit_agree_key_destroy(agree);
        return STATUS_NO_MEMORY;
    }
    made->bits = (ULONG)vit_agree_len(agree) * 8;
    vit_bcrypt_agree_key_set(&made->base, agree);
    atomic_store(&made->base.base.final, true);
    *key = &made->base.base;
    return STATUS_SUCCESS;
}

static NTSTATUS import_public(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        ULONG flags, struct vit_bcrypt_key **key)
{
    struct vit_blob_header header;
    struct vit_dh_group group;
    struct vit_agree_key *agree = NULL;
    if (!vit_blob_begins(bytes, len, PUBLIC_COUNT, MIN_WIDTH, MAX_WIDTH, &header) ||
            header.magic != BCRYPT_DH_PUBLIC_MAGIC || !bits_are_possible(header.width * 8)) {
        return STATUS_INVALID_PARAMETER;
    }
    const UCHAR *numbers = bytes + VIT_BLOB_HEADER_LEN;
    take_group(&group, numbers, header.width);
    enum vit_dh_checks checks =
            (flags & BCRYPT_NO_KEY_VALIDATION) != 0 ? VIT_DH_CHECK_LITTLE : VIT_DH_CHECK_ALL;
    enum vit_status status =
            vit_dh_import_public(&group, checks, numbers + 2 * (size_t)header.width, &agree);
    return status == VIT_OK ? adopt(provider, agree, key) : vit_bcrypt_status(status);
}

static NTSTATUS import_private(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        struct vit_bcrypt_key **key)
{
    struct vit_blob_header header;
    struct vit_dh_group group;
    struct vit_agree_key *agree = NULL;
    struct vit_slab *slab = vit_bcrypt_slab();
    if (!vit_blob_begins(bytes, len, PRIVATE_COUNT, MIN_WIDTH, MAX_WIDTH, &header) ||
            header.magic != BCRYPT_DH_PRIVATE_MAGIC || !bits_are_possible(header.width * 8)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (slab == NULL) {
        return STATUS_NO_MEMORY;
    }
    const UCHAR *y = bytes + VIT_BLOB_HEADER_LEN + 2 * (size_t)header.width;
    take_group(&group, bytes + VIT_BLOB_HEADER_LEN, header.width);
    enum vit_status status = vit_dh_import_private(slab, &group, y, y + header.width, &agree);
    return status == VIT_OK ? adopt(provider, agree, key) : vit_bcrypt_status(status);
}

static bool is_public_type(LPCWSTR type)
{
    return vit_wide_equal(type, BCRYPT_DH_PUBLIC_BLOB) ||
            vit_wide_equal(type, BCRYPT_PUBLIC_KEY_BLOB);
}

static bool is_private_type(LPCWSTR type)
{
    return vit_wide_equal(type, BCRYPT_DH_PRIVATE_BLOB) ||
            vit_wide_equal(type, BCRYPT_PRIVATE_KEY_BLOB);
}

static NTSTATUS import(struct vit_bcrypt_provider *provider, LPCWSTR type, const UCHAR *bytes,
        ULONG len, ULONG flags, struct vit_bcrypt_key **key)
{
    if (is_public_type(type)) {
        return import_public(provider, bytes, len, flags, key);
    }
    return is_private_type(type) ? import_private(provider, bytes, len, key) : STATUS_NOT_SUPPORTED;
}

/* p g */
static enum vit_status put_group(const struct vit_agree_key *agree, UCHAR *numbers)
{
    struct vit_dh_group group;
    VIT_TRY(vit_dh_export_group(agree, &group));
    memcpy(numbers, group.p, group.len);
    memcpy(numbers + group.len, group.g, group.len);
    return VIT_OK;
}

static enum vit_status put_numbers(const struct vit_agree_key *agree, bool with_private,
        UCHAR *numbers)
{
    size_t width = vit_agree_len(agree);
    VIT_TRY(put_group(agree, numbers));
    VIT_TRY(vit_dh_export_public(agree, numbers + 2 * width));
    return with_private ? vit_dh_export_private(agree, numbers + 3 * width) : VIT_OK;
}

static NTSTATUS export_numbers(const struct vit_agree_key *agree, bool with_private,
        const struct vit_bcrypt_room *room)
{
    UCHAR *numbers;
    unsigned count = with_private ? PRIVATE_COUNT : PUBLIC_COUNT;
    struct vit_blob_header header = {
        with_private ? BCRYPT_DH_PRIVATE_MAGIC : BCRYPT_DH_PUBLIC_MAGIC,
        (ULONG)vit_agree_len(agree),
    };
    NTSTATUS status = vit_blob_room(room, header, count, &numbers);
    if (numbers == NULL) {
        return status;
    }
    return vit_blob_end(numbers, (size_t)count * header.width,
            put_numbers(agree, with_private, numbers));
}

static NTSTATUS export(const struct vit_bcrypt_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room)
{
    const struct vit_agree_key *agree = from_const(key)->base.agree;
    if (is_public_type(type)) {
        return export_numbers(agree, false, room);
    }
    if (!is_private_type(type)) {
        return STATUS_NOT_SUPPORTED;
    }
    return key->private ? export_numbers(agree, true, room) : STATUS_INVALID_PARAMETER;
}

static NTSTATUS get_parameters(const struct dh_key *key, const struct vit_bcrypt_room *room)
{
    if (key->base.agree == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    UCHAR *bytes;
    ULONG width = (ULONG)vit_agree_len(key->base.agree);
    ULONG len = PARAMETERS_HEADER_LEN + 2 * width;
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    if (bytes == NULL) {
        return status;
    }
    vit_store_le32(bytes, len);
    vit_store_le32(bytes + 4, BCRYPT_DH_PARAMETERS_MAGIC);
    vit_store_le32(bytes + 8, width);
    return vit_blob_end(bytes, len, put_group(key->base.agree, bytes + PARAMETERS_HEADER_LEN));
}

static NTSTATUS set_parameters(struct dh_key *key, const UCHAR *bytes, ULONG len)
{
    struct vit_reader reader;
    struct vit_dh_group group;
    vit_reader_init(&reader, bytes, len);
    ULONG told = vit_get_u32(&reader);
    ULONG magic = vit_get_u32(&reader);
    ULONG width = vit_get_u32(&reader);
    if (told != len || magic != BCRYPT_DH_PARAMETERS_MAGIC || width != key->bits / 8 ||
            vit_reader_left(&reader) != 2 * (size_t)width) {
        return STATUS_INVALID_PARAMETER;
    }
    take_group(&group, bytes + PARAMETERS_HEADER_LEN, width);
    enum vit_status status = vit_dh_group_check(&group);
    if (status == VIT_OK) {
        key->group = group;
        key->has_group = true;
    }
    return vit_bcrypt_status(status);
}

static NTSTATUS set_length(struct dh_key *key, const UCHAR *bytes, ULONG len)
{
    ULONG bits;
    NTSTATUS status = vit_bcrypt_ulong_of(bytes, len, &bits);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!bits_are_possible(bits) || (key->has_group && bits != key->bits)) {
        return STATUS_INVALID_PARAMETER;
    }
    key->bits = bits;
    return STATUS_SUCCESS;
}

static NTSTATUS get_property(const struct vit_bcrypt_key *key, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    const struct dh_key *dh = from_const(key);
    if (vit_wide_equal(name, BCRYPT_DH_PARAMETERS)) {
        return get_parameters(dh, room);
    }
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTH) || vit_wide_equal(name, BCRYPT_KEY_STRENGTH) ||
            vit_wide_equal(name, BCRYPT_PUBLIC_KEY_LENGTH)) {
        return vit_bcrypt_put_ulong(room, dh->bits);
    }
    if (vit_wide_equal(name, BCRYPT_BLOCK_LENGTH)) {
        return vit_bcrypt_put_ulong(room, dh->bits / 8);
    }
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS set_property(struct vit_bcrypt_key *key, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    bool parameters = vit_wide_equal(name, BCRYPT_DH_PARAMETERS);
    if (!parameters && !vit_wide_equal(name, BCRYPT_KEY_LENGTH)) {
        return STATUS_NOT_SUPPORTED;
    }
    if (atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    return parameters ? set_parameters(from_key(key), bytes, len)
                      : set_length(from_key(key), bytes, len);
}

static void destroy(struct vit_bcrypt_key *key)
{
    vit_agree_key_destroy(from_key(key)->base.agree);
    free(key);
}

static NTSTATUS get_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    static const BCRYPT_KEY_LENGTHS_STRUCT lengths = { VIT_DH_MIN_BITS, VIT_DH_MAX_BITS,
        BITS_STEP };
    (void)provider;
    return vit_wide_equal(name, BCRYPT_KEY_LENGTHS)
            ? vit_bcrypt_put(room, &lengths, sizeof(lengths))
            : STATUS_NOT_SUPPORTED;
}

static NTSTATUS set_provider_property(struct vit_bcrypt_provider *provider, LPCWSTR name,
        const UCHAR *bytes, ULONG len)
{
    (void)provider;
    (void)name;
    (void)bytes;
    (void)len;
    return STATUS_NOT_SUPPORTED;
}

const struct vit_bcrypt_key_family vit_bcrypt_dh_family = {
    .name = "DH",
    .generate = generate,
    .finalize = finalize,
    .import = import,
    .export = export,
    .get_property = get_property,
    .set_property = set_property,
    .destroy = destroy,
    .get_provider_property = get_provider_property,
    .set_provider_property = set_provider_property,
};
