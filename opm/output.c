/* SPDX-License-Identifier: MIT */
#include "opm/output.h"

#include <stdlib.h>
#include <string.h>

#include "include/d3dkmdt.h"
#include "opm/result.h"

#define SAME_SIZE(ours, driver)                                                                    \
    _Static_assert(sizeof(ours) == sizeof(driver), #ours " is passed on as " #driver)
SAME_SIZE(OPM_RANDOM_NUMBER, DXGKMDT_OPM_RANDOM_NUMBER);
SAME_SIZE(OPM_ENCRYPTED_INITIALIZATION_PARAMETERS, DXGKMDT_OPM_ENCRYPTED_PARAMETERS);
SAME_SIZE(OPM_GET_INFO_PARAMETERS, DXGKMDT_OPM_GET_INFO_PARAMETERS);
SAME_SIZE(OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS, DXGKMDT_OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS);
SAME_SIZE(OPM_REQUESTED_INFORMATION, DXGKMDT_OPM_REQUESTED_INFORMATION);
SAME_SIZE(OPM_CONFIGURE_PARAMETERS, DXGKMDT_OPM_CONFIGURE_PARAMETERS);

struct output {
    IOPMVideoOutput base;
    atomic_uint count;
    struct opm_adapter *adapter;
    HANDLE handle; /* the driver's */
};

static struct output *of_interface(IOPMVideoOutput *This)
{
    return (struct output *)This;
}

static const DXGK_OPM_INTERFACE *driver_of(IOPMVideoOutput *This)
{
    return &of_interface(This)->adapter->driver;
}

static PVOID context_of(IOPMVideoOutput *This)
{
    return of_interface(This)->adapter->tables.hRTAdapter;
}

static ULONG add_ref(IOPMVideoOutput *This)
{
    return atomic_fetch_add(&of_interface(This)->count, 1) + 1;
}

static HRESULT query_interface(IOPMVideoOutput *This, REFIID riid, void **ppvObject)
{
    if (ppvObject == NULL) {
        return E_POINTER;
    }
    *ppvObject = NULL; /* as COM wants it */
    if (riid == NULL ||
            (!InlineIsEqualGUID(riid, &IID_IUnknown) &&
                    !InlineIsEqualGUID(riid, &IID_IOPMVideoOutput))) {
        return E_NOINTERFACE;
    }
    add_ref(This);
    *ppvObject = This;
    return S_OK;
}

static ULONG release(IOPMVideoOutput *This)
{
    struct output *output = of_interface(This);
    ULONG left = atomic_fetch_sub(&output->count, 1) - 1;
    if (left == 0) {
        driver_of(This)->DxgkDdiOPMDestroyProtectedOutput(context_of(This), output->handle);
        opm_adapter_unref(output->adapter);
        free(output);
    }
    return left;
}

static HRESULT get_certificate(IOPMVideoOutput *This, BYTE **certificate, ULONG *len)
{
    NTSTATUS status = driver_of(This)->DxgkDdiOPMGetCertificateSize(context_of(This),
            DXGKMDT_OPM_CERTIFICATE, len);
    if (!NT_SUCCESS(status)) {
        return opm_result(status);
    }
    *certificate = CoTaskMemAlloc(*len);
    if (*certificate == NULL) {
        return E_OUTOFMEMORY;
    }
    status = driver_of(This)->DxgkDdiOPMGetCertificate(context_of(This), DXGKMDT_OPM_CERTIFICATE,
            *len, *certificate);
    if (!NT_SUCCESS(status)) {
        CoTaskMemFree(*certificate);
    }
    return opm_result(status);
}

/* The random number comes last: the driver tells it only once. */
static HRESULT start_initialization(IOPMVideoOutput *This, OPM_RANDOM_NUMBER *prnRandomNumber,
        BYTE **ppbCertificate, ULONG *pulCertificateLength)
{
    if (prnRandomNumber == NULL || ppbCertificate == NULL || pulCertificateLength == NULL) {
        return E_INVALIDARG;
    }
    BYTE *certificate = NULL;
    ULONG len = 0;
    DXGKMDT_OPM_RANDOM_NUMBER random;
    HRESULT hr = get_certificate(This, &certificate, &len);
    if (FAILED(hr)) {
        return hr;
    }
    NTSTATUS status = driver_of(This)->DxgkDdiOPMGetRandomNumber(context_of(This),
            of_interface(This)->handle, &random);
    if (!NT_SUCCESS(status)) {
        CoTaskMemFree(certificate);
        return opm_result(status);
    }
    memcpy(prnRandomNumber, &random, sizeof(random));
    *ppbCertificate = certificate;
    *pulCertificateLength = len;
    return S_OK;
}

static HRESULT finish_initialization(IOPMVideoOutput *This,
        const OPM_ENCRYPTED_INITIALIZATION_PARAMETERS *pParameters)
{
    return opm_result(driver_of(This)->DxgkDdiOPMSetSigningKeyAndSequenceNumbers(context_of(This),
            of_interface(This)->handle, (const DXGKMDT_OPM_ENCRYPTED_PARAMETERS *)pParameters));
}

static HRESULT get_information(IOPMVideoOutput *This, const OPM_GET_INFO_PARAMETERS *pParameters,
        OPM_REQUESTED_INFORMATION *pRequestedInformation)
{
    return opm_result(driver_of(This)->DxgkDdiOPMGetInformation(context_of(This),
            of_interface(This)->handle, (const DXGKMDT_OPM_GET_INFO_PARAMETERS *)pParameters,
            (DXGKMDT_OPM_REQUESTED_INFORMATION *)pRequestedInformation));
}

static HRESULT copp_get_information(IOPMVideoOutput *This,
        const OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS *pParameters,
        OPM_REQUESTED_INFORMATION *pRequestedInformation)
{
    return opm_result(driver_of(This)->DxgkDdiOPMGetCOPPCompatibleInformation(context_of(This),
            of_interface(This)->handle,
            (const DXGKMDT_OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS *)pParameters,
            (DXGKMDT_OPM_REQUESTED_INFORMATION *)pRequestedInformation));
}

static HRESULT configure(IOPMVideoOutput *This, const OPM_CONFIGURE_PARAMETERS *pParameters,
        ULONG ulAdditionalParametersSize, const BYTE *pbAdditionalParameters)
{
    return opm_result(driver_of(This)->DxgkDdiOPMConfigureProtectedOutput(context_of(This),
            of_interface(This)->handle, (const DXGKMDT_OPM_CONFIGURE_PARAMETERS *)pParameters,
            ulAdditionalParametersSize, pbAdditionalParameters));
}

static const IOPMVideoOutputVtbl table = {
    .QueryInterface = query_interface,
    .AddRef = add_ref,
    .Release = release,
    .StartInitialization = start_initialization,
    .FinishInitialization = finish_initialization,
    .GetInformation = get_information,
    .COPPCompatibleGetInformation = copp_get_information,
    .Configure = configure,
};

HRESULT opm_output_create(struct opm_adapter *adapter, UINT target, OPM_VIDEO_OUTPUT_SEMANTICS vos,
        IOPMVideoOutput **video_output)
{
    struct output *output = calloc(1, sizeof(*output));
    if (output == NULL) {
        return E_OUTOFMEMORY;
    }
    NTSTATUS status = adapter->driver.DxgkDdiOPMCreateProtectedOutput(adapter->tables.hRTAdapter,
            target, (DXGKMDT_OPM_VIDEO_OUTPUT_SEMANTICS)vos, &output->handle);
    if (!NT_SUCCESS(status)) {
        free(output);
        return opm_result(status);
    }
    output->base.lpVtbl = &table;
    output->count = 1;
    output->adapter = opm_adapter_ref(adapter);
    *video_output = &output->base;
    return S_OK;
}
