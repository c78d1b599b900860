/* SPDX-License-Identifier: MIT */
/* The key exchange of a session: what is accepted, and that every refusal looks the same. */
#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/conformance/session_call.h"

RULE_GROUP(exchange, "Key exchange of a session");

#define PAGE "PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE"
#define PAGE_OAEP "OPM Example Code"
#define PAGE_OVERVIEW "GPU-Based Content Protection"

struct trial {
    struct rig rig;
    D3D11_1DDI_HCRYPTOSESSION session;
    uint8_t key[16], block[PROVIDER_BLOCK_LEN];
};

/* A session without a key, and a good block for it. */
static void begin(struct trial *trial)
{
    memset(trial, 0, sizeof(*trial));
    rig_open(&trial->rig);
    trial->session = rig_session(&trial->rig, trial->rig.device);
    provider_random(trial->key, sizeof(trial->key));
    rig_block(&trial->rig, trial->key, trial->block);
}

static void end(struct trial *trial)
{
    rig_destroy_session(trial->rig.device, trial->session);
    rig_close(&trial->rig);
}

static HRESULT negotiate(const struct trial *trial, UINT size, BYTE *data)
{
    struct vit_device *device = trial->rig.device;
    return device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle, trial->session, size,
            data);
}

/* Does the session have that key? The read-back key comes encrypted with it, so two of them that are
 * decrypted are no proof; a blt is. */
static void expect_key(struct trial *trial, const uint8_t key[16])
{
    uint8_t clear[STAGE_MAX_LEN], bytes[STAGE_MAX_LEN], iv[16];
    const size_t len = 4096;
    struct vit_device *device = trial->rig.device;
    struct stream stream = { .device = device, .session = trial->session };
    RIG_NEED(&trial->rig, DECRYPTION_BLT);
    RIG_NEED(&trial->rig, ENCRYPTED_READ_BACK);
    memcpy(stream.key, key, 16);
    struct vit_resource *staging =
            rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 16);
    struct vit_resource *picture =
            rig_resource(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 16);
    provider_random(clear, len);
    memcpy(bytes, clear, len);
    provider_iv(iv, 1, 0);
    provider_ctr(key, iv, NULL, bytes, len);
    rig_write(staging, bytes, len);
    const struct blt blt = { .session = trial->session,
        .source = staging->handle,
        .destination = picture->handle,
        .iv_size = sizeof(iv),
        .iv = iv };
    rig_decrypt(device, &blt);
    expect_accepted(device, "DecryptionBlt after the exchange");
    rig_read_back(&trial->rig, &stream, picture, bytes, len);
    cr_assert_arr_eq(bytes, clear, len, "the session has another key than the one sent");
    vit_resource_destroy(picture);
    vit_resource_destroy(staging);
}

RULE(exchange, gives_the_session_the_key, "CP-2.4-10 CP-2.5-60 CP-2.5-70",
        "256 bytes that carry 16 bytes under the certificate's key are accepted, and those 16 are "
        "the session key",
        PAGE)
{
    struct trial trial;
    begin(&trial);
    expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block");
    expect_key(&trial, trial.key);
    end(&trial);
}

RULE(exchange, takes_any_16_bytes_as_a_key, "CP-2.5-73",
        "Every 16 bytes are a session key: zeros, ones, leading and trailing zeros", PAGE)
{
    static const uint8_t keys[][16] = {
        { 0 },
        { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                0xFF },
        { 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 },
        { 1, 2, 3, 4, 5, 6, 7, 8 },
        { 1, [15] = 1 },
    };
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        rig_block(&trial.rig, keys[i], trial.block);
        expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block");
        expect_key(&trial, keys[i]);
        rig_destroy_session(trial.rig.device, trial.session);
        trial.session = rig_session(&trial.rig, trial.rig.device);
    }
    end(&trial);
}

RULE(exchange, leaves_an_accepted_block_as_it_is, "CP-2.5-66",
        "For RSAES_OAEP nothing is returned in the buffer", PAGE)
{
    struct trial trial;
    uint8_t sent[256];
    begin(&trial);
    memcpy(sent, trial.block, sizeof(sent));
    expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block");
    cr_assert_arr_eq(trial.block, sent, sizeof(sent), "pData was changed");
    end(&trial);
}

