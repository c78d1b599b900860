/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/ddi.h"

struct vit_adapter {
    void *umd, *host;
    struct vitrine_host_tables tables;
    D3D10_2DDI_ADAPTERFUNCS funcs;
    D3D10DDI_HADAPTER handle;
};

static HRESULT load(const char *name, const char *entry, void **library, void **symbol, char *error,
        uint32_t error_len)
{
    *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (*library == NULL) {
        snprintf(error, error_len, "%s", dlerror());
        return E_FAIL;
    }
    *symbol = dlsym(*library, entry);
    if (*symbol == NULL) {
        snprintf(error, error_len, "%s: exports no %s", name, entry);
        return E_FAIL;
    }
    return S_OK;
}

static const char *or_default(const char *name, const char *standard)
{
    return name != NULL ? name : standard;
}

static HRESULT open_host(struct vit_adapter *adapter, const struct vit_adapter_config *config,
        char *error, uint32_t error_len)
{
    VITRINE_OPEN_HOST *open_entry;
    void *symbol;
    HRESULT hr = load(or_default(config->host, "libvitrine_host.so"), "VitrineOpenHost",
            &adapter->host, &symbol, error, error_len);
    if (FAILED(hr)) {
        return hr;
    }
    open_entry = (VITRINE_OPEN_HOST *)symbol;
    struct vitrine_host_config link = config->link;
    link.version = VITRINE_HOST_VERSION;
    hr = open_entry(&link, &adapter->tables, error, error_len);
    if (SUCCEEDED(hr) && config->wrap_host != NULL) {
        config->wrap_host(config->wrap_context, &adapter->tables);
    }
    return hr;
}

static HRESULT open_driver(struct vit_adapter *adapter, const struct vit_adapter_config *config,
        char *error, uint32_t error_len)
{
    void *symbol;
    HRESULT hr = load(or_default(config->umd, "libvitrine_umd.so"), "OpenAdapter10_2",
            &adapter->umd, &symbol, error, error_len);
    if (FAILED(hr)) {
        return hr;
    }
    D3D10DDIARG_OPENADAPTER open_data = {
        .hRTAdapter = { adapter->tables.hRTAdapter },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .Version = 0,
        .pAdapterCallbacks = adapter->tables.adapter_callbacks,
        .pAdapterFuncs_2 = &adapter->funcs,
    };
    hr = ((PFND3D10DDI_OPENADAPTER)symbol)(&open_data);
    if (FAILED(hr)) {
        snprintf(error, error_len, "the driver does not open the adapter: 0x%08x", (unsigned)hr);
        return hr;
    }
    adapter->handle = open_data.hAdapter;
    return S_OK;
}

HRESULT vit_adapter_open(const struct vit_adapter_config *config, struct vit_adapter **adapter,
        char *error, uint32_t error_len)
{
    VIT_AUTO(adapter) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = open_host(created, config, error, error_len);
    if (SUCCEEDED(hr)) {
        hr = open_driver(created, config, error, error_len);
    }
    if (FAILED(hr)) {
        return hr;
    }
    *adapter = created;
    created = NULL;
    return S_OK;
}

void vit_adapter_close(struct vit_adapter *adapter)
{
    if (adapter == NULL) {
        return;
    }
    if (adapter->handle.pDrvPrivate != NULL) {
        adapter->funcs.pfnCloseAdapter(adapter->handle);
    }
    if (adapter->tables.host != NULL) {
        adapter->tables.close(adapter->tables.host);
    }
    /* The libraries stay loaded: a leak checker must still be able to name their frames. */
    free(adapter);
}

const struct vitrine_host_tables *vit_adapter_host(const struct vit_adapter *adapter)
{
    return &adapter->tables;
}

const D3D10_2DDI_ADAPTERFUNCS *vit_adapter_funcs(const struct vit_adapter *adapter)
{
    return &adapter->funcs;
}

D3D10DDI_HADAPTER vit_adapter_handle(const struct vit_adapter *adapter)
{
    return adapter->handle;
}
