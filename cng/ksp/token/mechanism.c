/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/mechanism.h"

#include <string.h>

#include "cng/hash_name.h"

/* DigestInfo up to the digest itself (RFC 8017, 9.2), and names of mechanisms; 0: none. */
struct hash_row {
    ck_mechanism_type_t hash;
    ck_rsa_pkcs_mgf_type_t mgf;
    uint8_t prefix_len;
    uint8_t prefix[19];
};

#define NIST_PREFIX(last, len)                                                                     \
    19,                                                                                            \
    {                                                                                              \
        0x30, 0x11 + (len), 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,      \
                0x02, last, 0x05, 0x00, 0x04, len                                                  \
    }

static const struct hash_row rows[VIT_HASH_COUNT] = {
    [VIT_HASH_MD5] = { CKM_MD5, 0, 18,
            { 0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05,
                    0x05, 0x00, 0x04, 0x10 } },
    [VIT_HASH_SHA1] = { CKM_SHA_1, CKG_MGF1_SHA1, 15,
            { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04,
                    0x14 } },
    [VIT_HASH_SHA256] = { CKM_SHA256, CKG_MGF1_SHA256, NIST_PREFIX(1, 32) },
    [VIT_HASH_SHA384] = { CKM_SHA384, CKG_MGF1_SHA384, NIST_PREFIX(2, 48) },
    [VIT_HASH_SHA512] = { CKM_SHA512, CKG_MGF1_SHA512, NIST_PREFIX(3, 64) },
    [VIT_HASH_SHA3_256] = { 0, 0, NIST_PREFIX(8, 32) },
    [VIT_HASH_SHA3_384] = { 0, 0, NIST_PREFIX(9, 48) },
    [VIT_HASH_SHA3_512] = { 0, 0, NIST_PREFIX(10, 64) },
};

static SECURITY_STATUS oaep(const BCRYPT_OAEP_PADDING_INFO *info,
        struct vit_token_mechanism *mechanism)
{
    if (info == NULL || info->pszAlgId == NULL || (info->pbLabel == NULL && info->cbLabel != 0)) {
        return NTE_INVALID_PARAMETER;
    }
    if (!vit_hash_of_name(info->pszAlgId, &mechanism->hash)) {
        return NTE_NOT_SUPPORTED;
    }
    const struct hash_row *row = &rows[mechanism->hash];
    mechanism->known = row->mgf != 0;
    mechanism->label = info->pbLabel;
    mechanism->label_len = info->cbLabel;
    mechanism->oaep = (struct ck_rsa_pkcs_oaep_params){ row->hash, row->mgf, CKZ_DATA_SPECIFIED,
        info->cbLabel != 0 ? info->pbLabel : NULL, info->cbLabel };
    mechanism->mechanism =
            (struct ck_mechanism){ CKM_RSA_PKCS_OAEP, &mechanism->oaep, sizeof(mechanism->oaep) };
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_token_mechanism_decrypt(const void *padding, ULONG flags,
        struct vit_token_mechanism *mechanism)
{
    *mechanism = (struct vit_token_mechanism){ .known = true };
    switch (flags) {
    case BCRYPT_PAD_NONE:
        mechanism->mechanism.mechanism = CKM_RSA_X_509;
        return ERROR_SUCCESS;
    case BCRYPT_PAD_PKCS1:
        mechanism->mechanism.mechanism = CKM_RSA_PKCS;
        return ERROR_SUCCESS;
    case BCRYPT_PAD_OAEP:
        return oaep(padding, mechanism);
    default:
        return NTE_INVALID_PARAMETER;
    }
}

static SECURITY_STATUS take_data(struct vit_token_mechanism *mechanism, const void *prefix,
        size_t prefix_len, const uint8_t *hash, size_t hash_len)
{
    if (hash == NULL || hash_len == 0 || hash_len > VIT_TOKEN_MAX_DATA_LEN - prefix_len) {
        return NTE_INVALID_PARAMETER;
    }
    if (prefix_len > 0) {
        memcpy(mechanism->data, prefix, prefix_len);
    }
    memcpy(mechanism->data + prefix_len, hash, hash_len);
    mechanism->data_len = prefix_len + hash_len;
    return ERROR_SUCCESS;
}

/* The digest must have the length that its hash has. */
static SECURITY_STATUS find_hash(LPCWSTR name, size_t hash_len, enum vit_hash_id *id)
{
    if (!vit_hash_of_name(name, id)) {
        return NTE_NOT_SUPPORTED;
    }
    return hash_len == vit_hash_len(*id) ? ERROR_SUCCESS : NTE_INVALID_PARAMETER;
}

static SECURITY_STATUS pkcs1(const BCRYPT_PKCS1_PADDING_INFO *info, const uint8_t *hash,
        size_t hash_len, struct vit_token_mechanism *mechanism)
{
    mechanism->mechanism.mechanism = CKM_RSA_PKCS;
    if (info->pszAlgId == NULL) {
        return take_data(mechanism, NULL, 0, hash, hash_len);
    }
    enum vit_hash_id id;
    SECURITY_STATUS status = find_hash(info->pszAlgId, hash_len, &id);
    return status != ERROR_SUCCESS
            ? status
            : take_data(mechanism, rows[id].prefix, rows[id].prefix_len, hash, hash_len);
}

static SECURITY_STATUS pss(const BCRYPT_PSS_PADDING_INFO *info, const uint8_t *hash,
        size_t hash_len, struct vit_token_mechanism *mechanism)
{
    enum vit_hash_id id;
    if (info->pszAlgId == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = find_hash(info->pszAlgId, hash_len, &id);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (rows[id].mgf == 0) {
        return NTE_NOT_SUPPORTED;
    }
    mechanism->pss = (struct ck_rsa_pkcs_pss_params){ rows[id].hash, rows[id].mgf, info->cbSalt };
    mechanism->mechanism =
            (struct ck_mechanism){ CKM_RSA_PKCS_PSS, &mechanism->pss, sizeof(mechanism->pss) };
    return take_data(mechanism, NULL, 0, hash, hash_len);
}

/* Of a digest that is longer than the order its first bits are signed; the curves have whole bytes,
 * but for P-521, which is longer than any digest. */
static SECURITY_STATUS ecdsa(const struct vit_token_algorithm *algorithm, const uint8_t *hash,
        size_t hash_len, struct vit_token_mechanism *mechanism)
{
    size_t most = vit_token_curve_len(algorithm);
    mechanism->mechanism.mechanism = CKM_ECDSA;
    return take_data(mechanism, NULL, 0, hash, hash_len < most ? hash_len : most);
}

SECURITY_STATUS vit_token_mechanism_sign(const struct vit_ksp_material *material,
        const void *padding, ULONG flags, const uint8_t *hash, size_t hash_len,
        struct vit_token_mechanism *mechanism)
{
    *mechanism = (struct vit_token_mechanism){ .known = true };
    if (material->algorithm->type == CKK_EC) {
        return flags == 0 ? ecdsa(material->algorithm, hash, hash_len, mechanism)
                          : NTE_INVALID_PARAMETER;
    }
    if (padding == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    switch (flags) {
    case BCRYPT_PAD_PKCS1:
        return pkcs1(padding, hash, hash_len, mechanism);
    case BCRYPT_PAD_PSS:
        return pss(padding, hash, hash_len, mechanism);
    default:
        return NTE_INVALID_PARAMETER;
    }
}
