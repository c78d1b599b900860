/* SPDX-License-Identifier: MIT */
/* Device entries that draw, set state for drawing, or belong to deferred contexts and counters. */
#include "umd/unsupported.h"

#include <string.h>

#include "umd/device.h"
#include "umd/error.h"
#include "umd/unsupported_macros.h"

void umd_refuse_object(D3D10DDI_HDEVICE hDevice)
{
    const struct umd_device *device = umd_device_get(hDevice);
    if (device != NULL) {
        umd_report_code(device, E_OUTOFMEMORY);
    }
}

OBJECT_SIZE(calc_private_opened_resource_size, const D3D10DDIARG_OPENRESOURCE *pOpenResource);
OBJECT_SIZE(calc_private_shader_resource_view_size,
        const D3D11DDIARG_CREATESHADERRESOURCEVIEW *pCreate);
OBJECT_SIZE(calc_private_render_target_view_size,
        const D3D10DDIARG_CREATERENDERTARGETVIEW *pCreate);
OBJECT_SIZE(calc_private_depth_stencil_view_size,
        const D3D11DDIARG_CREATEDEPTHSTENCILVIEW *pCreate);
OBJECT_SIZE(calc_private_element_layout_size, const D3D10DDIARG_CREATEELEMENTLAYOUT *pCreate);
OBJECT_SIZE(calc_private_blend_state_size, const D3D11_1_DDI_BLEND_DESC *pDesc);
OBJECT_SIZE(calc_private_depth_stencil_state_size, const D3D10_DDI_DEPTH_STENCIL_DESC *pDesc);
OBJECT_SIZE(calc_private_rasterizer_state_size, const D3D11_1_DDI_RASTERIZER_DESC *pDesc);
OBJECT_SIZE(calc_private_shader_size, const UINT *pShaderCode,
        const D3D11_1DDIARG_STAGE_IO_SIGNATURES *pSignatures);
OBJECT_SIZE(calc_private_geometry_shader_with_stream_output,
        const D3D11DDIARG_CREATEGEOMETRYSHADERWITHSTREAMOUTPUT *pCreate,
        const D3D11_1DDIARG_STAGE_IO_SIGNATURES *pSignatures);
OBJECT_SIZE(calc_private_sampler_size, const D3D10_DDI_SAMPLER_DESC *pDesc);
OBJECT_SIZE(calc_deferred_context_handle_size, D3D11DDI_HANDLETYPE HandleType,
        VOID *pImmediateHandle);
OBJECT_SIZE(calc_private_deferred_context_size,
        const D3D11DDIARG_CALCPRIVATEDEFERREDCONTEXTSIZE *pCreate);
OBJECT_SIZE(calc_private_command_list_size, const D3D11DDIARG_CREATECOMMANDLIST *pCreate);
OBJECT_SIZE(calc_private_tessellation_shader_size, const UINT *pShaderCode,
        const D3D11_1DDIARG_TESSELLATION_IO_SIGNATURES *pSignatures);
OBJECT_SIZE(calc_private_uav_size, const D3D11DDIARG_CREATEUNORDEREDACCESSVIEW *pCreate);

NO_OBJECT(open_resource, const D3D10DDIARG_OPENRESOURCE *pOpenResource,
        D3D10DDI_HRESOURCE hResource, D3D10DDI_HRTRESOURCE hRTResource);
NO_OBJECT(create_shader_resource_view, const D3D11DDIARG_CREATESHADERRESOURCEVIEW *pCreate,
        D3D10DDI_HSHADERRESOURCEVIEW hView, D3D10DDI_HRTSHADERRESOURCEVIEW hRTView);
NO_OBJECT(create_render_target_view, const D3D10DDIARG_CREATERENDERTARGETVIEW *pCreate,
        D3D10DDI_HRENDERTARGETVIEW hView, D3D10DDI_HRTRENDERTARGETVIEW hRTView);
NO_OBJECT(create_depth_stencil_view, const D3D11DDIARG_CREATEDEPTHSTENCILVIEW *pCreate,
        D3D10DDI_HDEPTHSTENCILVIEW hView, D3D10DDI_HRTDEPTHSTENCILVIEW hRTView);
