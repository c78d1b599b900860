/* SPDX-License-Identifier: MIT */
/* The tap sees what it must: calls that break a rule are booked under it, faults come where they are
 * ordered, and what is not given back is found. The calls are made here, without a driver. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/tap.h"

/* A host that agrees to everything. */
struct agreeable {
    uint8_t commands[256], memory[4096];
    D3DDDI_ALLOCATIONLIST allocations[8];
    D3DDDI_PATCHLOCATIONLIST patches[8];
    D3DKMT_HANDLE last;
    unsigned deallocated;
};

static struct agreeable host; /* of this process, which is one test */

static HRESULT APIENTRY agree_allocate(HANDLE hDevice, D3DDDICB_ALLOCATE *data)
{
    (void)hDevice;
    for (UINT i = 0; i < data->NumAllocations; i++) {
        data->pAllocationInfo[i].hAllocation = ++host.last;
    }
    return S_OK;
}

static HRESULT APIENTRY agree_deallocate(HANDLE hDevice, const D3DDDICB_DEALLOCATE *data)
{
    (void)hDevice;
    host.deallocated += data->NumAllocations;
    return S_OK;
}

static HRESULT APIENTRY agree_lock(HANDLE hDevice, D3DDDICB_LOCK *data)
{
    (void)hDevice;
    data->pData = host.memory;
    return S_OK;
}

static HRESULT APIENTRY agree_unlock(HANDLE hDevice, const D3DDDICB_UNLOCK *data)
{
    (void)hDevice;
    (void)data;
    return S_OK;
}

static HRESULT APIENTRY agree_escape(HANDLE hAdapter, const D3DDDICB_ESCAPE *data)
{
    (void)hAdapter;
    (void)data;
    return S_OK;
}

static HRESULT APIENTRY agree_create_context(HANDLE hDevice, D3DDDICB_CREATECONTEXT *data)
{
    (void)hDevice;
    data->hContext = &host;
    data->pCommandBuffer = host.commands;
    data->CommandBufferSize = sizeof(host.commands);
    data->pAllocationList = host.allocations;
    data->AllocationListSize = 8;
    data->pPatchLocationList = host.patches;
    data->PatchLocationListSize = 8;
    return S_OK;
}

static HRESULT APIENTRY agree_destroy_context(HANDLE hDevice, const D3DDDICB_DESTROYCONTEXT *data)
{
    (void)hDevice;
    (void)data;
    return S_OK;
}

static HRESULT APIENTRY agree_render(HANDLE hDevice, D3DDDICB_RENDER *data)
{
    (void)hDevice;
    data->pNewCommandBuffer = host.commands;
    data->pNewAllocationList = host.allocations;
    data->pNewPatchLocationList = host.patches;
    return S_OK;
}

static HRESULT APIENTRY agree_signal(HANDLE hDevice,
        const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data)
{
    (void)hDevice;
    (void)data;
    return S_OK;
}

static HRESULT APIENTRY agree_present(HANDLE hDevice, D3DDDICB_PRESENT *data)
{
    (void)hDevice;
    (void)data;
    return S_OK;
}

static HRESULT APIENTRY agree_dxgi(HANDLE hDevice, DXGIDDICB_PRESENT *data)
{
    (void)hDevice;
    (void)data;
    return S_OK;
}

static HRESULT create_device(struct vitrine_host *unused, HANDLE *hRTDevice)
{
    (void)unused;
    *hRTDevice = &host;
    return S_OK;
}

static void destroy_device(struct vitrine_host *unused, HANDLE hRTDevice)
{
    (void)unused;
    (void)hRTDevice;
}

static void close_host(struct vitrine_host *unused)
{
    (void)unused;
}

static const D3DDDI_DEVICECALLBACKS agreeable_callbacks = {
    .pfnAllocateCb = agree_allocate,
    .pfnDeallocateCb = agree_deallocate,
    .pfnLockCb = agree_lock,
    .pfnUnlockCb = agree_unlock,
    .pfnEscapeCb = agree_escape,
    .pfnCreateContextCb = agree_create_context,
    .pfnDestroyContextCb = agree_destroy_context,
    .pfnRenderCb = agree_render,
    .pfnSignalSynchronizationObject2Cb = agree_signal,
    .pfnPresentCb = agree_present,
};
static const DXGI_DDI_BASE_CALLBACKS agreeable_dxgi = { .pfnPresentCb = agree_dxgi };

