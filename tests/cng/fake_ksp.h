/* SPDX-License-Identifier: MIT */
/**
 * A key storage provider of somebody else's, as the router sees one: it counts what it is asked,
 * notes the last call, fails when told to, and stops the process when it is used wrongly (a handle
 * that is not its own, a key that is freed while it is in use).
 *
 * Its names: "Fake" (version 2), "Fake twin" (the same table), "Fake 1", "Fake 3", "Fake fresh" (of
 * version 3, with another table each time), and those of defective ones: see fake_ksp.c.
 */
#ifndef TESTS_CNG_FAKE_KSP_H
#define TESTS_CNG_FAKE_KSP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ncrypt_provider.h"
#include "vitrine_ncrypt.h"

/* The published numbers of the slots. */
enum fake_slot {
    FAKE_OPEN_PROVIDER = 1,
    FAKE_OPEN_KEY,
    FAKE_CREATE_KEY,
    FAKE_GET_PROVIDER_PROPERTY,
    FAKE_GET_KEY_PROPERTY,
    FAKE_SET_PROVIDER_PROPERTY,
    FAKE_SET_KEY_PROPERTY,
    FAKE_FINALIZE_KEY,
    FAKE_DELETE_KEY,
    FAKE_FREE_PROVIDER,
    FAKE_FREE_KEY,
    FAKE_FREE_BUFFER,
    FAKE_ENCRYPT,
    FAKE_DECRYPT,
    FAKE_IS_ALG_SUPPORTED,
    FAKE_ENUM_ALGORITHMS,
    FAKE_ENUM_KEYS,
    FAKE_IMPORT_KEY,
    FAKE_EXPORT_KEY,
    FAKE_SIGN_HASH,
    FAKE_VERIFY_SIGNATURE,
    FAKE_PROMPT_USER,
    FAKE_NOTIFY_CHANGE_KEY,
    FAKE_SECRET_AGREEMENT,
    FAKE_DERIVE_KEY,
    FAKE_FREE_SECRET,
    FAKE_KEY_DERIVATION,
    FAKE_CREATE_CLAIM,
    FAKE_VERIFY_CLAIM,
    FAKE_SLOT_COUNT
};

/* What a call was given: what it has not is 0. */
struct fake_call {
    enum fake_slot slot;
    NCRYPT_PROV_HANDLE provider;
    NCRYPT_HANDLE object, other; /* keys, or a secret */
    WCHAR text[80];              /* the name, algorithm, property or type */
    const void *bytes, *extra;   /* input; padding or parameters */
    DWORD len, flags;
};

struct fake_ksp {
    atomic_uint calls[FAKE_SLOT_COUNT];
    /* Not 0: the slot answers this and does nothing. */
    _Atomic(SECURITY_STATUS) answers[FAKE_SLOT_COUNT];
    /* Encrypt works until a key is to be deleted, but no longer than this. */
    atomic_uint linger_ms;
    atomic_uint begun;                            /* by Encrypt */
    atomic_bool gives_nothing;                    /* success without handle, list or item */
    atomic_int providers, keys, secrets, buffers; /* that live */
    /* Under the lock. NULL: the UI policy that was set. */
    const void *policy;
    DWORD policy_len;
    pthread_mutex_t lock;
    struct fake_call last;        /* under the lock */
    VITRINE_NCRYPT_PROMPT prompt; /* under the lock */
};

/* Of the library; besides its published export. */
typedef struct fake_ksp *fake_ksp_fn(void);

/* SignHash asks whoever was set: the hash is one byte, the kind of the question; the signature is a
 * struct fake_answer. */
struct fake_answer {
    int result;
    char secret[16];
};

#endif
