/* SPDX-License-Identifier: MIT */
#include "cng/handle.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <sys/wait.h>

#include "base/irql.h"

struct thing {
    struct vit_object base;
    int *destroyed;
};

static void destroy(struct vit_object *object)
{
    struct thing *thing = (struct thing *)object;
    (*thing->destroyed)++;
    free(thing);
}

static const struct vit_object_kind apple = { "apple", 0x51, destroy };
static const struct vit_object_kind pear = { "pear", 0x52, destroy };

static void *add(const struct vit_object_kind *kind, bool at_dispatch, int *destroyed)
{
    struct thing *thing = calloc(1, sizeof(*thing));
    void *handle = NULL;
    vit_object_init(&thing->base, kind, at_dispatch);
    thing->destroyed = destroyed;
    cr_assert_eq(vit_handle_add(&thing->base, &handle), VIT_OK);
    cr_assert_not_null(handle);
    return handle;
}

static void remove_handle(void *handle, const struct vit_object_kind *kind)
{
    struct vit_object *object = vit_handle_take(handle, kind);
    cr_assert_not_null(object);
    vit_object_unref(object);
}

Test(handle, finds_what_it_names)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    struct vit_object *object = vit_handle_get(handle, &apple);
    cr_assert_not_null(object);
    cr_assert_eq(object->kind, &apple);
    cr_assert_eq(vit_handle_get_any(handle), object);
    vit_object_unref(object);
    vit_object_unref(object);
    remove_handle(handle, &apple);
    cr_assert_eq(destroyed, 1);
}

Test(handle, is_no_address)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    struct vit_object *object = vit_handle_get(handle, &apple);
    cr_assert_neq((uintptr_t)handle, (uintptr_t)object);
    cr_assert_gt((uintptr_t)handle, UINT32_MAX);
    vit_object_unref(object);
    remove_handle(handle, &apple);
}

Test(handle, of_another_kind_is_none)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    cr_assert_null(vit_handle_get(handle, &pear));
    cr_assert_null(vit_handle_take(handle, &pear));
    cr_assert_eq(destroyed, 0);
    remove_handle(handle, &apple);
}

Test(handle, with_the_kind_changed_is_none)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    uintptr_t forged = (uintptr_t)handle ^ (uintptr_t)(0x51 ^ 0x52) << 24;
    cr_assert_null(vit_handle_get_any((void *)forged));
    cr_assert_null(vit_handle_get((void *)forged, &pear));
    remove_handle(handle, &apple);
}

Test(handle, that_was_destroyed_is_none_ever_after)
{
    int destroyed = 0;
    void *old = add(&apple, false, &destroyed);
    remove_handle(old, &apple);
    for (int i = 0; i < 1000; i++) {
        void *next = add(&apple, false, &destroyed);
        cr_assert_neq(next, old);
        cr_assert_null(vit_handle_get(old, &apple));
        remove_handle(next, &apple);
    }
    cr_assert_null(vit_handle_take(old, &apple));
}

Test(handle, that_never_was_is_none)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    cr_assert_null(vit_handle_get_any(NULL));
    cr_assert_null(vit_handle_get_any((void *)UINTPTR_MAX));
    cr_assert_null(vit_handle_get_any(&destroyed));
    for (unsigned bit = 0; bit < 64; bit++) {
        uintptr_t other = (uintptr_t)handle ^ (uintptr_t)1 << bit;
        cr_assert_null(vit_handle_get_any((void *)other), "bit %u", bit);
    }
    remove_handle(handle, &apple);
}

Test(handle, keeps_an_object_alive_that_somebody_uses)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    struct vit_object *used = vit_handle_get(handle, &apple);
    remove_handle(handle, &apple);
    cr_assert_null(vit_handle_get(handle, &apple));
    cr_assert_eq(destroyed, 0);
    vit_object_unref(used);
    cr_assert_eq(destroyed, 1);
}

Test(handle, at_dispatch_level_is_one_only_when_made_for_it)
{
    int destroyed = 0;
    void *passive = add(&apple, false, &destroyed);
    void *both = add(&apple, true, &destroyed);
    cr_assert_eq(vit_irql_set(VIT_IRQL_DISPATCH), VIT_IRQL_PASSIVE);
    cr_assert_null(vit_handle_get(passive, &apple));
    cr_assert_null(vit_handle_take(passive, &apple));
    struct vit_object *object = vit_handle_get(both, &apple);
    cr_assert_not_null(object);
    vit_object_unref(object);
    cr_assert_eq(vit_irql_set(VIT_IRQL_PASSIVE), VIT_IRQL_DISPATCH);
    remove_handle(passive, &apple);
    remove_handle(both, &apple);
}

Test(handle, of_a_parent_is_none_in_its_child)
{
    int destroyed = 0;
    void *handle = add(&apple, false, &destroyed);
    pid_t child = fork();
    cr_assert_neq(child, -1);
    if (child == 0) {
        bool gone = vit_handle_get(handle, &apple) == NULL;
        bool usable = add(&apple, false, &destroyed) != NULL;
        _exit(gone && usable ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    remove_handle(handle, &apple);
}

Test(irql, memory_may_be_touched_when_locked_or_at_passive)
{
    uint8_t memory[16] = { 0 };
    cr_assert(vit_irql_may_touch(memory, sizeof(memory)));
    cr_assert(vit_irql_lock(memory, 8));
    vit_irql_set(VIT_IRQL_DISPATCH);
    cr_assert(vit_irql_may_touch(memory, 8));
    cr_assert(vit_irql_may_touch(memory + 3, 5));
    cr_assert(vit_irql_may_touch(memory + 12, 0));
    cr_assert_not(vit_irql_may_touch(memory, 9));
    cr_assert_not(vit_irql_may_touch(memory + 3, 6));
    cr_assert_not(vit_irql_may_touch(memory + 8, 1));
    cr_assert_not(vit_irql_may_touch(memory, SIZE_MAX));
    cr_assert_not(vit_irql_unlock(memory, 7));
    cr_assert(vit_irql_unlock(memory, 8));
    cr_assert_not(vit_irql_unlock(memory, 8));
    cr_assert_not(vit_irql_may_touch(memory, 8));
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert_eq(vit_irql_current(), VIT_IRQL_PASSIVE);
}
