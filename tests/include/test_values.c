/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include <string.h>

#include "bcrypt.h"
#include "d3d10umddi.h"
#include "d3d11.h"
#include "d3dkmddi.h"
#include "d3dkmthk.h"

static void code_is(HRESULT code, uint32_t bits)
{
    cr_assert_eq((uint32_t)code, bits, "%08x, not %08x", (unsigned)code, (unsigned)bits);
}

static void guid_is(const GUID *guid, const char *bytes)
{
    cr_assert_eq(memcmp(guid, bytes, 16), 0);
}

Test(include, general_codes_are_as_published)
{
    code_is(S_OK, 0);
    code_is(E_FAIL, 0x80004005);
    code_is(E_INVALIDARG, 0x80070057);
    code_is(E_OUTOFMEMORY, 0x8007000E);
    code_is(E_NOTIMPL, 0x80004001);
    code_is(E_ACCESSDENIED, 0x80070005);
    code_is(DXGI_STATUS_NO_REDIRECTION, 0x087A0004);
}

Test(include, driver_codes_are_as_published)
{
    code_is(D3DDDIERR_OUTOFVIDEOMEMORY, 0x8876017C);
    code_is(D3DDDIERR_WASSTILLDRAWING, 0x8876021C);
    code_is(D3DDDIERR_NOTAVAILABLE, 0x8876086A);
    code_is(D3DDDIERR_INVALIDCALL, 0x8876086C);
    code_is(D3DDDIERR_DEVICEREMOVED, 0x88760870);
    code_is(D3DDDIERR_PRIVILEGEDINSTRUCTION, 0x88760871);
    code_is(D3DDDIERR_INVALIDINSTRUCTION, 0x88760872);
    code_is(D3DDDIERR_INVALIDHANDLE, 0x88760873);
    code_is(D3DDDIERR_INVALIDUSERBUFFER, 0x88760879);
    code_is(D3DDDIERR_UNSUPPORTEDCRYPTO, 0x8876087E);
    code_is(D3DDDIERR_APPLICATIONERROR, 0x88760885);
    code_is(D3DDDIERR_OUTOFHWPROTECTEDMEMORY, 0x88760887);
    code_is(D3DDDIERR_CANTEVICTPINNEDALLOCATION, 0xC0262109);
    code_is(D3DDDIERR_CANTRENDERLOCKEDALLOCATION, 0xC0262111);
    code_is(ERROR_GRAPHICS_DRIVER_MISMATCH, 0xC0262009);
    code_is(DXGI_DDI_ERR_WASSTILLDRAWING, 0x887B0001);
    code_is(DXGI_DDI_ERR_UNSUPPORTED, 0x887B0002);
    code_is(DXGI_DDI_ERR_NONEXCLUSIVE, 0x887B0003);
}

Test(include, kernel_codes_are_as_published)
{
    code_is(STATUS_SUCCESS, 0);
    code_is(STATUS_INVALID_PARAMETER, 0xC000000D);
    code_is(STATUS_NO_MEMORY, 0xC0000017);
    code_is(STATUS_DEVICE_REMOVED, 0xC00002B6);
    code_is(STATUS_NOT_SUPPORTED, 0xC00000BB);
    code_is(STATUS_INVALID_HANDLE, 0xC0000008);
    code_is(STATUS_INVALID_USER_BUFFER, 0xC00000E8);
    code_is(STATUS_PRIVILEGED_INSTRUCTION, 0xC0000096);
    code_is(STATUS_ILLEGAL_INSTRUCTION, 0xC000001D);
    code_is(STATUS_GRAPHICS_INSUFFICIENT_DMA_BUFFER, 0xC01E0001);
    code_is(STATUS_GRAPHICS_DRIVER_MISMATCH, 0xC01E0009);
    code_is(STATUS_GRAPHICS_NO_VIDEO_MEMORY, 0xC01E0100);
    code_is(STATUS_GRAPHICS_ALLOCATION_BUSY, 0xC01E0102);
    code_is(STATUS_GRAPHICS_UNSWIZZLING_APERTURE_UNAVAILABLE, 0xC01E0107);
    code_is(STATUS_GRAPHICS_CANT_EVICT_PINNED_ALLOCATION, 0xC01E0109);
    code_is(STATUS_GRAPHICS_CANT_RENDER_LOCKED_ALLOCATION, 0xC01E0111);
    code_is(STATUS_GRAPHICS_GPU_EXCEPTION_ON_DEVICE, 0xC01E0200);
}