RULE(exchange, refuses_every_other_size, "CP-2.4-10 CP-2.5-61",
        "A DataSize other than 256 is refused with E_INVALIDARG, and a good block after that is "
        "accepted",
        PAGE)
{
    static const UINT sizes[] = { 0, 1, 16, 40, 128, 255, 257, 512, 0x7FFFFFFF, 0x80000100,
        0xFFFFFFFF };
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t data[512] = { 0 };
        memcpy(data, trial.block, 256);
        HRESULT hr = negotiate(&trial, sizes[i], data);
        cr_assert_eq(hr, E_INVALIDARG, "DataSize %u: returned 0x%08x", sizes[i], (unsigned)hr);
    }
    expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block, after refused sizes");
    end(&trial);
}

RULE(exchange, refuses_no_data, "CP-2.5-69", "pData NULL is refused with E_INVALIDARG", PAGE)
{
    struct trial trial;
    begin(&trial);
    expect_code(negotiate(&trial, 256, NULL), E_INVALIDARG, "pData NULL");
    end(&trial);
}

/* In a new session each time: one code for all, pData as it was, and no key afterwards. */
static void expect_refused_block(struct trial *trial, const uint8_t block[256], const char *what)
{
    uint8_t data[256], key[16];
    struct vit_device *device = trial->rig.device;
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&trial->rig, device);
    memcpy(data, block, sizeof(data));
    expect_code(device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle, session, 256,
                        data),
            E_INVALIDARG, what);
    cr_assert_arr_eq(data, block, sizeof(data), "%s: pData was changed", what);
    device->video.pfnGetEncryptionBltKey(device->handle, session, 16, key);
    struct rig_reports reports = rig_take_reports(device);
    cr_assert_eq(reports.count, 1u, "%s: refused, but the session has a key", what);
    rig_destroy_session(device, session);
}

static void expect_refused_padding(const struct provider_padding *padding, const char *what)
{
    struct trial trial;
    uint8_t block[256];
    begin(&trial);
    provider_block(trial.rig.key, padding, trial.key, 16, block);
    expect_refused_block(&trial, block, what);
    end(&trial);
}

RULE(exchange, refuses_sha1, "CP-2.5-62 CP-6-07",
        "OAEP with SHA-1 is refused: the hash of label and mask is SHA-512", PAGE_OAEP)
{
    expect_refused_padding(&(struct provider_padding){ "SHA1", "SHA1", NULL }, "OAEP with SHA-1");
}

RULE(exchange, refuses_sha256, "CP-2.5-62 CP-6-07",
        "OAEP with SHA-256 is refused: the hash of label and mask is SHA-512", PAGE_OAEP)
{
    expect_refused_padding(&(struct provider_padding){ "SHA256", "SHA256", NULL },
            "OAEP with SHA-256");
}

RULE(exchange, refuses_another_mask, "CP-2.5-62 CP-6-07",
        "OAEP with SHA-512 for the label and another hash for the mask is refused", PAGE_OAEP)
{
    expect_refused_padding(&(struct provider_padding){ "SHA512", "SHA1", NULL },
            "OAEP with SHA-512 and MGF1 with SHA-1");
}

RULE(exchange, refuses_a_label, "CP-2.5-62 CP-6-07", "OAEP with a label is refused", PAGE_OAEP)
{
    expect_refused_padding(&(struct provider_padding){ "SHA512", "SHA512", "label" },
            "OAEP with a label");
}

static void expect_refused_length(size_t len, const char *what)
{
    struct trial trial;
    uint8_t block[256], plaintext[128] = { 1, 2, 3 };
    begin(&trial);
    provider_block(trial.rig.key, &provider_good_padding, plaintext, len, block);
    expect_refused_block(&trial, block, what);
    end(&trial);
}

RULE(exchange, refuses_a_shorter_key, "CP-2.5-63",
        "15 bytes under good padding are refused like a wrong padding", PAGE)
{
    expect_refused_length(15, "a plaintext of 15 bytes");
}

RULE(exchange, refuses_a_longer_key, "CP-2.5-63",
        "17 bytes under good padding are refused like a wrong padding", PAGE)
{
    expect_refused_length(17, "a plaintext of 17 bytes");
}

