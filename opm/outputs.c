/* SPDX-License-Identifier: MIT */
/* From a monitor, or a target of the adapter, to its output objects. */
#include "opm/export.h"
#include "opm/monitor.h"
#include "opm/output.h"

OPM_EXPORT HRESULT OPMGetVideoOutputsFromHMONITOR(HMONITOR hMonitor, OPM_VIDEO_OUTPUT_SEMANTICS vos,
        ULONG *pulNumVideoOutputs, IOPMVideoOutput ***pppOPMVideoOutputArray)
{
    if (pulNumVideoOutputs == NULL || pppOPMVideoOutputArray == NULL) {
        return E_INVALIDARG;
    }
    VIT_AUTO(opm_adapter) adapter = NULL;
    UINT output = 0;
    HRESULT hr = opm_monitor_resolve(hMonitor, &adapter, &output);
    if (FAILED(hr)) {
        return hr;
    }
    IOPMVideoOutput **array = CoTaskMemAlloc(sizeof(*array));
    if (array == NULL) {
        return E_OUTOFMEMORY;
    }
    hr = opm_output_create(adapter, output, vos, &array[0]);
    if (FAILED(hr)) {
        CoTaskMemFree(array);
        return hr;
    }
    *pulNumVideoOutputs = 1;
    *pppOPMVideoOutputArray = array;
    return S_OK;
}

OPM_EXPORT HRESULT OPMGetVideoOutputForTarget(LUID *pAdapterLuid, ULONG VidPnTarget,
        OPM_VIDEO_OUTPUT_SEMANTICS vos, IOPMVideoOutput **ppOPMVideoOutput)
{
    if (pAdapterLuid == NULL || ppOPMVideoOutput == NULL) {
        return E_INVALIDARG;
    }
    VIT_AUTO(opm_adapter) adapter = NULL;
    HRESULT hr = opm_adapter_open(&adapter);
    if (FAILED(hr)) {
        return hr;
    }
    return opm_output_create(adapter, VidPnTarget, vos, ppOPMVideoOutput);
}

OPM_EXPORT HRESULT
OPMGetVideoOutputsFromIDirect3DDevice9Object(struct IDirect3DDevice9 *pDirect3DDevice9,
        OPM_VIDEO_OUTPUT_SEMANTICS vos, ULONG *pulNumVideoOutputs,
        IOPMVideoOutput ***pppOPMVideoOutputArray)
{
    (void)pDirect3DDevice9;
    (void)vos;
    (void)pulNumVideoOutputs;
    (void)pppOPMVideoOutputArray;
    return ERROR_GRAPHICS_OPM_NOT_SUPPORTED;
}
