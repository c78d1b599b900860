/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "kmd-stub/allocation.h"
#include "tests/kmd-stub/fake_link.h"

/* One allocation of a call, with its block. */
struct one {
    uint8_t bytes[VIT_ALLOCATION_BLOCK_LEN];
    D3DDDI_ALLOCATIONINFO info;
};

static void fill(struct one *one, enum vit_allocation_kind kind)
{
    bool picture = kind >= VIT_ALLOCATION_PRIMARY;
    struct vit_allocation_block block = { kind, picture ? 64 : 4096, picture ? 32 : 1,
        picture ? VIT_FORMAT_BGRX : VIT_FORMAT_BYTES, picture ? 64 * 32 * 4 : 4096 };
    *one = (struct one){ .info = { .PrivateDriverDataSize = VIT_ALLOCATION_BLOCK_LEN } };
    one->info.pPrivateDriverData = one->bytes;
    one->info.Flags.Primary = picture;
    vit_allocation_block_encode(&block, one->bytes);
}

static HRESULT allocate_one(struct rig *rig, struct one *one)
{
    D3DDDICB_ALLOCATE data = { .NumAllocations = 1, .pAllocationInfo = &one->info };
    return vit_kmd_allocate(rig->device, &data);
}

static HRESULT deallocate(HANDLE device, HANDLE resource, const D3DKMT_HANDLE *list, UINT count)
{
    D3DDDICB_DEALLOCATE data = { resource, count, list };
    return vit_kmd_deallocate(device, &data);
}

Test(allocation, each_kind_reaches_the_link_as_it_is)
{
    struct rig rig;
    rig_init(&rig);
    for (int kind = VIT_ALLOCATION_SHARED; kind <= VIT_ALLOCATION_PROTECTED_PRIMARY; kind++) {
        D3DKMT_HANDLE handle = rig_allocation(&rig, (enum vit_allocation_kind)kind);
        struct fake_resource *resource = fake_link_resource(rig.link, rig.link->last_resource);
        cr_assert_eq((int)resource->block.kind, kind);
        rig_deallocate(&rig, handle);
    }
    cr_assert_eq(rig.link->resource_count, 1, "the replies");
    rig_finish(&rig);
}

Test(allocation, blocks_that_are_short_long_missing_or_anothers_are_refused)
{
    struct rig rig;
    rig_init(&rig);
    struct one one;
    for (UINT len = 0; len <= 40; len++) {
        fill(&one, VIT_ALLOCATION_SHARED);
        uint8_t longer[40] = { 0 };
        memcpy(longer, one.bytes, sizeof(one.bytes));
        one.info.pPrivateDriverData = longer;
        one.info.PrivateDriverDataSize = len;
        HRESULT expected = len == VIT_ALLOCATION_BLOCK_LEN ? S_OK : E_INVALIDARG;
        cr_assert_eq(allocate_one(&rig, &one), expected, "%u bytes", len);
    }
    fill(&one, VIT_ALLOCATION_SHARED);
    one.info.pPrivateDriverData = NULL;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    fill(&one, VIT_ALLOCATION_SHARED);
    one.bytes[0]++;
    cr_expect_eq(allocate_one(&rig, &one), ERROR_GRAPHICS_DRIVER_MISMATCH);
    fill(&one, (enum vit_allocation_kind)5);
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    rig_finish(&rig);
}

Test(allocation, flags_and_source_belong_to_primaries_only)
{
    struct rig rig;
    rig_init(&rig);
    struct one one;
    fill(&one, VIT_ALLOCATION_SHARED);
    one.info.Flags.Primary = 1;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    fill(&one, VIT_ALLOCATION_SHARED);
    one.info.VidPnSourceId = 1;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    fill(&one, VIT_ALLOCATION_PRIMARY);
    one.info.Flags.Primary = 0;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    fill(&one, VIT_ALLOCATION_PRIMARY);
    one.info.Flags.Stereo = 1;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    fill(&one, VIT_ALLOCATION_PRIMARY);
    one.info.VidPnSourceId = 2;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG, "there are two outputs");
    fill(&one, VIT_ALLOCATION_SHARED);
    one.info.pSystemMem = &rig;
    cr_expect_eq(allocate_one(&rig, &one), E_INVALIDARG);
    fill(&one, VIT_ALLOCATION_PRIMARY);
    one.info.VidPnSourceId = 1;
    cr_expect_eq(allocate_one(&rig, &one), S_OK);
    rig_finish(&rig);
}

