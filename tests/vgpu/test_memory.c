/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "vgpu/memory.h"

enum { LEN = 4096 };

static uint8_t low[LEN], high[LEN];

static const struct vgpu_region regions[] = {
    { 0x1000, 0x7f0000001000, LEN, low },
    { 0x100000000, 0x7f0100000000, LEN, high },
};

static struct vgpu_memory table_of_two(void)
{
    struct vgpu_memory memory = { .count = 0 };
    cr_assert_eq(vgpu_memory_set(&memory, regions, 2), VIT_OK);
    return memory;
}

Test(memory, finds_guest_addresses_in_each_region)
{
    struct vgpu_memory memory = table_of_two();
    cr_assert_eq(vgpu_memory_guest(&memory, 0x1000, LEN), low);
    cr_assert_eq(vgpu_memory_guest(&memory, 0x1fff, 1), low + LEN - 1);
    cr_assert_eq(vgpu_memory_guest(&memory, 0x100000010, 16), high + 16);
}

Test(memory, finds_user_addresses_in_each_region)
{
    struct vgpu_memory memory = table_of_two();
    cr_assert_eq(vgpu_memory_user(&memory, 0x7f0000001000, LEN), low);
    cr_assert_eq(vgpu_memory_user(&memory, 0x7f0100000000, 1), high);
    cr_assert_null(vgpu_memory_user(&memory, 0x1000, 1));
    cr_assert_null(vgpu_memory_guest(&memory, 0x7f0000001000, 1));
}

Test(memory, finds_nothing_outside_or_across_an_end)
{
    struct vgpu_memory memory = table_of_two();
    cr_assert_null(vgpu_memory_guest(&memory, 0xfff, 1));
    cr_assert_null(vgpu_memory_guest(&memory, 0xfff, 2));
    cr_assert_null(vgpu_memory_guest(&memory, 0x1fff, 2));
    cr_assert_null(vgpu_memory_guest(&memory, 0x2000, 1));
    cr_assert_null(vgpu_memory_guest(&memory, 0x1000, LEN + 1));
    cr_assert_null(vgpu_memory_guest(&memory, 0x1001, UINT64_MAX));
    cr_assert_null(vgpu_memory_guest(&memory, UINT64_MAX, 1));
    cr_assert_null(vgpu_memory_guest(&memory, UINT64_MAX, UINT64_MAX));
    cr_assert_null(vgpu_memory_user(&memory, 0x7f0100000fff, 2));
}

Test(memory, finds_no_empty_run)
{
    struct vgpu_memory memory = table_of_two();
    cr_assert_null(vgpu_memory_guest(&memory, 0x1000, 0));
    cr_assert_null(vgpu_memory_user(&memory, 0x7f0000001000, 0));
}

Test(memory, can_be_emptied)
{
    struct vgpu_memory memory = table_of_two();
    cr_assert_eq(vgpu_memory_set(&memory, NULL, 0), VIT_OK);
    cr_assert_null(vgpu_memory_guest(&memory, 0x1000, 1));
}

static void refuses(struct vgpu_region wrong)
{
    struct vgpu_memory memory = table_of_two();
    struct vgpu_region table[2] = { regions[0], wrong };
    cr_assert_eq(vgpu_memory_set(&memory, table, 2), VIT_E_ARG);
    cr_assert_eq(memory.count, 2, "the table is unchanged");
    cr_assert_eq(vgpu_memory_guest(&memory, 0x100000000, 1), high);
}

Test(memory, refuses_regions_that_overlap)
{
    refuses((struct vgpu_region){ 0x1fff, 0x7f0100000000, LEN, high });
    refuses((struct vgpu_region){ 0x1, 0x7f0100000000, LEN, high });
    refuses((struct vgpu_region){ 0x100000000, 0x7f0000001fff, LEN, high });
}

Test(memory, refuses_regions_that_overflow)
{
    refuses((struct vgpu_region){ UINT64_MAX - 1, 0x7f0100000000, LEN, high });
    refuses((struct vgpu_region){ 0x100000000, UINT64_MAX - 1, LEN, high });
    refuses((struct vgpu_region){ 0x100000000, 0x7f0100000000, UINT64_MAX - 0x100000000, high });
}

Test(memory, refuses_regions_without_mapping_or_size)
{
    refuses((struct vgpu_region){ 0x100000000, 0x7f0100000000, LEN, NULL });
    refuses((struct vgpu_region){ 0x100000000, 0x7f0100000000, 0, high });
}

Test(memory, refuses_too_many_regions)
{
    struct vgpu_region many[VGPU_MAX_REGIONS + 1];
    for (unsigned i = 0; i <= VGPU_MAX_REGIONS; i++) {
        many[i] = (struct vgpu_region){ i * UINT64_C(16), i * UINT64_C(16), 16, low };
    }
    struct vgpu_memory memory = table_of_two();
    cr_assert_eq(vgpu_memory_set(&memory, many, VGPU_MAX_REGIONS + 1), VIT_E_ARG);
    cr_assert_eq(vgpu_memory_set(&memory, many, VGPU_MAX_REGIONS), VIT_OK);
}
