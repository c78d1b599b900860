/* SPDX-License-Identifier: MIT */
/*
 * A blob of a key pair for libvitrine_bcrypt, and then an agreement.
 *
 * Input: u8 algorithm, u8 type of blob, u8 flags, the blob. What is taken must come out again as it
 * went in, and must agree with a key of its own kind or be refused.
 */
#include <bcrypt.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_LEN = 4096 };

static const struct {
    BCRYPT_ALG_HANDLE provider;
    LPCWSTR curve; /* of "ECDH" */
    ULONG curve_len;
    ULONG bits;
} algorithms[] = {
    { BCRYPT_ECDH_P256_ALG_HANDLE, NULL, 0, 256 },
    { BCRYPT_ECDH_P384_ALG_HANDLE, NULL, 0, 384 },
    { BCRYPT_ECDH_P521_ALG_HANDLE, NULL, 0, 521 },
    { BCRYPT_DH_ALG_HANDLE, NULL, 0, 1024 },
    { NULL, BCRYPT_ECC_CURVE_25519, sizeof(BCRYPT_ECC_CURVE_25519), 0 },
    { NULL, BCRYPT_ECC_CURVE_SECP160K1, sizeof(BCRYPT_ECC_CURVE_SECP160K1), 0 },
    { NULL, NULL, 0, 256 },
};

enum { ALGORITHM_COUNT = sizeof(algorithms) / sizeof(algorithms[0]) };

static const LPCWSTR types[] = { BCRYPT_PUBLIC_KEY_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
    BCRYPT_ECCFULLPUBLIC_BLOB, BCRYPT_ECCFULLPRIVATE_BLOB, SSL_ECCPUBLIC_BLOB,
    BCRYPT_DH_PRIVATE_BLOB };

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

/* Made once: providers of "ECDH", and a key of each. */
static BCRYPT_ALG_HANDLE providers[ALGORITHM_COUNT];
static BCRYPT_KEY_HANDLE keys[ALGORITHM_COUNT];

static void open_algorithm(size_t i)
{
    providers[i] = algorithms[i].provider;
    if (providers[i] == NULL) {
        FUZZ_CHECK(BCryptOpenAlgorithmProvider(&providers[i], BCRYPT_ECDH_ALGORITHM, NULL, 0) == 0);
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
    size_t type = vit_get_u8(&in) % TYPE_COUNT;
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
    NTSTATUS status = BCryptImportKeyPair(providers[algorithm], NULL, types[type], &key, blob,
            blob_len, flags);
    if (status != STATUS_SUCCESS) {
        FUZZ_CHECK(status == STATUS_INVALID_PARAMETER || status == STATUS_NOT_SUPPORTED);
        FUZZ_CHECK(key == NULL);
        return 0;
    }
    check_export(key, types[type], blob_len);
    agree_with(keys[algorithm], key);
    agree_with(key, keys[algorithm]);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
    return 0;
}
