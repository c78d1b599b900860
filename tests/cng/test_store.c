/* SPDX-License-Identifier: MIT */
/* Keys in stores of the software provider: kept, found, changed, removed, told. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cng/wide.h"
#include "tests/cng/store.h"

#define BACKEND (&vit_soft_backend)

TestSuite(store, .init = store_begin, .fini = store_end, .timeout = 60);

static size_t secret_with(struct vit_ksp_material *own, struct vit_ksp_material *other,
        uint8_t z[512])
{
    uint8_t blob[4096];
    DWORD len = 0;
    size_t z_len = 0;
    BCRYPT_KEY_HANDLE peer = NULL;
    store_success(BACKEND->public_blob(other, blob, sizeof(blob), &len));
    store_check(BCryptImportKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, NULL, BCRYPT_PUBLIC_KEY_BLOB,
                        &peer, blob, len, 0) == STATUS_SUCCESS);
    store_success(BACKEND->agree(own, &store_silent, peer, z, &z_len));
    store_check(BCryptDestroyKey(peer) == STATUS_SUCCESS);
    return z_len;
}

Test(store, a_key_is_found_again_with_the_same_private_half)
{
    uint8_t before[512], after[512];
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *made = store_make(store, u"mine");
    struct vit_ksp_material *peer = store_make(store, NULL);
    cr_assert_eq(secret_with(made, peer, before), 32);
    store_release(made);
    store_close(store);

    store = store_open();
    struct vit_ksp_material *found = store_find(store, u"mine");
    cr_assert_eq(secret_with(found, peer, after), 32);
    cr_assert_arr_eq(before, after, 32);
    cr_assert_eq(secret_with(peer, found, after), 32);
    cr_assert_arr_eq(before, after, 32);
    store_release(found);
    store_release(peer);
    store_close(store);
}

/* All that can be kept with a key. */
static struct vit_ksp_attributes full_attributes(void)
{
    static struct vit_ksp_custom second = { (WCHAR *)u"another", (uint8_t *)"\0\1", 2, NULL };
    static struct vit_ksp_custom first = { (WCHAR *)u"of the application", NULL, 0, &second };
    struct vit_ksp_attributes attributes = store_attributes(u"all of it \u00e9\U0001f511");
    attributes.legacy_spec = AT_KEYEXCHANGE;
    attributes.export_policy = NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_ARCHIVING_FLAG;
    attributes.usage = NCRYPT_ALLOW_KEY_AGREEMENT_FLAG;
    attributes.ui_flags = NCRYPT_UI_PROTECT_KEY_FLAG;
    attributes.ui_title = (WCHAR *)u"title";
    attributes.ui_friendly_name = (WCHAR *)u"";
    attributes.ui_description = (WCHAR *)u"description";
    attributes.modified = INT64_C(132000000000000001);
    attributes.custom = &first;
    return attributes;
}

static void assert_full(const struct vit_ksp_attributes *got)
{
    const struct vit_ksp_attributes told = full_attributes();
    cr_assert(vit_wide_equal(got->name, told.name));
    cr_assert(vit_wide_equal(got->algorithm, told.algorithm));
    cr_assert_null(got->curve);
    cr_assert_eq(got->bits, 256);
    cr_assert_eq(got->legacy_spec, told.legacy_spec);
    cr_assert_not(got->machine);
    cr_assert_eq(got->export_policy, told.export_policy);
    cr_assert_eq(got->usage, told.usage);
    cr_assert_eq(got->ui_flags, told.ui_flags);
    cr_assert(vit_wide_equal(got->ui_title, told.ui_title));
    cr_assert(vit_wide_equal(got->ui_friendly_name, told.ui_friendly_name));
    cr_assert(vit_wide_equal(got->ui_description, told.ui_description));
    cr_assert_null(got->dh_parameters);
    cr_assert(vit_wide_equal(got->custom->name, u"of the application"));
    cr_assert_eq(got->custom->len, 0);
    cr_assert(vit_wide_equal(got->custom->next->name, u"another"));
    cr_assert_arr_eq(got->custom->next->bytes, "\0\1", 2);
    cr_assert_null(got->custom->next->next);
}

