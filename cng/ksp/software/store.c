/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "cng/ksp/software/paths.h"
#include "crypto/random.h"

enum { PASSPHRASE_MAX_LEN = 1024, KEY_FILE_LEN = 32 };

static const char store_file[] = "store";

struct place {
    pthread_mutex_t lock;    /* of folder and ring, never for long */
    pthread_mutex_t opening; /* one thread opens it, and may ask a person meanwhile */
    SECURITY_STATUS found;   /* what came of looking for the paths */
    struct vit_soft_paths paths;
    int folder; /* -1 */
    struct vit_keyring *ring;
    enum vit_wrap_method method; /* of the store that is open */
    atomic_bool tidy;
};

struct vit_ksp_store {
    struct place user, machine;
    atomic_int method; /* enum vit_wrap_method, for a store that is made; 0: see the environment */
};

static void init_place(struct place *place, bool machine)
{
    pthread_mutex_init(&place->lock, NULL);
    pthread_mutex_init(&place->opening, NULL);
    place->folder = -1;
    place->found = vit_soft_paths_find(machine, &place->paths);
}

static void finish_place(struct place *place)
{
    vit_keyring_destroy(place->ring);
    if (place->folder >= 0) {
        close(place->folder);
    }
    free(place->paths.folder);
    free(place->paths.key_file);
    pthread_mutex_destroy(&place->opening);
    pthread_mutex_destroy(&place->lock);
}

SECURITY_STATUS vit_soft_store_create(struct vit_ksp_store **store)
{
    struct vit_ksp_store *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NTE_NO_MEMORY;
    }
    init_place(&made->user, false);
    init_place(&made->machine, true);
    *store = made;
    return ERROR_SUCCESS;
}

void vit_soft_store_destroy(struct vit_ksp_store *store)
{
    if (store != NULL) {
        finish_place(&store->user);
        finish_place(&store->machine);
        free(store);
    }
}

SECURITY_STATUS vit_soft_ask(const struct vit_ksp_prompt *prompt, VITRINE_NCRYPT_QUESTION_KIND kind,
        LPCWSTR operation, const struct vit_ksp_attributes *about,
        struct vit_soft_bytes *passphrase)
{
    VIT_AUTO(soft_bytes) text = { NULL, 0 };
    size_t len = 0;
    const VITRINE_NCRYPT_QUESTION question = {
        .Kind = kind,
        .Operation = operation,
        .Provider = MS_KEY_STORAGE_PROVIDER,
        .KeyName = about != NULL ? about->name : NULL,
        .Title = about != NULL ? about->ui_title : NULL,
        .FriendlyName = about != NULL ? about->ui_friendly_name : NULL,
        .Description = about != NULL ? about->ui_description : NULL,
    };
    SECURITY_STATUS status = vit_soft_bytes_init(&text, PASSPHRASE_MAX_LEN);
    if (SUCCEEDED(status)) {
        status = vit_ksp_ask(prompt, &question, (char *)text.bytes, text.len, &len);
    }
    if (FAILED(status) || len == 0) {
        return FAILED(status) ? status : NTE_INCORRECT_PASSWORD;
    }
    status = vit_soft_bytes_init(passphrase, len);
    if (SUCCEEDED(status)) {
        memcpy(passphrase->bytes, text.bytes, len);
    }
    return status;
}

/* A wish that is not understood must not become less protection than was wished. */
static SECURITY_STATUS wanted_method(const struct vit_ksp_store *store,
        enum vit_wrap_method *method)
{
    int told = atomic_load(&store->method);
    const char *value = secure_getenv("VITRINE_KEY_STORE_PROTECTION");
    if (told != 0) {
        *method = (enum vit_wrap_method)told;
    } else if (value == NULL || value[0] == '\0' || strcmp(value, "keyfile") == 0) {
        *method = VIT_WRAP_KEY_FILE;
    } else if (strcmp(value, "passphrase") == 0) {
        *method = VIT_WRAP_PASSPHRASE;
    } else {
        return NTE_INVALID_PARAMETER;
    }
    return ERROR_SUCCESS;
}

