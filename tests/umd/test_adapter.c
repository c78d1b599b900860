/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "tests/umd/rig.h"
#include "tests/vectors/vectors.h"
#include "umd/adapter.h"

static unsigned log_count;
static char log_line[256];

static void count_line(void *context, enum vit_log_level level, const char *line)
{
    (void)context;
    (void)level;
    log_count++;
    snprintf(log_line, sizeof(log_line), "%s", line);
}

static void listen(void)
{
    vit_log_set_sink(count_line, NULL);
    vit_log_set_level(VIT_LOG_WARNING);
}

Test(adapter, opens)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DRIVER);
    cr_assert_eq(rig_try_open_adapter(&rig), S_OK);
    cr_assert_not_null(rig.adapter.pDrvPrivate);
    rig_close(&rig);
}

Test(adapter, refuses_missing_arguments)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    const D3DDDI_ADAPTERCALLBACKS none = { .pfnQueryAdapterInfoCb = NULL };
    D3D10DDIARG_OPENADAPTER open = { .hRTAdapter = { &rig.host },
        .pAdapterCallbacks = &fake_adapter_callbacks };
    cr_assert_eq(OpenAdapter10_2(NULL), E_INVALIDARG);
    cr_assert_eq(OpenAdapter10_2(&open), E_INVALIDARG);
    open.pAdapterFuncs_2 = &rig.adapter_funcs;
    open.pAdapterCallbacks = NULL;
    cr_assert_eq(OpenAdapter10_2(&open), E_INVALIDARG);
    open.pAdapterCallbacks = &none;
    cr_assert_eq(OpenAdapter10_2(&open), E_INVALIDARG);
    cr_assert_null(open.hAdapter.pDrvPrivate);
    rig_close(&rig);
}

Test(adapter, refuses_a_kernel_driver_that_is_not_ours)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig.host.garbled = true;
    cr_assert_eq(rig_try_open_adapter(&rig), E_FAIL);
    rig.host.garbled = false;
    rig.host.query_adapter = ERROR_GRAPHICS_DRIVER_MISMATCH;
    cr_assert_eq(rig_try_open_adapter(&rig), E_FAIL);
    cr_assert_null(rig.adapter.pDrvPrivate);
    rig_close(&rig);
}

Test(adapter, lists_the_one_interface)
{
    struct rig rig;
    UINT32 count = 7;
    UINT64 versions[2] = { 0, 1 };
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    cr_assert_eq(rig.adapter_funcs.pfnGetSupportedVersions(rig.adapter, &count, NULL), S_OK);
    cr_assert_eq(count, 1u);
    count = 2;
    cr_assert_eq(rig.adapter_funcs.pfnGetSupportedVersions(rig.adapter, &count, versions), S_OK);
    cr_assert_eq(count, 1u);
    cr_assert_eq(versions[0], UINT64_C(0x000B000F00000000));
    cr_assert_eq(versions[1], 1u);
    rig_close(&rig);
}

Test(adapter, says_when_there_is_no_room_for_the_versions)
{
    struct rig rig;
    UINT32 count = 0;
    UINT64 version = 5;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    cr_assert_eq(rig.adapter_funcs.pfnGetSupportedVersions(rig.adapter, &count, &version),
            E_OUTOFMEMORY);
    cr_assert_eq(version, 5u);
    cr_assert_eq(rig.adapter_funcs.pfnGetSupportedVersions(rig.adapter, NULL, NULL), E_INVALIDARG);
    rig_close(&rig);
}

static HRESULT get_caps(struct rig *rig, UINT type, void *data, UINT size)
{
    const D3D10_2DDIARG_GETCAPS get = { .Type = type, .pData = data, .DataSize = size };
    return rig->adapter_funcs.pfnGetCaps(rig->adapter, &get);
}

Test(adapter, is_single_threaded_and_at_level_10_0)
{
    struct rig rig;
    UINT word = 0xffffffff;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    cr_assert_eq(get_caps(&rig, D3D11DDICAPS_THREADING, &word, sizeof(word)), S_OK);
    cr_assert_eq(word, 0u);
    cr_assert_eq(get_caps(&rig, D3D11DDICAPS_3DPIPELINESUPPORT, &word, sizeof(word)), S_OK);
    cr_assert_eq(word, 1u);
    rig_close(&rig);
}

Test(adapter, zeroes_caps_that_it_does_not_have)
{
    struct rig rig;
    uint8_t data[12];
    const uint8_t zeros[8] = { 0 };
    memset(data, 0xee, sizeof(data));
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    cr_assert_eq(get_caps(&rig, 4711, data, 8), S_OK);
    cr_assert_arr_eq(data, zeros, 8);
    cr_assert_eq(data[8], 0xee);
    rig_close(&rig);
}

