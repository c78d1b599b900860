/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static D3D11_1DDI_CERTIFICATE_INFO session_info(void)
{
    return (D3D11_1DDI_CERTIFICATE_INFO){
        .CertificateType = D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION,
        .CryptoSessionType = rig_session_arguments.CryptoType,
    };
}

static UINT size_of(struct rig *rig, const D3D11_1DDI_CERTIFICATE_INFO *info)
{
    UINT size = 12345;
    rig->first.video.pfnGetCertificateSize(rig->first.handle, info, &size);
    return size;
}

Test(certificate, is_the_chain_that_the_device_told)
{
    struct rig rig;
    uint8_t bytes[8192];
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    const D3D11_1DDI_CERTIFICATE_INFO info = session_info();
    UINT size = size_of(&rig, &info);
    cr_assert_eq(size, rig.host.capset.chain_len);
    rig.first.video.pfnGetCertificate(rig.first.handle, &info, size, bytes);
    cr_assert_arr_eq(bytes, rig.chain, size);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(certificate, fills_a_longer_buffer_with_zeros)
{
    struct rig rig;
    uint8_t bytes[8192];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D11_1DDI_CERTIFICATE_INFO info = session_info();
    UINT size = size_of(&rig, &info);
    memset(bytes, 0xcc, sizeof(bytes));
    rig.first.video.pfnGetCertificate(rig.first.handle, &info, size + 10, bytes);
    cr_assert_arr_eq(bytes, rig.chain, size);
    cr_assert_eq(bytes[size], 0);
    cr_assert_eq(bytes[size + 9], 0);
    cr_assert_eq(bytes[size + 10], 0xcc);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(certificate, of_another_kind_is_none)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_CERTIFICATE_INFO info = session_info();
    info.CryptoSessionType = D3DCRYPTOTYPE_PROPRIETARY;
    cr_assert_eq(size_of(&rig, &info), 0u);
    info = session_info();
    info.CertificateType = 77;
    cr_assert_eq(size_of(&rig, &info), 0u);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(certificate, zeroes_a_buffer_that_is_too_short_and_reports)
{
    struct rig rig;
    uint8_t bytes[4096];
    uint8_t zeros[4096] = { 0 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D11_1DDI_CERTIFICATE_INFO info = session_info();
    UINT size = size_of(&rig, &info);
    memset(bytes, 0xcc, sizeof(bytes));
    rig.first.video.pfnGetCertificate(rig.first.handle, &info, size - 1, bytes);
    cr_assert_arr_eq(bytes, zeros, size - 1);
    cr_assert_eq(bytes[size - 1], 0xcc);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

Test(certificate, reports_missing_arguments)
{
    struct rig rig;
    UINT size = 5;
    uint8_t byte = 5;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D11_1DDI_CERTIFICATE_INFO info = session_info();
    rig.first.video.pfnGetCertificateSize(rig.first.handle, NULL, &size);
    cr_assert_eq(size, 0u);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig.first.video.pfnGetCertificateSize(rig.first.handle, &info, NULL);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig.first.video.pfnGetCertificate(rig.first.handle, NULL, 1, &byte);
    cr_assert_eq(byte, 0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig.first.video.pfnGetCertificate(rig.first.handle, &info, 8192, NULL);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}
