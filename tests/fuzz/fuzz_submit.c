/* SPDX-License-Identifier: MIT */
/*
 * Our envelope and messages, on a device where two contexts have sessions, buffers and protected
 * pictures already; commands of virtio-gpu between them. One picture holds a secret that nobody may
 * read: at the end it is nowhere in guest memory.
 *
 * Input: steps of u8 what and, for
 *   what & 0x80  a command as machine_command()
 *   what & 0x40  u8 context, u16 length and that much of a submission, its envelope included
 *   else         u8 context and u8 count, then messages: u8 which, u8 length, that much of a body; a
 *                session of less than SESSIONS is one that the scene made, and so is a channel of
 *                less than CHANNELS and an OPM object of less than OBJECTS; a command for the first
 *                of those is signed for it; what an OPM call says is in the upper half of its offset:
 *                u8 which GUID, u8 type, u8 level, u8 length of the parameters
 */
#include <linux/virtio_gpu.h>
#include <string.h>

#include "base/secret.h"
#include "crypto-session/omac.h"
#include "crypto-session/opm.h"
#include "crypto/cipher.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/machine.h"
#include "wire/envelope.h"
#include "wire/surface.h"
#include "wire/virtio_gpu.h"

enum {
    FIRST = 1, /* contexts */
    SECOND = 2,
    BUFFER = 10, /* resources: one of each kind for each context, + context */
    PICTURE = 20,
    SCREEN = 30,
    REPLY = 40,
    SHARED_PICTURE = 50,
    WIDTH = 32,
    HEIGHT = 16,
    LEN = WIDTH * HEIGHT * 4,
    BUFFER_LEN = 16384,
    SECRET_LEN = 32,
    SESSIONS = 4, /* the third and fourth have no key */
    CHANNELS = 3, /* the first is initialized, the last has no key */
    OBJECTS = 3,  /* the last has no key */
    STEPS_MAX = 48,
    MESSAGES_MAX = 8,
};

static struct machine machine;
static struct vit_slab *slab;
static struct vit_cipher *cipher;
static uint64_t sessions[SESSIONS]; /* of either context */
static uint64_t channels[CHANNELS]; /* of the first context */
static uint8_t channel_key[VIT_AES_LEN];
static uint64_t objects[OBJECTS]; /* of the first context */
static uint8_t object_key[VIT_AES_LEN];
static uint32_t requests, commands; /* numbers of the first object: what comes next */
static uint32_t *spent;             /* by the message that was put last; NULL: none */
static uint8_t secret[SECRET_LEN];

static void expect_ok(uint32_t type)
{
    FUZZ_CHECK(type == VIRTIO_GPU_RESP_OK_NODATA);
}

static void create(uint32_t id, uint32_t target, uint32_t format, uint32_t width, uint32_t height,
        uint32_t flags)
{
    const struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = id,
        .target = target,
        .format = format,
        .bind = flags == 0 ? VIT_BIND_STAGING : 0,
        .width = width,
        .height = height,
        .depth = 1,
        .array_size = 1,
        .flags = flags,
    };
    expect_ok(machine_call(&machine, &ask, sizeof(ask)));
}

static void back(uint32_t id, uint64_t address, uint32_t len)
{
    struct {
        struct virtio_gpu_resource_attach_backing head;
        struct virtio_gpu_mem_entry entry;
    } ask = { { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING },
                      .resource_id = id,
                      .nr_entries = 1 },
        { address, len, 0 } };
    expect_ok(machine_call(&machine, &ask, sizeof(ask)));
}

static void attach(uint32_t context, uint32_t id)
{
    const struct virtio_gpu_ctx_resource ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, .ctx_id = context },
        .resource_id = id
    };
    expect_ok(machine_call(&machine, &ask, sizeof(ask)));
}

static uint64_t buffer_at(uint32_t context)
{
    return MACHINE_FREE + (uint64_t)(context - 1) * 2 * BUFFER_LEN;
}

static uint64_t reply_at(uint32_t context)
{
    return buffer_at(context) + BUFFER_LEN;
}

