/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/login.h"

#include <stdlib.h>
#include <string.h>

#include "cng/ksp/token/pin.h"
#include "cng/ksp/token/status.h"
#include "cng/utf8.h"

/* Who logs in: the person, or the person for one operation. */
static ck_rv_t log_in(struct vit_token_session *session, ck_user_type_t user, const char *pin,
        size_t len)
{
    ck_rv_t rv = session->module->C_Login(session->handle, user, (unsigned char *)pin, len);
    return rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv;
}

static bool is_wrong(ck_rv_t rv)
{
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE ||
            rv == CKR_PIN_LOCKED || rv == CKR_PIN_EXPIRED;
}

/* Under the store's lock. false: no PIN is known. */
static bool try_property(struct vit_token_session *session, ck_user_type_t user, ck_rv_t *rv)
{
    char *pin = session->store->pin;
    if (pin[0] == 0) {
        return false;
    }
    *rv = log_in(session, user, pin, strlen(pin));
    if (is_wrong(*rv)) {
        vit_wipe(pin, VIT_TOKEN_PIN_LEN + 1);
    }
    return true;
}

/* The same. */
static bool try_environment(struct vit_token_session *session, ck_user_type_t user, ck_rv_t *rv)
{
    struct vit_ksp_store *store = session->store;
    char *pin = store->pin_refused ? NULL : vit_slab_alloc(store->slab, VIT_TOKEN_PIN_LEN + 1);
    bool known = pin != NULL &&
            vit_token_pin_of_uri(secure_getenv("VITRINE_TOKEN"), pin, VIT_TOKEN_PIN_LEN + 1);
    if (known) {
        *rv = log_in(session, user, pin, strlen(pin));
        store->pin_refused = is_wrong(*rv);
    }
    vit_slab_free(store->slab, pin, VIT_TOKEN_PIN_LEN + 1);
    return known;
}

static bool try_known(struct vit_token_session *session, ck_user_type_t user, ck_rv_t *rv)
{
    return try_property(session, user, rv) || try_environment(session, user, rv);
}

static SECURITY_STATUS ask_and_log_in(struct vit_token_session *session, ck_user_type_t user,
        const struct vit_token_call *call, char *pin)
{
    WCHAR *label = vit_wide_from_utf8((const char *)session->slot.label, session->slot.label_len);
    const VITRINE_NCRYPT_QUESTION question = { .Kind = VITRINE_NCRYPT_PIN,
        .Operation = call->operation,
        .Provider = label != NULL ? label : MS_SMART_CARD_KEY_STORAGE_PROVIDER,
        .KeyName = call->key_name };
    size_t len = 0;
    SECURITY_STATUS status = vit_ksp_ask(call->prompt, &question, pin, VIT_TOKEN_PIN_LEN + 1, &len);
    free(label);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (!vit_token_is_current(session)) { /* a PIN goes to the token that it was asked for */
        session->lost = true;
        return NTE_DEVICE_NOT_READY;
    }
    return vit_token_result(session, log_in(session, user, pin, len));
}

/* Some readers have keys of their own: the person types there. */
static SECURITY_STATUS ask_anywhere(struct vit_token_session *session, ck_user_type_t user,
        const struct vit_token_call *call)
{
    struct vit_ksp_store *store = session->store;
    if ((session->slot.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0) {
        return vit_token_result(session, log_in(session, user, NULL, 0));
    }
    char *pin = vit_slab_alloc(store->slab, VIT_TOKEN_PIN_LEN + 1);
    if (pin == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = ask_and_log_in(session, user, call, pin);
    vit_slab_free(store->slab, pin, VIT_TOKEN_PIN_LEN + 1);
    return status;
}

enum login_state { LOGIN_DONE, LOGIN_WANTED, LOGIN_GONE };

/* Under the store's lock. */
static enum login_state state_of(const struct vit_token_session *session)
{
    const struct vit_ksp_store *store = session->store;
    if (!store->connected || store->generation != session->generation) {
        return LOGIN_GONE;
    }
    bool needed = (session->slot.flags & CKF_LOGIN_REQUIRED) != 0;
    return store->logged_in || !needed ? LOGIN_DONE : LOGIN_WANTED;
}

/* NTE_NOT_FOUND: a person is to be asked. */
static SECURITY_STATUS login_without_asking(struct vit_token_session *session)
{
    struct vit_ksp_store *store = session->store;
    pthread_mutex_lock(&store->lock);
    enum login_state state = state_of(session);
    SECURITY_STATUS status = state == LOGIN_WANTED ? NTE_NOT_FOUND : ERROR_SUCCESS;
    ck_rv_t rv;
    if (state == LOGIN_GONE) {
        session->lost = true;
        status = NTE_DEVICE_NOT_READY;
    } else if (state == LOGIN_WANTED && try_known(session, CKU_USER, &rv)) {
        status = vit_token_result(session, rv);
        store->logged_in = status == ERROR_SUCCESS;
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

static void note_login(struct vit_token_session *session)
{
    struct vit_ksp_store *store = session->store;
    pthread_mutex_lock(&store->lock);
    if (store->generation == session->generation) {
        store->logged_in = true;
    }
    pthread_mutex_unlock(&store->lock);
}

SECURITY_STATUS vit_token_login(struct vit_token_session *session,
        const struct vit_token_call *call)
{
    struct vit_ksp_store *store = session->store;
    SECURITY_STATUS status = login_without_asking(session);
    if (status != NTE_NOT_FOUND) {
        return status;
    }
    if (call->prompt->silent) {
        return NTE_SILENT_CONTEXT;
    }
    pthread_mutex_lock(&store->asking);
    status = login_without_asking(session); /* another thread's person may have answered */
    if (status == NTE_NOT_FOUND) {
        status = ask_anywhere(session, CKU_USER, call);
        if (status == ERROR_SUCCESS) {
            note_login(session);
        }
    }
    pthread_mutex_unlock(&store->asking);
    return status;
}

SECURITY_STATUS vit_token_authenticate(struct vit_token_session *session,
        const struct vit_token_call *call)
{
    struct vit_ksp_store *store = session->store;
    ck_rv_t rv;
    pthread_mutex_lock(&store->lock);
    bool known = try_known(session, CKU_CONTEXT_SPECIFIC, &rv);
    pthread_mutex_unlock(&store->lock);
    if (known) {
        return vit_token_result(session, rv);
    }
    session->spoiled = true; /* until the operation has ended */
    if (call->prompt->silent) {
        return NTE_SILENT_CONTEXT;
    }
    pthread_mutex_lock(&store->asking);
    SECURITY_STATUS status = ask_anywhere(session, CKU_CONTEXT_SPECIFIC, call);
    pthread_mutex_unlock(&store->asking);
    return status;
}
