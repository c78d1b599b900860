/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "kmd-stub/status.h"

Test(status, every_status_of_ours_has_a_published_result)
{
    static const HRESULT expected[VIT_STATUS_COUNT] = {
        [VIT_OK] = S_OK,
        [VIT_E_ARG] = E_INVALIDARG,
        [VIT_E_STATE] = E_INVALIDARG,
        [VIT_E_NOMEM] = E_OUTOFMEMORY,
        [VIT_E_LIMIT] = D3DDDIERR_OUTOFVIDEOMEMORY,
        [VIT_E_UNSUPPORTED] = ERROR_GRAPHICS_DRIVER_MISMATCH,
        [VIT_E_REFUSED] = E_INVALIDARG,
        [VIT_E_DENIED] = E_INVALIDARG,
        [VIT_E_BUSY] = D3DDDIERR_WASSTILLDRAWING,
        [VIT_E_TIMEOUT] = D3DDDIERR_DEVICEREMOVED,
        [VIT_E_GONE] = D3DDDIERR_DEVICEREMOVED,
        [VIT_E_PROTOCOL] = D3DDDIERR_DEVICEREMOVED,
        [VIT_E_IO] = E_FAIL,
    };
    for (unsigned i = 0; i < VIT_STATUS_COUNT; i++) {
        cr_expect_eq(vit_kmd_result((enum vit_status)i), expected[i], "%s",
                vit_status_name((enum vit_status)i));
    }
}

Test(status, kernel_codes_become_those_of_the_callbacks)
{
    static const struct {
        uint32_t status, result;
    } pairs[] = {
        { 0x00000000, 0x00000000 },
        { 0xC000000D, 0x80070057 },
        { 0xC0000017, 0x8007000E },
        { 0xC01E0100, 0x8876017C },
        { 0xC00002B6, 0x88760870 },
        { 0xC01E0200, 0x88760870 },
        { 0xC01E0102, 0x8876021C },
        { 0xC01E0107, 0x8876086A },
        { 0xC01E0109, 0xC0262109 },
        { 0xC01E0111, 0xC0262111 },
        { 0xC0000096, 0x88760871 },
        { 0xC000001D, 0x88760872 },
        { 0xC0000008, 0x88760873 },
        { 0xC00000E8, 0x88760879 },
        { 0xC01E0009, 0xC0262009 },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        cr_expect_eq((uint32_t)vit_kmd_hresult((NTSTATUS)pairs[i].status), pairs[i].result, "%08x",
                pairs[i].status);
    }
}

Test(status, a_kernel_code_outside_the_table_is_a_failure)
{
    cr_assert_eq(vit_kmd_hresult(STATUS_NOT_SUPPORTED), E_FAIL);
    cr_assert_eq(vit_kmd_hresult(STATUS_GRAPHICS_INSUFFICIENT_DMA_BUFFER), E_FAIL);
    cr_assert_eq(vit_kmd_hresult((NTSTATUS)0x401E0117), E_FAIL);
}
