/* SPDX-License-Identifier: MIT */
#include "tests/conformance/bare.h"

#include <dlfcn.h>
#include <string.h>

PFND3D10DDI_OPENADAPTER bare_entry(const struct rig *rig)
{
    const char *name = rig->options.umd != NULL ? rig->options.umd : "libvitrine_umd.so";
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library, "%s: %s", name, dlerror());
    void *symbol = dlsym(library, "OpenAdapter10_2");
    cr_assert_not_null(symbol, "%s exports no OpenAdapter10_2", name);
    return (PFND3D10DDI_OPENADAPTER)symbol;
}

D3D10DDIARG_OPENADAPTER bare_open_arguments(const struct rig *rig, D3D10_2DDI_ADAPTERFUNCS *table)
{
    const struct vitrine_host_tables *host = vit_adapter_host(rig->adapter);
    return (D3D10DDIARG_OPENADAPTER){
        .hRTAdapter = { host->hRTAdapter },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .pAdapterCallbacks = host->adapter_callbacks,
        .pAdapterFuncs_2 = table,
    };
}

bool bare_guard_is_whole(const uint8_t *guard)
{
    return rig_all(guard, BARE_GUARD_LEN, BARE_GUARD);
}

uint8_t *bare_memory(struct rig *rig, SIZE_T size, uint8_t fill)
{
    cr_assert(size != (SIZE_T)-1 && size < ((SIZE_T)1 << 24), "a private size of %zu",
            (size_t)size);
    uint8_t *memory = rig_memory(rig, size + BARE_GUARD_LEN);
    memset(memory, fill, size);
    memset(memory + size, BARE_GUARD, BARE_GUARD_LEN);
    return memory;
}

static void APIENTRY set_error(D3D10DDI_HRTCORELAYER core_layer, HRESULT hr)
{
    struct bare_device *bare = core_layer.handle;
    bare->reports++;
    bare->reported = hr;
}

static void APIENTRY amortized_processing(D3D10DDI_HRTCORELAYER core_layer)
{
    (void)core_layer;
}

static const D3D11DDI_CORELAYER_DEVICECALLBACKS core_callbacks = {
    .pfnSetErrorCb = set_error,
    .pfnPerformAmortizedProcessingCb = amortized_processing,
};

void bare_prepare(struct bare_device *bare, struct rig *rig, uint8_t fill)
{
    HANDLE runtime = NULL;
    const struct vitrine_host_tables *host = vit_adapter_host(rig->adapter);
    D3D10DDIARG_CALCPRIVATEDEVICESIZE calc = { .Interface = D3D11_1_DDI_INTERFACE_VERSION };
    memset(bare, 0, sizeof(*bare));
    bare->rig = rig;
    memset(bare->device.guard, BARE_GUARD, BARE_GUARD_LEN);
    expect_code(host->create_device(host->host, &runtime), S_OK, "the host's create_device");
    bare->size = vit_adapter_funcs(rig->adapter)
                         ->pfnCalcPrivateDeviceSize(vit_adapter_handle(rig->adapter), &calc);
    bare->memory = bare_memory(rig, bare->size, fill);
    bare->arguments = (D3D10DDIARG_CREATEDEVICE){
        .hRTDevice = { runtime },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .pKTCallbacks = host->device_callbacks,
        .p11_1DeviceFuncs = &bare->device.table,
        .hDrvDevice = { bare->memory },
        .DXGIBaseDDI = { .pDXGIBaseCallbacks =
                                 (DXGI_DDI_BASE_CALLBACKS *)(uintptr_t)host->dxgi_callbacks,
                .pDXGIDDIBaseFunctions3 = &bare->dxgi },
        .hRTCoreLayer = { bare },
        .p11UMCallbacks = &core_callbacks,
        .ppfnRetrieveSubObject = &bare->retrieve,
    };
}

HRESULT bare_create(struct bare_device *bare)
{
    return vit_adapter_funcs(bare->rig->adapter)
            ->pfnCreateDevice(vit_adapter_handle(bare->rig->adapter), &bare->arguments);
}

void bare_finish(struct bare_device *bare)
{
    const struct vitrine_host_tables *host = vit_adapter_host(bare->rig->adapter);
    if (bare->device.table.pfnDestroyDevice != NULL) {
        bare->device.table.pfnDestroyDevice(bare->arguments.hDrvDevice);
    }
    host->destroy_device(host->host, bare->arguments.hRTDevice.handle);
    cr_assert(bare_guard_is_whole(bare->device.guard), "written behind the device table");
    cr_assert(bare_guard_is_whole(bare->memory + bare->size),
            "written behind the private memory of the device");
}
