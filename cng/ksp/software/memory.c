/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/memory.h"

#include "cng/ksp/ksp.h"

SECURITY_STATUS vit_soft_bytes_init(struct vit_soft_bytes *bytes, size_t len)
{
    struct vit_slab *slab = vit_ksp_slab();
    bytes->bytes = slab == NULL ? NULL : vit_slab_alloc(slab, len > 0 ? len : 1);
    bytes->len = bytes->bytes != NULL ? len : 0;
    return bytes->bytes != NULL ? ERROR_SUCCESS : NTE_NO_MEMORY;
}

void vit_soft_bytes_finish(struct vit_soft_bytes *bytes)
{
    if (bytes->bytes != NULL) {
        vit_slab_free(vit_ksp_slab(), bytes->bytes, bytes->len > 0 ? bytes->len : 1);
    }
    *bytes = (struct vit_soft_bytes){ NULL, 0 };
}
