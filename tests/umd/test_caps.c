/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static const GUID some_profile = { 1, 2, 3, { 4 } };

Test(caps, tell_what_the_device_does)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps;
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle,
                         &rig_session_arguments.CryptoType, &GUID_NULL, &caps),
            S_OK);
    cr_assert_eq(caps.Caps, 0xcfeu, "%x", caps.Caps);
    cr_assert_eq(caps.KeyExchangeTypeCount, 1u);
    cr_assert_eq(caps.BlockAlignmentSize, 1u);
    cr_assert_eq(caps.ProtectedMemorySize, UINT64_C(1) << 24);
    rig_close(&rig);
}

Test(caps, of_no_crypto_type_are_those_of_all)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS all, one;
    memset(&all, 0, sizeof(all));
    memset(&one, 0, sizeof(one));
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle, &GUID_NULL, NULL,
                         &all),
            S_OK);
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle,
                         &rig_session_arguments.CryptoType, NULL, &one),
            S_OK);
    cr_assert_arr_eq(&all, &one, sizeof(all));
    rig_close(&rig);
}

Test(caps, of_an_unknown_crypto_type_or_profile_are_refused_and_untouched)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps, before;
    memset(&caps, 0x5a, sizeof(caps));
    memcpy(&before, &caps, sizeof(caps));
    const GUID *aes = &rig_session_arguments.CryptoType;
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle,
                         &D3DCRYPTOTYPE_PROPRIETARY, NULL, &caps),
            D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle, aes, &some_profile,
                         &caps),
            D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle, NULL, NULL, &caps),
            E_INVALIDARG);
    cr_assert_arr_eq(&caps, &before, sizeof(caps));
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle, aes, NULL, NULL),
            E_INVALIDARG);
    rig_close(&rig);
}

Test(caps, name_one_key_exchange)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    GUID type = some_profile;
    const GUID *aes = &rig_session_arguments.CryptoType;
    PFND3D11_1DDI_GETCRYPTOKEYEXCHANGETYPE get = rig.first.video.pfnGetCryptoKeyExchangeType;
    cr_assert_eq(get(rig.first.handle, aes, NULL, 1, &type), E_INVALIDARG);
    cr_assert_eq(get(rig.first.handle, &some_profile, NULL, 0, &type), D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert_eq(get(rig.first.handle, aes, &some_profile, 0, &type), D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert(IsEqualGUID(&type, &some_profile));
    cr_assert_eq(get(rig.first.handle, aes, NULL, 0, &type), S_OK);
    cr_assert(IsEqualGUID(&type, &rig_session_arguments.KeyExchangeType));
    rig_close(&rig);
}

Test(caps, formats_have_no_bit_and_unknown_ones_are_reported)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    UINT bits = 7;
    rig.first.funcs.pfnCheckFormatSupport(rig.first.handle, DXGI_FORMAT_NV12, &bits);
    cr_assert_eq(bits, 0u);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    bits = 7;
    rig.first.funcs.pfnCheckFormatSupport(rig.first.handle, (DXGI_FORMAT)5000, &bits);
    cr_assert_eq(bits, 0u);
    cr_assert_eq(rig_take_error(&rig.first), E_FAIL);
    rig.first.funcs.pfnCheckFormatSupport(rig.first.handle, DXGI_FORMAT_NV12, NULL);
    cr_assert_eq(rig_take_error(&rig.first), E_INVALIDARG);
    rig_close(&rig);
}

Test(caps, only_one_sample_is_supported)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const UINT samples[] = { 0, 1, 2, 33 };
    const UINT expected[] = { 0, 1, 0, 0 };
    for (unsigned i = 0; i < 4; i++) {
        UINT levels = 99;
        rig.first.funcs.pfnCheckMultisampleQualityLevels(rig.first.handle,
                DXGI_FORMAT_B8G8R8A8_UNORM, samples[i], &levels);
        cr_assert_eq(levels, expected[i]);
    }
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig.first.funcs.pfnCheckMultisampleQualityLevels(rig.first.handle, DXGI_FORMAT_NV12, 1, NULL);
    cr_assert_eq(rig_take_error(&rig.first), E_INVALIDARG);
    rig_close(&rig);
}
