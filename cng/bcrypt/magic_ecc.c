/* SPDX-License-Identifier: MIT */
/* The first words of ECC blobs, which say what the keys are for, and of which curve. */
#include "cng/bcrypt/key_ecc.h"

/* First words of blobs: of a public key, and of a private one. */
struct magic {
    ULONG public, private;
};

/* Of keys that agree, and of keys that sign. */
static const struct magic generic_magics[2] = {
    { BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC, BCRYPT_ECDH_PRIVATE_GENERIC_MAGIC },
    { BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC, BCRYPT_ECDSA_PRIVATE_GENERIC_MAGIC },
};

/* Curves that have blobs of their own. */
static const struct {
    const char *curve;
    struct magic magics[2];
} magics[] = {
    { "nistP256",
            { { BCRYPT_ECDH_PUBLIC_P256_MAGIC, BCRYPT_ECDH_PRIVATE_P256_MAGIC },
                    { BCRYPT_ECDSA_PUBLIC_P256_MAGIC, BCRYPT_ECDSA_PRIVATE_P256_MAGIC } } },
    { "nistP384",
            { { BCRYPT_ECDH_PUBLIC_P384_MAGIC, BCRYPT_ECDH_PRIVATE_P384_MAGIC },
                    { BCRYPT_ECDSA_PUBLIC_P384_MAGIC, BCRYPT_ECDSA_PRIVATE_P384_MAGIC } } },
    { "nistP521",
            { { BCRYPT_ECDH_PUBLIC_P521_MAGIC, BCRYPT_ECDH_PRIVATE_P521_MAGIC },
                    { BCRYPT_ECDSA_PUBLIC_P521_MAGIC, BCRYPT_ECDSA_PRIVATE_P521_MAGIC } } },
};

enum { MAGIC_COUNT = sizeof(magics) / sizeof(magics[0]) };

static ULONG half_of(struct magic magic, bool private)
{
    return private ? magic.private : magic.public;
}

ULONG vit_magic_ecc_generic(const struct vit_bcrypt_provider *provider, bool private)
{
    return half_of(generic_magics[vit_bcrypt_ecc_signs(provider)], private);
}

/* Of the curve at that place of the table. */
static ULONG named_magic(const struct vit_bcrypt_provider *provider, size_t i, bool private)
{
    return half_of(magics[i].magics[vit_bcrypt_ecc_signs(provider)], private);
}

/* The curve of a blob: what the provider says and what the magic says must not differ. */
const struct vit_curve *vit_magic_ecc_curve(struct vit_bcrypt_provider *provider, ULONG magic,
        bool private)
{
    const struct vit_curve *said = vit_bcrypt_ecc_curve(provider);
    if (magic == vit_magic_ecc_generic(provider, private)) {
        return vit_bcrypt_ecc_is_generic(provider) ? said : NULL;
    }
    for (size_t i = 0; i < MAGIC_COUNT; i++) {
        if (magic == named_magic(provider, i, private)) {
            const struct vit_curve *found = vit_curve_find(magics[i].curve);
            return said == NULL || said == found ? found : NULL;
        }
    }
    return NULL;
}

/* Any magic that fits the kind and the curve will do, since the parameters say all. */
bool vit_magic_ecc_fits(const struct vit_bcrypt_provider *provider, ULONG magic,
        const struct vit_curve *curve, bool private)
{
    if (magic == vit_magic_ecc_generic(provider, private)) {
        return true;
    }
    for (size_t i = 0; i < MAGIC_COUNT; i++) {
        if (magic == named_magic(provider, i, private)) {
            return vit_curve_find(magics[i].curve) == curve;
        }
    }
    return false;
}

ULONG vit_magic_ecc_of(const struct vit_bcrypt_ecc_key *key, bool private)
{
    for (size_t i = 0; i < MAGIC_COUNT && !key->generic; i++) {
        if (vit_curve_find(magics[i].curve) == key->curve) {
            return named_magic(key->base.base.provider, i, private);
        }
    }
    return vit_magic_ecc_generic(key->base.base.provider, private);
}
