/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "cng/bcrypt/blob.h"
#include "cng/bcrypt/key_ecc.h"
#include "cng/wide.h"

enum {
    PUBLIC_COUNT = 2,  /* X Y */
    PRIVATE_COUNT = 3, /* X Y d */
    PARAMETER_WORDS = 7,
    FULL_HEADER_LEN = 4 * (1 + PARAMETER_WORDS),
    POINT_UNCOMPRESSED = 4,
};

/* IANA's numbers of the groups that TLS has. */
static const struct {
    const char *curve;
    ULONG group;
} tls_groups[] = {
    { "nistP256", 23 },
    { "nistP384", 24 },
    { "nistP521", 25 },
    { "curve25519", 29 },
    { "secP160k1", 15 },
    { "secP160r1", 16 },
    { "secP160r2", 17 },
    { "secP192k1", 18 },
    { "nistP192", 19 },
    { "secP224k1", 20 },
    { "nistP224", 21 },
    { "secP256k1", 22 },
    { "brainpoolP256r1", 26 },
    { "brainpoolP384r1", 27 },
    { "brainpoolP512r1", 28 },
};

enum { TLS_GROUP_COUNT = sizeof(tls_groups) / sizeof(tls_groups[0]) };

static bool is_montgomery(const struct vit_curve *curve)
{
    return curve->group == NULL;
}

static enum vit_curve_checks checks_of(ULONG flags)
{
    return (flags & BCRYPT_NO_KEY_VALIDATION) != 0 ? VIT_CURVE_CHECK_LITTLE : VIT_CURVE_CHECK_ALL;
}

static NTSTATUS finish_import(struct vit_bcrypt_provider *provider, enum vit_status status,
        struct vit_agree_key *agree, struct vit_bcrypt_key **key)
{
    return status == VIT_OK ? vit_bcrypt_ecc_adopt(provider, agree, key)
                            : vit_bcrypt_status(status);
}

static NTSTATUS make_public(struct vit_bcrypt_provider *provider, const struct vit_curve *curve,
        const UCHAR *x, const UCHAR *y, ULONG flags, struct vit_bcrypt_key **key)
{
    struct vit_agree_key *agree = NULL;
    enum vit_status status = vit_curve_import_public(curve, checks_of(flags), x, y, &agree);
    return finish_import(provider, status, agree, key);
}

