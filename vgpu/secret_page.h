/* SPDX-License-Identifier: MIT */
/** Key bytes that a driver left in a buffer for the device: read once, zeros afterwards. */
#ifndef VGPU_SECRET_PAGE_H
#define VGPU_SECRET_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "vgpu/context.h"

/**
 * Whatever becomes of the bytes then, those that were read are gone from the buffer.
 *
 * @param out  secret memory of len bytes
 * @return VIT_E_ARG no buffer of the context, or not that long
 */
VIT_RESULT vgpu_secret_page_take(struct vgpu_context *context, uint32_t resource_id,
        uint64_t offset, uint8_t *out, size_t len);

#endif
