/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/object.h"

#include <stdlib.h>
#include <string.h>

/* More than any number of a key takes. */
enum { MAX_VALUE_LEN = 65536 };

struct ck_attribute vit_token_flag(ck_attribute_type_t type, bool value)
{
    static const unsigned char values[] = { 0, 1 };
    return vit_token_bytes(type, &values[value], 1);
}

struct ck_attribute vit_token_number(ck_attribute_type_t type, const unsigned long *value)
{
    return vit_token_bytes(type, value, sizeof(*value));
}

struct ck_attribute vit_token_bytes(ck_attribute_type_t type, const void *bytes, size_t len)
{
    return (struct ck_attribute){ type, (void *)bytes, len };
}

SECURITY_STATUS vit_token_find(struct vit_token_session *session, const struct ck_attribute *wanted,
        size_t wanted_count, ck_object_handle_t *found, size_t capacity, size_t *count)
{
    struct ck_function_list *module = session->module;
    *count = 0;
    ck_rv_t rv =
            module->C_FindObjectsInit(session->handle, (struct ck_attribute *)wanted, wanted_count);
    if (rv != CKR_OK) {
        return vit_token_result(session, rv);
    }
    unsigned long got = 1;
    while (rv == CKR_OK && got > 0 && *count < capacity) {
        got = 0;
        rv = module->C_FindObjects(session->handle, found + *count, capacity - *count, &got);
        if (got > capacity - *count) {
            rv = rv == CKR_OK ? CKR_GENERAL_ERROR : rv; /* more than there was room for */
            got = 0;
        }
        *count += rv == CKR_OK ? got : 0;
    }
    ck_rv_t ended = module->C_FindObjectsFinal(session->handle);
    return vit_token_result(session, rv != CKR_OK ? rv : ended);
}

static bool is_missing(ck_rv_t rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE;
}

SECURITY_STATUS vit_token_read(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t type, struct vit_token_value *value)
{
    struct ck_function_list *module = session->module;
    struct ck_attribute attribute = { type, NULL, 0 };
    ck_rv_t rv = module->C_GetAttributeValue(session->handle, object, &attribute, 1);
    if (is_missing(rv) || (rv == CKR_OK && attribute.value_len > MAX_VALUE_LEN)) {
        return NTE_NOT_FOUND;
    }
    if (rv != CKR_OK) {
        return vit_token_result(session, rv);
    }
    VIT_AUTO(token_value) made = { calloc(1, attribute.value_len + 1), attribute.value_len };
    if (made.bytes == NULL) {
        return NTE_NO_MEMORY;
    }
    attribute.value = made.bytes;
    rv = made.len == 0 ? CKR_OK
                       : module->C_GetAttributeValue(session->handle, object, &attribute, 1);
    if (rv != CKR_OK || attribute.value_len > made.len) {
        return rv != CKR_OK ? vit_token_result(session, rv) : NTE_FAIL;
    }
    made.bytes[attribute.value_len] = 0;
    *value = (struct vit_token_value){ made.bytes, attribute.value_len };
    made.bytes = NULL; /* ownership moved to *value */
    return ERROR_SUCCESS;
}

bool vit_token_read_flag(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t type)
{
    unsigned char value = 0;
    struct ck_attribute attribute = { type, &value, sizeof(value) };
    return session->module->C_GetAttributeValue(session->handle, object, &attribute, 1) == CKR_OK &&
            attribute.value_len == sizeof(value) && value != 0;
}

unsigned long vit_token_read_number(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t type)
{
    unsigned long value = CK_UNAVAILABLE_INFORMATION;
    struct ck_attribute attribute = { type, &value, sizeof(value) };
    ck_rv_t rv = session->module->C_GetAttributeValue(session->handle, object, &attribute, 1);
    return rv == CKR_OK && attribute.value_len == sizeof(value) ? value
                                                                : CK_UNAVAILABLE_INFORMATION;
}
