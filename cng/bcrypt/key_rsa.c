/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/key_rsa.h"

#include "base/irql.h"
#include "cng/bcrypt/encrypt.h"
#include "cng/bcrypt/property.h"
#include "cng/bcrypt/sign.h"
#include "cng/wide.h"

enum { BITS_STEP = 64 };

static bool is_right_length(ULONG bits)
{
    return bits >= VIT_RSA_MIN_BITS && bits <= VIT_RSA_MAX_BITS && bits % BITS_STEP == 0;
}

static struct vit_bcrypt_rsa_key *create(struct vit_bcrypt_provider *provider)
{
    struct vit_bcrypt_rsa_key *key = calloc(1, sizeof(*key));
    if (key != NULL) {
        vit_bcrypt_key_init(&key->base, &vit_bcrypt_rsa_family, provider);
    }
    return key;
}

static NTSTATUS generate(struct vit_bcrypt_provider *provider, ULONG bits,
        struct vit_bcrypt_key **out)
{
    if (!is_right_length(bits)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_bcrypt_rsa_key *key = create(provider);
    if (key == NULL) {
        return STATUS_NO_MEMORY;
    }
    key->bits = bits;
    *out = &key->base;
    return STATUS_SUCCESS;
}

static NTSTATUS finalize(struct vit_bcrypt_key *base)
{
    struct vit_bcrypt_rsa_key *key = vit_bcrypt_rsa_key_of(base);
    base->private = true;
    return vit_bcrypt_status(vit_rsa_generate(key->bits, &key->rsa));
}

static NTSTATUS import(struct vit_bcrypt_provider *provider, LPCWSTR type, const UCHAR *bytes,
        ULONG len, ULONG flags, struct vit_bcrypt_key **out)
{
    (void)flags; /* the checks that there are cost little */
    VIT_AUTO(rsa) rsa = NULL;
    NTSTATUS status = vit_bcrypt_rsa_read(type, bytes, len, &rsa);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    struct vit_bcrypt_rsa_key *key = create(provider);
    if (key == NULL) {
        return STATUS_NO_MEMORY;
    }
    key->bits = vit_rsa_bits(rsa);
    key->base.private = vit_rsa_is_private(rsa);
    key->rsa = rsa;
    rsa = NULL; /* ownership moved to the key */
    atomic_store(&key->base.final, true);
    *out = &key->base;
    return STATUS_SUCCESS;
}

static NTSTATUS export(const struct vit_bcrypt_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room)
{
    return vit_bcrypt_rsa_write(vit_bcrypt_rsa_of(key), type, room);
}

static NTSTATUS get_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    static const BCRYPT_KEY_LENGTHS_STRUCT lengths = { VIT_RSA_MIN_BITS, VIT_RSA_MAX_BITS,
        BITS_STEP };
    (void)provider;
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTHS)) {
        return vit_bcrypt_put(room, &lengths, sizeof(lengths));
    }
    if (vit_wide_equal(name, BCRYPT_PADDING_SCHEMES)) {
        return vit_bcrypt_put_ulong(room,
                BCRYPT_SUPPORTED_PAD_PKCS1_ENC | BCRYPT_SUPPORTED_PAD_PKCS1_SIG |
                        BCRYPT_SUPPORTED_PAD_OAEP | BCRYPT_SUPPORTED_PAD_PSS);
    }
    return STATUS_NOT_SUPPORTED;
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

static NTSTATUS get_property(const struct vit_bcrypt_key *base, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    ULONG bits = ((const struct vit_bcrypt_rsa_key *)base)->bits;
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTH) || vit_wide_equal(name, BCRYPT_KEY_STRENGTH) ||
            vit_wide_equal(name, BCRYPT_PUBLIC_KEY_LENGTH)) {
        return vit_bcrypt_put_ulong(room, bits);
    }
    if (vit_wide_equal(name, BCRYPT_BLOCK_LENGTH) ||
            vit_wide_equal(name, BCRYPT_SIGNATURE_LENGTH)) {
        return vit_bcrypt_put_ulong(room, (bits + 7) / 8);
    }
    return get_provider_property(base->provider, name, room);
}

/* Setting the length of a finished key succeeds and does nothing: so it is published. */
static NTSTATUS set_property(struct vit_bcrypt_key *base, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    ULONG bits;
    if (!vit_wide_equal(name, BCRYPT_KEY_LENGTH)) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = vit_bcrypt_ulong_of(bytes, len, &bits);
    if (!NT_SUCCESS(status) || !is_right_length(bits)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!atomic_load(&base->final)) {
        vit_bcrypt_rsa_key_of(base)->bits = bits;
    }
    return STATUS_SUCCESS;
}

static void destroy(struct vit_bcrypt_key *base)
{
    struct vit_bcrypt_rsa_key *key = vit_bcrypt_rsa_key_of(base);
    vit_rsa_destroy(key->rsa);
    free(key);
}

const struct vit_bcrypt_key_family vit_bcrypt_rsa_family = {
    .name = "RSA",
    .generate = generate,
    .finalize = finalize,
    .import = import,
    .export = export,
    .get_property = get_property,
    .set_property = set_property,
    .destroy = destroy,
    .get_provider_property = get_provider_property,
    .set_provider_property = set_provider_property,
    .signer = &vit_bcrypt_rsa_signer,
    .encryptor = &vit_bcrypt_rsa_encryptor,
};
