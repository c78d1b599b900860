/* SPDX-License-Identifier: MIT */
/* Authenticated channels as the device offers them, by their messages. */
#include "vgpu/channel.h"

#include <criterion/criterion.h>
#include <string.h>

#include "crypto-session/channel_impl.h"
#include "crypto-session/omac.h"
#include "crypto/key_ossl.h"
#include "crypto/oaep.h"
#include "tests/vectors/vectors.h"
#include "tests/vgpu/engine_rig.h"

enum { PAGE_ID = 77, LIMIT = 64, CALL_REPLY_LEN = 88 };

static const uint8_t key[16] = "0123456789abcde";
static const uint8_t zeros[64];
static const uint8_t initialize_type[16] = { 0xdb, 0x4b, 0x11, 0x06, 0x23, 0x35, 0x0a, 0x47, 0x8d,
    0xca, 0xfb, 0xc2, 0x84, 0x51, 0x54, 0xf0 };
static const uint8_t device_handle_type[16] = { 0x9d, 0x53, 0x1c, 0xec, 0xff, 0x8c, 0x2a, 0x4e,
    0xbc, 0xc4, 0xf5, 0x69, 0x2f, 0x99, 0xf4, 0x80 };

static struct rig rig;
static struct vit_private_key *private_key;
static struct vit_public_key *public_key;
static struct vit_slab *slab;
static struct vit_cipher *cipher;

static uint64_t load64(const uint8_t *bytes)
{
    return vit_load_le32(bytes) | (uint64_t)vit_load_le32(bytes + 4) << 32;
}

static void store64(uint8_t *bytes, uint64_t value)
{
    vit_store_le32(bytes, (uint32_t)value);
    vit_store_le32(bytes + 4, (uint32_t)(value >> 32));
}

static void start(void)
{
    rig_init(&rig);
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, NULL, &cipher), VIT_OK);
}

static void start_with_key(void)
{
    struct vgpu_config config = rig_config();
    cr_assert_eq(vit_private_key_open(vectors_key("rsa2048.pem"), NULL, NULL, &private_key),
            VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(private_key), &public_key), VIT_OK);
    config.key = private_key;
    rig_init_with(&rig, &config);
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, NULL, &cipher), VIT_OK);
}

static void stop(void)
{
    rig_finish(&rig);
    vit_cipher_destroy(cipher);
    vit_slab_destroy(slab);
    vit_public_key_destroy(public_key);
    vit_private_key_destroy(private_key);
}

TestSuite(channel, .init = start, .fini = stop);
TestSuite(channel_custody_device, .init = start_with_key, .fini = stop);

/* Sends what was put into the call. @param reply  of this length on VIT_OK; may be NULL */
static enum vit_status finish(struct rig_call *call, void *reply, size_t len)
{
    call->envelope.count = 1;
    enum vit_status status = rig_call_start(&rig, call);
    if (status == VIT_E_BUSY) {
        status = rig_call_wait(&rig, call);
    } else {
        (void)rig_call_replied(&rig, call);
    }
    if (status == VIT_OK && reply != NULL) {
        memcpy(reply, call->body, len);
    }
    rig_call_finish(call);
    return status;
}

static enum vit_status create(struct vgpu_context *context, uint32_t type, uint64_t *handle)
{
    struct rig_call call;
    uint8_t reply[8] = { 0 };
    rig_call_init(&rig, &call, context);
    vit_put_channel_create(&call.out, &(struct vit_msg_channel_create){ type });
    enum vit_status status = finish(&call, reply, sizeof(reply));
    *handle = load64(reply);
    return status;
}

static uint64_t created(struct vgpu_context *context)
{
    uint64_t handle;
    cr_assert_eq(create(context, VIT_CHANNEL_SOFTWARE, &handle), VIT_OK);
    cr_assert_neq(handle, 0);
    return handle;
}

static enum vit_status destroy(struct vgpu_context *context, uint64_t handle)
{
    return rig_session_op(&rig, context, VIT_OP_CHANNEL_DESTROY, handle, NULL);
}

static enum vit_status program(struct vgpu_context *context, uint64_t handle, uint32_t page,
        uint64_t offset)
{
    struct rig_call call;
    rig_call_init(&rig, &call, context);
    vit_put_program(&call.out, VIT_OP_CHANNEL_PROGRAM,
            &(struct vit_msg_program){ .session = handle, .resource = page, .offset = offset });
    return finish(&call, NULL, 0);
}

