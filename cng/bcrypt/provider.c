/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/provider.h"

#include <stdlib.h>

#include "base/irql.h"
#include "cng/bcrypt/key.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/property.h"
#include "cng/hash_name.h"
#include "cng/wide.h"

enum {
    FLAGS_OF_ALL = BCRYPT_PROV_DISPATCH,
    FLAGS_OF_MACS = FLAGS_OF_ALL | BCRYPT_HASH_REUSABLE_FLAG,
    FLAGS_OF_HASHES = FLAGS_OF_MACS | BCRYPT_ALG_HANDLE_HMAC_FLAG,
    FLAGS_KNOWN = BCRYPT_PROV_DISPATCH | BCRYPT_TLS_CBC_HMAC_VERIFY_FLAG |
            BCRYPT_ALG_HANDLE_HMAC_FLAG | BCRYPT_CAPI_AES_FLAG | BCRYPT_HASH_REUSABLE_FLAG |
            BCRYPT_MULTI_FLAG | BCRYPT_EXTENDED_KEYSIZE | BCRYPT_ENABLE_INCOMPATIBLE_FIPS_CHECKS,
};

#define PSEUDO(handle) ((ULONG)(ULONG_PTR)(handle))

#define HASH_ROW(id_, name_, pseudo_, hmac_)                                                       \
    { .name = name_,                                                                               \
        .pseudo = pseudo_,                                                                         \
        .hmac_pseudo = hmac_,                                                                      \
        .interface = BCRYPT_HASH_INTERFACE,                                                        \
        .operations = BCRYPT_HASH_OPERATION,                                                       \
        .flags = FLAGS_OF_HASHES,                                                                  \
        .hash = id_ }

#define AGREEMENT_ROW(name_, pseudo_, family_, bits_)                                              \
    { .name = name_,                                                                               \
        .pseudo = pseudo_,                                                                         \
        .interface = BCRYPT_SECRET_AGREEMENT_INTERFACE,                                            \
        .operations = BCRYPT_SECRET_AGREEMENT_OPERATION,                                           \
        .flags = FLAGS_OF_ALL,                                                                     \
        .family = family_,                                                                         \
        .bits = bits_ }

#define SIGNATURE_ROW(name_, pseudo_, bits_)                                                       \
    { .name = name_,                                                                               \
        .pseudo = pseudo_,                                                                         \
        .interface = BCRYPT_SIGNATURE_INTERFACE,                                                   \
        .operations = BCRYPT_SIGNATURE_OPERATION,                                                  \
        .flags = FLAGS_OF_ALL,                                                                     \
        .family = &vit_bcrypt_ecdsa_family,                                                        \
        .bits = bits_ }

#define CIPHER_ROW(name_, pseudo_, operations_, chaining_)                                         \
    { .name = name_,                                                                               \
        .pseudo = pseudo_,                                                                         \
        .interface = BCRYPT_CIPHER_INTERFACE,                                                      \
        .operations = operations_,                                                                 \
        .flags = FLAGS_OF_ALL,                                                                     \
        .family = &vit_bcrypt_aes_family,                                                          \
        .chaining = chaining_ }

/* The pseudo-handles of one algorithm that say its mode. */
#define CIPHER_MODE_ROW(pseudo_, chaining_)                                                        \
    CIPHER_ROW(BCRYPT_AES_ALGORITHM, PSEUDO(pseudo_), BCRYPT_CIPHER_OPERATION, chaining_)

#define DERIVATION_ROW(name_, pseudo_)                                                             \
    { .name = name_,                                                                               \
        .pseudo = PSEUDO(pseudo_),                                                                 \
        .interface = BCRYPT_KEY_DERIVATION_INTERFACE,                                              \
        .operations = BCRYPT_KEY_DERIVATION_OPERATION,                                             \
        .flags = FLAGS_OF_ALL,                                                                     \
        .family = &vit_bcrypt_kdf_family }