NO_OBJECT(create_element_layout, const D3D10DDIARG_CREATEELEMENTLAYOUT *pCreate,
        D3D10DDI_HELEMENTLAYOUT hLayout, D3D10DDI_HRTELEMENTLAYOUT hRTLayout);
NO_OBJECT(create_blend_state, const D3D11_1_DDI_BLEND_DESC *pDesc, D3D10DDI_HBLENDSTATE hState,
        D3D10DDI_HRTBLENDSTATE hRTState);
NO_OBJECT(create_depth_stencil_state, const D3D10_DDI_DEPTH_STENCIL_DESC *pDesc,
        D3D10DDI_HDEPTHSTENCILSTATE hState, D3D10DDI_HRTDEPTHSTENCILSTATE hRTState);
NO_OBJECT(create_rasterizer_state, const D3D11_1_DDI_RASTERIZER_DESC *pDesc,
        D3D10DDI_HRASTERIZERSTATE hState, D3D10DDI_HRTRASTERIZERSTATE hRTState);
NO_OBJECT(create_vertex_shader, const UINT *pShaderCode, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader, const D3D11_1DDIARG_STAGE_IO_SIGNATURES *pSignatures);
NO_OBJECT(create_geometry_shader, const UINT *pShaderCode, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader, const D3D11_1DDIARG_STAGE_IO_SIGNATURES *pSignatures);
NO_OBJECT(create_pixel_shader, const UINT *pShaderCode, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader, const D3D11_1DDIARG_STAGE_IO_SIGNATURES *pSignatures);
NO_OBJECT(create_geometry_shader_with_stream_output,
        const D3D11DDIARG_CREATEGEOMETRYSHADERWITHSTREAMOUTPUT *pCreate, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader, const D3D11_1DDIARG_STAGE_IO_SIGNATURES *pSignatures);
NO_OBJECT(create_sampler, const D3D10_DDI_SAMPLER_DESC *pDesc, D3D10DDI_HSAMPLER hSampler,
        D3D10DDI_HRTSAMPLER hRTSampler);
NO_OBJECT(create_hull_shader, const UINT *pShaderCode, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader, const D3D11_1DDIARG_TESSELLATION_IO_SIGNATURES *pSignatures);
NO_OBJECT(create_domain_shader, const UINT *pShaderCode, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader, const D3D11_1DDIARG_TESSELLATION_IO_SIGNATURES *pSignatures);
NO_OBJECT(create_deferred_context, const D3D11DDIARG_CREATEDEFERREDCONTEXT *pCreate);
NO_OBJECT(create_command_list, const D3D11DDIARG_CREATECOMMANDLIST *pCreate,
        D3D11DDI_HCOMMANDLIST hCommandList, D3D11DDI_HRTCOMMANDLIST hRTCommandList);
NO_OBJECT(create_compute_shader, const UINT *pShaderCode, D3D10DDI_HSHADER hShader,
        D3D10DDI_HRTSHADER hRTShader);
NO_OBJECT(create_uav, const D3D11DDIARG_CREATEUNORDEREDACCESSVIEW *pCreate,
        D3D11DDI_HUNORDEREDACCESSVIEW hView, D3D11DDI_HRTUNORDEREDACCESSVIEW hRTView);

NOT_HERE(recycle_create_command_list, const D3D11DDIARG_CREATECOMMANDLIST *pCreate,
        D3D11DDI_HCOMMANDLIST hCommandList, D3D11DDI_HRTCOMMANDLIST hRTCommandList);
NOT_HERE(recycle_create_deferred_context, const D3D11DDIARG_CREATEDEFERREDCONTEXT *pCreate);

IGNORE(set_constant_buffers, UINT StartSlot, UINT NumBuffers, const D3D10DDI_HRESOURCE *phBuffers,
        const UINT *pFirstConstant, const UINT *pNumConstants);
IGNORE(set_shader_resources, UINT StartSlot, UINT NumViews,
        const D3D10DDI_HSHADERRESOURCEVIEW *phViews);
IGNORE(set_shader, D3D10DDI_HSHADER hShader);
IGNORE(set_samplers, UINT StartSlot, UINT NumSamplers, const D3D10DDI_HSAMPLER *phSamplers);
IGNORE(draw_indexed, UINT IndexCount, UINT StartIndex, INT BaseVertex);
IGNORE(draw, UINT VertexCount, UINT StartVertex);
IGNORE(ia_set_input_layout, D3D10DDI_HELEMENTLAYOUT hInputLayout);
IGNORE(ia_set_vertex_buffers, UINT StartSlot, UINT NumBuffers, const D3D10DDI_HRESOURCE *phBuffers,
        const UINT *pStrides, const UINT *pOffsets);
