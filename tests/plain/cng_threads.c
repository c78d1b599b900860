/* SPDX-License-Identifier: MIT */
/* Threads open, agree, derive, hash and destroy, with handles of their own and with some that all of
 * them share and take from each other: every answer is right, or says that the handle is gone. */
#include <bcrypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/plain/check.h"

enum { THREADS = 8, ROUNDS = 80, SLOTS = 4, SECRET_LEN = 32 };

/* Handles that everybody uses and replaces. */
static _Atomic(BCRYPT_KEY_HANDLE) shared_keys[SLOTS];
static _Atomic(BCRYPT_HASH_HANDLE) shared_hashes[SLOTS];
static _Atomic(BCRYPT_ALG_HANDLE) shared_provider;
static BCRYPT_KEY_HANDLE fixed_key;
static UCHAR fixed_secret[SECRET_LEN]; /* of the fixed key with itself */

static void check_success(NTSTATUS status)
{
    CHECK(status == STATUS_SUCCESS);
}

static BCRYPT_KEY_HANDLE make_key(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_KEY_HANDLE key = NULL;
    check_success(BCryptGenerateKeyPair(provider, &key, 256, 0));
    check_success(BCryptFinalizeKeyPair(key, 0));
    return key;
}

/* False: one of the keys is gone. */
static int agree(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer, UCHAR out[SECRET_LEN])
{
    BCRYPT_SECRET_HANDLE secret;
    ULONG len = 0;
    NTSTATUS status = BCryptSecretAgreement(own, peer, &secret, 0);
    if (status == STATUS_INVALID_HANDLE) {
        return 0;
    }
    check_success(status);
    check_success(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, out, SECRET_LEN, &len, 0));
    CHECK(len == SECRET_LEN);
    check_success(BCryptDestroySecret(secret));
    CHECK(BCryptDestroySecret(secret) == STATUS_INVALID_HANDLE);
    return 1;
}

static void use_own(void)
{
    BCRYPT_ALG_HANDLE provider;
    UCHAR one[SECRET_LEN], other[SECRET_LEN];
    check_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_P256_ALGORITHM, NULL, 0));
    BCRYPT_KEY_HANDLE a = make_key(provider), b = make_key(BCRYPT_ECDH_P256_ALG_HANDLE);
    CHECK(agree(a, b, one) && agree(b, a, other));
    CHECK(memcmp(one, other, SECRET_LEN) == 0);
    CHECK(agree(fixed_key, fixed_key, one));
    CHECK(memcmp(one, fixed_secret, SECRET_LEN) == 0);
    check_success(BCryptDestroyKey(a));
    check_success(BCryptCloseAlgorithmProvider(provider, 0));
    CHECK(!agree(a, b, one));
    check_success(BCryptDestroyKey(b));
}

static void replace_key(unsigned slot)
{
    BCRYPT_KEY_HANDLE key = make_key(BCRYPT_ECDH_P256_ALG_HANDLE);
    check_success(BCryptDestroyKey(atomic_exchange(&shared_keys[slot], key)));
}

static void replace_hash(unsigned slot)
{
    BCRYPT_HASH_HANDLE hash;
    check_success(BCryptCreateHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, &hash, NULL, 0, (PUCHAR) "key", 3,
            BCRYPT_HASH_REUSABLE_FLAG));
    BCRYPT_HASH_HANDLE old = atomic_exchange(&shared_hashes[slot], hash);
    CHECK(old == NULL || BCryptDestroyHash(old) == STATUS_SUCCESS);
}

static void replace_provider(void)
{
    BCRYPT_ALG_HANDLE provider;
    check_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_P256_ALGORITHM, NULL, 0));
    BCRYPT_ALG_HANDLE old = atomic_exchange(&shared_provider, provider);
    CHECK(old == NULL || BCryptCloseAlgorithmProvider(old, 0) == STATUS_SUCCESS);
}

/* Whatever other threads feed into it. */
static void use_shared_hash(unsigned slot)
{
    UCHAR digest[32];
    BCRYPT_HASH_HANDLE hash = atomic_load(&shared_hashes[slot]), copy;
    NTSTATUS status = BCryptHashData(hash, (PUCHAR) "data", 4, 0);
    CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    status = BCryptFinishHash(hash, digest, sizeof(digest), 0);
    CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    status = BCryptDuplicateHash(hash, &copy, NULL, 0, 0);
    CHECK(status == STATUS_INVALID_HANDLE || BCryptDestroyHash(copy) == STATUS_SUCCESS);
}

static void use_shared_provider(void)
{
    BCRYPT_KEY_HANDLE key;
    NTSTATUS status = BCryptGenerateKeyPair(atomic_load(&shared_provider), &key, 256, 0);
    CHECK(status == STATUS_INVALID_HANDLE || BCryptDestroyKey(key) == STATUS_SUCCESS);
}

static void *work(void *argument)
{
    unsigned number = *(const unsigned *)argument;
    UCHAR out[SECRET_LEN];
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned slot = (number + round) % SLOTS;
        (void)agree(atomic_load(&shared_keys[slot]), fixed_key, out);
        (void)agree(fixed_key, atomic_load(&shared_keys[(slot + 1) % SLOTS]), out);
        use_shared_hash(slot);
        use_shared_provider();
        if (round % 4 == number % 4) {
            replace_key(slot);
            replace_hash(slot);
            replace_provider();
        }
        if (round % 8 == number) {
            use_own();
        }
    }
    return NULL;
}

static void set_up(void)
{
    fixed_key = make_key(BCRYPT_ECDH_P256_ALG_HANDLE);
    CHECK(agree(fixed_key, fixed_key, fixed_secret));
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        atomic_store(&shared_keys[slot], make_key(BCRYPT_ECDH_P256_ALG_HANDLE));
        replace_hash(slot);
    }
    replace_provider();
}

static void tear_down(void)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        check_success(BCryptDestroyKey(atomic_load(&shared_keys[slot])));
        check_success(BCryptDestroyHash(atomic_load(&shared_hashes[slot])));
    }
    check_success(BCryptCloseAlgorithmProvider(atomic_load(&shared_provider), 0));
    check_success(BCryptDestroyKey(fixed_key));
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    set_up();
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    tear_down();
    return 0;
}