static const struct vit_bcrypt_algorithm algorithms[] = {
    AGREEMENT_ROW(BCRYPT_ECDH_P256_ALGORITHM, PSEUDO(BCRYPT_ECDH_P256_ALG_HANDLE),
            &vit_bcrypt_ecc_family, 256),
    AGREEMENT_ROW(BCRYPT_ECDH_P384_ALGORITHM, PSEUDO(BCRYPT_ECDH_P384_ALG_HANDLE),
            &vit_bcrypt_ecc_family, 384),
    AGREEMENT_ROW(BCRYPT_ECDH_P521_ALGORITHM, PSEUDO(BCRYPT_ECDH_P521_ALG_HANDLE),
            &vit_bcrypt_ecc_family, 521),
    AGREEMENT_ROW(BCRYPT_ECDH_ALGORITHM, PSEUDO(BCRYPT_ECDH_ALG_HANDLE), &vit_bcrypt_ecc_family, 0),
    AGREEMENT_ROW(BCRYPT_DH_ALGORITHM, PSEUDO(BCRYPT_DH_ALG_HANDLE), &vit_bcrypt_dh_family, 0),
    SIGNATURE_ROW(BCRYPT_ECDSA_P256_ALGORITHM, PSEUDO(BCRYPT_ECDSA_P256_ALG_HANDLE), 256),
    SIGNATURE_ROW(BCRYPT_ECDSA_P384_ALGORITHM, PSEUDO(BCRYPT_ECDSA_P384_ALG_HANDLE), 384),
    SIGNATURE_ROW(BCRYPT_ECDSA_P521_ALGORITHM, PSEUDO(BCRYPT_ECDSA_P521_ALG_HANDLE), 521),
    SIGNATURE_ROW(BCRYPT_ECDSA_ALGORITHM, PSEUDO(BCRYPT_ECDSA_ALG_HANDLE), 0),
    {
            .name = BCRYPT_RSA_ALGORITHM,
            .pseudo = PSEUDO(BCRYPT_RSA_ALG_HANDLE),
            .interface = BCRYPT_ASYMMETRIC_ENCRYPTION_INTERFACE,
            .operations = BCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION | BCRYPT_SIGNATURE_OPERATION,
            .flags = FLAGS_OF_ALL,
            .family = &vit_bcrypt_rsa_family,
    },
    {
            .name = BCRYPT_RSA_SIGN_ALGORITHM,
            .pseudo = PSEUDO(BCRYPT_RSA_SIGN_ALG_HANDLE),
            .interface = BCRYPT_SIGNATURE_INTERFACE,
            .operations = BCRYPT_SIGNATURE_OPERATION,
            .flags = FLAGS_OF_ALL,
            .family = &vit_bcrypt_rsa_family,
    },
    HASH_ROW(VIT_HASH_SHA256, BCRYPT_SHA256_ALGORITHM, PSEUDO(BCRYPT_SHA256_ALG_HANDLE),
            PSEUDO(BCRYPT_HMAC_SHA256_ALG_HANDLE)),
    HASH_ROW(VIT_HASH_SHA384, BCRYPT_SHA384_ALGORITHM, PSEUDO(BCRYPT_SHA384_ALG_HANDLE),
            PSEUDO(BCRYPT_HMAC_SHA384_ALG_HANDLE)),
    HASH_ROW(VIT_HASH_SHA512, BCRYPT_SHA512_ALGORITHM, PSEUDO(BCRYPT_SHA512_ALG_HANDLE),
            PSEUDO(BCRYPT_HMAC_SHA512_ALG_HANDLE)),
    HASH_ROW(VIT_HASH_SHA1, BCRYPT_SHA1_ALGORITHM, PSEUDO(BCRYPT_SHA1_ALG_HANDLE),
            PSEUDO(BCRYPT_HMAC_SHA1_ALG_HANDLE)),
    HASH_ROW(VIT_HASH_MD5, BCRYPT_MD5_ALGORITHM, PSEUDO(BCRYPT_MD5_ALG_HANDLE),
            PSEUDO(BCRYPT_HMAC_MD5_ALG_HANDLE)),
    HASH_ROW(VIT_HASH_SHA3_256, BCRYPT_SHA3_256_ALGORITHM, 0, 0),
    HASH_ROW(VIT_HASH_SHA3_384, BCRYPT_SHA3_384_ALGORITHM, 0, 0),
    HASH_ROW(VIT_HASH_SHA3_512, BCRYPT_SHA3_512_ALGORITHM, 0, 0),
    {
            .name = BCRYPT_AES_CMAC_ALGORITHM,
            .pseudo = PSEUDO(BCRYPT_AES_CMAC_ALG_HANDLE),
            .interface = BCRYPT_HASH_INTERFACE,
            .operations = BCRYPT_HASH_OPERATION,
            .flags = FLAGS_OF_MACS,
            .hash = VIT_HASH_COUNT,
    },
    CIPHER_ROW(BCRYPT_AES_ALGORITHM, 0, BCRYPT_CIPHER_OPERATION, VIT_BCRYPT_CBC),
    CIPHER_ROW(BCRYPT_AES_GMAC_ALGORITHM, PSEUDO(BCRYPT_AES_GMAC_ALG_HANDLE),
            BCRYPT_CIPHER_OPERATION, VIT_BCRYPT_GMAC),
    CIPHER_MODE_ROW(BCRYPT_AES_CBC_ALG_HANDLE, VIT_BCRYPT_CBC),
    CIPHER_MODE_ROW(BCRYPT_AES_ECB_ALG_HANDLE, VIT_BCRYPT_ECB),
    CIPHER_MODE_ROW(BCRYPT_AES_CFB_ALG_HANDLE, VIT_BCRYPT_CFB),
    CIPHER_MODE_ROW(BCRYPT_AES_CCM_ALG_HANDLE, VIT_BCRYPT_CCM),
    CIPHER_MODE_ROW(BCRYPT_AES_GCM_ALG_HANDLE, VIT_BCRYPT_GCM),
    DERIVATION_ROW(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, BCRYPT_SP800108_CTR_HMAC_ALG_HANDLE),
    DERIVATION_ROW(BCRYPT_SP80056A_CONCAT_ALGORITHM, BCRYPT_SP80056A_CONCAT_ALG_HANDLE),
    DERIVATION_ROW(BCRYPT_PBKDF2_ALGORITHM, BCRYPT_PBKDF2_ALG_HANDLE),
    DERIVATION_ROW(BCRYPT_CAPI_KDF_ALGORITHM, BCRYPT_CAPI_KDF_ALG_HANDLE),
    DERIVATION_ROW(BCRYPT_TLS1_1_KDF_ALGORITHM, BCRYPT_TLS1_1_KDF_ALG_HANDLE),
    DERIVATION_ROW(BCRYPT_TLS1_2_KDF_ALGORITHM, BCRYPT_TLS1_2_KDF_ALG_HANDLE),
    DERIVATION_ROW(BCRYPT_HKDF_ALGORITHM, BCRYPT_HKDF_ALG_HANDLE),
    {
            .name = BCRYPT_RNG_ALGORITHM,
            .pseudo = PSEUDO(BCRYPT_RNG_ALG_HANDLE),
            .interface = BCRYPT_RNG_INTERFACE,
            .operations = BCRYPT_RNG_OPERATION,
            .flags = FLAGS_OF_ALL,
    },
};

