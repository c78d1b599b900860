/* SPDX-License-Identifier: MIT */
/* Video entries about decoders and video processors. */
#include "umd/unsupported.h"

#include "umd/unsupported_macros.h"

OBJECT_SIZE(calc_private_video_decoder_size, const D3D11_1DDIARG_CREATEVIDEODECODER *pCreateData);
OBJECT_SIZE(calc_private_video_processor_enum_size,
        const D3D11_1DDIARG_CREATEVIDEOPROCESSORENUM *pCreateData);
OBJECT_SIZE(calc_private_video_processor_size,
        const D3D11_1DDIARG_CREATEVIDEOPROCESSOR *pCreateData);
OBJECT_SIZE(calc_private_video_decoder_output_view_size,
        const D3D11_1DDIARG_CREATEVIDEODECODEROUTPUTVIEW *pCreateData);
OBJECT_SIZE(calc_private_video_processor_input_view_size,
        const D3D11_1DDIARG_CREATEVIDEOPROCESSORINPUTVIEW *pCreateData);
OBJECT_SIZE(calc_private_video_processor_output_view_size,
        const D3D11_1DDIARG_CREATEVIDEOPROCESSOROUTPUTVIEW *pCreateData);

NOT_HERE(create_video_decoder, const D3D11_1DDIARG_CREATEVIDEODECODER *pCreateData,
        D3D11_1DDI_HDECODE hDecoder, D3D11_1DDI_HRTDECODE hRTDecoder);
NOT_HERE(video_decoder_extension, D3D11_1DDI_HDECODE hDecoder,
        const D3D11_1DDIARG_VIDEODECODEREXTENSION *pExtension);
NOT_HERE(video_decoder_begin_frame, D3D11_1DDI_HDECODE hDecoder,
        const D3D11_1DDIARG_VIDEODECODERBEGINFRAME *pBeginFrame);
NOT_HERE(video_decoder_submit_buffers, D3D11_1DDI_HDECODE hDecoder, UINT BufferCount,
        const D3D11_1DDI_VIDEO_DECODER_BUFFER_DESC *pBufferDesc);
NOT_HERE(create_video_processor_enum, const D3D11_1DDIARG_CREATEVIDEOPROCESSORENUM *pCreateData,
        D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum,
        D3D11_1DDI_HRTVIDEOPROCESSORENUM hRTProcessorEnum);
NOT_HERE(create_video_processor, const D3D11_1DDIARG_CREATEVIDEOPROCESSOR *pCreateData,
        D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor, D3D11_1DDI_HRTVIDEOPROCESSOR hRTVideoProcessor);
NOT_HERE(video_processor_set_output_extension, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        const GUID *pGuid, UINT DataSize, VOID *pData);
NOT_HERE(video_processor_get_output_extension, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        const GUID *pGuid, UINT DataSize, VOID *pData);
NOT_HERE(video_processor_set_stream_extension, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, const GUID *pGuid, UINT DataSize, VOID *pData);
NOT_HERE(video_processor_get_stream_extension, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, const GUID *pGuid, UINT DataSize, VOID *pData);
NOT_HERE(video_processor_blt, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        D3D11_1DDI_HVIDEOPROCESSOROUTPUTVIEW hOutputView, UINT OutputFrame, UINT StreamCount,
        const D3D11_1DDI_VIDEO_PROCESSOR_STREAM *pStream);
NOT_HERE(create_video_decoder_output_view,
        const D3D11_1DDIARG_CREATEVIDEODECODEROUTPUTVIEW *pCreateData,
        D3D11_1DDI_HVIDEODECODEROUTPUTVIEW hView, D3D11_1DDI_HRTVIDEODECODEROUTPUTVIEW hRTView);
NOT_HERE(create_video_processor_input_view,
        const D3D11_1DDIARG_CREATEVIDEOPROCESSORINPUTVIEW *pCreateData,
        D3D11_1DDI_HVIDEOPROCESSORINPUTVIEW hView, D3D11_1DDI_HRTVIDEOPROCESSORINPUTVIEW hRTView);
