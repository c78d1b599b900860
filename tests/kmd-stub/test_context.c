/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "kmd-stub/context.h"
#include "tests/kmd-stub/fake_link.h"

static HRESULT destroy(HANDLE device, HANDLE context)
{
    D3DDDICB_DESTROYCONTEXT data = { context };
    return vit_kmd_destroy_context(device, &data);
}

Test(context, has_a_buffer_and_two_lists)
{
    struct rig rig;
    rig_init(&rig);
    cr_assert_not_null(rig.context.hContext);
    cr_assert_not_null(rig.context.pCommandBuffer);
    cr_assert_eq(rig.context.CommandBufferSize, 65536);
    cr_assert_not_null(rig.context.pAllocationList);
    cr_assert_geq(rig.context.AllocationListSize, 256);
    cr_assert_not_null(rig.context.pPatchLocationList);
    cr_assert_geq(rig.context.PatchLocationListSize, 512);
    rig_finish(&rig);
}

Test(context, refuses_what_it_cannot_be)
{
    struct rig rig;
    rig_init(&rig);
    D3DDDICB_CREATECONTEXT data = { .NodeOrdinal = 1 };
    cr_expect_eq(vit_kmd_create_context(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_CREATECONTEXT){ .EngineAffinity = 2 };
    cr_expect_eq(vit_kmd_create_context(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_CREATECONTEXT){ .Flags = { .NullRendering = 1 } };
    cr_expect_eq(vit_kmd_create_context(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_CREATECONTEXT){ .pPrivateDriverData = &rig, .PrivateDriverDataSize = 4 };
    cr_expect_eq(vit_kmd_create_context(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_CREATECONTEXT){ 0 };
    cr_expect_eq(vit_kmd_create_context(NULL, &data), E_INVALIDARG);
    cr_expect_eq(vit_kmd_create_context(rig.device, NULL), E_INVALIDARG);
    cr_expect_null(data.hContext);
    rig_finish(&rig);
}

Test(context, is_destroyed_once_and_by_its_own_device)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    cr_assert_eq(destroy(other, rig.context.hContext), E_INVALIDARG);
    cr_assert_eq(destroy(rig.device, NULL), E_INVALIDARG);
    cr_assert_eq(destroy(rig.device, rig.context.hContext), S_OK);
    cr_assert_eq(destroy(rig.device, rig.context.hContext), E_INVALIDARG);
    cr_assert_eq(destroy(rig.device, (HANDLE)(uintptr_t)UINT64_MAX), E_INVALIDARG);
    rig_destroy_device(&rig, other);
    rig_finish(&rig);
}

Test(context, the_first_one_is_the_default)
{
    struct rig rig;
    rig_init(&rig);
    D3DDDICB_CREATECONTEXT second = { 0 };
    cr_assert_eq(vit_kmd_create_context(rig.device, &second), S_OK);
    {
        VIT_AUTO(kmd_device) device = vit_kmd_device_enter(rig.device);
        struct vit_kmd_context *context = vit_kmd_context_find(device, NULL);
        cr_assert_eq(context->commands, rig.context.pCommandBuffer);
    }
    rig_finish(&rig);
}

Test(context, a_device_has_a_limit_of_them)
{
    struct rig rig;
    rig_init(&rig);
    D3DDDICB_CREATECONTEXT data = { 0 };
    for (unsigned i = 1; i < 64; i++) {
        cr_assert_eq(vit_kmd_create_context(rig.device, &data), S_OK);
    }
    HANDLE last = data.hContext;
    cr_assert_eq(vit_kmd_create_context(rig.device, &data), E_OUTOFMEMORY);
    cr_assert_eq(destroy(rig.device, last), S_OK);
    cr_assert_eq(vit_kmd_create_context(rig.device, &data), S_OK);
    rig_finish(&rig);
}

Test(context, destroying_it_waits_for_its_work)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(rig.link->completed, 0);
    cr_assert_eq(destroy(rig.device, rig.context.hContext), S_OK);
    cr_assert_eq(rig.link->completed, 1);
    rig_finish(&rig);
}