static enum vit_status exchange(struct vgpu_context *context, uint64_t handle,
        const uint8_t block[256])
{
    struct rig_call call;
    struct vit_msg_exchange msg = { .session = handle };
    memcpy(msg.block, block, sizeof(msg.block));
    rig_call_init(&rig, &call, context);
    vit_put_exchange(&call.out, VIT_OP_CHANNEL_EXCHANGE, &msg);
    return finish(&call, NULL, 0);
}

struct answer {
    enum vit_status status;
    uint32_t len;
    uint8_t bytes[VIT_CHANNEL_OUTPUT_MAX_LEN];
};

static enum vit_status say(struct vgpu_context *context, enum vit_op op, uint64_t handle,
        const uint8_t *input, uint32_t len, uint32_t output_len, struct answer *answer)
{
    struct rig_call call;
    struct vit_msg_channel_call msg = { .channel = handle,
        .input_len = len,
        .output_len = output_len };
    uint8_t reply[CALL_REPLY_LEN] = { 0 };
    size_t reply_len = vit_op_info(op)->reply_len;
    memcpy(msg.input, input, len);
    rig_call_init(&rig, &call, context);
    vit_put_channel_call(&call.out, op, &msg);
    VIT_TRY(finish(&call, reply, reply_len));
    answer->status = (enum vit_status)vit_load_le32(reply);
    answer->len = vit_load_le32(reply + 4);
    memcpy(answer->bytes, reply + 8, reply_len - 8);
    return VIT_OK;
}

static enum vit_status initialize(struct vgpu_context *context, uint64_t handle,
        struct answer *answer)
{
    uint8_t input[56] = { 0 };
    memcpy(input + 16, initialize_type, 16);
    store64(input + 32, handle);
    cr_assert_eq(vit_omac_sign(cipher, key, input, sizeof(input)), VIT_OK);
    return say(context, VIT_OP_CHANNEL_CONFIGURE, handle, input, sizeof(input), 0, answer);
}

static enum vit_status ask(struct vgpu_context *context, uint64_t handle, uint32_t number,
        struct answer *answer)
{
    uint8_t input[32] = { 0 };
    memcpy(input, device_handle_type, 16);
    store64(input + 16, handle);
    vit_store_le32(input + 24, number);
    return say(context, VIT_OP_CHANNEL_QUERY, handle, input, sizeof(input), 56, answer);
}

static void expect_working(struct vgpu_context *context, uint64_t handle)
{
    struct answer answer;
    cr_assert_eq(initialize(context, handle, &answer), VIT_OK);
    cr_assert_eq(answer.status, VIT_OK);
    cr_assert_eq(answer.len, 48);
    cr_assert_eq(vit_omac_check(cipher, key, answer.bytes, answer.len), VIT_OK);
    cr_assert_eq(ask(context, handle, 0, &answer), VIT_OK);
    cr_assert_eq(answer.status, VIT_OK);
    cr_assert_eq(answer.len, 56);
    cr_assert_eq(vit_omac_check(cipher, key, answer.bytes, answer.len), VIT_OK);
    cr_assert_neq(load64(answer.bytes + 48), 0);
}

Test(channel, is_keyed_through_a_page_that_is_wiped)
{
    uint8_t page[64];
    uint64_t handle = created(rig.a);
    memset(page, 0xAB, sizeof(page));
    memcpy(page + 16, key, 16);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, PAGE_ID, page, sizeof(page));
    cr_assert_eq(program(rig.a, handle, PAGE_ID, 16), VIT_OK);
    rig_bytes(buffer, page, sizeof(page));
    cr_assert_arr_eq(page + 16, zeros, 16);
    cr_assert_eq(page[15], 0xAB);
    cr_assert_eq(page[32], 0xAB);
    expect_working(rig.a, handle);
}

Test(channel, wipes_the_page_of_a_second_key_as_well)
{
    uint8_t page[16];
    struct answer answer;
    uint64_t handle = created(rig.a);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, PAGE_ID, key, 16);
    cr_assert_eq(program(rig.a, handle, PAGE_ID, 0), VIT_OK);
    rig_buffer(&rig, rig.a, PAGE_ID + 1, "another key 1234", 16);
    cr_assert_eq(program(rig.a, handle, PAGE_ID + 1, 0), VIT_E_STATE);
    rig_bytes(rig.resources[rig.resource_count - 1].resource, page, 16);
    cr_assert_arr_eq(page, zeros, 16);
    rig_bytes(buffer, page, 16);
    cr_assert_arr_eq(page, zeros, 16);
    cr_assert_eq(initialize(rig.a, handle, &answer), VIT_OK);
    cr_assert_eq(answer.status, VIT_OK, "the first key stays");
}