enum { ALGORITHM_COUNT = sizeof(algorithms) / sizeof(algorithms[0]) };

/* Of the process: what stands behind the pseudo-handles, and where secrets are kept. */
static struct {
    pthread_once_t once;
    struct vit_slab *slab;
    struct vit_bcrypt_provider plain[ALGORITHM_COUNT];
    struct vit_bcrypt_provider hmac[ALGORITHM_COUNT];
} process = { .once = PTHREAD_ONCE_INIT };

/* The child lacks the parent's secret pages: it begins with pages of its own. */
static void replace_slab(void)
{
    process.slab = NULL;
    (void)!vit_slab_create(&process.slab);
}

static void init_shared(struct vit_bcrypt_provider *provider, size_t i, ULONG pseudo, ULONG flags)
{
    vit_object_init(&provider->base, &vit_bcrypt_provider_kind.base, false);
    provider->shared = true;
    provider->algorithm = &algorithms[i];
    provider->flags = flags;
    provider->handle = (BCRYPT_ALG_HANDLE)(ULONG_PTR)pseudo;
}

static void init_process(void)
{
    replace_slab();
    (void)pthread_atfork(NULL, NULL, replace_slab);
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        init_shared(&process.plain[i], i, algorithms[i].pseudo, 0);
        init_shared(&process.hmac[i], i, algorithms[i].hmac_pseudo, BCRYPT_ALG_HANDLE_HMAC_FLAG);
    }
}

