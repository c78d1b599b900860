/* SPDX-License-Identifier: MIT */
/* The token backend with a module that gives numbers anew, and that lies. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/token/backend.h"
#include "cng/ksp/token/pkcs11.h"
#include "cng/wide.h"
#include "crypto/agree.h"
#include "tests/cng/softhsm.h"
#include "tests/cng/token_module.h"

#define backend (&vit_token_backend)

#define assert_status(call, expected)                                                              \
    do {                                                                                           \
        SECURITY_STATUS assert_status_got = (call);                                                \
        cr_assert_eq(assert_status_got, (SECURITY_STATUS)(expected), "%s: 0x%08x, not 0x%08x",     \
                #call, (unsigned)assert_status_got, (unsigned)(expected));                         \
    } while (0)
#define assert_success(call) assert_status(call, ERROR_SUCCESS)

static unsigned pins_wiped, pins_left;

/* In p11-kit's place: what is left in a URI that goes. */
void p11_kit_uri_free(P11KitUri *uri)
{
    const char *pin = uri != NULL ? p11_kit_uri_get_pin_value(uri) : NULL;
    pins_wiped += pin != NULL && pin[0] == 0;
    pins_left += pin != NULL && pin[0] != 0;
    void (*real)(P11KitUri *uri) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "p11_kit_uri_free");
    real(uri);
}

static const struct vit_ksp_prompt silent = { .silent = true };
static struct token_module_control *module;

static void start(void)
{
    softhsm_start_with_token();
    setenv(TOKEN_MODULE_BEHIND, getenv("VITRINE_PKCS11_MODULE"), 1);
    setenv("VITRINE_PKCS11_MODULE", getenv("TOKEN_MODULE"), 1);
    void *library = dlopen(getenv("TOKEN_MODULE"), RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library);
    module = dlsym(library, "token_module_control");
    cr_assert_not_null(module);
}

static void tell_pin(struct vit_ksp_store *store)
{
    assert_success(backend->set_property(store, NCRYPT_PIN_PROPERTY, (const uint8_t *)u"2468", 10));
}

static struct vit_ksp_store *open_store(void)
{
    struct vit_ksp_store *store = NULL;
    assert_success(backend->open(MS_SMART_CARD_KEY_STORAGE_PROVIDER, &store));
    return store;
}

static struct vit_ksp_store *open_ready(void)
{
    struct vit_ksp_store *store = open_store();
    tell_pin(store);
    return store;
}

static SECURITY_STATUS generate(struct vit_ksp_store *store, LPCWSTR name, LPCWSTR algorithm,
        DWORD bits, const struct vit_ksp_prompt *prompt, struct vit_ksp_material **key)
{
    const struct vit_ksp_attributes attributes = { .name = (WCHAR *)name,
        .algorithm = (WCHAR *)algorithm,
        .bits = bits,
        .usage = NCRYPT_ALLOW_ALL_USAGES };
    return backend->generate(store, &attributes, false, prompt, key);
}

static struct vit_ksp_material *make(struct vit_ksp_store *store, LPCWSTR name, LPCWSTR algorithm,
        DWORD bits)
{
    struct vit_ksp_material *key = NULL;
    assert_success(generate(store, name, algorithm, bits, &silent, &key));
    return key;
}

static struct vit_ksp_material *make_signer(struct vit_ksp_store *store, LPCWSTR name)
{
    return make(store, name, BCRYPT_ECDSA_P256_ALGORITHM, 256);
}

static SECURITY_STATUS sign(struct vit_ksp_material *key, const struct vit_ksp_prompt *prompt)
{
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    return backend->sign(key, prompt, NULL, 0, hash, 32, signature, 64, &len);
}

static SECURITY_STATUS find(struct vit_ksp_store *store, LPCWSTR name, DWORD *usage)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *key = NULL;
    SECURITY_STATUS status = backend->find(store, name, false, &silent, &attributes, &key);
    if (status == ERROR_SUCCESS) {
        *usage = attributes.usage;
        backend->release(key);
    }
    return status;
}

