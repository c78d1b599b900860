/* SPDX-License-Identifier: MIT */
#include "vgpu/blt.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vgpu/engine_rig.h"
#include "vgpu/engine_impl.h"
#include "vgpu/scratch.h"

enum { MIB = 1024 * 1024, SOURCE = 10, TARGET = 11 };

static const uint8_t key[16] = "0123456789abcde";

static struct rig rig;
static uint64_t session;

static void start(void)
{
    rig_init(&rig);
    session = rig_keyed_session(&rig, rig.a, key);
}

static void stop(void)
{
    rig_finish(&rig);
}

TestSuite(blt, .init = start, .fini = stop);

static uint8_t *make_bytes(size_t len, uint32_t seed)
{
    uint8_t *bytes = malloc(len);
    cr_assert_not_null(bytes);
    rig_random(bytes, len, seed);
    return bytes;
}

/* Resources of a test that is done with them. */
static void drop(uint32_t id)
{
    struct rig_memory *entry = &rig.resources[--rig.resource_count];
    cr_assert_eq(entry->resource->id, id);
    vgpu_context_detach(rig.a, id);
    vgpu_resource_unref(entry->resource);
    free(entry->memory);
}

/* The published rule, byte by byte. */
static bool is_encrypted(const struct vit_msg_decrypt *msg, uint64_t at)
{
    if ((msg->flags & VIT_DECRYPT_PARTIAL) == 0 || at < msg->prefix) {
        return true;
    }
    uint64_t period = (uint64_t)msg->skip + msg->encrypt;
    return period != 0 && (at - msg->prefix) % period >= msg->skip;
}

static uint8_t *expected(const struct vit_msg_decrypt *msg, const uint8_t *in)
{
    size_t len = (size_t)msg->length;
    uint8_t *stream = calloc(1, len);
    uint8_t *out = malloc(len);
    rig_ctr(key, msg->iv, 0, stream, stream, len);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        out[i] = is_encrypted(msg, i) ? in[i] ^ stream[used++] : in[i];
    }
    free(stream);
    return out;
}

struct pattern {
    uint32_t flags, prefix, skip, encrypt;
};

static void assert_decrypts(size_t len, size_t piece_len, size_t offset,
        const struct pattern *pattern)
{
    uint8_t *in = make_bytes(len + offset, (uint32_t)len);
    rig_scattered(&rig, rig.a, SOURCE, VIT_FORMAT_BYTES, (uint32_t)(len + offset), 1, in,
            piece_len);
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, len + 3);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, len);
    msg.source_offset = offset;
    msg.flags = pattern->flags;
    msg.prefix = pattern->prefix;
    msg.skip = pattern->skip;
    msg.encrypt = pattern->encrypt;
    vit_store_be64(msg.iv + 8, UINT32_MAX - 1); /* the count carries on the way */
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    uint8_t *out = expected(&msg, in + offset);
    cr_assert(memcmp(target->storage, out, len) == 0, "%zu bytes in pieces of %zu, %u:%u:%u", len,
            piece_len, pattern->prefix, pattern->skip, pattern->encrypt);
    cr_assert_arr_eq(target->storage + len, "\0\0\0", 3);
    free(out);
    free(in);
    drop(TARGET);
    drop(SOURCE);
}

static const struct pattern whole = { 0, 0, 0, 0 };

static const struct pattern patterns[] = {
    { 0, 0, 0, 0 },
    { VIT_DECRYPT_PARTIAL, 0, 0, 0 },
    { VIT_DECRYPT_PARTIAL, 5, 0, 0 },
    { VIT_DECRYPT_PARTIAL, 0, 1, 1 },
    { VIT_DECRYPT_PARTIAL, 3, 144, 16 },
    { VIT_DECRYPT_PARTIAL, 17, 7, 3 },
    { VIT_DECRYPT_PARTIAL, 16, 5, 0 },
    { VIT_DECRYPT_PARTIAL, 16, 0, 5 },
    { VIT_DECRYPT_PARTIAL, 4000, 3000, 5000 },
    { VIT_DECRYPT_PARTIAL, 100, 70000, 66000 },
    { VIT_DECRYPT_PARTIAL, UINT32_MAX, UINT32_MAX, UINT32_MAX },
    { VIT_DECRYPT_PARTIAL, 1, UINT32_MAX, UINT32_MAX },
};

