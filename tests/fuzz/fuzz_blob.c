/* SPDX-License-Identifier: MIT */
/*
 * A blob of a key for libvitrine_bcrypt, and then what such keys are for.
 *
 * Input: u8 algorithm, u8 type of blob, u8 flags, the blob. What is taken must come out again as it
 * went in, and must agree with a key of its own kind or be refused, or sign and verify, or encrypt and
 * decrypt, or derive.
 */
#include <bcrypt.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_LEN = 4096 };

enum use { AGREES, SIGNS, ENCRYPTS, DERIVES };

static const struct {
    BCRYPT_ALG_HANDLE provider;
    LPCWSTR curve; /* of "ECDH" and "ECDSA" */
    ULONG curve_len;
    ULONG bits;
    enum use use;
} algorithms[] = {
    { BCRYPT_ECDH_P256_ALG_HANDLE, NULL, 0, 256, AGREES },
    { BCRYPT_ECDH_P384_ALG_HANDLE, NULL, 0, 384, AGREES },
    { BCRYPT_ECDH_P521_ALG_HANDLE, NULL, 0, 521, AGREES },
    { BCRYPT_DH_ALG_HANDLE, NULL, 0, 1024, AGREES },
    { NULL, BCRYPT_ECC_CURVE_25519, sizeof(BCRYPT_ECC_CURVE_25519), 0, AGREES },
    { NULL, BCRYPT_ECC_CURVE_SECP160K1, sizeof(BCRYPT_ECC_CURVE_SECP160K1), 0, AGREES },
    { NULL, NULL, 0, 256, AGREES },
    { BCRYPT_ECDSA_P256_ALG_HANDLE, NULL, 0, 256, SIGNS },
    { BCRYPT_ECDSA_P521_ALG_HANDLE, NULL, 0, 521, SIGNS },
    { NULL, BCRYPT_ECC_CURVE_SECP160K1, sizeof(BCRYPT_ECC_CURVE_SECP160K1), 0, SIGNS },
    { NULL, NULL, 0, 256, SIGNS },
    { BCRYPT_AES_CBC_ALG_HANDLE, NULL, 0, 0, ENCRYPTS },
    { BCRYPT_HKDF_ALG_HANDLE, NULL, 0, 0, DERIVES },
};

enum { ALGORITHM_COUNT = sizeof(algorithms) / sizeof(algorithms[0]) };

static const LPCWSTR types[] = { BCRYPT_PUBLIC_KEY_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
    BCRYPT_ECCFULLPUBLIC_BLOB, BCRYPT_ECCFULLPRIVATE_BLOB, SSL_ECCPUBLIC_BLOB,
    BCRYPT_DH_PRIVATE_BLOB };
static const LPCWSTR symmetric_types[] = { BCRYPT_KEY_DATA_BLOB, BCRYPT_OPAQUE_KEY_BLOB,
    BCRYPT_AES_WRAP_KEY_BLOB };

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]), SYMMETRIC_TYPE_COUNT = 3 };

/* Made once: providers of "ECDH" and "ECDSA", and a key of each. */
static BCRYPT_ALG_HANDLE providers[ALGORITHM_COUNT];
static BCRYPT_KEY_HANDLE keys[ALGORITHM_COUNT];

static void open_algorithm(size_t i)
{
    LPCWSTR name = algorithms[i].use == SIGNS ? BCRYPT_ECDSA_ALGORITHM : BCRYPT_ECDH_ALGORITHM;
    static UCHAR bytes[16] = "a key that wraps";
    providers[i] = algorithms[i].provider;
    if (algorithms[i].use == ENCRYPTS || algorithms[i].use == DERIVES) {
        FUZZ_CHECK(BCryptGenerateSymmetricKey(BCRYPT_AES_ECB_ALG_HANDLE, &keys[i], NULL, 0, bytes,
                           sizeof(bytes), 0) == 0);
        return;
    }
    if (providers[i] == NULL) {
        FUZZ_CHECK(BCryptOpenAlgorithmProvider(&providers[i], name, NULL, 0) == 0);
    }
    if (algorithms[i].curve != NULL) {
        FUZZ_CHECK(BCryptSetProperty(providers[i], BCRYPT_ECC_CURVE_NAME,
                           (PUCHAR)algorithms[i].curve, algorithms[i].curve_len, 0) == 0);
    }
    FUZZ_CHECK(BCryptGenerateKeyPair(providers[i], &keys[i], algorithms[i].bits, 0) == 0);
    FUZZ_CHECK(BCryptFinalizeKeyPair(keys[i], 0) == 0);
}

static void agree_with(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer)
{
    BCRYPT_SECRET_HANDLE secret;
    UCHAR out[1024];
    ULONG len = 0;
    NTSTATUS status = BCryptSecretAgreement(own, peer, &secret, 0);
    FUZZ_CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_PARAMETER);
    if (status == STATUS_SUCCESS) {
        FUZZ_CHECK(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, out, sizeof(out), &len,
                           0) == STATUS_SUCCESS);
        FUZZ_CHECK(len > 0 && BCryptDestroySecret(secret) == STATUS_SUCCESS);
    }
}

