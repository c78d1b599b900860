/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIRGL_WARM_UP_H
#define VGPU_VIRGL_WARM_UP_H

#include "vgpu/renderer.h"

/* Draws, copies, waits and reads once, and leaves nothing behind but what that brought into being.
 * @return VIT_E_REFUSED the renderer does not draw; what the renderer said */
VIT_RESULT vgpu_virgl_warm_up(struct vgpu_renderer *renderer);

#endif