static void submit(uint32_t context, const struct vit_writer *messages)
{
    FUZZ_CHECK(vit_writer_ok(messages));
    FUZZ_CHECK(machine_submit(&machine, context, REPLY + context, 1, messages->data,
                       messages->at) == VIT_OK);
    FUZZ_CHECK(vit_load_le32(machine.low + reply_at(context) + 8) == VIT_OK);
}

static void make_sessions(uint32_t context)
{
    uint8_t bytes[64];
    struct vit_writer out;
    for (unsigned i = 0; i < SESSIONS; i++) {
        vit_writer_init(&out, bytes, sizeof(bytes));
        vit_put_session_create(&out,
                &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
        submit(context, &out);
        memcpy(&sessions[i], machine.low + reply_at(context) + VIT_REPLY_HEADER_LEN, 8);
    }
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *key = machine.low + buffer_at(context);
        memset(key, (int)(context * 16 + i), VIT_AES_LEN);
        vit_writer_init(&out, bytes, sizeof(bytes));
        vit_put_program(&out, VIT_OP_SESSION_PROGRAM,
                &(struct vit_msg_program){ .session = sessions[i], .resource = BUFFER + context });
        submit(context, &out);
    }
}

static void store_handle(uint8_t *at, uint64_t handle)
{
    memcpy(at, &handle, sizeof(handle));
}

static void initialize_channel(void)
{
    static const uint8_t type[16] = { 0xdb, 0x4b, 0x11, 0x06, 0x23, 0x35, 0x0a, 0x47, 0x8d, 0xca,
        0xfb, 0xc2, 0x84, 0x51, 0x54, 0xf0 };
    uint8_t bytes[512];
    struct vit_writer out;
    struct vit_msg_channel_call msg = { .channel = channels[0], .input_len = 56 };
    memcpy(msg.input + 16, type, sizeof(type));
    store_handle(msg.input + 32, channels[0]);
    FUZZ_CHECK(vit_omac_sign(cipher, channel_key, msg.input, msg.input_len) == VIT_OK);
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_channel_call(&out, VIT_OP_CHANNEL_CONFIGURE, &msg);
    submit(FIRST, &out);
    FUZZ_CHECK(vit_load_le32(machine.low + reply_at(FIRST) + VIT_REPLY_HEADER_LEN) == VIT_OK);
}

static void make_channels(void)
{
    uint8_t bytes[64];
    struct vit_writer out;
    for (unsigned i = 0; i < CHANNELS; i++) {
        vit_writer_init(&out, bytes, sizeof(bytes));
        vit_put_channel_create(&out, &(struct vit_msg_channel_create){ .type = 2 + i % 2 });
        submit(FIRST, &out);
        memcpy(&channels[i], machine.low + reply_at(FIRST) + VIT_REPLY_HEADER_LEN, 8);
    }
    memset(channel_key, 0xc4, sizeof(channel_key));
    for (unsigned i = 0; i < 2; i++) {
        memcpy(machine.low + buffer_at(FIRST), channel_key, VIT_AES_LEN);
        vit_writer_init(&out, bytes, sizeof(bytes));
        vit_put_program(&out, VIT_OP_CHANNEL_PROGRAM,
                &(struct vit_msg_program){ .session = channels[i], .resource = BUFFER + FIRST });
        submit(FIRST, &out);
    }
    initialize_channel();
}

static void make_objects(void)
{
    uint8_t bytes[64];
    struct vit_writer out;
    uint8_t *page = machine.low + buffer_at(FIRST);
    const uint8_t *reply = machine.low + reply_at(FIRST) + VIT_REPLY_HEADER_LEN;
    memset(object_key, 0x0b, sizeof(object_key));
    requests = commands = 0;
    for (unsigned i = 0; i < OBJECTS; i++) {
        vit_writer_init(&out, bytes, sizeof(bytes));
        vit_put_opm_create(&out, &(struct vit_msg_opm_create){ .output = 0 });
        submit(FIRST, &out);
        memcpy(&objects[i], reply, 8);
        memset(page, 0, VIT_OPM_PLAINTEXT_LEN);
        memcpy(page, reply + 8, VIT_OPM_RANDOM_LEN);
        memcpy(page + VIT_OPM_RANDOM_LEN, object_key, VIT_AES_LEN);
        if (i < OBJECTS - 1) {
            vit_writer_init(&out, bytes, sizeof(bytes));
            vit_put_program(&out, VIT_OP_OPM_PROGRAM,
                    &(struct vit_msg_program){ .session = objects[i], .resource = BUFFER + FIRST });
            submit(FIRST, &out);
        }
    }
}