Test(store, attributes_are_found_again)
{
    VIT_AUTO(ksp_attributes) got = { 0 };
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL, *found = NULL;
    const struct vit_ksp_attributes told = full_attributes();
    store_success(BACKEND->generate(store, &told, false, &store_silent, &material));
    store_success(BACKEND->find(store, told.name, false, &store_silent, &got, &found));
    assert_full(&got);
    cr_assert_eq(got.modified, told.modified);
    store_release(material);
    store_release(found);
    store_close(store);
}

static void check_algorithm(LPCWSTR algorithm, LPCWSTR curve, DWORD bits)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *made = NULL;
    struct vit_ksp_attributes attributes = store_attributes(u"one of many");
    attributes.algorithm = (WCHAR *)algorithm;
    attributes.curve = (WCHAR *)curve;
    attributes.bits = bits;
    store_success(BACKEND->generate(store, &attributes, true, &store_silent, &made));
    struct vit_ksp_material *found = store_find(store, u"one of many");
    cr_assert(store_same_key(made, found));
    store_release(made);
    store_release(found);
    store_close(store);
}

Test(store, keys_of_every_kind_are_kept)
{
    check_algorithm(NCRYPT_RSA_ALGORITHM, NULL, 1024);
    check_algorithm(NCRYPT_DH_ALGORITHM, NULL, 1024);
    check_algorithm(NCRYPT_ECDH_P256_ALGORITHM, NULL, 256);
    check_algorithm(NCRYPT_ECDH_P384_ALGORITHM, NULL, 384);
    check_algorithm(NCRYPT_ECDH_P521_ALGORITHM, NULL, 521);
    check_algorithm(NCRYPT_ECDH_ALGORITHM, BCRYPT_ECC_CURVE_25519, 255);
    check_algorithm(NCRYPT_ECDH_ALGORITHM, BCRYPT_ECC_CURVE_BRAINPOOLP256R1, 256);
    check_algorithm(NCRYPT_ECDSA_P256_ALGORITHM, NULL, 256);
    check_algorithm(NCRYPT_ECDSA_P384_ALGORITHM, NULL, 384);
    check_algorithm(NCRYPT_ECDSA_P521_ALGORITHM, NULL, 521);
    check_algorithm(NCRYPT_ECDSA_ALGORITHM, BCRYPT_ECC_CURVE_SECP256K1, 256);
}

