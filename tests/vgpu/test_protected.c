/* SPDX-License-Identifier: MIT */
/* The whole device, from a key in a session to the picture on the display and its end. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/cipher.h"
#include "tests/vgpu/guest.h"
#include "wire/envelope.h"
#include "wire/surface.h"

enum {
    OK = VIRTIO_GPU_RESP_OK_NODATA,
    WIDTH = 64,
    HEIGHT = 48,
    LEN = WIDTH * HEIGHT * 4,
    SOURCE = 10,
    PICTURE = 20,
    REPLY = 900, /* + context */
    SLOT = 128,
};

static struct guest guest;
static uint8_t *replies[3]; /* by context */
static uint64_t sequence;

static uint8_t pixel_of(size_t at)
{
    return (uint8_t)(at * 31 + at / 256 + 1);
}

/* One message; returns how it ended. Its reply body is left in reply_body(). */
struct call {
    uint8_t bytes[1024];
    struct vit_writer out;
};

static void begin(struct call *call)
{
    vit_writer_init(&call->out, call->bytes, sizeof(call->bytes));
    vit_put_zeros(&call->out, VIT_ENVELOPE_LEN);
}

static const uint8_t *reply_at(uint32_t context)
{
    return replies[context] + sequence * SLOT;
}

static enum vit_status send_call(struct call *call, uint32_t context)
{
    sequence++;
    struct vit_envelope envelope = {
        .length = (uint32_t)call->out.at,
        .count = 1,
        .sequence = sequence,
        .reply_resource = REPLY + context,
        .reply_capacity = SLOT,
        .reply_offset = sequence * SLOT,
    };
    struct vit_writer head;
    vit_writer_init(&head, call->bytes, VIT_ENVELOPE_LEN);
    vit_put_envelope(&head, &envelope);
    cr_assert(vit_writer_ok(&call->out) && vit_writer_ok(&head));
    (void)guest_submit(&guest, context, call->bytes, call->out.at);
    cr_assert_eq(vit_load_le32(reply_at(context)), sequence);
    return (enum vit_status)vit_load_le32(reply_at(context) + 8);
}

static uint64_t create_session(uint32_t context)
{
    struct call call;
    begin(&call);
    vit_put_session_create(&call.out,
            &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
    cr_assert_eq(send_call(&call, context), VIT_OK);
    uint64_t session;
    memcpy(&session, reply_at(context) + VIT_REPLY_HEADER_LEN, sizeof(session));
    return session;
}

static enum vit_status destroy_session(uint32_t context, uint64_t session)
{
    struct call call;
    begin(&call);
    vit_put_session(&call.out, VIT_OP_SESSION_DESTROY, session);
    return send_call(&call, context);
}

static uint8_t *open_context(uint32_t context)
{
    cr_assert_eq(guest_context_create(&guest, context), OK);
    return guest_at(&guest, guest_make_buffer(&guest, context, REPLY + context, 16384));
}

static void program(uint32_t context, uint64_t session, uint8_t *key_page, uint8_t key)
{
    struct call call;
    memset(key_page, key, 16);
    begin(&call);
    vit_put_program(&call.out, VIT_OP_SESSION_PROGRAM,
            &(struct vit_msg_program){ .session = session, .resource = SOURCE + context });
    cr_assert_eq(send_call(&call, context), VIT_OK);
    for (size_t i = 0; i < 16; i++) {
        cr_assert_eq(key_page[i], 0, "the key is wiped from the guest's page");
    }
}

static void seal(uint8_t *bytes, uint8_t key_byte, const uint8_t counter[16])
{
    VIT_AUTO(slab) slab = NULL;
    VIT_AUTO(cipher) cipher = NULL;
    uint8_t key[16];
    memset(key, key_byte, sizeof(key));
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, "openssl", &cipher), VIT_OK);
    cr_assert_eq(vit_ctr_begin(cipher, key, counter, 0), VIT_OK);
    cr_assert_eq(vit_ctr_update(cipher, bytes, bytes, LEN), VIT_OK);
    vit_ctr_end(cipher);
}

/* Fills PICTURE through a session of the context; the session is left in *session. */
static enum vit_status try_fill(uint32_t context, uint64_t *session)
{
    static const uint8_t iv[16] = { 0, 0, 0, 0, 0, 0, 0, 1 };
    uint8_t *source = guest_at(&guest, guest_make_buffer(&guest, context, SOURCE + context, LEN));
    *session = create_session(context);
    program(context, *session, source, 0x42);
    for (size_t i = 0; i < LEN; i++) {
        source[i] = pixel_of(i);
    }
    seal(source, 0x42, iv);
    struct vit_msg_decrypt decrypt = { .session = *session,
        .source = SOURCE + context,
        .destination = PICTURE,
        .length = LEN };
    memcpy(decrypt.iv, iv, sizeof(iv));
    struct call call;
    begin(&call);
    vit_put_decrypt(&call.out, &decrypt);
    return send_call(&call, context);
}

static uint64_t fill_picture(void)
{
    uint64_t session;
    cr_assert_eq(try_fill(1, &session), VIT_OK);
    return session;
}

