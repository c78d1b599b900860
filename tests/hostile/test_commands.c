/* SPDX-License-Identifier: MIT */
/* Commands and messages that no honest driver sends, over the real rings of a real device. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/hostile/front.h"
#include "wire/envelope.h"
#include "wire/virtio_gpu.h"

enum {
    HEADER_LEN = sizeof(struct virtio_gpu_ctrl_hdr),
    REPLY = 1, /* resources of context 1; of context 2: + 10 */
    SOURCE = 2,
    PICTURE = 3,
    OTHERS = 10,
    LEN = 4096,
};

static struct support support;
static struct front_health health;
static struct front front;
static const uint8_t key[16] = "0123456789abcde";

static void start(void)
{
    front_start_device(&support, NULL, &health);
}

static void finish(void)
{
    support_finish(&support);
}

static struct front_place place_of(uint32_t context)
{
    return (struct front_place){ context, REPLY + (context - 1) * OTHERS,
        FRONT_FREE + (context - 1) * UINT64_C(0x10000) };
}

static void make_context(uint32_t context)
{
    struct front_place place = place_of(context);
    cr_assert_eq(front_context(&front, context), FRONT_OK);
    cr_assert_eq(front_buffer(&front, context, place.resource, place.address, LEN), FRONT_OK);
    cr_assert_eq(front_buffer(&front, context, place.resource + 1, place.address + LEN, LEN),
            FRONT_OK);
    cr_assert_eq(front_protected(&front, context, place.resource + 2, 2, 32, 32), FRONT_OK);
}

static void open_scene(void)
{
    front_open(&front, &support);
    make_context(1);
    make_context(2);
}

static void close_scene(const char *after)
{
    front_close(&front);
    front_expect_well(&support, &health, after);
}

Test(commands, of_unknown_types_are_refused, .init = start, .fini = finish)
{
    open_scene();
    for (uint32_t type = 0; type < 0x400; type++) {
        struct virtio_gpu_ctrl_hdr ask[8] = { { .type = type } };
        bool known = type >= 0x100 && type <= 0x10a; /* with EDID */
        known = known || (type >= 0x200 && type <= 0x207);
        if (!known) {
            cr_assert_eq(front_call(&front, ask, sizeof(ask)), VIRTIO_GPU_RESP_ERR_UNSPEC, "%x",
                    type);
        }
    }
    const struct virtio_gpu_ctrl_hdr last = { .type = UINT32_MAX };
    cr_assert_eq(front_call(&front, &last, sizeof(last)), VIRTIO_GPU_RESP_ERR_UNSPEC);
    close_scene("unknown types");
}

static const struct {
    uint32_t type;
    size_t len;
} commands[] = {
    { VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, sizeof(struct virtio_gpu_resource_create_2d) },
    { VIRTIO_GPU_CMD_RESOURCE_UNREF, sizeof(struct virtio_gpu_resource_unref) },
    { VIRTIO_GPU_CMD_SET_SCANOUT, sizeof(struct virtio_gpu_set_scanout) },
    { VIRTIO_GPU_CMD_RESOURCE_FLUSH, sizeof(struct virtio_gpu_resource_flush) },
    { VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, sizeof(struct virtio_gpu_transfer_to_host_2d) },
    { VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, sizeof(struct virtio_gpu_resource_attach_backing) },
    { VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, sizeof(struct virtio_gpu_resource_detach_backing) },
    { VIRTIO_GPU_CMD_GET_CAPSET_INFO, sizeof(struct virtio_gpu_get_capset_info) },
    { VIRTIO_GPU_CMD_GET_CAPSET, sizeof(struct virtio_gpu_get_capset) },
    { VIRTIO_GPU_CMD_CTX_CREATE, sizeof(struct virtio_gpu_ctx_create) },
    { VIRTIO_GPU_CMD_CTX_DESTROY, sizeof(struct virtio_gpu_ctx_destroy) },
    { VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, sizeof(struct virtio_gpu_ctx_resource) },
    { VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, sizeof(struct virtio_gpu_ctx_resource) },
    { VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, sizeof(struct virtio_gpu_resource_create_3d) },
    { VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, sizeof(struct virtio_gpu_transfer_host_3d) },
    { VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, sizeof(struct virtio_gpu_transfer_host_3d) },
    { VIRTIO_GPU_CMD_SUBMIT_3D, sizeof(struct virtio_gpu_cmd_submit) },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

/* The answer is an error, or a header had no place for it. */
Test(commands, cut_at_every_byte_are_refused, .init = start, .fini = finish)
{
    open_scene();
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        for (size_t len = 1; len < commands[i].len; len++) {
            uint8_t request[256] = { 0 };
            vit_store_le32(request, commands[i].type);
            uint32_t type = front_call(&front, request, len);
            if (len < HEADER_LEN) {
                cr_assert_eq(type, 0, "%x cut to %zu", commands[i].type, len);
            } else {
                cr_assert_geq(type, VIRTIO_GPU_RESP_ERR_UNSPEC, "%x cut to %zu", commands[i].type,
                        len);
            }
        }
    }
    close_scene("commands cut at every byte");
}

