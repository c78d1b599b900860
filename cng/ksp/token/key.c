/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/key.h"

#include <stdlib.h>
#include <string.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/token/text.h"

struct vit_ksp_material *vit_token_key_create(struct vit_ksp_store *store,
        const struct vit_token_algorithm *algorithm, LPCWSTR name)
{
    struct vit_ksp_material *material = calloc(1, sizeof(*material));
    if (material == NULL) {
        return NULL;
    }
    material->store = store;
    vit_token_store_ref(store);
    material->algorithm = algorithm;
    if (name != NULL) {
        material->label = vit_token_to_utf8(name);
        if (vit_ksp_text_copy(name, &material->name) != ERROR_SUCCESS || material->label == NULL) {
            vit_token_key_destroy(material);
            return NULL;
        }
    }
    return material;
}

void vit_token_key_destroy(struct vit_ksp_material *material)
{
    if (material == NULL) {
        return;
    }
    const ck_object_handle_t objects[] = { material->private_object, material->public_object };
    vit_token_let_go(material->store, &material->held, objects, 2);
    free(material->name);
    free(material->label);
    free(material->id.bytes);
    free(material->public.blob);
    vit_token_store_unref(material->store);
    free(material);
}

static SECURITY_STATUS find_private(struct vit_token_session *session,
        ck_object_handle_t public_object, const struct vit_token_value *id, const char *label,
        ck_key_type_t type, ck_object_handle_t *object)
{
    static const unsigned long class = CKO_PRIVATE_KEY;
    const struct ck_attribute wanted[] = {
        vit_token_number(CKA_CLASS, &class),
        vit_token_number(CKA_KEY_TYPE, &type),
        vit_token_flag(CKA_TOKEN, true),
        id->len > 0 ? vit_token_bytes(CKA_ID, id->bytes, id->len)
                    : vit_token_bytes(CKA_LABEL, label, strlen(label)),
    };
    ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES];
    size_t count;
    SECURITY_STATUS status = vit_token_find(session, wanted, sizeof(wanted) / sizeof(wanted[0]),
            found, VIT_TOKEN_MAX_NAMESAKES, &count);
    for (size_t i = 0; status == ERROR_SUCCESS && i < count; i++) {
        status = vit_token_compare_halves(session, public_object, found[i], type);
        if (status == ERROR_SUCCESS) {
            *object = found[i];
            return ERROR_SUCCESS;
        }
        status = status == NTE_NO_KEY ? ERROR_SUCCESS : status;
    }
    return status == ERROR_SUCCESS ? NTE_NO_KEY : status;
}

/* A public key alone is nobody's key; but without a PIN private ones are not seen. */
static SECURITY_STATUS is_of_pair(struct vit_token_session *session, ck_object_handle_t object,
        const char *label, ck_key_type_t type)
{
    if (!vit_token_sees_all(session)) {
        return ERROR_SUCCESS;
    }
    VIT_AUTO(token_value) id = { NULL, 0 };
    ck_object_handle_t private_object;
    SECURITY_STATUS status = vit_token_read(session, object, CKA_ID, &id);
    if (status != ERROR_SUCCESS && status != NTE_NOT_FOUND) {
        return status;
    }
    return find_private(session, object, &id, label, type, &private_object);
}

static SECURITY_STATUS find_publics(struct vit_token_session *session, const char *label,
        ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES], size_t *count)
{
    static const unsigned long class = CKO_PUBLIC_KEY;
    const struct ck_attribute wanted[] = {
        vit_token_number(CKA_CLASS, &class),
        vit_token_flag(CKA_TOKEN, true),
        vit_token_bytes(CKA_LABEL, label, strlen(label)),
    };
    return vit_token_find(session, wanted, sizeof(wanted) / sizeof(wanted[0]), found,
            VIT_TOKEN_MAX_NAMESAKES, count);
}

SECURITY_STATUS vit_token_pair_find(struct vit_token_session *session, const char *label,
        const struct vit_token_algorithm **algorithm, ck_object_handle_t *object)
{
    ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES];
    size_t count;
    SECURITY_STATUS status = find_publics(session, label, found, &count);
    for (size_t i = 0; status == ERROR_SUCCESS && i < count; i++) {
        *object = found[i];
        *algorithm = vit_token_algorithm_of_object(session, found[i]);
        if (*algorithm == NULL) {
            continue;
        }
        status = is_of_pair(session, found[i], label, (*algorithm)->type);
        if (status != NTE_NO_KEY) {
            return status;
        }
        status = ERROR_SUCCESS;
    }
    return status == ERROR_SUCCESS ? NTE_BAD_KEYSET : status;
}