enum { PATTERN_COUNT = sizeof(patterns) / sizeof(patterns[0]) };

Test(blt, decrypts_every_pattern)
{
    for (unsigned i = 0; i < PATTERN_COUNT; i++) {
        assert_decrypts(1, 4096, 0, &patterns[i]);
        assert_decrypts(4999, 4096, 7, &patterns[i]);
        assert_decrypts(60000, 4096, 0, &patterns[i]);
        assert_decrypts(5000, 61, 100, &patterns[i]);
    }
}

Test(blt, leaves_no_key_stream_behind)
{
    static const uint8_t zeros[VGPU_SCRATCH_STREAM_LEN];
    assert_decrypts(5000, 4096, 0, &patterns[3]);
    cr_assert_arr_eq(rig.engine->tools.scratch->stream, zeros, sizeof(zeros));
}

Test(blt, decrypts_every_pattern_on_a_worker)
{
    for (unsigned i = 0; i < PATTERN_COUNT; i++) {
        assert_decrypts(MIB + 4099, 65536, 1, &patterns[i]);
    }
}

Test(blt, decrypts_in_steps_without_a_seam)
{
    assert_decrypts(2 * MIB + 5, 3 * MIB, 0, &whole);
    assert_decrypts(MIB, MIB - 1, 0, &whole);
    assert_decrypts(MIB - 1, 4096, 0, &whole);
}

Test(blt, decrypts_every_small_length)
{
    for (size_t len = 1; len < 70; len++) {
        assert_decrypts(len, 4096, len % 5, &whole);
        assert_decrypts(len, 9, len % 5, &patterns[5]);
    }
}

Test(blt, decrypts_with_a_content_key)
{
    uint8_t content[16], in[100], out[100];
    rig_random(content, sizeof(content), 4);
    rig_random(in, sizeof(in), 5);
    rig_buffer(&rig, rig.a, SOURCE, in, sizeof(in));
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, sizeof(in));
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, sizeof(in));
    msg.flags = VIT_DECRYPT_CONTENT_KEY;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len;
    cr_assert_eq(EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL), 1);
    cr_assert_eq(EVP_EncryptUpdate(ctx, msg.content_key, &len, content, 16), 1);
    EVP_CIPHER_CTX_free(ctx);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    rig_ctr(content, msg.iv, 0, in, out, sizeof(in));
    cr_assert_arr_eq(target->storage, out, sizeof(out));
}

Test(blt, refuses_an_iv_that_does_not_grow)
{
    rig_buffer(&rig, rig.a, SOURCE, NULL, 64);
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, 64);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, 64);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    uint8_t before[64];
    memcpy(before, target->storage, 64);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_REFUSED);
    cr_assert_arr_eq(target->storage, before, 64);
}

/* What is refused for another reason uses no IV up. */
Test(blt, advances_the_iv_last)
{
    rig_buffer(&rig, rig.a, SOURCE, NULL, 64);
    rig_vault(&rig, rig.a, TARGET, 64);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, 65);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_ARG);
    msg.length = 64;
    msg.source_offset = 1;
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_ARG);
    msg.source_offset = 0;
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
}

Test(blt, refuses_a_count_that_would_wrap)
{
    rig_buffer(&rig, rig.a, SOURCE, NULL, 64);
    rig_vault(&rig, rig.a, TARGET, 64);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, 33);
    memset(msg.iv + 8, 0xff, 8);
    msg.iv[15] = 0xfe;
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_ARG);
    msg.length = 32;
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    /* Clear bytes use no key stream. */
    msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, 64);
    memset(msg.iv + 8, 0xff, 8);
    msg.flags = VIT_DECRYPT_PARTIAL;
    msg.prefix = 16;
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
}

