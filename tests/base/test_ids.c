/* SPDX-License-Identifier: MIT */
#include "base/ids.h"

#include <criterion/criterion.h>

static uint64_t add(struct vit_ids *ids, void *value)
{
    uint64_t id = 0;
    cr_assert_eq(vit_ids_add(ids, value, &id), VIT_OK);
    return id;
}

Test(ids, finds_what_was_added)
{
    struct vit_ids ids;
    int a;
    int b;
    vit_ids_init(&ids, 100);
    uint64_t of_a = add(&ids, &a);
    uint64_t of_b = add(&ids, &b);
    cr_assert_eq(vit_ids_get(&ids, of_a), &a);
    cr_assert_eq(vit_ids_get(&ids, of_b), &b);
    cr_assert_neq(of_a, of_b);
    cr_assert_eq(ids.count, 2);
    vit_ids_finish(&ids);
}

Test(ids, zero_and_all_ones_are_never_ids)
{
    struct vit_ids ids;
    int value;
    vit_ids_init(&ids, 100);
    cr_assert_null(vit_ids_get(&ids, 0));
    for (int i = 0; i < 100; i++) {
        cr_assert_neq(add(&ids, &value), 0);
    }
    cr_assert_null(vit_ids_get(&ids, 0));
    cr_assert_null(vit_ids_get(&ids, UINT32_MAX));
    cr_assert_null(vit_ids_get(&ids, UINT64_MAX));
    vit_ids_finish(&ids);
}

Test(ids, removed_id_is_stale_though_its_slot_is_used_again)
{
    struct vit_ids ids;
    int first;
    int second;
    vit_ids_init(&ids, 1);
    uint64_t old = add(&ids, &first);
    cr_assert_eq(vit_ids_remove(&ids, old), &first);
    cr_assert_null(vit_ids_get(&ids, old));
    uint64_t fresh = add(&ids, &second);
    cr_assert_eq((uint32_t)fresh, (uint32_t)old, "the same slot");
    cr_assert_neq(fresh, old);
    cr_assert_null(vit_ids_get(&ids, old));
    cr_assert_null(vit_ids_remove(&ids, old));
    cr_assert_eq(vit_ids_get(&ids, fresh), &second);
    vit_ids_finish(&ids);
}

Test(ids, every_generation_differs_from_all_before)
{
    struct vit_ids ids;
    int value;
    vit_ids_init(&ids, 1);
    uint64_t last = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t id = add(&ids, &value);
        cr_assert_gt(id, last);
        last = id;
        cr_assert_eq(vit_ids_remove(&ids, id), &value);
    }
    vit_ids_finish(&ids);
}

Test(ids, id_with_another_generation_of_a_live_slot_is_refused)
{
    struct vit_ids ids;
    int value;
    vit_ids_init(&ids, 4);
    uint64_t id = add(&ids, &value);
    cr_assert_null(vit_ids_get(&ids, id + ((uint64_t)1 << 32)));
    cr_assert_null(vit_ids_get(&ids, (uint32_t)id));
    cr_assert_null(vit_ids_remove(&ids, id + ((uint64_t)1 << 32)));
    cr_assert_eq(vit_ids_get(&ids, id), &value);
    vit_ids_finish(&ids);
}

Test(ids, limit_is_kept_and_freed_by_removal)
{
    struct vit_ids ids;
    int value;
    uint64_t id = 7;
    vit_ids_init(&ids, 20);
    uint64_t first = add(&ids, &value);
    for (int i = 1; i < 20; i++) {
        (void)add(&ids, &value);
    }
    cr_assert_eq(vit_ids_add(&ids, &value, &id), VIT_E_LIMIT);
    cr_assert_eq(id, 7, "untouched on failure");
    cr_assert_not_null(vit_ids_remove(&ids, first));
    cr_assert_eq(vit_ids_add(&ids, &value, &id), VIT_OK);
    vit_ids_finish(&ids);
}

Test(ids, nothing_cannot_be_added)
{
    struct vit_ids ids;
    uint64_t id = 7;
    vit_ids_init(&ids, 20);
    cr_assert_eq(vit_ids_add(&ids, NULL, &id), VIT_E_ARG);
    cr_assert_eq(id, 7);
    vit_ids_finish(&ids);
}

Test(ids, walk_visits_what_lives_once)
{
    struct vit_ids ids;
    int values[50];
    uint64_t given[50];
    vit_ids_init(&ids, 50);
    for (int i = 0; i < 50; i++) {
        given[i] = add(&ids, &values[i]);
    }
    for (int i = 0; i < 50; i += 3) {
        cr_assert_eq(vit_ids_remove(&ids, given[i]), &values[i]);
    }
    uint32_t cursor = 0;
    uint64_t id;
    unsigned seen = 0;
    for (int *value; (value = vit_ids_next(&ids, &cursor, &id)) != NULL; seen++) {
        cr_assert_neq((value - values) % 3, 0);
        cr_assert_eq(id, given[value - values]);
    }
    cr_assert_eq(seen, ids.count);
    vit_ids_finish(&ids);
}

Test(ids, finished_table_can_be_used_again)
{
    struct vit_ids ids;
    int value;
    vit_ids_init(&ids, 2);
    (void)add(&ids, &value);
    vit_ids_finish(&ids);
    cr_assert_eq(ids.count, 0);
    (void)add(&ids, &value);
    (void)add(&ids, &value);
    uint64_t id;
    cr_assert_eq(vit_ids_add(&ids, &value, &id), VIT_E_LIMIT);
    vit_ids_finish(&ids);
}