NOT_HERE(create_video_processor_output_view,
        const D3D11_1DDIARG_CREATEVIDEOPROCESSOROUTPUTVIEW *pCreateData,
        D3D11_1DDI_HVIDEOPROCESSOROUTPUTVIEW hView, D3D11_1DDI_HRTVIDEOPROCESSOROUTPUTVIEW hRTView);
NOT_HERE(video_decoder_get_handle, D3D11_1DDI_HDECODE hDecoder, HANDLE *pContentProtectionHandle);

IGNORE(get_video_decoder_config, const D3D11_1DDI_VIDEO_DECODER_DESC *pDecodeDesc, UINT Index,
        D3D11_1DDI_VIDEO_DECODER_CONFIG *pConfig);
IGNORE(get_video_decoder_buffer_info, const D3D11_1DDI_VIDEO_DECODER_DESC *pDecodeDesc, UINT Index,
        D3D11_1DDI_VIDEO_DECODER_BUFFER_INFO *pInfo);
IGNORE(destroy_video_decoder, D3D11_1DDI_HDECODE hDecoder);
IGNORE(video_decoder_end_frame, D3D11_1DDI_HDECODE hDecoder);
IGNORE(destroy_video_processor_enum, D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum);
IGNORE(get_video_processor_caps, D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum,
        D3D11_1DDI_VIDEO_PROCESSOR_CAPS *pCaps);
IGNORE(get_video_processor_rate_conversion_caps, D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum,
        UINT RateConversionIndex, D3D11_1DDI_VIDEO_PROCESSOR_RATE_CONVERSION_CAPS *pCaps);
IGNORE(get_video_processor_custom_rate, D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum,
        UINT RateConversionIndex, UINT CustomRateIndex,
        D3D11_1DDI_VIDEO_PROCESSOR_CUSTOM_RATE *pRate);
IGNORE(get_video_processor_filter_range, D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum,
        D3D11_1DDI_VIDEO_PROCESSOR_FILTER Filter,
        D3D11_1DDI_VIDEO_PROCESSOR_FILTER_RANGE *pFilterRange);
IGNORE(destroy_video_processor, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor);
IGNORE(video_processor_set_output_target_rect, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        BOOL Enable, const RECT *pRect);
IGNORE(video_processor_set_output_background_color, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        BOOL YCbCr, const D3D11_1DDI_VIDEO_COLOR *pColor);
IGNORE(video_processor_set_output_color_space, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        const D3D11_1DDI_VIDEO_PROCESSOR_COLOR_SPACE *pColorSpace);
IGNORE(video_processor_set_output_alpha_fill_mode, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        D3D11_1DDI_VIDEO_PROCESSOR_ALPHA_FILL_MODE FillMode, UINT StreamIndex);
IGNORE(video_processor_set_output_constriction, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        BOOL Enable, SIZE Size);
IGNORE(video_processor_set_output_stereo_mode, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        BOOL Enable);
IGNORE(video_processor_set_stream_frame_format, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, D3D11_1DDI_VIDEO_FRAME_FORMAT FrameFormat);
IGNORE(video_processor_set_stream_color_space, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, const D3D11_1DDI_VIDEO_PROCESSOR_COLOR_SPACE *pColorSpace);
IGNORE(video_processor_set_stream_output_rate, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, D3D11_1DDI_VIDEO_PROCESSOR_OUTPUT_RATE OutputRate, BOOL RepeatFrame,
        const DXGI_RATIONAL *pCustomRate);
IGNORE(video_processor_set_stream_source_rect, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, const RECT *pRect);
IGNORE(video_processor_set_stream_dest_rect, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, const RECT *pRect);
IGNORE(video_processor_set_stream_alpha, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, FLOAT Alpha);
IGNORE(video_processor_set_stream_palette, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, UINT Count, const UINT *pEntries);
IGNORE(video_processor_set_stream_pixel_aspect_ratio, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, const DXGI_RATIONAL *pSourceRatio,
        const DXGI_RATIONAL *pDestRatio);
IGNORE(video_processor_set_stream_luma_key, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, FLOAT Lower, FLOAT Upper);
IGNORE(video_processor_set_stream_stereo_format, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, D3D11_1DDI_VIDEO_PROCESSOR_STEREO_FORMAT StereoFormat,
        BOOL LeftViewFrame0, BOOL BaseViewFrame0,
        D3D11_1DDI_VIDEO_PROCESSOR_STEREO_FLIP_MODE FlipMode, INT MonoOffset);