IGNORE(ia_set_index_buffer, D3D10DDI_HRESOURCE hBuffer, DXGI_FORMAT Format, UINT Offset);
IGNORE(draw_indexed_instanced, UINT IndexCountPerInstance, UINT InstanceCount, UINT StartIndex,
        INT BaseVertex, UINT StartInstance);
IGNORE(draw_instanced, UINT VertexCountPerInstance, UINT InstanceCount, UINT StartVertex,
        UINT StartInstance);
IGNORE(ia_set_topology, D3D10_DDI_PRIMITIVE_TOPOLOGY Topology);
IGNORE(set_render_targets, const D3D10DDI_HRENDERTARGETVIEW *phRenderTargetViews, UINT NumRTVs,
        UINT ClearSlots, D3D10DDI_HDEPTHSTENCILVIEW hDepthStencilView,
        const D3D11DDI_HUNORDEREDACCESSVIEW *phUnorderedAccessViews, const UINT *pUAVInitialCounts,
        UINT UAVStartSlot, UINT NumUAVs, UINT UAVRangeStart, UINT UAVRangeSize);
IGNORE(shader_resource_view_read_after_write_hazard, D3D10DDI_HSHADERRESOURCEVIEW hView,
        D3D10DDI_HRESOURCE hResource);
IGNORE(resource_read_after_write_hazard, D3D10DDI_HRESOURCE hResource);
IGNORE(set_blend_state, D3D10DDI_HBLENDSTATE hState, const FLOAT BlendFactor[4], UINT SampleMask);
IGNORE(set_depth_stencil_state, D3D10DDI_HDEPTHSTENCILSTATE hState, UINT StencilRef);
IGNORE(set_rasterizer_state, D3D10DDI_HRASTERIZERSTATE hState);
IGNORE(so_set_targets, UINT NumBuffers, UINT ClearTargets, const D3D10DDI_HRESOURCE *phBuffers,
        const UINT *pOffsets);
IGNORE_ALONE(draw_auto);
IGNORE(set_viewports, UINT NumViewports, UINT ClearViewports, const D3D10_DDI_VIEWPORT *pViewports);
IGNORE(set_scissor_rects, UINT NumRects, UINT ClearRects, const D3D10_DDI_RECT *pRects);
IGNORE(clear_render_target_view, D3D10DDI_HRENDERTARGETVIEW hView, FLOAT ColorRGBA[4]);
IGNORE(clear_depth_stencil_view, D3D10DDI_HDEPTHSTENCILVIEW hView, UINT Flags, FLOAT Depth,
        UINT8 Stencil);
IGNORE(set_predication, D3D10DDI_HQUERY hQuery, BOOL PredicateValue);
IGNORE(gen_mips, D3D10DDI_HSHADERRESOURCEVIEW hView);
IGNORE(resource_resolve_subresource, D3D10DDI_HRESOURCE hDstResource, UINT DstSubresource,
        D3D10DDI_HRESOURCE hSrcResource, UINT SrcSubresource, DXGI_FORMAT ResolveFormat);
IGNORE(relocate_device_funcs, struct D3D11_1DDI_DEVICEFUNCS *pDeviceFuncs);
IGNORE(destroy_shader_resource_view, D3D10DDI_HSHADERRESOURCEVIEW hView);
IGNORE(destroy_render_target_view, D3D10DDI_HRENDERTARGETVIEW hView);
IGNORE(destroy_depth_stencil_view, D3D10DDI_HDEPTHSTENCILVIEW hView);
IGNORE(destroy_element_layout, D3D10DDI_HELEMENTLAYOUT hLayout);
IGNORE(destroy_blend_state, D3D10DDI_HBLENDSTATE hState);
IGNORE(destroy_depth_stencil_state, D3D10DDI_HDEPTHSTENCILSTATE hState);
IGNORE(destroy_rasterizer_state, D3D10DDI_HRASTERIZERSTATE hState);
IGNORE(destroy_shader, D3D10DDI_HSHADER hShader);
IGNORE(destroy_sampler, D3D10DDI_HSAMPLER hSampler);
IGNORE(set_text_filter_size, UINT Width, UINT Height);
IGNORE(draw_indexed_instanced_indirect, D3D10DDI_HRESOURCE hArguments, UINT Offset);
IGNORE(draw_instanced_indirect, D3D10DDI_HRESOURCE hArguments, UINT Offset);
IGNORE(command_list_execute, D3D11DDI_HCOMMANDLIST hCommandList);
IGNORE_ALONE(abandon_command_list);
IGNORE(destroy_command_list, D3D11DDI_HCOMMANDLIST hCommandList);
IGNORE(set_shader_with_ifaces, D3D10DDI_HSHADER hShader, UINT NumClassInstances,
        const UINT *pIfaces, const D3D11DDIARG_POINTERDATA *pPointerData);
