/* SPDX-License-Identifier: MIT */
/*
 * Hostile callbacks: one call of one callback fails, answers nothing or answers nonsense, at the
 * first call, the second, the third, until a whole life passes without it. Each time the driver must
 * say what the page allows, give everything back, and work on a fresh device. What it writes where
 * it must not ends the test with a signal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/life.h"

RULE_GROUP(hostile, "Callbacks that fail or lie");

#define PAGE_ERRORS "Handling Errors (Direct3D 10)"

enum { MAX_CALLS = 200 };

/* A call that fails unseen: the driver may do without it, or has nobody to tell. */
static bool may_be_silent(const struct life *life, const struct tap_fault *fault)
{
    return life->tolerant || tap_call_releases(fault->call) || fault->call == TAP_WAIT ||
            fault->call == TAP_SIGNAL || fault->kind != TAP_FAULT_FAIL;
}

static void describe(char *text, size_t len, const struct tap_fault *fault)
{
    static const char *const kinds[] = {
        [TAP_FAULT_NONE] = "nothing",
        [TAP_FAULT_FAIL] = "fails",
        [TAP_FAULT_EMPTY] = "gives nothing",
        [TAP_FAULT_TINY] = "gives too little",
        [TAP_FAULT_FILL] = "answers one byte all over",
        [TAP_FAULT_WORD] = "answers a wrong word",
        [TAP_FAULT_LOSE] = "loses the device",
    };
    snprintf(text, len, "%s number %u %s (0x%08x, byte 0x%02x, word %u)",
            tap_call_name(fault->call), fault->number, kinds[fault->kind], (unsigned)fault->hr,
            fault->fill, fault->word);
}

static void check_life(const struct life *life, const struct tap_fault *fault)
{
    char what[160];
    describe(what, sizeof(what), fault);
    cr_assert_str_empty(life->failure, "%s, then: %s", what, life->failure);
    if (life->fired == NULL) {
        return;
    }
    HRESULT said = life->fired_result;
    bool silent = said == S_OK || said == S_FALSE;
    cr_assert(!silent || may_be_silent(life, fault), "%s, and %s said nothing of it", what,
            life->fired);
    if (fault->kind == TAP_FAULT_FAIL && fault->hr == D3DDDIERR_DEVICEREMOVED && !silent) {
        cr_assert_eq(said, D3DDDIERR_DEVICEREMOVED, "%s, and %s said 0x%08x", what, life->fired,
                (unsigned)said);
    }
}

/* The same fault at every call of the callback in a life. @return how many there are */
static unsigned at_every_call(const struct rig *rig, struct tap *tap, struct tap_fault fault)
{
    for (fault.number = 1; fault.number < MAX_CALLS; fault.number++) {
        struct life life;
        tap_set_fault(tap, fault);
        life_run(&life, rig, tap);
        check_life(&life, &fault);
        if (!tap->fired) {
            return fault.number - 1;
        }
    }
    return MAX_CALLS;
}

/* Faults say something about a driver only whose life without them is good. */
static void open_good(struct rig *rig, struct tap *tap)
{
    struct life life;
    rig_open_tapped(rig, tap);
    life_run(&life, rig, tap);
    if (life.failure[0] != '\0') {
        not_applicable("a life without a fault breaks a rule already: %s", life.failure);
    }
}

static void each_code(enum tap_call call, const HRESULT *codes)
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    open_good(&rig, &tap);
    for (; *codes != 0; codes++) {
        unsigned calls = at_every_call(&rig, &tap,
                (struct tap_fault){ .kind = TAP_FAULT_FAIL, .call = call, .hr = *codes });
        if (calls == 0) {
            not_applicable("the driver never calls %s", tap_call_name(call));
        }
        life_expect_good(&rig, &tap);
    }
    rig_close(&rig);
    tap_finish(&tap);
}

static void one_kind(enum tap_call call, struct tap_fault fault)
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    fault.call = call;
    open_good(&rig, &tap);
    if (at_every_call(&rig, &tap, fault) == 0) {
        not_applicable("the driver never calls %s", tap_call_name(call));
    }
    life_expect_good(&rig, &tap);
    rig_close(&rig);
    tap_finish(&tap);
}