Test(blt, refuses_a_decrypt_before_the_key)
{
    uint64_t id;
    rig_buffer(&rig, rig.a, SOURCE, NULL, 64);
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, 64);
    cr_assert_eq(rig_session_create(&rig, rig.a, &id), VIT_OK);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, id, SOURCE, TARGET, 64);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_STATE);
    cr_assert_eq(target->label.session, 0);
}

Test(blt, refuses_a_decrypt_out_of_bounds)
{
    enum { SMALL = 12 };
    rig_buffer(&rig, rig.a, SOURCE, NULL, 64);
    rig_vault(&rig, rig.a, TARGET, 128);
    rig_vault(&rig, rig.a, SMALL, 32);
    static const struct {
        uint64_t offset, length;
        uint32_t target;
    } cases[] = { { 0, 0, TARGET }, { 0, 65, TARGET }, { 1, 64, TARGET }, { 64, 1, TARGET },
        { UINT64_MAX, 1, TARGET }, { UINT64_MAX - 63, 64, TARGET }, { 0, UINT64_MAX, TARGET },
        { 1, UINT64_MAX, TARGET }, { 0, 33, SMALL }, { 0, 64, SMALL } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vit_msg_decrypt msg =
                rig_decrypt_message(&rig, session, SOURCE, cases[i].target, cases[i].length);
        msg.source_offset = cases[i].offset;
        cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_ARG, "case %zu", i);
    }
}

Test(blt, refuses_a_source_without_pages)
{
    struct vgpu_resource *source = rig_buffer(&rig, rig.a, SOURCE, NULL, 64);
    rig_vault(&rig, rig.a, TARGET, 64);
    vgpu_resource_detach_backing(source);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, 64);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_ARG);
}

Test(blt, wipes_the_former_content_before_it_writes_another)
{
    uint64_t other = rig_keyed_session(&rig, rig.a, key);
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, 3 * MIB);
    rig_label(&rig, rig.a, other, target);
    memset(target->storage, 0x77, 3 * MIB);
    struct vgpu_resource *source = rig_buffer(&rig, rig.a, SOURCE, NULL, 3 * MIB);

    struct vgpu_blt blt = {
        .kind = VGPU_BLT_CTR,
        .source = source,
        .destination = target,
        .key = key,
        .wipe = true,
    };
    vit_blocks_init(&blt.blocks, NULL, 3 * MIB);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(vgpu_blt_step(&blt, &rig.engine->tools), VIT_E_BUSY);
        cr_assert_eq(blt.blocks.at, 0, "nothing of the new content yet");
    }
    for (unsigned i = 0; i < 3 * MIB; i++) {
        cr_assert_eq(target->storage[i], 0);
    }
    cr_assert_eq(vgpu_blt_step(&blt, &rig.engine->tools), VIT_E_BUSY);
    cr_assert_neq(target->storage[5], 0);
}

Test(blt, notices_between_steps_that_the_pages_went)
{
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, 3 * MIB);
    struct vgpu_resource *source = rig_buffer(&rig, rig.a, SOURCE, NULL, 3 * MIB);
    struct vgpu_blt ctr = { .kind = VGPU_BLT_CTR,
        .source = source,
        .destination = target,
        .key = key };
    struct vgpu_blt copy = { .kind = VGPU_BLT_COPY,
        .source = source,
        .destination = target,
        .row_len = 3 * MIB,
        .row_count = 1 };
    vit_blocks_init(&ctr.blocks, NULL, 3 * MIB);
    cr_assert_eq(vgpu_blt_step(&ctr, &rig.engine->tools), VIT_E_BUSY);
    cr_assert_eq(vgpu_blt_step(&copy, &rig.engine->tools), VIT_E_BUSY);
    vgpu_resource_detach_backing(source);
    cr_assert_eq(vgpu_blt_step(&ctr, &rig.engine->tools), VIT_E_GONE);
    cr_assert_eq(vgpu_blt_step(&copy, &rig.engine->tools), VIT_E_GONE);
}