Test(allocation, refuses_lists_that_are_none)
{
    struct rig rig;
    rig_init(&rig);
    struct one one;
    fill(&one, VIT_ALLOCATION_SHARED);
    D3DDDICB_ALLOCATE data = { .NumAllocations = 0, .pAllocationInfo = &one.info };
    cr_expect_eq(vit_kmd_allocate(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_ALLOCATE){ .NumAllocations = 1 };
    cr_expect_eq(vit_kmd_allocate(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_ALLOCATE){ .NumAllocations = UINT32_MAX, .pAllocationInfo = &one.info };
    cr_expect_eq(vit_kmd_allocate(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_ALLOCATE){ .NumAllocations = 1, .pAllocationInfo = &one.info };
    cr_expect_eq(vit_kmd_allocate(NULL, &data), E_INVALIDARG);
    cr_expect_eq(vit_kmd_allocate(rig.device, NULL), E_INVALIDARG);
    cr_expect_eq(deallocate(rig.device, NULL, NULL, 1), E_INVALIDARG);
    cr_expect_eq(deallocate(rig.device, NULL, &data.hKMResource, 0), E_INVALIDARG);
    cr_expect_eq(vit_kmd_deallocate(rig.device, NULL), E_INVALIDARG);
    rig_finish(&rig);
}

Test(allocation, one_that_fails_takes_the_whole_call_back)
{
    struct rig rig;
    rig_init(&rig);
    struct one ones[3];
    D3DDDI_ALLOCATIONINFO infos[3];
    for (unsigned i = 0; i < 3; i++) {
        fill(&ones[i], VIT_ALLOCATION_SHARED);
        infos[i] = ones[i].info;
    }
    infos[2].PrivateDriverDataSize = 1;
    D3DDDICB_ALLOCATE data = { .hResource = &rig, .NumAllocations = 3, .pAllocationInfo = infos };
    cr_assert_eq(vit_kmd_allocate(rig.device, &data), E_INVALIDARG);
    cr_assert_eq(rig.link->resource_count, 1);
    cr_assert_eq(infos[0].hAllocation, 0);
    cr_assert_eq(data.hKMResource, 0);
    cr_assert_eq(deallocate(rig.device, &rig, NULL, 0), E_INVALIDARG, "no such resource");
    rig_finish(&rig);
}

Test(allocation, the_links_refusal_has_its_own_code)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle;
    rig.link->create_status = VIT_E_LIMIT;
    cr_expect_eq(rig_allocate(&rig, rig.device, VIT_ALLOCATION_SHARED, &handle),
            D3DDDIERR_OUTOFVIDEOMEMORY);
    rig.link->create_status = VIT_E_NOMEM;
    cr_expect_eq(rig_allocate(&rig, rig.device, VIT_ALLOCATION_SHARED, &handle), E_OUTOFMEMORY);
    cr_expect_eq(rig_allocate(&rig, rig.device, VIT_ALLOCATION_SHARED, &handle), S_OK);
    rig_finish(&rig);
}

Test(allocation, a_stale_or_foreign_handle_is_refused)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(deallocate(other, NULL, &handle, 1), E_INVALIDARG, "another device's");
    cr_assert_eq(deallocate(rig.device, NULL, &handle, 1), S_OK);
    cr_assert_eq(deallocate(rig.device, NULL, &handle, 1), E_INVALIDARG, "gone already");
    rig_destroy_device(&rig, other);
    rig_finish(&rig);
}

Test(allocation, a_list_that_names_one_twice_frees_nothing)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE list[2] = { rig_allocation(&rig, VIT_ALLOCATION_SHARED) };
    list[1] = list[0];
    unsigned before = rig.link->resource_count;
    cr_assert_eq(deallocate(rig.device, NULL, list, 2), E_INVALIDARG);
    cr_assert_eq(rig.link->resource_count, before);
    cr_assert_eq(deallocate(rig.device, NULL, list, 1), S_OK);
    rig_finish(&rig);
}

