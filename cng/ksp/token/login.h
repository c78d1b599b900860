/* SPDX-License-Identifier: MIT */
/**
 * PINs. A token counts the wrong ones and locks itself, so each is tried once: one that was set by
 * SmartCardPin is forgotten when it is wrong, that of the environment (VITRINE_TOKEN's pin-value or
 * pin-source) is not tried again by this provider handle, and a person is asked once for each call.
 */
#ifndef CNG_KSP_TOKEN_LOGIN_H
#define CNG_KSP_TOKEN_LOGIN_H

#include "cng/ksp/token/store.h"

/* Unless the person is, or nobody needs to be. @return NTE_SILENT_CONTEXT no PIN, and nobody may be asked */
SECURITY_STATUS vit_token_login(struct vit_token_session *session,
        const struct vit_token_call *call);

/* The PIN once more, for a key that wants it at every use; the operation has begun already. */
SECURITY_STATUS vit_token_authenticate(struct vit_token_session *session,
        const struct vit_token_call *call);

#endif
