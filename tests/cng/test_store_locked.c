/* SPDX-License-Identifier: MIT */
/* Stores and keys behind passphrases: who is asked when, and what happens without an answer. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "cng/wide.h"
#include "tests/cng/store.h"

#define BACKEND (&vit_soft_backend)

static void begin(void)
{
    store_begin();
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "passphrase", 1), 0);
}

TestSuite(store_locked, .init = begin, .fini = store_end, .timeout = 120);

static SECURITY_STATUS make(struct vit_ksp_store *store, LPCWSTR name,
        const struct vit_ksp_prompt *prompt)
{
    struct vit_ksp_material *material = NULL;
    const struct vit_ksp_attributes attributes = store_attributes(name);
    SECURITY_STATUS status = BACKEND->generate(store, &attributes, false, prompt, &material);
    store_release(material);
    return status;
}

static SECURITY_STATUS find(struct vit_ksp_store *store, LPCWSTR name,
        const struct vit_ksp_prompt *prompt)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    SECURITY_STATUS status = BACKEND->find(store, name, false, prompt, &attributes, &material);
    store_release(material);
    return status;
}

/* A store with one key, behind "open sesame". */
static void make_store(void)
{
    struct person person = { .answer = "open sesame" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    struct vit_ksp_store *store = store_open();
    store_success(make(store, u"name", &prompt));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_NEW_PASSPHRASE);
    cr_assert_not(person.about_key);
    cr_assert_str_eq(person.operation, "create");
    store_success(make(store, u"second", &prompt));
    cr_assert_eq(person.asked, 1, "once for an open provider");
    store_close(store);
}

Test(store_locked, has_no_key_file)
{
    make_store();
    cr_assert_neq(access(store_path("user.key"), F_OK), 0);
}

Test(store_locked, asks_once_for_each_open_provider)
{
    struct person person = { .answer = "open sesame" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    make_store();
    struct vit_ksp_store *store = store_open();
    store_success(find(store, u"name", &prompt));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_PASSPHRASE);
    cr_assert_not(person.about_key);
    cr_assert_str_eq(person.operation, "open");
    store_success(find(store, u"second", &store_silent));
    store_status(find(store, u"third", &store_silent), NTE_BAD_KEYSET);
    store_success(BACKEND->probe(store, u"name", false, &store_silent));
    store_close(store);
    store = store_open();
    store_success(find(store, u"name", &prompt));
    cr_assert_eq(person.asked, 2);
    store_close(store);
}

Test(store_locked, tells_a_silent_call_so)
{
    struct vit_ksp_cursor *cursor = NULL;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_store *store = store_open();
    store_status(make(store, u"name", &store_silent), NTE_SILENT_CONTEXT);
    cr_assert_neq(access(store_path("user"), F_OK), 0);
    store_status(find(store, u"name", &store_silent), NTE_BAD_KEYSET);
    make_store();
    store_status(find(store, u"name", &store_silent), NTE_SILENT_CONTEXT);
    store_status(make(store, u"new", &store_silent), NTE_SILENT_CONTEXT);
    store_status(BACKEND->probe(store, u"name", false, &store_silent), NTE_SILENT_CONTEXT);
    store_status(BACKEND->next(store, false, &store_silent, &cursor, &attributes),
            NTE_SILENT_CONTEXT);
    cr_assert_null(cursor);
    store_close(store);
}

Test(store_locked, needs_somebody_and_a_yes)
{
    struct person no = { .answer = NULL };
    const struct vit_ksp_prompt prompt = store_prompt(&no);
    struct vit_ksp_store *store = store_open();
    store_status(make(store, u"name", &store_nobody), NTE_UI_REQUIRED);
    store_status(make(store, u"name", &prompt), NTE_USER_CANCELLED);
    cr_assert_neq(access(store_path("user/store"), F_OK), 0);
    make_store();
    store_status(find(store, u"name", &store_nobody), NTE_UI_REQUIRED);
    store_status(find(store, u"name", &prompt), NTE_USER_CANCELLED);
    store_close(store);
}