struct bench {
    struct tap tap;
    struct vitrine_host_tables tables;
    const D3DDDI_DEVICECALLBACKS *calls;
    HANDLE device;
    D3DDDICB_CREATECONTEXT context;
    D3DKMT_HANDLE allocation;
};

static D3DKMT_HANDLE allocate(struct bench *bench)
{
    uint8_t block[4] = { 1 };
    D3DDDI_ALLOCATIONINFO info = { .pPrivateDriverData = block, .PrivateDriverDataSize = 4 };
    D3DDDICB_ALLOCATE data = { .NumAllocations = 1, .pAllocationInfo = &info };
    cr_assert_eq(bench->calls->pfnAllocateCb(bench->device, &data), S_OK);
    return info.hAllocation;
}

static HRESULT deallocate(struct bench *bench, D3DKMT_HANDLE handle)
{
    D3DDDICB_DEALLOCATE data = { .NumAllocations = 1, .HandleList = &handle };
    return bench->calls->pfnDeallocateCb(bench->device, &data);
}

static HRESULT lock(struct bench *bench, D3DDDICB_LOCKFLAGS flags, D3DDDICB_LOCK *data)
{
    *data = (D3DDDICB_LOCK){ .hAllocation = bench->allocation, .Flags = flags };
    return bench->calls->pfnLockCb(bench->device, data);
}

static HRESULT unlock(struct bench *bench, D3DKMT_HANDLE handle)
{
    D3DDDICB_UNLOCK data = { .NumAllocations = 1, .phAllocations = &handle };
    return bench->calls->pfnUnlockCb(bench->device, &data);
}

static void open_bench(struct bench *bench)
{
    *bench = (struct bench){ .device = NULL };
    bench->tables = (struct vitrine_host_tables){
        .hRTAdapter = &host,
        .device_callbacks = &agreeable_callbacks,
        .dxgi_callbacks = &agreeable_dxgi,
        .create_device = create_device,
        .destroy_device = destroy_device,
        .close = close_host,
    };
    tap_wrap(&bench->tap, &bench->tables);
    bench->calls = bench->tables.device_callbacks;
    cr_assert_eq(bench->tables.create_device(bench->tables.host, &bench->device), S_OK);
    cr_assert_eq(bench->calls->pfnCreateContextCb(bench->device, &bench->context), S_OK);
    bench->allocation = allocate(bench);
}

static void close_bench(struct bench *bench)
{
    D3DDDICB_DESTROYCONTEXT data = { .hContext = bench->context.hContext };
    bench->calls->pfnDestroyContextCb(bench->device, &data);
    deallocate(bench, bench->allocation);
    bench->tables.destroy_device(bench->tables.host, bench->device);
    bench->tables.close(bench->tables.host);
    cr_assert_null(tap_leak(&bench->tap), "%s", tap_leak(&bench->tap));
    tap_finish(&bench->tap);
}

/* Exactly this rule was broken since the last time. */
static void expect_broken(struct bench *bench, enum tap_rule rule)
{
    for (unsigned i = 0; i < TAP_RULE_COUNT; i++) {
        cr_assert_eq(tap_broken(&bench->tap, i) != NULL, i == rule, "rule %u: %s", i,
                tap_broken(&bench->tap, i));
    }
    tap_reset_counts(&bench->tap);
}

static void expect_none(struct bench *bench)
{
    cr_assert_null(tap_broken_any(&bench->tap), "%s", tap_broken_any(&bench->tap));
}

Test(tap, good_calls_break_nothing)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS entire = { .LockEntire = 1, .ReadOnly = 1 };
    open_bench(&bench);
    cr_assert_eq(lock(&bench, entire, &data), S_OK);
    cr_assert_eq(unlock(&bench, bench.allocation), S_OK);
    bench.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = bench.allocation };
    bench.context.pPatchLocationList[0] = (D3DDDI_PATCHLOCATIONLIST){ .PatchOffset = 4 };
    D3DDDICB_RENDER render = { .CommandLength = 16,
        .NumAllocations = 1,
        .NumPatchLocations = 1,
        .hContext = bench.context.hContext };
    cr_assert_eq(bench.calls->pfnRenderCb(bench.device, &render), S_OK);
    cr_assert_neq(render.pNewCommandBuffer, bench.context.pCommandBuffer);
    expect_none(&bench);
    close_bench(&bench);
    expect_none(&bench);
}