IGNORE(video_processor_set_stream_auto_processing_mode, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable);
IGNORE(video_processor_set_stream_filter, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, D3D11_1DDI_VIDEO_PROCESSOR_FILTER Filter, BOOL Enable, INT Level);
IGNORE(destroy_video_decoder_output_view, D3D11_1DDI_HVIDEODECODEROUTPUTVIEW hView);
IGNORE(destroy_video_processor_input_view, D3D11_1DDI_HVIDEOPROCESSORINPUTVIEW hView);
IGNORE(destroy_video_processor_output_view, D3D11_1DDI_HVIDEOPROCESSOROUTPUTVIEW hView);
IGNORE(video_processor_input_view_read_after_write_hazard,
        D3D11_1DDI_HVIDEOPROCESSORINPUTVIEW hView, D3D10DDI_HRESOURCE hResource);
IGNORE(video_processor_set_stream_rotation, D3D11_1DDI_HVIDEOPROCESSOR hVideoProcessor,
        UINT StreamIndex, BOOL Enable, D3D11_1DDI_VIDEO_PROCESSOR_ROTATION Rotation);
IGNORE(get_capture_handle, D3D11_1DDI_GETCAPTUREHANDLEDATA *pHandleData);

static void zero_word(UINT *word)
{
    if (word != NULL) {
        *word = 0;
    }
}

static VOID APIENTRY get_video_decoder_profile_count(D3D10DDI_HDEVICE hDevice,
        UINT *pDecodeProfileCount)
{
    zero_word(pDecodeProfileCount);
}

static VOID APIENTRY get_video_decoder_profile(D3D10DDI_HDEVICE hDevice, UINT Index,
        GUID *pDecodeProfile)
{
    if (pDecodeProfile != NULL) {
        *pDecodeProfile = GUID_NULL;
    }
}

static VOID APIENTRY check_video_decoder_format(D3D10DDI_HDEVICE hDevice,
        const GUID *pDecoderProfile, DXGI_FORMAT Format, BOOL *pSupported)
{
    if (pSupported != NULL) {
        *pSupported = FALSE;
    }
}

static VOID APIENTRY get_video_decoder_config_count(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDI_VIDEO_DECODER_DESC *pDecodeDesc, UINT *pConfigCount)
{
    zero_word(pConfigCount);
}

static VOID APIENTRY get_video_decoder_buffer_type_count(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDI_VIDEO_DECODER_DESC *pDecodeDesc, UINT *pBufferTypeCount)
{
    zero_word(pBufferTypeCount);
}

static VOID APIENTRY check_video_processor_format(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HVIDEOPROCESSORENUM hProcessorEnum, DXGI_FORMAT Format, UINT *pSupported)
{
    zero_word(pSupported);
}