IGNORE(destroy_uav, D3D11DDI_HUNORDEREDACCESSVIEW hView);
IGNORE(clear_uav_uint, D3D11DDI_HUNORDEREDACCESSVIEW hView, const UINT Values[4]);
IGNORE(clear_uav_float, D3D11DDI_HUNORDEREDACCESSVIEW hView, const FLOAT Values[4]);
IGNORE(cs_set_uavs, UINT StartSlot, UINT NumViews, const D3D11DDI_HUNORDEREDACCESSVIEW *phViews,
        const UINT *pInitialCounts);
IGNORE(dispatch, UINT X, UINT Y, UINT Z);
IGNORE(dispatch_indirect, D3D10DDI_HRESOURCE hArguments, UINT Offset);
IGNORE(set_resource_min_lod, D3D10DDI_HRESOURCE hResource, FLOAT MinLOD);
IGNORE(copy_structure_count, D3D10DDI_HRESOURCE hDstBuffer, UINT DstOffset,
        D3D11DDI_HUNORDEREDACCESSVIEW hSrcView);
IGNORE(recycle_command_list, D3D11DDI_HCOMMANDLIST hCommandList);
IGNORE(discard, D3D11DDI_HANDLETYPE HandleType, VOID *hResourceOrView, const D3D10_DDI_RECT *pRects,
        UINT NumRects);
IGNORE(assign_debug_binary, D3D10DDI_HSHADER hShader, UINT uBinarySize, const VOID *pBinary);
IGNORE(clear_view, D3D11DDI_HANDLETYPE viewType, VOID *hView, const FLOAT Color[4],
        const D3D10_DDI_RECT *pRect, UINT NumRects);

static VOID APIENTRY check_counter_info(D3D10DDI_HDEVICE hDevice,
        D3D10DDI_COUNTER_INFO *pCounterInfo)
{
    if (pCounterInfo != NULL) {
        memset(pCounterInfo, 0, sizeof(*pCounterInfo));
    }
}

static void zero_word(UINT *word)
{
    if (word != NULL) {
        *word = 0;
    }
}

static VOID APIENTRY check_counter(D3D10DDI_HDEVICE hDevice, D3D10DDI_QUERY Query,
        D3D10DDI_COUNTER_TYPE *pCounterType, UINT *pActiveCounters, LPSTR pName, UINT *pNameLength,
        LPSTR pUnits, UINT *pUnitsLength, LPSTR pDescription, UINT *pDescriptionLength)
{
    const struct umd_device *device = umd_device_get(hDevice);
    if (pCounterType != NULL) {
        *pCounterType = D3D10DDI_COUNTER_TYPE_FLOAT32;
    }
    zero_word(pActiveCounters);
    zero_word(pNameLength);
    zero_word(pUnitsLength);
    zero_word(pDescriptionLength);
    if (device != NULL) {
        bool device_dependent = (unsigned)Query >= D3D10DDI_COUNTER_DEVICE_DEPENDENT_0;
        umd_report_code(device, device_dependent ? E_INVALIDARG : DXGI_DDI_ERR_UNSUPPORTED);
    }
}

static VOID APIENTRY check_deferred_context_handle_sizes(D3D10DDI_HDEVICE hDevice, UINT *pHSizes,
        D3D11DDI_HANDLESIZE *pHandleSizes)
{
    zero_word(pHSizes);
}