Test(store_locked, opens_with_its_passphrase_only)
{
    static const char *const wrong[] = { "open sesam", "open sesame ", "Open sesame", "x" };
    struct person person = { .answer = "" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    make_store();
    struct vit_ksp_store *store = store_open();
    store_status(find(store, u"name", &prompt), NTE_INCORRECT_PASSWORD);
    for (size_t i = 0; i < 4; i++) {
        person.answer = wrong[i];
        store_status(find(store, u"name", &prompt), NTE_INCORRECT_PASSWORD);
    }
    person.answer = "open sesame";
    store_success(find(store, u"name", &prompt));
    store_close(store);
}

Test(store_locked, is_not_made_behind_nothing)
{
    struct person person = { .answer = "" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    struct vit_ksp_store *store = store_open();
    store_status(make(store, u"name", &prompt), NTE_INCORRECT_PASSWORD);
    cr_assert_neq(access(store_path("user/store"), F_OK), 0);
    store_close(store);
}

/* The costs stand in bytes 25 to 27 of the file "store". */
Test(store_locked, spends_no_more_than_is_reasonable_whatever_its_file_says)
{
    static const uint8_t costs[][3] = { { 30, 8, 1 }, { 18, 8, 1 }, { 14, 8, 1 }, { 255, 8, 1 },
        { 15, 255, 1 }, { 15, 0, 1 }, { 15, 8, 255 }, { 15, 8, 0 }, { 15, 8, 5 }, { 0, 0, 0 } };
    struct person person = { .answer = "open sesame" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    uint8_t file[256], changed[256];
    make_store();
    size_t len = store_read(store_path("user/store"), file, sizeof(file));
    cr_assert_eq(file[24], 2);
    cr_assert_eq(file[25], 15);
    struct vit_ksp_store *store = store_open();
    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        memcpy(changed, file, len);
        memcpy(changed + 25, costs[i], 3);
        store_write(store_path("user/store"), changed, len);
        store_status(find(store, u"name", &prompt), NTE_BAD_DATA);
    }
    /* One that is allowed, but not what the key was made with. */
    memcpy(changed, file, len);
    changed[27] = 2;
    store_write(store_path("user/store"), changed, len);
    store_status(find(store, u"name", &prompt), NTE_INCORRECT_PASSWORD);
    /* A store behind a passphrase does not become one behind a key file. */
    memset(changed + 25, 0, 3);
    changed[24] = 1;
    store_write(store_path("user/store"), changed, len);
    store_status(find(store, u"name", &prompt), NTE_NO_KEY);
    store_close(store);
}

/* The property. */

static SECURITY_STATUS set_protection(struct vit_ksp_store *store, LPCWSTR text)
{
    return BACKEND->set_property(store, VITRINE_STORE_PROTECTION_PROPERTY, (const uint8_t *)text,
            (DWORD)((vit_wide_len(text) + 1) * sizeof(WCHAR)));
}

static void assert_protection(struct vit_ksp_store *store, LPCWSTR text)
{
    WCHAR got[32];
    DWORD len = 0;
    store_success(BACKEND->get_property(store, VITRINE_STORE_PROTECTION_PROPERTY, NULL, 0, &len));
    cr_assert_eq(len, (vit_wide_len(text) + 1) * sizeof(WCHAR));
    store_status(BACKEND->get_property(store, VITRINE_STORE_PROTECTION_PROPERTY, (uint8_t *)got,
                         len - 1, &len),
            NTE_BUFFER_TOO_SMALL);
    store_success(BACKEND->get_property(store, VITRINE_STORE_PROTECTION_PROPERTY, (uint8_t *)got,
            sizeof(got), &len));
    cr_assert(vit_wide_equal(got, text));
}

Test(store_locked, is_made_as_the_property_says)
{
    struct person person = { .answer = "word" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    cr_assert_eq(unsetenv("VITRINE_KEY_STORE_PROTECTION"), 0);
    struct vit_ksp_store *store = store_open();
    assert_protection(store, VITRINE_STORE_PROTECTION_KEY_FILE);
    store_success(set_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE));
    assert_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE);
    store_success(make(store, u"name", &prompt));
    cr_assert_eq(person.asked, 1);
    store_success(set_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE));
    store_status(set_protection(store, VITRINE_STORE_PROTECTION_KEY_FILE), NTE_EXISTS);
    store_close(store);
    store = store_open();
    assert_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE);
    store_close(store);
}

Test(store_locked, is_made_behind_a_key_file_when_the_property_says_so)
{
    struct vit_ksp_store *store = store_open();
    assert_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE); /* of the environment */
    store_success(set_protection(store, VITRINE_STORE_PROTECTION_KEY_FILE));
    store_success(make(store, u"name", &store_silent));
    store_status(set_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE), NTE_EXISTS);
    assert_protection(store, VITRINE_STORE_PROTECTION_KEY_FILE);
    store_close(store);
}

