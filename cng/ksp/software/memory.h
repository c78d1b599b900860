/* SPDX-License-Identifier: MIT */
/* Secret bytes of some length: master keys, plain private blobs, passphrases. */
#ifndef CNG_KSP_SOFTWARE_MEMORY_H
#define CNG_KSP_SOFTWARE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "ncrypt.h"

struct vit_soft_bytes {
    uint8_t *bytes;
    size_t len;
};

/* Zeroed. @return NTE_NO_MEMORY */
SECURITY_STATUS vit_soft_bytes_init(struct vit_soft_bytes *bytes, size_t len);
/* Wipes. */
void vit_soft_bytes_finish(struct vit_soft_bytes *bytes);

typedef struct vit_soft_bytes vit_auto_type_soft_bytes;

static inline void vit_auto_soft_bytes(struct vit_soft_bytes *bytes)
{
    vit_soft_bytes_finish(bytes);
}

#endif
