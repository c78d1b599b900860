/* SPDX-License-Identifier: MIT */
/* Secrets that two keys agree on, and keys out of them. */
#include "cng/derive/derive.h"
#include "cng/ksp/key.h"
#include "crypto/agree.h"

/* In secret memory as a whole. */
struct secret {
    struct vit_object base;
    struct vit_derive_secret derive;
    uint8_t z[VIT_AGREE_MAX_LEN];
};

static struct secret *from_object(struct vit_object *object)
{
    return (struct secret *)object;
}

static void destroy(struct vit_object *object)
{
    struct secret *secret = from_object(object);
    vit_derive_secret_finish(&secret->derive);
    vit_slab_free(vit_ksp_slab(), secret, sizeof(*secret));
}

static const struct vit_object_kind secret_kind = { "agreed secret", VIT_KSP_TAG_SECRET, destroy };

static void secret_unref(struct secret *secret)
{
    vit_object_unref(&secret->base);
}
VIT_DEFINE_AUTO(secret, struct secret *, secret_unref)

static struct secret *secret_get(NCRYPT_PROV_HANDLE provider, NCRYPT_SECRET_HANDLE handle)
{
    return vit_ksp_is_provider(provider)
            ? from_object(vit_handle_get((const void *)handle, &secret_kind))
            : NULL;
}

/* Two keys of DH are of one group when their parameters are the same bytes. */
static SECURITY_STATUS compare_groups(const struct vit_ksp_key *own, const struct vit_ksp_key *peer)
{
    uint8_t a[sizeof(BCRYPT_DH_PARAMETER_HEADER) + 2 * VIT_AGREE_MAX_LEN];
    uint8_t b[sizeof(a)];
    ULONG a_len = 0, b_len = 0;
    NTSTATUS status = BCryptGetProperty(own->public, BCRYPT_DH_PARAMETERS, a, sizeof(a), &a_len, 0);
    if (NT_SUCCESS(status)) {
        status = BCryptGetProperty(peer->public, BCRYPT_DH_PARAMETERS, b, sizeof(b), &b_len, 0);
    }
    if (!NT_SUCCESS(status)) {
        return vit_ksp_status(status);
    }
    return a_len == b_len && memcmp(a, b, a_len) == 0 ? ERROR_SUCCESS : NTE_INVALID_PARAMETER;
}

static SECURITY_STATUS check_peer(const struct vit_ksp_key *own, const struct vit_ksp_key *peer)
{
    if (own->algorithm->family != peer->algorithm->family) {
        return NTE_INVALID_PARAMETER;
    }
    if (own->curve == NULL) {
        return compare_groups(own, peer);
    }
    return vit_curve_same(own->curve, peer->curve) ? ERROR_SUCCESS : NTE_INVALID_PARAMETER;
}

static SECURITY_STATUS agree(struct vit_ksp_key *own, const struct vit_ksp_key *peer, DWORD flags,
        NCRYPT_SECRET_HANDLE *handle)
{
    struct vit_slab *slab = vit_ksp_slab();
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(own->provider, flags);
    SECURITY_STATUS status = vit_ksp_key_consent(own, u"agree", &prompt);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    VIT_AUTO(secret) secret = slab == NULL ? NULL : vit_slab_alloc(slab, sizeof(*secret));
    if (secret == NULL) {
        return NTE_NO_MEMORY;
    }
    size_t len = 0;
    vit_object_init(&secret->base, &secret_kind, false);
    vit_derive_secret_init(&secret->derive, own->curve, secret->z, 0);
    status = own->provider->backend->agree(own->material, &prompt, peer->public, secret->z, &len);
    secret->derive.len = len;
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_handle_add(&secret->base, handle);
    }
    if (status == ERROR_SUCCESS) {
        secret = NULL; /* ownership moved to the table */
    }
    return status;
}

static SECURITY_STATUS agree_keys(struct vit_ksp_key *own, const struct vit_ksp_key *peer,
        DWORD flags, NCRYPT_SECRET_HANDLE *handle)
{
    if (!vit_ksp_key_is_final(own) || !vit_ksp_key_is_final(peer)) {
        return NTE_BAD_KEY_STATE;
    }
    if (!vit_ksp_algorithm_agrees(own->algorithm)) {
        return NTE_NOT_SUPPORTED;
    }
    SECURITY_STATUS status = vit_ksp_key_may(own, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG);
    if (status == ERROR_SUCCESS) {
        status = check_peer(own, peer);
    }
    return status == ERROR_SUCCESS ? agree(own, peer, flags, handle) : status;
}

SECURITY_STATUS WINAPI vit_ksp_secret_agreement(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hPrivKey, NCRYPT_KEY_HANDLE hPubKey, NCRYPT_SECRET_HANDLE *phAgreedSecret,
        DWORD dwFlags)
{
    VIT_AUTO(ksp_key) own = vit_ksp_key_get(hProvider, hPrivKey);
    VIT_AUTO(ksp_key) peer = vit_ksp_key_get(hProvider, hPubKey);
    if (own == NULL || peer == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (phAgreedSecret == NULL || (dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0) {
        return NTE_INVALID_PARAMETER; /* the page has no other status for flags */
    }
    return agree_keys(own, peer, dwFlags, phAgreedSecret);
}

SECURITY_STATUS WINAPI vit_ksp_derive_key(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_SECRET_HANDLE hSharedSecret, LPCWSTR pwszKDF, NCryptBufferDesc *pParameterList,
        PBYTE pbDerivedKey, DWORD cbDerivedKey, DWORD *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(secret) secret = secret_get(hProvider, hSharedSecret);
    if (secret == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pwszKDF == NULL || pcbResult == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    return vit_ksp_status(vit_derive(&secret->derive, pwszKDF, pParameterList,
            dwFlags & ~(ULONG)NCRYPT_SILENT_FLAG, pbDerivedKey, cbDerivedKey, pcbResult));
}

SECURITY_STATUS WINAPI vit_ksp_free_secret(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_SECRET_HANDLE hSharedSecret)
{
    (void)hProvider;
    struct vit_object *object = vit_handle_take((const void *)hSharedSecret, &secret_kind);
    vit_object_unref(object);
    return object == NULL ? NTE_INVALID_HANDLE : ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_secret_set_property(NCRYPT_PROV_HANDLE provider,
        NCRYPT_SECRET_HANDLE handle, LPCWSTR name, const uint8_t *bytes, DWORD len)
{
    VIT_AUTO(secret) secret = secret_get(provider, handle);
    return secret == NULL
            ? NTE_INVALID_HANDLE
            : vit_ksp_status(vit_derive_set_property(&secret->derive, name, bytes, len));
}