Test(blt, of_short_patterns_takes_shorter_steps)
{
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, 3 * MIB);
    struct vgpu_resource *source = rig_buffer(&rig, rig.a, SOURCE, NULL, 3 * MIB);
    struct vgpu_blt blt = { .kind = VGPU_BLT_CTR,
        .source = source,
        .destination = target,
        .key = key };
    const struct vit_block_info info = { 0, 1, 1 };
    vit_blocks_init(&blt.blocks, &info, 3 * MIB);
    cr_assert_eq(vgpu_blt_step(&blt, &rig.engine->tools), VIT_E_BUSY);
    cr_assert_leq(blt.blocks.at, MIB / 4);
}

/* A guest may tear its pages into single bytes: that is work too. */
Test(blt, of_torn_pages_takes_shorter_steps)
{
    struct vgpu_resource *target = rig_vault(&rig, rig.a, TARGET, MIB);
    struct vgpu_resource *source =
            rig_scattered(&rig, rig.a, SOURCE, VIT_FORMAT_BYTES, 131072, 1, NULL, 1);
    struct vgpu_blt ctr = { .kind = VGPU_BLT_CTR,
        .source = source,
        .destination = target,
        .key = key };
    struct vgpu_blt copy = { .kind = VGPU_BLT_COPY,
        .source = source,
        .destination = target,
        .row_len = 131072,
        .row_count = 1 };
    vit_blocks_init(&ctr.blocks, NULL, 131072);
    cr_assert_eq(vgpu_blt_step(&ctr, &rig.engine->tools), VIT_E_BUSY);
    cr_assert_leq(ctr.blocks.at, 65536);
    cr_assert_eq(vgpu_blt_step(&copy, &rig.engine->tools), VIT_E_BUSY);
    cr_assert_leq(copy.column, 65536);
}

static enum vit_status start_copy(uint32_t source, uint32_t target, uint32_t len)
{
    struct rig_call call;
    rig_call_init(&rig, &call, rig.a);
    vit_put_copy(&call.out, &(struct vit_msg_copy){ source, target, 0, 0, len, 1, len, len });
    call.envelope.count = 1;
    enum vit_status status = rig_call_start(&rig, &call);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_OK);
    rig_call_finish(&call);
    return status;
}

Test(blt, of_torn_pages_is_too_much_for_the_owner)
{
    enum { LEN = 32768, PAGES = 15, TORN = 16, TORN_TARGET = 17 };
    rig_scattered(&rig, rig.a, PAGES, VIT_FORMAT_BYTES, LEN, 1, NULL, 4096);
    rig_scattered(&rig, rig.a, TORN, VIT_FORMAT_BYTES, LEN, 1, NULL, 1);
    rig_scattered(&rig, rig.a, TORN_TARGET, VIT_FORMAT_BYTES, LEN, 1, NULL, 1);
    rig_buffer(&rig, rig.a, TARGET, NULL, LEN);
    cr_assert_eq(start_copy(PAGES, TARGET, LEN), VIT_OK, "at once");
    cr_assert_eq(start_copy(TORN, TARGET, LEN), VIT_E_BUSY, "a torn source");
    cr_assert_eq(start_copy(PAGES, TORN_TARGET, LEN), VIT_E_BUSY, "a torn destination");
}

/* Encrypt. */