Test(tap, sees_handles_that_are_none)
{
    struct bench bench;
    D3DDDICB_ESCAPE escape = { .hDevice = NULL };
    D3DDDICB_DEALLOCATE data = { .NumAllocations = 1, .HandleList = &bench.allocation };
    open_bench(&bench);
    cr_assert_eq(bench.calls->pfnDeallocateCb(bench.tables.hRTAdapter, &data), E_INVALIDARG);
    expect_broken(&bench, TAP_RULE_HANDLE);
    cr_assert_eq(bench.calls->pfnDeallocateCb(NULL, &data), E_INVALIDARG);
    expect_broken(&bench, TAP_RULE_HANDLE);
    cr_assert_eq(bench.calls->pfnEscapeCb(bench.device, &escape), E_INVALIDARG);
    expect_broken(&bench, TAP_RULE_HANDLE);
    close_bench(&bench);
}

Test(tap, sees_contexts_that_are_none)
{
    struct bench bench;
    int other = 0;
    open_bench(&bench);
    D3DDDICB_RENDER render = { .CommandLength = 16, .hContext = &other };
    cr_assert_eq(bench.calls->pfnRenderCb(bench.device, &render), E_INVALIDARG);
    expect_broken(&bench, TAP_RULE_CONTEXT);
    D3DDDICB_DESTROYCONTEXT destroy = { .hContext = NULL };
    cr_assert_eq(bench.calls->pfnDestroyContextCb(bench.device, &destroy), E_INVALIDARG);
    expect_broken(&bench, TAP_RULE_CONTEXT);
    close_bench(&bench);
}

Test(tap, sees_wrong_escapes)
{
    struct bench bench;
    uint8_t block[8] = { 0 };
    open_bench(&bench);
    const D3DDDICB_ESCAPE wrong[] = {
        { .hDevice = bench.device, .PrivateDriverDataSize = 8 },
        { .hDevice = bench.device, .pPrivateDriverData = block },
        { .hDevice = bench.device,
                .pPrivateDriverData = block,
                .PrivateDriverDataSize = 8,
                .Flags = { .Value = 2 } },
        { .hContext = bench.context.hContext,
                .pPrivateDriverData = block,
                .PrivateDriverDataSize = 8 },
    };
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        bench.calls->pfnEscapeCb(bench.tables.hRTAdapter, &wrong[i]);
        expect_broken(&bench, TAP_RULE_ESCAPE);
    }
    close_bench(&bench);
}

Test(tap, sees_wrong_allocations)
{
    struct bench bench;
    D3DDDI_ALLOCATIONINFO infos[] = {
        { .VidPnSourceId = 1 },
        { .Flags = { .Stereo = 1 } },
        { .Flags = { .Value = 4 } },
        { .pSystemMem = &bench },
        { .PrivateDriverDataSize = 4 },
    };
    open_bench(&bench);
    for (unsigned i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        D3DDDICB_ALLOCATE data = { .NumAllocations = 1, .pAllocationInfo = &infos[i] };
        tap_set_fault(&bench.tap,
                (struct tap_fault){ .kind = TAP_FAULT_EMPTY, .call = TAP_ALLOCATE, .number = 1 });
        bench.calls->pfnAllocateCb(bench.device, &data);
        expect_broken(&bench, TAP_RULE_ALLOCATE);
    }
    close_bench(&bench);
}

Test(tap, sees_wrong_deallocations)
{
    struct bench bench;
    open_bench(&bench);
    deallocate(&bench, 999);
    expect_broken(&bench, TAP_RULE_DEALLOCATE);
    D3DKMT_HANDLE other = allocate(&bench);
    D3DKMT_HANDLE twice[2] = { other, other };
    D3DDDICB_DEALLOCATE data = { .NumAllocations = 2, .HandleList = twice };
    bench.calls->pfnDeallocateCb(bench.device, &data);
    expect_broken(&bench, TAP_RULE_DEALLOCATE);
    close_bench(&bench);
}

