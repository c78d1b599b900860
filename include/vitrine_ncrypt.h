/* SPDX-License-Identifier: MIT */
/**
 * What key storage here has besides ncrypt.h: who is asked when a key's policy, a store or a token
 * needs a person. Without a callback it is the terminal of the process; without a terminal nobody.
 */
#ifndef VITRINE_NCRYPT_H
#define VITRINE_NCRYPT_H

#include <stddef.h>

#include "ncrypt.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VITRINE_NCRYPT_QUESTION_KIND {
    VITRINE_NCRYPT_CONFIRM = 1,        /* may this key be used (or made)? */
    VITRINE_NCRYPT_PASSPHRASE = 2,     /* of a key, or of the store when KeyName is NULL */
    VITRINE_NCRYPT_NEW_PASSPHRASE = 3, /* the same, to be chosen */
    VITRINE_NCRYPT_PIN = 4,            /* of a token */
} VITRINE_NCRYPT_QUESTION_KIND;

typedef struct VITRINE_NCRYPT_QUESTION {
    VITRINE_NCRYPT_QUESTION_KIND Kind;
    LPCWSTR Operation; /* "sign", "decrypt", "agree", "export", "create", "open" */
    LPCWSTR Provider;  /* its name, or the token's label */
    LPCWSTR KeyName;   /* NULL: ephemeral, or not about a key */
    LPCWSTR Title;     /* of the key's UI policy, NULL without, as the next two */
    LPCWSTR FriendlyName;
    LPCWSTR Description;
} VITRINE_NCRYPT_QUESTION;

/**
 * Called on the thread of the call that needs it, several at a time if several threads call; may call
 * nothing of ncrypt.h.
 *
 * Secret: room for SecretCapacity bytes of an answer in UTF-8 without NUL; NULL with
 * VITRINE_NCRYPT_CONFIRM.
 * Returns the answer's length (for a confirmation: 1), -1: the person says no, or -2: there is nobody
 * to ask.
 */
typedef int VITRINE_NCRYPT_PROMPT_FN(void *Context, const VITRINE_NCRYPT_QUESTION *Question,
        char *Secret, size_t SecretCapacity);

typedef struct VITRINE_NCRYPT_PROMPT {
    VITRINE_NCRYPT_PROMPT_FN *Ask;
    void *Context;
} VITRINE_NCRYPT_PROMPT;

/* Of a provider handle, NCryptSetProperty only: a VITRINE_NCRYPT_PROMPT. Context must outlive the
 * provider handle and every key that was opened with it. Ask NULL: nobody is to be asked. */
#define VITRINE_PROMPT_PROPERTY u"Vitrine Prompt"

/* Of a provider handle of MS_KEY_STORAGE_PROVIDER: how a store is protected that is made for a first key,
 * one of the two texts below with its NUL. After "passphrase" no key is kept in a store that has a key file
 * (NTE_PERM). Told: how the user's store is protected, or would be. */
#define VITRINE_STORE_PROTECTION_PROPERTY u"Vitrine Store Protection"
#define VITRINE_STORE_PROTECTION_KEY_FILE u"keyfile"
#define VITRINE_STORE_PROTECTION_PASSPHRASE u"passphrase"

#ifdef __cplusplus
}
#endif

#endif
