/* SPDX-License-Identifier: MIT */
/* How the driver finds out that it talks to a Vitrine device, and to which. */
#ifndef KMD_STUB_GPU_CAPSET_H
#define KMD_STUB_GPU_CAPSET_H

#include "kmd-stub/gpu.h"

/* Payload of our capset, looked for by its id.
 * @param out  VIT_CAPSET_MAX_LEN bytes
 * @return VIT_E_UNSUPPORTED not offered; VIT_E_PROTOCOL, VIT_E_GONE */
VIT_RESULT vit_gpu_capset(struct vit_gpu *gpu, uint8_t *out, size_t *len);

#endif
