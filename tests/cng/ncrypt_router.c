/* SPDX-License-Identifier: MIT */
#include "tests/cng/ncrypt_router.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/vitrine-manifests-XXXXXX";

static const char fake_manifest[] =
        "{\"library\": \"FAKE\", \"default\": true, \"comment\": \"of tests\", \"providers\": ["
        "\"Fake\", \"Fake twin\", \"Fake 1\", \"Fake 3\", \"Fake 0\", \"Fake 4\","
        "\"Fake with a first hole\", \"Fake with a last hole\", \"Fake 2 with a hole\","
        "\"Fake 3 with a hole\", \"Fake without memory\", \"Fake without table\","
        "\"Fake without interface\"]}";

const char *router_directory(void)
{
    return directory;
}

void router_start(void)
{
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(setenv("VITRINE_KEY_STORAGE_PROVIDERS", directory, 1), 0);
}

void router_start_with_fake(void)
{
    router_start();
    router_manifest("50-fake.json", fake_manifest);
}

static void path_of(const char *file, char path[256])
{
    snprintf(path, 256, "%s/%s", directory, file);
}

void router_manifest(const char *file, const char *text)
{
    char path[256];
    path_of(file, path);
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    const char *mark;
    while ((mark = strstr(text, "FAKE")) != NULL) {
        fwrite(text, 1, (size_t)(mark - text), out);
        fputs(getenv("FAKE_KSP"), out);
        text = mark + strlen("FAKE");
    }
    fputs(text, out);
    cr_assert_eq(fclose(out), 0);
}

void router_remove(const char *file)
{
    char path[256];
    path_of(file, path);
    cr_assert_eq(unlink(path), 0);
}

struct fake_ksp *fake(void)
{
    static struct fake_ksp *state;
    if (state == NULL) {
        void *library = dlopen(getenv("FAKE_KSP"), RTLD_NOW);
        cr_assert_not_null(library);
        void *found = dlsym(library, "fake_ksp");
        cr_assert_not_null(found);
        fake_ksp_fn *function;
        memcpy(&function, &found, sizeof(function));
        state = function();
    }
    return state;
}

void router_end(void)
{
    cr_assert_eq(fake()->providers, 0);
    cr_assert_eq(fake()->keys, 0);
    cr_assert_eq(fake()->secrets, 0);
    cr_assert_eq(fake()->buffers, 0);
    char command[300];
    snprintf(command, sizeof(command), "rm -r -- '%s'", directory);
    cr_assert_eq(system(command), 0);
}

struct fake_call fake_last(void)
{
    pthread_mutex_lock(&fake()->lock);
    struct fake_call last = fake()->last;
    pthread_mutex_unlock(&fake()->lock);
    return last;
}

unsigned fake_calls(enum fake_slot slot)
{
    return atomic_load(&fake()->calls[slot]);
}

NCRYPT_PROV_HANDLE router_open(LPCWSTR name)
{
    NCRYPT_PROV_HANDLE handle = 0;
    cr_assert_ok(NCryptOpenStorageProvider(&handle, name, 0));
    cr_assert_neq(handle, 0);
    return handle;
}

NCRYPT_KEY_HANDLE router_key(NCRYPT_PROV_HANDLE provider)
{
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_ok(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, NULL, 0, 0));
    cr_assert_neq(key, 0);
    return key;
}

void router_free(NCRYPT_HANDLE handle)
{
    cr_assert_ok(NCryptFreeObject(handle));
}

bool same_text(LPCWSTR a, LPCWSTR b)
{
    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    return *a == *b;
}
