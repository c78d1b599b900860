/* SPDX-License-Identifier: MIT */
/* The link dies after each number of calls that a callback makes: the callback says so, everything
 * after it says so, and what destroys still succeeds. */
#include <criterion/criterion.h>

#include "kmd-stub/device.h"
#include "kmd-stub/tables.h"
#include "tests/kmd-stub/fake_link.h"

struct world {
    struct rig rig;
    D3DKMT_HANDLE shared, primary;
};

typedef HRESULT callback_fn(struct world *world);

static HRESULT try_allocate(struct world *world)
{
    D3DKMT_HANDLE handle;
    return rig_allocate(&world->rig, world->rig.device, VIT_ALLOCATION_SHARED, &handle);
}

static HRESULT try_render(struct world *world)
{
    return rig_copy(&world->rig, world->shared, world->shared);
}

static HRESULT try_lock(struct world *world)
{
    return rig_lock(&world->rig, world->shared, (D3DDDICB_LOCKFLAGS){ .Value = 0 }, NULL);
}

static HRESULT try_lock_without_waiting(struct world *world)
{
    return rig_lock(&world->rig, world->shared, (D3DDDICB_LOCKFLAGS){ .DonotWait = 1 }, NULL);
}

static HRESULT try_escape(struct world *world)
{
    uint8_t block[VIT_ESCAPE_MAX_LEN];
    struct vit_writer out;
    vit_writer_init(&out, block, sizeof(block));
    vit_escape_encode(&(struct vit_escape){ .allocation_count = 0 }, &out);
    vit_put_session(&out, VIT_OP_SESSION_STATE, 1);
    D3DDDICB_ESCAPE data = { .hDevice = world->rig.device,
        .pPrivateDriverData = block,
        .PrivateDriverDataSize = (UINT)out.at };
    return vit_kmd_device_callbacks.pfnEscapeCb(world->rig.adapter, &data);
}

static HRESULT try_wait(struct world *world)
{
    D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 data = { .FenceValue = 1000000 };
    return vit_kmd_device_callbacks.pfnWaitForSynchronizationObject2Cb(world->rig.device, &data);
}

static HRESULT try_signal(struct world *world)
{
    static struct vit_kmd_event event;
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 data = { .Flags = { .EnqueueCpuEvent = 1 },
        .CpuEventHandle = &event };
    return vit_kmd_device_callbacks.pfnSignalSynchronizationObject2Cb(world->rig.device, &data);
}

static HRESULT try_present(struct world *world)
{
    D3DDDICB_PRESENT data = { .hSrcAllocation = world->primary };
    return vit_kmd_device_callbacks.pfnPresentCb(world->rig.device, &data);
}

static HRESULT try_present_dxgi(struct world *world)
{
    DXGIDDICB_PRESENT data = { .hSrcAllocation = world->primary };
    return vit_kmd_dxgi_callbacks.pfnPresentCb(world->rig.device, &data);
}

static HRESULT try_create_context(struct world *world)
{
    D3DDDICB_CREATECONTEXT data = { 0 };
    return vit_kmd_device_callbacks.pfnCreateContextCb(world->rig.device, &data);
}

static callback_fn *const callbacks[] = { try_allocate, try_render, try_lock,
    try_lock_without_waiting, try_escape, try_wait, try_signal, try_present, try_present_dxgi,
    try_create_context };
enum { CALLBACKS = sizeof(callbacks) / sizeof(callbacks[0]) };

static void open_world(struct world *world)
{
    rig_init(&world->rig);
    world->shared = rig_allocation(&world->rig, VIT_ALLOCATION_SHARED);
    world->primary = rig_allocation(&world->rig, VIT_ALLOCATION_PRIMARY);
    world->rig.link->hold = true;
    cr_assert_eq(rig_copy(&world->rig, world->shared, world->primary), S_OK);
    cr_assert_eq(rig_lock(&world->rig, world->shared, (D3DDDICB_LOCKFLAGS){ .IgnoreSync = 1 },
                         NULL),
            S_OK);
}

/* Destroying succeeds on a lost adapter as on any other. */
static void close_world(struct world *world)
{
    struct rig *rig = &world->rig;
    cr_expect_eq(rig_unlock(rig, world->shared), S_OK);
    rig_deallocate(rig, world->shared);
    rig_deallocate(rig, world->primary);
    D3DDDICB_DESTROYCONTEXT data = { rig->context.hContext };
    cr_expect_eq(vit_kmd_device_callbacks.pfnDestroyContextCb(rig->device, &data), S_OK);
    rig_finish(rig);
}

static void expect_everything_removed(struct world *world)
{
    for (unsigned i = 0; i < CALLBACKS; i++) {
        cr_expect_eq(callbacks[i](world), D3DDDIERR_DEVICEREMOVED, "callback %u", i);
    }
    HANDLE device = NULL;
    cr_expect_eq(vit_kmd_device_create(world->rig.adapter, &device), VIT_E_GONE);
}

Test(loss, in_the_middle_of_every_callback)
{
    for (unsigned i = 0; i < CALLBACKS; i++) {
        bool met = false;
        for (int calls = 0; calls < 8; calls++) {
            struct world world;
            open_world(&world);
            world.rig.link->calls_left = calls;
            HRESULT result = callbacks[i](&world);
            cr_expect(!world.rig.adapter->lost || result == D3DDDIERR_DEVICEREMOVED,
                    "callback %u lost after %d calls says %08x", i, calls, (unsigned)result);
            if (world.rig.adapter->lost) {
                met = true;
                expect_everything_removed(&world);
            }
            close_world(&world);
        }
        bool asks_nothing = callbacks[i] == try_signal || callbacks[i] == try_create_context;
        cr_expect(met || asks_nothing, "callback %u never met the loss", i);
    }
}

Test(loss, while_things_are_destroyed)
{
    for (int calls = 0; calls < 12; calls++) {
        struct world world;
        open_world(&world);
        world.rig.link->calls_left = calls;
        close_world(&world);
    }
}

Test(loss, of_one_adapter_leaves_another_alone)
{
    struct world lost, other;
    open_world(&lost);
    open_world(&other);
    lost.rig.link->calls_left = 0;
    cr_expect_eq(try_render(&lost), D3DDDIERR_DEVICEREMOVED);
    cr_expect_eq(try_render(&other), S_OK);
    close_world(&lost);
    close_world(&other);
}
