/* SPDX-License-Identifier: MIT */
#include "opm/adapter.h"

#include <stdlib.h>

#include "base/log.h"

static HRESULT query(struct opm_adapter *adapter)
{
    QUERY_INTERFACE query = {
        .InterfaceType = &GUID_DEVINTERFACE_OPM,
        .Size = sizeof(adapter->driver),
        .Version = DXGK_OPM_INTERFACE_VERSION_1,
        .Interface = (PINTERFACE)(void *)&adapter->driver,
    };
    NTSTATUS status = adapter->tables.query_interface(adapter->tables.hRTAdapter, &query);
    return NT_SUCCESS(status) ? S_OK : ERROR_GRAPHICS_OPM_NOT_SUPPORTED;
}

HRESULT opm_adapter_borrow(const struct vitrine_host_tables *tables, struct opm_adapter **out)
{
    VIT_AUTO(opm_adapter) adapter = calloc(1, sizeof(*adapter));
    if (adapter == NULL) {
        return E_OUTOFMEMORY;
    }
    adapter->count = 1;
    adapter->tables = *tables;
    HRESULT hr = query(adapter);
    if (FAILED(hr)) {
        return hr;
    }
    *out = adapter;
    adapter = NULL;
    return S_OK;
}

HRESULT opm_adapter_open(struct opm_adapter **out)
{
    char error[256];
    struct vitrine_host_config config = {
        .version = VITRINE_HOST_VERSION,
        .link = secure_getenv("VITRINE_LINK"),
        .certificate = secure_getenv("VITRINE_CERTIFICATE"),
        .key = secure_getenv("VITRINE_KEY"),
    };
    struct vitrine_host_tables tables;
    HRESULT hr = VitrineOpenHost(&config, &tables, error, sizeof(error));
    if (FAILED(hr)) {
        vit_log(VIT_LOG_ERROR, "no output protection: %s", error);
        return hr == E_OUTOFMEMORY ? hr : E_FAIL;
    }
    hr = opm_adapter_borrow(&tables, out);
    if (FAILED(hr)) {
        tables.close(tables.host);
        return hr;
    }
    (*out)->owned = true;
    return S_OK;
}

struct opm_adapter *opm_adapter_ref(struct opm_adapter *adapter)
{
    atomic_fetch_add(&adapter->count, 1);
    return adapter;
}

void opm_adapter_unref(struct opm_adapter *adapter)
{
    if (adapter == NULL || atomic_fetch_sub(&adapter->count, 1) != 1) {
        return;
    }
    if (adapter->owned) {
        adapter->tables.close(adapter->tables.host);
    }
    free(adapter);
}
