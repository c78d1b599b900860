/* SPDX-License-Identifier: MIT */
/**
 * What an output says of itself to whoever asks for its EDID (VESA E-EDID 1.4): one block of 128
 * bytes for a digital monitor, with its preferred mode and its name.
 */
#ifndef VGPU_EDID_H
#define VGPU_EDID_H

#include <stdint.h>

enum { VGPU_EDID_LEN = 128 };

/* A mode that a detailed timing cannot express (4096 pixels and more, below 10 MHz or above 655.35)
 * is told as 1920x1080 there; the display information still has the true one.
 * @param serial  tells monitors of one device apart */
void vgpu_edid_make(uint32_t width, uint32_t height, uint32_t serial, uint8_t out[VGPU_EDID_LEN]);

#endif
