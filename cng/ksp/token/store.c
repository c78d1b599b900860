/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/store.h"

#include <stdlib.h>
#include <string.h>

#include "cng/ksp/token/login.h"
#include "cng/ksp/token/status.h"
#include "cng/ksp/token/text.h"
#include "cng/wide.h"

SECURITY_STATUS vit_token_store_create(struct vit_ksp_store **out)
{
    struct vit_ksp_store *store = calloc(1, sizeof(*store));
    if (store == NULL || vit_slab_create(&store->slab) != VIT_OK) {
        free(store);
        return NTE_NO_MEMORY;
    }
    store->pin = vit_slab_alloc(store->slab, VIT_TOKEN_PIN_LEN + 1);
    if (store->pin == NULL) {
        vit_slab_destroy(store->slab);
        free(store);
        return NTE_NO_MEMORY;
    }
    pthread_mutex_init(&store->lock, NULL);
    pthread_mutex_init(&store->asking, NULL);
    pthread_mutex_init(&store->coming, NULL);
    atomic_init(&store->references, 1);
    *out = store;
    return ERROR_SUCCESS;
}

void vit_token_store_ref(struct vit_ksp_store *store)
{
    atomic_fetch_add(&store->references, 1);
}

static ck_rv_t open_session(const struct vit_token_slot *slot, ck_session_handle_t *handle)
{
    ck_flags_t flags = CKF_SERIAL_SESSION;
    if ((slot->flags & CKF_WRITE_PROTECTED) == 0) {
        flags |= CKF_RW_SESSION;
    }
    *handle = CK_INVALID_HANDLE;
    ck_rv_t rv = slot->module->C_OpenSession(slot->id, flags, NULL, NULL, handle);
    if (rv != CKR_OK) {
        *handle = CK_INVALID_HANDLE;
        return rv;
    }
    return *handle == CK_INVALID_HANDLE ? CKR_GENERAL_ERROR : CKR_OK;
}

static void close_session(struct ck_function_list *module, ck_session_handle_t handle)
{
    (void)module->C_CloseSession(handle);
}

static void close_sessions(struct vit_ksp_store *store)
{
    for (size_t i = 0; i < store->idle_count; i++) {
        close_session(store->slot.module, store->idle[i]);
    }
    close_session(store->slot.module, store->anchor);
}

/* gone: the token has ended the sessions already. */
static void drop_connection(struct vit_ksp_store *store, bool gone)
{
    if (!store->connected) {
        return;
    }
    if (!gone) {
        close_sessions(store);
    }
    store->idle_count = 0;
    store->connected = false;
    store->logged_in = false;
    store->generation++;
}