Test(store_locked, is_not_made_otherwise_than_was_wished)
{
    DWORD len = 0;
    struct vit_ksp_store *store = store_open();
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "pasphrase", 1), 0);
    store_status(make(store, u"name", &store_silent), NTE_INVALID_PARAMETER);
    store_status(BACKEND->get_property(store, VITRINE_STORE_PROTECTION_PROPERTY, NULL, 0, &len),
            NTE_INVALID_PARAMETER);
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "keyfile", 1), 0);
    store_success(make(store, u"name", &store_silent));
    store_close(store);
}

Test(store_locked, keeps_no_key_behind_a_key_file_when_a_passphrase_was_wished)
{
    cr_assert_eq(unsetenv("VITRINE_KEY_STORE_PROTECTION"), 0);
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, u"name"));
    store_close(store);
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "passphrase", 1), 0);
    store = store_open();
    store_status(make(store, u"second", &store_silent), NTE_PERM);
    store_success(find(store, u"name", &store_silent));
    store_status(make(store, u"second", &store_silent), NTE_PERM); /* it is open now */
    store_status(find(store, u"second", &store_silent), NTE_BAD_KEYSET);
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "pasphrase", 1), 0);
    store_status(make(store, u"second", &store_silent), NTE_INVALID_PARAMETER);
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "keyfile", 1), 0);
    store_success(make(store, u"second", &store_silent));
    store_close(store);
}

/* Another process makes the store while a person thinks of a passphrase. */
static int answer_late(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    struct vit_ksp_store *other = store_open();
    (void)question;
    store_check(capacity > 0);
    store_success(set_protection(other, VITRINE_STORE_PROTECTION_KEY_FILE));
    store_success(make(other, u"of another", &store_silent));
    store_close(other);
    secret[0] = 'x';
    ++*(unsigned *)context;
    return 1;
}

Test(store_locked, keeps_no_key_in_a_lesser_store_that_was_made_meanwhile)
{
    unsigned asked = 0;
    const struct vit_ksp_prompt prompt = { answer_late, &asked, false };
    struct vit_ksp_store *store = store_open();
    cr_assert_eq(unsetenv("VITRINE_KEY_STORE_PROTECTION"), 0);
    store_success(set_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE));
    store_status(make(store, u"name", &prompt), NTE_PERM);
    cr_assert_eq(asked, 1);
    store_status(find(store, u"name", &store_silent), NTE_BAD_KEYSET);
    store_success(find(store, u"of another", &store_silent));
    cr_assert_eq(store_count_files("user"), 2);
    store_close(store);
}

Test(store_locked, keeps_no_machine_key_behind_a_key_file_either)
{
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_attributes attributes = store_attributes(u"name");
    attributes.machine = true;
    struct vit_ksp_store *store = store_open();
    store_success(set_protection(store, VITRINE_STORE_PROTECTION_KEY_FILE));
    store_success(BACKEND->generate(store, &attributes, false, &store_silent, &material));
    store_release(material);
    material = NULL;
    store_success(set_protection(store, VITRINE_STORE_PROTECTION_PASSPHRASE)); /* the user's */
    store_status(BACKEND->generate(store, &attributes, true, &store_silent, &material), NTE_PERM);
    cr_assert_null(material);
    store_close(store);
}

Test(store_locked, without_its_file_is_not_replaced_by_another)
{
    struct person person = { .answer = "new" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    make_store();
    cr_assert_eq(unlink(store_path("user/store")), 0);
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "keyfile", 1), 0);
    struct vit_ksp_store *store = store_open();
    store_status(find(store, u"name", &store_silent), NTE_BAD_KEYSET);
    store_status(make(store, u"third", &store_silent), NTE_BAD_KEYSET);
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "passphrase", 1), 0);
    store_status(make(store, u"third", &prompt), NTE_BAD_KEYSET);
    cr_assert_eq(person.asked, 0);
    cr_assert_eq(store_count_files("user"), 2);
    cr_assert_neq(access(store_path("user.key"), F_OK), 0);
    store_close(store);
}

Test(store_locked, has_no_other_property)
{
    DWORD len = 0;
    struct vit_ksp_store *store = store_open();
    store_status(BACKEND->get_property(store, u"SmartCardPin", NULL, 0, &len), NTE_NOT_SUPPORTED);
    store_status(BACKEND->set_property(store, u"SmartCardPin", (const uint8_t *)u"1", 4),
            NTE_NOT_SUPPORTED);
    store_status(set_protection(store, u"none"), NTE_INVALID_PARAMETER);
    store_status(BACKEND->set_property(store, VITRINE_STORE_PROTECTION_PROPERTY,
                         (const uint8_t *)VITRINE_STORE_PROTECTION_KEY_FILE, 4),
            NTE_INVALID_PARAMETER);
    store_status(BACKEND->set_property(store, VITRINE_STORE_PROTECTION_PROPERTY, NULL, 0),
            NTE_INVALID_PARAMETER);
    store_close(store);
}

