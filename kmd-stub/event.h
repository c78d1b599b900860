/* SPDX-License-Identifier: MIT */
/* CPU events that wait for a device's submissions. */
#ifndef KMD_STUB_EVENT_H
#define KMD_STUB_EVENT_H

#include "kmd-stub/device.h"

/* Fires when all that is submitted by now is done: at once, perhaps.
 * @return VIT_E_NOMEM, VIT_E_LIMIT too many wait */
VIT_RESULT vit_kmd_event_add(struct vit_kmd_device *device, struct vit_kmd_event *event);

/* Sets the events up to that sequence; UINT64_MAX: all. */
void vit_kmd_events_fire(struct vit_kmd_device *device, uint64_t completed);

/* Sets what is left and frees the list. */
void vit_kmd_events_finish(struct vit_kmd_device *device);

#endif