TestSuite(token_out, .init = start, .fini = softhsm_stop);

Test(token_out, leaves_later_keys_alone_when_an_earlier_one_is_released)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *early = make_signer(store, NULL);
    module->out = true;
    struct vit_ksp_material *late = make_signer(store, NULL);
    assert_status(sign(early, &silent), NTE_NO_KEY);
    backend->release(early);
    assert_success(sign(late, &silent));
    backend->release(late);
    backend->close(store);
}

Test(token_out, leaves_what_is_of_another_provider_alone)
{
    struct vit_ksp_store *first = open_ready(), *second = open_ready();
    assert_status(backend->probe(first, u"k", false, &silent), NTE_BAD_KEYSET); /* 1 and 2 */
    struct vit_ksp_material *lost = make_signer(second, NULL);                  /* 3, 4 and 5 */
    module->out = true;
    struct vit_ksp_material *key = make_signer(first, NULL);                     /* 1, 2 and 3 */
    assert_status(backend->probe(second, u"k", false, &silent), NTE_BAD_KEYSET); /* 4 is gone */
    assert_success(sign(key, &silent));
    backend->release(lost);
    assert_success(sign(key, &silent));
    backend->release(key);
    backend->close(first);
    backend->close(second);
}

/* A token that is out and in while a person is asked, and used by somebody else meanwhile. */
struct interruption {
    struct vit_ksp_store *store;
    struct vit_ksp_material *key;
    unsigned asked;
};

static int interrupt(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    struct interruption *interruption = context;
    (void)question;
    cr_assert_geq(capacity, strlen(SOFTHSM_PIN));
    if (interruption->asked++ == 0) {
        module->out = true;
        tell_pin(interruption->store);
        interruption->key = make_signer(interruption->store, NULL);
    }
    memcpy(secret, SOFTHSM_PIN, strlen(SOFTHSM_PIN));
    return (int)strlen(SOFTHSM_PIN);
}

Test(token_out, while_a_person_is_asked_leaves_the_sessions_of_later_calls_alone)
{
    struct interruption interruption = { .store = open_store() };
    const struct vit_ksp_prompt prompt = { interrupt, &interruption, false };
    struct vit_ksp_material *key = NULL;
    assert_success(generate(interruption.store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256, &prompt,
            &key));
    cr_assert_eq(interruption.asked, 1);
    assert_success(sign(interruption.key, &silent));
    assert_success(sign(key, &silent));
    backend->release(interruption.key);
    backend->release(key);
    backend->close(interruption.store);
}

/* Two threads, of which the second comes while the first one's person is asked. */
struct second {
    struct vit_ksp_material *key;
    struct vit_ksp_prompt prompt;
    pthread_t thread;
    _Atomic pid_t id;
    atomic_uint asked;
    SECURITY_STATUS status;
};

static void *sign_second(void *context)
{
    struct second *second = context;
    second->id = gettid();
    second->status = sign(second->key, &second->prompt);
    return NULL;
}

static bool is_waiting(pid_t thread)
{
    char path[64], state = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        (void)fscanf(file, "%*d (%*[^)]) %c", &state);
        fclose(file);
    }
    return state == 'S';
}

/* Once it has a session, all that it waits for is this person. */
static int answer_when_two_wait(void *context, const VITRINE_NCRYPT_QUESTION *question,
        char *secret, size_t capacity)
{
    struct second *second = context;
    (void)question;
    (void)capacity;
    if (atomic_fetch_add(&second->asked, 1) == 0) {
        unsigned before = module->opened;
        cr_assert_eq(pthread_create(&second->thread, NULL, sign_second, second), 0);
        for (time_t end = time(NULL) + 20; time(NULL) < end;) {
            if (module->opened != before && is_waiting(second->id)) {
                break;
            }
            sched_yield();
        }
    }
    memcpy(secret, SOFTHSM_PIN, strlen(SOFTHSM_PIN));
    return (int)strlen(SOFTHSM_PIN);
}