Test(adapter, refuses_caps_without_a_place_for_them)
{
    struct rig rig;
    uint8_t data[2] = { 1, 1 };
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    cr_assert_eq(get_caps(&rig, D3D11DDICAPS_THREADING, NULL, 4), E_INVALIDARG);
    cr_assert_eq(get_caps(&rig, D3D11DDICAPS_3DPIPELINESUPPORT, data, 2), E_INVALIDARG);
    cr_assert_eq(data[0], 1);
    cr_assert_eq(rig.adapter_funcs.pfnGetCaps(rig.adapter, NULL), E_INVALIDARG);
    rig_close(&rig);
}

Test(adapter, functions_refuse_a_handle_that_is_none)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    uint64_t junk[8] = { 1, 2, 3 };
    UINT32 count = 1;
    const D3D10DDI_HADAPTER wrong = { junk };
    const D3D10DDI_HADAPTER none = { NULL };
    cr_assert_eq(rig.adapter_funcs.pfnGetSupportedVersions(wrong, &count, NULL), E_INVALIDARG);
    cr_assert_eq(rig.adapter_funcs.pfnCreateDevice(none, NULL), E_INVALIDARG);
    cr_assert_eq(rig.adapter_funcs.pfnCloseAdapter(wrong), E_INVALIDARG);
    cr_assert_eq(rig.adapter_funcs.pfnCloseAdapter(none), E_INVALIDARG);
    rig_close(&rig);
}

static void assert_no_protection(struct rig *rig)
{
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps;
    D3D11_1DDI_HCRYPTOSESSION session;
    GUID type;
    UINT size = 9;
    memset(&caps, 0xff, sizeof(caps));
    rig_open_adapter(rig);
    cr_assert_eq(rig_try_open_device(rig, 0, &rig->first), S_OK);
    cr_assert_eq(rig->first.video.pfnGetContentProtectionCaps(rig->first.handle,
                         &rig_session_arguments.CryptoType, NULL, &caps),
            S_OK);
    cr_assert_eq(caps.Caps, 0u);
    cr_assert_eq(caps.KeyExchangeTypeCount, 0u);
    cr_assert_eq(caps.ProtectedMemorySize, 0u);
    cr_assert_eq(rig->first.video.pfnGetCryptoKeyExchangeType(rig->first.handle,
                         &rig_session_arguments.CryptoType, NULL, 0, &type),
            D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert_eq(rig_try_session(rig, &rig->first, &rig_session_arguments, &session),
            D3DDDIERR_UNSUPPORTEDCRYPTO);
    const D3D11_1DDI_CERTIFICATE_INFO info = {
        .CertificateType = D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION,
        .CryptoSessionType = rig_session_arguments.CryptoType,
    };
    rig->first.video.pfnGetCertificateSize(rig->first.handle, &info, &size);
    cr_assert_eq(size, 0u);
    cr_assert_eq(rig->host.escape_count, 0u);
}

Test(adapter, offers_no_protection_with_a_key_that_is_not_the_certificates)
{
    struct rig rig;
    listen();
    rig_init(&rig, VIT_CUSTODY_DRIVER);
    snprintf(rig.host.key_uri, sizeof(rig.host.key_uri), "%s", vectors_key("foreign2048.pem"));
    assert_no_protection(&rig);
    cr_assert_eq(log_count, 1u);
    cr_assert_not_null(strstr(log_line, "certificate"), "%s", log_line);
    rig_close(&rig);
}

Test(adapter, offers_no_protection_without_a_key)
{
    struct rig rig;
    listen();
    rig_init(&rig, VIT_CUSTODY_DRIVER);
    snprintf(rig.host.key_uri, sizeof(rig.host.key_uri), "/nowhere/key.pem");
    assert_no_protection(&rig);
    cr_assert_eq(log_count, 1u);
    rig_close(&rig);
}

Test(adapter, offers_no_protection_with_an_encrypted_key)
{
    struct rig rig;
    listen();
    rig_init(&rig, VIT_CUSTODY_DRIVER);
    snprintf(rig.host.key_uri, sizeof(rig.host.key_uri), "%s", vectors_key("encrypted2048.pem"));
    assert_no_protection(&rig);
    cr_assert_eq(log_count, 1u);
    rig_close(&rig);
}

Test(adapter, offers_no_protection_when_certificate_and_device_disagree_on_custody)
{
    struct rig rig;
    listen();
    rig_init(&rig, VIT_CUSTODY_DRIVER);
    rig.host.capset.custody = VIT_CUSTODY_DEVICE;
    assert_no_protection(&rig);
    cr_assert_eq(log_count, 1u);
    rig_close(&rig);
}

Test(adapter, offers_no_protection_with_a_chain_that_is_none)
{
    struct rig rig;
    listen();
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig.host.capset.chain_len = 3;
    assert_no_protection(&rig);
    cr_assert_eq(log_count, 1u);
    rig_close(&rig);
}

Test(adapter, needs_no_key_when_the_device_has_it)
{
    struct rig rig;
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_str_empty(rig.host.key_uri);
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle,
                         &rig_session_arguments.CryptoType, NULL, &caps),
            S_OK);
    cr_assert_neq(caps.Caps, 0u);
    rig_close(&rig);
}
