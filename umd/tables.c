/* SPDX-License-Identifier: MIT */
#include "umd/tables.h"

#include "umd/blt.h"
#include "umd/caps.h"
#include "umd/certificate.h"
#include "umd/channel.h"
#include "umd/copy.h"
#include "umd/device.h"
#include "umd/dxgi.h"
#include "umd/map.h"
#include "umd/query.h"
#include "umd/refresh.h"
#include "umd/resource.h"
#include "umd/session.h"
#include "umd/unsupported.h"
#include "umd/upload.h"

static void fill_resource_entries(D3D11_1DDI_DEVICEFUNCS *table)
{
    table->pfnCalcPrivateResourceSize = umd_calc_resource_size;
    table->pfnCreateResource = umd_create_resource;
    table->pfnDestroyResource = umd_destroy_resource;
    table->pfnResourceCopy = umd_resource_copy;
    table->pfnResourceConvert = umd_resource_copy;
    table->pfnResourceCopyRegion = umd_resource_copy_region;
    table->pfnResourceConvertRegion = umd_resource_copy_region;
    table->pfnResourceUpdateSubresourceUP = umd_update_subresource;
    table->pfnDefaultConstantBufferUpdateSubresourceUP = umd_update_subresource;
}

/* Which slot the runtime calls follows from the resource; one function knows them all. */
static void fill_map_entries(D3D11_1DDI_DEVICEFUNCS *table)
{
    table->pfnResourceMap = umd_map;
    table->pfnResourceUnmap = umd_unmap;
    table->pfnStagingResourceMap = umd_map;
    table->pfnStagingResourceUnmap = umd_unmap;
    table->pfnResourceIsStagingBusy = umd_is_staging_busy;
    table->pfnDynamicResourceMapDiscard = umd_map;
    table->pfnDynamicResourceUnmap = umd_unmap;
    table->pfnDynamicIABufferMapDiscard = umd_map;
    table->pfnDynamicIABufferMapNoOverwrite = umd_map;
    table->pfnDynamicIABufferUnmap = umd_unmap;
    table->pfnDynamicConstantBufferMapDiscard = umd_map;
    table->pfnDynamicConstantBufferMapNoOverwrite = umd_map;
    table->pfnDynamicConstantBufferUnmap = umd_unmap;
}

static void fill_query_entries(D3D11_1DDI_DEVICEFUNCS *table)
{
    table->pfnCalcPrivateQuerySize = umd_calc_query_size;
    table->pfnCreateQuery = umd_create_query;
    table->pfnDestroyQuery = umd_destroy_query;
    table->pfnQueryBegin = umd_query_begin;
    table->pfnQueryEnd = umd_query_end;
    table->pfnQueryGetData = umd_query_get_data;
}

void umd_fill_device_table(D3D11_1DDI_DEVICEFUNCS *table)
{
    *table = umd_unsupported_device;
    fill_resource_entries(table);
    fill_map_entries(table);
    fill_query_entries(table);
    table->pfnFlush = umd_flush_device;
    table->pfnDestroyDevice = umd_destroy_device;
    table->pfnCheckFormatSupport = umd_check_format_support;
    table->pfnCheckMultisampleQualityLevels = umd_check_multisample_levels;
}

void umd_fill_video_table(D3D11_1DDI_VIDEODEVICEFUNCS *table)
{
    *table = umd_unsupported_video;
    table->pfnGetContentProtectionCaps = umd_get_protection_caps;
    table->pfnGetCryptoKeyExchangeType = umd_get_key_exchange_type;
    table->pfnCalcPrivateCryptoSessionSize = umd_calc_session_size;
    table->pfnCreateCryptoSession = umd_create_session;
    table->pfnDestroyCryptoSession = umd_destroy_session;
    table->pfnCryptoSessionGetHandle = umd_session_get_handle;
    table->pfnGetCertificateSize = umd_get_certificate_size;
    table->pfnGetCertificate = umd_get_certificate;
    table->pfnNegotiateCryptoSessionKeyExchange = umd_negotiate_session;
    table->pfnEncryptionBlt = umd_encryption_blt;
    table->pfnDecryptionBlt = umd_decryption_blt;
    table->pfnStartSessionKeyRefresh = umd_start_refresh;
    table->pfnFinishSessionKeyRefresh = umd_finish_refresh;
    table->pfnGetEncryptionBltKey = umd_get_readback_key;
    table->pfnCalcPrivateAuthenticatedChannelSize = umd_calc_channel_size;
    table->pfnCreateAuthenticatedChannel = umd_create_channel;
    table->pfnDestroyAuthenticatedChannel = umd_destroy_channel;
    table->pfnNegotiateAuthenticatedChannelKeyExchange = umd_negotiate_channel;
    table->pfnQueryAuthenticatedChannel = umd_query_channel;
    table->pfnConfigureAuthenticatedChannel = umd_configure_channel;
}

void umd_fill_dxgi_table(DXGI1_2_DDI_BASE_FUNCTIONS *table)
{
    *table = umd_unsupported_dxgi;
    table->pfnPresent = umd_dxgi_present;
    table->pfnRotateResourceIdentities = umd_dxgi_rotate;
    table->pfnBlt = umd_dxgi_blt;
    table->pfnBlt1 = umd_dxgi_blt1;
}
