/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/backend.h"

#include <stdlib.h>
#include <string.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/token/key.h"
#include "cng/ksp/token/text.h"
#include "cng/utf8.h"
#include "cng/wide.h"

static SECURITY_STATUS open_store(LPCWSTR name, struct vit_ksp_store **store)
{
    (void)name;
    return vit_token_store_create(store);
}

/* Units of a PIN or of a reader's name. */
enum { MAX_TEXT_LEN = 512 };

/* What is set can only be set. */
static SECURITY_STATUS get_property(struct vit_ksp_store *store, LPCWSTR name, uint8_t *bytes,
        DWORD capacity, DWORD *len)
{
    (void)store;
    (void)name;
    (void)bytes;
    (void)capacity;
    (void)len;
    return NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS set_property(struct vit_ksp_store *store, LPCWSTR name, const uint8_t *bytes,
        DWORD len)
{
    bool is_pin = vit_wide_equal(name, NCRYPT_PIN_PROPERTY);
    if (!is_pin && !vit_wide_equal(name, NCRYPT_READER_PROPERTY)) {
        return NTE_NOT_SUPPORTED;
    }
    size_t units = len / sizeof(WCHAR);
    if (bytes == NULL || len % sizeof(WCHAR) != 0 || units > MAX_TEXT_LEN) {
        return NTE_INVALID_PARAMETER;
    }
    WCHAR text[MAX_TEXT_LEN + 1] = { 0 }; /* theirs may lie anywhere, and end without a NUL */
    memcpy(text, bytes, len);
    SECURITY_STATUS status =
            is_pin ? vit_token_store_set_pin(store, text) : vit_token_store_set_reader(store, text);
    vit_wipe(text, sizeof(text));
    return status;
}

struct finding {
    const char *label;
    LPCWSTR name;
    struct vit_ksp_store *store;
    struct vit_ksp_attributes *attributes;
    struct vit_ksp_material *material;
};

/* As the public half says it, which needs no PIN. All that keys of the kind can do is everything. */
static DWORD usage_of(struct vit_token_session *session, ck_object_handle_t object,
        const struct vit_token_algorithm *algorithm)
{
    DWORD usage = 0;
    if (vit_token_read_flag(session, object, CKA_ENCRYPT)) {
        usage |= NCRYPT_ALLOW_DECRYPT_FLAG;
    }
    if (vit_token_read_flag(session, object, CKA_VERIFY)) {
        usage |= NCRYPT_ALLOW_SIGNING_FLAG;
    }
    if (vit_token_read_flag(session, object, CKA_DERIVE)) {
        usage |= NCRYPT_ALLOW_KEY_AGREEMENT_FLAG;
    }
    usage &= algorithm->usage;
    return usage == algorithm->usage ? NCRYPT_ALLOW_ALL_USAGES : usage;
}

static SECURITY_STATUS name_attributes(LPCWSTR name, const struct vit_token_algorithm *algorithm,
        struct vit_ksp_attributes *attributes)
{
    SECURITY_STATUS status = vit_ksp_text_copy(name, &attributes->name);
    return status != ERROR_SUCCESS ? status
                                   : vit_ksp_text_copy(algorithm->name, &attributes->algorithm);
}

static SECURITY_STATUS read_pair(struct vit_token_session *session, ck_object_handle_t object,
        const struct vit_token_algorithm *algorithm, struct finding *finding)
{
    VIT_AUTO(token_key) material = vit_token_key_create(finding->store, algorithm, finding->name);
    if (material == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = vit_token_key_read(session, object, material);
    if (status == ERROR_SUCCESS) {
        finding->attributes->usage = usage_of(session, object, algorithm);
        finding->attributes->bits = material->public.bits;
        finding->material = material;
        material = NULL; /* ownership moved to *finding */
    }
    return status;
}

static SECURITY_STATUS find_work(struct vit_token_session *session, void *context)
{
    struct finding *finding = context;
    const struct vit_token_algorithm *algorithm;
    ck_object_handle_t object;
    SECURITY_STATUS status = vit_token_pair_find(session, finding->label, &algorithm, &object);
    return status == ERROR_SUCCESS && finding->material == NULL && finding->attributes != NULL
            ? read_pair(session, object, algorithm, finding)
            : status;
}

/* Labels are compared by the token, so what is no UTF-16 names nothing. */
static SECURITY_STATUS run_find(struct vit_ksp_store *store, LPCWSTR name, struct finding *finding)
{
    VIT_AUTO(string) label = vit_token_to_utf8(name);
    if (label == NULL) {
        return NTE_BAD_KEYSET;
    }
    finding->label = label;
    finding->name = name;
    finding->store = store;
    return vit_token_run(store, NULL, find_work, finding);
}

static SECURITY_STATUS find(struct vit_ksp_store *store, LPCWSTR name, bool machine,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_attributes *attributes,
        struct vit_ksp_material **material)
{
    (void)prompt;
    struct finding finding = { .attributes = attributes };
    SECURITY_STATUS status = run_find(store, name, &finding);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = name_attributes(name, finding.material->algorithm, attributes);
    if (status != ERROR_SUCCESS) {
        vit_token_key_destroy(finding.material);
        return status;
    }
    attributes->machine = machine;
    *material = finding.material;
    return ERROR_SUCCESS;
}

static SECURITY_STATUS probe(struct vit_ksp_store *store, LPCWSTR name, bool machine,
        const struct vit_ksp_prompt *prompt)
{
    (void)machine;
    (void)prompt;
    struct finding finding = { .attributes = NULL };
    return run_find(store, name, &finding);
}

struct change {
    struct vit_ksp_material *material;
    DWORD usage;
};

struct flag_of_usage {
    DWORD usage;
    ck_attribute_type_t of_private, of_public;
};

static const struct flag_of_usage flags_of_usage[] = {
    { NCRYPT_ALLOW_DECRYPT_FLAG, CKA_DECRYPT, CKA_ENCRYPT },
    { NCRYPT_ALLOW_SIGNING_FLAG, CKA_SIGN, CKA_VERIFY },
    { NCRYPT_ALLOW_KEY_AGREEMENT_FLAG, CKA_DERIVE, CKA_DERIVE },
};

enum { FLAG_COUNT = sizeof(flags_of_usage) / sizeof(flags_of_usage[0]) };

static SECURITY_STATUS clear_flags(struct vit_token_session *session,
        struct vit_ksp_material *material, ck_object_handle_t object, struct ck_attribute *flags,
        size_t count)
{
    return count == 0
            ? ERROR_SUCCESS
            : vit_token_key_result(session, material,
                      session->module->C_SetAttributeValue(session->handle, object, flags, count));
}

/* Flags are only ever cleared: what another handle took away meanwhile does not come back. */
static SECURITY_STATUS update_work(struct vit_token_session *session, void *context)
{
    const struct change *change = context;
    struct vit_token_handles handles;
    SECURITY_STATUS status = vit_token_key_handles(session, change->material, &handles);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    struct ck_attribute of_private[FLAG_COUNT], of_public[FLAG_COUNT];
    size_t count = 0;
    DWORD lost = change->material->algorithm->usage & ~change->usage;
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if ((lost & flags_of_usage[i].usage) != 0) {
            of_private[count] = vit_token_flag(flags_of_usage[i].of_private, false);
            of_public[count++] = vit_token_flag(flags_of_usage[i].of_public, false);
        }
    }
    status = clear_flags(session, change->material, handles.private_object, of_private, count);
    return status != ERROR_SUCCESS
            ? status
            : clear_flags(session, change->material, handles.public_object, of_public, count);
}

/* Of what is stored no more. */
static SECURITY_STATUS no_keyset(SECURITY_STATUS status)
{
    return status == NTE_NO_KEY ? NTE_BAD_KEYSET : status;
}

/* The name and the usage are all that a token keeps, and a name never changes. */
static SECURITY_STATUS update(struct vit_ksp_store *store, struct vit_ksp_material *material,
        const struct vit_ksp_attributes *attributes, const struct vit_ksp_prompt *prompt)
{
    const struct vit_token_call call = { prompt, u"create", material->name };
    struct change change = { material, attributes->usage };
    return no_keyset(vit_token_run(store, &call, update_work, &change));
}

/* The private half first. One that is gone already does not keep the rest from going. */
static SECURITY_STATUS remove_work(struct vit_token_session *session, void *context)
{
    struct vit_ksp_material *material = context;
    struct vit_token_handles handles;
    SECURITY_STATUS status = vit_token_key_handles(session, material, &handles);
    if (status != ERROR_SUCCESS && handles.public_object == CK_INVALID_HANDLE) {
        return status;
    }
    if (handles.private_object != CK_INVALID_HANDLE) {
        status = vit_token_key_result(session, material,
                session->module->C_DestroyObject(session->handle, handles.private_object));
        if (status != ERROR_SUCCESS) {
            return status;
        }
    }
    return vit_token_result(session,
            session->module->C_DestroyObject(session->handle, handles.public_object));
}

static SECURITY_STATUS remove_key(struct vit_ksp_store *store, struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt)
{
    const struct vit_token_call call = { prompt, u"delete", material->name };
    return no_keyset(vit_token_run(store, &call, remove_work, material));
}

struct listed {
    WCHAR *name;
    const struct vit_token_algorithm *algorithm;
};

struct vit_ksp_cursor {
    struct listed *keys;
    size_t count, at;
};

static void close_cursor(struct vit_ksp_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    for (size_t i = 0; i < cursor->count; i++) {
        free(cursor->keys[i].name);
    }
    free(cursor->keys);
    free(cursor);
}

VIT_DEFINE_AUTO(cursor, struct vit_ksp_cursor *, close_cursor)

static bool is_listed(const struct vit_ksp_cursor *cursor, const WCHAR *name)
{
    for (size_t i = 0; i < cursor->count; i++) {
        if (vit_wide_equal(cursor->keys[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Of several pairs with one name the first counts, as when it is opened. One that was removed meanwhile is no
 * end of the others. */
static SECURITY_STATUS list_object(struct vit_token_session *session, ck_object_handle_t object,
        struct vit_ksp_cursor *cursor)
{
    VIT_AUTO(token_value) label = { NULL, 0 };
    SECURITY_STATUS status = vit_token_read(session, object, CKA_LABEL, &label);
    if (status != ERROR_SUCCESS) {
        return status == NTE_NOT_FOUND || status == NTE_NO_KEY ? ERROR_SUCCESS : status;
    }
    struct listed listed = { vit_wide_from_utf8((const char *)label.bytes, label.len), NULL };
    bool wanted = listed.name != NULL && listed.name[0] != 0 && !is_listed(cursor, listed.name);
    if (wanted) {
        ck_object_handle_t found;
        status = vit_token_pair_find(session, (const char *)label.bytes, &listed.algorithm, &found);
        wanted = status == ERROR_SUCCESS;
    }
    if (wanted) {
        cursor->keys[cursor->count++] = listed;
    } else {
        free(listed.name);
    }
    return status == NTE_BAD_KEYSET ? ERROR_SUCCESS : status;
}

static SECURITY_STATUS find_all(struct vit_token_session *session,
        ck_object_handle_t found[VIT_TOKEN_MAX_OBJECTS], size_t *count)
{
    static const unsigned long class = CKO_PUBLIC_KEY;
    const struct ck_attribute wanted[] = {
        vit_token_number(CKA_CLASS, &class),
        vit_token_flag(CKA_TOKEN, true),
    };
    return vit_token_find(session, wanted, 2, found, VIT_TOKEN_MAX_OBJECTS, count);
}

static SECURITY_STATUS list_work(struct vit_token_session *session, void *context)
{
    struct vit_ksp_cursor **out = context;
    VIT_AUTO(cursor) cursor = calloc(1, sizeof(*cursor));
    ck_object_handle_t *found = calloc(VIT_TOKEN_MAX_OBJECTS, sizeof(*found));
    size_t count = 0;
    SECURITY_STATUS status =
            cursor == NULL || found == NULL ? NTE_NO_MEMORY : find_all(session, found, &count);
    if (status == ERROR_SUCCESS) {
        cursor->keys = calloc(count + 1, sizeof(*cursor->keys));
        status = cursor->keys == NULL ? NTE_NO_MEMORY : ERROR_SUCCESS;
    }
    for (size_t i = 0; status == ERROR_SUCCESS && i < count; i++) {
        status = list_object(session, found[i], cursor);
    }
    free(found);
    if (status == ERROR_SUCCESS) {
        *out = cursor;
        cursor = NULL; /* ownership moved to *out */
    }
    return status;
}

static SECURITY_STATUS next(struct vit_ksp_store *store, bool machine,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_cursor **cursor,
        struct vit_ksp_attributes *attributes)
{
    (void)prompt;
    if (*cursor == NULL) {
        SECURITY_STATUS status = vit_token_run(store, NULL, list_work, cursor);
        if (status != ERROR_SUCCESS) {
            return status;
        }
    }
    if ((*cursor)->at == (*cursor)->count) {
        return NTE_NO_MORE_ITEMS;
    }
    const struct listed *listed = &(*cursor)->keys[(*cursor)->at];
    SECURITY_STATUS status = name_attributes(listed->name, listed->algorithm, attributes);
    if (status == ERROR_SUCCESS) {
        attributes->machine = machine;
        (*cursor)->at++;
    }
    return status;
}

static SECURITY_STATUS public_blob(struct vit_ksp_material *material, uint8_t *blob, DWORD capacity,
        DWORD *len)
{
    *len = material->public.len;
    if (blob == NULL) {
        return ERROR_SUCCESS;
    }
    if (capacity < *len) {
        return NTE_BUFFER_TOO_SMALL;
    }
    memcpy(blob, material->public.blob, *len);
    return ERROR_SUCCESS;
}

/* It never leaves, whoever asks. */
static SECURITY_STATUS private_blob(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, LPCWSTR type, uint8_t *blob, DWORD capacity,
        DWORD *len)
{
    (void)material;
    (void)prompt;
    (void)type;
    (void)blob;
    (void)capacity;
    (void)len;
    return NTE_NOT_SUPPORTED;
}

const struct vit_ksp_backend vit_token_backend = {
    .name = MS_SMART_CARD_KEY_STORAGE_PROVIDER,
    .comment = u"Keys on a token, by PKCS#11",
    .impl_type = NCRYPT_IMPL_HARDWARE_FLAG | NCRYPT_IMPL_REMOVABLE_FLAG,
    .version = 0x00010000,
    .algorithms = vit_token_algorithm_names,
    .open = open_store,
    .close = vit_token_store_unref,
    .get_property = get_property,
    .set_property = set_property,
    .find = find,
    .probe = probe,
    .generate = vit_token_generate,
    .import = vit_token_import,
    .update = update,
    .remove = remove_key,
    .release = vit_token_key_destroy,
    .next = next,
    .close_cursor = close_cursor,
    .public_blob = public_blob,
    .private_blob = private_blob,
    .decrypt = vit_token_decrypt,
    .sign = vit_token_sign,
    .agree = vit_token_agree,
};
