/* SPDX-License-Identifier: MIT */
/**
 * Which token a provider means: the one whose slot or label SmartCardReader names, else the one that
 * VITRINE_TOKEN describes (a PKCS#11 URI), else the only one there is.
 */
#ifndef CNG_KSP_TOKEN_SLOT_H
#define CNG_KSP_TOKEN_SLOT_H

#include "cng/ksp/token/library.h"
#include "ncrypt.h"

/* No room for terminators: both are padded with spaces on the token. */
enum { VIT_TOKEN_LABEL_LEN = 32 };

struct vit_token_slot {
    struct ck_function_list *module;
    ck_slot_id_t id;
    ck_flags_t flags; /* the token's */
    uint8_t label[VIT_TOKEN_LABEL_LEN];
    size_t label_len;
};

/**
 * @param reader  UTF-8; NULL: not named by the application
 * @param uri     NULL: not named by the environment either
 * @return NTE_DEVICE_NOT_FOUND  no such one, or several
 *         NTE_DEVICE_NOT_READY  its reader is empty, or it was never set up
 *         NTE_INVALID_PARAMETER  uri is none
 */
SECURITY_STATUS vit_token_slot_choose(const struct vit_token_library *library, const char *reader,
        const char *uri, struct vit_token_slot *slot);

#endif
