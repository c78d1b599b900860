/* SPDX-License-Identifier: MIT */
/* When a driver submits, and what it says of it; presentation. */
#include <string.h>

#include "tests/conformance/life.h"
#include "tests/conformance/stage.h"

RULE_GROUP(submission, "Submission and presentation");

#define PAGE_FLUSH "PFND3D11_1DDI_FLUSH"

enum { WIDTH = 64, HEIGHT = 48 };

struct tapped {
    struct rig rig;
    struct tap tap;
    struct stream stream;
    struct vit_resource *staging, *picture;
};

static void open_tapped(struct tapped *tapped)
{
    memset(tapped, 0, sizeof(*tapped));
    rig_open_tapped(&tapped->rig, &tapped->tap);
    RIG_NEED(&tapped->rig, DECRYPTION_BLT);
    struct vit_device *device = tapped->rig.device;
    rig_stream(&tapped->rig, device, &tapped->stream);
    tapped->staging =
            rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
    tapped->picture =
            rig_resource(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
    tap_set_fault(&tapped->tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
}

static void close_tapped(struct tapped *tapped)
{
    struct vit_device *device = tapped->rig.device;
    vit_resource_destroy(tapped->picture);
    vit_resource_destroy(tapped->staging);
    if (device != NULL) {
        rig_destroy_session(device, tapped->stream.session);
    }
    rig_close(&tapped->rig);
    tap_finish(&tapped->tap);
}

/* Queues a blt of whatever the staging texture holds. */
static void queue(struct tapped *tapped)
{
    uint8_t iv[16];
    struct vit_device *device = tapped->rig.device;
    provider_iv(iv, ++tapped->stream.iv, 0);
    device->video.pfnDecryptionBlt(device->handle, tapped->stream.session, tapped->staging->handle,
            tapped->picture->handle, NULL, 0, NULL, sizeof(iv), iv);
    expect_accepted(device, "DecryptionBlt");
}

static bool logged_before(const struct tap *tap, enum tap_call first, enum tap_call second)
{
    for (unsigned i = 0; i < tap->log_len; i++) {
        if (tap->log[i] == first) {
            return true;
        }
        if (tap->log[i] == second) {
            return false;
        }
    }
    return false;
}

RULE(submission, waits_for_flush, "CB-1.8-04",
        "Queued work is submitted by Flush and not before, unless the buffer is full", PAGE_FLUSH)
{
    struct tapped tapped;
    open_tapped(&tapped);
    struct vit_device *device = tapped.rig.device;
    queue(&tapped);
    if (tapped.tap.calls[TAP_ESCAPE] != 0) {
        not_applicable("the driver does each blt as an escape of its own");
    }
    cr_assert_eq(tapped.tap.calls[TAP_RENDER], 0u, "DecryptionBlt submitted by itself");
    cr_assert_eq(device->funcs.pfnFlush(device->handle, 0), TRUE, "Flush returned FALSE");
    cr_assert_geq(tapped.tap.calls[TAP_RENDER], 1u, "Flush did not submit");
    close_tapped(&tapped);
}

RULE(submission, flush_tells_whether_it_submitted, "CB-2.3-10",
        "Flush returns TRUE when it submitted; with UNLESS_NO_COMMANDS and no commands it does not",
        PAGE_FLUSH)
{
    struct tapped tapped;
    open_tapped(&tapped);
    struct vit_device *device = tapped.rig.device;
    const UINT flags = D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS;
    device->funcs.pfnFlush(device->handle, 0);
    unsigned before = tapped.tap.calls[TAP_RENDER];
    cr_assert_eq(device->funcs.pfnFlush(device->handle, flags), FALSE,
            "there was nothing to submit");
    cr_assert_eq(tapped.tap.calls[TAP_RENDER], before, "nothing was submitted");
    queue(&tapped);
    cr_assert_eq(device->funcs.pfnFlush(device->handle, flags), TRUE, "there was a blt");
    cr_assert_eq(device->funcs.pfnFlush(device->handle, flags | 0x80000000u), FALSE,
            "unknown flags do not matter");
    expect_accepted(device, "Flush");
    close_tapped(&tapped);
}

RULE(submission, is_told_to_the_runtime, "CB-1.8-05",
        "After a submission pfnPerformAmortizedProcessingCb is called",
        "PFND3D11DDI_PERFORM_AMORTIZED_PROCESSING_CB")
{
    struct tapped tapped;
    open_tapped(&tapped);
    struct vit_device *device = tapped.rig.device;
    queue(&tapped);
    uint32_t before = device->amortized_count;
    device->funcs.pfnFlush(device->handle, 0);
    cr_assert_gt(device->amortized_count, before, "Flush submitted and did not tell the runtime");
    close_tapped(&tapped);
}

RULE(submission, comes_before_deallocation, "CB-1.5-05",
        "What queued work names is deallocated after its submission", "PFND3DDDI_DEALLOCATECB")
{
    struct tapped tapped;
    open_tapped(&tapped);
    queue(&tapped);
    vit_resource_destroy(tapped.staging);
    tapped.staging = NULL;
    tapped.rig.device->funcs.pfnFlush(tapped.rig.device->handle, 0);
    cr_assert(tapped.tap.calls[TAP_DEALLOCATE] == 1 &&
                    logged_before(&tapped.tap, TAP_RENDER, TAP_DEALLOCATE),
            "the source of a queued blt was deallocated before the blt was submitted");
    expect_accepted(tapped.rig.device, "DestroyResource");
    close_tapped(&tapped);
}

RULE(submission, flush_drains_what_was_deferred, "CB-1.5-07",
        "After Flush nothing of a destroyed resource is left, also without commands", PAGE_FLUSH)
{
    struct tapped tapped;
    open_tapped(&tapped);
    vit_resource_destroy(tapped.staging);
    tapped.staging = NULL;
    tapped.rig.device->funcs.pfnFlush(tapped.rig.device->handle,
            D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS);
    cr_assert_eq(tapped.tap.calls[TAP_DEALLOCATE], 1u, "the allocation is still there after Flush");
    close_tapped(&tapped);
}

RULE(submission, primary_goes_at_once, "CB-1.5-06 CB-1.5-03",
        "A primary is allocated with Primary set, and deallocated inside DestroyResource",
        "PFND3D10DDI_DESTROYRESOURCE")
{
    struct tapped tapped;
    bool is_primary = false;
    open_tapped(&tapped);
    struct vit_resource *primary = rig_resource(tapped.rig.device, VIT_USE_PROTECTED_PRIMARY,
            DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
    for (size_t i = 0; i < tapped.tap.allocation_count; i++) {
        is_primary |= tapped.tap.allocations[i].handle != 0 &&
                tapped.tap.allocations[i].info.Flags.Primary != 0;
    }
    cr_assert(is_primary, "no allocation has the flag Primary");
    unsigned before = tapped.tap.calls[TAP_DEALLOCATE];
    vit_resource_destroy(primary);
    cr_assert_eq(tapped.tap.calls[TAP_DEALLOCATE], before + 1,
            "DestroyResource of a primary returned without deallocation");
    close_tapped(&tapped);
}

static HRESULT present(struct tapped *tapped, const struct vit_resource *primary, void *context)
{
    DXGI_DDI_ARG_PRESENT arguments = {
        .hDevice = (DXGI_DDI_HDEVICE)tapped->rig.device->handle.pDrvPrivate,
        .hSurfaceToPresent = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .pDXGIContext = context,
        .Flags = { .Flip = 1 },
    };
    tapped->tap.presenting = true;
    HRESULT hr = tapped->rig.device->dxgi.pfnPresent(&arguments);
    tapped->tap.presenting = false;
    return hr;
}

static struct vit_resource *make_primary(struct tapped *tapped)
{
    return rig_resource(tapped->rig.device, VIT_USE_PROTECTED_PRIMARY, DXGI_FORMAT_B8G8R8X8_UNORM,
            WIDTH, HEIGHT);
}

RULE(submission, present_submits_and_passes_the_context, "CB-5-02",
        "Present submits what is queued, then calls back with pDXGIContext as it came",
        "DXGI_DDI_ARG_PRESENT")
{
    struct tapped tapped;
    int context;
    open_tapped(&tapped);
    struct vit_resource *primary = make_primary(&tapped);
    queue(&tapped);
    expect_code(present(&tapped, primary, &context), S_OK, "Present");
    cr_assert_eq(tapped.tap.calls[TAP_PRESENT], 1u, "pfnPresentCb was called %u times",
            tapped.tap.calls[TAP_PRESENT]);
    cr_assert(tapped.tap.last_present.pDXGIContext == &context, "pDXGIContext was changed");
    cr_assert(logged_before(&tapped.tap, TAP_RENDER, TAP_PRESENT) ||
                    tapped.tap.calls[TAP_ESCAPE] != 0,
            "what was queued was not submitted before the callback");
    vit_resource_destroy(primary);
    close_tapped(&tapped);
}

RULE(submission, present_returns_what_the_callback_said, "CB-5-03",
        "Present returns the result of pfnPresentCb", "PFNDDXGIDDI_PRESENTCB")
{
    const HRESULT codes[] = { E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_DEVICEREMOVED };
    struct tapped tapped;
    open_tapped(&tapped);
    struct vit_resource *primary = make_primary(&tapped);
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        tap_set_fault(&tapped.tap,
                (struct tap_fault){ .kind = TAP_FAULT_FAIL,
                        .call = TAP_PRESENT,
                        .number = 1,
                        .hr = codes[i] });
        HRESULT hr = present(&tapped, primary, NULL);
        cr_assert_eq(hr, codes[i], "pfnPresentCb said 0x%08x, Present 0x%08x", (unsigned)codes[i],
                (unsigned)hr);
    }
    vit_resource_destroy(primary);
    close_tapped(&tapped);
}

RULE(submission, present_refuses_what_is_no_resource, "CB-5-05",
        "Present of NULL and of what is no resource of the device is refused without a callback",
        "DXGI_DDI_ARG_PRESENT")
{
    struct tapped tapped;
    open_tapped(&tapped);
    struct vit_resource nothing = { .handle = { NULL } };
    struct vit_resource session = { .handle = { tapped.stream.session.pDrvPrivate } };
    expect_code(present(&tapped, &nothing, NULL), E_INVALIDARG, "Present of NULL");
    expect_code(present(&tapped, &session, NULL), E_INVALIDARG, "Present of a session");
    cr_assert_eq(tapped.tap.calls[TAP_PRESENT], 0u);
    close_tapped(&tapped);
}

/* The runtime may exchange entries between calls. */
static unsigned exchanged_calls;

static HRESULT APIENTRY exchanged_present(HANDLE hDevice, DXGIDDICB_PRESENT *data)
{
    exchanged_calls++;
    return tap_forward_present(hDevice, data);
}

RULE(submission, present_reads_the_callback_table_anew, "CB-5-01",
        "An entry that the runtime exchanged in the callback table of DXGI is the one called",
        "DXGI_DDI_BASE_ARGS")
{
    struct tapped tapped;
    open_tapped(&tapped);
    struct vit_resource *primary = make_primary(&tapped);
    tapped.tap.dxgi_callbacks.pfnPresentCb = exchanged_present;
    expect_code(present(&tapped, primary, NULL), S_OK, "Present");
    cr_assert_eq(exchanged_calls, 1u, "the driver kept a copy of the table");
    vit_resource_destroy(primary);
    close_tapped(&tapped);
}