Test(allocation, a_list_with_one_bad_handle_frees_nothing)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handles[2] = { rig_allocation(&rig, VIT_ALLOCATION_SHARED), 12345 };
    cr_assert_eq(deallocate(rig.device, NULL, handles, 2), E_INVALIDARG);
    cr_assert_eq(rig.link->resource_count, 2);
    handles[1] = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(deallocate(rig.device, NULL, handles, 2), S_OK);
    cr_assert_eq(rig.link->resource_count, 1);
    rig_finish(&rig);
}

Test(allocation, a_resource_groups_its_allocations_over_several_calls)
{
    struct rig rig;
    rig_init(&rig);
    struct one ones[3];
    D3DDDICB_ALLOCATE data[3];
    for (unsigned i = 0; i < 3; i++) {
        fill(&ones[i], VIT_ALLOCATION_SHARED);
        data[i] = (D3DDDICB_ALLOCATE){ .NumAllocations = 1, .pAllocationInfo = &ones[i].info };
        data[i].hResource = i < 2 ? (HANDLE)&rig : (HANDLE)&ones;
        cr_assert_eq(vit_kmd_allocate(rig.device, &data[i]), S_OK);
        cr_assert_neq(data[i].hKMResource, 0);
    }
    cr_assert_eq(data[0].hKMResource, data[1].hKMResource);
    cr_assert_neq(data[0].hKMResource, data[2].hKMResource);
    cr_assert_eq(deallocate(rig.device, &rig, NULL, 0), S_OK);
    cr_assert_eq(rig.link->resource_count, 2, "the replies and the other resource's");
    cr_assert_eq(deallocate(rig.device, NULL, &ones[0].info.hAllocation, 1), E_INVALIDARG);
    cr_assert_eq(deallocate(rig.device, &rig, NULL, 0), E_INVALIDARG);
    rig_finish(&rig);
}

Test(allocation, a_resource_stays_when_its_allocations_are_freed_by_list)
{
    struct rig rig;
    rig_init(&rig);
    struct one one;
    fill(&one, VIT_ALLOCATION_SHARED);
    D3DDDICB_ALLOCATE data = { .hResource = &rig,
        .NumAllocations = 1,
        .pAllocationInfo = &one.info };
    cr_assert_eq(vit_kmd_allocate(rig.device, &data), S_OK);
    cr_assert_eq(deallocate(rig.device, NULL, &one.info.hAllocation, 1), S_OK);
    cr_assert_eq(deallocate(rig.device, &rig, NULL, 0), S_OK);
    cr_assert_eq(deallocate(rig.device, &rig, NULL, 0), E_INVALIDARG);
    rig_finish(&rig);
}

Test(allocation, is_freed_after_its_last_use_only)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE used = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    D3DKMT_HANDLE unused = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(rig_copy(&rig, used, used), S_OK);
    rig_deallocate(&rig, unused);
    cr_assert_eq(rig.link->completed, 0);
    rig_deallocate(&rig, used);
    cr_assert_eq(rig.link->completed, 1);
    rig_finish(&rig);
}

/* The fake link holds few resources; handles are what is counted here. */
static void add_ten_thousand(struct rig *rig)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(rig->device);
    struct vit_handles *handles = &rig->adapter->handles;
    struct vit_kmd_allocation thing = { .device = device };
    static uint32_t added[10000];
    for (unsigned i = 0; i < 10000; i++) {
        cr_assert_eq(vit_handles_add(handles, VIT_HANDLE_ALLOCATION, &thing, &added[i]), VIT_OK);
    }
    for (unsigned i = 0; i < 10000; i++) {
        cr_assert_eq(vit_kmd_allocation_find(device, added[i]), &thing);
        vit_handles_remove(handles, added[i]);
    }
}

Test(allocation, ten_thousand_live_at_a_time)
{
    struct rig rig;
    rig_init(&rig);
    add_ten_thousand(&rig);
    rig_finish(&rig);
}
