/* SPDX-License-Identifier: MIT */
/* EncryptionBlt and the keys of reading back. */
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(encryption, "EncryptionBlt: reading back encrypted");
RULE_GROUP(read_back_key, "GetEncryptionBltKey");

#define PAGE "PFND3D11_1DDI_ENCRYPTIONBLT"
#define PAGE_API "ID3D11VideoContext::EncryptionBlt"
#define PAGE_D3D9 "PFND3DDDI_ENCRYPTIONBLT"
#define PAGE_KEY "PFND3D11_1DDI_GETENCRYPTIONBLTKEY"

#define FORMAT DXGI_FORMAT_B8G8R8A8_UNORM

/* What a read-back gives: an IV and ciphertext. */
struct taken {
    uint8_t iv[16], bytes[STAGE_MAX_LEN];
};

static void encrypt(struct stage *stage, const struct vit_resource *destination, UINT iv_size,
        void *iv)
{
    struct vit_device *device = stage->rig.device;
    device->video.pfnEncryptionBlt(device->handle, stage->stream.session, stage->picture->handle,
            destination->handle, iv_size, iv);
    device->funcs.pfnFlush(device->handle, 0);
}

static struct vit_resource *make_destination(const struct stage *stage)
{
    return rig_resource(stage->rig.device, VIT_USE_STAGING, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
}

static void take(struct stage *stage, struct taken *taken)
{
    struct vit_resource *destination = make_destination(stage);
    memset(taken->iv, 0, sizeof(taken->iv));
    encrypt(stage, destination, 16, taken->iv);
    expect_accepted(stage->rig.device, "EncryptionBlt");
    rig_read(destination, taken->bytes, stage->len);
    vit_resource_destroy(destination);
}

static bool opens(const struct stage *stage, const struct taken *taken, const uint8_t key[16])
{
    uint8_t bytes[STAGE_MAX_LEN];
    memcpy(bytes, taken->bytes, stage->len);
    provider_ctr(key, taken->iv, NULL, bytes, stage->len);
    return memcmp(bytes, stage->shown, stage->len) == 0;
}

RULE(encryption, gives_the_whole_surface_encrypted, "CP-2.2-07 CP-2.4-11 CP-2.5-80",
        "EncryptionBlt gives the whole surface encrypted with AES-CTR under the key of reading back "
        "and the IV that the driver wrote",
        PAGE)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    stage_open(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    take(&stage, &taken);
    cr_assert(opens(&stage, &taken, key), "what was read back does not decrypt to the picture");
    stage_close(&stage);
}

RULE(encryption, is_encrypted, "CP-2.5-98 CP-2.2-13",
        "What is read back is not the picture itself, nor the ciphertext that came in", PAGE)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16], sealed[STAGE_MAX_LEN];
    stage_open(&stage);
    rig_read(stage.staging, sealed, stage.len);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    take(&stage, &taken);
    cr_assert_arr_neq(taken.bytes, stage.shown, stage.len, "the picture came back in the clear");
    cr_assert_arr_neq(taken.bytes, sealed, stage.len, "the ciphertext that came in came back");
    stage_close(&stage);
}

RULE(encryption, writes_the_iv, "CP-2.4-11 CP-2.5-81 CP-6-04",
        "The driver fills pIV, although the parameter is const", PAGE_API)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    stage_open(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    take(&stage, &taken);
    cr_assert(!rig_all(taken.iv, sizeof(taken.iv), 0), "pIV was left as it was");
    stage_close(&stage);
}

RULE(encryption, iv_grows, "CP-2.5-82",
        "From blt to blt the driver's IV grows, so that the application can check for reuse",
        PAGE_API)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    uint64_t last = 0;
    stage_open(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    for (unsigned i = 0; i < 6; i++) {
        take(&stage, &taken);
        uint64_t number = provider_iv_number(taken.iv);
        cr_assert(i == 0 || number > last, "IV %llu after %llu", (unsigned long long)number,
                (unsigned long long)last);
        cr_assert(opens(&stage, &taken, key), "read-back %u does not decrypt", i);
        last = number;
    }
    stage_close(&stage);
}