Test(channel, takes_a_key_from_a_buffer_of_its_context_only)
{
    uint64_t handle = created(rig.a);
    rig_buffer(&rig, rig.b, PAGE_ID, key, 16);
    rig_vault(&rig, rig.a, PAGE_ID + 1, 16);
    rig_buffer(&rig, rig.a, PAGE_ID + 2, key, 16);
    cr_assert_eq(program(rig.a, handle, PAGE_ID, 0), VIT_E_ARG, "another context's");
    cr_assert_eq(program(rig.a, handle, PAGE_ID + 1, 0), VIT_E_ARG, "a protected one");
    cr_assert_eq(program(rig.a, handle, 12345, 0), VIT_E_ARG, "none");
    cr_assert_eq(program(rig.a, handle, PAGE_ID + 2, 1), VIT_E_ARG, "beyond its end");
    cr_assert_eq(program(rig.a, handle, PAGE_ID + 2, UINT64_MAX), VIT_E_ARG);
    cr_assert_eq(program(rig.a, handle, PAGE_ID + 2, 0), VIT_OK);
}

static bool holds_key(const void *memory)
{
    return memmem(memory, sizeof(struct vit_channel), key, sizeof(key)) != NULL;
}

Test(channel, leaves_no_key_when_it_ends)
{
    uint64_t handles[2] = { created(rig.a), created(rig.b) };
    const struct vit_channel *channels[2] = { vgpu_channel_find(rig.a, handles[0]),
        vgpu_channel_find(rig.b, handles[1]) };
    rig_buffer(&rig, rig.a, PAGE_ID, key, 16);
    rig_buffer(&rig, rig.b, PAGE_ID + 1, key, 16);
    cr_assert_eq(program(rig.a, handles[0], PAGE_ID, 0), VIT_OK);
    cr_assert_eq(program(rig.b, handles[1], PAGE_ID + 1, 0), VIT_OK);
    cr_assert(holds_key(channels[0]) && holds_key(channels[1]));
    cr_assert_eq(destroy(rig.a, handles[0]), VIT_OK); /* its secret page stays mapped */
    cr_assert_not(holds_key(channels[0]));
    cr_assert(holds_key(channels[1]));
    vgpu_context_destroy(rig.b);
    rig.b = NULL;
    cr_assert_not(holds_key(channels[1]), "nor does one whose context ends");
}

Test(channel, in_custody_of_the_driver_has_no_exchange)
{
    cr_assert_eq(exchange(rig.a, created(rig.a), (const uint8_t[256]){ 0 }), VIT_E_UNSUPPORTED);
}

Test(channel, means_nothing_in_another_context)
{
    struct answer answer;
    uint64_t handle = created(rig.a);
    rig_buffer(&rig, rig.b, PAGE_ID, key, 16);
    created(rig.b);
    cr_assert_eq(program(rig.b, handle, PAGE_ID, 0), VIT_E_ARG);
    cr_assert_eq(initialize(rig.b, handle, &answer), VIT_E_ARG);
    cr_assert_eq(ask(rig.b, handle, 0, &answer), VIT_E_ARG);
    cr_assert_eq(destroy(rig.b, handle), VIT_E_ARG);
    cr_assert_eq(destroy(rig.a, handle), VIT_OK);
}

Test(channel, that_was_destroyed_is_gone)
{
    struct answer answer;
    uint64_t handle = created(rig.a);
    cr_assert_eq(destroy(rig.a, handle), VIT_OK);
    cr_assert_eq(destroy(rig.a, handle), VIT_E_ARG);
    cr_assert_eq(ask(rig.a, handle, 0, &answer), VIT_E_ARG);
    cr_assert_eq(ask(rig.a, 0, 0, &answer), VIT_E_ARG);
}

Test(channel, of_another_type_is_not_created)
{
    uint64_t handle;
    cr_assert_eq(create(rig.a, 0, &handle), VIT_E_UNSUPPORTED);
    cr_assert_eq(create(rig.a, 1, &handle), VIT_E_UNSUPPORTED);
    cr_assert_eq(create(rig.a, 4, &handle), VIT_E_UNSUPPORTED);
    cr_assert_eq(create(rig.a, VIT_CHANNEL_HARDWARE, &handle), VIT_OK);
}