/* Keys that have passphrases of their own. */

TestSuite(key_locked, .init = store_begin, .fini = store_end, .timeout = 120);

static struct vit_ksp_attributes locked_attributes(LPCWSTR algorithm, DWORD bits)
{
    struct vit_ksp_attributes attributes = store_attributes(u"locked");
    attributes.algorithm = (WCHAR *)algorithm;
    attributes.bits = bits;
    attributes.ui_flags = NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG;
    attributes.ui_title = (WCHAR *)u"title";
    return attributes;
}

static struct vit_ksp_material *make_locked(struct vit_ksp_store *store, LPCWSTR algorithm,
        DWORD bits)
{
    struct person person = { .answer = "a word for it" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    const struct vit_ksp_attributes attributes = locked_attributes(algorithm, bits);
    struct vit_ksp_material *material = NULL;
    store_success(BACKEND->generate(store, &attributes, true, &prompt, &material));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_NEW_PASSPHRASE);
    cr_assert(vit_wide_equal(person.key_name, u"locked"));
    store_release(material);
    return store_find(store, u"locked"); /* which nobody is asked for */
}

static BCRYPT_KEY_HANDLE public_of(struct vit_ksp_material *material, BCRYPT_ALG_HANDLE provider)
{
    uint8_t blob[1024];
    DWORD len = 0;
    BCRYPT_KEY_HANDLE key = NULL;
    store_success(BACKEND->public_blob(material, blob, sizeof(blob), &len));
    cr_assert_eq(BCryptImportKeyPair(provider, NULL, BCRYPT_PUBLIC_KEY_BLOB, &key, blob, len, 0),
            0);
    return key;
}