static void assert_encrypts(size_t len, size_t piece_len, uint64_t offset)
{
    uint8_t wrapped[16], readback[16], iv[16];
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, SOURCE, len);
    rig_label(&rig, rig.a, session, vault);
    struct vgpu_resource *target = rig_scattered(&rig, rig.a, TARGET, VIT_FORMAT_BYTES,
            (uint32_t)(len + offset), 1, NULL, piece_len);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, session, wrapped), VIT_OK);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int out_len;
    cr_assert_eq(EVP_DecryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL), 1);
    EVP_CIPHER_CTX_set_padding(ctx, 0);
    cr_assert_eq(EVP_DecryptUpdate(ctx, readback, &out_len, wrapped, 16), 1);
    EVP_CIPHER_CTX_free(ctx);

    uint64_t last = 0;
    uint8_t *got = malloc(len + offset), *plain = malloc(len);
    for (unsigned i = 0; i < 2; i++) {
        struct vit_msg_encrypt msg = { session, SOURCE, TARGET, offset, len };
        cr_assert_eq(rig_encrypt(&rig, rig.a, &msg, iv), VIT_OK);
        cr_assert_gt(vit_load_be64(iv), last);
        last = vit_load_be64(iv);
        rig_bytes(target, got, len + offset);
        rig_ctr(readback, iv, 0, got + offset, plain, len);
        cr_assert(memcmp(plain, vault->storage, len) == 0);
    }
    free(got);
    free(plain);
    drop(TARGET);
    drop(SOURCE);
}

Test(blt, encrypts_under_the_readback_key_with_an_iv_that_grows)
{
    assert_encrypts(1, 64, 0);
    assert_encrypts(1000, 61, 5);
    assert_encrypts(2 * MIB + 3, 4096, 1);
}

Test(blt, refuses_an_encrypt_without_a_readback_key)
{
    uint8_t iv[16];
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, SOURCE, 64);
    rig_label(&rig, rig.a, session, vault);
    rig_buffer(&rig, rig.a, TARGET, NULL, 64);
    struct vit_msg_encrypt msg = { session, SOURCE, TARGET, 0, 64 };
    cr_assert_eq(rig_encrypt(&rig, rig.a, &msg, iv), VIT_E_STATE);
}

Test(blt, refuses_an_encrypt_out_of_bounds)
{
    uint8_t iv[16], wrapped[16];
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, SOURCE, 64);
    rig_label(&rig, rig.a, session, vault);
    struct vgpu_resource *target = rig_buffer(&rig, rig.a, TARGET, NULL, 128);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, session, wrapped), VIT_OK);
    static const struct {
        uint64_t offset, length;
    } cases[] = { { 0, 0 }, { 0, 65 }, { 65, 64 }, { 128, 1 }, { UINT64_MAX - 63, 64 },
        { 0, UINT64_MAX } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vit_msg_encrypt msg = { session, SOURCE, TARGET, cases[i].offset, cases[i].length };
        cr_assert_eq(rig_encrypt(&rig, rig.a, &msg, iv), VIT_E_ARG, "case %zu", i);
    }
    uint8_t zeros[128] = { 0 };
    cr_assert_arr_eq(target->backing[0].iov_base, zeros, sizeof(zeros));
}

/* Copy. */

static void assert_copies(const struct vit_msg_copy *msg, size_t source_len, size_t target_len,
        size_t piece_len)
{
    uint8_t *in = make_bytes(source_len, 9), *out = make_bytes(target_len, 10);
    uint8_t *got = malloc(target_len);
    rig_scattered(&rig, rig.a, SOURCE, VIT_FORMAT_BYTES, (uint32_t)source_len, 1, in, piece_len);
    struct vgpu_resource *target = rig_scattered(&rig, rig.a, TARGET, VIT_FORMAT_BYTES,
            (uint32_t)target_len, 1, out, piece_len + 13);
    cr_assert_eq(rig_copy(&rig, rig.a, msg), VIT_OK);
    for (uint32_t row = 0; row < msg->rows; row++) {
        memcpy(out + msg->destination_offset + (size_t)row * msg->destination_pitch,
                in + msg->source_offset + (size_t)row * msg->source_pitch, msg->row_len);
    }
    rig_bytes(target, got, target_len);
    cr_assert(memcmp(got, out, target_len) == 0);
    free(in);
    free(out);
    free(got);
    drop(TARGET);
    drop(SOURCE);
}