/* Each byte behind the header at its largest, alone and all together. */
Test(commands, of_extreme_numbers_are_answered, .init = start, .fini = finish)
{
    open_scene();
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        for (size_t at = HEADER_LEN; at <= commands[i].len; at++) {
            uint8_t request[256] = { 0 };
            vit_store_le32(request, commands[i].type);
            if (at == commands[i].len) {
                memset(request + HEADER_LEN, 0xff, commands[i].len - HEADER_LEN);
            } else {
                request[at] = 0xff;
            }
            vit_store_le32(request + 16, 3); /* a context that was not made, or is made here */
            cr_assert_neq(front_call(&front, request, commands[i].len), 0);
        }
    }
    close_scene("extreme numbers");
}

Test(commands, with_little_room_for_an_answer_write_no_more, .init = start, .fini = finish)
{
    open_scene();
    for (size_t room = HEADER_LEN; room < 512; room++) {
        const struct virtio_gpu_get_capset_info ask = {
            .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
        };
        uint8_t *answer = front_at(&front, FRONT_ANSWER);
        memset(answer, 0xee, 1024);
        uint32_t type = front_call_room(&front, &ask, sizeof(ask), room);
        bool fits = room >= sizeof(struct virtio_gpu_resp_capset_info);
        cr_assert_eq(type,
                fits ? (uint32_t)VIRTIO_GPU_RESP_OK_CAPSET_INFO
                     : (uint32_t)VIRTIO_GPU_RESP_ERR_UNSPEC,
                "room %zu", room);
        cr_assert_eq(answer[room], 0xee, "room %zu", room);
    }
    close_scene("little room");
}

/* Fences of any number and order, on what fails too. */
Test(commands, with_fences_everywhere_are_answered_in_order, .init = start, .fini = finish)
{
    static const uint64_t ids[] = { 0, 1, UINT64_MAX, 5, 5, 4, UINT64_C(1) << 63 };
    open_scene();
    for (size_t i = 0; i < COMMAND_COUNT * 7; i++) {
        struct {
            struct virtio_gpu_ctrl_hdr head;
            uint8_t rest[128];
        } ask = { .head = { .type = commands[i / 7].type,
                          .flags = i % 2 == 0 ? (uint32_t)VIRTIO_GPU_FLAG_FENCE : UINT32_MAX,
                          .fence_id = ids[i % 7],
                          .ctx_id = (uint32_t)(i % 5) } };
        struct virtio_gpu_ctrl_hdr answer;
        cr_assert_neq(front_call(&front, &ask, commands[i / 7].len), 0);
        memcpy(&answer, front_at(&front, FRONT_ANSWER), sizeof(answer));
        cr_assert_eq(answer.fence_id, ids[i % 7]);
        cr_assert_eq(answer.flags, VIRTIO_GPU_FLAG_FENCE);
    }
    close_scene("fences everywhere");
}

/* Our messages. */

/* Each message as it may be, of context 1 with that session. */
static size_t put_any(uint8_t *bytes, size_t capacity, unsigned which, uint64_t session)
{
    const struct vit_op_info *info = vit_op_at(which);
    struct vit_writer out;
    vit_writer_init(&out, bytes, capacity);
    vit_put_u16(&out, info->op);
    vit_put_u16(&out, 0);
    vit_put_u32(&out, info->request_len);
    vit_put_zeros(&out, info->request_len);
    uint8_t *body = bytes + VIT_MESSAGE_HEADER_LEN;
    if (info->op == VIT_OP_SESSION_CREATE) {
        body[0] = VIT_CRYPTO_AES128_CTR;
    } else if (info->op >= VIT_OP_SESSION_DESTROY && info->op <= VIT_OP_ENCRYPT) {
        memcpy(body, &session, sizeof(session));
    }
    if (info->resource_a != VIT_NO_FIELD) {
        vit_store_le32(body + info->resource_a, SOURCE);
    }
    if (info->resource_b != VIT_NO_FIELD) {
        vit_store_le32(body + info->resource_b, PICTURE);
    }
    return out.at;
}

Test(messages, of_ours_cut_at_every_byte_are_refused, .init = start, .fini = finish)
{
    const struct front_place place = place_of(1);
    uint32_t status;
    open_scene();
    uint64_t session = front_session(&front, &place, key);
    for (unsigned which = 0; vit_op_at(which) != NULL; which++) {
        uint8_t bytes[512];
        size_t len = put_any(bytes, sizeof(bytes), which, session);
        for (size_t cut = 0; cut < len; cut++) {
            (void)front_submit(&front, &place, bytes, cut, &status);
            cr_assert(status == VIT_E_PROTOCOL || status == UINT32_MAX, "%s cut to %zu: %u",
                    vit_op_at(which)->name, cut, status);
        }
    }
    close_scene("messages cut at every byte");
}