RULE(exchange, refuses_no_key, "CP-2.5-63",
        "An empty plaintext under good padding is refused like a wrong padding", PAGE)
{
    expect_refused_length(0, "an empty plaintext");
}

RULE(exchange, refuses_the_plaintext_of_opm, "CP-2.5-63",
        "The 40 bytes of the OPM exchange are refused: here the plaintext is the key alone", PAGE)
{
    expect_refused_length(40, "a plaintext of 40 bytes");
}

RULE(exchange, refuses_the_longest_plaintext, "CP-2.5-63",
        "126 bytes, the most that fit under the padding, are refused like a wrong padding", PAGE)
{
    expect_refused_length(126, "a plaintext of 126 bytes");
}

/* encoded: 256 bytes before RSA, good but for what the test changes. */
static void expect_refused_encoding(const uint8_t encoded[256], const char *what)
{
    struct trial trial;
    uint8_t block[256];
    begin(&trial);
    provider_raw_block(trial.rig.key, encoded, block);
    expect_refused_block(&trial, block, what);
    end(&trial);
}

RULE(exchange, refuses_bytes_that_are_no_padding, "CP-2.5-64 CP-2.5-72",
        "A block that decrypts to bytes without any padding is refused", PAGE)
{
    uint8_t encoded[256];
    provider_random(encoded, sizeof(encoded));
    encoded[0] = 0;
    expect_refused_encoding(encoded, "no padding at all");
    memset(encoded, 0, sizeof(encoded));
    encoded[255] = 1;
    expect_refused_encoding(encoded, "the number 1");
}

RULE(exchange, refuses_a_first_byte_above_0, "CP-2.5-64",
        "A block that decrypts to a first byte other than 0 is refused like the others", PAGE)
{
    uint8_t encoded[256];
    provider_random(encoded, sizeof(encoded));
    encoded[0] = 1;
    expect_refused_encoding(encoded, "a first byte of 1");
}

RULE(exchange, refuses_padding_of_pkcs1, "CP-2.5-64", "The older padding, PKCS #1 v1.5, is refused",
        PAGE)
{
    uint8_t encoded[256];
    memset(encoded, 0x55, sizeof(encoded));
    encoded[0] = 0;
    encoded[1] = 2;
    encoded[256 - 17] = 0;
    expect_refused_encoding(encoded, "padding of PKCS #1 v1.5");
}

RULE(exchange, refuses_numbers_at_and_above_the_modulus, "CP-2.5-64",
        "A block that is no number below the modulus, or a trivial one, is refused like the others",
        PAGE)
{
    struct trial trial;
    uint8_t block[256];
    BIGNUM *modulus = NULL;
    begin(&trial);
    cr_assert_eq(EVP_PKEY_get_bn_param(trial.rig.key, "n", &modulus), 1);
    memset(block, 0xFF, sizeof(block));
    expect_refused_block(&trial, block, "all ones");
    BN_bn2binpad(modulus, block, 256);
    expect_refused_block(&trial, block, "the modulus");
    BN_sub_word(modulus, 1);
    BN_bn2binpad(modulus, block, 256);
    expect_refused_block(&trial, block, "the modulus less 1");
    memset(block, 0, sizeof(block));
    expect_refused_block(&trial, block, "all zeros");
    block[255] = 1;
    expect_refused_block(&trial, block, "the number 1");
    BN_free(modulus);
    end(&trial);
}

RULE(exchange, refuses_a_block_with_any_bit_changed, "CP-2.5-64",
        "A good block with one bit changed is refused", PAGE)
{
    struct trial trial;
    uint8_t block[256];
    begin(&trial);
    static const unsigned at[] = { 0, 1, 127, 128, 254, 255 };
    for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        memcpy(block, trial.block, sizeof(block));
        block[at[i]] ^= 1;
        expect_refused_block(&trial, block, "one bit changed");
    }
    end(&trial);
}

RULE(exchange, refuses_a_block_for_another_key, "CP-2.5-74",
        "A block that was made for another device's key is refused", PAGE_OVERVIEW)
{
    struct trial trial;
    uint8_t block[256];
    begin(&trial);
    EVP_PKEY *other = EVP_RSA_gen(2048);
    provider_block(other, &provider_good_padding, trial.key, 16, block);
    expect_refused_block(&trial, block, "a block for another key");
    EVP_PKEY_free(other);
    end(&trial);
}

