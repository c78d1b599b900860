/* SPDX-License-Identifier: MIT */
/* The objects are classes to C++: the same table, called as the published sample does. */
#include <opmapi.h>

int main()
{
    IOPMVideoOutput **outputs = nullptr;
    ULONG count = 0;
    HRESULT hr = OPMGetVideoOutputsFromHMONITOR(nullptr, OPM_VOS_OPM_SEMANTICS, &count, &outputs);
    if (FAILED(hr) || count != 1) {
        return 1;
    }
    OPM_RANDOM_NUMBER random;
    BYTE *certificate = nullptr;
    ULONG length = 0;
    IUnknown *unknown = nullptr;
    hr = outputs[0]->StartInitialization(&random, &certificate, &length);
    CoTaskMemFree(certificate);
    bool same = SUCCEEDED(outputs[0]->QueryInterface(IID_IUnknown,
            reinterpret_cast<void **>(&unknown)));
    bool counted = same && unknown->Release() == 1 && outputs[0]->Release() == 0;
    CoTaskMemFree(outputs);
    return SUCCEEDED(hr) && length > 0 && counted ? 0 : 1;
}