/* Splits the path of the key file; the folder need not be private, the file must be. */
static SECURITY_STATUS open_key_folder(const struct place *place, bool make, int *folder,
        const char **name)
{
    const char *slash = strrchr(place->paths.key_file, '/');
    VIT_AUTO(string)
    path = slash == place->paths.key_file
            ? strdup("/")
            : strndup(place->paths.key_file, (size_t)(slash - place->paths.key_file));
    if (path == NULL) {
        return NTE_NO_MEMORY;
    }
    *name = slash + 1;
    return vit_folder_open_common(path, make, folder);
}

static SECURITY_STATUS make_key_file(int folder, const char *name)
{
    VIT_AUTO(soft_bytes) bytes = { NULL, 0 };
    SECURITY_STATUS status = vit_soft_bytes_init(&bytes, KEY_FILE_LEN);
    if (FAILED(status)) {
        return status;
    }
    if (vit_random(bytes.bytes, bytes.len) != VIT_OK) {
        return NTE_FAIL;
    }
    status = vit_folder_add(folder, name, bytes.bytes, bytes.len);
    return status == NTE_EXISTS ? ERROR_SUCCESS : status; /* somebody was faster */
}

static SECURITY_STATUS take_key_file(int folder, const char *name, struct vit_soft_bytes *bytes)
{
    SECURITY_STATUS status = vit_soft_bytes_init(bytes, KEY_FILE_LEN);
    return SUCCEEDED(status) ? vit_folder_read_into(folder, name, bytes->bytes, bytes->len)
                             : status;
}

/* Several stores may have one key file: what they are locked with differs by their salts. */
static SECURITY_STATUS read_key_file(const struct place *place, bool make,
        struct vit_soft_bytes *bytes)
{
    VIT_AUTO(fd) folder = -1;
    const char *name;
    SECURITY_STATUS status = open_key_folder(place, make, &folder, &name);
    if (SUCCEEDED(status)) {
        status = take_key_file(folder, name, bytes);
        if (status == NTE_NOT_FOUND && make) {
            vit_soft_bytes_finish(bytes);
            status = make_key_file(folder, name);
            status = SUCCEEDED(status) ? take_key_file(folder, name, bytes) : status;
        }
    }
    return status == NTE_NOT_FOUND ? NTE_NO_KEY : status;
}

/* What locks the master key of a store that is there, or (make) of one that is to be. */
static SECURITY_STATUS get_secret(const struct place *place, enum vit_wrap_method method, bool make,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct vit_soft_bytes *bytes)
{
    return method == VIT_WRAP_KEY_FILE
            ? read_key_file(place, make, bytes)
            : vit_soft_ask(prompt, make ? VITRINE_NCRYPT_NEW_PASSPHRASE : VITRINE_NCRYPT_PASSPHRASE,
                      operation, NULL, bytes);
}

/* With the store's folder open. */
static SECURITY_STATUS make_store(const struct place *place, int folder,
        enum vit_wrap_method method, const struct vit_ksp_prompt *prompt, LPCWSTR operation,
        struct vit_keyring **ring)
{
    VIT_AUTO(soft_bytes) bytes = { NULL, 0 };
    uint8_t file[VIT_STORE_FILE_LEN];
    SECURITY_STATUS status = get_secret(place, method, true, prompt, operation, &bytes);
    if (FAILED(status)) {
        return status;
    }
    const struct vit_wrap_secret secret = { method, bytes.bytes, bytes.len };
    status = vit_store_file_make(&secret, file);
    if (SUCCEEDED(status)) {
        status = vit_folder_add(folder, store_file, file, sizeof(file));
    }
    return SUCCEEDED(status) ? vit_keyring_create(&secret, file, sizeof(file), ring) : status;
}

static SECURITY_STATUS unlock_store(const struct place *place, const struct vit_file *file,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, enum vit_wrap_method *method,
        struct vit_keyring **ring)
{
    VIT_AUTO(soft_bytes) bytes = { NULL, 0 };
    SECURITY_STATUS status = vit_store_file_method(file->bytes, file->len, method);
    if (SUCCEEDED(status)) {
        status = get_secret(place, *method, false, prompt, operation, &bytes);
    }
    if (FAILED(status)) {
        return status;
    }
    const struct vit_wrap_secret secret = { *method, bytes.bytes, bytes.len };
    return vit_keyring_create(&secret, file->bytes, file->len, ring);
}

