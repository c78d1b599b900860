/* SPDX-License-Identifier: MIT */
/* Threads with one token and the same keys: found, signing and agreeing, while the PIN is told again and
 * again. No pairs are made or removed meanwhile: SoftHSM 2.6 breaks then, by itself too. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/token/backend.h"
#include "crypto/agree.h"
#include "tests/cng/softhsm.h"
#include "tests/plain/check.h"

enum { THREADS = 6, ROUNDS = 12 };

#define backend (&vit_token_backend)

static struct vit_ksp_store *store;
static struct vit_ksp_material *stored, *ephemeral;
static BCRYPT_KEY_HANDLE peer;
static const struct vit_ksp_prompt silent = { .silent = true };

static void check_success(SECURITY_STATUS status)
{
    if (status != ERROR_SUCCESS) {
        fprintf(stderr, "0x%08x\n", (unsigned)status);
        exit(1);
    }
}

static void tell_pin(void)
{
    static const WCHAR pin[] = u"2468";
    check_success(backend->set_property(store, NCRYPT_PIN_PROPERTY, (const uint8_t *)pin,
            sizeof(pin)));
}

static struct vit_ksp_material *make(const WCHAR *name, const WCHAR *algorithm)
{
    struct vit_ksp_attributes attributes = { .name = (WCHAR *)name,
        .algorithm = (WCHAR *)algorithm,
        .bits = 256,
        .usage = NCRYPT_ALLOW_ALL_USAGES };
    struct vit_ksp_material *material = NULL;
    check_success(backend->generate(store, &attributes, false, &silent, &material));
    return material;
}

static void sign(struct vit_ksp_material *material)
{
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len = 0;
    check_success(backend->sign(material, &silent, NULL, 0, hash, sizeof(hash), signature,
            sizeof(signature), &len));
    CHECK(len == sizeof(signature));
}

static void agree(struct vit_ksp_material *material, uint8_t z[VIT_AGREE_MAX_LEN])
{
    size_t len = 0;
    check_success(backend->agree(material, &silent, peer, z, &len));
    CHECK(len == 32);
}

static void find_shared(void)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *found = NULL;
    check_success(backend->find(store, u"shared", false, &silent, &attributes, &found));
    sign(found);
    backend->release(found);
}

static void list_some(void)
{
    struct vit_ksp_cursor *cursor = NULL;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    check_success(backend->next(store, false, &silent, &cursor, &attributes));
    backend->close_cursor(cursor);
}

/* Everybody does the same. */
static void *work(void *context)
{
    (void)context;
    uint8_t first[VIT_AGREE_MAX_LEN], z[VIT_AGREE_MAX_LEN];
    agree(ephemeral, first);
    for (unsigned i = 0; i < ROUNDS; i++) {
        sign(stored);
        find_shared();
        agree(ephemeral, z);
        CHECK(memcmp(first, z, 32) == 0);
        tell_pin();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    softhsm_start_with_token();
    check_success(backend->open(MS_SMART_CARD_KEY_STORAGE_PROVIDER, &store));
    tell_pin();
    stored = make(u"shared", BCRYPT_ECDSA_P256_ALGORITHM);
    ephemeral = make(NULL, BCRYPT_ECDH_P256_ALGORITHM);
    CHECK(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &peer, 256, 0) == 0);
    CHECK(BCryptFinalizeKeyPair(peer, 0) == 0);
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    list_some();
    BCryptDestroyKey(peer);
    backend->release(ephemeral);
    backend->release(stored);
    backend->close(store);
    softhsm_stop();
    return 0;
}