RULE(encryption, first_iv_is_random, "CP-2.5-84",
        "The first IV is random, and not so big that it could not grow", PAGE_D3D9)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    uint64_t first[4];
    stage_open(&stage);
    struct stream kept = stage.stream;
    for (unsigned i = 0; i < 4; i++) {
        rig_stream(&stage.rig, stage.rig.device, &stage.stream);
        struct blt blt = stage_next(&stage);
        rig_decrypt(stage.rig.device, &blt);
        expect_accepted(stage.rig.device, "a frame of a new session");
        rig_read_back_key(&stage.rig, &stage.stream, key);
        take(&stage, &taken);
        first[i] = provider_iv_number(taken.iv);
        cr_assert_lt(first[i], 0xFFFFFFFF00000000, "the first IV is near its end");
        for (unsigned j = 0; j < i; j++) {
            cr_assert_neq(first[i], first[j], "two sessions begin with the same IV");
        }
        rig_destroy_session(stage.rig.device, stage.stream.session);
    }
    stage.stream = kept;
    stage_close(&stage);
}

RULE(encryption, same_picture_gives_other_bytes, "CP-2.5-98",
        "The same picture read back twice gives other bytes each time", PAGE)
{
    struct stage stage;
    struct taken first, second;
    uint8_t key[16];
    stage_open(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    take(&stage, &first);
    take(&stage, &second);
    cr_assert_arr_neq(first.bytes, second.bytes, stage.len, "the same bytes twice");
    stage_close(&stage);
}

RULE(encryption, leaves_the_picture_as_it_is, "CP-2.5-80",
        "Reading back does not change the protected surface", PAGE)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    stage_open(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    take(&stage, &taken);
    cr_assert(stage_is_intact(&stage), "the picture changed");
    stage_close(&stage);
}

/* Refusals: pIV is zero then, and what lay in the destination stays. */

static void expect_refused_into(struct stage *stage, const struct vit_resource *destination,
        const struct vit_resource *source, const char *what)
{
    uint8_t key[16], iv[16];
    struct vit_device *device = stage->rig.device;
    memset(iv, 0xA5, sizeof(iv));
    rig_read_back_key(&stage->rig, &stage->stream, key);
    device->video.pfnEncryptionBlt(device->handle, stage->stream.session, source->handle,
            destination->handle, sizeof(iv), iv);
    device->funcs.pfnFlush(device->handle, 0);
    expect_refused(device, what);
    expect_all(iv, sizeof(iv), 0, "EncryptionBlt was refused, but pIV is not zero");
    cr_assert(stage_is_intact(stage), "%s: the picture changed", what);
}

static void fill(const struct vit_resource *staging, size_t len)
{
    uint8_t bytes[STAGE_MAX_LEN];
    memset(bytes, 0xA5, sizeof(bytes));
    rig_write(staging, bytes, len);
}

static void expect_filled(const struct vit_resource *staging, size_t len)
{
    uint8_t bytes[STAGE_MAX_LEN];
    rig_read(staging, bytes, len);
    expect_all(bytes, len, 0xA5, "EncryptionBlt was refused, but wrote the destination");
}

static void expect_shape_refused(DXGI_FORMAT format, UINT width, UINT height, const char *what)
{
    struct stage stage;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    stage_open(&stage);
    struct vit_resource *other =
            rig_resource(stage.rig.device, VIT_USE_STAGING, format, width, height);
    expect_code(vit_resource_map(other, D3D10_DDI_MAP_WRITE, &mapped), S_OK, "map");
    size_t len = (size_t)mapped.RowPitch * height;
    vit_resource_unmap(other);
    fill(other, len);
    expect_refused_into(&stage, other, stage.picture, what);
    expect_filled(other, len);
    vit_resource_destroy(other);
    stage_close(&stage);
}

RULE(encryption, refuses_a_smaller_destination, "CP-2.5-86",
        "A destination with fewer bytes than the source is refused", PAGE_D3D9)
{
    expect_shape_refused(FORMAT, STAGE_WIDTH, STAGE_HEIGHT / 2, "a destination of half the rows");
}

RULE(encryption, refuses_another_size, "CP-2.5-90",
        "The whole surface only and no stretching: a destination of another size is refused", PAGE)
{
    expect_shape_refused(FORMAT, STAGE_WIDTH, STAGE_HEIGHT * 2, "a destination of twice the rows");
}

RULE(encryption, refuses_another_format, "CP-2.5-89",
        "There is no colour conversion: a destination of another format is refused", PAGE)
{
    expect_shape_refused(DXGI_FORMAT_NV12, STAGE_WIDTH, 64, "a destination in NV12");
}

RULE(encryption, takes_buffers_that_are_long_enough, "CP-2.5-86",
        "Where a buffer is accepted as destination, it is written when it is long enough, and refused "
        "when it is one byte too short",
        PAGE_D3D9)
{
    struct stage stage;
    uint8_t key[16], iv[16], bytes[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    UINT len = (UINT)stage.len;
    struct vit_resource *whole = rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, len, 1);
    struct vit_resource *shorter =
            rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, len - 1, 1);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    encrypt(&stage, whole, sizeof(iv), iv);
    if (rig_take_reports(device).count != 0) {
        not_applicable("the driver takes no buffers for pictures, and need not");
    }
    rig_read(whole, bytes, stage.len);
    provider_ctr(key, iv, NULL, bytes, stage.len);
    cr_assert_arr_eq(bytes, stage.shown, stage.len, "the buffer does not decrypt to the picture");
    fill(shorter, stage.len - 1);
    expect_refused_into(&stage, shorter, stage.picture, "a buffer that is one byte too short");
    expect_filled(shorter, stage.len - 1);
    vit_resource_destroy(shorter);
    vit_resource_destroy(whole);
    stage_close(&stage);
}

