/* SPDX-License-Identifier: MIT */
/* Stores of the software provider, as applications meet them: locked, guarded, damaged. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_store, .init = keys_begin, .fini = keys_end, .timeout = 60);

static SECURITY_STATUS open_key(NCRYPT_PROV_HANDLE provider, LPCWSTR name, DWORD flags)
{
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status = NCryptOpenKey(provider, &key, name, 0, flags);
    if (status == ERROR_SUCCESS) {
        keys_free(key);
    }
    return status;
}

static SECURITY_STATUS tell_one(NCRYPT_PROV_HANDLE provider, DWORD flags)
{
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    SECURITY_STATUS status = NCryptEnumKeys(provider, NULL, &name, &state, flags);
    if (name != NULL) {
        cr_assert_ok(NCryptFreeBuffer(name));
    }
    if (state != NULL) {
        cr_assert_ok(NCryptFreeBuffer(state));
    }
    return status;
}

/* Behind "word", with one key. */
static void make_locked_store(void)
{
    struct keys_person person = { .secret = "word" };
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    cr_assert_ok(keys_set_text(provider, VITRINE_STORE_PROTECTION_PROPERTY,
            VITRINE_STORE_PROTECTION_PASSPHRASE, 0));
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"name"));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_NEW_PASSPHRASE);
    keys_free(provider);
}

Test(ncrypt_store, a_locked_one_asks_the_first_time)
{
    struct keys_person person = { .secret = "word" };
    make_locked_store();
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    cr_assert(keys_text_is(provider, VITRINE_STORE_PROTECTION_PROPERTY,
            VITRINE_STORE_PROTECTION_PASSPHRASE));
    cr_assert_eq(person.asked, 0);
    cr_assert_ok(open_key(provider, u"name", 0));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_PASSPHRASE);
    cr_assert_ok(open_key(provider, u"name", NCRYPT_SILENT_FLAG));
    cr_assert_ok(tell_one(provider, NCRYPT_SILENT_FLAG));
    cr_assert_eq(person.asked, 1);
    keys_free(provider);
}

Test(ncrypt_store, a_locked_one_tells_silent_calls_so)
{
    struct keys_person person = { .secret = "word" };
    NCRYPT_KEY_HANDLE key = 0;
    make_locked_store();
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    cr_assert_answer(open_key(provider, u"name", NCRYPT_SILENT_FLAG), NTE_SILENT_CONTEXT);
    cr_assert_answer(tell_one(provider, NCRYPT_SILENT_FLAG), NTE_SILENT_CONTEXT);
    cr_assert_answer(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, u"new", 0,
                             NCRYPT_SILENT_FLAG),
            NTE_SILENT_CONTEXT);
    cr_assert_eq(key, 0);
    cr_assert_eq(person.asked, 0);
    /* Ephemeral keys need no store. */
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL));
    cr_assert_eq(person.asked, 0);
    keys_free(provider);
}

Test(ncrypt_store, a_locked_one_stays_locked_without_its_word)
{
    struct keys_person person = { .secret = "wrong" };
    make_locked_store();
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    cr_assert_answer(open_key(provider, u"name", 0), NTE_INCORRECT_PASSWORD);
    cr_assert_eq(person.asked, 1, "once for a call");
    cr_assert_answer(tell_one(provider, 0), NTE_INCORRECT_PASSWORD);
    person.secret = NULL;
    cr_assert_answer(open_key(provider, u"name", 0), NTE_USER_CANCELLED);
    keys_ask_nobody(provider);
    cr_assert_answer(open_key(provider, u"name", 0), NTE_UI_REQUIRED);
    keys_ask(provider, &person);
    person.secret = "word";
    cr_assert_ok(open_key(provider, u"name", 0));
    keys_free(provider);
}

Test(ncrypt_store, is_protected_one_way_for_ever)
{
    make_locked_store();
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_answer(keys_set_text(provider, VITRINE_STORE_PROTECTION_PROPERTY,
                             VITRINE_STORE_PROTECTION_KEY_FILE, 0),
            NTE_EXISTS);
    cr_assert_answer(keys_set_text(provider, VITRINE_STORE_PROTECTION_PROPERTY, u"none", 0),
            NTE_INVALID_PARAMETER);
    keys_free(provider);
}

static void path_in_store(char path[512], const char *name)
{
    cr_assert_gt(snprintf(path, 512, "%s%s", getenv("VITRINE_KEY_STORE"), name), 0);
}

/* The file of the one key. */
static void key_path(char path[512])
{
    char name[80] = "";
    DIR *folder = opendir(getenv("VITRINE_KEY_STORE"));
    cr_assert_not_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strlen(entry->d_name) == 64) {
            snprintf(name, sizeof(name), "/%.64s", entry->d_name);
        }
    }
    closedir(folder);
    path_in_store(path, name);
}

Test(ncrypt_store, a_damaged_key_is_told_and_left_out)
{
    char path[512];
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"name"));
    cr_assert_ok(tell_one(provider, 0));
    key_path(path);
    cr_assert_eq(truncate(path, 60), 0);
    cr_assert_answer(open_key(provider, u"name", 0), NTE_BAD_DATA);
    cr_assert_answer(tell_one(provider, 0), NTE_NO_MORE_ITEMS);
    /* Its name can be had by whoever asks for that. */
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_answer(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, u"name",
                             0, 0),
            NTE_EXISTS);
    cr_assert_ok(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, u"name", 0,
            NCRYPT_OVERWRITE_KEY_FLAG));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    keys_free(key);
    cr_assert_ok(open_key(provider, u"name", 0));
    keys_free(provider);
}

static SECURITY_STATUS open_fresh(LPCWSTR name)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    SECURITY_STATUS status = open_key(provider, name, 0);
    keys_free(provider);
    return status;
}

Test(ncrypt_store, that_others_may_read_is_not_used)
{
    char path[512];
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"name"));
    keys_free(provider);
    path_in_store(path, "");
    cr_assert_eq(chmod(path, 0750), 0);
    cr_assert_answer(open_fresh(u"name"), NTE_PERM);
    cr_assert_eq(chmod(path, 0700), 0);
    path_in_store(path, ".key");
    cr_assert_eq(chmod(path, 0604), 0);
    cr_assert_answer(open_fresh(u"name"), NTE_PERM);
    cr_assert_eq(chmod(path, 0600), 0);
    cr_assert_ok(open_fresh(u"name"));
}

Test(ncrypt_store, without_its_key_file_is_not_opened)
{
    char path[512];
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"name"));
    keys_free(provider);
    path_in_store(path, ".key");
    cr_assert_eq(truncate(path, 0), 0);
    cr_assert_eq(truncate(path, 32), 0); /* zeros now */
    cr_assert_answer(open_fresh(u"name"), NTE_BAD_KEY);
    cr_assert_eq(unlink(path), 0);
    cr_assert_answer(open_fresh(u"name"), NTE_NO_KEY);
}

Test(ncrypt_store, is_a_file_where_there_should_be_a_folder)
{
    char path[512];
    path_in_store(path, "");
    FILE *file = fopen(path, "we");
    cr_assert(file != NULL && fclose(file) == 0);
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_answer(open_key(provider, u"name", 0), NTE_PERM);
    cr_assert_answer(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, u"name",
                             0, 0),
            NTE_PERM);
    keys_free(provider);
}
