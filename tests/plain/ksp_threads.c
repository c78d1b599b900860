/* SPDX-License-Identifier: MIT */
/* Threads use the same keys of the software provider: agree, sign, decrypt, derive, read and change
 * properties, finalize one key and remove another at the same time. SOFTWARE_KSP is its library. */
#include <ftw.h>
#include <ncrypt.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/plain/check.h"

enum { THREADS = 8, ROUNDS = 12, RAW_LEN = 32, BLOCK_LEN = 128 };

static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE agreeing, signing;
static BYTE expected[RAW_LEN];
static pthread_barrier_t together;

/* What all threads set upon in one round. */
static NCRYPT_KEY_HANDLE unfinished, doomed;
static unsigned finalized, deleted;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static void check_ok(SECURITY_STATUS status)
{
    CHECK(status == ERROR_SUCCESS);
}

static void count(unsigned *counter)
{
    pthread_mutex_lock(&counting);
    *counter += 1;
    pthread_mutex_unlock(&counting);
}

static void agree(BYTE raw[RAW_LEN])
{
    NCRYPT_SECRET_HANDLE secret = 0;
    DWORD len = 0;
    check_ok(NCryptSecretAgreement(agreeing, agreeing, &secret, 0));
    check_ok(NCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, raw, RAW_LEN, &len, 0));
    CHECK(len == RAW_LEN);
    check_ok(NCryptFreeObject(secret));
}

static void check_agreement(void)
{
    BYTE raw[RAW_LEN];
    agree(raw);
    CHECK(memcmp(raw, expected, RAW_LEN) == 0);
}

static void sign(void)
{
    BCRYPT_PKCS1_PADDING_INFO info = { u"SHA256" };
    BYTE hash[32] = { 1 }, signature[BLOCK_LEN];
    DWORD len = 0;
    check_ok(NCryptSignHash(signing, &info, hash, sizeof(hash), signature, sizeof(signature), &len,
            NCRYPT_PAD_PKCS1_FLAG));
    check_ok(NCryptVerifySignature(signing, &info, hash, sizeof(hash), signature, len,
            NCRYPT_PAD_PKCS1_FLAG));
}

static void encrypt(void)
{
    BYTE block[BLOCK_LEN];
    DWORD len = 0;
    check_ok(NCryptEncrypt(signing, (PBYTE)(void *)"text", 4, NULL, block, sizeof(block), &len,
            NCRYPT_PAD_PKCS1_FLAG));
    check_ok(NCryptDecrypt(signing, block, len, NULL, block, sizeof(block), &len,
            NCRYPT_PAD_PKCS1_FLAG));
    CHECK(len == 4 && memcmp(block, "text", 4) == 0);
}

/* Everybody writes the same name; what is read is one of the values, whole. */
static void change(NCRYPT_KEY_HANDLE key, BYTE number, DWORD flags)
{
    BYTE value[64], read[64];
    DWORD len = 0;
    memset(value, number, sizeof(value));
    check_ok(NCryptSetProperty(key, u"own", value, sizeof(value), flags));
    check_ok(NCryptGetProperty(key, u"own", read, sizeof(read), &len, 0));
    CHECK(len == sizeof(read));
    for (size_t i = 1; i < sizeof(read); i++) {
        CHECK(read[i] == read[0]);
    }
    check_ok(NCryptSetProperty(key, NCRYPT_USE_CONTEXT_PROPERTY, (PBYTE)(void *)u"mine", 10, 0));
    check_ok(NCryptGetProperty(key, NCRYPT_USE_CONTEXT_PROPERTY, read, sizeof(read), &len, 0));
}

static void finalize(void)
{
    BYTE blob[256];
    DWORD len = 0;
    SECURITY_STATUS status = NCryptExportKey(unfinished, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, blob,
            sizeof(blob), &len, 0);
    CHECK(status == ERROR_SUCCESS || status == NTE_BAD_KEY_STATE);
    status = NCryptFinalizeKey(unfinished, 0);
    CHECK(status == ERROR_SUCCESS || status == NTE_INVALID_HANDLE);
    if (status == ERROR_SUCCESS) {
        count(&finalized);
    }
    check_ok(NCryptExportKey(unfinished, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, blob, sizeof(blob), &len,
            0));
}

