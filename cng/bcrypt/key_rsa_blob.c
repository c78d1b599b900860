/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/key_rsa.h"

#include "cng/wide.h"

enum { EXPONENT_MAX_LEN = 8 };

/* Parts in their order behind the header, and whose length in it each one has. */
struct layout {
    ULONG magic;
    bool private;
    size_t count;
    enum vit_rsa_part parts[VIT_RSA_PART_COUNT];
};

static const struct layout public_layout = { BCRYPT_RSAPUBLIC_MAGIC, false, 2,
    { VIT_RSA_E, VIT_RSA_N } };
static const struct layout private_layout = { BCRYPT_RSAPRIVATE_MAGIC, true, 4,
    { VIT_RSA_E, VIT_RSA_N, VIT_RSA_P, VIT_RSA_Q } };
static const struct layout full_layout = { BCRYPT_RSAFULLPRIVATE_MAGIC, true, 8,
    { VIT_RSA_E, VIT_RSA_N, VIT_RSA_P, VIT_RSA_Q, VIT_RSA_DP, VIT_RSA_DQ, VIT_RSA_QINV,
            VIT_RSA_D } };

static const struct layout *layout_of(LPCWSTR type)
{
    if (vit_wide_equal(type, BCRYPT_RSAPUBLIC_BLOB) ||
            vit_wide_equal(type, BCRYPT_PUBLIC_KEY_BLOB)) {
        return &public_layout;
    }
    if (vit_wide_equal(type, BCRYPT_RSAPRIVATE_BLOB) ||
            vit_wide_equal(type, BCRYPT_PRIVATE_KEY_BLOB)) {
        return &private_layout;
    }
    return vit_wide_equal(type, BCRYPT_RSAFULLPRIVATE_BLOB) ? &full_layout : NULL;
}

static ULONG len_of(const BCRYPT_RSAKEY_BLOB *header, enum vit_rsa_part part)
{
    switch (part) {
    case VIT_RSA_E:
        return header->cbPublicExp;
    case VIT_RSA_N:
    case VIT_RSA_D:
        return header->cbModulus;
    case VIT_RSA_Q:
    case VIT_RSA_DQ:
        return header->cbPrime2;
    default:
        return header->cbPrime1;
    }
}

static uint64_t total_len(const struct layout *layout, const BCRYPT_RSAKEY_BLOB *header)
{
    uint64_t len = sizeof(*header);
    for (size_t i = 0; i < layout->count; i++) {
        len += len_of(header, layout->parts[i]);
    }
    return len;
}

/* An exponent of a wrong length in a public blob has the one status that is none of these. */
static NTSTATUS check_header(const struct layout *layout, const BCRYPT_RSAKEY_BLOB *header,
        ULONG len)
{
    if (header->Magic != layout->magic || header->cbModulus == 0 ||
            header->cbModulus != (header->BitLength + (uint64_t)7) / 8) {
        return STATUS_INVALID_PARAMETER;
    }
    bool exponent_fits = header->cbPublicExp >= 1 && header->cbPublicExp <= EXPONENT_MAX_LEN;
    if (!layout->private) {
        bool lacks_modulus = len < sizeof(*header) + (uint64_t)header->cbModulus;
        exponent_fits = exponent_fits && (lacks_modulus || total_len(layout, header) == len);
        return !exponent_fits   ? NTE_BAD_DATA
                : lacks_modulus ? STATUS_INVALID_PARAMETER
                                : STATUS_SUCCESS;
    }
    bool complete = exponent_fits && header->cbPrime1 > 0 && header->cbPrime2 > 0 &&
            total_len(layout, header) == len;
    return complete ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS vit_bcrypt_rsa_read(LPCWSTR type, const UCHAR *bytes, ULONG len, struct vit_rsa **rsa)
{
    const struct layout *layout = layout_of(type);
    BCRYPT_RSAKEY_BLOB header;
    if (vit_wide_equal(type, LEGACY_RSAPRIVATE_BLOB)) {
        return vit_bcrypt_rsa_read_legacy(bytes, len, rsa);
    }
    if (layout == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (len < sizeof(header)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(&header, bytes, sizeof(header));
    NTSTATUS status = check_header(layout, &header, len);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    struct vit_rsa_number numbers[VIT_RSA_PART_COUNT] = { 0 };
    const UCHAR *next = bytes + sizeof(header);
    for (size_t i = 0; i < layout->count; i++) {
        enum vit_rsa_part part = layout->parts[i];
        numbers[part] = (struct vit_rsa_number){ next, len_of(&header, part) };
        next += numbers[part].len;
    }
    return vit_bcrypt_status(vit_rsa_create(numbers, rsa));
}

static NTSTATUS write_parts(const struct vit_rsa *rsa, const struct layout *layout,
        const BCRYPT_RSAKEY_BLOB *header, UCHAR *bytes)
{
    memcpy(bytes, header, sizeof(*header));
    UCHAR *next = bytes + sizeof(*header);
    for (size_t i = 0; i < layout->count; i++) {
        size_t len = len_of(header, layout->parts[i]);
        if (vit_rsa_part(rsa, layout->parts[i], next, len) != VIT_OK) {
            return STATUS_INTERNAL_ERROR;
        }
        next += len;
    }
    return STATUS_SUCCESS;
}

NTSTATUS vit_bcrypt_rsa_write(const struct vit_rsa *rsa, LPCWSTR type,
        const struct vit_bcrypt_room *room)
{
    const struct layout *layout = layout_of(type);
    if (layout == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (layout->private && !vit_rsa_is_private(rsa)) {
        return STATUS_INVALID_PARAMETER;
    }
    BCRYPT_RSAKEY_BLOB header = { .Magic = layout->magic, .BitLength = vit_rsa_bits(rsa) };
    header.cbPublicExp = (ULONG)vit_rsa_part_len(rsa, VIT_RSA_E);
    header.cbModulus = (ULONG)vit_rsa_len(rsa);
    if (layout->private) {
        header.cbPrime1 = (ULONG)vit_rsa_part_len(rsa, VIT_RSA_P);
        header.cbPrime2 = (ULONG)vit_rsa_part_len(rsa, VIT_RSA_Q);
    }
    UCHAR *bytes;
    NTSTATUS status = vit_bcrypt_room_begin(room, total_len(layout, &header), &bytes);
    return bytes == NULL ? status : write_parts(rsa, layout, &header, bytes);
}