struct vit_slab *vit_bcrypt_slab(void)
{
    pthread_once(&process.once, init_process);
    return process.slab;
}

const struct vit_bcrypt_algorithm *vit_bcrypt_algorithm_find(LPCWSTR name)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (vit_wide_equal(algorithms[i].name, name)) {
            return &algorithms[i];
        }
    }
    return NULL;
}

const struct vit_bcrypt_algorithm *vit_bcrypt_algorithm_at(size_t index)
{
    return index < ALGORITHM_COUNT ? &algorithms[index] : NULL;
}

NTSTATUS vit_bcrypt_hash_find(LPCWSTR name, enum vit_hash_id *hash)
{
    return vit_hash_of_name(name, hash) ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static struct vit_bcrypt_provider *from_object(struct vit_object *object)
{
    return (struct vit_bcrypt_provider *)object;
}

static void destroy(struct vit_object *object)
{
    struct vit_bcrypt_provider *provider = from_object(object);
    if (provider->state_destroy != NULL) {
        provider->state_destroy(provider->state);
    }
    pthread_mutex_destroy(&provider->lock);
    free(provider);
}

bool vit_bcrypt_provider_is_shared(const struct vit_bcrypt_provider *provider)
{
    return provider->shared;
}

void vit_bcrypt_provider_lock(struct vit_bcrypt_provider *provider)
{
    if (!provider->shared) {
        pthread_mutex_lock(&provider->lock);
    }
}

void vit_bcrypt_provider_unlock(struct vit_bcrypt_provider *provider)
{
    if (!provider->shared) {
        pthread_mutex_unlock(&provider->lock);
    }
}

static struct vit_bcrypt_provider *get_shared(ULONG_PTR value)
{
    if (value == 0 || vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return NULL;
    }
    pthread_once(&process.once, init_process);
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        bool plain = algorithms[i].pseudo == value;
        if (plain || algorithms[i].hmac_pseudo == value) {
            struct vit_bcrypt_provider *provider = plain ? &process.plain[i] : &process.hmac[i];
            vit_object_ref(&provider->base);
            return provider;
        }
    }
    return NULL;
}

struct vit_bcrypt_provider *vit_bcrypt_provider_get(BCRYPT_ALG_HANDLE handle)
{
    if ((ULONG_PTR)handle <= UINT32_MAX) {
        return get_shared((ULONG_PTR)handle);
    }
    return from_object(vit_handle_get(handle, &vit_bcrypt_provider_kind.base));
}

void vit_bcrypt_provider_unref(struct vit_bcrypt_provider *provider)
{
    vit_object_unref(&provider->base);
}

/* One implementation, by the published name. */
static bool is_ours(LPCWSTR implementation)
{
    return implementation == NULL || vit_wide_equal(implementation, MS_PRIMITIVE_PROVIDER);
}