Test(channel, there_are_so_many_in_a_context_and_no_more)
{
    uint64_t handles[LIMIT], one_more;
    for (unsigned i = 0; i < LIMIT; i++) {
        handles[i] = created(rig.a);
    }
    cr_assert_eq(create(rig.a, VIT_CHANNEL_SOFTWARE, &one_more), VIT_E_LIMIT);
    created(rig.b);
    cr_assert_eq(destroy(rig.a, handles[3]), VIT_OK);
    cr_assert_eq(create(rig.a, VIT_CHANNEL_SOFTWARE, &one_more), VIT_OK);
    for (unsigned i = 0; i < LIMIT; i++) {
        cr_assert_eq(destroy(rig.a, handles[i]), i == 3 ? VIT_E_ARG : VIT_OK);
    }
}

/* Nobody but the device composes an answer: what it signs begins with its own header. */
Test(channel, answers_no_longer_than_there_is_room_for)
{
    struct answer answer;
    uint8_t input[32] = { 0 };
    uint64_t handle = created(rig.a);
    static const uint32_t rooms[] = { 48, 49, 80, 81, UINT32_MAX };
    for (unsigned i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        cr_assert_eq(say(rig.a, VIT_OP_CHANNEL_QUERY, handle, input, sizeof(input), rooms[i],
                             &answer),
                VIT_OK);
        cr_assert_eq(answer.status, VIT_E_ARG);
        cr_assert_eq(answer.len, rooms[i] < 80 ? rooms[i] : 80);
    }
    cr_assert_eq(say(rig.a, VIT_OP_CHANNEL_QUERY, handle, input, sizeof(input), 47, &answer),
            VIT_OK);
    cr_assert_eq(answer.len, 0);
    cr_assert_eq(say(rig.a, VIT_OP_CHANNEL_QUERY, handle, input, 31, 56, &answer), VIT_OK);
    cr_assert_eq(answer.len, 0);
}

Test(channel, messages_that_are_none_are_refused)
{
    struct rig_call call;
    struct vit_msg_channel_call msg = { .channel = created(rig.a), .input_len = 249 };
    rig_call_init(&rig, &call, rig.a);
    vit_put_channel_call(&call.out, VIT_OP_CHANNEL_QUERY, &msg);
    cr_assert_eq(finish(&call, NULL, 0), VIT_E_PROTOCOL, "longer than there is room for");
    msg.input_len = 32;
    msg.input[32] = 1;
    rig_call_init(&rig, &call, rig.a);
    vit_put_channel_call(&call.out, VIT_OP_CHANNEL_QUERY, &msg);
    cr_assert_eq(finish(&call, NULL, 0), VIT_E_PROTOCOL, "something behind its end");
    msg.input[32] = 0;
    msg.output_len = 1;
    rig_call_init(&rig, &call, rig.a);
    vit_put_channel_call(&call.out, VIT_OP_CHANNEL_CONFIGURE, &msg);
    cr_assert_eq(finish(&call, NULL, 0), VIT_E_PROTOCOL, "a command's answer has one size");
}

Test(channel, devices_have_handles_of_their_own)
{
    struct answer one, two;
    uint64_t handles[2] = { created(rig.a), created(rig.b) };
    rig_buffer(&rig, rig.a, PAGE_ID, key, 16);
    rig_buffer(&rig, rig.b, PAGE_ID + 1, key, 16);
    cr_assert_eq(program(rig.a, handles[0], PAGE_ID, 0), VIT_OK);
    cr_assert_eq(program(rig.b, handles[1], PAGE_ID + 1, 0), VIT_OK);
    expect_working(rig.a, handles[0]);
    expect_working(rig.b, handles[1]);
    cr_assert_eq(ask(rig.a, handles[0], 1, &one), VIT_OK);
    cr_assert_eq(ask(rig.b, handles[1], 1, &two), VIT_OK);
    cr_assert_arr_neq(one.bytes + 48, two.bytes + 48, 8);
}

/* With the key in the device. */

Test(channel_custody_device, exchanges_the_key)
{
    uint8_t block[256];
    uint64_t handle = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(exchange(rig.a, handle, block), VIT_OK);
    expect_working(rig.a, handle);
    cr_assert_eq(exchange(rig.a, handle, block), VIT_E_STATE);
}

