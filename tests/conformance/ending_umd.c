/* SPDX-License-Identifier: MIT */
/*
 * A driver for the tests of vitrine-conform itself: the one that ENDING_UMD_OF names, but where
 * ENDING_UMD_AT says it ends the process as if all were well, or hangs.
 *
 *     open-exits, open-hangs     OpenAdapter10_2
 *     create-exits, create-hangs CreateDevice; the second writes a byte to ENDING_UMD_TELLS first
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/ddi.h"

static bool ends_at(const char *place)
{
    const char *wanted = getenv("ENDING_UMD_AT");
    return wanted != NULL && strcmp(wanted, place) == 0;
}

static HRESULT APIENTRY create_and_exit(D3D10DDI_HADAPTER adapter, D3D10DDIARG_CREATEDEVICE *create)
{
    (void)adapter, (void)create;
    _exit(0);
}

static HRESULT APIENTRY create_and_hang(D3D10DDI_HADAPTER adapter, D3D10DDIARG_CREATEDEVICE *create)
{
    const char *pipe = getenv("ENDING_UMD_TELLS");
    int fd = pipe != NULL ? open(pipe, O_WRONLY | O_CLOEXEC) : -1; /* stays open */
    (void)adapter, (void)create;
    if (write(fd, "c", 1) != 1) {
        _exit(1);
    }
    for (;;) {
        pause();
    }
}

__attribute__((visibility("default"))) HRESULT APIENTRY
OpenAdapter10_2(D3D10DDIARG_OPENADAPTER *open);

HRESULT APIENTRY OpenAdapter10_2(D3D10DDIARG_OPENADAPTER *open)
{
    const char *path = getenv("ENDING_UMD_OF");
    void *library = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    void *symbol = library != NULL ? dlsym(library, "OpenAdapter10_2") : NULL;
    if (symbol == NULL) {
        return E_FAIL;
    }
    if (ends_at("open-exits")) {
        _exit(0);
    }
    while (ends_at("open-hangs")) {
        pause();
    }
    HRESULT hr = ((PFND3D10DDI_OPENADAPTER)symbol)(open);
    if (SUCCEEDED(hr) && ends_at("create-exits")) {
        open->pAdapterFuncs_2->pfnCreateDevice = create_and_exit;
    }
    if (SUCCEEDED(hr) && ends_at("create-hangs")) {
        open->pAdapterFuncs_2->pfnCreateDevice = create_and_hang;
    }
    return hr;
}