Test(key_locked, asks_at_each_use)
{
    uint8_t z[512], other[512], blob[512];
    size_t z_len = 0;
    DWORD len = 0;
    struct person person = { .answer = "a word for it" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = make_locked(store, NCRYPT_ECDH_P256_ALGORITHM, 256);
    struct vit_ksp_material *free_one = store_make(store, NULL);
    BCRYPT_KEY_HANDLE peer = public_of(free_one, BCRYPT_ECDH_P256_ALG_HANDLE);
    BCRYPT_KEY_HANDLE own = public_of(material, BCRYPT_ECDH_P256_ALG_HANDLE);
    store_success(BACKEND->agree(free_one, &store_silent, own, other, &z_len));
    for (unsigned i = 1; i <= 2; i++) {
        store_success(BACKEND->agree(material, &prompt, peer, z, &z_len));
        cr_assert_eq(person.asked, i);
        cr_assert_eq(z_len, 32);
        cr_assert_arr_eq(z, other, 32);
    }
    cr_assert_eq(person.kind, VITRINE_NCRYPT_PASSPHRASE);
    cr_assert_str_eq(person.operation, "agree");
    cr_assert(vit_wide_equal(person.key_name, u"locked"));
    store_success(BACKEND->private_blob(material, &prompt, BCRYPT_ECCPRIVATE_BLOB, blob,
            sizeof(blob), &len));
    cr_assert_str_eq(person.operation, "export");
    cr_assert_eq(person.asked, 3);
    cr_assert_eq(BCryptDestroyKey(peer), 0);
    cr_assert_eq(BCryptDestroyKey(own), 0);
    store_release(material);
    store_release(free_one);
    store_close(store);
}

Test(key_locked, is_not_used_without_its_word)
{
    uint8_t z[512];
    size_t z_len = 0;
    DWORD len = 0;
    struct person wrong = { .answer = "a word for i" }, no = { .answer = NULL };
    const struct vit_ksp_prompt wrong_prompt = store_prompt(&wrong), no_prompt = store_prompt(&no);
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = make_locked(store, NCRYPT_ECDH_P256_ALGORITHM, 256);
    BCRYPT_KEY_HANDLE peer = public_of(material, BCRYPT_ECDH_P256_ALG_HANDLE);
    store_status(BACKEND->agree(material, &wrong_prompt, peer, z, &z_len), NTE_INCORRECT_PASSWORD);
    store_status(BACKEND->agree(material, &no_prompt, peer, z, &z_len), NTE_USER_CANCELLED);
    store_status(BACKEND->agree(material, &store_silent, peer, z, &z_len), NTE_SILENT_CONTEXT);
    store_status(BACKEND->agree(material, &store_nobody, peer, z, &z_len), NTE_UI_REQUIRED);
    store_status(BACKEND->private_blob(material, &store_silent, BCRYPT_ECCPRIVATE_BLOB, NULL, 0,
                         &len),
            NTE_SILENT_CONTEXT);
    cr_assert_eq(BCryptDestroyKey(peer), 0);
    store_release(material);
    store_close(store);
}

Test(key_locked, is_not_made_without_a_word)
{
    struct person no = { .answer = NULL };
    const struct vit_ksp_prompt prompt = store_prompt(&no);
    const struct vit_ksp_attributes attributes = locked_attributes(NCRYPT_ECDH_P256_ALGORITHM, 256);
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    store_status(BACKEND->generate(store, &attributes, false, &store_silent, &material),
            NTE_SILENT_CONTEXT);
    store_status(BACKEND->generate(store, &attributes, false, &prompt, &material),
            NTE_USER_CANCELLED);
    store_status(store_try_find(store, u"locked"), NTE_BAD_KEYSET);
    store_close(store);
}

Test(key_locked, tells_lengths_without_asking)
{
    uint8_t block[128] = { 0 }, out[128], hash[32] = { 1 };
    DWORD len = 0;
    struct person person = { .answer = "a word for it" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = { BCRYPT_SHA256_ALGORITHM };
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = make_locked(store, NCRYPT_RSA_ALGORITHM, 1024);
    store_success(BACKEND->decrypt(material, &store_silent, NULL, BCRYPT_PAD_PKCS1, block, 128,
            NULL, 0, &len));
    cr_assert_eq(len, 128);
    store_success(BACKEND->sign(material, &store_silent, &pkcs1, BCRYPT_PAD_PKCS1, hash, 32, NULL,
            0, &len));
    cr_assert_eq(len, 128);
    store_status(BACKEND->sign(material, &store_silent, &pkcs1, BCRYPT_PAD_PKCS1, hash, 32, out,
                         128, &len),
            NTE_SILENT_CONTEXT);
    store_success(BACKEND->sign(material, &prompt, &pkcs1, BCRYPT_PAD_PKCS1, hash, 32, out, 128,
            &len));
    cr_assert_str_eq(person.operation, "sign");
    store_status(BACKEND->decrypt(material, &store_silent, NULL, BCRYPT_PAD_NONE, block, 128, out,
                         128, &len),
            NTE_SILENT_CONTEXT);
    store_success(BACKEND->decrypt(material, &prompt, NULL, BCRYPT_PAD_NONE, block, 128, out, 128,
            &len));
    cr_assert_str_eq(person.operation, "decrypt");
    store_release(material);
    material = make_locked(store, NCRYPT_ECDSA_P521_ALGORITHM, 521);
    store_success(BACKEND->sign(material, &store_silent, NULL, 0, hash, 32, NULL, 0, &len));
    cr_assert_eq(len, 132);
    store_release(material);
    store_close(store);
}

Test(key_locked, stays_locked_when_its_attributes_change)
{
    uint8_t blob[512];
    DWORD len = 0;
    struct person person = { .answer = "a word for it" };
    const struct vit_ksp_prompt prompt = store_prompt(&person);
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = make_locked(store, NCRYPT_ECDH_P256_ALGORITHM, 256);
    struct vit_ksp_attributes attributes = locked_attributes(NCRYPT_ECDH_P256_ALGORITHM, 256);
    attributes.usage = NCRYPT_ALLOW_KEY_AGREEMENT_FLAG;
    store_success(BACKEND->update(store, material, &attributes, &store_silent));
    store_release(material);
    material = store_find(store, u"locked");
    store_status(BACKEND->private_blob(material, &store_silent, BCRYPT_ECCPRIVATE_BLOB, blob,
                         sizeof(blob), &len),
            NTE_SILENT_CONTEXT);
    store_success(BACKEND->private_blob(material, &prompt, BCRYPT_ECCPRIVATE_BLOB, blob,
            sizeof(blob), &len));
    store_release(material);
    store_close(store);
}

Test(key_locked, is_ephemeral_without_a_word)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_attributes attributes = locked_attributes(NCRYPT_ECDH_P256_ALGORITHM, 256);
    attributes.name = NULL;
    store_success(BACKEND->generate(store, &attributes, false, &store_silent, &material));
    store_release(material);
    store_close(store);
}
