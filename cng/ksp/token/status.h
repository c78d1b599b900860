/* SPDX-License-Identifier: MIT */
#ifndef CNG_KSP_TOKEN_STATUS_H
#define CNG_KSP_TOKEN_STATUS_H

#include <stdbool.h>

#include "cng/ksp/token/pkcs11.h"
#include "ncrypt.h"

/* The one translation of what tokens say. */
SECURITY_STATUS vit_token_status_of(ck_rv_t rv);

/* The sessions are none any more: the token was taken out, or somebody else has ended them. */
bool vit_token_is_gone(ck_rv_t rv);
/* Neither that nor a connection on which nobody is logged in any more is of use. */
bool vit_token_is_lost(ck_rv_t rv);
/* The object's handle is none any more. */
bool vit_token_is_stale(ck_rv_t rv);
/* The token does not do this mechanism, or not with these parameters. */
bool vit_token_is_unable(ck_rv_t rv);

#endif
