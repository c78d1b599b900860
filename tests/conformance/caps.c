/* SPDX-License-Identifier: MIT */
/* What the driver says it can. What a capability promises is tested where the feature is. */
#include <string.h>

#include "tests/conformance/rig.h"

RULE_GROUP(caps, "Capabilities of content protection");

#define PAGE_CAPS "PFND3D11_1DDI_GETCONTENTPROTECTIONCAPS"
#define PAGE_CAPS_BITS "D3D11_1DDI_CONTENT_PROTECTION_CAPS"
#define PAGE_CAPS_STRUCT "D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS"
#define PAGE_EXCHANGE "PFND3D11_1DDI_GETCRYPTOKEYEXCHANGETYPE"

/* In no list of crypto types or decode profiles. */
static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };

typedef D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS CAPS;

static HRESULT get_caps(const struct rig *rig, const GUID *type, const GUID *profile, CAPS *caps)
{
    struct vit_device *device = rig->device;
    return device->video.pfnGetContentProtectionCaps(device->handle, type, profile, caps);
}

static HRESULT get_exchange(const struct rig *rig, const GUID *type, UINT index, GUID *exchange)
{
    struct vit_device *device = rig->device;
    return device->video.pfnGetCryptoKeyExchangeType(device->handle, type, &GUID_NULL, index,
            exchange);
}

RULE(caps, tells_of_aes128_ctr, "CP-2.1-01 CP-2.4-01 CP-2.5-01",
        "Capabilities are told for AES128_CTR without a decode profile", PAGE_CAPS)
{
    struct rig rig;
    rig_open(&rig); /* asks */
    cr_assert_neq(rig.caps.Caps, 0u);
    rig_close(&rig);
}

RULE(caps, null_type_gives_the_union, "CP-2.5-02",
        "Crypto type NULL_GUID gives the union of all capabilities", PAGE_CAPS)
{
    struct rig rig;
    CAPS all = { 0 };
    rig_open(&rig);
    expect_code(get_caps(&rig, &GUID_NULL, &GUID_NULL, &all), S_OK, "crypto type NULL_GUID");
    cr_assert_eq(all.Caps & rig.caps.Caps, rig.caps.Caps,
            "NULL_GUID: 0x%x lacks some of AES128_CTR's 0x%x", all.Caps, rig.caps.Caps);
    rig_close(&rig);
}

/* @param type  not supported with this profile */
static void expect_unsupported(const GUID *type, const GUID *profile, const char *what)
{
    struct rig rig;
    CAPS caps;
    memset(&caps, 0xA5, sizeof(caps));
    rig_open(&rig);
    expect_code(get_caps(&rig, type, profile, &caps), D3DDDIERR_UNSUPPORTEDCRYPTO, what);
    expect_all(&caps, sizeof(caps), 0xA5, "the call was refused, but pCaps was written");
    rig_close(&rig);
}

RULE(caps, refuses_an_unknown_type, "CP-2.4-01 CP-2.5-03 CP-6-03",
        "Capabilities of a crypto type that nobody knows are refused as unsupported crypto, and "
        "pCaps is left as it was",
        PAGE_CAPS)
{
    expect_unsupported(&stranger, &GUID_NULL, "an unknown crypto type");
}

RULE(caps, refuses_an_unknown_profile, "CP-2.5-04",
        "Capabilities for a decode profile that does not support the crypto type are refused as "
        "unsupported crypto",
        PAGE_CAPS)
{
    expect_unsupported(&D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &stranger, "an unknown decode profile");
}

RULE(caps, proprietary_type_is_consistent, "CP-2.1-03",
        "The proprietary crypto type is refused as unsupported, or has a key exchange", PAGE_CAPS)
{
    struct rig rig;
    CAPS caps = { 0 };
    rig_open(&rig);
    HRESULT hr = get_caps(&rig, &D3DCRYPTOTYPE_PROPRIETARY, &GUID_NULL, &caps);
    cr_assert(hr == D3DDDIERR_UNSUPPORTEDCRYPTO ||
                    (hr == S_OK && (caps.Caps == 0 || caps.KeyExchangeTypeCount != 0)),
            "0x%08x, capabilities 0x%x, %u key exchanges", (unsigned)hr, caps.Caps,
            caps.KeyExchangeTypeCount);
    rig_close(&rig);
}

RULE(caps, do_not_change, "CP-2.5-10",
        "Capabilities are the same at every call and on every device of the adapter", PAGE_CAPS)
{
    struct rig rig;
    CAPS again = { 0 }, other = { 0 };
    rig_open(&rig);
    rig_open_second(&rig);
    expect_code(get_caps(&rig, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &GUID_NULL, &again), S_OK,
            "asked again");
    expect_code(rig.second->video.pfnGetContentProtectionCaps(rig.second->handle,
                        &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &GUID_NULL, &other),
            S_OK, "asked of a second device");
    const CAPS *const got[] = { &again, &other };
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(got[i]->Caps, rig.caps.Caps);
        cr_assert_eq(got[i]->KeyExchangeTypeCount, rig.caps.KeyExchangeTypeCount);
        cr_assert_eq(got[i]->BlockAlignmentSize, rig.caps.BlockAlignmentSize);
        cr_assert_eq(got[i]->ProtectedMemorySize, rig.caps.ProtectedMemorySize);
    }
    rig_close(&rig);
}

