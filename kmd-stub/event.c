/* SPDX-License-Identifier: MIT */
#include "kmd-stub/event.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EVENTS = 65536 };

static void set(struct vit_kmd_event *event)
{
    atomic_store_explicit(&event->done, 1, memory_order_release);
}

static enum vit_status make_room(struct vit_kmd_device *device)
{
    size_t end = device->event_first + device->event_count;
    if (end < device->event_capacity) {
        return VIT_OK;
    }
    if (device->event_count >= MAX_EVENTS) {
        return VIT_E_LIMIT;
    }
    /* At least half is used up: move down instead of growing. */
    if (device->event_capacity > 0 && device->event_first >= device->event_count) {
        memmove(device->events, device->events + device->event_first,
                device->event_count * sizeof(*device->events));
        device->event_first = 0;
        return VIT_OK;
    }
    size_t capacity = device->event_capacity == 0 ? 16 : device->event_capacity * 2;
    struct vit_kmd_pending_event *events =
            realloc(device->events, capacity * sizeof(*device->events));
    if (events == NULL) {
        return VIT_E_NOMEM;
    }
    device->events = events;
    device->event_capacity = capacity;
    return VIT_OK;
}

enum vit_status vit_kmd_event_add(struct vit_kmd_device *device, struct vit_kmd_event *event)
{
    if (device->completed == device->submitted) {
        set(event);
        return VIT_OK;
    }
    VIT_TRY(make_room(device));
    size_t end = device->event_first + device->event_count++;
    device->events[end] = (struct vit_kmd_pending_event){ device->submitted, event };
    return VIT_OK;
}

void vit_kmd_events_fire(struct vit_kmd_device *device, uint64_t completed)
{
    while (device->event_count > 0 && device->events[device->event_first].sequence <= completed) {
        set(device->events[device->event_first].event);
        device->event_first++;
        device->event_count--;
    }
    if (device->event_count == 0) {
        device->event_first = 0;
    }
}

void vit_kmd_events_finish(struct vit_kmd_device *device)
{
    vit_kmd_events_fire(device, UINT64_MAX);
    free(device->events);
    device->events = NULL;
    device->event_capacity = 0;
}