/* Private halves sign; a public one verifies nothing that it did not sign. */
static void sign_with(BCRYPT_KEY_HANDLE key, BCRYPT_KEY_HANDLE other)
{
    UCHAR digest[32] = { 1 }, signature[256];
    ULONG len = 0;
    NTSTATUS status = BCryptSignHash(key, NULL, digest, sizeof(digest), signature,
            sizeof(signature), &len, 0);
    FUZZ_CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_PARAMETER);
    if (status == STATUS_SUCCESS) {
        FUZZ_CHECK(BCryptVerifySignature(key, NULL, digest, 32, signature, len, 0) ==
                STATUS_SUCCESS);
    } else {
        FUZZ_CHECK(BCryptSignHash(other, NULL, digest, 32, signature, sizeof(signature), &len, 0) ==
                STATUS_SUCCESS);
        status = BCryptVerifySignature(key, NULL, digest, 32, signature, len, 0);
        FUZZ_CHECK(status == STATUS_INVALID_SIGNATURE || status == STATUS_SUCCESS);
    }
}

static void encrypt_with(BCRYPT_KEY_HANDLE key)
{
    UCHAR in[16] = { 1 }, out[32], back[32];
    ULONG len = 0;
    FUZZ_CHECK(BCryptEncrypt(key, in, 16, NULL, NULL, 0, out, 32, &len, BCRYPT_BLOCK_PADDING) ==
            STATUS_SUCCESS);
    UCHAR iv[16] = { 0 };
    FUZZ_CHECK(BCryptDecrypt(key, out, len, NULL, iv, 16, back, 32, &len, BCRYPT_BLOCK_PADDING) ==
            STATUS_SUCCESS);
    FUZZ_CHECK(len == 16 && memcmp(in, back, 16) == 0);
}

static void derive_with(BCRYPT_KEY_HANDLE key)
{
    static const WCHAR hash[] = BCRYPT_SHA256_ALGORITHM;
    UCHAR out[32];
    ULONG len = 0;
    FUZZ_CHECK(BCryptSetProperty(key, BCRYPT_HKDF_HASH_ALGORITHM, (PUCHAR)hash, sizeof(hash), 0) ==
            STATUS_SUCCESS);
    FUZZ_CHECK(BCryptSetProperty(key, BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptKeyDerivation(key, NULL, out, sizeof(out), &len, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(len == sizeof(out));
}

static void use_key(size_t algorithm, BCRYPT_KEY_HANDLE key)
{
    switch (algorithms[algorithm].use) {
    case AGREES:
        agree_with(keys[algorithm], key);
        agree_with(key, keys[algorithm]);
        break;
    case SIGNS:
        sign_with(key, keys[algorithm]);
        break;
    case ENCRYPTS:
        encrypt_with(key);
        break;
    default:
        derive_with(key);
    }
}

/* Bytes; a wrapped one comes out wrapped. */
static void try_symmetric(size_t algorithm, LPCWSTR type, UCHAR *blob, ULONG blob_len)
{
    UCHAR out[MAX_LEN];
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key = NULL;
    BCRYPT_KEY_HANDLE wrapping = type == symmetric_types[2] ? keys[algorithm] : NULL;
    NTSTATUS status =
            BCryptImportKey(providers[algorithm], wrapping, type, &key, NULL, 0, blob, blob_len, 0);
    if (status != STATUS_SUCCESS) {
        FUZZ_CHECK(status == STATUS_INVALID_PARAMETER && key == NULL);
        return;
    }
    FUZZ_CHECK(BCryptExportKey(key, wrapping, type, out, sizeof(out), &len, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(len == blob_len && memcmp(out, blob, len) == 0);
    use_key(algorithm, key);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
}

/* The same numbers; the header may have another magic, and a zero point has become the key's. */
static void check_export(BCRYPT_KEY_HANDLE key, LPCWSTR type, ULONG blob_len)
{
    UCHAR out[MAX_LEN];
    ULONG len = 0;
    FUZZ_CHECK(BCryptExportKey(key, NULL, type, out, sizeof(out), &len, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(len == blob_len || type == types[2] || type == types[3]); /* seeds may be left out */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vit_reader in;
    BCRYPT_KEY_HANDLE key = NULL;
    vit_reader_init(&in, data, len);
    size_t algorithm = vit_get_u8(&in) % ALGORITHM_COUNT;
    size_t type = vit_get_u8(&in);
    ULONG flags = (vit_get_u8(&in) & 1) != 0 ? BCRYPT_NO_KEY_VALIDATION : 0;
    ULONG blob_len = (ULONG)vit_reader_left(&in);
    UCHAR blob[MAX_LEN];
    if (!vit_reader_ok(&in) || blob_len > MAX_LEN) {
        return 0;
    }
    vit_get_bytes(&in, blob, blob_len);
    if (keys[algorithm] == NULL) {
        open_algorithm(algorithm);
    }
    if (algorithms[algorithm].use >= ENCRYPTS) {
        try_symmetric(algorithm, symmetric_types[type % SYMMETRIC_TYPE_COUNT], blob, blob_len);
        return 0;
    }
    type %= TYPE_COUNT;
    NTSTATUS status = BCryptImportKeyPair(providers[algorithm], NULL, types[type], &key, blob,
            blob_len, flags);
    if (status != STATUS_SUCCESS) {
        FUZZ_CHECK(status == STATUS_INVALID_PARAMETER || status == STATUS_NOT_SUPPORTED);
        FUZZ_CHECK(key == NULL);
        return 0;
    }
    check_export(key, types[type], blob_len);
    use_key(algorithm, key);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
    return 0;
}