static const HRESULT codes_of_allocate[] = { E_OUTOFMEMORY, D3DDDIERR_OUTOFVIDEOMEMORY,
    E_INVALIDARG, E_FAIL, D3DDDIERR_DEVICEREMOVED, 0 };
static const HRESULT codes_of_lock[] = { E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_WASSTILLDRAWING,
    D3DDDIERR_NOTAVAILABLE, D3DDDIERR_CANTEVICTPINNEDALLOCATION, E_FAIL, D3DDDIERR_DEVICEREMOVED,
    0 };
static const HRESULT codes_of_render[] = { E_OUTOFMEMORY, E_INVALIDARG,
    D3DDDIERR_PRIVILEGEDINSTRUCTION, D3DDDIERR_INVALIDINSTRUCTION, D3DDDIERR_INVALIDHANDLE,
    D3DDDIERR_INVALIDUSERBUFFER, D3DDDIERR_CANTRENDERLOCKEDALLOCATION, E_FAIL,
    D3DDDIERR_DEVICEREMOVED, 0 };
static const HRESULT codes_of_escape[] = { E_OUTOFMEMORY, E_INVALIDARG, E_FAIL, E_NOTIMPL,
    E_ACCESSDENIED, ERROR_GRAPHICS_DRIVER_MISMATCH, D3DDDIERR_WASSTILLDRAWING,
    D3DDDIERR_DEVICEREMOVED, 0 };
static const HRESULT codes_of_context[] = { E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_DEVICEREMOVED,
    0 };
static const HRESULT codes_of_present[] = { E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_DEVICEREMOVED,
    0 };
static const HRESULT codes_of_sync[] = { E_INVALIDARG, E_OUTOFMEMORY, D3DDDIERR_DEVICEREMOVED, 0 };
static const HRESULT codes_of_release[] = { E_INVALIDARG, E_OUTOFMEMORY, E_FAIL, 0 };

RULE(hostile, a_life_keeps_every_rule, "CB-1.12-01",
        "A player's whole life goes through without a report and gives everything back",
        "D3DDDI_DEVICECALLBACKS")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_tapped(&rig, &tap);
    life_expect_good(&rig, &tap);
    rig_close(&rig);
    tap_finish(&tap);
}

RULE(hostile, allocation_fails, "CB-1.5-02 CB-1.2-02 CB-1.12-03",
        "Whatever pfnAllocateCb refuses, nothing is left over", "PFND3DDDI_ALLOCATECB")
{
    each_code(TAP_ALLOCATE, codes_of_allocate);
}

RULE(hostile, allocation_gives_no_handle, "CB-1.5-02",
        "An allocation without a handle is taken for a failure", "PFND3DDDI_ALLOCATECB")
{
    one_kind(TAP_ALLOCATE, (struct tap_fault){ .kind = TAP_FAULT_EMPTY });
}

RULE(hostile, deallocation_fails, "CB-1.5-10",
        "A driver goes on when pfnDeallocateCb reports an error", "PFND3DDDI_DEALLOCATECB")
{
    each_code(TAP_DEALLOCATE, codes_of_release);
}

RULE(hostile, lock_fails, "CB-1.6-03 CB-1.2-02 CB-1.12-08",
        "Whatever pfnLockCb refuses is said in the codes of a map", "PFND3DDDI_LOCKCB")
{
    each_code(TAP_LOCK, codes_of_lock);
}

RULE(hostile, lock_gives_no_memory, "CB-1.6-09",
        "A lock without memory is given back and taken for a failure", "PFND3DDDI_LOCKCB")
{
    one_kind(TAP_LOCK, (struct tap_fault){ .kind = TAP_FAULT_EMPTY });
}

RULE(hostile, unlock_fails, "CB-1.6-11", "A driver goes on when pfnUnlockCb reports an error",
        "PFND3DDDI_UNLOCKCB")
{
    each_code(TAP_UNLOCK, codes_of_release);
}

RULE(hostile, escape_fails, "CB-1.4-02 CB-1.2-02",
        "Whatever pfnEscapeCb refuses is a failure of the call", "PFND3DDDI_ESCAPECB")
{
    each_code(TAP_ESCAPE, codes_of_escape);
}

RULE(hostile, escape_is_not_answered, "CB-1.4-03",
        "An escape whose block comes back as it went is survived", "PFND3DDDI_ESCAPECB")
{
    one_kind(TAP_ESCAPE, (struct tap_fault){ .kind = TAP_FAULT_EMPTY });
}