Test(token_out, a_person_who_answered_one_thread_is_not_asked_by_another)
{
    struct vit_ksp_store *store = open_ready();
    backend->release(make_signer(store, u"k"));
    backend->close(store);
    store = open_store();
    struct second second = { .asked = 0 };
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    assert_success(backend->find(store, u"k", false, &silent, &attributes, &second.key));
    second.prompt = (struct vit_ksp_prompt){ answer_when_two_wait, &second, false };
    assert_success(sign(second.key, &second.prompt));
    cr_assert_eq(pthread_join(second.thread, NULL), 0);
    assert_success(second.status);
    cr_assert_eq(second.asked, 1);
    backend->release(second.key);
    backend->close(store);
}

Test(token_out, leaves_no_pin_of_a_uri_in_memory)
{
    setenv("VITRINE_TOKEN", "pkcs11:token=vitrine%20test?pin-value=" SOFTHSM_PIN, 1);
    struct vit_ksp_store *store = open_store();
    backend->release(make_signer(store, NULL));
    backend->close(store);
    cr_assert_eq(pins_wiped, 2); /* to choose the token, and to log in */
    cr_assert_eq(pins_left, 0);
}

TestSuite(token_lies, .init = start, .fini = softhsm_stop);

Test(token_lies, of_slots_make_none)
{
    struct vit_ksp_store *store = open_ready();
    module->lie = "slots";
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND);
    backend->close(store);
}

Test(token_lies, of_a_session_make_none)
{
    struct vit_ksp_store *store = open_ready();
    module->lie = "session";
    assert_status(backend->probe(store, u"k", false, &silent), NTE_FAIL);
    backend->close(store);
}

static void check_found(const char *lie, SECURITY_STATUS expected)
{
    struct vit_ksp_store *store = open_ready();
    DWORD usage = 77;
    backend->release(make_signer(store, u"k"));
    module->lie = lie;
    assert_status(find(store, u"k", &usage), expected);
    module->lie = NULL;
    assert_success(find(store, u"k", &usage));
    backend->close(store);
}

Test(token_lies, of_how_many_objects_there_are_are_refused)
{
    check_found("found", NTE_FAIL);
}

Test(token_lies, of_a_length_beyond_the_room_are_refused)
{
    check_found("id longer than its room", NTE_FAIL);
}

Test(token_lies, of_a_point_make_no_key)
{
    check_found("point of one byte", NTE_BAD_KEY);
}

Test(token_lies, of_a_point_without_end_make_no_key)
{
    check_found("endless point", NTE_BAD_KEY);
}

Test(token_lies, of_a_number_with_another_length_make_none)
{
    check_found("type of one byte", NTE_BAD_KEYSET);
}

Test(token_lies, of_a_flag_without_a_length_make_none)
{
    struct vit_ksp_store *store = open_ready();
    DWORD usage = 77;
    backend->release(make(store, u"k", BCRYPT_RSA_ALGORITHM, 1024));
    module->lie = "flag of no byte";
    assert_success(find(store, u"k", &usage));
    cr_assert_eq(usage, NCRYPT_ALLOW_DECRYPT_FLAG);
    backend->close(store);
}

Test(token_lies, of_a_pair_make_none)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = NULL;
    module->lie = "pair";
    assert_status(generate(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256, &silent, &key), NTE_FAIL);
    cr_assert_null(key);
    backend->close(store);
}

static void check_signature(const char *lie)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make_signer(store, NULL);
    module->lie = lie;
    assert_status(sign(key, &silent), NTE_FAIL);
    module->lie = NULL;
    assert_success(sign(key, &silent));
    backend->release(key);
    backend->close(store);
}

Test(token_lies, of_a_signature_that_is_too_long_are_refused)
{
    check_signature("long signature");
}

Test(token_lies, of_a_signature_that_is_too_short_are_refused)
{
    check_signature("short signature");
}

