/* SPDX-License-Identifier: MIT */
/* The objects are classes to C++: the same table, called as the published sample does. */
#include <opmapi.h>

static bool is_counted(IOPMVideoOutput *output)
{
    IUnknown *unknown = nullptr;
    HRESULT hr = output->QueryInterface(IID_IUnknown, reinterpret_cast<void **>(&unknown));
    return SUCCEEDED(hr) && unknown->Release() == 1;
}

static bool is_started(IOPMVideoOutput *output)
{
    OPM_RANDOM_NUMBER random;
    BYTE *certificate = nullptr;
    ULONG length = 0;
    HRESULT hr = output->StartInitialization(&random, &certificate, &length);
    CoTaskMemFree(certificate);
    return SUCCEEDED(hr) && length > 0;
}

/* Nothing here has a key: each is answered as an object without one answers. */
static bool refuses_strangers(IOPMVideoOutput *output)
{
    OPM_ENCRYPTED_INITIALIZATION_PARAMETERS block;
    OPM_GET_INFO_PARAMETERS request;
    OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS copp;
    OPM_CONFIGURE_PARAMETERS command;
    OPM_REQUESTED_INFORMATION answer;
    ULONG type = OPM_PROTECTION_TYPE_HDCP;
    ZeroMemory(&request, sizeof(request));
    ZeroMemory(&copp, sizeof(copp));
    ZeroMemory(&command, sizeof(command));
    FillMemory(&block, sizeof(block), 0x55);
    request.guidInformation = OPM_GET_ACTUAL_PROTECTION_LEVEL;
    request.cbParametersSize = sizeof(type);
    CopyMemory(request.abParameters, &type, sizeof(type));
    command.guidSetting = OPM_SET_PROTECTION_LEVEL;
    command.cbParametersSize = sizeof(OPM_SET_PROTECTION_LEVEL_PARAMETERS);
    return output->FinishInitialization(&block) ==
            ERROR_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS &&
            output->GetInformation(&request, &answer) ==
            ERROR_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST &&
            output->COPPCompatibleGetInformation(&copp, &answer) ==
            ERROR_GRAPHICS_OPM_VIDEO_OUTPUT_DOES_NOT_HAVE_COPP_SEMANTICS &&
            output->Configure(&command, 0, nullptr) ==
            ERROR_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST;
}

int main()
{
    IOPMVideoOutput **outputs = nullptr;
    ULONG count = 0;
    HRESULT hr = OPMGetVideoOutputsFromHMONITOR(nullptr, OPM_VOS_OPM_SEMANTICS, &count, &outputs);
    if (FAILED(hr) || count != 1) {
        return 1;
    }
    bool good = is_counted(outputs[0]) && is_started(outputs[0]) && refuses_strangers(outputs[0]);
    bool last = outputs[0]->Release() == 0;
    CoTaskMemFree(outputs);
    return good && last ? 0 : 1;
}
