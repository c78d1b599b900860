/* SPDX-License-Identifier: MIT */
/* What a driver may pass to callbacks, in a whole life and call by call. */
#include <string.h>

#include "tests/conformance/life.h"

RULE_GROUP(callbacks, "Calls of the runtime's callbacks");

/* Runs a good life and asserts that a rule of the tap was kept in it. */
static void expect_kept(enum tap_rule rule, enum tap_call call)
{
    struct rig rig;
    struct life life;
    struct tap tap = { .magic = 0 };
    rig_open_tapped(&rig, &tap);
    tap_set_fault(&tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
    life_run(&life, &rig, &tap);
    cr_assert_null(tap_broken(&tap, rule), "%s", tap_broken(&tap, rule));
    if (call != TAP_CALL_COUNT && tap.calls[call] == 0) {
        not_applicable("the driver never calls %s", tap_call_name(call));
    }
    rig_close(&rig);
    tap_finish(&tap);
}

#define KEPT(name_, ids_, rule_, call_, sentence_, page_)                                          \
    RULE(callbacks, name_, ids_, sentence_, page_)                                                 \
    {                                                                                              \
        expect_kept(rule_, call_);                                                                 \
    }

KEPT(get_the_runtime_s_handle, "CB-1.2-01", TAP_RULE_HANDLE, TAP_CALL_COUNT,
        "Callbacks get hRTDevice, escapes and adapter queries hRTAdapter", "D3DDDI_DEVICECALLBACKS")
KEPT(name_contexts_of_the_device, "CB-1.7-04", TAP_RULE_CONTEXT, TAP_CREATE_CONTEXT,
        "A context that is named was created by the device and lives", "D3DDDICB_CREATECONTEXT")
KEPT(escape_with_a_block, "CB-1.4-01", TAP_RULE_ESCAPE, TAP_ESCAPE,
        "An escape has a block with its size, no reserved flag, and hDevice with hContext",
        "D3DDDICB_ESCAPE")
KEPT(allocate_as_described, "CB-1.5-01", TAP_RULE_ALLOCATE, TAP_ALLOCATE,
        "Allocations are listed, without reserved flags, with a source for primaries only",
        "D3DDDI_ALLOCATIONINFO")
KEPT(deallocate_their_own, "CB-1.5-04", TAP_RULE_DEALLOCATE, TAP_DEALLOCATE,
        "What is deallocated is the device's and named once", "D3DDDICB_DEALLOCATE")
KEPT(lock_without_contradiction, "CB-1.6-01", TAP_RULE_LOCK, TAP_LOCK,
        "Lock flags fit together, and all or listed pages are locked", "D3DDDICB_LOCKFLAGS")
KEPT(unlock_what_is_locked, "CB-1.6-07", TAP_RULE_UNLOCK, TAP_UNLOCK,
        "Only what is locked is unlocked, and nothing locked is given back", "PFND3DDDI_UNLOCKCB")
KEPT(render_from_what_was_lent, "CB-1.8-01", TAP_RULE_RENDER, TAP_RENDER,
        "Commands, lists and offsets lie in the buffers of the context", "D3DDDICB_RENDER")
KEPT(render_nothing_locked, "CB-1.6-08", TAP_RULE_LOCKED, TAP_RENDER,
        "What a submission names is not locked by the driver", "PFND3DDDI_RENDERCB")
KEPT(signal_as_described, "CB-1.10-01", TAP_RULE_SYNC, TAP_SIGNAL,
        "Signals and waits name at most 32 objects, and an event instead of them",
        "D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2")
KEPT(present_from_inside, "CB-5-02 CB-1.9-01", TAP_RULE_PRESENT, TAP_PRESENT,
        "The callback of DXGI is called from inside Present only", "PFNDDXGIDDI_PRESENTCB")
KEPT(come_from_the_caller_s_thread, "CB-1.4-05", TAP_RULE_THREAD, TAP_CALL_COUNT,
        "Callbacks are called on the thread that entered the driver", "PFND3DDDI_ESCAPECB")
KEPT(are_those_of_this_ddi, "CB-1.2-03 CB-1.2-04", TAP_RULE_TABLE, TAP_CALL_COUNT,
        "Callbacks that are for other drivers are not called", "PFND3DDDI_PRESENTCB")
KEPT(end_with_the_device, "CB-1.5-08", TAP_RULE_ALIVE, TAP_CALL_COUNT,
        "Nothing is called for a device that was destroyed", "PFND3D10DDI_DESTROYDEVICE")

RULE(callbacks, give_everything_back, "CB-1.5-08 CB-1.6-07 CB-1.7-05 CB-1.10-02",
        "DestroyDevice returns when allocations, locks, contexts and synchronisation objects are "
        "given back",
        "PFND3D10DDI_DESTROYDEVICE")
{
    struct rig rig;
    struct life life;
    struct tap tap = { .magic = 0 };
    rig_open_tapped(&rig, &tap);
    life_run(&life, &rig, &tap);
    cr_assert_null(tap_leak(&tap), "DestroyDevice returned without giving back %s", tap_leak(&tap));
    rig_close(&rig);
    cr_assert_null(tap_leak(&tap), "%s was not given back", tap_leak(&tap));
    tap_finish(&tap);
}

RULE(callbacks, ask_for_the_adapter_first, "CB-1.3-01",
        "The kernel driver is asked for its description in OpenAdapter10_2",
        "PFND3DDDI_QUERYADAPTERINFOCB")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_adapter_tapped(&rig, &tap);
    cr_assert_geq(tap.calls[TAP_QUERY_ADAPTER_INFO], 1u,
            "OpenAdapter10_2 did not call pfnQueryAdapterInfoCb");
    rig_close(&rig);
    tap_finish(&tap);
}

