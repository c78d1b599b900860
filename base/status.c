/* SPDX-License-Identifier: MIT */
#include "base/status.h"

static const char *const names[VIT_STATUS_COUNT] = {
    [VIT_OK] = "ok",
    [VIT_E_ARG] = "argument",
    [VIT_E_STATE] = "state",
    [VIT_E_NOMEM] = "memory",
    [VIT_E_LIMIT] = "limit",
    [VIT_E_UNSUPPORTED] = "unsupported",
    [VIT_E_REFUSED] = "refused",
    [VIT_E_DENIED] = "denied",
    [VIT_E_BUSY] = "busy",
    [VIT_E_TIMEOUT] = "timeout",
    [VIT_E_GONE] = "gone",
    [VIT_E_PROTOCOL] = "protocol",
    [VIT_E_IO] = "io",
};

const char *vit_status_name(enum vit_status status)
{
    return (unsigned)status < VIT_STATUS_COUNT ? names[status] : "unknown";
}
