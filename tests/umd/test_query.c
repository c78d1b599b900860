/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static HRESULT get(struct rig *rig, D3D10DDI_HQUERY query, BOOL *value, UINT flags)
{
    rig->first.funcs.pfnQueryGetData(rig->first.handle, query, value, sizeof(*value), flags);
    return rig_take_error(&rig->first);
}

static void end(struct rig *rig, D3D10DDI_HQUERY query)
{
    rig->first.funcs.pfnQueryEnd(rig->first.handle, query);
    cr_assert_eq(rig_take_error(&rig->first), S_OK);
}

/* Something to be submitted. */
static void queue(struct rig *rig)
{
    D3D10DDI_HRESOURCE a = rig_staging(rig, &rig->first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(rig, &rig->first, 64);
    rig->first.funcs.pfnResourceCopy(rig->first.handle, a, b);
}

Test(query, is_true_when_nothing_is_left_to_do)
{
    struct rig rig;
    BOOL value = FALSE;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    cr_assert_eq(get(&rig, query, &value, 0), S_OK);
    cr_assert_eq(value, TRUE);
    rig_close(&rig);
}

Test(query, submits_what_came_before_its_end)
{
    struct rig rig;
    BOOL value = FALSE;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    queue(&rig);
    end(&rig, query);
    cr_assert_eq(rig.host.signal_count, 0u);
    cr_assert_eq(get(&rig, query, &value, D3D10_DDI_GET_DATA_DO_NOT_FLUSH),
            DXGI_DDI_ERR_WASSTILLDRAWING);
    cr_assert_eq(rig.host.render_count, 0u);
    cr_assert_eq(get(&rig, query, &value, 0), S_OK);
    cr_assert_eq(rig.host.render_count, 1u);
    cr_assert_eq(rig.host.signal_count, 1u);
    cr_assert_eq(rig.host.wait_count, 0u, "done already: nobody is asked");
    cr_assert_eq(value, TRUE);
    rig_close(&rig);
}

Test(query, is_still_drawing_until_the_device_is_done)
{
    struct rig rig;
    BOOL value = 42;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.hold_events = true;
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    queue(&rig);
    end(&rig, query);
    cr_assert_eq(get(&rig, query, &value, 0), DXGI_DDI_ERR_WASSTILLDRAWING);
    cr_assert_eq(value, 42);
    cr_assert_eq(rig.host.wait_count, 1u);
    cr_assert_eq(rig.host.last_wait_limit, 0u, "a poll does not wait");
    fake_complete(&rig.host);
    cr_assert_eq(get(&rig, query, &value, D3D10_DDI_GET_DATA_DO_NOT_FLUSH), S_OK);
    cr_assert_eq(value, TRUE);
    rig_close(&rig);
}

Test(query, lets_the_device_make_progress)
{
    struct rig rig;
    BOOL value = FALSE;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.hold_events = true;
    rig.host.complete_on_wait = true;
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    cr_assert_eq(get(&rig, query, &value, 0), S_OK);
    cr_assert_eq(value, TRUE);
    rig_close(&rig);
}

Test(query, can_be_polled_without_data)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    rig.first.funcs.pfnQueryGetData(rig.first.handle, query, NULL, 0, 0);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(query, refuses_a_short_place_for_its_data)
{
    struct rig rig;
    uint8_t bytes[4] = { 9, 9, 9, 9 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    for (UINT size = 0; size < 4; size++) {
        rig.first.funcs.pfnQueryGetData(rig.first.handle, query, bytes, size, 0);
        cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    }
    cr_assert_eq(bytes[0], 9);
    rig_close(&rig);
}

Test(query, that_was_never_ended_is_not_true)
{
    struct rig rig;
    BOOL value = 3;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    rig.first.funcs.pfnQueryBegin(rig.first.handle, query);
    cr_assert_eq(get(&rig, query, &value, 0), DXGI_DDI_ERR_WASSTILLDRAWING);
    cr_assert_eq(value, 3);
    rig_close(&rig);
}

/* The first end's event may come late and must not be taken for the second's. */
Test(query, ended_again_waits_for_the_second_end)
{
    struct rig rig;
    BOOL value = FALSE;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.hold_events = true;
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    cr_assert_eq(rig.host.event_count, 1u);
    struct vit_kmd_event *first = rig.host.events[0];
    rig.host.event_count = 0;
    end(&rig, query);
    cr_assert_neq(rig.host.events[0], first);
    atomic_store(&first->done, 1);
    cr_assert_eq(get(&rig, query, &value, 0), DXGI_DDI_ERR_WASSTILLDRAWING);
    fake_complete(&rig.host);
    cr_assert_eq(get(&rig, query, &value, 0), S_OK);
    rig_close(&rig);
}

Test(query, can_be_destroyed_before_the_kernel_sets_its_event)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.hold_events = true;
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    rig.first.funcs.pfnDestroyQuery(rig.first.handle, query);
    D3D10DDI_HQUERY next = rig_query(&rig, &rig.first);
    end(&rig, next);
    cr_assert_eq(rig.host.event_count, 2u);
    cr_assert_neq(rig.host.events[0], rig.host.events[1]);
    fake_complete(&rig.host);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(query, uses_events_again)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.hold_events = true;
    struct vit_kmd_event *seen[4];
    for (unsigned i = 0; i < 4; i++) {
        D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
        end(&rig, query);
        seen[i] = rig.host.events[0];
        rig.first.funcs.pfnDestroyQuery(rig.first.handle, query);
        fake_complete(&rig.host);
    }
    cr_assert_eq(seen[1], seen[0]);
    cr_assert_eq(seen[3], seen[0]);
    rig_close(&rig);
}

Test(query, can_be_destroyed_between_its_end_and_the_flush)
{
    struct rig rig;
    BOOL value = FALSE;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY queries[3];
    queue(&rig);
    for (unsigned i = 0; i < 3; i++) {
        queries[i] = rig_query(&rig, &rig.first);
        end(&rig, queries[i]);
        end(&rig, queries[i]);
    }
    rig.first.funcs.pfnDestroyQuery(rig.first.handle, queries[1]);
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert_eq(rig.host.signal_count, 2u);
    cr_assert_eq(get(&rig, queries[0], &value, 0), S_OK);
    cr_assert_eq(get(&rig, queries[2], &value, 0), S_OK);
    rig_close(&rig);
}

Test(query, reports_removal)
{
    struct rig rig;
    BOOL value = 5;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    rig.host.signal = D3DDDIERR_DEVICEREMOVED;
    rig.first.funcs.pfnQueryEnd(rig.first.handle, query);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(get(&rig, query, &value, 0), D3DDDIERR_DEVICEREMOVED);
    rig.host.signal = S_OK;
    rig.host.hold_events = true;
    rig.host.wait = D3DDDIERR_DEVICEREMOVED;
    end(&rig, query);
    cr_assert_eq(get(&rig, query, &value, 0), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(value, 5);
    rig_close(&rig);
}

Test(query, of_another_kind_cannot_be_had)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    for (UINT kind = 1; kind < 17; kind++) {
        const D3D10DDIARG_CREATEQUERY create = { .Query = (D3D10DDI_QUERY)kind };
        D3D10DDI_HQUERY query = { rig_memory(&rig, 256) };
        rig.first.funcs.pfnCreateQuery(rig.first.handle, &create, query,
                (D3D10DDI_HRTQUERY){ NULL });
        cr_assert_eq(rig_take_error(&rig.first), E_OUTOFMEMORY);
        rig.first.funcs.pfnQueryEnd(rig.first.handle, query);
        cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    }
    rig_close(&rig);
}

Test(query, of_another_device_is_refused)
{
    struct rig rig;
    BOOL value = 7;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_open_second(&rig);
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    const struct rig_device *other = &rig.second;
    other->funcs.pfnQueryEnd(other->handle, query);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    other->funcs.pfnQueryGetData(other->handle, query, &value, sizeof(value), 0);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    other->funcs.pfnDestroyQuery(other->handle, query);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(value, 7);
    end(&rig, query);
    rig_close(&rig);
}

/* The kernel may still write to the events when the context did not go; the adapter frees them. */
Test(query, events_outlive_a_context_that_stays)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.hold_events = true;
    D3D10DDI_HQUERY query = rig_query(&rig, &rig.first);
    end(&rig, query);
    struct vit_kmd_event *event = rig.host.events[0];
    rig.host.destroy_context = E_INVALIDARG;
    rig.first.funcs.pfnDestroyDevice(rig.first.handle);
    fake_complete(&rig.host);
    cr_assert_eq(atomic_load(&event->done), 1u);
    rig.first.fake->context_count = 0;
    rig.first.handle.pDrvPrivate = NULL;
    rig_close(&rig);
}