static void make_context(uint32_t context)
{
    const struct virtio_gpu_ctx_create ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE,
                                                       .ctx_id = context } };
    expect_ok(machine_call(&machine, &ask, sizeof(ask)));
    create(BUFFER + context, VIT_TARGET_BUFFER, VIT_FORMAT_BYTES, BUFFER_LEN, 1, 0);
    back(BUFFER + context, buffer_at(context), BUFFER_LEN);
    create(REPLY + context, VIT_TARGET_BUFFER, VIT_FORMAT_BYTES, BUFFER_LEN, 1, 0);
    back(REPLY + context, reply_at(context), BUFFER_LEN);
    create(SHARED_PICTURE + context, VIT_TARGET_2D, VIT_FORMAT_NV12, WIDTH, HEIGHT, 0);
    back(SHARED_PICTURE + context, MACHINE_HIGH + (uint64_t)context * 4096, 4096);
    create(PICTURE + context, VIT_TARGET_2D, VIT_FORMAT_BGRX, WIDTH, HEIGHT,
            VIT_RESOURCE_FLAG_PROTECTED);
    create(SCREEN + context, VIT_TARGET_2D, VIT_FORMAT_BGRX, WIDTH, HEIGHT,
            VIT_RESOURCE_FLAG_PROTECTED);
    const uint32_t kinds[] = { BUFFER, REPLY, SHARED_PICTURE, PICTURE, SCREEN };
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        attach(context, kinds[i] + context);
    }
    make_sessions(context);
}

/* Another one for each input: no input can hold its own. */
static void choose_secret(const uint8_t *data, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    }
    for (size_t i = 0; i < SECRET_LEN; i++) {
        hash = hash * UINT64_C(6364136223846793005) + 1442695040888963407u;
        secret[i] = (uint8_t)(hash >> 56);
    }
}

/* The picture of the first context, full of the secret; what it was made of is gone. */
static void hide_secret(void)
{
    uint8_t key[VIT_AES_LEN], bytes[128];
    uint8_t *clear = machine.low + buffer_at(FIRST);
    struct vit_msg_decrypt msg = { .session = sessions[0],
        .source = BUFFER + FIRST,
        .destination = PICTURE + FIRST,
        .length = LEN };
    struct vit_writer out;
    for (size_t at = 0; at < LEN; at += SECRET_LEN) {
        memcpy(clear + at, secret, SECRET_LEN);
    }
    memset(key, FIRST * 16, sizeof(key));
    FUZZ_CHECK(vit_ctr_begin(cipher, key, msg.iv, 0) == VIT_OK);
    FUZZ_CHECK(vit_ctr_update(cipher, clear, clear, LEN) == VIT_OK);
    vit_ctr_end(cipher);
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_decrypt(&out, &msg);
    submit(FIRST, &out);
    /* Its key stream with it: who adds both up has the secret without any fault of the device. */
    memset(clear, 0, LEN);
}

static bool memory_has_secret(const uint8_t *memory, size_t len)
{
    /* Half of it, so that it is found wherever it begins. */
    return memmem(memory, len, secret, SECRET_LEN / 2) != NULL;
}

/* So that an input gets past the checks of names and tags. */
static void complete_call(enum vit_op op, uint8_t *body)
{
    enum { INPUT_AT = 16, QUERY_NAME_AT = 16, COMMAND_NAME_AT = 32, COMMAND_MIN_LEN = 48 };
    uint32_t which = vit_load_le32(body), len = vit_load_le32(body + 8);
    uint8_t *input = body + INPUT_AT;
    if (which >= CHANNELS || vit_load_le32(body + 4) != 0) {
        return;
    }
    store_handle(body, channels[which]);
    if (op == VIT_OP_CHANNEL_QUERY) {
        store_handle(input + QUERY_NAME_AT, channels[which]);
    } else if (op == VIT_OP_CHANNEL_CONFIGURE && which == 0 && len >= COMMAND_MIN_LEN &&
            len <= VIT_CHANNEL_CALL_MAX_LEN) {
        store_handle(input + COMMAND_NAME_AT, channels[which]);
        FUZZ_CHECK(vit_omac_sign(cipher, channel_key, input, len) == VIT_OK);
    }
}

