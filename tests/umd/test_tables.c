/* SPDX-License-Identifier: MIT */
/* Every slot of every table is there and stands arguments that are all zero. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static void call_device_slots(const D3D11_1DDI_DEVICEFUNCS *funcs, D3D10DDI_HDEVICE device)
{
    funcs->pfnDefaultConstantBufferUpdateSubresourceUP(device, (D3D10DDI_HRESOURCE){ NULL }, 0,
            NULL, NULL, 0, 0, 0);
    funcs->pfnVsSetConstantBuffers(device, 0, 0, NULL, NULL, NULL);
    funcs->pfnPsSetShaderResources(device, 0, 0, NULL);
    funcs->pfnPsSetShader(device, (D3D10DDI_HSHADER){ NULL });
    funcs->pfnPsSetSamplers(device, 0, 0, NULL);
    funcs->pfnVsSetShader(device, (D3D10DDI_HSHADER){ NULL });
    funcs->pfnDrawIndexed(device, 0, 0, 0);
    funcs->pfnDraw(device, 0, 0);
    funcs->pfnDynamicIABufferMapNoOverwrite(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, NULL);
    funcs->pfnDynamicIABufferUnmap(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnDynamicConstantBufferMapDiscard(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, NULL);
    funcs->pfnDynamicIABufferMapDiscard(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, NULL);
    funcs->pfnDynamicConstantBufferUnmap(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnPsSetConstantBuffers(device, 0, 0, NULL, NULL, NULL);
    funcs->pfnIaSetInputLayout(device, (D3D10DDI_HELEMENTLAYOUT){ NULL });
    funcs->pfnIaSetVertexBuffers(device, 0, 0, NULL, NULL, NULL);
    funcs->pfnIaSetIndexBuffer(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0);
    funcs->pfnDrawIndexedInstanced(device, 0, 0, 0, 0, 0);
    funcs->pfnDrawInstanced(device, 0, 0, 0, 0);
    funcs->pfnDynamicResourceMapDiscard(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, NULL);
    funcs->pfnDynamicResourceUnmap(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnGsSetConstantBuffers(device, 0, 0, NULL, NULL, NULL);
    funcs->pfnGsSetShader(device, (D3D10DDI_HSHADER){ NULL });
    funcs->pfnIaSetTopology(device, 0);
    funcs->pfnStagingResourceMap(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, NULL);
    funcs->pfnStagingResourceUnmap(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnVsSetShaderResources(device, 0, 0, NULL);
    funcs->pfnVsSetSamplers(device, 0, 0, NULL);
    funcs->pfnGsSetShaderResources(device, 0, 0, NULL);
    funcs->pfnGsSetSamplers(device, 0, 0, NULL);
    funcs->pfnSetRenderTargets(device, NULL, 0, 0, (D3D10DDI_HDEPTHSTENCILVIEW){ NULL }, NULL, NULL,
            0, 0, 0, 0);
    funcs->pfnShaderResourceViewReadAfterWriteHazard(device, (D3D10DDI_HSHADERRESOURCEVIEW){ NULL },
            (D3D10DDI_HRESOURCE){ NULL });
    funcs->pfnResourceReadAfterWriteHazard(device, (D3D10DDI_HRESOURCE){ NULL });
    funcs->pfnSetBlendState(device, (D3D10DDI_HBLENDSTATE){ NULL }, NULL, 0);
    funcs->pfnSetDepthStencilState(device, (D3D10DDI_HDEPTHSTENCILSTATE){ NULL }, 0);
    funcs->pfnSetRasterizerState(device, (D3D10DDI_HRASTERIZERSTATE){ NULL });
    funcs->pfnQueryEnd(device, (D3D10DDI_HQUERY){ NULL });
    funcs->pfnQueryBegin(device, (D3D10DDI_HQUERY){ NULL });
    funcs->pfnResourceCopyRegion(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, 0,
            (D3D10DDI_HRESOURCE){ NULL }, 0, NULL, 0);
    funcs->pfnResourceUpdateSubresourceUP(device, (D3D10DDI_HRESOURCE){ NULL }, 0, NULL, NULL, 0, 0,
            0);
    funcs->pfnSoSetTargets(device, 0, 0, NULL, NULL);
    funcs->pfnDrawAuto(device);
    funcs->pfnSetViewports(device, 0, 0, NULL);
    funcs->pfnSetScissorRects(device, 0, 0, NULL);
    funcs->pfnClearRenderTargetView(device, (D3D10DDI_HRENDERTARGETVIEW){ NULL }, NULL);
    funcs->pfnClearDepthStencilView(device, (D3D10DDI_HDEPTHSTENCILVIEW){ NULL }, 0, 0, 0);
    funcs->pfnSetPredication(device, (D3D10DDI_HQUERY){ NULL }, 0);
    funcs->pfnQueryGetData(device, (D3D10DDI_HQUERY){ NULL }, NULL, 0, 0);
    funcs->pfnFlush(device, 0);
    funcs->pfnGenMips(device, (D3D10DDI_HSHADERRESOURCEVIEW){ NULL });
    funcs->pfnResourceCopy(device, (D3D10DDI_HRESOURCE){ NULL }, (D3D10DDI_HRESOURCE){ NULL });
    funcs->pfnResourceResolveSubresource(device, (D3D10DDI_HRESOURCE){ NULL }, 0,
            (D3D10DDI_HRESOURCE){ NULL }, 0, 0);
    funcs->pfnResourceMap(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, NULL);
    funcs->pfnResourceUnmap(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnResourceIsStagingBusy(device, (D3D10DDI_HRESOURCE){ NULL });
    funcs->pfnRelocateDeviceFuncs(device, NULL);
    cr_assert_geq(funcs->pfnCalcPrivateResourceSize(device, NULL), sizeof(void *));
    cr_assert_geq(funcs->pfnCalcPrivateOpenedResourceSize(device, NULL), sizeof(void *));
    funcs->pfnCreateResource(device, NULL, (D3D10DDI_HRESOURCE){ NULL },
            (D3D10DDI_HRTRESOURCE){ NULL });
    funcs->pfnOpenResource(device, NULL, (D3D10DDI_HRESOURCE){ NULL },
            (D3D10DDI_HRTRESOURCE){ NULL });
    funcs->pfnDestroyResource(device, (D3D10DDI_HRESOURCE){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateShaderResourceViewSize(device, NULL), sizeof(void *));
    funcs->pfnCreateShaderResourceView(device, NULL, (D3D10DDI_HSHADERRESOURCEVIEW){ NULL },
            (D3D10DDI_HRTSHADERRESOURCEVIEW){ NULL });
    funcs->pfnDestroyShaderResourceView(device, (D3D10DDI_HSHADERRESOURCEVIEW){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateRenderTargetViewSize(device, NULL), sizeof(void *));
    funcs->pfnCreateRenderTargetView(device, NULL, (D3D10DDI_HRENDERTARGETVIEW){ NULL },
            (D3D10DDI_HRTRENDERTARGETVIEW){ NULL });
    funcs->pfnDestroyRenderTargetView(device, (D3D10DDI_HRENDERTARGETVIEW){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateDepthStencilViewSize(device, NULL), sizeof(void *));
    funcs->pfnCreateDepthStencilView(device, NULL, (D3D10DDI_HDEPTHSTENCILVIEW){ NULL },
            (D3D10DDI_HRTDEPTHSTENCILVIEW){ NULL });
    funcs->pfnDestroyDepthStencilView(device, (D3D10DDI_HDEPTHSTENCILVIEW){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateElementLayoutSize(device, NULL), sizeof(void *));
    funcs->pfnCreateElementLayout(device, NULL, (D3D10DDI_HELEMENTLAYOUT){ NULL },
            (D3D10DDI_HRTELEMENTLAYOUT){ NULL });
    funcs->pfnDestroyElementLayout(device, (D3D10DDI_HELEMENTLAYOUT){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateBlendStateSize(device, NULL), sizeof(void *));
    funcs->pfnCreateBlendState(device, NULL, (D3D10DDI_HBLENDSTATE){ NULL },
            (D3D10DDI_HRTBLENDSTATE){ NULL });
    funcs->pfnDestroyBlendState(device, (D3D10DDI_HBLENDSTATE){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateDepthStencilStateSize(device, NULL), sizeof(void *));
    funcs->pfnCreateDepthStencilState(device, NULL, (D3D10DDI_HDEPTHSTENCILSTATE){ NULL },
            (D3D10DDI_HRTDEPTHSTENCILSTATE){ NULL });
    funcs->pfnDestroyDepthStencilState(device, (D3D10DDI_HDEPTHSTENCILSTATE){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateRasterizerStateSize(device, NULL), sizeof(void *));
    funcs->pfnCreateRasterizerState(device, NULL, (D3D10DDI_HRASTERIZERSTATE){ NULL },
            (D3D10DDI_HRTRASTERIZERSTATE){ NULL });
    funcs->pfnDestroyRasterizerState(device, (D3D10DDI_HRASTERIZERSTATE){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateShaderSize(device, NULL, NULL), sizeof(void *));
    funcs->pfnCreateVertexShader(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL }, NULL);
    funcs->pfnCreateGeometryShader(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL }, NULL);
    funcs->pfnCreatePixelShader(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL }, NULL);
    cr_assert_geq(funcs->pfnCalcPrivateGeometryShaderWithStreamOutput(device, NULL, NULL),
            sizeof(void *));
    funcs->pfnCreateGeometryShaderWithStreamOutput(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL }, NULL);
    funcs->pfnDestroyShader(device, (D3D10DDI_HSHADER){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateSamplerSize(device, NULL), sizeof(void *));
    funcs->pfnCreateSampler(device, NULL, (D3D10DDI_HSAMPLER){ NULL },
            (D3D10DDI_HRTSAMPLER){ NULL });
    funcs->pfnDestroySampler(device, (D3D10DDI_HSAMPLER){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateQuerySize(device, NULL), sizeof(void *));
    funcs->pfnCreateQuery(device, NULL, (D3D10DDI_HQUERY){ NULL }, (D3D10DDI_HRTQUERY){ NULL });
    funcs->pfnDestroyQuery(device, (D3D10DDI_HQUERY){ NULL });
    funcs->pfnCheckFormatSupport(device, 0, NULL);
    funcs->pfnCheckMultisampleQualityLevels(device, 0, 0, NULL);
    funcs->pfnCheckCounterInfo(device, NULL);
    funcs->pfnCheckCounter(device, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    funcs->pfnSetTextFilterSize(device, 0, 0);
    funcs->pfnResourceConvert(device, (D3D10DDI_HRESOURCE){ NULL }, (D3D10DDI_HRESOURCE){ NULL });
    funcs->pfnResourceConvertRegion(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0, 0,
            (D3D10DDI_HRESOURCE){ NULL }, 0, NULL, 0);
    funcs->pfnDrawIndexedInstancedIndirect(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnDrawInstancedIndirect(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnCommandListExecute(device, (D3D11DDI_HCOMMANDLIST){ NULL });
    funcs->pfnHsSetShaderResources(device, 0, 0, NULL);
    funcs->pfnHsSetShader(device, (D3D10DDI_HSHADER){ NULL });
    funcs->pfnHsSetSamplers(device, 0, 0, NULL);
    funcs->pfnHsSetConstantBuffers(device, 0, 0, NULL, NULL, NULL);
    funcs->pfnDsSetShaderResources(device, 0, 0, NULL);
    funcs->pfnDsSetShader(device, (D3D10DDI_HSHADER){ NULL });
    funcs->pfnDsSetSamplers(device, 0, 0, NULL);
    funcs->pfnDsSetConstantBuffers(device, 0, 0, NULL, NULL, NULL);
    funcs->pfnCreateHullShader(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL }, NULL);
    funcs->pfnCreateDomainShader(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL }, NULL);
    funcs->pfnCheckDeferredContextHandleSizes(device, NULL, NULL);
    cr_assert_geq(funcs->pfnCalcDeferredContextHandleSize(device, 0, NULL), sizeof(void *));
    cr_assert_geq(funcs->pfnCalcPrivateDeferredContextSize(device, NULL), sizeof(void *));
    funcs->pfnCreateDeferredContext(device, NULL);
    funcs->pfnAbandonCommandList(device);
    cr_assert_geq(funcs->pfnCalcPrivateCommandListSize(device, NULL), sizeof(void *));
    funcs->pfnCreateCommandList(device, NULL, (D3D11DDI_HCOMMANDLIST){ NULL },
            (D3D11DDI_HRTCOMMANDLIST){ NULL });
    funcs->pfnDestroyCommandList(device, (D3D11DDI_HCOMMANDLIST){ NULL });
    cr_assert_geq(funcs->pfnCalcPrivateTessellationShaderSize(device, NULL, NULL), sizeof(void *));
    funcs->pfnPsSetShaderWithIfaces(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL, NULL);
    funcs->pfnVsSetShaderWithIfaces(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL, NULL);
    funcs->pfnGsSetShaderWithIfaces(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL, NULL);
    funcs->pfnHsSetShaderWithIfaces(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL, NULL);
    funcs->pfnDsSetShaderWithIfaces(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL, NULL);
    funcs->pfnCsSetShaderWithIfaces(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL, NULL);
    funcs->pfnCreateComputeShader(device, NULL, (D3D10DDI_HSHADER){ NULL },
            (D3D10DDI_HRTSHADER){ NULL });
    funcs->pfnCsSetShader(device, (D3D10DDI_HSHADER){ NULL });
    funcs->pfnCsSetShaderResources(device, 0, 0, NULL);
    funcs->pfnCsSetSamplers(device, 0, 0, NULL);
    funcs->pfnCsSetConstantBuffers(device, 0, 0, NULL, NULL, NULL);
    cr_assert_geq(funcs->pfnCalcPrivateUnorderedAccessViewSize(device, NULL), sizeof(void *));
    funcs->pfnCreateUnorderedAccessView(device, NULL, (D3D11DDI_HUNORDEREDACCESSVIEW){ NULL },
            (D3D11DDI_HRTUNORDEREDACCESSVIEW){ NULL });
    funcs->pfnDestroyUnorderedAccessView(device, (D3D11DDI_HUNORDEREDACCESSVIEW){ NULL });
    funcs->pfnClearUnorderedAccessViewUint(device, (D3D11DDI_HUNORDEREDACCESSVIEW){ NULL }, NULL);
    funcs->pfnClearUnorderedAccessViewFloat(device, (D3D11DDI_HUNORDEREDACCESSVIEW){ NULL }, NULL);
    funcs->pfnCsSetUnorderedAccessViews(device, 0, 0, NULL, NULL);
    funcs->pfnDispatch(device, 0, 0, 0);
    funcs->pfnDispatchIndirect(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnSetResourceMinLOD(device, (D3D10DDI_HRESOURCE){ NULL }, 0);
    funcs->pfnCopyStructureCount(device, (D3D10DDI_HRESOURCE){ NULL }, 0,
            (D3D11DDI_HUNORDEREDACCESSVIEW){ NULL });
    funcs->pfnRecycleCommandList(device, (D3D11DDI_HCOMMANDLIST){ NULL });
    cr_assert(FAILED(funcs->pfnRecycleCreateCommandList(device, NULL,
            (D3D11DDI_HCOMMANDLIST){ NULL }, (D3D11DDI_HRTCOMMANDLIST){ NULL })));
    cr_assert(FAILED(funcs->pfnRecycleCreateDeferredContext(device, NULL)));
    funcs->pfnRecycleDestroyCommandList(device, (D3D11DDI_HCOMMANDLIST){ NULL });
    funcs->pfnDiscard(device, 0, NULL, NULL, 0);
    funcs->pfnAssignDebugBinary(device, (D3D10DDI_HSHADER){ NULL }, 0, NULL);
    funcs->pfnDynamicConstantBufferMapNoOverwrite(device, (D3D10DDI_HRESOURCE){ NULL }, 0, 0, 0,
            NULL);
    funcs->pfnCheckDirectFlipSupport(device, (D3D10DDI_HRESOURCE){ NULL },
            (D3D10DDI_HRESOURCE){ NULL }, 0, NULL);
    funcs->pfnClearView(device, 0, NULL, NULL, NULL, 0);
}

static void call_video_slots(const D3D11_1DDI_VIDEODEVICEFUNCS *video, D3D10DDI_HDEVICE device)
{
    video->pfnGetVideoDecoderProfileCount(device, NULL);
    video->pfnGetVideoDecoderProfile(device, 0, NULL);
    video->pfnCheckVideoDecoderFormat(device, NULL, 0, NULL);
    video->pfnGetVideoDecoderConfigCount(device, NULL, NULL);
    video->pfnGetVideoDecoderConfig(device, NULL, 0, NULL);
    video->pfnGetVideoDecoderBufferTypeCount(device, NULL, NULL);
    video->pfnGetVideoDecoderBufferInfo(device, NULL, 0, NULL);
    cr_assert_geq(video->pfnCalcPrivateVideoDecoderSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateVideoDecoder(device, NULL, (D3D11_1DDI_HDECODE){ NULL },
            (D3D11_1DDI_HRTDECODE){ NULL })));
    video->pfnDestroyVideoDecoder(device, (D3D11_1DDI_HDECODE){ NULL });
    cr_assert(FAILED(video->pfnVideoDecoderExtension(device, (D3D11_1DDI_HDECODE){ NULL }, NULL)));
    cr_assert(FAILED(video->pfnVideoDecoderBeginFrame(device, (D3D11_1DDI_HDECODE){ NULL }, NULL)));
    video->pfnVideoDecoderEndFrame(device, (D3D11_1DDI_HDECODE){ NULL });
    cr_assert(FAILED(video->pfnVideoDecoderSubmitBuffers(device, (D3D11_1DDI_HDECODE){ NULL }, 0,
            NULL)));
    cr_assert_geq(video->pfnCalcPrivateVideoProcessorEnumSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateVideoProcessorEnum(device, NULL,
            (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL }, (D3D11_1DDI_HRTVIDEOPROCESSORENUM){ NULL })));
    video->pfnDestroyVideoProcessorEnum(device, (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL });
    video->pfnCheckVideoProcessorFormat(device, (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL }, 0, NULL);
    video->pfnGetVideoProcessorCaps(device, (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL }, NULL);
    video->pfnGetVideoProcessorRateConversionCaps(device, (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL },
            0, NULL);
    video->pfnGetVideoProcessorCustomRate(device, (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL }, 0, 0,
            NULL);
    video->pfnGetVideoProcessorFilterRange(device, (D3D11_1DDI_HVIDEOPROCESSORENUM){ NULL }, 0,
            NULL);
    cr_assert_geq(video->pfnCalcPrivateVideoProcessorSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateVideoProcessor(device, NULL,
            (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, (D3D11_1DDI_HRTVIDEOPROCESSOR){ NULL })));
    video->pfnDestroyVideoProcessor(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL });
    video->pfnVideoProcessorSetOutputTargetRect(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0,
            NULL);
    video->pfnVideoProcessorSetOutputBackgroundColor(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL },
            0, NULL);
    video->pfnVideoProcessorSetOutputColorSpace(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, NULL);
    video->pfnVideoProcessorSetOutputAlphaFillMode(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0,
            0);
    video->pfnVideoProcessorSetOutputConstriction(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0,
            (SIZE){ 0, 0 });
    video->pfnVideoProcessorSetOutputStereoMode(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0);
    cr_assert(FAILED(video->pfnVideoProcessorSetOutputExtension(device,
            (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, NULL, 0, NULL)));
    cr_assert(FAILED(video->pfnVideoProcessorGetOutputExtension(device,
            (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, NULL, 0, NULL)));
    video->pfnVideoProcessorSetStreamFrameFormat(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0,
            0);
    video->pfnVideoProcessorSetStreamColorSpace(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0,
            NULL);
    video->pfnVideoProcessorSetStreamOutputRate(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0,
            0, NULL);
    video->pfnVideoProcessorSetStreamSourceRect(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0,
            NULL);
    video->pfnVideoProcessorSetStreamDestRect(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0,
            NULL);
    video->pfnVideoProcessorSetStreamAlpha(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0, 0);
    video->pfnVideoProcessorSetStreamPalette(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0,
            NULL);
    video->pfnVideoProcessorSetStreamPixelAspectRatio(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL },
            0, 0, NULL, NULL);
    video->pfnVideoProcessorSetStreamLumaKey(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0, 0,
            0);
    video->pfnVideoProcessorSetStreamStereoFormat(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0,
            0, 0, 0, 0, 0, 0);
    video->pfnVideoProcessorSetStreamAutoProcessingMode(device,
            (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0);
    video->pfnVideoProcessorSetStreamFilter(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0, 0,
            0);
    cr_assert(FAILED(video->pfnVideoProcessorSetStreamExtension(device,
            (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, NULL, 0, NULL)));
    cr_assert(FAILED(video->pfnVideoProcessorGetStreamExtension(device,
            (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, NULL, 0, NULL)));
    cr_assert(FAILED(video->pfnVideoProcessorBlt(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL },
            (D3D11_1DDI_HVIDEOPROCESSOROUTPUTVIEW){ NULL }, 0, 0, NULL)));
    cr_assert_geq(video->pfnCalcPrivateVideoDecoderOutputViewSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateVideoDecoderOutputView(device, NULL,
            (D3D11_1DDI_HVIDEODECODEROUTPUTVIEW){ NULL },
            (D3D11_1DDI_HRTVIDEODECODEROUTPUTVIEW){ NULL })));
    video->pfnDestroyVideoDecoderOutputView(device, (D3D11_1DDI_HVIDEODECODEROUTPUTVIEW){ NULL });
    cr_assert_geq(video->pfnCalcPrivateVideoProcessorInputViewSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateVideoProcessorInputView(device, NULL,
            (D3D11_1DDI_HVIDEOPROCESSORINPUTVIEW){ NULL },
            (D3D11_1DDI_HRTVIDEOPROCESSORINPUTVIEW){ NULL })));
    video->pfnDestroyVideoProcessorInputView(device, (D3D11_1DDI_HVIDEOPROCESSORINPUTVIEW){ NULL });
    cr_assert_geq(video->pfnCalcPrivateVideoProcessorOutputViewSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateVideoProcessorOutputView(device, NULL,
            (D3D11_1DDI_HVIDEOPROCESSOROUTPUTVIEW){ NULL },
            (D3D11_1DDI_HRTVIDEOPROCESSOROUTPUTVIEW){ NULL })));
    video->pfnDestroyVideoProcessorOutputView(device,
            (D3D11_1DDI_HVIDEOPROCESSOROUTPUTVIEW){ NULL });
    video->pfnVideoProcessorInputViewReadAfterWriteHazard(device,
            (D3D11_1DDI_HVIDEOPROCESSORINPUTVIEW){ NULL }, (D3D10DDI_HRESOURCE){ NULL });
    cr_assert(FAILED(video->pfnGetContentProtectionCaps(device, NULL, NULL, NULL)));
    cr_assert(FAILED(video->pfnGetCryptoKeyExchangeType(device, NULL, NULL, 0, NULL)));
    cr_assert_geq(video->pfnCalcPrivateCryptoSessionSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateCryptoSession(device, NULL,
            (D3D11_1DDI_HCRYPTOSESSION){ NULL }, (D3D11_1DDI_HRTCRYPTOSESSION){ NULL })));
    video->pfnDestroyCryptoSession(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL });
    video->pfnGetCertificateSize(device, NULL, NULL);
    video->pfnGetCertificate(device, NULL, 0, NULL);
    cr_assert(FAILED(video->pfnNegotiateCryptoSessionKeyExchange(device,
            (D3D11_1DDI_HCRYPTOSESSION){ NULL }, 0, NULL)));
    video->pfnEncryptionBlt(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL },
            (D3D10DDI_HRESOURCE){ NULL }, (D3D10DDI_HRESOURCE){ NULL }, 0, NULL);
    video->pfnDecryptionBlt(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL },
            (D3D10DDI_HRESOURCE){ NULL }, (D3D10DDI_HRESOURCE){ NULL }, NULL, 0, NULL, 0, NULL);
    video->pfnStartSessionKeyRefresh(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL }, 0, NULL);
    video->pfnFinishSessionKeyRefresh(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL });
    video->pfnGetEncryptionBltKey(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL }, 0, NULL);
    cr_assert_geq(video->pfnCalcPrivateAuthenticatedChannelSize(device, NULL), sizeof(void *));
    cr_assert(FAILED(video->pfnCreateAuthenticatedChannel(device, NULL,
            (D3D11_1DDI_HAUTHCHANNEL){ NULL }, (D3D11_1DDI_HRTAUTHCHANNEL){ NULL })));
    video->pfnDestroyAuthenticatedChannel(device, (D3D11_1DDI_HAUTHCHANNEL){ NULL });
    cr_assert(FAILED(video->pfnNegotiateAuthenticatedChannelKeyExchange(device,
            (D3D11_1DDI_HAUTHCHANNEL){ NULL }, 0, NULL)));
    cr_assert(FAILED(video->pfnQueryAuthenticatedChannel(device, (D3D11_1DDI_HAUTHCHANNEL){ NULL },
            0, NULL, 0, NULL)));
    cr_assert(FAILED(video->pfnConfigureAuthenticatedChannel(device,
            (D3D11_1DDI_HAUTHCHANNEL){ NULL }, 0, NULL, NULL)));
    cr_assert(FAILED(video->pfnVideoDecoderGetHandle(device, (D3D11_1DDI_HDECODE){ NULL }, NULL)));
    cr_assert(FAILED(video->pfnCryptoSessionGetHandle(device, (D3D11_1DDI_HCRYPTOSESSION){ NULL },
            NULL)));
    video->pfnVideoProcessorSetStreamRotation(device, (D3D11_1DDI_HVIDEOPROCESSOR){ NULL }, 0, 0,
            0);
    video->pfnGetCaptureHandle(device, NULL);
}

static void call_dxgi_slots(const DXGI1_2_DDI_BASE_FUNCTIONS *dxgi)
{
    cr_assert_eq(dxgi->pfnPresent(NULL), E_INVALIDARG);
    cr_assert_eq(dxgi->pfnGetGammaCaps(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnSetDisplayMode(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnSetResourcePriority(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnQueryResourceResidency(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnRotateResourceIdentities(NULL), E_INVALIDARG);
    cr_assert_eq(dxgi->pfnBlt(NULL), E_INVALIDARG);
    cr_assert_eq(dxgi->pfnResolveSharedResource(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnBlt1(NULL), E_INVALIDARG);
    cr_assert_eq(dxgi->pfnOfferResources(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnReclaimResources(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnGetMultiplaneOverlayCaps(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnGetMultiplaneOverlayFilterRange(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnCheckMultiplaneOverlaySupport(NULL), E_NOTIMPL);
    cr_assert_eq(dxgi->pfnPresentMultiplaneOverlay(NULL), E_NOTIMPL);
}

typedef void (*slot)(void);

static unsigned empty_slots(const void *table, size_t size)
{
    slot slots[256];
    unsigned empty = 0;
    cr_assert_leq(size, sizeof(slots));
    memcpy(slots, table, size);
    for (size_t i = 0; i < size / sizeof(slot); i++) {
        empty += slots[i] == NULL;
    }
    return empty;
}

Test(tables, have_no_empty_slot)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(sizeof(rig.first.funcs), 155 * sizeof(slot));
    cr_assert_eq(sizeof(rig.first.video), 81 * sizeof(slot));
    cr_assert_eq(empty_slots(&rig.first.funcs, sizeof(rig.first.funcs)), 0u);
    cr_assert_eq(empty_slots(&rig.first.video, sizeof(rig.first.video)), 0u);
    cr_assert_eq(empty_slots(&rig.first.dxgi, sizeof(rig.first.dxgi)), 0u);
    rig_close(&rig);
}

Test(tables, stand_arguments_that_are_all_zero)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    call_device_slots(&rig.first.funcs, rig.first.handle);
    call_video_slots(&rig.first.video, rig.first.handle);
    call_dxgi_slots(&rig.first.dxgi);
    cr_assert_eq(rig.host.escape_count, 0u);
    cr_assert_eq(rig.host.allocation_count, 0u);
    rig_close(&rig);
}

Test(tables, stand_a_device_that_is_not_there)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10DDI_HDEVICE nobody = { NULL };
    call_device_slots(&rig.first.funcs, nobody);
    call_video_slots(&rig.first.video, nobody);
    rig.first.funcs.pfnDestroyDevice(nobody);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

/* E_FAIL and S_OK are critical everywhere but where a page names them. */
Test(tables, report_only_codes_that_are_allowed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    call_device_slots(&rig.first.funcs, rig.first.handle);
    call_video_slots(&rig.first.video, rig.first.handle);
    const struct fake_device *fake = rig.first.fake;
    cr_assert_gt(fake->error_count, 20u);
    for (unsigned i = 0; i < fake->error_count; i++) {
        HRESULT hr = fake->errors[i];
        cr_assert(hr == E_OUTOFMEMORY || hr == D3DDDIERR_APPLICATIONERROR || hr == E_INVALIDARG ||
                        hr == DXGI_DDI_ERR_UNSUPPORTED,
                "error %u is %08x", i, (unsigned)hr);
    }
    rig_close(&rig);
}

