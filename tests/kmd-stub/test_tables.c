/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "kmd-stub/tables.h"

static void expect_full(const void *table, size_t len)
{
    const unsigned char *bytes = table;
    void (*entry)(void);
    for (size_t at = 0; at < len; at += sizeof(entry)) {
        memcpy(&entry, bytes + at, sizeof(entry));
        cr_expect_not_null((const void *)(uintptr_t)entry, "entry %zu", at / sizeof(entry));
    }
}

Test(tables, no_entry_is_null)
{
    expect_full(&vit_kmd_adapter_callbacks, sizeof(vit_kmd_adapter_callbacks));
    expect_full(&vit_kmd_device_callbacks, sizeof(vit_kmd_device_callbacks));
    expect_full(&vit_kmd_dxgi_callbacks, sizeof(vit_kmd_dxgi_callbacks));
}

Test(tables, what_is_not_done_says_so)
{
    const D3DDDI_DEVICECALLBACKS *table = &vit_kmd_device_callbacks;
    cr_expect_eq(table->pfnSetPriorityCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnQueryResidencyCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnSetDisplayModeCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnCreateOverlayCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnUpdateOverlayCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnFlipOverlayCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnDestroyOverlayCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnCreateSynchronizationObjectCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnDestroySynchronizationObjectCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnWaitForSynchronizationObjectCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnSignalSynchronizationObjectCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnSetAsyncCallbacksCb(NULL, 1), E_NOTIMPL);
    cr_expect_eq(table->pfnSetDisplayPrivateDriverFormatCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnOfferAllocationsCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnReclaimAllocationsCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnCreateSynchronizationObject2Cb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(table->pfnPresentMultiPlaneOverlayCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(vit_kmd_dxgi_callbacks.pfnPresentMultiplaneOverlayCb(NULL, NULL), E_NOTIMPL);
    cr_expect_eq(vit_kmd_adapter_callbacks.pfnGetMultisampleMethodListCb(NULL, NULL), E_NOTIMPL);
}