Test(tap, sees_wrong_locks)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    const D3DDDICB_LOCKFLAGS wrong[] = {
        { .LockEntire = 1, .ReadOnly = 1, .WriteOnly = 1 },
        { .LockEntire = 1, .IgnoreSync = 1, .AcquireAperture = 1 },
        { .LockEntire = 1, .UseAlternateVA = 1 },
        { .ReadOnly = 1 },
        { .LockEntire = 1, .Reserved = 1 },
    };
    open_bench(&bench);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        lock(&bench, wrong[i], &data);
        expect_broken(&bench, TAP_RULE_LOCK);
        unlock(&bench, bench.allocation);
    }
    unlock(&bench, bench.allocation);
    expect_broken(&bench, TAP_RULE_UNLOCK);
    close_bench(&bench);
}

Test(tap, sees_wrong_submissions)
{
    struct bench bench;
    open_bench(&bench);
    bench.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = 999 };
    bench.context.pPatchLocationList[0] =
            (D3DDDI_PATCHLOCATIONLIST){ .AllocationIndex = 3, .PatchOffset = 4 };
    const D3DDDICB_RENDER wrong[] = {
        { .CommandLength = 257 },
        { .CommandLength = 8, .CommandOffset = 8 },
        { .CommandLength = 16, .NumAllocations = 9 },
        { .CommandLength = 16, .NumPatchLocations = 9 },
        { .CommandLength = 16, .NumAllocations = 1 },
        { .CommandLength = 16, .NumPatchLocations = 1 },
        { .CommandLength = 16, .Flags = { .Value = 16 } },
        { .CommandLength = 16, .PrivateDriverDataSize = 1 },
    };
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        D3DDDICB_RENDER data = wrong[i];
        tap_set_fault(&bench.tap,
                (struct tap_fault){ .kind = TAP_FAULT_FAIL,
                        .call = TAP_RENDER,
                        .number = 1,
                        .hr = E_FAIL });
        cr_assert(FAILED(bench.calls->pfnRenderCb(bench.device, &data)));
        expect_broken(&bench, TAP_RULE_RENDER);
    }
    close_bench(&bench);
}

Test(tap, sees_locked_allocations_in_a_submission)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS entire = { .LockEntire = 1 };
    open_bench(&bench);
    D3DDDICB_RENDER render = { .CommandLength = 16, .NumAllocations = 1 };
    bench.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = bench.allocation };
    lock(&bench, entire, &data);
    bench.calls->pfnRenderCb(bench.device, &render);
    expect_broken(&bench, TAP_RULE_LOCKED);
    unlock(&bench, bench.allocation);
    bench.tap.application = true;
    lock(&bench, entire, &data);
    D3DDDI_ALLOCATIONLIST *list = render.pNewAllocationList;
    list[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = bench.allocation };
    bench.calls->pfnRenderCb(bench.device, &render);
    expect_none(&bench);
    deallocate(&bench, bench.allocation);
    expect_broken(&bench, TAP_RULE_UNLOCK);
    bench.allocation = allocate(&bench);
    close_bench(&bench);
}

Test(tap, sees_wrong_signals_and_presents)
{
    struct bench bench;
    open_bench(&bench);
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 signal = { .ObjectCount = 33 };
    bench.calls->pfnSignalSynchronizationObject2Cb(bench.device, &signal);
    expect_broken(&bench, TAP_RULE_SYNC);
    signal = (D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2){ .Flags = { .EnqueueCpuEvent = 1 } };
    bench.calls->pfnSignalSynchronizationObject2Cb(bench.device, &signal);
    expect_broken(&bench, TAP_RULE_SYNC);
    DXGIDDICB_PRESENT present = { .hSrcAllocation = bench.allocation };
    bench.tables.dxgi_callbacks->pfnPresentCb(bench.device, &present);
    expect_broken(&bench, TAP_RULE_PRESENT);
    bench.tap.presenting = true;
    bench.tables.dxgi_callbacks->pfnPresentCb(bench.device, &present);
    expect_none(&bench);
    D3DDDICB_PRESENT kernel_present = { .hSrcAllocation = bench.allocation };
    bench.calls->pfnPresentCb(bench.device, &kernel_present);
    expect_broken(&bench, TAP_RULE_TABLE);
    close_bench(&bench);
}

static void *call_elsewhere(void *context)
{
    struct bench *bench = context;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS entire = { .LockEntire = 1 };
    lock(bench, entire, &data);
    return NULL;
}

