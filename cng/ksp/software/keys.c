/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/keys.h"

#include <string.h>

#include "base/log.h"
#include "cng/ksp/ksp.h"

/* To applications a store that is not there, and a key that is not, are one. */
static SECURITY_STATUS missing_is_bad_keyset(SECURITY_STATUS status)
{
    return status == NTE_NOT_FOUND ? NTE_BAD_KEYSET : status;
}

/* What a key's file holds, in secret memory. */
struct opened {
    struct vit_soft_bytes plain;
    struct vit_record record;
};

typedef struct opened vit_auto_type_opened;

static inline void vit_auto_opened(struct opened *opened)
{
    vit_ksp_attributes_finish(&opened->record.attributes);
    vit_soft_bytes_finish(&opened->plain);
}

static SECURITY_STATUS open_sealed(const struct vit_soft_access *access,
        const struct vit_file_name *name, bool machine, const struct vit_file *sealed,
        struct opened *opened)
{
    SECURITY_STATUS status = vit_keyring_open(access->ring, name, sealed, &opened->plain);
    if (SUCCEEDED(status)) {
        status = vit_record_read(opened->plain.bytes, opened->plain.len, &opened->record);
    }
    opened->record.attributes.machine = machine;
    return status;
}

static SECURITY_STATUS open_file(const struct vit_soft_access *access,
        const struct vit_file_name *name, bool machine, struct opened *opened)
{
    struct vit_file sealed = { NULL, 0 };
    SECURITY_STATUS status =
            vit_folder_read(access->folder, name->text, VIT_KEY_FILE_MAX_LEN, &sealed);
    if (SUCCEEDED(status)) {
        status = open_sealed(access, name, machine, &sealed, opened);
    }
    free(sealed.bytes);
    return status;
}

/* The same of a file that is locked. */
static SECURITY_STATUS open_locked(const struct vit_soft_access *access,
        const struct vit_file_name *name, bool machine, int file, struct opened *opened)
{
    struct vit_file sealed = { NULL, 0 };
    SECURITY_STATUS status = vit_file_read(file, VIT_KEY_FILE_MAX_LEN, &sealed);
    if (SUCCEEDED(status)) {
        status = open_sealed(access, name, machine, &sealed, opened);
    }
    free(sealed.bytes);
    return status;
}

static SECURITY_STATUS reach(struct vit_ksp_store *store, LPCWSTR name, bool machine, bool make,
        const struct vit_ksp_prompt *prompt, struct vit_soft_access *access,
        struct vit_file_name *file)
{
    SECURITY_STATUS status =
            vit_soft_store_access(store, machine, make, prompt, make ? u"create" : u"open", access);
    return SUCCEEDED(status) ? vit_keyring_name(access->ring, name, file) : status;
}

SECURITY_STATUS vit_soft_find(struct vit_ksp_store *store, LPCWSTR name, bool machine,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_attributes *attributes,
        struct vit_ksp_material **material)
{
    struct vit_soft_access access;
    struct vit_file_name file;
    VIT_AUTO(opened) opened = { .plain = { NULL, 0 } };
    SECURITY_STATUS status = reach(store, name, machine, false, prompt, &access, &file);
    if (SUCCEEDED(status)) {
        status = open_file(&access, &file, machine, &opened);
    }
    if (SUCCEEDED(status)) {
        status = vit_soft_material_restore(&opened.record, material);
    }
    if (SUCCEEDED(status)) {
        *attributes = opened.record.attributes;
        opened.record.attributes = (struct vit_ksp_attributes){ 0 }; /* the caller's now */
    }
    return missing_is_bad_keyset(status);
}

SECURITY_STATUS vit_soft_probe(struct vit_ksp_store *store, LPCWSTR name, bool machine,
        const struct vit_ksp_prompt *prompt)
{
    struct vit_soft_access access;
    struct vit_file_name file;
    SECURITY_STATUS status = reach(store, name, machine, false, prompt, &access, &file);
    if (SUCCEEDED(status)) {
        status = vit_folder_probe(access.folder, file.text);
    }
    return missing_is_bad_keyset(status);
}