const D3D11_1DDI_VIDEODEVICEFUNCS umd_unsupported_video = {
    .pfnGetVideoDecoderProfileCount = get_video_decoder_profile_count,
    .pfnGetVideoDecoderProfile = get_video_decoder_profile,
    .pfnCheckVideoDecoderFormat = check_video_decoder_format,
    .pfnGetVideoDecoderConfigCount = get_video_decoder_config_count,
    .pfnGetVideoDecoderConfig = get_video_decoder_config,
    .pfnGetVideoDecoderBufferTypeCount = get_video_decoder_buffer_type_count,
    .pfnGetVideoDecoderBufferInfo = get_video_decoder_buffer_info,
    .pfnCalcPrivateVideoDecoderSize = calc_private_video_decoder_size,
    .pfnCreateVideoDecoder = create_video_decoder,
    .pfnDestroyVideoDecoder = destroy_video_decoder,
    .pfnVideoDecoderExtension = video_decoder_extension,
    .pfnVideoDecoderBeginFrame = video_decoder_begin_frame,
    .pfnVideoDecoderEndFrame = video_decoder_end_frame,
    .pfnVideoDecoderSubmitBuffers = video_decoder_submit_buffers,
    .pfnCalcPrivateVideoProcessorEnumSize = calc_private_video_processor_enum_size,
    .pfnCreateVideoProcessorEnum = create_video_processor_enum,
    .pfnDestroyVideoProcessorEnum = destroy_video_processor_enum,
    .pfnCheckVideoProcessorFormat = check_video_processor_format,
    .pfnGetVideoProcessorCaps = get_video_processor_caps,
    .pfnGetVideoProcessorRateConversionCaps = get_video_processor_rate_conversion_caps,
    .pfnGetVideoProcessorCustomRate = get_video_processor_custom_rate,
    .pfnGetVideoProcessorFilterRange = get_video_processor_filter_range,
    .pfnCalcPrivateVideoProcessorSize = calc_private_video_processor_size,
    .pfnCreateVideoProcessor = create_video_processor,
    .pfnDestroyVideoProcessor = destroy_video_processor,
    .pfnVideoProcessorSetOutputTargetRect = video_processor_set_output_target_rect,
    .pfnVideoProcessorSetOutputBackgroundColor = video_processor_set_output_background_color,
    .pfnVideoProcessorSetOutputColorSpace = video_processor_set_output_color_space,
    .pfnVideoProcessorSetOutputAlphaFillMode = video_processor_set_output_alpha_fill_mode,
    .pfnVideoProcessorSetOutputConstriction = video_processor_set_output_constriction,
    .pfnVideoProcessorSetOutputStereoMode = video_processor_set_output_stereo_mode,
    .pfnVideoProcessorSetOutputExtension = video_processor_set_output_extension,
    .pfnVideoProcessorGetOutputExtension = video_processor_get_output_extension,
    .pfnVideoProcessorSetStreamFrameFormat = video_processor_set_stream_frame_format,
    .pfnVideoProcessorSetStreamColorSpace = video_processor_set_stream_color_space,
    .pfnVideoProcessorSetStreamOutputRate = video_processor_set_stream_output_rate,
    .pfnVideoProcessorSetStreamSourceRect = video_processor_set_stream_source_rect,
    .pfnVideoProcessorSetStreamDestRect = video_processor_set_stream_dest_rect,
    .pfnVideoProcessorSetStreamAlpha = video_processor_set_stream_alpha,
    .pfnVideoProcessorSetStreamPalette = video_processor_set_stream_palette,
    .pfnVideoProcessorSetStreamPixelAspectRatio = video_processor_set_stream_pixel_aspect_ratio,
    .pfnVideoProcessorSetStreamLumaKey = video_processor_set_stream_luma_key,
    .pfnVideoProcessorSetStreamStereoFormat = video_processor_set_stream_stereo_format,
    .pfnVideoProcessorSetStreamAutoProcessingMode = video_processor_set_stream_auto_processing_mode,
    .pfnVideoProcessorSetStreamFilter = video_processor_set_stream_filter,
    .pfnVideoProcessorSetStreamExtension = video_processor_set_stream_extension,
    .pfnVideoProcessorGetStreamExtension = video_processor_get_stream_extension,
    .pfnVideoProcessorBlt = video_processor_blt,
    .pfnCalcPrivateVideoDecoderOutputViewSize = calc_private_video_decoder_output_view_size,
    .pfnCreateVideoDecoderOutputView = create_video_decoder_output_view,
    .pfnDestroyVideoDecoderOutputView = destroy_video_decoder_output_view,
    .pfnCalcPrivateVideoProcessorInputViewSize = calc_private_video_processor_input_view_size,
    .pfnCreateVideoProcessorInputView = create_video_processor_input_view,
    .pfnDestroyVideoProcessorInputView = destroy_video_processor_input_view,
    .pfnCalcPrivateVideoProcessorOutputViewSize = calc_private_video_processor_output_view_size,
    .pfnCreateVideoProcessorOutputView = create_video_processor_output_view,
    .pfnDestroyVideoProcessorOutputView = destroy_video_processor_output_view,
    .pfnVideoProcessorInputViewReadAfterWriteHazard =
            video_processor_input_view_read_after_write_hazard,
    .pfnVideoDecoderGetHandle = video_decoder_get_handle,
    .pfnVideoProcessorSetStreamRotation = video_processor_set_stream_rotation,
    .pfnGetCaptureHandle = get_capture_handle,
};