Test(tables, an_object_outside_the_scope_cannot_be_had)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.first.funcs.pfnCreateBlendState(rig.first.handle, NULL, (D3D10DDI_HBLENDSTATE){ NULL },
            (D3D10DDI_HRTBLENDSTATE){ NULL });
    cr_assert_eq(rig_take_error(&rig.first), E_OUTOFMEMORY);
    rig.first.funcs.pfnOpenResource(rig.first.handle, NULL, (D3D10DDI_HRESOURCE){ NULL },
            (D3D10DDI_HRTRESOURCE){ NULL });
    cr_assert_eq(rig_take_error(&rig.first), E_OUTOFMEMORY);
    cr_assert_eq(rig.first.video.pfnCreateVideoDecoder(rig.first.handle, NULL,
                         (D3D11_1DDI_HDECODE){ NULL }, (D3D11_1DDI_HRTDECODE){ NULL }),
            E_NOTIMPL);
    rig_close(&rig);
}

Test(tables, an_entry_outside_the_scope_zeroes_what_it_returns)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    UINT count = 77;
    BOOL supported = TRUE;
    D3D10DDI_COUNTER_INFO info;
    memset(&info, 0xff, sizeof(info));
    rig.first.video.pfnGetVideoDecoderProfileCount(rig.first.handle, &count);
    cr_assert_eq(count, 0u);
    rig.first.funcs.pfnCheckDirectFlipSupport(rig.first.handle, (D3D10DDI_HRESOURCE){ NULL },
            (D3D10DDI_HRESOURCE){ NULL }, 0, &supported);
    cr_assert_eq(supported, FALSE);
    rig.first.funcs.pfnCheckCounterInfo(rig.first.handle, &info);
    cr_assert_eq(info.LastDeviceDependentCounter, 0);
    cr_assert_eq(info.NumSimultaneousCounters, 0u);
    cr_assert_eq(info.NumDetectableParallelUnits, 0);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(tables, are_written_again_when_they_are_retrieved_again)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEODEVICEFUNCS moved;
    memset(&moved, 0, sizeof(moved));
    D3D11_1DDI_VIDEO_INPUT input = { .Relocate = TRUE, .p11VideoDeviceFuncs = &moved };
    cr_assert_eq(rig.first.retrieve(rig.first.handle, D3D11_1DDI_VIDEO_FUNCTIONS, sizeof(input),
                         &input, 0, NULL),
            S_OK);
    cr_assert_arr_eq(&moved, &rig.first.video, sizeof(moved));
    rig_close(&rig);
}
