/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/buffer.h"

#include <stdlib.h>

#include "base/irql.h"

struct vit_ncrypt_buffer {
    struct vit_ncrypt_provider *provider; /* a user of it; NULL: none */
    enum vit_ncrypt_buffer_kind kind;
    void *memory;
    struct vit_ncrypt_buffer *next;
};

/* Newest first: what is freed soon is found soon. */
static struct {
    pthread_once_t once;
    pthread_mutex_t lock;
    struct vit_ncrypt_buffer *first;
} live = { .once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER };

static void hold_list(void)
{
    pthread_mutex_lock(&live.lock);
}

static void unlock_list(void)
{
    pthread_mutex_unlock(&live.lock);
}

/* The memory stays, as the handles' objects do (cng/handle.c). */
static void empty_list(void)
{
    live.first = NULL;
    unlock_list();
}

static void init_list(void)
{
    (void)pthread_atfork(hold_list, unlock_list, empty_list);
}

/* What is no buffer is looked for too, before there is any. */
static void lock_list(void)
{
    pthread_once(&live.once, init_list);
    hold_list();
}

struct vit_ncrypt_buffer *vit_ncrypt_buffer_create(struct vit_ncrypt_provider *provider,
        enum vit_ncrypt_buffer_kind kind)
{
    struct vit_ncrypt_buffer *buffer = calloc(1, sizeof(*buffer));
    if (buffer == NULL) {
        return NULL;
    }
    if (provider != NULL) {
        vit_ncrypt_provider_ref(provider);
    }
    buffer->provider = provider;
    buffer->kind = kind;
    return buffer;
}

void vit_ncrypt_buffer_destroy(struct vit_ncrypt_buffer *buffer)
{
    if (buffer != NULL && buffer->provider != NULL) {
        vit_ncrypt_provider_unref(buffer->provider);
    }
    free(buffer);
}

void vit_ncrypt_buffer_list(struct vit_ncrypt_buffer *buffer, void *memory)
{
    buffer->memory = memory;
    lock_list();
    buffer->next = live.first;
    live.first = buffer;
    unlock_list();
}

/* Is it the memory that is looked for? A cursor must be one of this provider. */
static bool fits(const struct vit_ncrypt_buffer *buffer, const void *memory,
        const struct vit_ncrypt_provider *cursor_of)
{
    return buffer->memory == memory &&
            (cursor_of == NULL ||
                    (buffer->kind == VIT_NCRYPT_BUFFER_CURSOR && buffer->provider == cursor_of));
}

static struct vit_ncrypt_buffer *take(const void *memory,
        const struct vit_ncrypt_provider *cursor_of)
{
    lock_list();
    struct vit_ncrypt_buffer **link = &live.first;
    while (*link != NULL && !fits(*link, memory, cursor_of)) {
        link = &(*link)->next;
    }
    struct vit_ncrypt_buffer *found = *link;
    if (found != NULL) {
        *link = found->next;
    }
    unlock_list();
    return found;
}

struct vit_ncrypt_buffer *vit_ncrypt_buffer_claim(const struct vit_ncrypt_provider *provider,
        const void *cursor)
{
    return take(cursor, provider);
}

SECURITY_STATUS WINAPI NCryptFreeBuffer(PVOID pvInput)
{
    if (vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return NTE_NOT_SUPPORTED;
    }
    VIT_AUTO(ncrypt_buffer) buffer = pvInput == NULL ? NULL : take(pvInput, NULL);
    if (buffer == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (buffer->provider != NULL) {
        return buffer->provider->table->FreeBuffer(pvInput);
    }
    free(pvInput);
    return ERROR_SUCCESS;
}
