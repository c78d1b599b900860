/* SPDX-License-Identifier: MIT */
/* How a runtime's device handle finds its device. */
#ifndef KMD_STUB_DEVICE_SLOT_H
#define KMD_STUB_DEVICE_SLOT_H

#include "kmd-stub/device.h"

VIT_RESULT vit_kmd_device_slot_take(struct vit_kmd_device *device, HANDLE *hRTDevice);
/* The handle is stale from now on. */
void vit_kmd_device_slot_give(struct vit_kmd_device *device);

#endif