Test(blt, copies_rows)
{
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 3, 5, 10, 20, 16, 25 }, 400, 600, 4096);
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 3, 5, 10, 20, 16, 25 }, 400, 600, 7);
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 0, 0, 10, 1, 0, 0 }, 10, 10, 4096);
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 0, 0, 16, 25, 16, 16 }, 400, 400, 4096);
}

Test(blt, copies_in_steps_without_a_seam)
{
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 1, 2, 3 * MIB, 1, 0, 0 }, 3 * MIB + 1,
            3 * MIB + 2, 4096);
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 0, 0, 700001, 5, 700003, 700002 },
            5 * 700003, 5 * 700003, 65536);
    assert_copies(&(struct vit_msg_copy){ SOURCE, TARGET, 0, 0, 1, 100000, 3, 2 }, 300000, 300000,
            65536);
}

Test(blt, refuses_a_copy_out_of_bounds)
{
    rig_buffer(&rig, rig.a, SOURCE, NULL, 100);
    struct vgpu_resource *target = rig_buffer(&rig, rig.a, TARGET, NULL, 100);
    static const struct vit_msg_copy cases[] = {
        { SOURCE, TARGET, 0, 0, 0, 1, 1, 1 },
        { SOURCE, TARGET, 0, 0, 1, 0, 1, 1 },
        { SOURCE, TARGET, 0, 0, 1, 0, 0, 0 },
        { SOURCE, TARGET, 0, 0, 101, 1, 101, 101 },
        { SOURCE, TARGET, 1, 0, 100, 1, 100, 100 },
        { SOURCE, TARGET, 0, 1, 100, 1, 100, 100 },
        { SOURCE, TARGET, 0, 0, 10, 11, 10, 9 },
        { SOURCE, TARGET, 0, 0, 10, 2, 9, 10 },
        { SOURCE, TARGET, 0, 0, 10, 2, 10, 9 },
        { SOURCE, TARGET, 0, 0, 10, 2, 10, 91 },
        { SOURCE, TARGET, 0, 0, 10, 2, 91, 10 },
        { SOURCE, TARGET, UINT64_MAX, 0, 1, 1, 1, 1 },
        { SOURCE, TARGET, 0, UINT64_MAX, 1, 1, 1, 1 },
        { SOURCE, TARGET, 0, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
        { SOURCE, TARGET, 0, 0, 1, 2, UINT32_MAX, UINT32_MAX },
        { SOURCE, 77, 0, 0, 1, 1, 1, 1 },
        { 77, TARGET, 0, 0, 1, 1, 1, 1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_assert_eq(rig_copy(&rig, rig.a, &cases[i]), VIT_E_ARG, "case %zu", i);
    }
    uint8_t zeros[100] = { 0 };
    cr_assert_arr_eq(target->backing[0].iov_base, zeros, sizeof(zeros));
}

Test(blt, refuses_a_copy_onto_itself)
{
    rig_buffer(&rig, rig.a, SOURCE, NULL, 100);
    static const struct {
        struct vit_msg_copy msg;
        enum vit_status status;
    } cases[] = {
        { { SOURCE, SOURCE, 0, 0, 10, 1, 10, 10 }, VIT_E_ARG },
        { { SOURCE, SOURCE, 0, 9, 10, 1, 10, 10 }, VIT_E_ARG },
        { { SOURCE, SOURCE, 9, 0, 10, 1, 10, 10 }, VIT_E_ARG },
        { { SOURCE, SOURCE, 0, 19, 10, 2, 10, 10 }, VIT_E_ARG },
        { { SOURCE, SOURCE, 0, 10, 10, 1, 10, 10 }, VIT_OK },
        { { SOURCE, SOURCE, 10, 0, 10, 1, 10, 10 }, VIT_OK },
        { { SOURCE, SOURCE, 0, 20, 10, 2, 10, 10 }, VIT_OK },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_assert_eq(rig_copy(&rig, rig.a, &cases[i].msg), cases[i].status, "case %zu", i);
    }
}