RULE(encryption, refuses_a_protected_destination, "CP-2.5-87",
        "The destination is system memory: a protected surface is refused", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *other =
            rig_resource(stage.rig.device, VIT_USE_PROTECTED, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    expect_refused_into(&stage, other, stage.picture, "a protected destination");
    expect_refused_into(&stage, stage.picture, stage.picture, "the source as destination");
    vit_resource_destroy(other);
    stage_close(&stage);
}

RULE(encryption, refuses_an_unprotected_source, "CP-2.5-88",
        "The source is a protected surface: another one is refused", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *destination = make_destination(&stage);
    struct vit_resource *plain =
            rig_resource(stage.rig.device, VIT_USE_DEFAULT, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    fill(destination, stage.len);
    expect_refused_into(&stage, destination, plain, "a source without protection");
    expect_refused_into(&stage, destination, stage.staging, "a source in system memory");
    expect_filled(destination, stage.len);
    vit_resource_destroy(plain);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

RULE(encryption, refuses_a_source_that_was_never_filled, "CP-2.5-97",
        "A protected surface that the session did not fill cannot be read back by it", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *destination = make_destination(&stage);
    struct vit_resource *empty =
            rig_resource(stage.rig.device, VIT_USE_PROTECTED, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    fill(destination, stage.len);
    expect_refused_into(&stage, destination, empty, "a surface that was never filled");
    expect_filled(destination, stage.len);
    vit_resource_destroy(empty);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

RULE(encryption, refuses_a_mapped_destination, "CP-2.5-94",
        "A destination that is mapped is refused", PAGE)
{
    struct stage stage;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    stage_open(&stage);
    struct vit_resource *destination = make_destination(&stage);
    fill(destination, stage.len);
    expect_code(vit_resource_map(destination, D3D10_DDI_MAP_READ, &mapped), S_OK, "map");
    expect_refused_into(&stage, destination, stage.picture, "a mapped destination");
    vit_resource_unmap(destination);
    expect_filled(destination, stage.len);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

RULE(encryption, refuses_no_resource, "CP-2.5-99",
        "Source or destination NULL is refused, and so is another kind of handle", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *destination = make_destination(&stage);
    const struct vit_resource none = { .device = stage.rig.device };
    const struct vit_resource wrong = { .device = stage.rig.device,
        .handle = { stage.stream.session.pDrvPrivate } };
    fill(destination, stage.len);
    expect_refused_into(&stage, destination, &none, "source NULL");
    expect_refused_into(&stage, destination, &wrong, "a session as source");
    expect_refused_into(&stage, &none, stage.picture, "destination NULL");
    expect_refused_into(&stage, &wrong, stage.picture, "a session as destination");
    expect_filled(destination, stage.len);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

RULE(encryption, refuses_another_device_s_resources, "CP-2.5-99",
        "Resources of another device are refused, as source and as destination", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    rig_open_second(&stage.rig);
    struct vit_resource *destination = make_destination(&stage);
    struct vit_resource *foreign =
            rig_resource(stage.rig.second, VIT_USE_STAGING, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    struct vit_resource *picture =
            rig_resource(stage.rig.second, VIT_USE_PROTECTED, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    fill(destination, stage.len);
    fill(foreign, stage.len);
    expect_refused_into(&stage, destination, picture, "another device's source");
    expect_refused_into(&stage, foreign, stage.picture, "another device's destination");
    expect_filled(foreign, stage.len);
    expect_filled(destination, stage.len);
    vit_resource_destroy(picture);
    vit_resource_destroy(foreign);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

RULE(encryption, refuses_another_iv_size, "CP-2.5-91 CP-6-04",
        "An IVSize other than 16 is refused: the destination stays as it was, and what there is of "
        "pIV becomes zero",
        PAGE)
{
    static const UINT sizes[] = { 0, 8, 15, 17, 32 };
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *destination = make_destination(&stage);
    fill(destination, stage.len);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t iv[64], key[16];
        memset(iv, 0xA5, sizeof(iv));
        rig_read_back_key(&stage.rig, &stage.stream, key);
        encrypt(&stage, destination, sizes[i], iv);
        expect_refused(stage.rig.device, "an IVSize other than 16");
        expect_all(iv, sizes[i] < 16 ? sizes[i] : 16, 0, "refused, but pIV is not zero");
        expect_all(iv + sizes[i], sizeof(iv) - sizes[i], 0xA5, "written behind the stated size");
    }
    expect_filled(destination, stage.len);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

RULE(encryption, refuses_no_iv, "CP-2.5-92", "pIV NULL is refused for AES-CTR", PAGE)
{
    struct stage stage;
    uint8_t key[16];
    stage_open(&stage);
    struct vit_resource *destination = make_destination(&stage);
    fill(destination, stage.len);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    encrypt(&stage, destination, 16, NULL);
    expect_refused(stage.rig.device, "pIV NULL");
    expect_filled(destination, stage.len);
    vit_resource_destroy(destination);
    stage_close(&stage);
}

/* The key. */

static void open_for_keys(struct stage *stage)
{
    stage_open(stage);
    RIG_NEED(&stage->rig, ENCRYPTED_READ_BACK_KEY);
}

RULE(read_back_key, is_new_at_every_call, "CP-2.4-15 CP-2.5-170", "Every call makes a new key",
        PAGE_KEY)
{
    struct stage stage;
    uint8_t keys[4][16];
    open_for_keys(&stage);
    for (unsigned i = 0; i < 4; i++) {
        rig_read_back_key(&stage.rig, &stage.stream, keys[i]);
        for (unsigned j = 0; j < i; j++) {
            cr_assert_arr_neq(keys[i], keys[j], 16, "the same key twice");
        }
    }
    stage_close(&stage);
}

RULE(read_back_key, comes_encrypted_with_the_session_key, "CP-2.2-08 CP-2.5-171",
        "The key comes encrypted with the session key by AES-ECB", PAGE_KEY)
{
    struct stage stage;
    struct taken taken;
    uint8_t wrapped[16], key[16];
    open_for_keys(&stage);
    struct vit_device *device = stage.rig.device;
    device->video.pfnGetEncryptionBltKey(device->handle, stage.stream.session, 16, wrapped);
    expect_accepted(device, "GetEncryptionBltKey");
    provider_unwrap(stage.stream.key, wrapped, key);
    take(&stage, &taken);
    cr_assert(opens(&stage, &taken, key), "the decrypted key does not decrypt what was read back");
    cr_assert(!opens(&stage, &taken, wrapped), "the key came in the clear");
    stage_close(&stage);
}

RULE(read_back_key, is_not_the_session_key, "CP-2.2-08 CP-2.5-85",
        "What is read back is encrypted with the read-back key, not with the session key", PAGE_KEY)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    open_for_keys(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, key);
    cr_assert_arr_neq(key, stage.stream.key, 16, "the read-back key is the session key");
    take(&stage, &taken);
    cr_assert(!opens(&stage, &taken, stage.stream.key), "the session key decrypts it");
    stage_close(&stage);
}

RULE(read_back_key, replaces_the_one_before, "CP-2.5-174",
        "A new key is in force at once, and the one before no longer", PAGE_KEY)
{
    struct stage stage;
    struct taken taken;
    uint8_t old[16], new[16];
    open_for_keys(&stage);
    rig_read_back_key(&stage.rig, &stage.stream, old);
    rig_read_back_key(&stage.rig, &stage.stream, new);
    take(&stage, &taken);
    cr_assert(opens(&stage, &taken, new), "the new key does not decrypt what was read back");
    cr_assert(!opens(&stage, &taken, old), "the key before is still in force");
    stage_close(&stage);
}

RULE(read_back_key, is_needed_before_reading_back, "CP-2.5-93",
        "EncryptionBlt before any read-back key is refused and writes nothing", PAGE_KEY)
{
    struct stage stage;
    struct stream fresh;
    uint8_t iv[16];
    open_for_keys(&stage);
    struct vit_device *device = stage.rig.device;
    rig_stream(&stage.rig, device, &fresh);
    struct stream kept = stage.stream;
    stage.stream = fresh;
    struct vit_resource *picture =
            rig_resource(device, VIT_USE_PROTECTED, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    struct blt blt = stage_next(&stage);
    blt.destination = picture->handle;
    rig_decrypt(device, &blt);
    expect_accepted(device, "a frame of a session without a read-back key");
    struct vit_resource *destination = make_destination(&stage);
    fill(destination, stage.len);
    memset(iv, 0xA5, sizeof(iv));
    device->video.pfnEncryptionBlt(device->handle, fresh.session, picture->handle,
            destination->handle, sizeof(iv), iv);
    expect_refused(device, "EncryptionBlt without a read-back key");
    expect_all(iv, sizeof(iv), 0, "refused, but pIV is not zero");
    expect_filled(destination, stage.len);
    vit_resource_destroy(destination);
    vit_resource_destroy(picture);
    rig_destroy_session(device, fresh.session);
    stage.stream = kept;
    stage_close(&stage);
}

static void expect_key_size_refused(UINT size)
{
    struct stage stage;
    uint8_t key[64];
    open_for_keys(&stage);
    struct vit_device *device = stage.rig.device;
    memset(key, 0xA5, sizeof(key));
    device->video.pfnGetEncryptionBltKey(device->handle, stage.stream.session, size, key);
    expect_refused(device, "a KeySize other than 16");
    expect_all(key, size < 16 ? size : 16, 0, "refused, but pReadbackKey is not zero");
    expect_all(key + size, sizeof(key) - size, 0xA5, "written behind the stated size");
    stage_close(&stage);
}

RULE(read_back_key, refuses_another_size, "CP-2.4-15 CP-2.5-172",
        "A KeySize other than 16 is refused with zeros", PAGE_KEY)
{
    expect_key_size_refused(0);
    expect_key_size_refused(15);
    expect_key_size_refused(17);
    expect_key_size_refused(32);
}

RULE(read_back_key, refusal_keeps_the_key_in_force, "CP-2.5-172",
        "After a refused call the read-back key is the one that it was", PAGE_KEY)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16], other[32];
    open_for_keys(&stage);
    struct vit_device *device = stage.rig.device;
    rig_read_back_key(&stage.rig, &stage.stream, key);
    device->video.pfnGetEncryptionBltKey(device->handle, stage.stream.session, 32, other);
    expect_refused(device, "a KeySize of 32");
    take(&stage, &taken);
    cr_assert(opens(&stage, &taken, key), "the key in force changed");
    stage_close(&stage);
}

RULE(read_back_key, refuses_no_place, "CP-2.5-173", "pReadbackKey NULL is refused", PAGE_KEY)
{
    struct stage stage;
    open_for_keys(&stage);
    struct vit_device *device = stage.rig.device;
    device->video.pfnGetEncryptionBltKey(device->handle, stage.stream.session, 16, NULL);
    expect_refused(device, "pReadbackKey NULL");
    stage_close(&stage);
}

RULE(read_back_key, iv_grows_over_new_keys, "CP-2.5-82",
        "IVs of reading back grow when the key changes, too", PAGE_API)
{
    struct stage stage;
    struct taken taken;
    uint8_t key[16];
    uint64_t last = 0;
    open_for_keys(&stage);
    for (unsigned i = 0; i < 4; i++) {
        rig_read_back_key(&stage.rig, &stage.stream, key);
        take(&stage, &taken);
        uint64_t number = provider_iv_number(taken.iv);
        cr_assert(i == 0 || number > last, "IV %llu after %llu", (unsigned long long)number,
                (unsigned long long)last);
        last = number;
    }
    stage_close(&stage);
}