SECURITY_STATUS vit_token_pair_is_alone(struct vit_token_session *session, const char *label,
        ck_object_handle_t object)
{
    ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES];
    size_t count;
    bool is_there = false;
    SECURITY_STATUS status = find_publics(session, label, found, &count);
    for (size_t i = 0; status == ERROR_SUCCESS && i < count; i++) {
        ck_key_type_t type = vit_token_read_number(session, found[i], CKA_KEY_TYPE);
        status = is_of_pair(session, found[i], label, type);
        if (status == ERROR_SUCCESS && found[i] != object) {
            return NTE_EXISTS;
        }
        is_there |= status == ERROR_SUCCESS;
        status = status == NTE_NO_KEY ? ERROR_SUCCESS : status;
    }
    return status == ERROR_SUCCESS && !is_there ? NTE_EXISTS : status;
}

SECURITY_STATUS vit_token_pair_remains(struct vit_token_session *session, const char *label,
        ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES], size_t *count)
{
    size_t all;
    *count = 0;
    SECURITY_STATUS status = find_publics(session, label, found, &all);
    for (size_t i = 0; status == ERROR_SUCCESS && i < all; i++) {
        ck_key_type_t type = vit_token_read_number(session, found[i], CKA_KEY_TYPE);
        status = is_of_pair(session, found[i], label, type);
        if (status == NTE_NO_KEY) {
            found[(*count)++] = found[i];
            status = ERROR_SUCCESS;
        }
    }
    return status;
}

SECURITY_STATUS vit_token_key_read(struct vit_token_session *session, ck_object_handle_t object,
        struct vit_ksp_material *material)
{
    SECURITY_STATUS status = vit_token_read(session, object, CKA_ID, &material->id);
    if (status != ERROR_SUCCESS && status != NTE_NOT_FOUND) {
        return status;
    }
    return vit_token_public_of_object(session, object, material->algorithm, &material->public);
}

static bool is_same_public(struct vit_token_session *session, ck_object_handle_t object,
        const struct vit_ksp_material *material)
{
    struct vit_token_public public;
    SECURITY_STATUS status =
            vit_token_public_of_object(session, object, material->algorithm, &public);
    bool same = status == ERROR_SUCCESS && public.len == material->public.len &&
            memcmp(public.blob, material->public.blob, public.len) == 0;
    free(public.blob);
    return same;
}

static SECURITY_STATUS find_public(struct vit_token_session *session,
        const struct vit_ksp_material *material, ck_object_handle_t *object)
{
    ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES];
    size_t count;
    SECURITY_STATUS status = find_publics(session, material->label, found, &count);
    for (size_t i = 0; status == ERROR_SUCCESS && i < count; i++) {
        if (is_same_public(session, found[i], material)) {
            *object = found[i];
            return ERROR_SUCCESS;
        }
    }
    return status == ERROR_SUCCESS ? NTE_NO_KEY : status;
}

static SECURITY_STATUS find_both(struct vit_token_session *session,
        const struct vit_ksp_material *material, struct vit_token_handles *handles)
{
    SECURITY_STATUS status = find_public(session, material, &handles->public_object);
    if (status == ERROR_SUCCESS) {
        status = find_private(session, handles->public_object, &material->id, material->label,
                material->algorithm->type, &handles->private_object);
    }
    if (status == ERROR_SUCCESS) {
        handles->asks_always =
                vit_token_read_flag(session, handles->private_object, CKA_ALWAYS_AUTHENTICATE);
    }
    return status;
}

static bool take_known(const struct vit_token_session *session, struct vit_ksp_material *material,
        struct vit_token_handles *handles)
{
    pthread_mutex_lock(&material->store->lock);
    bool known = material->generation == session->generation &&
            material->private_object != CK_INVALID_HANDLE;
    *handles = (struct vit_token_handles){ material->public_object, material->private_object,
        material->asks_always };
    pthread_mutex_unlock(&material->store->lock);
    return known;
}

SECURITY_STATUS vit_token_key_handles(struct vit_token_session *session,
        struct vit_ksp_material *material, struct vit_token_handles *handles)
{
    if (take_known(session, material, handles)) {
        return ERROR_SUCCESS;
    }
    if (material->name == NULL) {
        return NTE_NO_KEY;
    }
    *handles = (struct vit_token_handles){ CK_INVALID_HANDLE, CK_INVALID_HANDLE, false };
    SECURITY_STATUS status = find_both(session, material, handles);
    if (status == ERROR_SUCCESS) {
        pthread_mutex_lock(&material->store->lock);
        material->public_object = handles->public_object;
        material->private_object = handles->private_object;
        material->asks_always = handles->asks_always;
        material->generation = session->generation;
        pthread_mutex_unlock(&material->store->lock);
    }
    return status;
}

SECURITY_STATUS vit_token_key_result(struct vit_token_session *session,
        struct vit_ksp_material *material, ck_rv_t rv)
{
    SECURITY_STATUS status = vit_token_result(session, rv);
    if (session->stale) {
        pthread_mutex_lock(&material->store->lock);
        material->private_object = CK_INVALID_HANDLE;
        pthread_mutex_unlock(&material->store->lock);
        session->lost = true; /* so goes a token that was taken out, too: it is looked for again */
    }
    return status;
}
