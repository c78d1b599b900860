/* SPDX-License-Identifier: MIT */
/* Which providers there are, and which of them can be opened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "tests/cng/ncrypt_router.h"

TestSuite(ncrypt_manifest, .init = router_start, .fini = router_end);

/* All names, separated by commas. */
static const char *listed(void)
{
    static char names[2048];
    DWORD count = 99;
    NCryptProviderName *list = (NCryptProviderName *)names;
    cr_assert_ok(NCryptEnumStorageProviders(&count, &list, 0));
    size_t at = 0;
    names[0] = '\0';
    for (DWORD i = 0; i < count; i++) {
        for (const WCHAR *from = list[i].pszName; *from != 0; from++) {
            names[at++] = *from < 0x80 ? (char)*from : '?';
        }
        names[at++] = ',';
        names[at] = '\0';
    }
    if (count == 0) {
        cr_assert_null(list);
    } else {
        cr_assert_ok(NCryptFreeBuffer(list));
    }
    return names;
}

static void cannot_open(LPCWSTR name, SECURITY_STATUS why)
{
    NCRYPT_PROV_HANDLE handle = 77;
    cr_assert_answer(NCryptOpenStorageProvider(&handle, name, 0), why);
    cr_assert_eq(handle, 77);
}

Test(ncrypt_manifest, an_empty_directory_has_no_providers)
{
    cr_assert_str_eq(listed(), "");
    cannot_open(NULL, NTE_NOT_FOUND);
    cannot_open(u"Fake", NTE_NOT_FOUND);
}

Test(ncrypt_manifest, no_directory_is_an_empty_one)
{
    setenv("VITRINE_KEY_STORAGE_PROVIDERS", "/nonexistent/vitrine", 1);
    cr_assert_str_eq(listed(), "");
}

Test(ncrypt_manifest, a_relative_directory_is_not_taken)
{
    cr_assert_eq(chdir(router_directory()), 0);
    router_manifest("a.json", "{\"providers\": [\"Fake\"], \"library\": \"FAKE\"}");
    cr_assert_str_eq(listed(), "Fake,");
    setenv("VITRINE_KEY_STORAGE_PROVIDERS", ".", 1);
    cr_assert(strstr(listed(), "Fake") == NULL);
    cr_assert_eq(chdir("/"), 0);
}

Test(ncrypt_manifest, providers_are_listed_by_file_name_with_their_comments)
{
    router_manifest("b.json", "{\"providers\": [\"Three\"], \"library\": \"x.so\"}");
    router_manifest("a.json",
            "{\"providers\": [\"One\", \"Tw\xc3\xb6\"], \"library\": \"FAKE\", \"comment\": \"C\"}");
    DWORD count = 0;
    NCryptProviderName *list = NULL;
    cr_assert_ok(NCryptEnumStorageProviders(&count, &list, NCRYPT_SILENT_FLAG));
    cr_assert_eq(count, 3);
    cr_assert(same_text(list[0].pszName, u"One"));
    cr_assert(same_text(list[0].pszComment, u"C"));
    cr_assert(same_text(list[1].pszName, u"Tw\u00f6"));
    cr_assert(same_text(list[2].pszName, u"Three"));
    cr_assert(same_text(list[2].pszComment, u""));
    cr_assert_ok(NCryptFreeBuffer(list));
    cr_assert_answer(NCryptFreeBuffer(list), NTE_INVALID_PARAMETER);
}

