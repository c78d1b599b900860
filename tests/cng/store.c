/* SPDX-License-Identifier: MIT */
#include "tests/cng/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cng/wide.h"

static char folder[64];

const struct vit_ksp_prompt store_silent = { NULL, NULL, true };
const struct vit_ksp_prompt store_nobody = { NULL, NULL, false };

const char *store_path(const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

void store_begin(void)
{
    /* Where fsync() does not wait for a disk, if there is such a place. */
    bool shm = access("/dev/shm", W_OK | X_OK) == 0;
    snprintf(folder, sizeof(folder), "%s/vitrine-store-XXXXXX", shm ? "/dev/shm" : "/tmp");
    store_check(mkdtemp(folder) != NULL);
    store_check(setenv("VITRINE_KEY_STORE", store_path("user"), 1) == 0);
    store_check(setenv("VITRINE_MACHINE_KEY_STORE", store_path("machine"), 1) == 0);
    store_check(unsetenv("VITRINE_KEY_STORE_KEY") == 0);
    store_check(unsetenv("VITRINE_MACHINE_KEY_STORE_KEY") == 0);
    store_check(unsetenv("VITRINE_KEY_STORE_PROTECTION") == 0);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

void store_end(void)
{
    store_check(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

static bool is_key_file(const char *name)
{
    return strlen(name) == 64;
}

unsigned store_count_files(const char *store)
{
    unsigned count = 0;
    DIR *stream = opendir(store_path(store));
    store_check(stream != NULL);
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        count += entry->d_name[0] != '.' || strncmp(entry->d_name, ".new-", 5) == 0;
    }
    closedir(stream);
    return count;
}

void store_only_file(const char *store, char path[4096])
{
    unsigned count = 0;
    DIR *stream = opendir(store_path(store));
    store_check(stream != NULL);
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (is_key_file(entry->d_name)) {
            snprintf(path, 4096, "%s/%.64s", store_path(store), entry->d_name);
            count++;
        }
    }
    closedir(stream);
    store_check(count == 1);
}

static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    struct person *person = context;
    const char *text = person->answer;
    person->asked++;
    person->kind = question->Kind;
    person->about_key = question->KeyName != NULL;
    for (size_t i = 0; i < sizeof(person->operation); i++) {
        person->operation[i] = (char)question->Operation[i];
        if (question->Operation[i] == 0) {
            break;
        }
    }
    memset(person->key_name, 0, sizeof(person->key_name));
    for (size_t i = 0; person->about_key && question->KeyName[i] != 0 && i < 63; i++) {
        person->key_name[i] = question->KeyName[i];
    }
    if (question->Kind == VITRINE_NCRYPT_NEW_PASSPHRASE && person->new_answer != NULL) {
        text = person->new_answer;
    }
    if (text == NULL) {
        return -1;
    }
    store_check(strlen(text) <= capacity);
    memcpy(secret, text, strlen(text));
    return (int)strlen(text);
}

struct vit_ksp_prompt store_prompt(struct person *person)
{
    return (struct vit_ksp_prompt){ answer, person, false };
}

struct vit_ksp_store *store_open(void)
{
    struct vit_ksp_store *store = NULL;
    store_success(vit_soft_backend.open(MS_KEY_STORAGE_PROVIDER, &store));
    return store;
}

void store_close(struct vit_ksp_store *store)
{
    vit_soft_backend.close(store);
}

struct vit_ksp_attributes store_attributes(LPCWSTR name)
{
    return (struct vit_ksp_attributes){
        .name = (WCHAR *)name,
        .algorithm = (WCHAR *)NCRYPT_ECDH_P256_ALGORITHM,
        .bits = 256,
        .usage = NCRYPT_ALLOW_ALL_USAGES,
    };
}

struct vit_ksp_material *store_make(struct vit_ksp_store *store, LPCWSTR name)
{
    struct vit_ksp_material *material = NULL;
    const struct vit_ksp_attributes attributes = store_attributes(name);
    store_success(vit_soft_backend.generate(store, &attributes, false, &store_silent, &material));
    return material;
}

SECURITY_STATUS store_try_make(struct vit_ksp_store *store, LPCWSTR name, bool overwrite)
{
    struct vit_ksp_material *material = NULL;
    const struct vit_ksp_attributes attributes = store_attributes(name);
    SECURITY_STATUS status =
            vit_soft_backend.generate(store, &attributes, overwrite, &store_silent, &material);
    store_check(SUCCEEDED(status) == (material != NULL));
    store_release(material);
    return status;
}

struct vit_ksp_material *store_find(struct vit_ksp_store *store, LPCWSTR name)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    store_success(vit_soft_backend.find(store, name, false, &store_silent, &attributes, &material));
    return material;
}

SECURITY_STATUS store_try_find(struct vit_ksp_store *store, LPCWSTR name)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    SECURITY_STATUS status =
            vit_soft_backend.find(store, name, false, &store_silent, &attributes, &material);
    store_check(SUCCEEDED(status) == (material != NULL));
    store_release(material);
    return status;
}

void store_release(struct vit_ksp_material *material)
{
    vit_soft_backend.release(material);
}

bool store_same_key(struct vit_ksp_material *a, struct vit_ksp_material *b)
{
    uint8_t one[4096], other[4096];
    DWORD len = 0, other_len = 0;
    store_success(vit_soft_backend.public_blob(a, one, sizeof(one), &len));
    store_success(vit_soft_backend.public_blob(b, other, sizeof(other), &other_len));
    return len == other_len && memcmp(one, other, len) == 0;
}

size_t store_read(const char *path, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(path, "re");
    store_check(file != NULL);
    size_t len = fread(bytes, 1, capacity, file);
    store_check(len < capacity && fclose(file) == 0);
    return len;
}

void store_write(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "r+e");
    store_check(file != NULL && ftruncate(fileno(file), 0) == 0);
    store_check(fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
}