static void check_text(const char *lie, ULONG padding)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_RSA_ALGORITHM, 1024);
    uint8_t blob[1024], block[128] = { 0, 2, 5 }, text[16384];
    DWORD blob_len = 0, len = 77;
    BCRYPT_KEY_HANDLE public = NULL;
    ULONG block_len;
    assert_success(backend->public_blob(key, blob, sizeof(blob), &blob_len));
    assert_success((SECURITY_STATUS)BCryptImportKeyPair(BCRYPT_RSA_ALG_HANDLE, NULL,
            BCRYPT_PUBLIC_KEY_BLOB, &public, blob, blob_len, 0));
    assert_success((SECURITY_STATUS)BCryptEncrypt(public, block,
            padding == BCRYPT_PAD_NONE ? 128 : 16, NULL, NULL, 0, block, 128, &block_len, padding));
    module->lie = lie;
    assert_status(backend->decrypt(key, &silent, NULL, padding, block, 128, text, sizeof(text),
                          &len),
            NTE_DECRYPTION_FAILURE);
    cr_assert_eq(len, 77);
    BCryptDestroyKey(public);
    backend->release(key);
    backend->close(store);
}

Test(token_lies, of_a_text_that_is_too_long_are_refused)
{
    check_text("long text", BCRYPT_PAD_PKCS1);
}

Test(token_lies, of_a_text_that_is_too_long_without_padding_are_refused)
{
    check_text("long text", BCRYPT_PAD_NONE);
}

Test(token_lies, of_a_number_that_is_empty_are_refused)
{
    check_text("empty text", BCRYPT_PAD_NONE);
}

static void check_agreement(const char *lie)
{
    static const uint8_t zeros[VIT_AGREE_MAX_LEN];
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_ECDH_P256_ALGORITHM, 256);
    BCRYPT_KEY_HANDLE peer = NULL;
    uint8_t z[VIT_AGREE_MAX_LEN] = { 0 };
    size_t len = 77;
    assert_success((SECURITY_STATUS)BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &peer, 256,
            0));
    assert_success((SECURITY_STATUS)BCryptFinalizeKeyPair(peer, 0));
    module->lie = lie;
    assert_status(backend->agree(key, &silent, peer, z, &len), NTE_FAIL);
    cr_assert_eq(len, 77);
    cr_assert_eq(memcmp(z, zeros, sizeof(z)), 0);
    module->lie = NULL;
    assert_success(backend->agree(key, &silent, peer, z, &len));
    cr_assert_eq(len, 32);
    BCryptDestroyKey(peer);
    backend->release(key);
    backend->close(store);
}

Test(token_lies, of_a_secret_that_is_empty_are_refused)
{
    check_agreement("secret of no byte");
}

Test(token_lies, of_a_secret_that_is_longer_than_the_group_are_refused)
{
    check_agreement("secret of one byte more");
}

Test(token_lies, of_a_secret_that_is_longer_than_its_room_are_refused)
{
    check_agreement("secret longer than its room");
}

Test(token_lies, of_a_secret_without_a_length_are_refused)
{
    check_agreement("secret without a length");
}

Test(token_lies, of_a_secret_that_is_nowhere_are_refused)
{
    check_agreement("derived");
}

/* How many keys are told. */
static unsigned count_keys(struct vit_ksp_store *store)
{
    struct vit_ksp_cursor *cursor = NULL;
    for (unsigned count = 0;; count++) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        SECURITY_STATUS status = backend->next(store, false, &silent, &cursor, &attributes);
        if (status != ERROR_SUCCESS) {
            assert_status(status, NTE_NO_MORE_ITEMS);
            backend->close_cursor(cursor);
            return count;
        }
    }
}

Test(token_lies, of_a_key_that_is_gone_hide_no_other)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *one = make_signer(store, u"one"),
                            *other = make_signer(store, u"other");
    module->lie = "one that is gone";
    cr_assert_eq(count_keys(store), 2);
    module->lie = NULL;
    cr_assert_eq(count_keys(store), 2);
    backend->release(one);
    backend->release(other);
    backend->close(store);
}