Test(include, success_and_failure_are_told_by_the_sign)
{
    cr_assert(SUCCEEDED(S_OK));
    cr_assert(SUCCEEDED(DXGI_STATUS_NO_REDIRECTION));
    cr_assert_not(FAILED(S_OK));
    cr_assert(FAILED(D3DDDIERR_DEVICEREMOVED));
    cr_assert(NT_SUCCESS(STATUS_SUCCESS));
    cr_assert_not(NT_SUCCESS(STATUS_GRAPHICS_DRIVER_MISMATCH));
}

Test(include, versions_are_as_published)
{
    cr_assert_eq(D3D_UMD_INTERFACE_VERSION, 0x3004);
    cr_assert_eq(DXGKDDI_INTERFACE_VERSION, 0x300E);
    cr_assert_eq(D3D11DDI_MINOR_HEADER_VERSION, 3);
    cr_assert_eq(D3D11_1_DDI_INTERFACE_VERSION, 0x000B000F);
    cr_assert_eq(D3D11_1_DDI_SUPPORTED, 0x000B000F00000000);
    cr_assert_eq(D3D11_1_DDI_INTERFACE_VERSION_RC, 0x000B000E);
    cr_assert_eq(D3D11_1_DDI_SUPPORTED_RC, 0x000B000E00010000);
    cr_assert_eq(D3DWDDM1_3_DDI_SUPPORTED, 0x000B001000010000);
    cr_assert_eq(D3DWDDM2_0_DDI_SUPPORTED, 0x000B002000090000);
    cr_assert_eq(D3DWDDM2_1_DDI_SUPPORTED, 0x000B002200020000);
    cr_assert_eq(D3DWDDM2_4_DDI_SUPPORTED, 0x000B002500010000);
    cr_assert_eq(D3D11_1DDI_VIDEO_FUNCTIONS, 2);
}