Test(store, the_raw_secret_of_curve25519_is_in_the_order_of_its_standard)
{
    /* RFC 7748, section 6.1 */
    static const uint8_t blob[] =
            "ECKV\x20\0\0\0"
            "\x85\x20\xf0\x09\x89\x30\xa7\x54\x74\x8b\x7d\xdc\xb4\x3e\xf7\x5a"
            "\x0d\xbf\x3a\x0d\x26\x38\x1a\xf4\xeb\xa4\xa9\x8e\xaa\x9b\x4e\x6a"
            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
            "\x70\x07\x6d\x0a\x73\x18\xa5\x7d\x3c\x16\xc1\x72\x51\xb2\x66\x45"
            "\xdf\x4c\x2f\x87\xeb\xc0\x99\x2a\xb1\x77\xfb\xa5\x1d\xb9\x2c\x6a";
    static const uint8_t point[] =
            "ECKP\x20\0\0\0"
            "\xde\x9e\xdb\x7d\x7b\x7d\xc1\xb4\xd3\x5b\x61\xc2\xec\xe4\x35\x37"
            "\x3f\x83\x43\xc8\x5b\x78\x67\x4d\xad\xfc\x7e\x14\x6f\x88\x2b\x4f"
            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    static const uint8_t told[] = { 0x4a, 0x5d, 0x9d, 0x5b, 0xa4, 0xce, 0x2d, 0xe1 };
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_attributes attributes = store_attributes(NULL);
    BCRYPT_ALG_HANDLE provider = NULL;
    BCRYPT_KEY_HANDLE peer = NULL;
    uint8_t bytes[sizeof(blob) - 1], z[512];
    size_t z_len = 0;
    attributes.algorithm = (WCHAR *)NCRYPT_ECDH_ALGORITHM;
    attributes.curve = (WCHAR *)BCRYPT_ECC_CURVE_25519;
    memcpy(bytes, blob, sizeof(bytes));
    /* Clamped, as BCrypt asks for it; RFC 7748 does that on the way. */
    bytes[8 + 64] &= 0xf8;
    bytes[8 + 95] = (uint8_t)((bytes[8 + 95] & 0x7f) | 0x40);
    store_success(BACKEND->import(store, &attributes, BCRYPT_ECCPRIVATE_BLOB, bytes, sizeof(bytes),
            false, &store_silent, &material));
    cr_assert_eq(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_ALGORITHM, NULL, 0), 0);
    cr_assert_eq(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)BCRYPT_ECC_CURVE_25519,
                         sizeof(BCRYPT_ECC_CURVE_25519), 0),
            0);
    memcpy(bytes, point, sizeof(point) - 1);
    cr_assert_eq(BCryptImportKeyPair(provider, NULL, BCRYPT_ECCPUBLIC_BLOB, &peer, bytes,
                         sizeof(point) - 1, 0),
            0);
    store_success(BACKEND->agree(material, &store_silent, peer, z, &z_len));
    cr_assert_eq(z_len, 32);
    cr_assert_arr_eq(z, told, sizeof(told));
    cr_assert_eq(BCryptDestroyKey(peer), 0);
    cr_assert_eq(BCryptCloseAlgorithmProvider(provider, 0), 0);
    store_release(material);
    store_close(store);
}

Test(store, an_imported_pair_is_kept_and_comes_out_again)
{
    uint8_t blob[4096], other[4096];
    DWORD len = 0, other_len = 0;
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *ephemeral = store_make(store, NULL), *imported = NULL;
    const struct vit_ksp_attributes attributes = store_attributes(u"imported");
    store_success(BACKEND->private_blob(ephemeral, &store_silent, BCRYPT_ECCPRIVATE_BLOB, blob,
            sizeof(blob), &len));
    store_success(BACKEND->import(store, &attributes, BCRYPT_ECCPRIVATE_BLOB, blob, len, false,
            &store_silent, &imported));
    struct vit_ksp_material *found = store_find(store, u"imported");
    store_success(BACKEND->private_blob(found, &store_silent, BCRYPT_ECCPRIVATE_BLOB, other,
            sizeof(other), &other_len));
    cr_assert_eq(len, other_len);
    cr_assert_arr_eq(blob, other, len);
    store_status(BACKEND->private_blob(found, &store_silent, BCRYPT_RSAFULLPRIVATE_BLOB, other,
                         sizeof(other), &other_len),
            NTE_BAD_TYPE);
    store_status(BACKEND->private_blob(found, &store_silent, BCRYPT_ECCPRIVATE_BLOB, other, 7,
                         &other_len),
            NTE_BUFFER_TOO_SMALL);
    store_release(ephemeral);
    store_release(imported);
    store_release(found);
    store_close(store);
}

Test(store, a_public_blob_tells_its_length_and_needs_its_room)
{
    uint8_t blob[512];
    DWORD len = 0;
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = store_make(store, NULL);
    store_success(BACKEND->public_blob(material, NULL, 0, &len));
    cr_assert_eq(len, 8 + 64);
    store_status(BACKEND->public_blob(material, blob, len - 1, &len), NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 8 + 64);
    store_success(BACKEND->public_blob(material, blob, len, &len));
    store_release(material);
    store_close(store);
}