/* From the GUID on both kinds of call are the same. */
static void compose_call(uint8_t *call, size_t len, const uint8_t choice[4], uint32_t number)
{
    static const uint8_t guids[][16] = {
        { 0xd5, 0xbf, 0xd0, 0x81, 0xfe, 0x6a, 0xc2, 0x48, 0x99, 0xc0, 0x95, 0xa0, 0x8f, 0x97, 0xc5,
                0xda }, /* connector type */
        { 0x0a, 0x21, 0x57, 0x19, 0x66, 0x77, 0x2a, 0x45, 0xb9, 0x9a, 0xd2, 0x7a, 0xed, 0x54, 0xf0,
                0x3a }, /* actual level */
        { 0xff, 0xce, 0xc5, 0x99, 0x1d, 0x5f, 0x79, 0x48, 0x81, 0xc1, 0xc5, 0x24, 0x43, 0xc9, 0x48,
                0x2b }, /* version of the list */
        { 0xa3, 0x1b, 0xbf, 0xd7, 0x13, 0xad, 0x8e, 0x4f, 0xaf, 0x98, 0x0d, 0xcb, 0x3c, 0xa2, 0x04,
                0xcc }, /* output format */
        { 0x7c, 0x32, 0xb9, 0x9b, 0xb5, 0x4e, 0x27, 0x47, 0x9f, 0x00, 0xb4, 0x2b, 0x09, 0x19, 0xc0,
                0xda }, /* set a level */
        { 0xd1, 0xf5, 0x5e, 0x8b, 0x0d, 0xc3, 0xff, 0x44, 0x84, 0xa5, 0xea, 0x71, 0xdc, 0xe7, 0x8f,
                0x13 }, /* set the list */
    };
    uint8_t *at = call + (len == VIT_OPM_GET_INFO_LEN ? 32 : 16);
    memset(call, 0, len);
    memcpy(at, guids[choice[0] % (sizeof(guids) / sizeof(guids[0]))], 16);
    vit_store_le32(at + 16, number);
    vit_store_le32(at + 20, choice[3]);
    vit_store_le32(at + 24, choice[1]);
    vit_store_le32(at + 28, choice[2]);
    FUZZ_CHECK(vit_omac_sign(cipher, object_key, call, len) == VIT_OK);
}

static void complete_opm(enum vit_op op, uint8_t *body)
{
    enum { RESOURCE_AT = 8, OFFSET_AT = 16, CHOICE_AT = 20 };
    uint32_t which = vit_load_le32(body), offset = vit_load_le32(body + OFFSET_AT);
    bool is_request = op == VIT_OP_OPM_INFORMATION;
    size_t len = is_request ? VIT_OPM_GET_INFO_LEN : VIT_OPM_CONFIGURE_LEN;
    if (which >= OBJECTS || vit_load_le32(body + 4) != 0) {
        return;
    }
    memcpy(body, &objects[which], 8);
    if (which == 0 && (is_request || op == VIT_OP_OPM_CONFIGURE) &&
            vit_load_le32(body + RESOURCE_AT) == BUFFER + FIRST && offset <= BUFFER_LEN - len) {
        spent = is_request ? &requests : &commands;
        compose_call(machine.low + buffer_at(FIRST) + offset, len, body + CHOICE_AT, *spent);
        memset(body + CHOICE_AT, 0, 4);
    }
}