/* The file of a record, whole. */
static SECURITY_STATUS seal_record(const struct vit_keyring *ring, const struct vit_file_name *name,
        const struct vit_record *record, struct vit_file *sealed)
{
    VIT_AUTO(soft_bytes) plain = { NULL, 0 };
    size_t len;
    SECURITY_STATUS status = vit_record_len(record, &len);
    if (SUCCEEDED(status)) {
        status = vit_soft_bytes_init(&plain, len);
    }
    if (FAILED(status)) {
        return status;
    }
    vit_record_write(record, plain.bytes, plain.len);
    return vit_keyring_seal(ring, name, &plain, sealed);
}

static SECURITY_STATUS put_over(int folder, const char *name, const struct vit_file *sealed)
{
    for (;;) { /* each turn another process has made or removed the key */
        VIT_AUTO(fd) present = -1;
        SECURITY_STATUS status = vit_folder_lock(folder, name, &present);
        if (SUCCEEDED(status)) {
            return vit_folder_replace(folder, name, sealed->bytes, sealed->len);
        }
        if (status != NTE_NOT_FOUND) {
            return status;
        }
        status = vit_folder_add(folder, name, sealed->bytes, sealed->len);
        if (status != NTE_EXISTS) {
            return status;
        }
    }
}

static SECURITY_STATUS keep(const struct vit_soft_access *access, const struct vit_file_name *name,
        const struct vit_ksp_material *material, bool overwrite)
{
    VIT_AUTO(soft_bytes) blob = { NULL, 0 };
    struct vit_record record;
    struct vit_file sealed = { NULL, 0 };
    SECURITY_STATUS status =
            vit_soft_material_record(material, &material->attributes, &blob, &record);
    if (SUCCEEDED(status)) {
        status = seal_record(access->ring, name, &record, &sealed);
    }
    if (SUCCEEDED(status)) {
        status = overwrite ? put_over(access->folder, name->text, &sealed)
                           : vit_folder_add(access->folder, name->text, sealed.bytes, sealed.len);
    }
    free(sealed.bytes);
    return status;
}

/* Found out before a person is asked for anything, or a pair is made. */
static SECURITY_STATUS check_free(const struct vit_soft_access *access,
        const struct vit_file_name *name, bool overwrite)
{
    SECURITY_STATUS status = vit_folder_probe(access->folder, name->text);
    if (SUCCEEDED(status)) {
        return overwrite ? ERROR_SUCCESS : NTE_EXISTS;
    }
    return status == NTE_NOT_FOUND ? ERROR_SUCCESS : status;
}

struct source {
    LPCWSTR blob_type; /* NULL: a pair is made */
    const uint8_t *blob;
    DWORD len;
};

static SECURITY_STATUS make_pair(const struct vit_ksp_attributes *attributes,
        const struct source *source, struct vit_ksp_material **material)
{
    BCRYPT_KEY_HANDLE key = NULL;
    SECURITY_STATUS status = source->blob_type == NULL
            ? vit_ksp_bcrypt_generate(attributes, &key)
            : vit_ksp_bcrypt_import(attributes, source->blob_type, source->blob, source->len, &key);
    return SUCCEEDED(status) ? vit_soft_material_create(key, attributes, material) : status;
}