static SECURITY_STATUS visit_key(void *context, const char *name)
{
    struct vit_file_name parsed;
    (void)context;
    return vit_file_name_parse(name, &parsed) ? NTE_EXISTS : ERROR_SUCCESS;
}

/* Keys are kept only where there is a store: it was here when they were. A new one could not open them,
 * and would be protected as nobody has wished for. NTE_EXISTS: there are keys. */
static SECURITY_STATUS check_empty(int folder)
{
    return vit_folder_list(folder, visit_key, NULL);
}

/* NTE_NOT_FOUND: no folder, or not a store yet. */
static SECURITY_STATUS read_store(const struct place *place, bool make, int *folder,
        struct vit_file *file)
{
    SECURITY_STATUS status = vit_folder_open(place->paths.folder, make, folder);
    return SUCCEEDED(status) ? vit_folder_read(*folder, store_file, VIT_STORE_FILE_LEN, file)
                             : status;
}

/* NTE_EXISTS: somebody was faster, or keys are there whose store is not. */
static SECURITY_STATUS try_make(const struct vit_ksp_store *store, const struct place *place,
        int folder, const struct vit_ksp_prompt *prompt, LPCWSTR operation,
        enum vit_wrap_method *method, struct vit_keyring **ring)
{
    SECURITY_STATUS status = check_empty(folder);
    if (SUCCEEDED(status)) {
        status = wanted_method(store, method);
    }
    return SUCCEEDED(status) ? make_store(place, folder, *method, prompt, operation, ring) : status;
}

static SECURITY_STATUS open_store(const struct vit_ksp_store *store, const struct place *place,
        bool make, const struct vit_ksp_prompt *prompt, LPCWSTR operation, int *folder,
        enum vit_wrap_method *method, struct vit_keyring **ring)
{
    struct vit_file file = { NULL, 0 };
    SECURITY_STATUS status = read_store(place, make, folder, &file);
    if (status == NTE_NOT_FOUND && make) {
        status = try_make(store, place, *folder, prompt, operation, method, ring);
        if (status != NTE_EXISTS) {
            return status;
        }
        status = vit_folder_read(*folder, store_file, VIT_STORE_FILE_LEN, &file);
        status = status == NTE_NOT_FOUND ? NTE_BAD_KEYSET : status;
    }
    if (SUCCEEDED(status)) {
        status = unlock_store(place, &file, prompt, operation, method, ring);
    }
    free(file.bytes);
    return status;
}

static bool is_open(struct place *place, struct vit_soft_access *access)
{
    pthread_mutex_lock(&place->lock);
    *access = (struct vit_soft_access){ place->ring, place->folder, place->method };
    pthread_mutex_unlock(&place->lock);
    return access->ring != NULL;
}

/* Would a person have to be asked? A silent call finds out before it waits for one who is. */
static SECURITY_STATUS check_silent(const struct vit_ksp_store *store, const struct place *place,
        bool make)
{
    VIT_AUTO(fd) folder = -1;
    struct vit_file file = { NULL, 0 };
    enum vit_wrap_method method = VIT_WRAP_KEY_FILE;
    SECURITY_STATUS status = read_store(place, false, &folder, &file);
    if (SUCCEEDED(status)) {
        status = vit_store_file_method(file.bytes, file.len, &method);
    } else if (status == NTE_NOT_FOUND && make) {
        status = wanted_method(store, &method);
    }
    free(file.bytes);
    return SUCCEEDED(status) && method == VIT_WRAP_PASSPHRASE ? NTE_SILENT_CONTEXT : status;
}

static SECURITY_STATUS open_place(struct vit_ksp_store *store, struct place *place, bool make,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct vit_soft_access *access)
{
    VIT_AUTO(fd) folder = -1;
    VIT_AUTO(keyring) ring = NULL;
    enum vit_wrap_method method = VIT_WRAP_KEY_FILE;
    if (is_open(place, access)) { /* another thread was faster */
        return ERROR_SUCCESS;
    }
    SECURITY_STATUS status =
            open_store(store, place, make, prompt, operation, &folder, &method, &ring);
    if (FAILED(status)) {
        return status;
    }
    pthread_mutex_lock(&place->lock);
    place->folder = folder;
    place->ring = ring;
    place->method = method;
    *access = (struct vit_soft_access){ ring, folder, method };
    pthread_mutex_unlock(&place->lock);
    folder = -1; /* ownership of both moved to the place */
    ring = NULL;
    return ERROR_SUCCESS;
}