static void delete(void)
{
    NCRYPT_SECRET_HANDLE secret = 0;
    SECURITY_STATUS status = NCryptSecretAgreement(doomed, agreeing, &secret, 0);
    CHECK(status == ERROR_SUCCESS || status == NTE_INVALID_HANDLE);
    if (status == ERROR_SUCCESS) {
        check_ok(NCryptFreeObject(secret));
    }
    status = NCryptDeleteKey(doomed, 0);
    CHECK(status == ERROR_SUCCESS || status == NTE_INVALID_HANDLE);
    if (status == ERROR_SUCCESS) {
        count(&deleted);
    }
}

static void open_and_close(void)
{
    NCRYPT_PROV_HANDLE own = 0;
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_SECRET_HANDLE secret = 0;
    check_ok(NCryptOpenStorageProvider(&own, NULL, 0));
    check_ok(NCryptOpenKey(own, &key, u"agreeing", 0, 0));
    check_ok(NCryptFreeObject(own));
    check_ok(NCryptSecretAgreement(key, agreeing, &secret, 0));
    check_ok(NCryptFreeObject(key));
    check_ok(NCryptFreeObject(secret));
}

/* One thread prepares what the others set upon. */
static void meet(bool first)
{
    pthread_barrier_wait(&together);
    if (first) {
        check_ok(NCryptCreatePersistedKey(provider, &unfinished, NCRYPT_ECDH_P256_ALGORITHM, NULL,
                0, 0));
        check_ok(NCryptCreatePersistedKey(provider, &doomed, NCRYPT_ECDH_P256_ALGORITHM, u"doomed",
                0, 0));
        check_ok(NCryptFinalizeKey(doomed, 0));
    }
    pthread_barrier_wait(&together);
    finalize();
    delete ();
    pthread_barrier_wait(&together);
    if (first) {
        CHECK(finalized == 1 && deleted == 1);
        finalized = deleted = 0;
        check_ok(NCryptFreeObject(unfinished));
    }
}

static void *work(void *argument)
{
    BYTE number = *(const BYTE *)argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        check_agreement();
        sign();
        encrypt();
        change(agreeing, number, round % 2 == 0 ? NCRYPT_PERSIST_FLAG : 0);
        open_and_close();
        meet(number == 0);
    }
    return NULL;
}

static char folder[] = "/tmp/vitrine-ksp-threads-XXXXXX";

static void set_up(void)
{
    char path[64];
    CHECK(mkdtemp(folder) != NULL);
    CHECK(setenv("VITRINE_KEY_STORAGE_PROVIDERS", folder, 1) == 0);
    snprintf(path, sizeof(path), "%s/store", folder);
    CHECK(setenv("VITRINE_KEY_STORE", path, 1) == 0);
    CHECK(unsetenv("VITRINE_KEY_STORE_KEY") == 0 && unsetenv("VITRINE_KEY_STORE_PROTECTION") == 0);
    CHECK(getenv("SOFTWARE_KSP") != NULL);
    snprintf(path, sizeof(path), "%s/software.json", folder);
    FILE *out = fopen(path, "w");
    CHECK(out != NULL);
    fprintf(out, "{\"providers\": [\"One\"], \"library\": \"%s\", \"default\": true}",
            getenv("SOFTWARE_KSP"));
    CHECK(fclose(out) == 0);
    check_ok(NCryptOpenStorageProvider(&provider, NULL, 0));
    check_ok(NCryptCreatePersistedKey(provider, &agreeing, NCRYPT_ECDH_P256_ALGORITHM, u"agreeing",
            0, 0));
    check_ok(NCryptFinalizeKey(agreeing, 0));
    check_ok(NCryptCreatePersistedKey(provider, &signing, NCRYPT_RSA_ALGORITHM, NULL, 0, 0));
    check_ok(NCryptFinalizeKey(signing, 0));
    agree(expected);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static void tear_down(void)
{
    check_ok(NCryptFreeObject(agreeing));
    check_ok(NCryptFreeObject(signing));
    check_ok(NCryptFreeObject(provider));
    CHECK(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

int main(void)
{
    pthread_t threads[THREADS];
    BYTE numbers[THREADS];
    CHECK(pthread_barrier_init(&together, NULL, THREADS) == 0);
    set_up();
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = (BYTE)i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    tear_down();
    return 0;
}