Test(channel_custody_device, refuses_a_bad_block_and_can_try_again)
{
    uint8_t block[256];
    uint64_t handle = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 15, block), VIT_OK);
    cr_assert_eq(exchange(rig.a, handle, block), VIT_E_REFUSED);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    block[9] ^= 1;
    cr_assert_eq(exchange(rig.a, handle, block), VIT_E_REFUSED);
    block[9] ^= 1;
    cr_assert_eq(exchange(rig.b, handle, block), VIT_E_ARG);
    cr_assert_eq(exchange(rig.a, handle, block), VIT_OK);
    expect_working(rig.a, handle);
}

/* Asks an uninitialized channel for anything: a refusal with a header of the asker's choice, which
 * nobody has signed. */
static void expect_bare_refusal(uint64_t handle, uint32_t len, struct answer *answer)
{
    enum { CODE_AT = 44 };
    const uint32_t invalid_argument = 0x80070057;
    static const uint8_t none[16];
    uint8_t input[32];
    memcpy(input, initialize_type, 16);
    store64(input + 16, handle);
    vit_store_le32(input + 24, 0x12345678);
    vit_store_le32(input + 28, 0x9abcdef0);
    cr_assert_eq(say(rig.a, VIT_OP_CHANNEL_QUERY, handle, input, sizeof(input), len, answer),
            VIT_OK);
    cr_assert_eq(answer->status, VIT_E_ARG);
    cr_assert_eq(answer->len, len);
    cr_assert_arr_eq(answer->bytes, none, sizeof(none));
    cr_assert_arr_eq(answer->bytes + 16, input, 28);
    cr_assert_eq(vit_load_le32(answer->bytes + CODE_AT), invalid_argument,
            "not the asker's choice");
    for (uint32_t at = 48; at < len; at++) {
        cr_assert_eq(answer->bytes[at], 0);
    }
}

/* Published blocks do not tell what they are for. */
Test(channel_custody_device, keyed_by_a_sessions_block_signs_nothing)
{
    enum { INITIALIZE_LEN = 56 };
    uint8_t block[256], readback[16];
    struct answer answer, again;
    uint64_t session, handle = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(rig_session_create(&rig, rig.a, &session), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, session, block), VIT_OK);
    cr_assert_eq(exchange(rig.a, handle, block), VIT_OK);
    expect_bare_refusal(handle, INITIALIZE_LEN, &answer);
    cr_assert_eq(say(rig.a, VIT_OP_CHANNEL_CONFIGURE, handle, answer.bytes, answer.len, 0, &again),
            VIT_OK);
    cr_assert_eq(again.status, VIT_E_ARG, "a refusal is no command");
    cr_assert_arr_eq(again.bytes, (uint8_t[16]){ 0 }, 16, "a refused command is not signed either");
    expect_bare_refusal(handle, VIT_CHANNEL_OUTPUT_MAX_LEN, &answer); /* still uninitialized */
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, session, readback), VIT_OK);
}

Test(channel_custody_device, whose_block_keys_a_session_is_not_reached_by_it)
{
    uint8_t block[256], random[16];
    struct answer answer;
    uint64_t session, handle = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(exchange(rig.a, handle, block), VIT_OK);
    cr_assert_eq(rig_session_create(&rig, rig.a, &session), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, session, block), VIT_OK);
    /* The session's key goes on without the channel's. */
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_REFRESH_START, session, random), VIT_OK);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_REFRESH_FINISH, session, NULL), VIT_OK);
    expect_working(rig.a, handle);
    cr_assert_eq(ask(rig.a, session, 1, &answer), VIT_E_ARG, "no channel");
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, handle, random), VIT_E_ARG,
            "no session");
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, session, NULL), VIT_OK);
    cr_assert_eq(ask(rig.a, handle, 1, &answer), VIT_OK);
    cr_assert_eq(answer.status, VIT_OK);
}

Test(channel_custody_device, takes_no_key_from_a_page)
{
    rig_buffer(&rig, rig.a, PAGE_ID, key, 16);
    cr_assert_eq(program(rig.a, created(rig.a), PAGE_ID, 0), VIT_E_UNSUPPORTED);
}

Test(channel_custody_device, that_ends_during_the_exchange_gets_no_key)
{
    struct rig_call call;
    struct vit_msg_exchange msg = { .session = created(rig.a) };
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, msg.block), VIT_OK);
    rig_call_init(&rig, &call, rig.a);
    vit_put_exchange(&call.out, VIT_OP_CHANNEL_EXCHANGE, &msg);
    call.envelope.count = 1;
    rig_occupy_worker(&rig);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_BUSY);
    vgpu_channel_destroy(rig.a, vgpu_channel_find(rig.a, msg.session));
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_E_GONE);
    rig_call_finish(&call);
}