RULE(callbacks, are_not_needed_for_caps, "CB-1.3-03",
        "GetCaps and GetSupportedVersions answer without the kernel driver",
        "PFND3D10_2DDI_GETCAPS")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    UINT answer = 0;
    UINT32 count = 0;
    rig_open_adapter_tapped(&rig, &tap);
    tap_set_fault(&tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
    const D3D10_2DDI_ADAPTERFUNCS *funcs = vit_adapter_funcs(rig.adapter);
    const D3D10_2DDIARG_GETCAPS get = { .Type = D3D11DDICAPS_THREADING,
        .pData = &answer,
        .DataSize = sizeof(answer) };
    expect_code(funcs->pfnGetCaps(vit_adapter_handle(rig.adapter), &get), S_OK, "GetCaps");
    expect_code(funcs->pfnGetSupportedVersions(vit_adapter_handle(rig.adapter), &count, NULL), S_OK,
            "GetSupportedVersions");
    cr_assert_eq(tap.log_len, 0u, "%s was called", tap_call_name(tap.log[0]));
    rig_close(&rig);
    tap_finish(&tap);
}

RULE(callbacks, create_a_context_with_the_device, "CB-1.7-01", "CreateDevice creates a context",
        "PFND3DDDI_CREATECONTEXTCB")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_adapter_tapped(&rig, &tap);
    expect_code(vit_device_open(rig.adapter, &rig.device), S_OK, "CreateDevice");
    cr_assert_geq(tap.calls[TAP_CREATE_CONTEXT], 1u, "CreateDevice created no context");
    rig_close(&rig);
    tap_finish(&tap);
}

/* What a driver that is told so little room must do: refuse the device, or live in it. */
static void live_in(UINT bytes, UINT items)
{
    struct rig rig;
    struct life life;
    struct tap tap = { .lend_bytes = bytes, .lend_items = items };
    rig_open_adapter_tapped(&rig, &tap);
    HRESULT hr = vit_device_open(rig.adapter, &rig.device);
    cr_assert(FAILED(hr) == (rig.device == NULL));
    vit_device_close(rig.device);
    rig.device = NULL;
    cr_assert_null(tap_broken_any(&tap), "%s", tap_broken_any(&tap));
    rig_close(&rig);
    tap_finish(&tap);
    if (FAILED(hr)) {
        return;
    }
    tap = (struct tap){ .lend_bytes = bytes, .lend_items = items };
    rig_open_tapped(&rig, &tap);
    life_run(&life, &rig, &tap);
    cr_assert_str_empty(life.failure, "buffers of %u bytes, lists of %u: %s", (unsigned)bytes,
            (unsigned)items, life.failure);
    rig_close(&rig);
    tap_finish(&tap);
}

RULE(callbacks, fit_into_any_buffer, "CB-1.7-03 CB-1.8-02 CB-1.8-04",
        "A driver works in the buffers that it gets, however small, or refuses the device",
        "D3DDDICB_CREATECONTEXT")
{
    const UINT bytes[] = { 1, 64, 96, 120, 200, 256, 1000 };
    const UINT items[] = { 1, 2, 3, 8 };
    for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        live_in(bytes[i], 0);
    }
    for (unsigned i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        live_in(0, items[i]);
    }
}