Test(ncrypt_manifest, enumerating_checks_its_arguments)
{
    DWORD count = 5;
    NCryptProviderName *list = NULL;
    cr_assert_answer(NCryptEnumStorageProviders(NULL, &list, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEnumStorageProviders(&count, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEnumStorageProviders(&count, &list, NCRYPT_MACHINE_KEY_FLAG),
            NTE_BAD_FLAGS);
    cr_assert_eq(count, 5);
    cr_assert_null(list);
}

Test(ncrypt_manifest, the_first_of_two_providers_of_one_name_counts)
{
    router_manifest("20.json", "{\"providers\": [\"Fake\"], \"library\": \"/no/such.so\"}");
    router_manifest("10.json", "{\"providers\": [\"Fake\"], \"library\": \"FAKE\"}");
    cr_assert_str_eq(listed(), "Fake,");
    router_free(router_open(u"Fake"));
    router_remove("10.json");
    cannot_open(u"Fake", NTE_PROVIDER_DLL_FAIL);
}

Test(ncrypt_manifest, a_bad_manifest_hides_no_other)
{
    static const char *bad[] = {
        "",
        "{",
        "[]",
        "{\"providers\": [\"X\"]}",
        "{\"library\": \"FAKE\"}",
        "{\"providers\": [], \"library\": \"FAKE\"}",
        "{\"providers\": \"X\", \"library\": \"FAKE\"}",
        "{\"providers\": [\"X\", 1], \"library\": \"FAKE\"}",
        "{\"providers\": [\"X\", \"\"], \"library\": \"FAKE\"}",
        "{\"providers\": [\"X\"], \"library\": 1}",
        "{\"providers\": [\"X\"], \"library\": \"\"}",
        "{\"providers\": [\"X\"], \"library\": \"folder/x.so\"}",
        "{\"providers\": [\"X\"], \"library\": \"../x.so\"}",
        "{\"providers\": [\"X\"], \"library\": \"FAKE\", \"default\": \"yes\"}",
        "{\"providers\": [\"X\"], \"library\": \"FAKE\", \"comment\": 1}",
        "{\"providers\": [\"X\"], \"library\": \"FAKE\", \"other\": 1}",
        "{\"providers\": [\"X\"], \"library\": \"FAKE\", \"library\": \"FAKE\"}",
        "{\"providers\": [\"X\"], \"library\": \"FAKE\"} {}",
        "{\"providers\": [\"X\\u0000Y\"], \"library\": \"FAKE\"}",
        "{\"providers\": [\"X\xff\"], \"library\": \"FAKE\"}",
    };
    router_manifest("z.json", "{\"providers\": [\"Fake\"], \"library\": \"FAKE\"}");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        router_manifest("a.json", bad[i]);
        cr_assert_str_eq(listed(), "Fake,", "%s", bad[i]);
        cannot_open(u"X", NTE_NOT_FOUND);
    }
    router_manifest("a.json", "{\"providers\": [\"X\"], \"library\": \"FAKE\"}");
    cr_assert_str_eq(listed(), "X,Fake,");
}

Test(ncrypt_manifest, a_manifest_is_a_file_of_at_most_64_kilobytes)
{
    static char text[64 * 1024 + 2];
    static const char good[] = "{\"providers\": [\"X\"], \"library\": \"x.so\"}";
    memset(text, ' ', sizeof(text) - 2);
    memcpy(text, good, sizeof(good) - 1);
    router_manifest("a.json", text);
    cr_assert_str_eq(listed(), "X,");
    text[sizeof(text) - 2] = ' ';
    router_manifest("a.json", text);
    cr_assert_str_eq(listed(), "");
    char path[256];
    snprintf(path, sizeof(path), "%s/b.json", router_directory());
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/c.json", router_directory());
    cr_assert_eq(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/d.json", router_directory());
    cr_assert_eq(symlink("/nonexistent", path), 0);
    cr_assert_str_eq(listed(), "");
}

Test(ncrypt_manifest, only_json_files_that_are_seen_are_manifests)
{
    static const char good[] = "{\"providers\": [\"X\"], \"library\": \"x.so\"}";
    router_manifest("a.json~", good);
    router_manifest("json", good);
    router_manifest(".a.json", good);
    router_manifest("a.json.off", good);
    cr_assert_str_eq(listed(), "");
    router_manifest("a.b.json", good);
    cr_assert_str_eq(listed(), "X,");
}

Test(ncrypt_manifest, a_manifest_lists_at_most_64_providers)
{
    char text[2048];
    for (int count = 64; count <= 65; count++) {
        size_t at = (size_t)sprintf(text, "{\"library\": \"x.so\", \"providers\": [");
        for (int i = 0; i < count; i++) {
            at += (size_t)sprintf(text + at, "%s\"P%d\"", i > 0 ? "," : "", i);
        }
        sprintf(text + at, "]}");
        router_manifest("a.json", text);
        cr_assert_eq(strlen(listed()) == 0, count == 65);
    }
}

Test(ncrypt_manifest, the_default_is_the_first_provider_of_the_first_manifest_that_says_so)
{
    router_manifest("10.json", "{\"providers\": [\"Fake 1\"], \"library\": \"FAKE\"}");
    cannot_open(NULL, NTE_NOT_FOUND);
    router_manifest("30.json",
            "{\"providers\": [\"Fake 3\"], \"library\": \"FAKE\", \"default\": true}");
    router_manifest("20.json",
            "{\"providers\": [\"Fake\", \"Fake twin\"], \"library\": \"FAKE\", \"default\": true}");
    router_manifest("15.json",
            "{\"providers\": [\"Fake 4\"], \"library\": \"FAKE\", \"default\": false}");
    NCRYPT_PROV_HANDLE provider = router_open(NULL);
    router_free(provider);
    cr_assert_ok(NCryptOpenStorageProvider(&provider, NULL, NCRYPT_SILENT_FLAG));
    router_free(provider);
    cr_assert_eq(fake_calls(FAKE_OPEN_PROVIDER), 2);
    atomic_store(&fake()->answers[FAKE_OPEN_PROVIDER], NTE_FAIL);
    cannot_open(NULL, NTE_FAIL);
    cr_assert(same_text(fake_last().text, u"Fake"));
}

Test(ncrypt_manifest, the_default_is_a_name_whichever_manifest_has_it_first)
{
    router_manifest("20.json",
            "{\"providers\": [\"Fake\", \"Fake 3\"], \"library\": \"/no/such.so\", \"default\": true}");
    cannot_open(NULL, NTE_PROVIDER_DLL_FAIL);
    router_manifest("10.json", "{\"providers\": [\"Fake 1\", \"Fake\"], \"library\": \"FAKE\"}");
    router_free(router_open(NULL));
    atomic_store(&fake()->answers[FAKE_OPEN_PROVIDER], NTE_FAIL);
    cannot_open(NULL, NTE_FAIL);
    cr_assert(same_text(fake_last().text, u"Fake"));
}

Test(ncrypt_manifest,
        a_library_without_a_folder_lies_beside_the_manifests_that_the_environment_names)
{
    char path[256];
    router_manifest("a.json", "{\"providers\": [\"Fake\"], \"library\": \"fake.so\"}");
    cannot_open(u"Fake", NTE_PROVIDER_DLL_FAIL);
    snprintf(path, sizeof(path), "%s/fake.so", router_directory());
    cr_assert_eq(symlink(getenv("FAKE_KSP"), path), 0);
    router_free(router_open(u"Fake"));
}

Test(ncrypt_manifest, a_file_that_is_no_library_fails)
{
    router_manifest("text.so", "not a library");
    router_manifest("a.json", "{\"providers\": [\"Fake\"], \"library\": \"text.so\"}");
    cannot_open(u"Fake", NTE_PROVIDER_DLL_FAIL);
}

Test(ncrypt_manifest, a_library_without_the_export_fails)
{
    router_manifest("a.json", "{\"providers\": [\"Fake\"], \"library\": \"libc.so.6\"}");
    char path[256];
    snprintf(path, sizeof(path), "%s/libc.so.6", router_directory());
    cr_assert_eq(symlink(getenv("NO_KSP"), path), 0);
    cannot_open(u"Fake", NTE_PROVIDER_DLL_FAIL);
}

TestSuite(ncrypt_library, .init = router_start_with_fake, .fini = router_end);

Test(ncrypt_library, a_table_with_holes_or_of_an_unknown_version_fails)
{
    static const LPCWSTR bad[] = { u"Fake 0", u"Fake 4", u"Fake with a first hole",
        u"Fake with a last hole", u"Fake 2 with a hole", u"Fake 3 with a hole",
        u"Fake without table", u"Fake without interface" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cannot_open(bad[i], NTE_PROVIDER_DLL_FAIL);
    }
    cannot_open(u"Fake without memory", NTE_NO_MEMORY);
    cr_assert_eq(fake_calls(FAKE_OPEN_PROVIDER), 0);
}

Test(ncrypt_library, versions_1_to_3_open)
{
    router_free(router_open(u"Fake 1"));
    router_free(router_open(u"Fake"));
    router_free(router_open(u"Fake 3"));
    cr_assert_eq(fake_calls(FAKE_OPEN_PROVIDER), 3);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 3);
}

Test(ncrypt_library, opening_checks_its_arguments)
{
    NCRYPT_PROV_HANDLE handle = 77;
    cr_assert_answer(NCryptOpenStorageProvider(NULL, u"Fake", 0), NTE_INVALID_PARAMETER);
    for (unsigned bit = 0; bit < 32; bit++) {
        DWORD flag = 1u << bit;
        if (flag != NCRYPT_SILENT_FLAG && flag != NCRYPT_IGNORE_DEVICE_STATE_FLAG) {
            cr_assert_answer(NCryptOpenStorageProvider(&handle, u"Fake", flag), NTE_BAD_FLAGS);
        }
    }
    cannot_open(u"fake", NTE_NOT_FOUND);
    cannot_open(u"", NTE_NOT_FOUND);
    cr_assert_eq(handle, 77);
    cr_assert_ok(NCryptOpenStorageProvider(&handle, u"Fake",
            NCRYPT_SILENT_FLAG | NCRYPT_IGNORE_DEVICE_STATE_FLAG));
    router_free(handle);
}

Test(ncrypt_library, a_provider_that_fails_to_open_leaves_nothing)
{
    atomic_store(&fake()->answers[FAKE_OPEN_PROVIDER], NTE_DEVICE_NOT_READY);
    cannot_open(u"Fake", NTE_DEVICE_NOT_READY);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 0);
    atomic_store(&fake()->answers[FAKE_OPEN_PROVIDER], 0);
    atomic_store(&fake()->gives_nothing, true);
    cannot_open(u"Fake", NTE_PROVIDER_DLL_FAIL);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 0);
}

Test(ncrypt_library, a_provider_is_told_whom_to_ask)
{
    NCRYPT_PROV_HANDLE provider = router_open(u"Fake");
    cr_assert_eq(fake_calls(FAKE_SET_PROVIDER_PROPERTY), 1);
    cr_assert(same_text(fake_last().text, VITRINE_PROMPT_PROPERTY));
    cr_assert_not_null(fake()->prompt.Ask);
    VITRINE_NCRYPT_PROMPT nobody = { NULL, NULL };
    cr_assert_ok(NCryptSetProperty(provider, VITRINE_PROMPT_PROPERTY, (PBYTE)&nobody,
            sizeof(nobody), 0));
    cr_assert_null(fake()->prompt.Ask);
    router_free(provider);
}

Test(ncrypt_library, a_provider_that_asks_nobody_opens)
{
    atomic_store(&fake()->answers[FAKE_SET_PROVIDER_PROPERTY], NTE_NOT_SUPPORTED);
    router_free(router_open(u"Fake"));
    cr_assert_eq(fake_calls(FAKE_SET_PROVIDER_PROPERTY), 1);
}
