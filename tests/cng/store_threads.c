/* SPDX-License-Identifier: MIT */
/* Threads with one open provider and others of their own: keys that all of them use, make, change and
 * remove. One passphrase is asked for, once. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "cng/wide.h"
#include "tests/cng/store.h"

#define BACKEND (&vit_soft_backend)
enum { THREADS = 8, ROUNDS = 12, SECRET_LEN = 32 };

static struct vit_ksp_store *shared;
static struct vit_ksp_material *shared_key;
static BCRYPT_KEY_HANDLE peer;
static uint8_t expected[512];
static atomic_uint asked;

static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    (void)context;
    (void)question;
    (void)capacity;
    atomic_fetch_add(&asked, 1);
    memcpy(secret, "word", 4);
    return 4;
}

static const struct vit_ksp_prompt prompt = { answer, NULL, false };

static void tell(struct vit_ksp_store *store)
{
    struct vit_ksp_cursor *cursor = NULL;
    SECURITY_STATUS status = ERROR_SUCCESS;
    bool seen = false;
    while (SUCCEEDED(status)) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        status = BACKEND->next(store, false, &prompt, &cursor, &attributes);
        seen |= SUCCEEDED(status) && vit_wide_equal(attributes.name, u"shared");
    }
    store_check(status == NTE_NO_MORE_ITEMS && seen);
    BACKEND->close_cursor(cursor);
}

static void use_shared(void)
{
    uint8_t z[512];
    size_t len = 0;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    store_success(BACKEND->agree(shared_key, &prompt, peer, z, &len));
    store_check(len == SECRET_LEN && memcmp(z, expected, SECRET_LEN) == 0);
    store_success(BACKEND->find(shared, u"shared", false, &prompt, &attributes, &material));
    store_success(BACKEND->update(shared, material, &attributes, &prompt));
    store_release(material);
}

static void make_and_remove(struct vit_ksp_store *store, unsigned number)
{
    const WCHAR name[] = { u'o', (WCHAR)(u'0' + number), 0 };
    struct vit_ksp_attributes attributes = store_attributes(name);
    struct vit_ksp_material *material = NULL;
    store_success(BACKEND->generate(store, &attributes, false, &prompt, &material));
    attributes.usage = NCRYPT_ALLOW_SIGNING_FLAG;
    store_success(BACKEND->update(store, material, &attributes, &prompt));
    store_success(BACKEND->remove(store, material, &prompt));
    store_release(material);
}

static void *work(void *argument)
{
    unsigned number = *(const unsigned *)argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        use_shared();
        make_and_remove(shared, number);
        if (round % 4 == number % 4) {
            tell(shared);
        }
    }
    return NULL;
}

static void run_threads(void *(*start)(void *))
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        store_check(pthread_create(&threads[i], NULL, start, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        store_check(pthread_join(threads[i], NULL) == 0);
    }
}

/* All at once they need a store that is locked. */
static void *find_first(void *argument)
{
    (void)argument;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    store_success(BACKEND->find(shared, u"shared", false, &prompt, &attributes, &material));
    store_release(material);
    return NULL;
}

static void set_up(void)
{
    uint8_t blob[512];
    DWORD blob_len = 0;
    size_t len = 0;
    const struct vit_ksp_attributes attributes = store_attributes(u"shared");
    store_begin();
    store_check(setenv("VITRINE_KEY_STORE_PROTECTION", "passphrase", 1) == 0);
    shared = store_open();
    store_success(BACKEND->generate(shared, &attributes, false, &prompt, &shared_key));
    store_success(BACKEND->public_blob(shared_key, blob, sizeof(blob), &blob_len));
    store_check(BCryptImportKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, NULL, BCRYPT_PUBLIC_KEY_BLOB,
                        &peer, blob, blob_len, 0) == 0);
    store_success(BACKEND->agree(shared_key, &prompt, peer, expected, &len));
    store_close(shared);
}

int main(void)
{
    set_up();
    store_check(atomic_load(&asked) == 1);
    shared = store_open();
    run_threads(find_first);
    store_check(atomic_load(&asked) == 2);
    run_threads(work);
    store_check(atomic_load(&asked) == 2);
    store_check(BCryptDestroyKey(peer) == 0);
    store_release(shared_key);
    store_close(shared);
    store_check(store_count_files("user") == 2);
    store_end();
    return 0;
}
