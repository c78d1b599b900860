/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/status.h"

bool vit_token_is_gone(ck_rv_t rv)
{
    switch (rv) {
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
        return true;
    default:
        return false;
    }
}

bool vit_token_is_lost(ck_rv_t rv)
{
    return rv == CKR_USER_NOT_LOGGED_IN || vit_token_is_gone(rv);
}

bool vit_token_is_stale(ck_rv_t rv)
{
    return rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID;
}

bool vit_token_is_unable(ck_rv_t rv)
{
    switch (rv) {
    case CKR_ARGUMENTS_BAD:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
        return true;
    default:
        return false;
    }
}

static SECURITY_STATUS of_pin(ck_rv_t rv)
{
    switch (rv) {
    case CKR_PIN_EXPIRED:
        return NTE_PASSWORD_CHANGE_REQUIRED;
    case CKR_PIN_LOCKED:
        return NTE_PERM;
    default:
        return NTE_INCORRECT_PASSWORD;
    }
}

static SECURITY_STATUS of_key(ck_rv_t rv)
{
    switch (rv) {
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_ACTION_PROHIBITED:
    case CKR_ATTRIBUTE_READ_ONLY:
    case CKR_TOKEN_WRITE_PROTECTED:
    case CKR_SESSION_READ_ONLY:
        return NTE_PERM;
    case CKR_KEY_TYPE_INCONSISTENT:
        return NTE_BAD_ALGID;
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID:
        return NTE_NO_KEY;
    default:
        return NTE_FAIL;
    }
}

SECURITY_STATUS vit_token_status_of(ck_rv_t rv)
{
    switch (rv) {
    case CKR_OK:
        return ERROR_SUCCESS;
    case CKR_HOST_MEMORY:
    case CKR_DEVICE_MEMORY:
        return NTE_NO_MEMORY;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_LOCKED:
        return of_pin(rv);
    case CKR_CANCEL:
    case CKR_FUNCTION_CANCELED:
    case CKR_FUNCTION_REJECTED:
        return NTE_USER_CANCELLED;
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_DEVICE_ERROR:
    case CKR_SESSION_COUNT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_USER_PIN_NOT_INITIALIZED:
        return NTE_DEVICE_NOT_READY;
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_CURVE_NOT_SUPPORTED:
    case CKR_KEY_SIZE_RANGE:
    case CKR_DOMAIN_PARAMS_INVALID:
    case CKR_TEMPLATE_INCONSISTENT:
    case CKR_TEMPLATE_INCOMPLETE:
    case CKR_ATTRIBUTE_TYPE_INVALID:
    case CKR_ATTRIBUTE_VALUE_INVALID:
        return NTE_NOT_SUPPORTED;
    default:
        return of_key(rv);
    }
}