static VOID APIENTRY check_direct_flip_support(D3D10DDI_HDEVICE hDevice,
        D3D10DDI_HRESOURCE hResource1, D3D10DDI_HRESOURCE hResource2, UINT CheckDirectFlipFlags,
        BOOL *pSupported)
{
    if (pSupported != NULL) {
        *pSupported = FALSE;
    }
}

const D3D11_1DDI_DEVICEFUNCS umd_unsupported_device = {
    .pfnVsSetConstantBuffers = set_constant_buffers,
    .pfnPsSetShaderResources = set_shader_resources,
    .pfnPsSetShader = set_shader,
    .pfnPsSetSamplers = set_samplers,
    .pfnVsSetShader = set_shader,
    .pfnDrawIndexed = draw_indexed,
    .pfnDraw = draw,
    .pfnPsSetConstantBuffers = set_constant_buffers,
    .pfnIaSetInputLayout = ia_set_input_layout,
    .pfnIaSetVertexBuffers = ia_set_vertex_buffers,
    .pfnIaSetIndexBuffer = ia_set_index_buffer,
    .pfnDrawIndexedInstanced = draw_indexed_instanced,
    .pfnDrawInstanced = draw_instanced,
    .pfnGsSetConstantBuffers = set_constant_buffers,
    .pfnGsSetShader = set_shader,
    .pfnIaSetTopology = ia_set_topology,
    .pfnVsSetShaderResources = set_shader_resources,
    .pfnVsSetSamplers = set_samplers,
    .pfnGsSetShaderResources = set_shader_resources,
    .pfnGsSetSamplers = set_samplers,
    .pfnSetRenderTargets = set_render_targets,
    .pfnShaderResourceViewReadAfterWriteHazard = shader_resource_view_read_after_write_hazard,
    .pfnResourceReadAfterWriteHazard = resource_read_after_write_hazard,
    .pfnSetBlendState = set_blend_state,
    .pfnSetDepthStencilState = set_depth_stencil_state,
    .pfnSetRasterizerState = set_rasterizer_state,
    .pfnSoSetTargets = so_set_targets,
    .pfnDrawAuto = draw_auto,
    .pfnSetViewports = set_viewports,
    .pfnSetScissorRects = set_scissor_rects,
    .pfnClearRenderTargetView = clear_render_target_view,
    .pfnClearDepthStencilView = clear_depth_stencil_view,
    .pfnSetPredication = set_predication,
    .pfnGenMips = gen_mips,
    .pfnResourceResolveSubresource = resource_resolve_subresource,
    .pfnRelocateDeviceFuncs = relocate_device_funcs,
    .pfnCalcPrivateOpenedResourceSize = calc_private_opened_resource_size,
    .pfnOpenResource = open_resource,
    .pfnCalcPrivateShaderResourceViewSize = calc_private_shader_resource_view_size,
    .pfnCreateShaderResourceView = create_shader_resource_view,
    .pfnDestroyShaderResourceView = destroy_shader_resource_view,
    .pfnCalcPrivateRenderTargetViewSize = calc_private_render_target_view_size,
    .pfnCreateRenderTargetView = create_render_target_view,
    .pfnDestroyRenderTargetView = destroy_render_target_view,
    .pfnCalcPrivateDepthStencilViewSize = calc_private_depth_stencil_view_size,
    .pfnCreateDepthStencilView = create_depth_stencil_view,
    .pfnDestroyDepthStencilView = destroy_depth_stencil_view,
    .pfnCalcPrivateElementLayoutSize = calc_private_element_layout_size,
    .pfnCreateElementLayout = create_element_layout,
    .pfnDestroyElementLayout = destroy_element_layout,
    .pfnCalcPrivateBlendStateSize = calc_private_blend_state_size,
    .pfnCreateBlendState = create_blend_state,
    .pfnDestroyBlendState = destroy_blend_state,
    .pfnCalcPrivateDepthStencilStateSize = calc_private_depth_stencil_state_size,
    .pfnCreateDepthStencilState = create_depth_stencil_state,
    .pfnDestroyDepthStencilState = destroy_depth_stencil_state,
    .pfnCalcPrivateRasterizerStateSize = calc_private_rasterizer_state_size,
    .pfnCreateRasterizerState = create_rasterizer_state,
    .pfnDestroyRasterizerState = destroy_rasterizer_state,
    .pfnCalcPrivateShaderSize = calc_private_shader_size,
    .pfnCreateVertexShader = create_vertex_shader,
    .pfnCreateGeometryShader = create_geometry_shader,
    .pfnCreatePixelShader = create_pixel_shader,
    .pfnCalcPrivateGeometryShaderWithStreamOutput = calc_private_geometry_shader_with_stream_output,
    .pfnCreateGeometryShaderWithStreamOutput = create_geometry_shader_with_stream_output,
    .pfnDestroyShader = destroy_shader,
    .pfnCalcPrivateSamplerSize = calc_private_sampler_size,
    .pfnCreateSampler = create_sampler,
    .pfnDestroySampler = destroy_sampler,
    .pfnCheckCounterInfo = check_counter_info,
    .pfnCheckCounter = check_counter,
    .pfnSetTextFilterSize = set_text_filter_size,
    .pfnDrawIndexedInstancedIndirect = draw_indexed_instanced_indirect,
    .pfnDrawInstancedIndirect = draw_instanced_indirect,
    .pfnCommandListExecute = command_list_execute,
    .pfnHsSetShaderResources = set_shader_resources,
    .pfnHsSetShader = set_shader,
    .pfnHsSetSamplers = set_samplers,
    .pfnHsSetConstantBuffers = set_constant_buffers,
    .pfnDsSetShaderResources = set_shader_resources,
    .pfnDsSetShader = set_shader,
    .pfnDsSetSamplers = set_samplers,
    .pfnDsSetConstantBuffers = set_constant_buffers,
    .pfnCreateHullShader = create_hull_shader,
    .pfnCreateDomainShader = create_domain_shader,
    .pfnCheckDeferredContextHandleSizes = check_deferred_context_handle_sizes,
    .pfnCalcDeferredContextHandleSize = calc_deferred_context_handle_size,
    .pfnCalcPrivateDeferredContextSize = calc_private_deferred_context_size,
    .pfnCreateDeferredContext = create_deferred_context,
    .pfnAbandonCommandList = abandon_command_list,
    .pfnCalcPrivateCommandListSize = calc_private_command_list_size,
    .pfnCreateCommandList = create_command_list,
    .pfnDestroyCommandList = destroy_command_list,
    .pfnCalcPrivateTessellationShaderSize = calc_private_tessellation_shader_size,
    .pfnPsSetShaderWithIfaces = set_shader_with_ifaces,
    .pfnVsSetShaderWithIfaces = set_shader_with_ifaces,
    .pfnGsSetShaderWithIfaces = set_shader_with_ifaces,
    .pfnHsSetShaderWithIfaces = set_shader_with_ifaces,
    .pfnDsSetShaderWithIfaces = set_shader_with_ifaces,
    .pfnCsSetShaderWithIfaces = set_shader_with_ifaces,
    .pfnCreateComputeShader = create_compute_shader,
    .pfnCsSetShader = set_shader,
    .pfnCsSetShaderResources = set_shader_resources,
    .pfnCsSetSamplers = set_samplers,
    .pfnCsSetConstantBuffers = set_constant_buffers,
    .pfnCalcPrivateUnorderedAccessViewSize = calc_private_uav_size,
    .pfnCreateUnorderedAccessView = create_uav,
    .pfnDestroyUnorderedAccessView = destroy_uav,
    .pfnClearUnorderedAccessViewUint = clear_uav_uint,
    .pfnClearUnorderedAccessViewFloat = clear_uav_float,
    .pfnCsSetUnorderedAccessViews = cs_set_uavs,
    .pfnDispatch = dispatch,
    .pfnDispatchIndirect = dispatch_indirect,
    .pfnSetResourceMinLOD = set_resource_min_lod,
    .pfnCopyStructureCount = copy_structure_count,
    .pfnRecycleCommandList = recycle_command_list,
    .pfnRecycleCreateCommandList = recycle_create_command_list,
    .pfnRecycleCreateDeferredContext = recycle_create_deferred_context,
    .pfnRecycleDestroyCommandList = destroy_command_list,
    .pfnDiscard = discard,
    .pfnAssignDebugBinary = assign_debug_binary,
    .pfnCheckDirectFlipSupport = check_direct_flip_support,
    .pfnClearView = clear_view,
};