static SECURITY_STATUS make_kept(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, const struct source *source, bool overwrite,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material)
{
    struct vit_soft_access access;
    struct vit_file_name file;
    VIT_AUTO(soft_material) made = NULL;
    SECURITY_STATUS status =
            reach(store, attributes->name, attributes->machine, true, prompt, &access, &file);
    if (SUCCEEDED(status)) {
        status = vit_soft_store_check(&access);
    }
    if (SUCCEEDED(status)) {
        status = check_free(&access, &file, overwrite);
    }
    if (SUCCEEDED(status)) {
        status = make_pair(attributes, source, &made);
    }
    if (SUCCEEDED(status) && (attributes->ui_flags & NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG) != 0) {
        status = vit_soft_material_wrap(made, prompt);
    }
    if (SUCCEEDED(status)) {
        status = keep(&access, &file, made, overwrite);
    }
    if (SUCCEEDED(status) && overwrite) {
        vit_soft_store_tidy(store, attributes->machine);
    }
    if (SUCCEEDED(status)) {
        *material = made;
        made = NULL; /* ownership moved to the caller */
    }
    return status;
}

static SECURITY_STATUS make(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, const struct source *source, bool overwrite,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material)
{
    return attributes->name != NULL
            ? make_kept(store, attributes, source, overwrite, prompt, material)
            : make_pair(attributes, source, material);
}

SECURITY_STATUS vit_soft_generate(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, bool overwrite,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material)
{
    const struct source source = { NULL, NULL, 0 };
    return make(store, attributes, &source, overwrite, prompt, material);
}

SECURITY_STATUS vit_soft_import(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, LPCWSTR blob_type, const uint8_t *blob,
        DWORD len, bool overwrite, const struct vit_ksp_prompt *prompt,
        struct vit_ksp_material **material)
{
    const struct source source = { blob_type, blob, len };
    return make(store, attributes, &source, overwrite, prompt, material);
}

/* Locks the file of a key and opens it. NTE_BAD_KEYSET: it is gone, or another key has its name. */
static SECURITY_STATUS lock_own(struct vit_ksp_store *store,
        const struct vit_ksp_material *material, const struct vit_ksp_prompt *prompt,
        struct vit_soft_access *access, struct vit_file_name *name, int *file,
        struct opened *opened)
{
    const struct vit_ksp_attributes *attributes = &material->attributes;
    SECURITY_STATUS status = attributes->name == NULL
            ? NTE_BAD_KEYSET
            : reach(store, attributes->name, attributes->machine, false, prompt, access, name);
    if (SUCCEEDED(status)) {
        status = vit_folder_lock(access->folder, name->text, file);
    }
    if (SUCCEEDED(status)) {
        status = open_locked(access, name, attributes->machine, *file, opened);
    }
    if (SUCCEEDED(status) && memcmp(opened->record.id, material->id, sizeof(material->id)) != 0) {
        status = NTE_BAD_KEYSET;
    }
    return missing_is_bad_keyset(status);
}

/* A handle knows its key as it was when that was opened. Rights that somebody has taken away since, and
 * protection that the key has, are not that handle's to change. */
static struct vit_ksp_attributes narrowed(const struct vit_ksp_attributes *stored,
        const struct vit_ksp_attributes *wanted)
{
    struct vit_ksp_attributes next = *wanted;
    next.name = stored->name;
    next.export_policy &= stored->export_policy;
    next.usage &= stored->usage;
    next.ui_flags |= stored->ui_flags;
    return next;
}

SECURITY_STATUS vit_soft_update(struct vit_ksp_store *store, struct vit_ksp_material *material,
        const struct vit_ksp_attributes *attributes, const struct vit_ksp_prompt *prompt)
{
    struct vit_soft_access access;
    struct vit_file_name name;
    struct vit_file sealed = { NULL, 0 };
    VIT_AUTO(fd) file = -1;
    VIT_AUTO(opened) opened = { .plain = { NULL, 0 } };
    SECURITY_STATUS status = lock_own(store, material, prompt, &access, &name, &file, &opened);
    if (FAILED(status)) {
        return status;
    }
    struct vit_record record = opened.record; /* borrowed, as the attributes */
    record.attributes = narrowed(&opened.record.attributes, attributes);
    status = seal_record(access.ring, &name, &record, &sealed);
    if (SUCCEEDED(status)) {
        status = vit_folder_replace(access.folder, name.text, sealed.bytes, sealed.len);
    }
    if (SUCCEEDED(status)) {
        vit_soft_store_tidy(store, material->attributes.machine);
    }
    free(sealed.bytes);
    return status;
}

