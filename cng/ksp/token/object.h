/* SPDX-License-Identifier: MIT */
/* Objects on a token: finding them, and reading what may be read of them. */
#ifndef CNG_KSP_TOKEN_OBJECT_H
#define CNG_KSP_TOKEN_OBJECT_H

#include "cng/ksp/token/store.h"

/* More objects of one kind than any token of sense has. */
enum { VIT_TOKEN_MAX_OBJECTS = 4096 };

/* Of a template: constants of the type that an attribute has. */
struct ck_attribute vit_token_flag(ck_attribute_type_t type, bool value);
struct ck_attribute vit_token_number(ck_attribute_type_t type, const unsigned long *value);
struct ck_attribute vit_token_bytes(ck_attribute_type_t type, const void *bytes, size_t len);

/* Up to capacity of the objects that a template describes. */
SECURITY_STATUS vit_token_find(struct vit_token_session *session, const struct ck_attribute *wanted,
        size_t wanted_count, ck_object_handle_t *found, size_t capacity, size_t *count);

struct vit_token_value {
    uint8_t *bytes;
    size_t len;
};

typedef struct vit_token_value vit_auto_type_token_value;

static inline void vit_auto_token_value(struct vit_token_value *value)
{
    free(value->bytes);
}

/* Of one attribute that is no secret. @return NTE_NOT_FOUND the object has none */
SECURITY_STATUS vit_token_read(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t type, struct vit_token_value *value);
/* false: it says no, or has none. */
bool vit_token_read_flag(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t type);
/* CK_UNAVAILABLE_INFORMATION: it has none. */
unsigned long vit_token_read_number(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t type);

#endif