RULE(caps, say_software_or_hardware, "CP-2.2-01",
        "A driver that protects says whether it does so in software or in the GPU", PAGE_CAPS_BITS)
{
    struct rig rig;
    rig_open(&rig);
    const UINT where = D3D11_1DDI_CONTENT_PROTECTION_CAPS_SOFTWARE |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_HARDWARE;
    cr_assert_neq(rig.caps.Caps & where, 0u, "capabilities 0x%x have neither SOFTWARE nor HARDWARE",
            rig.caps.Caps);
    rig_close(&rig);
}

RULE(caps, have_published_bits_only, "CP-2.2-02 CP-6-06",
        "Capabilities have published bits only, numbered as the driver interface numbers them",
        PAGE_CAPS_BITS)
{
    struct rig rig;
    rig_open(&rig);
    cr_assert_eq(rig.caps.Caps & ~0xFFFFu, 0u, "unpublished bits: 0x%x", rig.caps.Caps & ~0xFFFFu);
    rig_close(&rig);
}

RULE(caps, read_back_key_needs_read_back, "CP-2.2-09",
        "A key of its own for reading back is promised only with reading back", PAGE_CAPS_BITS)
{
    struct rig rig;
    rig_open(&rig);
    RIG_NEED(&rig, ENCRYPTED_READ_BACK_KEY);
    RIG_NEED(&rig, DECRYPTION_BLT); /* else there may be a decoder to fill surfaces */
    cr_assert_neq(rig.caps.Caps & D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK, 0u,
            "capabilities 0x%x have ENCRYPTED_READ_BACK_KEY without ENCRYPTED_READ_BACK",
            rig.caps.Caps);
    rig_close(&rig);
}

RULE(caps, drm_commands_need_their_exchange, "CP-2.1-04 CP-2.2-17",
        "The key exchange of hardware DRM is offered only with the capability of carrying DRM "
        "commands",
        PAGE_EXCHANGE)
{
    struct rig rig;
    rig_open(&rig);
    UINT drm = D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_DRM_COMMUNICATION;
    for (UINT i = 0; i < rig.caps.KeyExchangeTypeCount; i++) {
        GUID exchange = GUID_NULL;
        expect_code(get_exchange(&rig, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, i, &exchange), S_OK,
                "a key exchange below KeyExchangeTypeCount");
        cr_assert(!IsEqualGUID(&exchange, &D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION) ||
                        (rig.caps.Caps & drm) != 0,
                "key exchange %u is that of hardware DRM; capabilities 0x%x", i, rig.caps.Caps);
    }
    rig_close(&rig);
}

RULE(caps, block_alignment_is_a_size, "CP-2.5-07",
        "The block alignment is a number of bytes, at least 1, that fits the cipher's block",
        PAGE_CAPS_STRUCT)
{
    struct rig rig;
    rig_open(&rig);
    cr_assert(rig.caps.BlockAlignmentSize != 0 && 4096 % rig.caps.BlockAlignmentSize == 0,
            "BlockAlignmentSize is %u", rig.caps.BlockAlignmentSize);
    rig_close(&rig);
}

RULE(caps, offers_one_key_exchange, "CP-2.5-11",
        "There is one key exchange mechanism for a crypto type", PAGE_CAPS_STRUCT)
{
    struct rig rig;
    rig_open(&rig);
    cr_assert_eq(rig.caps.KeyExchangeTypeCount, 1u, "KeyExchangeTypeCount is %u",
            rig.caps.KeyExchangeTypeCount);
    rig_close(&rig);
}

RULE(caps, offers_rsaes_oaep, "CP-2.1-02 CP-2.4-02 CP-2.5-05",
        "Every index below the count names a key exchange, and RSAES_OAEP is one of them",
        PAGE_EXCHANGE)
{
    struct rig rig;
    bool found = false;
    rig_open(&rig);
    for (UINT i = 0; i < rig.caps.KeyExchangeTypeCount; i++) {
        GUID exchange = GUID_NULL;
        expect_code(get_exchange(&rig, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, i, &exchange), S_OK,
                "an index below KeyExchangeTypeCount");
        found |= IsEqualGUID(&exchange, &D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP);
    }
    cr_assert(found, "RSAES_OAEP is not among the %u key exchanges", rig.caps.KeyExchangeTypeCount);
    rig_close(&rig);
}

static void expect_no_exchange(const GUID *type, UINT first, HRESULT code, const char *what)
{
    struct rig rig;
    GUID exchange;
    memset(&exchange, 0xA5, sizeof(exchange));
    rig_open(&rig);
    HRESULT hr = get_exchange(&rig, type, first, &exchange);
    cr_assert(FAILED(hr) && (code == S_OK || hr == code), "%s: returned 0x%08x", what,
            (unsigned)hr);
    expect_all(&exchange, sizeof(exchange), 0xA5, "refused, but pKeyExchangeType was written");
    rig_close(&rig);
}

RULE(caps, refuses_an_index_of_none, "CP-2.5-06",
        "An index that is no key exchange's is refused, and the output is left as it was",
        PAGE_EXCHANGE)
{
    expect_no_exchange(&D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, 0xFFFFFFFF, S_OK, "index 0xFFFFFFFF");
}

RULE(caps, refuses_the_exchange_of_an_unknown_type, "CP-2.4-02 CP-6-03",
        "The key exchange of an unknown crypto type is refused as unsupported crypto",
        PAGE_EXCHANGE)
{
    expect_no_exchange(&stranger, 0, D3DDDIERR_UNSUPPORTEDCRYPTO, "an unknown crypto type");
}
