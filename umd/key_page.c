/* SPDX-License-Identifier: MIT */
#include "umd/key_page.h"

#include <string.h>

#include "base/secret.h"
#include "crypto-session/exchange.h"
#include "umd/allocation.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/escape.h"

enum { PAGE_LEN = 4096 };

static enum vit_status open_page(struct umd_device *device)
{
    struct umd_key_page *page = &device->key_page;
    struct vit_surface surface;
    D3DDDICB_LOCKFLAGS flags = { .Value = 0 };
    VIT_TRY(vit_surface_init(&surface, VIT_FORMAT_BYTES, PAGE_LEN, 1));
    VIT_TRY(umd_kernel_failure(umd_allocation_create(device, VIT_ALLOCATION_SHARED, &surface, 0,
            &page->allocation)));
    return umd_kernel_failure(umd_allocation_lock(device, &page->allocation, flags, &page->page));
}

static enum vit_status open_all(struct umd_device *device)
{
    struct umd_key_page *page = &device->key_page;
    if (page->page != NULL) {
        return VIT_OK;
    }
    page->key = vit_slab_alloc(device->adapter->slab, VIT_SESSION_KEY_LEN);
    enum vit_status status = page->key != NULL ? open_page(device) : VIT_E_NOMEM;
    if (status != VIT_OK) {
        umd_key_page_close(device);
    }
    return status;
}

void umd_key_page_close(struct umd_device *device)
{
    struct umd_key_page *page = &device->key_page;
    if (page->page != NULL) {
        vit_wipe(page->page, VIT_SESSION_KEY_LEN);
        umd_allocation_unlock(device, page->allocation);
    }
    umd_allocation_destroy(device, page->allocation);
    vit_slab_free(device->adapter->slab, page->key, VIT_SESSION_KEY_LEN);
    *page = (struct umd_key_page){ .allocation = 0 };
}

static enum vit_status program(struct umd_device *device, enum vit_op op, uint64_t object)
{
    struct umd_escape escape;
    umd_escape_begin(&escape, op, device->key_page.allocation, 0);
    vit_put_program(&escape.out, op, &(struct vit_msg_program){ .session = object });
    return umd_escape_call(device, &escape, NULL, 0);
}

enum vit_status umd_key_page_exchange(struct umd_device *device, enum vit_op op, uint64_t object,
        const uint8_t block[256])
{
    VIT_TRY(open_all(device));
    struct umd_key_page *page = &device->key_page;
    enum vit_status status =
            vit_exchange_session_key(device->adapter->custody.key, block, page->key);
    if (status == VIT_OK) {
        memcpy(page->page, page->key, VIT_SESSION_KEY_LEN);
        status = program(device, op, object);
    }
    vit_wipe(page->page, VIT_SESSION_KEY_LEN);
    vit_wipe(page->key, VIT_SESSION_KEY_LEN);
    return status;
}