static SECURITY_STATUS access_place(struct vit_ksp_store *store, struct place *place, bool make,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct vit_soft_access *access)
{
    if (is_open(place, access)) {
        return ERROR_SUCCESS;
    }
    if (prompt->silent) {
        SECURITY_STATUS status = check_silent(store, place, make);
        if (FAILED(status)) {
            return status;
        }
    }
    pthread_mutex_lock(&place->opening);
    SECURITY_STATUS status = open_place(store, place, make, prompt, operation, access);
    pthread_mutex_unlock(&place->opening);
    return status;
}

/* No key is kept behind a key file by whoever has wished for a passphrase, whoever made the store. */
static SECURITY_STATUS check_wish(const struct vit_ksp_store *store,
        const struct vit_soft_access *access)
{
    enum vit_wrap_method wanted;
    if (access->method == VIT_WRAP_PASSPHRASE) {
        return ERROR_SUCCESS;
    }
    SECURITY_STATUS status = wanted_method(store, &wanted);
    return SUCCEEDED(status) && wanted == VIT_WRAP_PASSPHRASE ? NTE_PERM : status;
}

SECURITY_STATUS vit_soft_store_access(struct vit_ksp_store *store, bool machine, bool make,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct vit_soft_access *access)
{
    struct place *place = machine ? &store->machine : &store->user;
    if (FAILED(place->found)) {
        return place->found == NTE_NOT_FOUND && make ? NTE_PERM : place->found;
    }
    SECURITY_STATUS status = access_place(store, place, make, prompt, operation, access);
    return SUCCEEDED(status) && make ? check_wish(store, access) : status;
}

SECURITY_STATUS vit_soft_store_check(const struct vit_soft_access *access)
{
    struct vit_file file = { NULL, 0 };
    SECURITY_STATUS status = vit_folder_read(access->folder, store_file, VIT_STORE_FILE_LEN, &file);
    if (SUCCEEDED(status) && !vit_keyring_is_of(access->ring, file.bytes, file.len)) {
        status = NTE_BAD_KEYSET;
    }
    free(file.bytes);
    return status == NTE_NOT_FOUND ? NTE_BAD_KEYSET : status;
}

void vit_soft_store_tidy(struct vit_ksp_store *store, bool machine)
{
    struct vit_soft_access access;
    struct place *place = machine ? &store->machine : &store->user;
    if (is_open(place, &access) && !atomic_exchange(&place->tidy, true)) {
        vit_folder_sweep(access.folder);
    }
}

static SECURITY_STATUS present_method(struct vit_ksp_store *store, enum vit_wrap_method *method)
{
    VIT_AUTO(fd) folder = -1;
    struct vit_file file = { NULL, 0 };
    if (FAILED(store->user.found)) {
        return store->user.found;
    }
    SECURITY_STATUS status = read_store(&store->user, false, &folder, &file);
    if (SUCCEEDED(status)) {
        status = vit_store_file_method(file.bytes, file.len, method);
    }
    free(file.bytes);
    return status;
}

SECURITY_STATUS vit_soft_store_protection(struct vit_ksp_store *store, enum vit_wrap_method *method)
{
    SECURITY_STATUS status = present_method(store, method);
    return status == NTE_NOT_FOUND ? wanted_method(store, method) : status;
}

SECURITY_STATUS vit_soft_store_protect(struct vit_ksp_store *store, enum vit_wrap_method method)
{
    enum vit_wrap_method present;
    SECURITY_STATUS status = present_method(store, &present);
    if (SUCCEEDED(status) && present != method) {
        return NTE_EXISTS;
    }
    if (FAILED(status) && status != NTE_NOT_FOUND) {
        return status;
    }
    atomic_store(&store->method, (int)method);
    return ERROR_SUCCESS;
}
