/* SPDX-License-Identifier: MIT */
/* Memory that applications give back with FreeBuffer. The router knows which pointers are such. */
#ifndef CNG_KSP_BUFFER_H
#define CNG_KSP_BUFFER_H

#include <stddef.h>

#include "base/cleanup.h"

/* Zeroed. clean is called when it is freed, NULL: nothing to do. NULL: no memory. */
void *vit_ksp_buffer_new(size_t size, void (*clean)(void *memory));
/* NULL is fine. */
void vit_ksp_buffer_free(void *memory);
VIT_DEFINE_AUTO(ksp_buffer, void *, vit_ksp_buffer_free)

#endif
