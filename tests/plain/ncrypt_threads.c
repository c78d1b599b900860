/* SPDX-License-Identifier: MIT */
/* Threads open providers and keys, agree, derive, enumerate, delete and free, with handles of their
 * own and with some that all of them share and take from each other. Every answer is right, or says
 * that the handle is gone; the provider stops the process when it sees a handle of its own used after
 * its end. FAKE_KSP is the library of the fake provider. */
#include <ncrypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tests/cng/fake_ksp.h"
#include "tests/plain/check.h"

enum { THREADS = 8, ROUNDS = 200, SLOTS = 4 };

/* Handles that everybody uses and replaces. */
static _Atomic(NCRYPT_PROV_HANDLE) shared_provider;
static _Atomic(NCRYPT_KEY_HANDLE) shared_keys[SLOTS];
static _Atomic(NCRYPT_SECRET_HANDLE) shared_secrets[SLOTS];
static NCRYPT_PROV_HANDLE fixed_provider;
static NCRYPT_KEY_HANDLE fixed_key;

static void check_ok(SECURITY_STATUS status)
{
    CHECK(status == ERROR_SUCCESS);
}

/* False: the handle is gone. */
static bool went(SECURITY_STATUS status)
{
    CHECK(status == ERROR_SUCCESS || status == NTE_INVALID_HANDLE);
    return status == ERROR_SUCCESS;
}

static NCRYPT_PROV_HANDLE open_fake(void)
{
    NCRYPT_PROV_HANDLE provider = 0;
    check_ok(NCryptOpenStorageProvider(&provider, u"Fake", 0));
    return provider;
}

static NCRYPT_KEY_HANDLE make_key(NCRYPT_PROV_HANDLE provider)
{
    NCRYPT_KEY_HANDLE key = 0;
    check_ok(NCryptCreatePersistedKey(provider, &key, u"ECDH_P256", NULL, 0, 0));
    return key;
}

static void derive(NCRYPT_SECRET_HANDLE secret)
{
    BYTE out[8];
    DWORD len = 0;
    if (went(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, NULL, out, sizeof(out), &len, 0))) {
        CHECK(len == 7 && memcmp(out, "derived", 7) == 0);
    }
}

static void encrypt(NCRYPT_KEY_HANDLE key)
{
    BYTE in[64] = { 1 }, out[64];
    DWORD len = 0;
    if (went(NCryptEncrypt(key, in, sizeof(in), NULL, out, sizeof(out), &len, 0))) {
        CHECK(len == sizeof(in) && out[0] == 0xfe);
    }
}

/* Deleted or freed: whoever has taken the handle out ends it, and nobody else can. */
static void replace_key(unsigned slot, bool delete)
{
    NCRYPT_KEY_HANDLE old = atomic_exchange(&shared_keys[slot], make_key(fixed_provider));
    check_ok(delete ? NCryptDeleteKey(old, 0) : NCryptFreeObject(old));
    CHECK(NCryptFreeObject(old) == NTE_INVALID_HANDLE);
    CHECK(!NCryptIsKeyHandle(old));
}

static void replace_secret(unsigned slot)
{
    NCRYPT_SECRET_HANDLE fresh = 0;
    NCRYPT_KEY_HANDLE peer = atomic_load(&shared_keys[(slot + 1) % SLOTS]);
    if (!went(NCryptSecretAgreement(fixed_key, peer, &fresh, 0))) {
        return;
    }
    check_ok(NCryptFreeObject(atomic_exchange(&shared_secrets[slot], fresh)));
}

static void replace_provider(void)
{
    check_ok(NCryptFreeObject(atomic_exchange(&shared_provider, open_fake())));
}

/* A key of a provider that another thread may free at any time. */
static void use_shared_provider(void)
{
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE told = 0;
    DWORD len;
    NCRYPT_PROV_HANDLE provider = atomic_load(&shared_provider);
    if (!went(NCryptCreatePersistedKey(provider, &key, u"RSA", NULL, 0, 0))) {
        return;
    }
    check_ok(NCryptGetProperty(key, NCRYPT_PROVIDER_HANDLE_PROPERTY, (PBYTE)&told, sizeof(told),
            &len, 0));
    CHECK(told == provider);
    encrypt(key);
    check_ok(NCryptFreeObject(key));
    check_ok(NCryptFreeObject(told));
}

static void enumerate(NCRYPT_PROV_HANDLE provider)
{
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    int count = 0;
    SECURITY_STATUS status;
    while ((status = NCryptEnumKeys(provider, NULL, &name, &state, 0)) == ERROR_SUCCESS) {
        check_ok(NCryptFreeBuffer(name));
        count++;
    }
    CHECK(status == NTE_NO_MORE_ITEMS && count == 2);
    check_ok(NCryptFreeBuffer(state));
}

static void use_own(void)
{
    NCRYPT_PROV_HANDLE provider = open_fake();
    NCRYPT_KEY_HANDLE key = make_key(provider);
    NCRYPT_SECRET_HANDLE secret = 0;
    check_ok(NCryptSecretAgreement(key, fixed_key, &secret, 0));
    check_ok(NCryptFreeObject(provider));
    check_ok(NCryptDeleteKey(key, 0));
    derive(secret);
    check_ok(NCryptFreeObject(secret));
}

static void *work(void *argument)
{
    unsigned number = *(const unsigned *)argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned slot = (number + round) % SLOTS;
        encrypt(atomic_load(&shared_keys[slot]));
        derive(atomic_load(&shared_secrets[slot]));
        use_shared_provider();
        if (round % 4 == number % 4) {
            replace_key(slot, round % 8 < 4);
            replace_secret(slot);
            replace_provider();
        }
        if (round % 8 == number) {
            use_own();
            enumerate(fixed_provider);
        }
    }
    return NULL;
}

static char folder[] = "/tmp/vitrine-threads-XXXXXX";
static char manifest[sizeof(folder) + 16];

static void write_manifest(void)
{
    CHECK(mkdtemp(folder) != NULL);
    CHECK(getenv("FAKE_KSP") != NULL);
    snprintf(manifest, sizeof(manifest), "%s/fake.json", folder);
    FILE *out = fopen(manifest, "w");
    CHECK(out != NULL);
    fprintf(out, "{\"providers\": [\"Fake\"], \"library\": \"%s\"}", getenv("FAKE_KSP"));
    CHECK(fclose(out) == 0);
    CHECK(setenv("VITRINE_KEY_STORAGE_PROVIDERS", folder, 1) == 0);
}

static void set_up(void)
{
    write_manifest();
    fixed_provider = open_fake();
    fixed_key = make_key(fixed_provider);
    atomic_store(&shared_provider, open_fake());
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        NCRYPT_SECRET_HANDLE secret = 0;
        check_ok(NCryptSecretAgreement(fixed_key, fixed_key, &secret, 0));
        atomic_store(&shared_secrets[slot], secret);
        atomic_store(&shared_keys[slot], make_key(fixed_provider));
    }
}

static void tear_down(void)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        check_ok(NCryptFreeObject(atomic_load(&shared_secrets[slot])));
        check_ok(NCryptFreeObject(atomic_load(&shared_keys[slot])));
    }
    check_ok(NCryptFreeObject(atomic_load(&shared_provider)));
    check_ok(NCryptFreeObject(fixed_key));
    check_ok(NCryptFreeObject(fixed_provider));
    CHECK(unlink(manifest) == 0 && rmdir(folder) == 0);
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