Test(store, what_is_not_there_is_not_found_and_makes_no_folder)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_cursor *cursor = NULL;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    store_status(store_try_find(store, u"nothing"), NTE_BAD_KEYSET);
    store_status(BACKEND->probe(store, u"nothing", false, &store_silent), NTE_BAD_KEYSET);
    store_status(BACKEND->next(store, false, &store_silent, &cursor, &attributes),
            NTE_NO_MORE_ITEMS);
    BACKEND->close_cursor(cursor);
    cr_assert_neq(access(store_path("user"), F_OK), 0);
    store_release(store_make(store, NULL)); /* ephemeral: not kept either */
    cr_assert_neq(access(store_path("user"), F_OK), 0);
    store_release(store_make(store, u"something"));
    store_status(store_try_find(store, u"nothing"), NTE_BAD_KEYSET);
    store_success(store_try_find(store, u"something"));
    store_success(BACKEND->probe(store, u"something", false, &store_silent));
    store_status(store_try_find(store, u"Something"), NTE_BAD_KEYSET);
    store_close(store);
}

Test(store, a_name_is_taken_until_it_is_to_be_overwritten)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *first = store_make(store, u"name");
    store_status(store_try_make(store, u"name", false), NTE_EXISTS);
    struct vit_ksp_material *found = store_find(store, u"name");
    cr_assert(store_same_key(first, found));
    store_release(found);

    store_success(store_try_make(store, u"name", true));
    found = store_find(store, u"name");
    cr_assert_not(store_same_key(first, found));
    store_success(store_try_make(store, u"new to overwrite", true));
    store_success(store_try_find(store, u"new to overwrite"));
    store_release(first);
    store_release(found);
    store_close(store);
}

Test(store, a_key_that_was_replaced_changes_and_removes_nothing_any_more)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *first = store_make(store, u"name");
    const struct vit_ksp_attributes attributes = store_attributes(u"name");
    store_success(store_try_make(store, u"name", true));
    struct vit_ksp_material *second = store_find(store, u"name");
    store_status(BACKEND->update(store, first, &attributes, &store_silent), NTE_BAD_KEYSET);
    store_status(BACKEND->remove(store, first, &store_silent), NTE_BAD_KEYSET);
    struct vit_ksp_material *found = store_find(store, u"name");
    cr_assert(store_same_key(second, found));
    store_release(first);
    store_release(second);
    store_release(found);
    store_close(store);
}

Test(store, attributes_change_and_the_key_does_not)
{
    VIT_AUTO(ksp_attributes) got = { 0 };
    struct vit_ksp_store *store = store_open(), *other = store_open();
    struct vit_ksp_material *made = NULL, *found = NULL;
    struct vit_ksp_attributes attributes = store_attributes(u"name");
    attributes.export_policy = NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_ARCHIVING_FLAG;
    store_success(BACKEND->generate(store, &attributes, false, &store_silent, &made));
    attributes.usage = NCRYPT_ALLOW_SIGNING_FLAG;
    store_success(BACKEND->update(store, made, &attributes, &store_silent));
    attributes.export_policy = NCRYPT_ALLOW_EXPORT_FLAG;
    store_success(BACKEND->update(store, made, &attributes, &store_silent));
    store_success(BACKEND->find(other, u"name", false, &store_silent, &got, &found));
    cr_assert_eq(got.usage, NCRYPT_ALLOW_SIGNING_FLAG);
    cr_assert_eq(got.export_policy, NCRYPT_ALLOW_EXPORT_FLAG);
    cr_assert(store_same_key(made, found));
    /* By whoever has the key open, in whatever order. */
    attributes.usage = NCRYPT_ALLOW_ALL_USAGES;
    store_success(BACKEND->update(other, found, &attributes, &store_silent));
    store_success(BACKEND->update(store, made, &attributes, &store_silent));
    cr_assert_eq(store_count_files("user"), 2);
    store_release(made);
    store_release(found);
    store_close(store);
    store_close(other);
}