static NTSTATUS make_private(struct vit_bcrypt_provider *provider, const struct vit_curve *curve,
        const UCHAR *x, const UCHAR *scalar, size_t scalar_len, struct vit_bcrypt_key **key)
{
    struct vit_agree_key *agree = NULL;
    struct vit_slab *slab = vit_bcrypt_slab();
    if (slab == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum vit_status status = vit_curve_import_private(slab, curve, x, x + vit_curve_len(curve),
            scalar, scalar_len, &agree);
    return finish_import(provider, status, agree, key);
}

static NTSTATUS import_public(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        ULONG flags, struct vit_bcrypt_key **key)
{
    struct vit_blob_header header;
    if (!vit_blob_begins(bytes, len, PUBLIC_COUNT, 1, VIT_CURVE_MAX_LEN, &header)) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct vit_curve *curve = vit_magic_ecc_curve(provider, header.magic, false);
    if (curve == NULL || header.width != vit_curve_len(curve)) {
        return STATUS_INVALID_PARAMETER;
    }
    const UCHAR *x = bytes + VIT_BLOB_HEADER_LEN;
    return make_public(provider, curve, x, x + header.width, flags, key);
}

static NTSTATUS import_private(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        struct vit_bcrypt_key **key)
{
    struct vit_blob_header header;
    if (!vit_blob_begins(bytes, len, PRIVATE_COUNT, 1, VIT_CURVE_MAX_LEN, &header)) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct vit_curve *curve = vit_magic_ecc_curve(provider, header.magic, true);
    if (curve == NULL || header.width != vit_curve_len(curve)) {
        return STATUS_INVALID_PARAMETER;
    }
    const UCHAR *x = bytes + VIT_BLOB_HEADER_LEN;
    return make_private(provider, curve, x, x + 2 * (size_t)header.width, header.width, key);
}

static size_t parameters_len(const struct vit_curve *curve,
        const struct vit_curve_parameters *parameters)
{
    return 5 * vit_curve_len(curve) + vit_curve_order_len(curve) + 1 + parameters->seed_len;
}

/* dwCurveType to cbSeed, in both structures that have them. */
static void put_words(struct vit_writer *writer, const struct vit_curve *curve,
        const struct vit_curve_parameters *parameters)
{
    vit_put_u32(writer, BCRYPT_ECC_FULLKEY_BLOB_V1);
    vit_put_u32(writer, BCRYPT_ECC_PRIME_SHORT_WEIERSTRASS_CURVE);
    vit_put_u32(writer, BCRYPT_NO_CURVE_GENERATION_ALG_ID);
    vit_put_u32(writer, (uint32_t)vit_curve_len(curve));
    vit_put_u32(writer, (uint32_t)vit_curve_order_len(curve));
    vit_put_u32(writer, 1);
    vit_put_u32(writer, (uint32_t)parameters->seed_len);
}

static void put_values(struct vit_writer *writer, const struct vit_curve *curve,
        const struct vit_curve_parameters *parameters)
{
    size_t width = vit_curve_len(curve);
    vit_put_bytes(writer, parameters->p, width);
    vit_put_bytes(writer, parameters->a, width);
    vit_put_bytes(writer, parameters->b, width);
    vit_put_bytes(writer, parameters->x, width);
    vit_put_bytes(writer, parameters->y, width);
    vit_put_bytes(writer, parameters->order, vit_curve_order_len(curve));
    vit_put_u8(writer, parameters->cofactor);
    vit_put_bytes(writer, parameters->seed, parameters->seed_len);
}

NTSTATUS vit_blob_ecc_put_parameters(const struct vit_curve *curve,
        const struct vit_bcrypt_room *room)
{
    UCHAR *bytes;
    struct vit_curve_parameters parameters;
    enum vit_status found = vit_curve_get_parameters(curve, &parameters);
    if (found != VIT_OK) {
        return vit_bcrypt_status(found);
    }
    size_t len = 4 * PARAMETER_WORDS + parameters_len(curve, &parameters);
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    if (bytes != NULL) {
        struct vit_writer writer;
        vit_writer_init(&writer, bytes, len);
        put_words(&writer, curve, &parameters);
        put_values(&writer, curve, &parameters);
    }
    return status;
}

/* As a blob has them: borrowed, each of its width. */
struct told {
    uint32_t version, type, width, order_width, cofactor_width, seed_width;
    const uint8_t *equation; /* p a b x y */
    const uint8_t *order, *cofactor;
};

static void get_words(struct vit_reader *reader, struct told *told)
{
    told->version = vit_get_u32(reader);
    told->type = vit_get_u32(reader);
    (void)vit_get_u32(reader); /* how the curve was made does not matter */
    told->width = vit_get_u32(reader);
    told->order_width = vit_get_u32(reader);
    told->cofactor_width = vit_get_u32(reader);
    told->seed_width = vit_get_u32(reader);
}

static bool get_values(struct vit_reader *reader, struct told *told)
{
    if (!vit_reader_ok(reader) || told->version != BCRYPT_ECC_FULLKEY_BLOB_V1 ||
            told->type != BCRYPT_ECC_PRIME_SHORT_WEIERSTRASS_CURVE ||
            told->width > VIT_CURVE_MAX_LEN || told->cofactor_width != 1) {
        return false;
    }
    told->equation = vit_get_span(reader, 5 * (size_t)told->width);
    told->order = vit_get_span(reader, told->order_width);
    told->cofactor = vit_get_span(reader, told->cofactor_width);
    vit_get_skip(reader, told->seed_width);
    return vit_reader_ok(reader);
}

static bool is_equal(const struct vit_curve *curve, const struct told *told)
{
    struct vit_curve_parameters known;
    size_t width = told->width;
    if (width != vit_curve_len(curve) || told->order_width != vit_curve_order_len(curve) ||
            vit_curve_get_parameters(curve, &known) != VIT_OK) {
        return false;
    }
    const uint8_t *numbers[] = { known.p, known.a, known.b, known.x, known.y };
    for (size_t i = 0; i < 5; i++) {
        if (memcmp(numbers[i], told->equation + i * width, width) != 0) {
            return false;
        }
    }
    return memcmp(known.order, told->order, told->order_width) == 0 &&
            known.cofactor == told->cofactor[0];
}

/* Some curves have two names, or three: the one that was said, if any, goes first.
 * STATUS_NOT_SUPPORTED: well-formed, and no curve of ours. */
static NTSTATUS read_parameters(struct vit_reader *reader, const struct vit_curve *said,
        const struct vit_curve **curve)
{
    struct told told;
    get_words(reader, &told);
    if (vit_reader_ok(reader) && told.type != BCRYPT_ECC_PRIME_SHORT_WEIERSTRASS_CURVE) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!get_values(reader, &told)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (said != NULL && is_equal(said, &told)) {
        *curve = said;
        return STATUS_SUCCESS;
    }
    for (size_t i = 0; (*curve = vit_curve_at(i)) != NULL; i++) {
        if (is_equal(*curve, &told)) {
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_blob_ecc_find_parameters(const UCHAR *bytes, ULONG len, const struct vit_curve **curve)
{
    struct vit_reader reader;
    const struct vit_curve *found;
    vit_reader_init(&reader, bytes, len);
    NTSTATUS status = read_parameters(&reader, NULL, &found);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!vit_reader_done(&reader)) {
        return STATUS_INVALID_PARAMETER;
    }
    *curve = found;
    return STATUS_SUCCESS;
}

/* Curve and provider: a generic one that was not told takes any. */
static bool curve_fits(struct vit_bcrypt_provider *provider, const struct vit_curve *curve)
{
    const struct vit_curve *said = vit_bcrypt_ecc_curve(provider);
    return vit_bcrypt_ecc_takes(provider, curve) && (said == NULL || vit_curve_same(said, curve));
}

static NTSTATUS import_full(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        ULONG flags, bool private, struct vit_bcrypt_key **key)
{
    struct vit_reader reader;
    const struct vit_curve *curve;
    vit_reader_init(&reader, bytes, len);
    ULONG magic = vit_get_u32(&reader);
    NTSTATUS status = read_parameters(&reader, vit_bcrypt_ecc_curve(provider), &curve);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    size_t width = vit_curve_len(curve);
    const UCHAR *x = vit_get_span(&reader, 2 * width);
    const UCHAR *scalar = private ? vit_get_span(&reader, vit_curve_order_len(curve)) : x;
    if (!vit_reader_done(&reader) || !vit_magic_ecc_fits(provider, magic, curve, private) ||
            !curve_fits(provider, curve)) {
        return STATUS_INVALID_PARAMETER;
    }
    return private ? make_private(provider, curve, x, scalar, vit_curve_order_len(curve), key)
                   : make_public(provider, curve, x, x + width, flags, key);
}

static const struct vit_curve *curve_of_group(ULONG group)
{
    for (size_t i = 0; i < TLS_GROUP_COUNT; i++) {
        if (tls_groups[i].group == group) {
            return vit_curve_find(tls_groups[i].curve);
        }
    }
    return NULL;
}

/* 0: TLS has no such group. */
static ULONG group_of_curve(const struct vit_curve *curve)
{
    for (size_t i = 0; i < TLS_GROUP_COUNT; i++) {
        const struct vit_curve *found = vit_curve_find(tls_groups[i].curve);
        if (found != NULL && vit_curve_same(found, curve)) {
            return tls_groups[i].group;
        }
    }
    return 0;
}

/* Bytes of a point as TLS sends it. */
static size_t tls_point_len(const struct vit_curve *curve)
{
    return is_montgomery(curve) ? vit_curve_len(curve) : 1 + 2 * vit_curve_len(curve);
}

static NTSTATUS import_tls(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        ULONG flags, struct vit_bcrypt_key **key)
{
    struct vit_blob_header header;
    if (!vit_blob_begins(bytes, len, 1, 1, 1 + 2 * VIT_CURVE_MAX_LEN, &header)) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct vit_curve *curve = curve_of_group(header.magic);
    const UCHAR *point = bytes + VIT_BLOB_HEADER_LEN;
    if (curve == NULL || !curve_fits(provider, curve) || header.width != tls_point_len(curve) ||
            (!is_montgomery(curve) && point[0] != POINT_UNCOMPRESSED)) {
        return STATUS_INVALID_PARAMETER;
    }
    const UCHAR *x = is_montgomery(curve) ? point : point + 1;
    return make_public(provider, curve, x, is_montgomery(curve) ? x : x + vit_curve_len(curve),
            flags, key);
}

NTSTATUS vit_blob_ecc_import(struct vit_bcrypt_provider *provider, LPCWSTR type, const UCHAR *bytes,
        ULONG len, ULONG flags, struct vit_bcrypt_key **key)
{
    if (vit_wide_equal(type, BCRYPT_ECCPUBLIC_BLOB) ||
            vit_wide_equal(type, BCRYPT_PUBLIC_KEY_BLOB)) {
        return import_public(provider, bytes, len, flags, key);
    }
    if (vit_wide_equal(type, BCRYPT_ECCPRIVATE_BLOB) ||
            vit_wide_equal(type, BCRYPT_PRIVATE_KEY_BLOB)) {
        return import_private(provider, bytes, len, key);
    }
    if (vit_wide_equal(type, BCRYPT_ECCFULLPUBLIC_BLOB)) {
        return import_full(provider, bytes, len, flags, false, key);
    }
    if (vit_wide_equal(type, BCRYPT_ECCFULLPRIVATE_BLOB)) {
        return import_full(provider, bytes, len, flags, true, key);
    }
    return vit_wide_equal(type, SSL_ECCPUBLIC_BLOB) ? import_tls(provider, bytes, len, flags, key)
                                                    : STATUS_NOT_SUPPORTED;
}

/* X Y, then d of so many bytes. */
static enum vit_status put_numbers(const struct vit_bcrypt_ecc_key *key, size_t scalar_len,
        UCHAR *x)
{
    size_t width = vit_curve_len(key->curve);
    VIT_TRY(vit_curve_export_public(key->base.agree, x, x + width));
    return scalar_len == 0 ? VIT_OK
                           : vit_curve_export_private(key->base.agree, x + 2 * width, scalar_len);
}

static NTSTATUS export_short(const struct vit_bcrypt_ecc_key *key, bool private,
        const struct vit_bcrypt_room *room)
{
    UCHAR *numbers;
    unsigned count = private ? PRIVATE_COUNT : PUBLIC_COUNT;
    struct vit_blob_header header = { vit_magic_ecc_of(key, private),
        (ULONG)vit_curve_len(key->curve) };
    NTSTATUS status = vit_blob_room(room, header, count, &numbers);
    if (numbers == NULL) {
        return status;
    }
    return vit_blob_end(numbers, (size_t)count * header.width,
            put_numbers(key, private ? header.width : 0, numbers));
}

static NTSTATUS export_full(const struct vit_bcrypt_ecc_key *key, bool private,
        const struct vit_bcrypt_room *room)
{
    UCHAR *bytes;
    struct vit_curve_parameters parameters;
    struct vit_writer writer;
    enum vit_status found = vit_curve_get_parameters(key->curve, &parameters);
    if (found != VIT_OK) {
        return vit_bcrypt_status(found);
    }
    size_t scalar_len = private ? vit_curve_order_len(key->curve) : 0;
    size_t point_at = FULL_HEADER_LEN + parameters_len(key->curve, &parameters);
    size_t len = point_at + 2 * vit_curve_len(key->curve) + scalar_len;
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    if (bytes == NULL) {
        return status;
    }
    vit_writer_init(&writer, bytes, point_at);
    vit_put_u32(&writer, vit_magic_ecc_generic(key->base.base.provider, private));
    put_words(&writer, key->curve, &parameters);
    put_values(&writer, key->curve, &parameters);
    return vit_blob_end(bytes, len, put_numbers(key, scalar_len, bytes + point_at));
}

static enum vit_status put_tls_point(const struct vit_bcrypt_ecc_key *key, UCHAR *point)
{
    uint8_t x[2 * VIT_CURVE_MAX_LEN];
    VIT_TRY(put_numbers(key, 0, x));
    bool short_form = is_montgomery(key->curve);
    size_t len = tls_point_len(key->curve);
    point[0] = POINT_UNCOMPRESSED;
    memcpy(short_form ? point : point + 1, x, short_form ? len : len - 1);
    return VIT_OK;
}

static NTSTATUS export_tls(const struct vit_bcrypt_ecc_key *key, const struct vit_bcrypt_room *room)
{
    UCHAR *point;
    struct vit_blob_header header = { group_of_curve(key->curve),
        (ULONG)tls_point_len(key->curve) };
    if (header.magic == 0) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = vit_blob_room(room, header, 1, &point);
    return point == NULL ? status : vit_blob_end(point, header.width, put_tls_point(key, point));
}

static NTSTATUS export_public(const struct vit_bcrypt_ecc_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(type, BCRYPT_ECCPUBLIC_BLOB) ||
            vit_wide_equal(type, BCRYPT_PUBLIC_KEY_BLOB)) {
        return export_short(key, false, room);
    }
    if (vit_wide_equal(type, BCRYPT_ECCFULLPUBLIC_BLOB)) {
        return export_full(key, false, room);
    }
    return vit_wide_equal(type, SSL_ECCPUBLIC_BLOB) ? export_tls(key, room) : STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_blob_ecc_export(const struct vit_bcrypt_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room)
{
    const struct vit_bcrypt_ecc_key *ecc = (const struct vit_bcrypt_ecc_key *)key;
    bool plain = vit_wide_equal(type, BCRYPT_ECCPRIVATE_BLOB) ||
            vit_wide_equal(type, BCRYPT_PRIVATE_KEY_BLOB);
    if (!plain && !vit_wide_equal(type, BCRYPT_ECCFULLPRIVATE_BLOB)) {
        return export_public(ecc, type, room);
    }
    if (!key->private) {
        return STATUS_INVALID_PARAMETER;
    }
    return plain ? export_short(ecc, true, room) : export_full(ecc, true, room);
}