RULE(hostile, escape_answers_zeros, "CB-1.4-03", "An answer of zeros is survived",
        "PFND3DDDI_ESCAPECB")
{
    one_kind(TAP_ESCAPE, (struct tap_fault){ .kind = TAP_FAULT_FILL, .fill = 0 });
}

RULE(hostile, escape_answers_ones, "CB-1.4-03", "An answer of ones is survived",
        "PFND3DDDI_ESCAPECB")
{
    one_kind(TAP_ESCAPE, (struct tap_fault){ .kind = TAP_FAULT_FILL, .fill = 0xff });
}

/* Magic, version, length and counts lie in front, whatever the vendor's layout. */
RULE(hostile, escape_answers_wrong_words, "CB-1.4-03",
        "An answer with a wrong magic, version or length is survived", "PFND3DDDI_ESCAPECB")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    enum { WORDS = 12 };
    open_good(&rig, &tap);
    for (unsigned word = 0; word < WORDS; word++) {
        at_every_call(&rig, &tap,
                (struct tap_fault){ .kind = TAP_FAULT_WORD, .call = TAP_ESCAPE, .word = word });
    }
    life_expect_good(&rig, &tap);
    rig_close(&rig);
    tap_finish(&tap);
}

RULE(hostile, context_fails, "CB-1.7-02", "CreateDevice fails as pfnCreateContextCb did",
        "PFND3DDDI_CREATECONTEXTCB")
{
    each_code(TAP_CREATE_CONTEXT, codes_of_context);
}

RULE(hostile, context_has_no_buffers, "CB-1.7-03",
        "A context without buffers is given back, and CreateDevice fails",
        "PFND3DDDI_CREATECONTEXTCB")
{
    one_kind(TAP_CREATE_CONTEXT, (struct tap_fault){ .kind = TAP_FAULT_EMPTY });
}

RULE(hostile, context_has_tiny_buffers, "CB-1.7-03",
        "A context whose buffers hold nothing is given back, and CreateDevice fails",
        "PFND3DDDI_CREATECONTEXTCB")
{
    one_kind(TAP_CREATE_CONTEXT, (struct tap_fault){ .kind = TAP_FAULT_TINY });
}

RULE(hostile, context_destruction_fails, "CB-1.7-06",
        "A driver goes on when pfnDestroyContextCb reports an error", "PFND3DDDI_DESTROYCONTEXTCB")
{
    each_code(TAP_DESTROY_CONTEXT, codes_of_release);
}

RULE(hostile, render_fails, "CB-1.8-03 CB-1.2-02", "Whatever pfnRenderCb refuses is reported",
        "PFND3DDDI_RENDERCB")
{
    each_code(TAP_RENDER, codes_of_render);
}

RULE(hostile, render_gives_no_buffers, "CB-1.8-02",
        "A submission after which there is no buffer is the end of the device",
        "PFND3DDDI_RENDERCB")
{
    one_kind(TAP_RENDER, (struct tap_fault){ .kind = TAP_FAULT_EMPTY });
}

RULE(hostile, render_gives_tiny_buffers, "CB-1.8-02",
        "Sizes are looked at after each submission, and nothing is written beyond them",
        "PFND3DDDI_RENDERCB")
{
    one_kind(TAP_RENDER, (struct tap_fault){ .kind = TAP_FAULT_TINY });
}

RULE(hostile, signal_fails, "CB-1.10-03", "A query whose signal failed never becomes true",
        "PFND3DDDI_SIGNALSYNCHRONIZATIONOBJECT2CB")
{
    each_code(TAP_SIGNAL, codes_of_sync);
}

RULE(hostile, wait_fails, "CB-1.10-04", "A wait that fails is survived",
        "PFND3DDDI_WAITFORSYNCHRONIZATIONOBJECT2CB")
{
    each_code(TAP_WAIT, codes_of_sync);
}

RULE(hostile, present_fails, "CB-5-03", "Present returns what pfnPresentCb said",
        "PFNDDXGIDDI_PRESENTCB")
{
    each_code(TAP_PRESENT, codes_of_present);
}

static void lose_at(enum tap_call call)
{
    one_kind(call, (struct tap_fault){ .kind = TAP_FAULT_LOSE, .hr = D3DDDIERR_DEVICEREMOVED });
}