/* What is in the store, after somebody has changed it who has opened the key long ago. */
static struct vit_ksp_attributes store_late(const struct vit_ksp_attributes *made,
        const struct vit_ksp_attributes *early, const struct vit_ksp_attributes *late)
{
    struct vit_ksp_attributes got = { 0 };
    struct vit_ksp_store *store = store_open(), *other = store_open();
    struct vit_ksp_material *first = NULL, *found = NULL;
    store_success(BACKEND->generate(store, made, true, &store_silent, &first));
    struct vit_ksp_material *second = store_find(other, made->name);
    store_success(BACKEND->update(store, first, early, &store_silent));
    store_success(BACKEND->update(other, second, late, &store_silent));
    store_success(BACKEND->find(store, made->name, false, &store_silent, &got, &found));
    store_release(first);
    store_release(second);
    store_release(found);
    store_close(store);
    store_close(other);
    return got;
}

Test(store, rights_that_were_taken_away_do_not_come_back)
{
    static struct vit_ksp_custom custom = { (WCHAR *)u"mine", (uint8_t *)"1", 1, NULL };
    struct vit_ksp_attributes made = store_attributes(u"name");
    made.export_policy = NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG;
    struct vit_ksp_attributes early = made, late = made;
    early.export_policy = NCRYPT_ALLOW_EXPORT_FLAG;
    early.usage = NCRYPT_ALLOW_KEY_AGREEMENT_FLAG | NCRYPT_ALLOW_SIGNING_FLAG;
    late.usage = NCRYPT_ALLOW_KEY_AGREEMENT_FLAG | NCRYPT_ALLOW_DECRYPT_FLAG;
    late.custom = &custom;
    VIT_AUTO(ksp_attributes) got = store_late(&made, &early, &late);
    cr_assert_eq(got.export_policy, NCRYPT_ALLOW_EXPORT_FLAG);
    cr_assert_eq(got.usage, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG);
    cr_assert_not_null(got.custom, "what is no right is kept as told");
}

Test(store, protection_of_a_key_is_not_taken_away)
{
    struct vit_ksp_attributes made = store_attributes(u"name");
    made.ui_flags = NCRYPT_UI_PROTECT_KEY_FLAG;
    const struct vit_ksp_attributes late = store_attributes(u"name");
    VIT_AUTO(ksp_attributes) got = store_late(&made, &made, &late);
    cr_assert_eq(got.ui_flags, NCRYPT_UI_PROTECT_KEY_FLAG);
}

Test(store, attributes_of_an_ephemeral_key_are_not_kept)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = store_make(store, NULL);
    const struct vit_ksp_attributes attributes = store_attributes(NULL);
    store_status(BACKEND->update(store, material, &attributes, &store_silent), NTE_BAD_KEYSET);
    store_status(BACKEND->remove(store, material, &store_silent), NTE_BAD_KEYSET);
    store_release(material);
    store_close(store);
}

Test(store, what_is_too_long_is_not_kept)
{
    static uint8_t bytes[NCRYPT_MAX_PROPERTY_DATA];
    struct vit_ksp_custom custom[9];
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = store_make(store, u"name");
    struct vit_ksp_attributes attributes = store_attributes(u"name");
    for (unsigned i = 0; i < 9; i++) {
        custom[i] = (struct vit_ksp_custom){ (WCHAR *)u"big", bytes, sizeof(bytes),
            i < 8 ? &custom[i + 1] : NULL };
    }
    attributes.custom = custom;
    store_status(BACKEND->update(store, material, &attributes, &store_silent), NTE_BAD_LEN);
    attributes.custom = &custom[8]; /* one of the greatest length that is allowed */
    store_success(BACKEND->update(store, material, &attributes, &store_silent));
    store_success(store_try_find(store, u"name"));
    store_release(material);
    store_close(store);
}