/* What can be seen of a refusal from outside, but for the time it takes. */
struct look {
    HRESULT code;
    unsigned reports;
    bool changed;
};

static struct look refuse(struct trial *trial, const uint8_t block[256])
{
    uint8_t data[256];
    struct vit_device *device = trial->rig.device;
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&trial->rig, device);
    memcpy(data, block, sizeof(data));
    struct look look = { .code = device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle,
                                 session, 256, data) };
    look.reports = rig_take_reports(device).count;
    look.changed = memcmp(data, block, sizeof(data)) != 0;
    rig_destroy_session(device, session);
    return look;
}

RULE(exchange, refusals_look_alike, "CP-2.5-65",
        "Whether the first byte, the hash of the label, the separator or the length is wrong cannot "
        "be told from the refusal",
        PAGE)
{
    struct trial trial;
    enum { COUNT = 6 };
    uint8_t blocks[COUNT][256], encoded[256], long_key[32] = { 0 };
    begin(&trial);
    provider_random(encoded, sizeof(encoded));
    encoded[0] = 1;
    provider_raw_block(trial.rig.key, encoded, blocks[0]);
    encoded[0] = 0;
    provider_raw_block(trial.rig.key, encoded, blocks[1]);
    provider_block(trial.rig.key, &(struct provider_padding){ "SHA512", "SHA512", "label" },
            trial.key, 16, blocks[2]);
    provider_block(trial.rig.key, &provider_good_padding, long_key, 32, blocks[3]);
    provider_block(trial.rig.key, &provider_good_padding, long_key, 0, blocks[4]);
    memset(blocks[5], 0xFF, 256);
    struct look first = refuse(&trial, blocks[0]);
    for (unsigned i = 1; i < COUNT; i++) {
        struct look look = refuse(&trial, blocks[i]);
        cr_assert(look.code == first.code && look.reports == first.reports && !look.changed,
                "refusal %u: 0x%08x and %u reports; the first: 0x%08x and %u", i,
                (unsigned)look.code, look.reports, (unsigned)first.code, first.reports);
    }
    end(&trial);
}

RULE(exchange, refuses_a_second_key, "CP-2.5-67",
        "A second exchange on a keyed session is refused with E_INVALIDARG, and the first key stays",
        PAGE)
{
    struct trial trial;
    uint8_t other[16], block[256];
    begin(&trial);
    expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block");
    provider_random(other, sizeof(other));
    rig_block(&trial.rig, other, block);
    expect_code(negotiate(&trial, 256, block), E_INVALIDARG, "a second good block");
    rig_block(&trial.rig, trial.key, block);
    expect_code(negotiate(&trial, 256, block), E_INVALIDARG, "the same key again");
    expect_key(&trial, trial.key);
    end(&trial);
}

RULE(exchange, bad_second_block_keeps_the_key, "CP-2.5-67",
        "A bad block on a keyed session is refused, and the key stays", PAGE)
{
    struct trial trial;
    uint8_t block[256] = { 0 };
    begin(&trial);
    expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block");
    expect_code(negotiate(&trial, 256, block), E_INVALIDARG, "a second block, bad");
    expect_key(&trial, trial.key);
    end(&trial);
}

RULE(exchange, failure_is_that_session_s_alone, "CP-2.5-68",
        "A refused exchange does not touch other sessions, and a new session can be keyed", PAGE)
{
    struct stage stage;
    uint8_t zeros[256] = { 0 };
    struct stream fresh;
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    D3D11_1DDI_HCRYPTOSESSION failed = rig_session(&stage.rig, device);
    expect_code(rig_negotiate(device, failed, zeros), E_INVALIDARG, "a bad block");
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame of another session, after a refused exchange");
    rig_destroy_session(device, failed);
    rig_stream(&stage.rig, device, &fresh);
    rig_destroy_session(device, fresh.session);
    stage_close(&stage);
}

RULE(exchange, data_is_read_during_the_call_only, "CP-2.5-71",
        "The buffer is the application's again after the call: changing it changes nothing", PAGE)
{
    struct trial trial;
    begin(&trial);
    expect_code(negotiate(&trial, 256, trial.block), S_OK, "a good block");
    memset(trial.block, 0xEE, sizeof(trial.block));
    expect_key(&trial, trial.key);
    end(&trial);
}