Test(tap, sees_other_threads_and_dead_devices)
{
    struct bench bench;
    pthread_t thread;
    open_bench(&bench);
    cr_assert_eq(pthread_create(&thread, NULL, call_elsewhere, &bench), 0);
    pthread_join(thread, NULL);
    expect_broken(&bench, TAP_RULE_THREAD);
    unlock(&bench, bench.allocation);
    HANDLE device = bench.device;
    cr_assert_eq(bench.tables.create_device(bench.tables.host, &bench.device), S_OK);
    bench.tables.destroy_device(bench.tables.host, bench.device);
    deallocate(&bench, bench.allocation);
    expect_broken(&bench, TAP_RULE_ALIVE);
    bench.device = device;
    close_bench(&bench);
}

Test(tap, finds_what_was_not_given_back)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS entire = { .LockEntire = 1 };
    open_bench(&bench);
    lock(&bench, entire, &data);
    bench.tables.destroy_device(bench.tables.host, bench.device);
    cr_assert_str_eq(tap_leak(&bench.tap), "1 locks");
    tap_set_fault(&bench.tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
    cr_assert_null(tap_leak(&bench.tap));
    bench.tables.close(bench.tables.host);
    tap_finish(&bench.tap);
}

Test(tap, faults_come_once_and_a_lost_device_stays_lost)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS entire = { .LockEntire = 1 };
    open_bench(&bench);
    tap_set_fault(&bench.tap,
            (struct tap_fault){ .kind = TAP_FAULT_FAIL,
                    .call = TAP_LOCK,
                    .number = 2,
                    .hr = E_OUTOFMEMORY });
    cr_assert_eq(lock(&bench, entire, &data), S_OK);
    cr_assert_not(bench.tap.fired);
    cr_assert_eq(lock(&bench, entire, &data), E_OUTOFMEMORY);
    cr_assert(bench.tap.fired);
    cr_assert_eq(unlock(&bench, bench.allocation), S_OK);
    tap_set_fault(&bench.tap,
            (struct tap_fault){ .kind = TAP_FAULT_EMPTY, .call = TAP_LOCK, .number = 1 });
    cr_assert_eq(lock(&bench, entire, &data), S_OK);
    cr_assert_null(data.pData);
    cr_assert_eq(unlock(&bench, bench.allocation), S_OK);
    tap_set_fault(&bench.tap,
            (struct tap_fault){ .kind = TAP_FAULT_LOSE, .call = TAP_LOCK, .number = 1 });
    cr_assert_eq(lock(&bench, entire, &data), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(lock(&bench, entire, &data), D3DDDIERR_DEVICEREMOVED);
    close_bench(&bench);
}

/* In a process of its own: a write there is to end it. */
static int write_at(uint8_t *at)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile uint8_t *)at = 1;
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

Test(tap, nobody_writes_where_nothing_is_lent)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS entire = { .LockEntire = 1 };
    open_bench(&bench);
    uint8_t *old = bench.context.pCommandBuffer;
    cr_assert_eq(write_at(old + 255), 0);
    cr_assert_eq(write_at(old + 256), SIGSEGV);
    D3DDDICB_RENDER render = { .CommandLength = 16 };
    cr_assert_eq(bench.calls->pfnRenderCb(bench.device, &render), S_OK);
    cr_assert_eq(write_at(old), SIGSEGV);
    cr_assert_eq(write_at(render.pNewCommandBuffer), 0);
    bench.tap.shadow_len = 100;
    lock(&bench, entire, &data);
    ((uint8_t *)data.pData)[99] = 7;
    cr_assert_eq(write_at((uint8_t *)data.pData + 100), SIGSEGV);
    unlock(&bench, bench.allocation);
    cr_assert_eq(host.memory[99], 7, "what was written does not reach the allocation");
    close_bench(&bench);
}

Test(tap, discard_renames_when_it_is_told_to)
{
    struct bench bench;
    D3DDDICB_LOCK data;
    D3DDDICB_LOCKFLAGS discard = { .LockEntire = 1, .Discard = 1 };
    open_bench(&bench);
    bench.tap.rename = true;
    D3DKMT_HANDLE first = bench.allocation;
    lock(&bench, discard, &data);
    cr_assert_neq(data.hAllocation, first);
    unlock(&bench, data.hAllocation);
    expect_none(&bench);
    bench.tap.rename = false;
    D3DKMT_HANDLE second = data.hAllocation;
    lock(&bench, discard, &data); /* the old one again */
    expect_broken(&bench, TAP_RULE_LOCK);
    unlock(&bench, first);
    bench.allocation = second;
    close_bench(&bench);
}
