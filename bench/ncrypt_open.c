/* SPDX-License-Identifier: MIT */
/*
 * ncrypt.open_10k_vs_10: NCryptOpenKey and NCryptFreeObject, any of the keys of a store with 10 000 /
 * of one with 10, in turns. The stores lie in a new folder below TMPDIR; --count says how many keys
 * the greater one has.
 */
#include <ftw.h>
#include <ncrypt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"

enum { FEW = 10, MANY = 10000, BATCH = 20, ROUNDS = 201, MAKERS = 8, BLOB_MAX_LEN = 256 };

struct folder {
    char path[256];
};

struct store {
    NCRYPT_PROV_HANDLE provider;
    uint32_t count;
};

/* "key 0000" */
struct name {
    WCHAR text[16];
};

static struct name name_of(uint32_t number)
{
    char digits[16];
    struct name name = { { 0 } };
    snprintf(digits, sizeof(digits), "key %05u", number);
    for (size_t i = 0; digits[i] != '\0'; i++) {
        name.text[i] = (WCHAR)digits[i];
    }
    return name;
}

static void make_folder(struct folder *folder)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder->path, sizeof(folder->path), "%s/vitrine-bench-XXXXXX",
            parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder->path) == NULL) {
        bench_fail("%s: cannot be made", folder->path);
    }
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

/* The provider of the build directory, by a manifest of its own. */
static void write_manifest(const struct folder *folder)
{
    char path[300];
    snprintf(path, sizeof(path), "%s/software.json", folder->path);
    FILE *file = fopen(path, "we");
    if (file == NULL ||
            fprintf(file,
                    "{\"providers\": [\"Microsoft Software Key Storage Provider\"],"
                    " \"library\": \"%s\", \"default\": true}\n",
                    KSP_SOFTWARE) < 0 ||
            fclose(file) != 0 || setenv("VITRINE_KEY_STORAGE_PROVIDERS", folder->path, 1) != 0) {
        bench_fail("%s: cannot be written", path);
    }
}

static ULONG make_blob(UCHAR blob[BLOB_MAX_LEN])
{
    BCRYPT_KEY_HANDLE key;
    ULONG len = 0;
    bool made = NT_SUCCESS(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &key, 256, 0)) &&
            NT_SUCCESS(BCryptFinalizeKeyPair(key, 0)) &&
            NT_SUCCESS(BCryptExportKey(key, NULL, BCRYPT_ECCPRIVATE_BLOB, blob, BLOB_MAX_LEN, &len,
                    0)) &&
            NT_SUCCESS(BCryptDestroyKey(key));
    if (!made) {
        bench_fail("no pair of keys");
    }
    return len;
}

/* One thread of those that fill a store: every eighth key. */
struct maker {
    const struct store *store;
    uint32_t first;
    UCHAR *blob;
    ULONG blob_len;
};

static void import(const struct maker *maker, uint32_t number)
{
    struct name name = name_of(number);
    NCryptBuffer buffer = { sizeof(WCHAR) * 10, NCRYPTBUFFER_PKCS_KEY_NAME, name.text };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &buffer };
    NCRYPT_KEY_HANDLE key;
    bench_check(NCryptImportKey(maker->store->provider, 0, BCRYPT_ECCPRIVATE_BLOB, &list, &key,
                        maker->blob, maker->blob_len, NCRYPT_SILENT_FLAG),
            "NCryptImportKey");
    bench_check(NCryptFreeObject(key), "NCryptFreeObject");
}

static void *make_keys(void *argument)
{
    const struct maker *maker = argument;
    for (uint32_t i = maker->first; i < maker->store->count; i += MAKERS) {
        import(maker, i);
    }
    return NULL;
}

static void fill(const struct store *store)
{
    UCHAR blob[BLOB_MAX_LEN];
    ULONG blob_len = make_blob(blob);
    pthread_t threads[MAKERS];
    struct maker makers[MAKERS];
    for (uint32_t i = 0; i < MAKERS; i++) {
        makers[i] = (struct maker){ store, i, blob, blob_len };
        if (pthread_create(&threads[i], NULL, make_keys, &makers[i]) != 0) {
            bench_fail("no thread");
        }
    }
    for (uint32_t i = 0; i < MAKERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static struct store make_store(const struct folder *folder, const char *name, uint32_t count)
{
    char path[300];
    struct store store = { .count = count };
    snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    if (setenv("VITRINE_KEY_STORE", path, 1) != 0) {
        bench_fail("out of memory");
    }
    bench_check(NCryptOpenStorageProvider(&store.provider, MS_KEY_STORAGE_PROVIDER, 0),
            "NCryptOpenStorageProvider");
    fill(&store);
    return store;
}

static double time_batch(const struct store *store)
{
    struct name names[BATCH];
    for (int i = 0; i < BATCH; i++) {
        names[i] = name_of(bench_random_below(store->count));
    }
    uint64_t start = vit_now_ns();
    for (int i = 0; i < BATCH; i++) {
        NCRYPT_KEY_HANDLE key;
        bench_check(NCryptOpenKey(store->provider, &key, names[i].text, 0, NCRYPT_SILENT_FLAG),
                "NCryptOpenKey");
        bench_check(NCryptFreeObject(key), "NCryptFreeObject");
    }
    return (double)(vit_now_ns() - start) / BATCH / 1000;
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct folder folder;
    static double few_us[ROUNDS], many_us[ROUNDS];
    bench_parse(&bench, argc, argv);
    make_folder(&folder);
    write_manifest(&folder);
    struct store few = make_store(&folder, "few", FEW);
    struct store many = make_store(&folder, "many", bench.count != 0 ? bench.count : MANY);
    for (int i = 0; i < ROUNDS; i++) {
        few_us[i] = time_batch(&few);
        many_us[i] = time_batch(&many);
    }
    double with_few = bench_median(few_us, ROUNDS), with_many = bench_median(many_us, ROUNDS);
    bench_figure("ncrypt.open_10k_vs_10", with_many / with_few, "ratio", "%.1f and %.1f us",
            with_many, with_few);
    bench_check(NCryptFreeObject(few.provider), "NCryptFreeObject");
    bench_check(NCryptFreeObject(many.provider), "NCryptFreeObject");
    if (nftw(folder.path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        bench_fail("%s: cannot be removed", folder.path);
    }
    return 0;
}
