/* SPDX-License-Identifier: MIT */
/* Event queries. */
#include <poll.h>
#include <string.h>

#include "tests/conformance/tap.h"
#include "tests/conformance/texture.h"

RULE_GROUP(query, "Event queries");

#define PAGE_END "PFND3D10DDI_QUERYEND"
#define PAGE_DATA "PFND3D10DDI_QUERYGETDATA"

enum { TRIES = 5000 };

struct asked {
    struct rig rig;
    struct tap tap;
    struct vit_event *event;
    D3D10DDI_HRESOURCE from, to;
};

static void open_asked(struct asked *asked)
{
    memset(asked, 0, sizeof(*asked));
    rig_open_tapped(&asked->rig, &asked->tap);
    asked->from = texture_staging(&asked->rig, DXGI_FORMAT_UNKNOWN, 256, 1);
    asked->to = texture_staging(&asked->rig, DXGI_FORMAT_UNKNOWN, 256, 1);
    expect_code(vit_event_create(asked->rig.device, &asked->event), S_OK, "CreateQuery(EVENT)");
    tap_set_fault(&asked->tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
}

static void close_asked(struct asked *asked)
{
    vit_event_destroy(asked->event);
    texture_destroy(&asked->rig, asked->to);
    texture_destroy(&asked->rig, asked->from);
    rig_close(&asked->rig);
    tap_finish(&asked->tap);
}

static void queue_and_end(struct asked *asked)
{
    struct vit_device *device = asked->rig.device;
    device->funcs.pfnResourceCopy(device->handle, asked->to, asked->from);
    device->funcs.pfnQueryEnd(device->handle, asked->event->handle);
    expect_accepted(device, "QueryEnd");
}

static HRESULT get(struct asked *asked, void *data, UINT size, UINT flags)
{
    struct vit_device *device = asked->rig.device;
    device->funcs.pfnQueryGetData(device->handle, asked->event->handle, data, size, flags);
    return rig_take_reports(device).first;
}

/* Polls to the end; asserts that nothing but "still drawing" is said before. */
static void wait_for(struct asked *asked, void *data, UINT size, UINT flags)
{
    HRESULT hr = DXGI_DDI_ERR_WASSTILLDRAWING;
    for (int i = 0; i < TRIES && hr == DXGI_DDI_ERR_WASSTILLDRAWING; i++) {
        hr = get(asked, data, size, flags);
        poll(NULL, 0, hr == S_OK ? 0 : 1);
    }
    expect_code(hr, S_OK, "QueryGetData, polled");
}

RULE(query, event_becomes_true, "CB-2.6-01 CB-2.6-02",
        "An event that was ended without a begin becomes true, silently", PAGE_END)
{
    struct asked asked;
    BOOL done = FALSE;
    open_asked(&asked);
    queue_and_end(&asked);
    wait_for(&asked, &done, sizeof(done), 0);
    cr_assert_eq(done, TRUE, "QueryGetData reported nothing and wrote %d", done);
    close_asked(&asked);
}

RULE(query, event_can_be_ended_again, "CB-2.6-02",
        "An event that was true and is ended again tells of the new end", PAGE_END)
{
    struct asked asked;
    open_asked(&asked);
    for (unsigned i = 0; i < 3; i++) {
        BOOL done = FALSE;
        queue_and_end(&asked);
        wait_for(&asked, &done, sizeof(done), 0);
        cr_assert_eq(done, TRUE);
    }
    close_asked(&asked);
}

RULE(query, polls_without_memory, "CB-2.6-03", "QueryGetData with no memory and size 0 polls",
        PAGE_DATA)
{
    struct asked asked;
    open_asked(&asked);
    queue_and_end(&asked);
    wait_for(&asked, NULL, 0, 0);
    close_asked(&asked);
}

RULE(query, is_not_ready_before_submission, "CB-2.6-04 CB-2.6-05",
        "With DO_NOT_FLUSH an event behind queued work is still drawing, and nothing is submitted",
        PAGE_DATA)
{
    struct asked asked;
    BOOL done = 77;
    open_asked(&asked);
    queue_and_end(&asked);
    if (asked.tap.calls[TAP_RENDER] + asked.tap.calls[TAP_ESCAPE] != 0) {
        not_applicable("the driver queues no copies");
    }
    expect_code(get(&asked, &done, sizeof(done), D3D10_DDI_GET_DATA_DO_NOT_FLUSH),
            DXGI_DDI_ERR_WASSTILLDRAWING, "QueryGetData with DO_NOT_FLUSH");
    cr_assert_eq(done, 77, "the data were written although the event is not ready");
    cr_assert_eq(asked.tap.calls[TAP_RENDER], 0u, "DO_NOT_FLUSH submitted");
    close_asked(&asked);
}

RULE(query, submits_what_it_waits_for, "CB-2.6-06",
        "Without DO_NOT_FLUSH what is queued before the end is submitted", PAGE_DATA)
{
    struct asked asked;
    BOOL done = FALSE;
    open_asked(&asked);
    queue_and_end(&asked);
    (void)get(&asked, &done, sizeof(done), 0);
    cr_assert_geq(asked.tap.calls[TAP_RENDER] + asked.tap.calls[TAP_ESCAPE], 1u,
            "QueryGetData did not submit");
    close_asked(&asked);
}

RULE(query, that_is_not_offered_is_refused, "CB-2.6-07",
        "A query that the driver does not offer is refused with a code that CreateQuery has",
        "PFND3D10DDI_CREATEQUERY")
{
    struct rig rig;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    for (UINT query = 1; query <= 16; query++) {
        D3D10DDIARG_CREATEQUERY create = { .Query = (D3D10DDI_QUERY)query };
        SIZE_T size = device->funcs.pfnCalcPrivateQuerySize(device->handle, &create);
        D3D10DDI_HQUERY handle = { rig_memory(&rig, size) };
        device->funcs.pfnCreateQuery(device->handle, &create, handle, (D3D10DDI_HRTQUERY){ &rig });
        struct rig_reports reports = rig_take_reports(device);
        cr_assert(reports.first == S_OK || reports.first == E_OUTOFMEMORY ||
                        reports.first == DXGI_DDI_ERR_NONEXCLUSIVE,
                "CreateQuery of type %u reported 0x%08x", query, (unsigned)reports.first);
        if (reports.first == S_OK) {
            device->funcs.pfnDestroyQuery(device->handle, handle);
            expect_accepted(device, "DestroyQuery");
        }
    }
    rig_close(&rig);
}
