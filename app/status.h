/* SPDX-License-Identifier: MIT */
/* The one place where our results become those of the public header. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "base/status.h"
#include "vitrine.h"

_Static_assert((int)VITRINE_OK == (int)VIT_OK, "same values");
_Static_assert((int)VITRINE_E_ARG == (int)VIT_E_ARG, "same values");
_Static_assert((int)VITRINE_E_STATE == (int)VIT_E_STATE, "same values");
_Static_assert((int)VITRINE_E_NOMEM == (int)VIT_E_NOMEM, "same values");
_Static_assert((int)VITRINE_E_LIMIT == (int)VIT_E_LIMIT, "same values");
_Static_assert((int)VITRINE_E_UNSUPPORTED == (int)VIT_E_UNSUPPORTED, "same values");
_Static_assert((int)VITRINE_E_REFUSED == (int)VIT_E_REFUSED, "same values");
_Static_assert((int)VITRINE_E_DENIED == (int)VIT_E_DENIED, "same values");
_Static_assert((int)VITRINE_E_BUSY == (int)VIT_E_BUSY, "same values");
_Static_assert((int)VITRINE_E_TIMEOUT == (int)VIT_E_TIMEOUT, "same values");
_Static_assert((int)VITRINE_E_GONE == (int)VIT_E_GONE, "same values");
_Static_assert((int)VITRINE_E_PROTOCOL == (int)VIT_E_PROTOCOL, "same values");
_Static_assert((int)VITRINE_E_IO == (int)VIT_E_IO, "same values");
_Static_assert((int)VITRINE_E_IO + 1 == (int)VIT_STATUS_COUNT, "none is missing");

static inline enum vitrine_status vitrine_status_of(enum vit_status status)
{
    return (enum vitrine_status)status;
}

#endif
