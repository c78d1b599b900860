/* SPDX-License-Identifier: MIT */
/*
 * Keys of "ECDH_P256", "ECDH_P384", "ECDH_P521" and their ECDSA likes, whose curve the name says, and
 * of "ECDH" and "ECDSA", whose curve is named by a property of the provider or of the key. Keys that
 * agree and keys that sign are two families, alike in all but their magics. Blobs are in blob_ecc.c.
 */
#include "cng/bcrypt/key_ecc.h"

#include <stdlib.h>

#include "cng/bcrypt/property.h"
#include "cng/bcrypt/sign.h"
#include "cng/wide.h"
#include "crypto/ecdsa.h"

enum { NAME_MAX_LEN = 32 };

static struct vit_bcrypt_ecc_key *from_key(struct vit_bcrypt_key *key)
{
    return (struct vit_bcrypt_ecc_key *)key;
}

static const struct vit_bcrypt_ecc_key *from_const(const struct vit_bcrypt_key *key)
{
    return (const struct vit_bcrypt_ecc_key *)key;
}

static const struct vit_curve *curve_of_bits(ULONG bits)
{
    switch (bits) {
    case 256:
        return vit_curve_find("nistP256");
    case 384:
        return vit_curve_find("nistP384");
    case 521:
        return vit_curve_find("nistP521");
    default:
        return NULL;
    }
}

bool vit_bcrypt_ecc_is_generic(const struct vit_bcrypt_provider *provider)
{
    return provider->algorithm->bits == 0;
}

bool vit_bcrypt_ecc_signs(const struct vit_bcrypt_provider *provider)
{
    return provider->algorithm->family == &vit_bcrypt_ecdsa_family;
}

bool vit_bcrypt_ecc_takes(const struct vit_bcrypt_provider *provider, const struct vit_curve *curve)
{
    return curve->group != NULL || !vit_bcrypt_ecc_signs(provider);
}

/* With the provider's lock. NULL: a generic one that was not told. */
static const struct vit_curve *curve_of(const struct vit_bcrypt_provider *provider)
{
    return vit_bcrypt_ecc_is_generic(provider) ? provider->state
                                               : curve_of_bits(provider->algorithm->bits);
}

const struct vit_curve *vit_bcrypt_ecc_curve(struct vit_bcrypt_provider *provider)
{
    vit_bcrypt_provider_lock(provider);
    const struct vit_curve *curve = curve_of(provider);
    vit_bcrypt_provider_unlock(provider);
    return curve;
}

static struct vit_bcrypt_ecc_key *new_key(struct vit_bcrypt_provider *provider,
        const struct vit_curve *curve)
{
    struct vit_bcrypt_ecc_key *key =
            vit_bcrypt_agree_key_new(sizeof(*key), provider->algorithm->family, provider);
    if (key != NULL) {
        key->curve = curve;
        key->generic = vit_bcrypt_ecc_is_generic(provider);
    }
    return key;
}

NTSTATUS vit_bcrypt_ecc_adopt(struct vit_bcrypt_provider *provider, struct vit_agree_key *agree,
        struct vit_bcrypt_key **key)
{
    struct vit_bcrypt_ecc_key *made = new_key(provider, vit_curve_of(agree));
    if (made == NULL) {
        vit_agree_key_destroy(agree);
        return STATUS_NO_MEMORY;
    }
    vit_bcrypt_agree_key_set(&made->base, agree);
    atomic_store(&made->base.base.final, true);
    *key = &made->base.base;
    return STATUS_SUCCESS;
}