Test(messages, of_unknown_ops_are_refused, .init = start, .fini = finish)
{
    const struct front_place place = place_of(1);
    open_scene();
    for (unsigned op = 0; op < 0x120; op++) {
        uint8_t bytes[VIT_MESSAGE_HEADER_LEN] = { (uint8_t)op, (uint8_t)(op >> 8) };
        uint32_t status;
        if (vit_op_info(op) == NULL) {
            (void)front_submit(&front, &place, bytes, sizeof(bytes), &status);
            cr_assert_eq(status, VIT_E_PROTOCOL, "op %x", op);
        }
    }
    close_scene("unknown ops");
}

/* Every byte of an envelope changed, by every bit. */
Test(messages, in_damaged_envelopes_are_refused_or_done, .init = start, .fini = finish)
{
    uint8_t good[VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN], bytes[sizeof(good)];
    const struct vit_envelope envelope = { .length = sizeof(good),
        .count = 1,
        .sequence = 1,
        .reply_resource = REPLY,
        .reply_capacity = 64 };
    struct vit_writer out;
    vit_writer_init(&out, good, sizeof(good));
    vit_put_envelope(&out, &envelope);
    vit_put_nop(&out);
    open_scene();
    for (size_t bit = 0; bit < 8 * sizeof(good); bit++) {
        memcpy(bytes, good, sizeof(good));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(front_submit_raw(&front, 1, bytes, sizeof(bytes)), 0, "bit %zu", bit);
    }
    for (size_t len = 0; len < sizeof(good); len++) {
        cr_assert_neq(front_submit_raw(&front, 1, good, len), FRONT_OK, "length %zu", len);
    }
    cr_assert_eq(front_submit_raw(&front, 1, good, sizeof(good)), FRONT_OK);
    close_scene("damaged envelopes");
}

static uint32_t status_of(uint32_t context, unsigned which, uint64_t session)
{
    const struct front_place place = place_of(context);
    uint8_t bytes[512];
    uint32_t status;
    size_t len = put_any(bytes, sizeof(bytes), which, session);
    (void)front_submit(&front, &place, bytes, len, &status);
    return status;
}

/* Sessions of the other context, of other generations and slots. */
Test(messages, with_sessions_of_others_are_refused, .init = start, .fini = finish)
{
    const struct front_place first = place_of(1), second = place_of(2);
    open_scene();
    uint64_t mine = front_session(&front, &first, key);
    cr_assert_eq(mine, front_session(&front, &second, key), "each context counts for itself");
    uint64_t theirs = front_session(&front, &second, key);
    const uint64_t bad[] = { 0, theirs, mine + 1, mine - 1, mine + (UINT64_C(1) << 32),
        mine - (UINT64_C(1) << 32), UINT64_MAX, UINT32_MAX, mine | UINT32_MAX };
    for (unsigned which = 0; vit_op_at(which) != NULL; which++) {
        const struct vit_op_info *info = vit_op_at(which);
        bool names_session = info->op >= VIT_OP_SESSION_DESTROY && info->op <= VIT_OP_ENCRYPT;
        for (size_t i = 0; names_session && i < sizeof(bad) / sizeof(bad[0]); i++) {
            uint32_t status = status_of(1, which, bad[i]);
            bool exchange = info->op == VIT_OP_SESSION_EXCHANGE; /* not with this custody */
            cr_assert_eq(status, exchange ? VIT_E_UNSUPPORTED : VIT_E_ARG, "%s of session %zu: %u",
                    info->name, i, status);
        }
    }
    close_scene("sessions of others");
}

/* Resources of the other context, and none. */
Test(messages, with_resources_of_others_are_refused, .init = start, .fini = finish)
{
    static const uint32_t bad[] = { 0, SOURCE + OTHERS, PICTURE + OTHERS, 999, UINT32_MAX };
    const struct front_place place = place_of(1);
    open_scene();
    uint64_t session = front_session(&front, &place, key);
    for (unsigned which = 0; vit_op_at(which) != NULL; which++) {
        const struct vit_op_info *info = vit_op_at(which);
        const uint16_t fields[] = { info->resource_a, info->resource_b };
        for (size_t i = 0; i < 2 * sizeof(bad) / sizeof(bad[0]); i++) {
            uint8_t bytes[512];
            uint32_t status;
            uint16_t field = fields[i % 2];
            size_t len = put_any(bytes, sizeof(bytes), which, session);
            if (field == VIT_NO_FIELD) {
                continue;
            }
            vit_store_le32(bytes + VIT_MESSAGE_HEADER_LEN + field, bad[i / 2]);
            (void)front_submit(&front, &place, bytes, len, &status);
            cr_assert_eq(status, VIT_E_ARG, "%s of resource %u: %u", info->name, bad[i / 2],
                    status);
        }
    }
    close_scene("resources of others");
}
