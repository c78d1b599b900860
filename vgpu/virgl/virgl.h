/* SPDX-License-Identifier: MIT */
/**
 * The renderer that virglrenderer and EGL make: llvmpipe, or a GPU by its render node. There is one in
 * a process at a time, since virglrenderer is one; the thread that creates it makes all calls.
 */
#ifndef VGPU_VIRGL_VIRGL_H
#define VGPU_VIRGL_VIRGL_H

#include <stdbool.h>

#include "vgpu/renderer.h"

/* Was it built? */
bool vgpu_virgl_built(void);

/**
 * Also renders a little, so that whatever is loaded or made at first use is there when this returns,
 * before the process gives up its rights.
 *
 * @param render_node  path; NULL: in software
 * @return VIT_E_UNSUPPORTED not built; VIT_E_IO the node cannot be opened; VIT_E_REFUSED EGL or
 *         virglrenderer do not start, or there is one already; VIT_E_NOMEM
 */
VIT_RESULT vgpu_virgl_create(const char *render_node, struct vgpu_renderer **renderer);
void vgpu_virgl_destroy(struct vgpu_renderer *renderer);

#endif
