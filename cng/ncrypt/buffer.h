/* SPDX-License-Identifier: MIT */
/**
 * Memory that applications are to give back with NCryptFreeBuffer: the router's own, and that of
 * providers. Every live piece is listed, so that a pointer that is none of them is found out without
 * touching what it points to. A child process (fork) starts with an empty list.
 */
#ifndef CNG_NCRYPT_BUFFER_H
#define CNG_NCRYPT_BUFFER_H

#include "cng/ncrypt/object.h"

struct vit_ncrypt_buffer;

enum vit_ncrypt_buffer_kind { VIT_NCRYPT_BUFFER_ITEM, VIT_NCRYPT_BUFFER_CURSOR };

/* Of a provider, which stays open until then; NULL: memory from malloc(). NULL: out of memory. */
struct vit_ncrypt_buffer *vit_ncrypt_buffer_create(struct vit_ncrypt_provider *provider,
        enum vit_ncrypt_buffer_kind kind);
/* Not the memory. */
void vit_ncrypt_buffer_destroy(struct vit_ncrypt_buffer *buffer);
VIT_DEFINE_AUTO(ncrypt_buffer, struct vit_ncrypt_buffer *, vit_ncrypt_buffer_destroy)

/* From now on the memory is an application's; the buffer belongs to the list. */
void vit_ncrypt_buffer_list(struct vit_ncrypt_buffer *buffer, void *memory);
/* A provider's cursor is nobody else's while a call uses it. NULL: it is none that is live. */
struct vit_ncrypt_buffer *vit_ncrypt_buffer_claim(const struct vit_ncrypt_provider *provider,
        const void *cursor);

#endif
