/* SPDX-License-Identifier: MIT */
/**
 * An open provider: the token that it means, found at first use, and sessions with it.
 *
 * Work is done in a session that nobody else uses meanwhile. When a token is taken out, all that
 * was known of it is dropped, and the next call looks for it again; the private keys of stored
 * pairs are found again too, ephemeral ones are gone.
 */
#ifndef CNG_KSP_TOKEN_STORE_H
#define CNG_KSP_TOKEN_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "cng/ksp/backend.h"
#include "cng/ksp/token/slot.h"

enum { VIT_TOKEN_IDLE_COUNT = 8, VIT_TOKEN_PIN_LEN = 255 };

struct vit_ksp_store {
    atomic_uint references; /* the provider's and every key's */
    struct vit_slab *slab;  /* PINs, and secrets on their way */
    pthread_mutex_t asking; /* one person is asked once */
    pthread_mutex_t coming; /* objects come and go one at a time: SoftHSM is not up to more */

    pthread_mutex_t lock; /* for all below */
    struct vit_token_library library;
    struct vit_token_slot slot;
    bool connected, logged_in;
    unsigned generation;        /* of connections: what belongs to another one is gone */
    unsigned users;             /* sessions in work, and those that hold ephemeral keys */
    ck_session_handle_t anchor; /* keeps the person logged in */
    ck_session_handle_t idle[VIT_TOKEN_IDLE_COUNT];
    size_t idle_count;
    char *reader;     /* SmartCardReader, UTF-8; NULL: not named */
    char *pin;        /* VIT_TOKEN_PIN_LEN + 1 bytes of slab; "": none */
    bool pin_refused; /* the environment's was wrong: it is not tried again */
};

struct vit_token_session {
    struct vit_ksp_store *store;
    struct vit_token_slot slot; /* as it was when the session was taken */
    struct ck_function_list *module;
    ck_session_handle_t handle;
    unsigned generation;
    bool lost;    /* the connection is no good */
    bool gone;    /* nor are handles of it: their numbers may be somebody else's by now */
    bool stale;   /* an object's handle is no good */
    bool spoiled; /* an operation may still be active in it */
};

SECURITY_STATUS vit_token_store_create(struct vit_ksp_store **store);
void vit_token_store_ref(struct vit_ksp_store *store);
void vit_token_store_unref(struct vit_ksp_store *store);
VIT_DEFINE_AUTO(token_store, struct vit_ksp_store *, vit_token_store_unref)

/* text: UTF-16 with a NUL within len bytes. */
SECURITY_STATUS vit_token_store_set_reader(struct vit_ksp_store *store, const WCHAR *text);
SECURITY_STATUS vit_token_store_set_pin(struct vit_ksp_store *store, const WCHAR *text);

/* For whom, and for what, a person may be asked. */
struct vit_token_call {
    const struct vit_ksp_prompt *prompt;
    LPCWSTR operation;
    LPCWSTR key_name;
};

/* In a session of its own; see vit_token_run(). */
typedef SECURITY_STATUS vit_token_work(struct vit_token_session *session, void *context);

/**
 * Connects if need be, logs in unless call is NULL, does the work, and does it once more when the
 * token or an object turns out to have gone meanwhile.
 *
 * @return NTE_DEVICE_NOT_FOUND, NTE_DEVICE_NOT_READY, NTE_SILENT_CONTEXT, NTE_INCORRECT_PASSWORD...,
 *         or what the work says
 */
SECURITY_STATUS vit_token_run(struct vit_ksp_store *store, const struct vit_token_call *call,
        vit_token_work *work, void *context);

/* Is a person logged in, or nobody needed? Connected only. */
bool vit_token_sees_all(struct vit_token_session *session);

/* What rv means, and what it means for the session. */
SECURITY_STATUS vit_token_result(struct vit_token_session *session, ck_rv_t rv);

/* Is the session of the connection that the store has now? */
bool vit_token_is_current(const struct vit_token_session *session);

/* A session that stays open for the objects in it, until it is let go with them. */
struct vit_token_held {
    struct ck_function_list *module;
    ck_session_handle_t session; /* CK_INVALID_HANDLE: none */
    unsigned generation;
};
SECURITY_STATUS vit_token_hold(struct vit_token_session *session, struct vit_token_held *held);
/* Of an earlier connection nothing is touched. objects: some may be CK_INVALID_HANDLE */
void vit_token_let_go(struct vit_ksp_store *store, struct vit_token_held *held,
        const ck_object_handle_t *objects, size_t count);

#endif