static void set_up(void)
{
    guest_open_plain(&guest);
    sequence = 0;
    replies[1] = open_context(1);
    replies[2] = open_context(2);
    guest_make_protected(&guest, 1, PICTURE, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
}

static void tear_down(void)
{
    guest_close(&guest);
}

TestSuite(protected_picture, .init = set_up, .fini = tear_down);

static void show(void)
{
    cr_assert_eq(guest_set_scanout(&guest, 0, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    for (size_t i = 0; i < LEN; i++) {
        cr_assert_eq(guest.pictures[0].pixels[i], pixel_of(i), "byte %zu", i);
    }
}

static void is_black(void)
{
    cr_assert_eq(guest.pictures[0].width, WIDTH);
    for (size_t i = 0; i < LEN; i++) {
        cr_assert_eq(guest.pictures[0].pixels[i], 0, "byte %zu", i);
    }
}

Test(protected_picture, decrypted_in_the_device_is_seen_on_the_display_only)
{
    (void)fill_picture();
    show();
    uint8_t clear[64];
    for (size_t i = 0; i < sizeof(clear); i++) {
        clear[i] = pixel_of(i);
    }
    cr_assert_null(memmem(guest.low, GUEST_LOW_LEN, clear, sizeof(clear)));
    cr_assert_null(memmem(guest.high, GUEST_HIGH_LEN, clear, sizeof(clear)));
}

static enum vit_status convert_to_picture(void)
{
    struct vit_rect all = { 0, 0, WIDTH, HEIGHT };
    struct call call;
    begin(&call);
    vit_put_convert(&call.out, &(struct vit_msg_convert){ SOURCE, PICTURE, all, all });
    return send_call(&call, 1);
}

Test(protected_picture, takes_clear_content_from_a_picture_in_guest_memory)
{
    enum { NV12_LEN = WIDTH * HEIGHT * 3 / 2 };
    uint64_t address = guest_alloc(&guest, NV12_LEN);
    uint8_t *grey = guest_at(&guest, address);
    memset(grey, 126, WIDTH * HEIGHT);
    memset(grey + WIDTH * HEIGHT, 128, NV12_LEN - WIDTH * HEIGHT);
    cr_assert_eq(guest_create_picture(&guest, SOURCE, VIT_FORMAT_NV12, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_attach(&guest, 1, SOURCE), OK);
    cr_assert_eq(convert_to_picture(), VIT_E_ARG, "no backing yet");
    cr_assert_eq(guest_back(&guest, SOURCE, address, NV12_LEN - 1), OK);
    cr_assert_eq(convert_to_picture(), VIT_E_ARG, "too short");
    cr_assert_eq(guest_unback(&guest, SOURCE), OK);
    cr_assert_eq(guest_back(&guest, SOURCE, address, NV12_LEN), OK);
    cr_assert_eq(convert_to_picture(), VIT_OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    for (size_t i = 0; i < LEN; i++) {
        unsigned value = guest.pictures[0].pixels[i];
        cr_assert(i % 4 == 3 || (value >= 127 && value <= 129), "byte %zu: %u", i, value);
    }
    cr_assert_neq(guest_set_scanout(&guest, 0, SOURCE, 0, 0, WIDTH, HEIGHT), OK);
}

Test(protected_picture, is_black_when_its_session_ends)
{
    uint64_t session = fill_picture();
    show();
    cr_assert_eq(destroy_session(1, session), VIT_OK);
    is_black();
}

Test(protected_picture, is_black_when_its_context_ends)
{
    (void)fill_picture();
    show();
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    is_black();
}

Test(protected_picture, another_context_cannot_end_the_session)
{
    uint64_t session = fill_picture();
    show();
    cr_assert_eq(destroy_session(2, session), VIT_E_ARG);
    cr_assert_eq(guest_context_destroy(&guest, 2), OK);
    show();
}

/* The kernel of the guest attaches what it likes to whom it likes. */
Test(protected_picture, another_context_cannot_read_it)
{
    (void)fill_picture();
    uint8_t *out = guest_at(&guest, guest_make_buffer(&guest, 2, SOURCE + 2, LEN));
    uint64_t session = create_session(2);
    program(2, session, out, 0x77);
    cr_assert_eq(guest_attach(&guest, 2, PICTURE), OK);

    struct call call;
    begin(&call);
    vit_put_encrypt(&call.out,
            &(struct vit_msg_encrypt){ .session = session,
                    .source = PICTURE,
                    .destination = SOURCE + 2,
                    .length = LEN });
    cr_assert_neq(send_call(&call, 2), VIT_OK);
    begin(&call);
    vit_put_copy(&call.out,
            &(struct vit_msg_copy){ .source = PICTURE,
                    .destination = SOURCE + 2,
                    .row_len = LEN,
                    .rows = 1 });
    cr_assert_neq(send_call(&call, 2), VIT_OK);
    for (size_t i = 0; i < LEN; i++) {
        cr_assert_eq(out[i], 0);
    }
}

Test(protected_picture, another_context_cannot_write_it)
{
    uint64_t session;
    (void)fill_picture();
    cr_assert_eq(guest_attach(&guest, 2, PICTURE), OK);
    cr_assert_eq(try_fill(2, &session), VIT_E_ARG);
    show();
}

Test(protected_picture, nothing_is_left_of_it_for_the_next_owner_of_its_ids)
{
    (void)fill_picture();
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    cr_assert_eq(guest_unref(&guest, PICTURE), OK);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_protected(&guest, 1, PICTURE, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    cr_assert_eq(guest_set_scanout(&guest, 0, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    is_black();
}
