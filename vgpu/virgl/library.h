/* SPDX-License-Identifier: MIT */
/**
 * virglrenderer, loaded when a renderer is wanted: with it come EGL, X11, LLVM and more, which a device
 * process that only keeps keys has no use for.
 */
#ifndef VGPU_VIRGL_LIBRARY_H
#define VGPU_VIRGL_LIBRARY_H

#include <virglrenderer.h>

#include "base/status.h"

#define VIRGL_FUNCTIONS(X)                                                                         \
    X(init, virgl_renderer_init)                                                                   \
    X(cleanup, virgl_renderer_cleanup)                                                             \
    X(set_debug_callback, virgl_set_debug_callback)                                                \
    X(get_poll_fd, virgl_renderer_get_poll_fd)                                                     \
    X(poll, virgl_renderer_poll)                                                                   \
    X(force_ctx_0, virgl_renderer_force_ctx_0)                                                     \
    X(get_cap_set, virgl_renderer_get_cap_set)                                                     \
    X(fill_caps, virgl_renderer_fill_caps)                                                         \
    X(context_create, virgl_renderer_context_create)                                               \
    X(context_destroy, virgl_renderer_context_destroy)                                             \
    X(ctx_attach_resource, virgl_renderer_ctx_attach_resource)                                     \
    X(ctx_detach_resource, virgl_renderer_ctx_detach_resource)                                     \
    X(resource_create, virgl_renderer_resource_create)                                             \
    X(resource_unref, virgl_renderer_resource_unref)                                               \
    X(resource_attach_iov, virgl_renderer_resource_attach_iov)                                     \
    X(resource_detach_iov, virgl_renderer_resource_detach_iov)                                     \
    X(submit_cmd, virgl_renderer_submit_cmd)                                                       \
    X(transfer_read_iov, virgl_renderer_transfer_read_iov)                                         \
    X(transfer_write_iov, virgl_renderer_transfer_write_iov)                                       \
    X(create_fence, virgl_renderer_create_fence)

struct virgl_library {
#define X(member, function) __typeof__(function) *member;
    VIRGL_FUNCTIONS(X)
#undef X
};

/* It stays loaded: threads of what it brings may outlive a renderer.
 * @return VIT_E_REFUSED not there, or not the one that this was built for; the log says which */
VIT_RESULT virgl_library_load(struct virgl_library *library);

#endif
