/* SPDX-License-Identifier: MIT */
/**
 * Event queries: true when the device has done all that was called before QueryEnd. Each uses a
 * completion event of wire/kmd.h, whose memory belongs to the device, because the kernel may set it
 * after the query is destroyed.
 */
#ifndef UMD_QUERY_H
#define UMD_QUERY_H

#include "base/status.h"
#include "d3d10umddi.h"
#include "umd/object.h"
#include "wire/kmd.h"

struct umd_adapter;
struct umd_device;

struct umd_event {
    struct vit_kmd_event kmd;
    struct umd_event *next;     /* in idle or parked */
    struct umd_event *all_next; /* in all */
};

enum umd_query_state {
    UMD_QUERY_NEW,
    UMD_QUERY_ENDED,   /* behind commands that are not submitted yet */
    UMD_QUERY_STARTED, /* the kernel knows of it */
    UMD_QUERY_FAILED,
};

struct umd_query {
    struct umd_object object;
    enum umd_query_state state;
    struct umd_event *event;
    struct umd_query *next, **link; /* among the ended ones */
};

struct umd_queries {
    struct umd_query *ended;
    struct umd_event *idle;
    struct umd_event *parked; /* the kernel may still set them; nobody waits */
    struct umd_event *all;
};

/* Starts the events of all ended queries: their commands are with the kernel now. */
void umd_queries_submitted(struct umd_device *device);
/* The context is gone. */
void umd_queries_finish(struct umd_queries *queries);
/* It is not: the events go to the adapter, with which they are freed. */
void umd_queries_leave(struct umd_queries *queries, struct umd_adapter *adapter);
/* The adapter is closed. */
void umd_events_free(struct umd_event *events);

SIZE_T APIENTRY umd_calc_query_size(D3D10DDI_HDEVICE hDevice,
        const D3D10DDIARG_CREATEQUERY *create);
VOID APIENTRY umd_create_query(D3D10DDI_HDEVICE hDevice, const D3D10DDIARG_CREATEQUERY *create,
        D3D10DDI_HQUERY hQuery, D3D10DDI_HRTQUERY hRTQuery);
VOID APIENTRY umd_destroy_query(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery);
VOID APIENTRY umd_query_begin(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery);
VOID APIENTRY umd_query_end(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery);
VOID APIENTRY umd_query_get_data(D3D10DDI_HDEVICE hDevice, D3D10DDI_HQUERY hQuery, VOID *data,
        UINT data_size, UINT flags);

#endif
