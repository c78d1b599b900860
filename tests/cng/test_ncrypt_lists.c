/* SPDX-License-Identifier: MIT */
/* Enumeration, and the memory that it leaves to the application. */
#include <stdlib.h>
#include <string.h>

#include "tests/cng/ncrypt_router.h"

static NCRYPT_PROV_HANDLE provider;

static void start(void)
{
    router_start_with_fake();
    provider = router_open(u"Fake");
}

static void end(void)
{
    router_free(provider);
    router_end();
}

TestSuite(ncrypt_lists, .init = start, .fini = end);

Test(ncrypt_lists, algorithms_are_the_providers)
{
    DWORD count = 0;
    NCryptAlgorithmName *list = NULL;
    cr_assert_ok(NCryptEnumAlgorithms(provider, NCRYPT_SIGNATURE_OPERATION, &count, &list, 0x40));
    cr_assert_eq(fake_last().len, NCRYPT_SIGNATURE_OPERATION);
    cr_assert_eq(fake_last().flags, 0x40);
    cr_assert_eq(count, 1);
    cr_assert(same_text(list[0].pszName, u"FAKE"));
    cr_assert_ok(NCryptFreeBuffer(list));
    cr_assert_eq(fake_calls(FAKE_FREE_BUFFER), 1);
}

Test(ncrypt_lists, algorithms_check_their_arguments)
{
    DWORD count = 5;
    NCryptAlgorithmName *list = NULL;
    cr_assert_answer(NCryptEnumAlgorithms(provider, 0, NULL, &list, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEnumAlgorithms(provider, 0, &count, NULL, 0), NTE_INVALID_PARAMETER);
    atomic_store(&fake()->answers[FAKE_ENUM_ALGORITHMS], NTE_BAD_FLAGS);
    cr_assert_answer(NCryptEnumAlgorithms(provider, 0, &count, &list, 0), NTE_BAD_FLAGS);
    atomic_store(&fake()->answers[FAKE_ENUM_ALGORITHMS], 0);
    atomic_store(&fake()->gives_nothing, true);
    cr_assert_answer(NCryptEnumAlgorithms(provider, 0, &count, &list, 0), NTE_PROVIDER_DLL_FAIL);
    cr_assert_eq(count, 5);
    cr_assert_null(list);
}

Test(ncrypt_lists, keys_come_one_by_one_until_there_are_no_more)
{
    NCryptKeyName *names[2] = { NULL, NULL }, *none = (NCryptKeyName *)names;
    PVOID state = NULL;
    cr_assert_ok(NCryptEnumKeys(provider, NULL, &names[0], &state, 0x60));
    cr_assert_eq(fake_last().flags, 0x60);
    cr_assert_not_null(state);
    cr_assert_ok(NCryptEnumKeys(provider, NULL, &names[1], &state, 0));
    cr_assert(same_text(names[0]->pszName, u"one"));
    cr_assert(same_text(names[1]->pszName, u"two"));
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &none, &state, 0), NTE_NO_MORE_ITEMS);
    cr_assert_eq(none, (NCryptKeyName *)names);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &none, &state, 0), NTE_NO_MORE_ITEMS);
    cr_assert_ok(NCryptFreeBuffer(names[0]));
    cr_assert_ok(NCryptFreeBuffer(names[1]));
    cr_assert_ok(NCryptFreeBuffer(state));
}

Test(ncrypt_lists, a_state_that_is_none_reaches_no_provider)
{
    NCryptKeyName *name = NULL;
    PVOID state = NULL, wrong = &state;
    cr_assert_ok(NCryptEnumKeys(provider, NULL, &name, &state, 0));
    unsigned calls = fake_calls(FAKE_ENUM_KEYS);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &wrong, 0), NTE_INVALID_PARAMETER);
    cr_assert_eq(wrong, &state);
    wrong = name; /* memory of the provider's, but no state */
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &wrong, 0), NTE_INVALID_PARAMETER);
    NCRYPT_PROV_HANDLE other = router_open(u"Fake");
    cr_assert_answer(NCryptEnumKeys(other, NULL, &name, &state, 0), NTE_INVALID_PARAMETER);
    router_free(other);
    cr_assert_ok(NCryptFreeBuffer(state));
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &state, 0), NTE_INVALID_PARAMETER);
    cr_assert_eq(fake_calls(FAKE_ENUM_KEYS), calls);
    cr_assert_ok(NCryptFreeBuffer(name));
}

Test(ncrypt_lists, keys_check_their_arguments)
{
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    cr_assert_answer(NCryptEnumKeys(provider, u"scope", &name, &state, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, NULL, &state, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_eq(fake_calls(FAKE_ENUM_KEYS), 0);
    cr_assert_null(state);
}

Test(ncrypt_lists, a_step_that_fails_leaves_a_state_to_be_freed)
{
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    atomic_store(&fake()->answers[FAKE_ENUM_KEYS], NTE_SILENT_CONTEXT);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &state, NCRYPT_SILENT_FLAG),
            NTE_SILENT_CONTEXT);
    cr_assert_not_null(state);
    cr_assert_null(name);
    atomic_store(&fake()->answers[FAKE_ENUM_KEYS], 0);
    atomic_store(&fake()->gives_nothing, true);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &state, 0), NTE_PROVIDER_DLL_FAIL);
    atomic_store(&fake()->gives_nothing, false);
    cr_assert_ok(NCryptEnumKeys(provider, NULL, &name, &state, 0));
    cr_assert_ok(NCryptFreeBuffer(name));
    cr_assert_ok(NCryptFreeBuffer(state));
}

Test(ncrypt_lists, memory_that_is_none_of_theirs_is_never_freed)
{
    void *own = malloc(16);
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    cr_assert_ok(NCryptEnumKeys(provider, NULL, &name, &state, 0));
    cr_assert_answer(NCryptFreeBuffer(NULL), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptFreeBuffer(own), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptFreeBuffer(&own), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptFreeBuffer((char *)name + 1), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptFreeBuffer((PVOID)8), NTE_INVALID_PARAMETER);
    cr_assert_eq(fake_calls(FAKE_FREE_BUFFER), 0);
    cr_assert_ok(NCryptFreeBuffer(name));
    cr_assert_answer(NCryptFreeBuffer(name), NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptFreeBuffer(state));
    cr_assert_eq(fake_calls(FAKE_FREE_BUFFER), 2);
    free(own);
}

Test(ncrypt_lists, memory_keeps_its_provider_open)
{
    NCRYPT_PROV_HANDLE other = router_open(u"Fake");
    DWORD count = 0;
    NCryptAlgorithmName *list = NULL;
    cr_assert_ok(NCryptEnumAlgorithms(other, 0, &count, &list, 0));
    router_free(other);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 0);
    cr_assert_ok(NCryptFreeBuffer(list));
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 1);
}