/* The size may be left out where a curve was named, and names one of the three otherwise. */
static NTSTATUS choose_curve(struct vit_bcrypt_provider *provider, ULONG bits,
        const struct vit_curve **curve)
{
    *curve = vit_bcrypt_ecc_curve(provider);
    if (!vit_bcrypt_ecc_is_generic(provider)) {
        return bits == provider->algorithm->bits ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (bits == 0 || (*curve != NULL && bits == (*curve)->bits)) {
        return STATUS_SUCCESS;
    }
    *curve = *curve == NULL ? curve_of_bits(bits) : NULL;
    return *curve != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS generate(struct vit_bcrypt_provider *provider, ULONG bits,
        struct vit_bcrypt_key **key)
{
    const struct vit_curve *curve;
    NTSTATUS status = choose_curve(provider, bits, &curve);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct vit_bcrypt_ecc_key *made = new_key(provider, curve);
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    *key = &made->base.base;
    return STATUS_SUCCESS;
}

static NTSTATUS finalize(struct vit_bcrypt_key *key)
{
    struct vit_bcrypt_ecc_key *ecc = from_key(key);
    struct vit_agree_key *agree = NULL;
    if (ecc->curve == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = vit_bcrypt_status(vit_curve_generate(ecc->curve, &agree));
    if (NT_SUCCESS(status)) {
        vit_bcrypt_agree_key_set(&ecc->base, agree);
    }
    return status;
}

/* Curve names are of ASCII. The NUL at the end may be outside of what is counted. */
static NTSTATUS find_curve(const struct vit_bcrypt_provider *provider, const UCHAR *bytes,
        ULONG len, const struct vit_curve **curve)
{
    char name[NAME_MAX_LEN] = "";
    for (ULONG i = 0; 2 * i + 1 < len && (bytes[2 * i] | bytes[2 * i + 1]) != 0; i++) {
        if (i + 1 == NAME_MAX_LEN || bytes[2 * i] > 0x7f || bytes[2 * i + 1] != 0) {
            return STATUS_INVALID_PARAMETER;
        }
        name[i] = (char)bytes[2 * i];
    }
    *curve = vit_curve_find(name);
    return *curve != NULL && vit_bcrypt_ecc_takes(provider, *curve) ? STATUS_SUCCESS
                                                                    : STATUS_NOT_SUPPORTED;
}

static void put_name(const struct vit_curve *curve, WCHAR name[NAME_MAX_LEN])
{
    size_t i = 0;
    while (curve->name[i] != '\0' && i + 1 < NAME_MAX_LEN) {
        name[i] = (WCHAR)curve->name[i];
        i++;
    }
    name[i] = 0;
}

static NTSTATUS get_curve_property(const struct vit_curve *curve, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    if (curve == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (vit_wide_equal(name, BCRYPT_ECC_CURVE_NAME)) {
        WCHAR text[NAME_MAX_LEN];
        put_name(curve, text);
        return vit_bcrypt_put_wide(room, text);
    }
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTH) || vit_wide_equal(name, BCRYPT_KEY_STRENGTH) ||
            vit_wide_equal(name, BCRYPT_PUBLIC_KEY_LENGTH)) {
        return vit_bcrypt_put_ulong(room, curve->bits);
    }
    if (vit_wide_equal(name, BCRYPT_ECC_PARAMETERS)) {
        return vit_blob_ecc_put_parameters(curve, room);
    }
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS get_property(const struct vit_bcrypt_key *key, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    const struct vit_curve *curve = from_const(key)->curve;
    if (vit_wide_equal(name, BCRYPT_SIGNATURE_LENGTH) && curve != NULL &&
            vit_bcrypt_ecc_signs(key->provider)) {
        return vit_bcrypt_put_ulong(room, (ULONG)vit_ecdsa_len(curve));
    }
    return get_curve_property(curve, name, room);
}

/* STATUS_NOT_SUPPORTED: no property that names a curve, or no curve of ours. */
static NTSTATUS curve_of_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const UCHAR *bytes, ULONG len, const struct vit_curve **curve)
{
    if (vit_wide_equal(name, BCRYPT_ECC_CURVE_NAME)) {
        return find_curve(provider, bytes, len, curve);
    }
    return vit_wide_equal(name, BCRYPT_ECC_PARAMETERS)
            ? vit_blob_ecc_find_parameters(bytes, len, curve)
            : STATUS_NOT_SUPPORTED;
}

static NTSTATUS set_length(struct vit_bcrypt_ecc_key *key, const UCHAR *bytes, ULONG len)
{
    ULONG bits;
    NTSTATUS status = vit_bcrypt_ulong_of(bytes, len, &bits);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (key->curve == NULL) {
        key->curve = curve_of_bits(bits);
    }
    return key->curve != NULL && key->curve->bits == bits ? STATUS_SUCCESS
                                                          : STATUS_INVALID_PARAMETER;
}

static NTSTATUS set_property(struct vit_bcrypt_key *key, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    struct vit_bcrypt_ecc_key *ecc = from_key(key);
    const struct vit_curve *curve = NULL;
    bool length = vit_wide_equal(name, BCRYPT_KEY_LENGTH);
    NTSTATUS status =
            length ? STATUS_SUCCESS : curve_of_property(key->provider, name, bytes, len, &curve);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    if (length) {
        return set_length(ecc, bytes, len);
    }
    if (!ecc->generic && curve != ecc->curve) {
        return STATUS_INVALID_PARAMETER;
    }
    ecc->curve = curve;
    return STATUS_SUCCESS;
}

static void destroy(struct vit_bcrypt_key *key)
{
    vit_agree_key_destroy(from_key(key)->base.agree);
    free(key);
}

/* Is the curve of the table in this build, and of use to the provider? */
static bool is_offered(const struct vit_bcrypt_provider *provider, const struct vit_curve *curve)
{
    return vit_curve_find(curve->name) != NULL && vit_bcrypt_ecc_takes(provider, curve);
}

static ULONG count_curves(const struct vit_bcrypt_provider *provider)
{
    ULONG count = 0;
    const struct vit_curve *curve;
    for (size_t i = 0; (curve = vit_curve_at(i)) != NULL; i++) {
        count += is_offered(provider, curve);
    }
    return count;
}

/* The list points into the room behind it: pointers, then names of one width. */
static void put_names(const struct vit_bcrypt_provider *provider, UCHAR *bytes, ULONG count)
{
    BCRYPT_ECC_CURVE_NAMES list = { .dwEccCurveNames = count };
    UCHAR *pointers = bytes + sizeof(list);
    UCHAR *names = pointers + count * sizeof(LPWSTR);
    const struct vit_curve *curve;
    list.pEccCurveNames = (LPWSTR *)(void *)pointers;
    memcpy(bytes, &list, sizeof(list));
    for (size_t i = 0; (curve = vit_curve_at(i)) != NULL; i++) {
        if (is_offered(provider, curve)) {
            WCHAR text[NAME_MAX_LEN] = { 0 };
            LPWSTR pointer = (LPWSTR)(void *)names;
            put_name(curve, text);
            memcpy(names, text, sizeof(text));
            memcpy(pointers, &pointer, sizeof(LPWSTR));
            names += sizeof(text);
            pointers += sizeof(LPWSTR);
        }
    }
}

static NTSTATUS get_names(const struct vit_bcrypt_provider *provider,
        const struct vit_bcrypt_room *room)
{
    UCHAR *bytes;
    ULONG count = count_curves(provider);
    size_t len = sizeof(BCRYPT_ECC_CURVE_NAMES) +
            count * (sizeof(LPWSTR) + NAME_MAX_LEN * sizeof(WCHAR));
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    if (bytes != NULL) {
        put_names(provider, bytes, count);
    }
    return status;
}

static NTSTATUS get_lengths(const struct vit_bcrypt_provider *provider,
        const struct vit_bcrypt_room *room)
{
    const struct vit_curve *curve = curve_of(provider);
    if (curve == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    const BCRYPT_KEY_LENGTHS_STRUCT lengths = { curve->bits, curve->bits, 0 };
    return vit_bcrypt_put(room, &lengths, sizeof(lengths));
}

static NTSTATUS get_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(name, BCRYPT_ECC_CURVE_NAME_LIST)) {
        return get_names(provider, room);
    }
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTHS)) {
        return get_lengths(provider, room);
    }
    return get_curve_property(curve_of(provider), name, room);
}

static NTSTATUS set_provider_property(struct vit_bcrypt_provider *provider, LPCWSTR name,
        const UCHAR *bytes, ULONG len)
{
    const struct vit_curve *curve = NULL;
    if (!vit_bcrypt_ecc_is_generic(provider)) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = curve_of_property(provider, name, bytes, len, &curve);
    if (NT_SUCCESS(status)) {
        provider->state = (void *)curve; /* of a table that is constant */
    }
    return status;
}

#define FAMILY(name_, signer_)                                                                     \
    { .name = name_,                                                                               \
        .generate = generate,                                                                      \
        .finalize = finalize,                                                                      \
        .import = vit_blob_ecc_import,                                                             \
        .export = vit_blob_ecc_export,                                                             \
        .get_property = get_property,                                                              \
        .set_property = set_property,                                                              \
        .destroy = destroy,                                                                        \
        .get_provider_property = get_provider_property,                                            \
        .set_provider_property = set_provider_property,                                            \
        .signer = signer_ }

const struct vit_bcrypt_key_family vit_bcrypt_ecc_family = FAMILY("ECDH", NULL);
const struct vit_bcrypt_key_family vit_bcrypt_ecdsa_family =
        FAMILY("ECDSA", &vit_bcrypt_ecdsa_signer);