Test(store, a_removed_key_works_where_it_is_open_and_is_found_no_more)
{
    uint8_t before[512], after[512];
    struct vit_ksp_store *store = store_open(), *other = store_open();
    struct vit_ksp_material *made = store_make(store, u"name");
    struct vit_ksp_material *open = store_find(other, u"name");
    const struct vit_ksp_attributes attributes = store_attributes(u"name");
    (void)secret_with(open, made, before);
    store_success(BACKEND->remove(store, made, &store_silent));
    store_status(store_try_find(store, u"name"), NTE_BAD_KEYSET);
    store_status(store_try_find(other, u"name"), NTE_BAD_KEYSET);
    (void)secret_with(open, made, after);
    cr_assert_arr_eq(before, after, 32);
    store_status(BACKEND->remove(other, open, &store_silent), NTE_BAD_KEYSET);
    store_status(BACKEND->update(other, open, &attributes, &store_silent), NTE_BAD_KEYSET);
    cr_assert_eq(store_count_files("user"), 1);
    store_release(made);
    store_release(open);
    store_close(store);
    store_close(other);
}

/* Names of the keys that are told, as a set of bits: "0" to "9". */
static unsigned enumerate(struct vit_ksp_store *store, bool machine)
{
    struct vit_ksp_cursor *cursor = NULL;
    unsigned seen = 0;
    for (;;) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        SECURITY_STATUS status = BACKEND->next(store, machine, &store_silent, &cursor, &attributes);
        if (status == NTE_NO_MORE_ITEMS) {
            break;
        }
        store_success(status);
        unsigned bit = 1U << (attributes.name[0] - u'0');
        cr_assert_eq(seen & bit, 0, "told twice");
        cr_assert(vit_wide_equal(attributes.algorithm, NCRYPT_ECDH_P256_ALGORITHM));
        cr_assert_eq(attributes.machine, machine);
        seen |= bit;
    }
    BACKEND->close_cursor(cursor);
    return seen;
}

static void make_digits(struct vit_ksp_store *store, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const WCHAR name[] = { (WCHAR)(u'0' + i), 0 };
        store_release(store_make(store, name));
    }
}

Test(store, keys_are_told_each_once)
{
    struct vit_ksp_store *store = store_open();
    make_digits(store, 10);
    cr_assert_eq(enumerate(store, false), 0x3ff);
    cr_assert_eq(enumerate(store, true), 0);
    store_close(store);
}

Test(store, telling_goes_on_when_keys_come_and_go)
{
    struct vit_ksp_cursor *cursor = NULL;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_store *store = store_open();
    make_digits(store, 4);
    store_success(BACKEND->next(store, false, &store_silent, &cursor, &attributes));
    unsigned seen = 1U << (attributes.name[0] - u'0');
    vit_ksp_attributes_finish(&attributes);
    for (unsigned i = 0; i < 4; i++) {
        const WCHAR name[] = { (WCHAR)(u'0' + i), 0 };
        struct vit_ksp_material *material = store_find(store, name);
        store_success(BACKEND->remove(store, material, &store_silent));
        store_release(material);
    }
    store_release(store_make(store, u"9"));
    store_status(BACKEND->next(store, false, &store_silent, &cursor, &attributes),
            NTE_NO_MORE_ITEMS);
    store_status(BACKEND->next(store, false, &store_silent, &cursor, &attributes),
            NTE_NO_MORE_ITEMS);
    BACKEND->close_cursor(cursor);
    cr_assert_lt(seen, 16);
    cr_assert_eq(enumerate(store, false), 1U << 9);
    store_close(store);
}

Test(store, a_file_that_cannot_be_read_hides_no_other)
{
    char path[4096];
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, u"0"));
    store_only_file("user", path);
    store_write(path, "broken", 6);
    store_release(store_make(store, u"1"));
    cr_assert_eq(enumerate(store, false), 2);
    store_close(store);
}

