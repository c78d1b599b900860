/* SPDX-License-Identifier: MIT */
#include "umd/query.h"

#include <stdlib.h>
#include <string.h>

#include "umd/device.h"
#include "umd/error.h"

static bool is_done(const struct umd_event *event)
{
    return atomic_load_explicit(&event->kmd.done, memory_order_acquire) != 0;
}

static struct umd_event *pop(struct umd_event **list)
{
    struct umd_event *event = *list;
    *list = event->next;
    return event;
}

static void push(struct umd_event **list, struct umd_event *event)
{
    event->next = *list;
    *list = event;
}

static struct umd_event *take_parked(struct umd_queries *queries)
{
    for (struct umd_event **at = &queries->parked; *at != NULL; at = &(*at)->next) {
        if (is_done(*at)) {
            return pop(at);
        }
    }
    return NULL;
}

static struct umd_event *take_event(struct umd_queries *queries)
{
    if (queries->idle != NULL) {
        return pop(&queries->idle);
    }
    struct umd_event *event = take_parked(queries);
    if (event != NULL) {
        return event;
    }
    event = calloc(1, sizeof(*event));
    if (event != NULL) {
        event->all_next = queries->all;
        queries->all = event;
    }
    return event;
}

static bool is_pending(const struct umd_query *query)
{
    return query->state == UMD_QUERY_STARTED && !is_done(query->event);
}

static void give_event(struct umd_queries *queries, struct umd_query *query)
{
    push(is_pending(query) ? &queries->parked : &queries->idle, query->event);
    query->event = NULL;
}

static void link_ended(struct umd_queries *queries, struct umd_query *query)
{
    query->state = UMD_QUERY_ENDED;
    query->next = queries->ended;
    query->link = &queries->ended;
    if (query->next != NULL) {
        query->next->link = &query->next;
    }
    queries->ended = query;
}

static void unlink_ended(struct umd_query *query)
{
    *query->link = query->next;
    if (query->next != NULL) {
        query->next->link = query->link;
    }
}

static void start(struct umd_device *device, struct umd_query *query)
{
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 signal = { .hContext = device->context };
    signal.Flags.EnqueueCpuEvent = 1;
    signal.CpuEventHandle = &query->event->kmd;
    HRESULT hr = device->callbacks->pfnSignalSynchronizationObject2Cb(device->runtime, &signal);
    query->state = SUCCEEDED(hr) ? UMD_QUERY_STARTED : UMD_QUERY_FAILED;
}

void umd_queries_submitted(struct umd_device *device)
{
    struct umd_query *query = device->queries.ended;
    device->queries.ended = NULL;
    while (query != NULL) {
        struct umd_query *next = query->next;
        start(device, query);
        query = next;
    }
}

void umd_events_free(struct umd_event *events)
{
    while (events != NULL) {
        struct umd_event *event = events;
        events = event->all_next;
        free(event);
    }
}

void umd_queries_finish(struct umd_queries *queries)
{
    umd_events_free(queries->all);
    *queries = (struct umd_queries){ .all = NULL };
}

/* Devices of one adapter may be destroyed on several threads at once. */
void umd_queries_leave(struct umd_queries *queries, struct umd_adapter *adapter)
{
    struct umd_event *last = queries->all;
    while (last != NULL && last->all_next != NULL) {
        last = last->all_next;
    }
    if (last != NULL) {
        last->all_next = atomic_load(&adapter->events_left);
        while (!atomic_compare_exchange_weak(&adapter->events_left, &last->all_next,
                queries->all)) {
        }
    }
    *queries = (struct umd_queries){ .all = NULL };
}

SIZE_T APIENTRY umd_calc_query_size(D3D10DDI_HDEVICE hDevice, const D3D10DDIARG_CREATEQUERY *create)
{
    (void)hDevice;
    (void)create;
    return sizeof(struct umd_query);
}

static enum vit_status create_query(struct umd_device *device,
        const D3D10DDIARG_CREATEQUERY *create, struct umd_query *query)
{
    if (create == NULL || query == NULL || create->Query != D3D10DDI_QUERY_EVENT) {
        return VIT_E_NOMEM; /* the one refusal that the page allows */
    }
    struct umd_event *event = take_event(&device->queries);
    if (event == NULL) {
        return VIT_E_NOMEM;
    }
    *query = (struct umd_query){
        .object = { .kind = UMD_KIND_QUERY, .device = device },
        .state = UMD_QUERY_NEW,
        .event = event,
    };
    return VIT_OK;
}

