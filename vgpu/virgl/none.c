/* SPDX-License-Identifier: MIT */
/* In the place of virgl.c where there is no virglrenderer. */
#include "vgpu/virgl/virgl.h"

bool vgpu_virgl_built(void)
{
    return false;
}

enum vit_status vgpu_virgl_create(const char *render_node, struct vgpu_renderer **renderer)
{
    (void)render_node;
    (void)renderer;
    return VIT_E_UNSUPPORTED;
}

void vgpu_virgl_destroy(struct vgpu_renderer *renderer)
{
    (void)renderer;
}