static NTSTATUS check_open(const BCRYPT_ALG_HANDLE *out, LPCWSTR name, LPCWSTR implementation,
        ULONG flags, const struct vit_bcrypt_algorithm **algorithm)
{
    if (out == NULL || name == NULL || (flags & ~(ULONG)FLAGS_KNOWN) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    *algorithm = vit_bcrypt_algorithm_find(name);
    if (*algorithm == NULL || !is_ours(implementation)) {
        return STATUS_NOT_FOUND;
    }
    return (flags & ~(*algorithm)->flags) != 0 ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

static struct vit_bcrypt_provider *create(const struct vit_bcrypt_algorithm *algorithm, ULONG flags)
{
    struct vit_bcrypt_provider *provider = calloc(1, sizeof(*provider));
    if (provider == NULL) {
        return NULL;
    }
    vit_object_init(&provider->base, &vit_bcrypt_provider_kind.base,
            (flags & BCRYPT_PROV_DISPATCH) != 0);
    pthread_mutex_init(&provider->lock, NULL);
    provider->algorithm = algorithm;
    provider->flags = flags;
    return provider;
}

NTSTATUS WINAPI BCryptOpenAlgorithmProvider(BCRYPT_ALG_HANDLE *phAlgorithm, LPCWSTR pszAlgId,
        LPCWSTR pszImplementation, ULONG dwFlags)
{
    const struct vit_bcrypt_algorithm *algorithm;
    if (vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = check_open(phAlgorithm, pszAlgId, pszImplementation, dwFlags, &algorithm);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    VIT_AUTO(bcrypt_provider) provider = create(algorithm, dwFlags);
    if (provider == NULL) {
        return STATUS_NO_MEMORY;
    }
    status = vit_bcrypt_status(vit_handle_add(&provider->base, &provider->handle));
    if (NT_SUCCESS(status)) {
        *phAlgorithm = provider->handle;
        provider = NULL; /* ownership moved to the table */
    }
    return status;
}

NTSTATUS WINAPI BCryptCloseAlgorithmProvider(BCRYPT_ALG_HANDLE hAlgorithm, ULONG dwFlags)
{
    if (vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return STATUS_NOT_SUPPORTED;
    }
    struct vit_bcrypt_provider *provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    vit_bcrypt_provider_unref(provider);
    if (dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_object *object = vit_handle_take(hAlgorithm, &vit_bcrypt_provider_kind.base);
    vit_object_unref(object);
    return object == NULL ? STATUS_INVALID_HANDLE : STATUS_SUCCESS;
}

static NTSTATUS get_family_property(struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    if (provider->algorithm->family == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    vit_bcrypt_provider_lock(provider);
    NTSTATUS status = provider->algorithm->family->get_provider_property(provider, name, room);
    vit_bcrypt_provider_unlock(provider);
    return status;
}

static NTSTATUS get_property(struct vit_object *object, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    struct vit_bcrypt_provider *provider = from_object(object);
    NTSTATUS status = vit_bcrypt_provider_property(provider, name, room);
    return status == STATUS_NOT_SUPPORTED ? get_family_property(provider, name, room) : status;
}

static NTSTATUS set_property(struct vit_object *object, LPCWSTR name, const UCHAR *bytes, ULONG len)
{
    struct vit_bcrypt_provider *provider = from_object(object);
    if (vit_bcrypt_provider_is_shared(provider) || provider->algorithm->family == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    vit_bcrypt_provider_lock(provider);
    NTSTATUS status =
            provider->algorithm->family->set_provider_property(provider, name, bytes, len);
    vit_bcrypt_provider_unlock(provider);
    return status;
}

const struct vit_bcrypt_kind vit_bcrypt_provider_kind = {
    .base = { "algorithm provider", VIT_BCRYPT_TAG_PROVIDER, destroy },
    .get_property = get_property,
    .set_property = set_property,
};