#define LOST_DURING(name_, call_)                                                                  \
    RULE(hostile, lost_during_##name_, "CB-1.12-02 CB-3.6-01",                                     \
            "A device that is lost in " #call_ " is reported as removed, and destroyed",           \
            PAGE_ERRORS)                                                                           \
    {                                                                                              \
        lose_at(call_);                                                                            \
    }

LOST_DURING(creation, TAP_CREATE_CONTEXT)
LOST_DURING(allocation, TAP_ALLOCATE)
LOST_DURING(lock, TAP_LOCK)
LOST_DURING(unlock, TAP_UNLOCK)
LOST_DURING(escape, TAP_ESCAPE)
LOST_DURING(render, TAP_RENDER)
LOST_DURING(signal, TAP_SIGNAL)
LOST_DURING(wait, TAP_WAIT)
LOST_DURING(present, TAP_PRESENT)
LOST_DURING(deallocation, TAP_DEALLOCATE)

/* What an adapter that opens nevertheless must be: one that works, or offers no protection. */
static void open_spoilt(struct rig *rig, struct tap *tap, struct tap_fault fault, bool must_fail)
{
    fault.call = TAP_QUERY_ADAPTER_INFO;
    fault.number = 1;
    tap_set_fault(tap, fault);
    HRESULT hr = rig_reopen_adapter(rig);
    cr_assert(tap->fired);
    if (must_fail) {
        cr_assert(FAILED(hr), "OpenAdapter10_2 succeeded although nothing is known of the adapter");
    }
    cr_assert(hr == S_OK || hr == E_FAIL || hr == E_OUTOFMEMORY || hr == E_INVALIDARG ||
                    hr == D3DDDIERR_DEVICEREMOVED,
            "OpenAdapter10_2 returned 0x%08x", (unsigned)hr);
    rig_close_adapter(rig);
    cr_assert_null(tap_leak(tap));
}

static void expect_adapter_recovers(struct rig *rig, struct tap *tap)
{
    tap_set_fault(tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
    expect_code(rig_reopen_adapter(rig), S_OK, "OpenAdapter10_2 after the failures");
    expect_code(vit_device_open(rig->adapter, &rig->device), S_OK, "CreateDevice after them");
    rig_close(rig);
    tap_finish(tap);
}

RULE(hostile, adapter_info_fails, "CB-1.3-02 CB-1.2-02",
        "OpenAdapter10_2 fails when the kernel driver cannot be asked",
        "PFND3DDDI_QUERYADAPTERINFOCB")
{
    const HRESULT codes[] = { E_INVALIDARG, E_OUTOFMEMORY, E_FAIL, D3DDDIERR_DEVICEREMOVED };
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_adapter_tapped(&rig, &tap);
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        open_spoilt(&rig, &tap, (struct tap_fault){ .kind = TAP_FAULT_FAIL, .hr = codes[i] }, true);
    }
    expect_adapter_recovers(&rig, &tap);
}

RULE(hostile, adapter_info_is_nonsense, "CB-1.3-02",
        "OpenAdapter10_2 fails when the answer is none, zeros or ones",
        "PFND3DDDI_QUERYADAPTERINFOCB")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_adapter_tapped(&rig, &tap);
    open_spoilt(&rig, &tap, (struct tap_fault){ .kind = TAP_FAULT_EMPTY }, true);
    open_spoilt(&rig, &tap, (struct tap_fault){ .kind = TAP_FAULT_FILL, .fill = 0 }, true);
    open_spoilt(&rig, &tap, (struct tap_fault){ .kind = TAP_FAULT_FILL, .fill = 0xff }, true);
    expect_adapter_recovers(&rig, &tap);
}

RULE(hostile, adapter_info_has_wrong_words, "CB-1.3-02",
        "An answer about the adapter with a wrong magic, version or length is survived",
        "PFND3DDDI_QUERYADAPTERINFOCB")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    enum { WORDS = 16 };
    rig_open_adapter_tapped(&rig, &tap);
    for (unsigned word = 0; word < WORDS; word++) {
        open_spoilt(&rig, &tap, (struct tap_fault){ .kind = TAP_FAULT_WORD, .word = word }, false);
    }
    expect_adapter_recovers(&rig, &tap);
}