VOID APIENTRY umd_create_query(D3D10DDI_HDEVICE hDevice, const D3D10DDIARG_CREATEQUERY *create,
        D3D10DDI_HQUERY hQuery, D3D10DDI_HRTQUERY hRTQuery)
{
    (void)hRTQuery;
    struct umd_device *device = umd_device_get(hDevice);
    if (device != NULL) {
        umd_report_memory(device, create_query(device, create, hQuery.pDrvPrivate));
    }
}

/* Both NULL-safe: a handle that is not a query of this device is reported. */
static struct umd_query *get_query(struct umd_device *device, D3D10DDI_HQUERY hQuery)
{
    struct umd_query *query = umd_object_get(device, hQuery.pDrvPrivate, UMD_KIND_QUERY);
    if (query == NULL) {
        umd_report(device, VIT_E_ARG);
    }
    return query;
}

VOID APIENTRY umd_destroy_query(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_query *query = device != NULL ? get_query(device, hQuery) : NULL;
    if (query == NULL) {
        return;
    }
    if (query->state == UMD_QUERY_ENDED) {
        unlink_ended(query);
    }
    give_event(&device->queries, query);
    memset(query, 0, sizeof(*query));
}

VOID APIENTRY umd_query_begin(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device != NULL) {
        (void)get_query(device, hQuery);
    }
}

/* An event that the kernel may still set for an earlier end would tell of this one too soon. */
static enum vit_status renew_event(struct umd_device *device, struct umd_query *query)
{
    if (is_pending(query)) {
        struct umd_event *event = take_event(&device->queries);
        if (event == NULL) {
            return VIT_E_NOMEM;
        }
        push(&device->queries.parked, query->event);
        query->event = event;
    }
    atomic_store_explicit(&query->event->kmd.done, 0, memory_order_relaxed);
    return VIT_OK;
}

static enum vit_status end_query(struct umd_device *device, struct umd_query *query)
{
    if (query->state == UMD_QUERY_ENDED) {
        return VIT_OK; /* still in front of the same submission */
    }
    VIT_TRY(renew_event(device, query));
    if (device->commands.message_count != 0) {
        link_ended(&device->queries, query);
        return VIT_OK;
    }
    start(device, query);
    return query->state == UMD_QUERY_STARTED ? VIT_OK : VIT_E_GONE;
}

VOID APIENTRY umd_query_end(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_query *query = device != NULL ? get_query(device, hQuery) : NULL;
    if (query != NULL) {
        umd_report(device, end_query(device, query));
    }
}

static enum vit_status poll_query(struct umd_device *device, struct umd_query *query, UINT flags)
{
    if (query->state == UMD_QUERY_NEW) {
        return VIT_E_BUSY;
    }
    if (query->state == UMD_QUERY_ENDED) {
        if ((flags & D3D10_DDI_GET_DATA_DO_NOT_FLUSH) != 0) {
            return VIT_E_BUSY;
        }
        VIT_TRY(umd_flush(device));
    }
    if (query->state == UMD_QUERY_FAILED) {
        return VIT_E_GONE;
    }
    if (is_done(query->event)) {
        return VIT_OK;
    }
    VIT_TRY(umd_device_poll(device));
    return is_done(query->event) ? VIT_OK : VIT_E_BUSY;
}

static enum vit_status get_data(struct umd_device *device, struct umd_query *query, VOID *data,
        UINT data_size, UINT flags)
{
    BOOL value = TRUE;
    if (data != NULL && data_size < sizeof(value)) {
        return VIT_E_ARG;
    }
    VIT_TRY(poll_query(device, query, flags));
    if (data != NULL) {
        memcpy(data, &value, sizeof(value));
    }
    return VIT_OK;
}

VOID APIENTRY umd_query_get_data(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery, VOID *data,
        UINT data_size, UINT flags)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_query *query = device != NULL ? get_query(device, hQuery) : NULL;
    if (query != NULL) {
        umd_report(device, get_data(device, query, data, data_size, flags));
    }
}