Test(include, guids_lie_in_memory_as_published)
{
    guid_is(&D3D11_1DDI_CRYPTO_TYPE_AES128_CTR,
            "\x11\xD7\x6B\x9B\x74\x4F\xC9\x41\x9E\x7B\x0B\xE2\xD7\xD9\x3B\x4F");
    guid_is(&D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP,
            "\x95\x98\x94\xC1\x2A\xD7\x1D\x4A\x8E\x5D\xED\x85\x7D\x17\x15\x20");
    guid_is(&D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE,
            "\xA5\x18\x1B\xBC\xFB\xB1\xAB\x42\xBD\x94\xB5\x82\x8B\x4B\xF7\xBE");
    guid_is(&D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID,
            "\xDB\x4B\x11\x06\x23\x35\x0A\x47\x8D\xCA\xFB\xC2\x84\x51\x54\xF0");
    guid_is(&GUID_NULL, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
}

Test(include, guids_are_equal_by_value)
{
    GUID copy = D3D11_1DDI_CRYPTO_TYPE_AES128_CTR;
    cr_assert(IsEqualGUID(&copy, &D3D11_CRYPTO_TYPE_AES128_CTR));
    copy.Data4[7] ^= 1;
    cr_assert_not(IsEqualGUID(&copy, &D3D11_CRYPTO_TYPE_AES128_CTR));
}

Test(include, guids_of_queries_and_commands_differ)
{
    const GUID *all[] = {
        &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION,
        &D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE,
        &D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE,
        &D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION,
        &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT,
        &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS,
        &D3D11_1DDI_AUTHENTICATED_QUERY_UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT,
        &D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT,
        &D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID,
        &D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ATTRIBUTES,
        &D3D11_1DDI_AUTHENTICATED_QUERY_ENCRYPTION_WHEN_ACCESSIBLE_GUID_COUNT,
        &D3D11_1DDI_AUTHENTICATED_QUERY_ENCRYPTION_WHEN_ACCESSIBLE_GUID,
        &D3D11_1DDI_AUTHENTICATED_QUERY_CURRENT_ENCRYPTION_WHEN_ACCESSIBLE,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION_GUID,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_ENCRYPTION_WHEN_ACCESSIBLE_GUID,
    };
    const size_t count = sizeof(all) / sizeof(all[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            cr_assert_not(IsEqualGUID(all[i], all[j]), "%zu and %zu", i, j);
        }
    }
}

Test(include, protection_caps_of_api_and_ddi_part_at_0x2000)
{
    cr_assert_eq((int)D3D11_1DDI_CONTENT_PROTECTION_CAPS_DECRYPTION_BLT,
            (int)D3D11_CONTENT_PROTECTION_CAPS_DECRYPTION_BLT);
    cr_assert_eq(D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_PROTECTED_MEMORY_TRANSITION,
            0x2000);
    cr_assert_eq(D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_TEARDOWN, 0x4000);
    cr_assert_eq(D3D11_CONTENT_PROTECTION_CAPS_HARDWARE_TEARDOWN, 0x2000);
}

Test(include, resource_bits_are_those_of_the_ddi)
{
    cr_assert_eq(D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT, 0x800);
    cr_assert_eq(D3D11_RESOURCE_MISC_RESTRICTED_CONTENT, 0x1000);
    cr_assert_eq(D3D10_DDI_CPU_ACCESS_WRITE << 16, D3D11_CPU_ACCESS_WRITE);
    cr_assert_eq(D3D10_DDI_CPU_ACCESS_READ << 16, D3D11_CPU_ACCESS_READ);
    cr_assert_eq(D3D10_DDI_MAP_READ, 1);
    cr_assert_eq(D3D10_DDI_BIND_PRESENT, 0x80);
    cr_assert_eq(DXGI_FORMAT_NV12, 103);
    cr_assert_eq(DXGI_FORMAT_B8G8R8X8_UNORM, 88);
}

Test(include, flag_bits_are_at_the_published_places)
{
    cr_assert_eq(((D3DDDICB_LOCKFLAGS){ .LockEntire = 1 }).Value, 0x10);
    cr_assert_eq(((D3DDDICB_LOCKFLAGS){ .IgnoreReadSync = 1 }).Value, 0x400);
    cr_assert_eq(((D3DDDICB_SIGNALFLAGS){ .EnqueueCpuEvent = 1 }).Value, 0x2);
    cr_assert_eq(((D3DDDICB_RENDERFLAGS){ .NullRendering = 1 }).Value, 0x8);
    cr_assert_eq(((D3DDDI_ESCAPEFLAGS){ .HardwareAccess = 1 }).Value, 0x1);
    cr_assert_eq(((D3DDDI_ALLOCATIONLIST){ .OfferPriority = 7 }).Value, 0x1C);
    cr_assert_eq(((D3DDDI_PATCHLOCATIONLIST){ .SlotId = 0xFFFFFF }).Value, 0xFFFFFF);
    cr_assert_eq(((DXGI_DDI_PRESENT_FLAGS){ .TemporaryMono = 1 }).Value, 0x8);
    cr_assert_eq(((DXGI_DDI_ARG_BLT_FLAGS){ .Present = 1 }).Value, 0x8);
    cr_assert_eq(((DXGK_ALLOCATIONINFOFLAGS){ .CpuVisible = 1 }).Value, 0x1);
    cr_assert_eq(((DXGK_ALLOCATIONINFOFLAGS){ .Protected = 1 }).Value, 0x8);
    cr_assert_eq(((DXGK_SUBMITCOMMANDFLAGS){ .ContextSwitch = 1 }).Value, 0x40);
    cr_assert_eq(((D3DKMT_CREATEALLOCATIONFLAGS){ .CreateProtected = 1 }).Value, 0x8);
    cr_assert_eq(((D3D11_1DDI_AUTHENTICATED_PROTECTION_FLAGS){ .ProtectionEnabled = 1 }).Value, 1);
}

Test(include, pipeline_levels_leave_the_device_flags)
{
    cr_assert_eq(D3D11DDI_EXTRACT_3DPIPELINELEVEL_FROM_FLAGS(0x16u),
            D3D11_1DDI_3DPIPELINELEVEL_11_1);
    cr_assert_eq(D3D11DDI_ENCODE_3DPIPELINESUPPORT_CAP(D3D11DDI_3DPIPELINELEVEL_11_0), 4u);
}

Test(include, memory_macros_write_what_they_are_told)
{
    BYTE from[4] = { 1, 2, 3, 4 };
    BYTE to[6];
    FillMemory(to, sizeof(to), 9);
    CopyMemory(to + 1, from, 3);
    cr_assert_eq(memcmp(to, "\x09\x01\x02\x03\x09\x09", 6), 0);
    ZeroMemory(to + 2, 2);
    cr_assert_eq(memcmp(to, "\x09\x01\x00\x00\x09\x09", 6), 0);
}

Test(include, primitives_have_the_published_codes)
{
    code_is(STATUS_UNSUCCESSFUL, 0xC0000001);
    code_is(STATUS_INVALID_HANDLE, 0xC0000008);
    code_is(STATUS_BUFFER_TOO_SMALL, 0xC0000023);
    code_is(STATUS_DATA_ERROR, 0xC000003E);
    code_is(STATUS_INSUFFICIENT_RESOURCES, 0xC000009A);
    code_is(STATUS_INTERNAL_ERROR, 0xC00000E5);
    code_is(STATUS_INVALID_BUFFER_SIZE, 0xC0000206);
    code_is(STATUS_NOT_FOUND, 0xC0000225);
    code_is(STATUS_ENCRYPTION_FAILED, 0xC000028A);
    code_is(STATUS_DECRYPTION_FAILED, 0xC000028B);
    code_is(STATUS_INVALID_SIGNATURE, 0xC000A000);
    code_is(STATUS_AUTH_TAG_MISMATCH, 0xC000A002);
    code_is(NTE_BAD_DATA, 0x80090005);
    cr_assert(BCRYPT_SUCCESS(STATUS_SUCCESS));
    cr_assert(BCRYPT_SUCCESS(0x00000103));
    cr_assert_not(BCRYPT_SUCCESS(STATUS_INVALID_HANDLE));
}

static void text_is(LPCWSTR text, const char *ascii)
{
    for (size_t i = 0; i <= strlen(ascii); i++) {
        cr_assert_eq(text[i], (unsigned char)ascii[i], "%s", ascii);
    }
}

Test(include, primitives_have_the_published_names)
{
    text_is(BCRYPT_ECDH_P256_ALGORITHM, "ECDH_P256");
    text_is(BCRYPT_SHA3_256_ALGORITHM, "SHA3-256");
    text_is(BCRYPT_SP80056A_CONCAT_ALGORITHM, "SP800_56A_CONCAT");
    text_is(BCRYPT_KDF_RAW_SECRET, "TRUNCATE");
    text_is(BCRYPT_DH_PARAMETERS, "DHParameters");
    text_is(BCRYPT_ECC_CURVE_25519, "curve25519");
    text_is(BCRYPT_ECCFULLPRIVATE_BLOB, "ECCFULLPRIVATEBLOB");
    text_is(BCRYPT_AES_WRAP_KEY_BLOB, "Rfc3565KeyWrapBlob");
    cr_assert_eq((ULONG_PTR)BCRYPT_ECDH_P256_ALG_HANDLE, 0x2a1);
    cr_assert_eq((ULONG_PTR)BCRYPT_HKDF_ALG_HANDLE, 0x391);
    cr_assert_eq(KDF_TLS_PRF_PROTOCOL, 7);
    cr_assert_eq(KDF_SUPPPRIVINFO, 0xC);
    cr_assert_eq(KDF_HKDF_INFO, 0x14);
    cr_assert_eq(memcmp(&(ULONG){ BCRYPT_ECDH_PRIVATE_P521_MAGIC }, "ECK6", 4), 0);
    cr_assert_eq(memcmp(&(ULONG){ BCRYPT_DH_PARAMETERS_MAGIC }, "DHPM", 4), 0);
    cr_assert_eq(memcmp(&(ULONG){ BCRYPT_RSAFULLPRIVATE_MAGIC }, "RSA3", 4), 0);
}