Test(store, keys_of_the_machine_are_others)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_attributes attributes = store_attributes(u"0");
    attributes.machine = true;
    store_success(BACKEND->generate(store, &attributes, false, &store_silent, &material));
    store_status(store_try_find(store, u"0"), NTE_BAD_KEYSET);
    cr_assert_neq(access(store_path("user"), F_OK), 0);
    cr_assert_eq(enumerate(store, true), 1);
    cr_assert_eq(enumerate(store, false), 0);
    store_success(store_try_make(store, u"0", false));
    store_success(BACKEND->remove(store, material, &store_silent));
    cr_assert_eq(enumerate(store, true), 0);
    cr_assert_eq(enumerate(store, false), 1);
    store_release(material);
    store_close(store);
}

Test(store, a_store_that_appears_later_is_seen)
{
    struct vit_ksp_store *one = store_open(), *other = store_open();
    store_status(store_try_find(one, u"name"), NTE_BAD_KEYSET);
    store_release(store_make(other, u"name"));
    store_success(store_try_find(one, u"name"));
    store_close(one);
    store_close(other);
}

/* RSA: decrypts and signs. */
Test(store, a_pair_of_rsa_decrypts_and_signs)
{
    uint8_t hash[32] = "a hash", block[128], out[128], blob[512];
    DWORD len = 0, blob_len = 0;
    ULONG written = 0;
    BCRYPT_KEY_HANDLE public = NULL;
    BCRYPT_OAEP_PADDING_INFO oaep = { BCRYPT_SHA1_ALGORITHM, NULL, 0 };
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = { BCRYPT_SHA256_ALGORITHM };
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_attributes attributes = store_attributes(u"rsa");
    attributes.algorithm = (WCHAR *)NCRYPT_RSA_ALGORITHM;
    attributes.bits = 1024;
    store_success(BACKEND->generate(store, &attributes, false, &store_silent, &material));
    store_success(BACKEND->public_blob(material, blob, sizeof(blob), &blob_len));
    cr_assert_eq(BCryptImportKeyPair(BCRYPT_RSA_ALG_HANDLE, NULL, BCRYPT_PUBLIC_KEY_BLOB, &public,
                         blob, blob_len, 0),
            0);

    store_success(BACKEND->sign(material, &store_silent, &pkcs1, BCRYPT_PAD_PKCS1, hash, 32, NULL,
            0, &len));
    cr_assert_eq(len, 128);
    store_status(BACKEND->sign(material, &store_silent, &pkcs1, BCRYPT_PAD_PKCS1, hash, 32, out,
                         127, &len),
            NTE_BUFFER_TOO_SMALL);
    store_success(BACKEND->sign(material, &store_silent, &pkcs1, BCRYPT_PAD_PKCS1, hash, 32, out,
            sizeof(out), &len));
    cr_assert_eq(BCryptVerifySignature(public, &pkcs1, hash, 32, out, len, BCRYPT_PAD_PKCS1), 0);

    cr_assert_eq(BCryptEncrypt(public, hash, 16, &oaep, NULL, 0, block, sizeof(block), &written,
                         BCRYPT_PAD_OAEP),
            0);
    store_success(BACKEND->decrypt(material, &store_silent, &oaep, BCRYPT_PAD_OAEP, block, 128, out,
            sizeof(out), &len));
    cr_assert_eq(len, 16);
    cr_assert_arr_eq(out, hash, 16);
    store_status(BACKEND->decrypt(material, &store_silent, &oaep, BCRYPT_PAD_OAEP, block, 127, out,
                         sizeof(out), &len),
            NTE_INVALID_PARAMETER);
    block[5] ^= 1;
    store_status(BACKEND->decrypt(material, &store_silent, &oaep, BCRYPT_PAD_OAEP, block, 128, out,
                         sizeof(out), &len),
            NTE_DECRYPTION_FAILURE);
    cr_assert_eq(BCryptDestroyKey(public), 0);
    store_release(material);
    store_close(store);
}
