/* SPDX-License-Identifier: MIT */
#include "cng/handle.h"

#include <pthread.h>
#include <stdint.h>

#include "base/ids.h"
#include "base/irql.h"

/* An id of base/ids.h is 32 bits of generation, never 0, and 32 bits of slot, of which the limit
 * leaves the upper 8 free: the tag of the kind goes there. So no handle is below 2^32, where the
 * published pseudo-handles are. */
enum { TAG_SHIFT = 24, HANDLE_LIMIT = 1 << TAG_SHIFT };
#define TAG_MASK ((uint64_t)0xff << TAG_SHIFT)

static struct {
    pthread_once_t once;
    pthread_mutex_t lock;
    struct vit_ids ids;
} table = { .once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER };

static void hold_table(void)
{
    pthread_mutex_lock(&table.lock);
}

static void unlock_table(void)
{
    pthread_mutex_unlock(&table.lock);
}

/* What the parent's handles named stays unfreed here: it may lie in pages that the child lacks. */
static void empty_table(void)
{
    vit_ids_finish(&table.ids);
    unlock_table();
}

static void init_table(void)
{
    vit_ids_init(&table.ids, HANDLE_LIMIT);
    (void)pthread_atfork(hold_table, unlock_table, empty_table);
}

/* What is no handle is looked up too, before there is any. */
static void lock_table(void)
{
    pthread_once(&table.once, init_table);
    hold_table();
}

void vit_object_init(struct vit_object *object, const struct vit_object_kind *kind,
        bool at_dispatch)
{
    object->kind = kind;
    object->at_dispatch = at_dispatch;
    atomic_init(&object->references, 1);
}

void vit_object_ref(struct vit_object *object)
{
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
}

void vit_object_unref(struct vit_object *object)
{
    if (object != NULL &&
            atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1) {
        object->kind->destroy(object);
    }
}

enum vit_status vit_handle_add(struct vit_object *object, void **handle)
{
    uint64_t id = 0;
    lock_table();
    enum vit_status status = vit_ids_add(&table.ids, object, &id);
    unlock_table();
    VIT_TRY(status);
    *handle = (void *)(uintptr_t)(id | (uint64_t)object->kind->tag << TAG_SHIFT);
    return VIT_OK;
}

/* With the table locked. */
static struct vit_object *find(const void *handle, uint64_t *id)
{
    uint64_t value = (uintptr_t)handle;
    *id = value & ~TAG_MASK;
    struct vit_object *object = vit_ids_get(&table.ids, *id);
    if (object == NULL || object->kind->tag != (value & TAG_MASK) >> TAG_SHIFT) {
        return NULL;
    }
    bool allowed = object->at_dispatch || vit_irql_current() < VIT_IRQL_DISPATCH;
    return allowed ? object : NULL;
}

struct vit_object *vit_handle_get_any(const void *handle)
{
    uint64_t id;
    lock_table();
    struct vit_object *object = find(handle, &id);
    if (object != NULL) {
        vit_object_ref(object);
    }
    unlock_table();
    return object;
}

struct vit_object *vit_handle_get(const void *handle, const struct vit_object_kind *kind)
{
    uint64_t id;
    lock_table();
    struct vit_object *object = find(handle, &id);
    if (object != NULL && object->kind != kind) {
        object = NULL;
    }
    if (object != NULL) {
        vit_object_ref(object);
    }
    unlock_table();
    return object;
}

struct vit_object *vit_handle_take(const void *handle, const struct vit_object_kind *kind)
{
    uint64_t id;
    lock_table();
    struct vit_object *object = find(handle, &id);
    if (object != NULL && object->kind == kind) {
        (void)vit_ids_remove(&table.ids, id);
    } else {
        object = NULL;
    }
    unlock_table();
    return object;
}