SECURITY_STATUS vit_soft_remove(struct vit_ksp_store *store, struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt)
{
    struct vit_soft_access access;
    struct vit_file_name name;
    VIT_AUTO(fd) file = -1;
    VIT_AUTO(opened) opened = { .plain = { NULL, 0 } };
    SECURITY_STATUS status = lock_own(store, material, prompt, &access, &name, &file, &opened);
    if (SUCCEEDED(status)) {
        status = vit_folder_remove(access.folder, name.text);
    }
    if (SUCCEEDED(status)) {
        vit_soft_store_tidy(store, material->attributes.machine);
    }
    return status;
}

struct vit_ksp_cursor {
    struct vit_file_name *names;
    size_t count, capacity, at;
};

static SECURITY_STATUS add_name(void *context, const char *text)
{
    struct vit_ksp_cursor *cursor = context;
    struct vit_file_name name;
    if (!vit_file_name_parse(text, &name)) {
        return ERROR_SUCCESS; /* the store's file, or no business of ours */
    }
    if (cursor->count == cursor->capacity) {
        size_t capacity = cursor->capacity > 0 ? 2 * cursor->capacity : 16;
        void *names = reallocarray(cursor->names, capacity, sizeof(name));
        if (names == NULL) {
            return NTE_NO_MEMORY;
        }
        cursor->names = names;
        cursor->capacity = capacity;
    }
    cursor->names[cursor->count++] = name;
    return ERROR_SUCCESS;
}

void vit_soft_close_cursor(struct vit_ksp_cursor *cursor)
{
    if (cursor != NULL) {
        free(cursor->names);
        free(cursor);
    }
}

static SECURITY_STATUS make_cursor(const struct vit_soft_access *access,
        struct vit_ksp_cursor **cursor)
{
    struct vit_ksp_cursor *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = vit_folder_list(access->folder, add_name, made);
    if (FAILED(status)) {
        vit_soft_close_cursor(made);
        return status;
    }
    *cursor = made;
    return ERROR_SUCCESS;
}

/* One file that cannot be read must not hide the others. */
static SECURITY_STATUS next_key(const struct vit_soft_access *access, bool machine,
        struct vit_ksp_cursor *cursor, struct vit_ksp_attributes *attributes)
{
    while (cursor->at < cursor->count) {
        VIT_AUTO(opened) opened = { .plain = { NULL, 0 } };
        SECURITY_STATUS status = open_file(access, &cursor->names[cursor->at++], machine, &opened);
        if (SUCCEEDED(status)) {
            *attributes = opened.record.attributes;
            opened.record.attributes = (struct vit_ksp_attributes){ 0 }; /* the caller's now */
            return status;
        }
        if (status == NTE_NO_MEMORY) {
            cursor->at--;
            return status;
        }
        if (status != NTE_NOT_FOUND) { /* else it was removed since */
            vit_log(VIT_LOG_WARNING, "key store: a key's file cannot be read (0x%08x)",
                    (unsigned)status);
        }
    }
    return NTE_NO_MORE_ITEMS;
}

SECURITY_STATUS vit_soft_next(struct vit_ksp_store *store, bool machine,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_cursor **cursor,
        struct vit_ksp_attributes *attributes)
{
    struct vit_soft_access access;
    SECURITY_STATUS status = vit_soft_store_access(store, machine, false, prompt, u"open", &access);
    if (SUCCEEDED(status) && *cursor == NULL) {
        status = make_cursor(&access, cursor);
    }
    if (FAILED(status)) {
        return status == NTE_NOT_FOUND ? NTE_NO_MORE_ITEMS : status;
    }
    return next_key(&access, machine, *cursor, attributes);
}
