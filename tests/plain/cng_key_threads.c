/* SPDX-License-Identifier: MIT */
/* Threads encrypt, sign and derive with the same keys, set what those keys and their provider do next,
 * duplicate them and destroy them: every answer is one of the right ones, or says that the handle is
 * gone. */
#include <bcrypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/plain/check.h"

enum { THREADS = 8, ROUNDS = 100, SLOTS = 3, LEN = 32, SIGNATURE_LEN = 64 };

static UCHAR secret[16] = "a key of sixteen", plain[LEN] = "two blocks of bytes for a cipher";
static UCHAR by_cbc[LEN], by_ecb[LEN], derived[LEN];
static BCRYPT_ALG_HANDLE provider; /* whose mode everybody sets */
static BCRYPT_KEY_HANDLE fixed, signer, hkdf;
static _Atomic(BCRYPT_KEY_HANDLE) slots[SLOTS]; /* that everybody uses and replaces */

static void check_success(NTSTATUS status)
{
    CHECK(status == STATUS_SUCCESS);
}

static BCRYPT_KEY_HANDLE make_key(BCRYPT_ALG_HANDLE algorithm)
{
    BCRYPT_KEY_HANDLE key = NULL;
    check_success(BCryptGenerateSymmetricKey(algorithm, &key, NULL, 0, secret, 16, 0));
    return key;
}

static NTSTATUS encrypt(BCRYPT_KEY_HANDLE key, UCHAR out[LEN])
{
    UCHAR iv[16] = { 0 };
    ULONG len = 0;
    return BCryptEncrypt(key, plain, LEN, NULL, iv, 16, out, LEN, &len, 0);
}

/* Keys of a provider whose mode changes are of the one or the other. */
static void use_slot(BCRYPT_KEY_HANDLE key)
{
    UCHAR out[LEN], got[16];
    ULONG len;
    BCRYPT_KEY_HANDLE copy;
    NTSTATUS status = encrypt(key, out);
    CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    CHECK(status != STATUS_SUCCESS || memcmp(out, by_cbc, LEN) == 0 ||
            memcmp(out, by_ecb, LEN) == 0);
    status = BCryptSetProperty(key, BCRYPT_CHAINING_MODE, (PUCHAR)BCRYPT_CHAIN_MODE_CBC,
            sizeof(BCRYPT_CHAIN_MODE_CBC), 0);
    CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    status = BCryptGetProperty(key, BCRYPT_INITIALIZATION_VECTOR, got, 16, &len, 0);
    CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    status = BCryptDuplicateKey(key, &copy, NULL, 0, 0);
    CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    if (status == STATUS_SUCCESS) {
        check_success(encrypt(copy, out));
        CHECK(memcmp(out, by_cbc, LEN) == 0);
        check_success(BCryptDestroyKey(copy));
    }
}

static void replace_slot(unsigned slot, unsigned turn)
{
    LPCWSTR mode = turn % 2 == 0 ? BCRYPT_CHAIN_MODE_CBC : BCRYPT_CHAIN_MODE_ECB;
    check_success(BCryptSetProperty(provider, BCRYPT_CHAINING_MODE, (PUCHAR)mode,
            sizeof(BCRYPT_CHAIN_MODE_CBC), 0));
    BCRYPT_KEY_HANDLE key = make_key(provider);
    check_success(BCryptDestroyKey(atomic_exchange(&slots[slot], key)));
}

/* The key's own IV is whatever the last of all left there. */
static void use_fixed(void)
{
    UCHAR out[LEN], iv[16] = { 7 };
    ULONG len;
    check_success(encrypt(fixed, out));
    CHECK(memcmp(out, by_cbc, LEN) == 0);
    check_success(BCryptEncrypt(fixed, plain, LEN, NULL, NULL, 0, out, LEN, &len, 0));
    check_success(BCryptSetProperty(fixed, BCRYPT_INITIALIZATION_VECTOR, iv, 16, 0));
}

static void use_signer(void)
{
    UCHAR signature[SIGNATURE_LEN];
    ULONG len = 0;
    check_success(BCryptSignHash(signer, NULL, plain, LEN, signature, SIGNATURE_LEN, &len, 0));
    check_success(BCryptVerifySignature(signer, NULL, plain, LEN, signature, len, 0));
    signature[0] ^= 1;
    CHECK(BCryptVerifySignature(signer, NULL, plain, LEN, signature, len, 0) ==
            STATUS_INVALID_SIGNATURE);
}

static void derive(BCRYPT_KEY_HANDLE key, UCHAR out[LEN])
{
    ULONG len = 0;
    check_success(BCryptKeyDerivation(key, NULL, out, LEN, &len, 0));
}

static void use_hkdf(void)
{
    UCHAR out[LEN];
    BCRYPT_KEY_HANDLE copy = NULL;
    derive(hkdf, out);
    CHECK(memcmp(out, derived, LEN) == 0);
    check_success(BCryptDuplicateKey(hkdf, &copy, NULL, 0, 0));
    derive(copy, out);
    CHECK(memcmp(out, derived, LEN) == 0);
    check_success(BCryptDestroyKey(copy));
}

static void *run(void *number)
{
    unsigned seed = (unsigned)(uintptr_t)number;
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned slot = (seed + i) % SLOTS;
        use_slot(atomic_load(&slots[slot]));
        use_fixed();
        if (i % 4 == seed % 4) {
            replace_slot(slot, seed + i);
            use_signer();
        }
        use_hkdf();
    }
    return NULL;
}

static void begin(void)
{
    BCRYPT_KEY_HANDLE ecb = make_key(BCRYPT_AES_ECB_ALG_HANDLE);
    fixed = make_key(BCRYPT_AES_CBC_ALG_HANDLE);
    check_success(encrypt(fixed, by_cbc));
    check_success(encrypt(ecb, by_ecb));
    check_success(BCryptDestroyKey(ecb));
    check_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_AES_ALGORITHM, NULL, 0));
    for (unsigned i = 0; i < SLOTS; i++) {
        atomic_init(&slots[i], make_key(provider));
    }
    check_success(BCryptGenerateKeyPair(BCRYPT_ECDSA_P256_ALG_HANDLE, &signer, 256, 0));
    check_success(BCryptFinalizeKeyPair(signer, 0));
    hkdf = make_key(BCRYPT_HKDF_ALG_HANDLE);
    check_success(BCryptSetProperty(hkdf, BCRYPT_HKDF_HASH_ALGORITHM,
            (PUCHAR)BCRYPT_SHA256_ALGORITHM, sizeof(BCRYPT_SHA256_ALGORITHM), 0));
    check_success(BCryptSetProperty(hkdf, BCRYPT_HKDF_SALT_AND_FINALIZE, plain, LEN, 0));
    derive(hkdf, derived);
}

static void end(void)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        check_success(BCryptDestroyKey(atomic_load(&slots[i])));
    }
    check_success(BCryptDestroyKey(fixed));
    check_success(BCryptDestroyKey(signer));
    check_success(BCryptDestroyKey(hkdf));
    check_success(BCryptCloseAlgorithmProvider(provider, 0));
}

int main(void)
{
    pthread_t threads[THREADS];
    begin();
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    end();
    return 0;
}
