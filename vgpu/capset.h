/* SPDX-License-Identifier: MIT */
#ifndef VGPU_CAPSET_H
#define VGPU_CAPSET_H

#include <stddef.h>
#include <stdint.h>

#include "certs/chain.h"
#include "vgpu/device.h"

/* Encodes what a device of this configuration (defaults filled in) says of itself; the caller frees.
 * @return VIT_E_REFUSED a chain that is too long, VIT_E_NOMEM */
VIT_RESULT vgpu_capset_create(const struct vgpu_config *config, const struct vit_chain *chain,
        enum vit_custody custody, uint8_t **capset, size_t *len);

#endif
