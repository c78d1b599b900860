/* SPDX-License-Identifier: MIT */
#include "vgpu/virgl/library.h"

#include <dlfcn.h>
#include <string.h>

#include "base/log.h"

static enum vit_status find(void *handle, const char *name, void *function, size_t size)
{
    void *found = dlsym(handle, name);
    if (found == NULL) {
        vit_log(VIT_LOG_ERROR, "virglrenderer: %s", dlerror());
        return VIT_E_REFUSED;
    }
    memcpy(function, &found, size); /* ISO C has no cast for it */
    return VIT_OK;
}

enum vit_status virgl_library_load(struct virgl_library *library)
{
    void *handle = dlopen("libvirglrenderer.so.1", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        vit_log(VIT_LOG_ERROR, "virglrenderer: %s", dlerror());
        return VIT_E_REFUSED;
    }
#define X(member, function) VIT_TRY(find(handle, #function, &library->member, sizeof(void *)));
    VIRGL_FUNCTIONS(X)
#undef X
    return VIT_OK;
}