static void put_message(struct vit_reader *in, struct vit_writer *out)
{
    unsigned count = 0;
    while (vit_op_at(count) != NULL) {
        count++;
    }
    uint8_t body[VIT_REQUEST_MAX_LEN] = { 0 };
    const struct vit_op_info *info = vit_op_at(vit_get_u8(in) % count);
    size_t len = vit_get_u8(in);
    len = len < vit_reader_left(in) ? len : vit_reader_left(in);
    len = len < info->request_len ? len : info->request_len;
    vit_get_bytes(in, body, len);
    bool names_session = info->op >= VIT_OP_SESSION_DESTROY && info->op <= VIT_OP_ENCRYPT;
    if (names_session && vit_load_le32(body) < SESSIONS && vit_load_le32(body + 4) == 0) {
        memcpy(body, &sessions[vit_load_le32(body)], 8);
    }
    if (info->op >= VIT_OP_CHANNEL_DESTROY && info->op <= VIT_OP_CHANNEL_CONFIGURE) {
        complete_call(info->op, body);
    }
    spent = NULL;
    if (info->op >= VIT_OP_OPM_DESTROY && info->op <= VIT_OP_OPM_CONFIGURE) {
        complete_opm(info->op, body);
    }
    vit_put_u16(out, info->op);
    vit_put_u16(out, 0);
    vit_put_u32(out, info->request_len);
    vit_put_bytes(out, body, info->request_len);
}

static bool is_answered_ok(void)
{
    const uint8_t *reply = machine.low + reply_at(FIRST);
    return memcmp(reply, &machine.sequence, sizeof(machine.sequence)) == 0 &&
            vit_load_le32(reply + 8) == VIT_OK;
}

static void submit_messages(struct vit_reader *in)
{
    uint8_t bytes[MESSAGES_MAX * (VIT_MESSAGE_HEADER_LEN + VIT_REQUEST_MAX_LEN)];
    struct vit_writer out;
    uint32_t context = vit_get_u8(in);
    uint32_t count = vit_get_u8(in) % MESSAGES_MAX + 1;
    vit_writer_init(&out, bytes, sizeof(bytes));
    for (uint32_t i = 0; i < count; i++) {
        put_message(in, &out);
    }
    (void)machine_submit(&machine, context, REPLY + context, count, bytes, out.at);
    if (spent != NULL && context == FIRST && count == 1 && is_answered_ok()) {
        ++*spent;
    }
}

static void submit_raw(struct vit_reader *in)
{
    uint8_t request[MACHINE_REQUEST_MAX_LEN] = { 0 };
    const size_t head = sizeof(struct virtio_gpu_cmd_submit);
    uint32_t context = vit_get_u8(in);
    size_t len = vit_get_u16(in) % (sizeof(request) - head);
    len = len < vit_reader_left(in) ? len : vit_reader_left(in);
    vit_store_le32(request, VIRTIO_GPU_CMD_SUBMIT_3D);
    vit_store_le32(request + 16, context);
    vit_store_le32(request + 24, (uint32_t)len);
    vit_get_bytes(in, request + head, len);
    (void)machine_call(&machine, request, head + len);
}

static void step(struct vit_reader *in)
{
    uint8_t what = vit_get_u8(in);
    if ((what & 0x80) != 0) {
        (void)machine_command(&machine, in);
    } else if ((what & 0x40) != 0) {
        submit_raw(in);
    } else {
        submit_messages(in);
    }
}

static void prepare(const uint8_t *data, size_t len)
{
    if (slab == NULL) {
        FUZZ_CHECK(vit_slab_create(&slab) == VIT_OK);
        FUZZ_CHECK(vit_cipher_create(slab, NULL, &cipher) == VIT_OK);
    }
    machine_start(&machine);
    make_context(SECOND);
    make_context(FIRST);
    make_channels();
    make_objects();
    choose_secret(data, len);
    hide_secret();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vit_reader in;
    prepare(data, len);
    vit_reader_init(&in, data, len);
    for (unsigned i = 0; i < STEPS_MAX && vit_reader_left(&in) > 0; i++) {
        step(&in);
    }
    machine_stop(&machine);
    FUZZ_CHECK(!memory_has_secret(machine.low, MACHINE_LOW_LEN));
    FUZZ_CHECK(!memory_has_secret(machine.high, MACHINE_HIGH_LEN));
    return 0;
}