void vit_token_store_unref(struct vit_ksp_store *store)
{
    if (store == NULL || atomic_fetch_sub(&store->references, 1) != 1) {
        return;
    }
    drop_connection(store, false);
    vit_token_library_unload(&store->library);
    free(store->reader);
    vit_slab_free(store->slab, store->pin, VIT_TOKEN_PIN_LEN + 1);
    vit_slab_destroy(store->slab);
    pthread_mutex_destroy(&store->coming);
    pthread_mutex_destroy(&store->asking);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

/* Keys that are open belong to the token they were found on. */
SECURITY_STATUS vit_token_store_set_reader(struct vit_ksp_store *store, const WCHAR *text)
{
    char *reader = NULL;
    if (text[0] != 0) {
        reader = vit_token_to_utf8(text);
        if (reader == NULL) {
            return NTE_INVALID_PARAMETER;
        }
    }
    pthread_mutex_lock(&store->lock);
    if (atomic_load(&store->references) != 1 || store->users != 0) {
        pthread_mutex_unlock(&store->lock);
        free(reader);
        return NTE_FIXEDPARAMETER;
    }
    drop_connection(store, false);
    free(store->reader);
    store->reader = reader;
    pthread_mutex_unlock(&store->lock);
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_token_store_set_pin(struct vit_ksp_store *store, const WCHAR *text)
{
    size_t units = vit_wide_len(text);
    size_t len = vit_token_utf8_len(text, units);
    if ((len == 0 && units != 0) || len > VIT_TOKEN_PIN_LEN) {
        return NTE_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&store->lock);
    vit_wipe(store->pin, VIT_TOKEN_PIN_LEN + 1);
    vit_token_utf8_put(text, units, store->pin);
    pthread_mutex_unlock(&store->lock);
    return ERROR_SUCCESS;
}

/* Modules look for tokens when they are initialised, some only then. */
static bool have_library(struct vit_ksp_store *store)
{
    if (store->users == 0) {
        vit_token_library_unload(&store->library);
    }
    return store->library.modules != NULL || vit_token_library_load(&store->library);
}

static SECURITY_STATUS connect_token(struct vit_ksp_store *store)
{
    if (!have_library(store)) {
        return NTE_DEVICE_NOT_FOUND;
    }
    SECURITY_STATUS status = vit_token_slot_choose(&store->library, store->reader,
            secure_getenv("VITRINE_TOKEN"), &store->slot);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    ck_rv_t rv = open_session(&store->slot, &store->anchor);
    store->connected = rv == CKR_OK;
    return vit_token_status_of(rv);
}

static SECURITY_STATUS take_session(struct vit_token_session *session)
{
    struct vit_ksp_store *store = session->store;
    session->slot = store->slot;
    session->module = store->slot.module;
    session->generation = store->generation;
    if (store->idle_count > 0) {
        session->handle = store->idle[--store->idle_count];
        return ERROR_SUCCESS;
    }
    return vit_token_result(session, open_session(&store->slot, &session->handle));
}

static SECURITY_STATUS begin(struct vit_ksp_store *store, struct vit_token_session *session)
{
    *session = (struct vit_token_session){ .store = store };
    pthread_mutex_lock(&store->lock);
    SECURITY_STATUS status = store->connected ? ERROR_SUCCESS : connect_token(store);
    if (status == ERROR_SUCCESS) {
        status = take_session(session);
    }
    if (status == ERROR_SUCCESS) {
        store->users++;
    } else if (session->lost) {
        drop_connection(store, session->gone);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

/* Under the store's lock. */
static bool is_connection(const struct vit_ksp_store *store, unsigned generation)
{
    return store->connected && store->generation == generation;
}

bool vit_token_is_current(const struct vit_token_session *session)
{
    struct vit_ksp_store *store = session->store;
    pthread_mutex_lock(&store->lock);
    bool current = is_connection(store, session->generation);
    pthread_mutex_unlock(&store->lock);
    return current;
}

static void end(struct vit_token_session *session)
{
    struct vit_ksp_store *store = session->store;
    pthread_mutex_lock(&store->lock);
    store->users--;
    bool current = is_connection(store, session->generation);
    bool good = current && !session->lost && !session->spoiled;
    if (good && store->idle_count < VIT_TOKEN_IDLE_COUNT) {
        store->idle[store->idle_count++] = session->handle;
    } else if (current && !session->gone) {
        close_session(session->module, session->handle);
    }
    if (current && session->lost) {
        drop_connection(store, session->gone);
    }
    pthread_mutex_unlock(&store->lock);
}

static SECURITY_STATUS work_once(struct vit_ksp_store *store, const struct vit_token_call *call,
        vit_token_work *work, void *context, bool *again)
{
    struct vit_token_session session;
    SECURITY_STATUS status = begin(store, &session);
    if (status != ERROR_SUCCESS) {
        *again = session.lost;
        return status;
    }
    if (call != NULL) {
        status = vit_token_login(&session, call);
    }
    if (status == ERROR_SUCCESS) {
        status = work(&session, context);
    }
    *again = session.lost;
    end(&session);
    return status;
}

SECURITY_STATUS vit_token_run(struct vit_ksp_store *store, const struct vit_token_call *call,
        vit_token_work *work, void *context)
{
    bool again = false;
    SECURITY_STATUS status = work_once(store, call, work, context, &again);
    return again ? work_once(store, call, work, context, &again) : status;
}

bool vit_token_sees_all(struct vit_token_session *session)
{
    struct vit_ksp_store *store = session->store;
    pthread_mutex_lock(&store->lock);
    bool sees = store->logged_in || (store->slot.flags & CKF_LOGIN_REQUIRED) == 0;
    pthread_mutex_unlock(&store->lock);
    return sees;
}

SECURITY_STATUS vit_token_result(struct vit_token_session *session, ck_rv_t rv)
{
    session->lost |= vit_token_is_lost(rv);
    session->gone |= vit_token_is_gone(rv);
    session->stale |= vit_token_is_stale(rv);
    session->spoiled |= rv != CKR_OK;
    return vit_token_status_of(rv);
}

SECURITY_STATUS vit_token_hold(struct vit_token_session *session, struct vit_token_held *held)
{
    struct vit_ksp_store *store = session->store;
    pthread_mutex_lock(&store->lock);
    SECURITY_STATUS status = NTE_DEVICE_NOT_READY;
    if (!is_connection(store, session->generation)) {
        session->lost = true;
    } else {
        held->module = session->module;
        held->generation = session->generation;
        status = vit_token_result(session, open_session(&store->slot, &held->session));
        store->users += status == ERROR_SUCCESS;
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

static void end_held(const struct vit_token_held *held, const ck_object_handle_t *objects,
        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (objects[i] != CK_INVALID_HANDLE) {
            (void)held->module->C_DestroyObject(held->session, objects[i]);
        }
    }
    close_session(held->module, held->session);
}

/* Numbers begin anew when a token comes back: those of before may be somebody else's by now. */
void vit_token_let_go(struct vit_ksp_store *store, struct vit_token_held *held,
        const ck_object_handle_t *objects, size_t count)
{
    if (held->session == CK_INVALID_HANDLE) {
        return;
    }
    pthread_mutex_lock(&store->coming);
    pthread_mutex_lock(&store->lock);
    if (is_connection(store, held->generation)) {
        end_held(held, objects, count);
    }
    store->users--;
    pthread_mutex_unlock(&store->lock);
    pthread_mutex_unlock(&store->coming);
    held->session = CK_INVALID_HANDLE;
}
