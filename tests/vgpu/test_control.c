/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/vgpu/guest.h"
#include "vgpu/device_state.h"
#include "wire/capset.h"
#include "wire/envelope.h"
#include "wire/virtio_gpu.h"

enum {
    OK = VIRTIO_GPU_RESP_OK_NODATA,
    UNSPEC = VIRTIO_GPU_RESP_ERR_UNSPEC,
    NO_MEMORY = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY,
    BAD_SCANOUT = VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID,
    BAD_RESOURCE = VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID,
    BAD_CONTEXT = VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID,
    BAD_PARAMETER = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
    HEADER_LEN = sizeof(struct virtio_gpu_ctrl_hdr),
    REPLY = 900, /* resource that replies are written into */
};

static struct guest guest;
static uint8_t *replies;

static void set_up(void)
{
    guest_open_plain(&guest);
}

static void tear_down(void)
{
    guest_close(&guest);
}

TestSuite(control, .init = set_up, .fini = tear_down);

static void open_context(uint32_t context)
{
    cr_assert_eq(guest_context_create(&guest, context), OK);
    cr_assert_eq(guest_attach(&guest, context, REPLY), OK);
}

/* Context 1 with a reply resource. */
static void open_contexts(uint32_t count)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    replies = guest_at(&guest, guest_make_buffer(&guest, 1, REPLY, 4096));
    for (uint32_t context = 2; context <= count; context++) {
        open_context(context);
    }
}

static struct vit_writer begin(uint8_t *bytes, size_t len, uint64_t sequence, uint32_t body_len)
{
    struct vit_writer out;
    vit_writer_init(&out, bytes, len);
    struct vit_envelope envelope = {
        .length = VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN + body_len,
        .count = 1,
        .sequence = sequence,
        .reply_resource = REPLY,
        .reply_capacity = 64,
        .reply_offset = sequence * 64,
    };
    vit_put_envelope(&out, &envelope);
    return out;
}

static size_t build_nop(uint8_t *bytes, size_t len, uint64_t sequence)
{
    struct vit_writer out = begin(bytes, len, sequence, 0);
    vit_put_nop(&out);
    cr_assert(vit_writer_ok(&out));
    return out.at;
}

static size_t build_copy(uint8_t *bytes, size_t len, uint64_t sequence, uint32_t source,
        uint32_t destination, uint32_t row_len)
{
    struct vit_writer out = begin(bytes, len, sequence, 40);
    struct vit_msg_copy copy = { .source = source,
        .destination = destination,
        .row_len = row_len,
        .rows = 1 };
    vit_put_copy(&out, &copy);
    cr_assert(vit_writer_ok(&out));
    return out.at;
}

static bool replied(uint64_t sequence)
{
    return vit_load_le32(replies + sequence * 64) == sequence;
}

static enum vit_status reply_status(uint64_t sequence)
{
    return (enum vit_status)vit_load_le32(replies + sequence * 64 + 8);
}

/* Headers and sizes */

Test(control, answers_an_unknown_command_with_an_error)
{
    struct virtio_gpu_ctrl_hdr ask = { .type = 0x7777 };
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), UNSPEC);
    ask.type = VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), UNSPEC);
    ask.type = VIRTIO_GPU_RESP_OK_NODATA;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), UNSPEC);
}

Test(control, refuses_every_request_that_is_too_short)
{
    static const struct {
        uint32_t type;
        size_t len;
    } rows[] = {
        { VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, sizeof(struct virtio_gpu_resource_create_2d) },
        { VIRTIO_GPU_CMD_RESOURCE_UNREF, sizeof(struct virtio_gpu_resource_unref) },
        { VIRTIO_GPU_CMD_SET_SCANOUT, sizeof(struct virtio_gpu_set_scanout) },
        { VIRTIO_GPU_CMD_RESOURCE_FLUSH, sizeof(struct virtio_gpu_resource_flush) },
        { VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, sizeof(struct virtio_gpu_transfer_to_host_2d) },
        { VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
                sizeof(struct virtio_gpu_resource_attach_backing) },
        { VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
                sizeof(struct virtio_gpu_resource_detach_backing) },
        { VIRTIO_GPU_CMD_GET_CAPSET_INFO, sizeof(struct virtio_gpu_get_capset_info) },
        { VIRTIO_GPU_CMD_GET_CAPSET, sizeof(struct virtio_gpu_get_capset) },
        { VIRTIO_GPU_CMD_CTX_CREATE, sizeof(struct virtio_gpu_ctx_create) },
        { VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, sizeof(struct virtio_gpu_ctx_resource) },
        { VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, sizeof(struct virtio_gpu_ctx_resource) },
        { VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, sizeof(struct virtio_gpu_resource_create_3d) },
        { VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, sizeof(struct virtio_gpu_transfer_host_3d) },
        { VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, sizeof(struct virtio_gpu_transfer_host_3d) },
        { VIRTIO_GPU_CMD_SUBMIT_3D, sizeof(struct virtio_gpu_cmd_submit) },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t ask[256] = { 0 };
        vit_store_le32(ask, rows[i].type);
        for (size_t len = HEADER_LEN; len < rows[i].len; len++) {
            cr_assert_eq(guest_call(&guest, ask, len, NULL, 0), BAD_PARAMETER, "%x, %zu",
                    rows[i].type, len);
        }
    }
}

Test(control, gives_back_a_request_without_header_or_room_for_an_answer)
{
    struct virtio_gpu_ctrl_hdr ask = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 1 };
    for (size_t len = 1; len < HEADER_LEN; len++) {
        struct guest_request posted = guest_post(&guest, &ask, len, HEADER_LEN);
        cr_assert(guest_answered(&guest, &posted));
        cr_assert_eq(guest.rings[VGPU_QUEUE_CONTROL].len[posted.head], 0);
    }
    struct virtio_gpu_ctx_create create = { .hdr = ask };
    for (size_t room = 1; room < HEADER_LEN; room++) {
        struct guest_request posted = guest_post(&guest, &create, sizeof(create), room);
        cr_assert(guest_answered(&guest, &posted));
        cr_assert_eq(guest.rings[VGPU_QUEUE_CONTROL].len[posted.head], 0);
    }
    cr_assert_eq(guest_context_create(&guest, 1), OK, "it was not made before");
}

Test(control, answers_with_an_error_when_the_answer_does_not_fit)
{
    struct virtio_gpu_ctrl_hdr ask = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
    struct virtio_gpu_resp_display_info info;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), &info, sizeof(info) - 1), UNSPEC);
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), &info, sizeof(info)),
            VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

/* The guest may cut requests and answers where it likes. */
Test(control, takes_requests_and_answers_in_pieces_of_one_byte)
{
    uint64_t page = guest_alloc(&guest, 4096);
    uint64_t answer = guest_alloc(&guest, 4096);
    uint64_t at = guest_alloc(&guest, 4096);
    struct virtio_gpu_ctx_destroy ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_DESTROY,
                                                  .flags = VIRTIO_GPU_FLAG_FENCE,
                                                  .fence_id = 0x1122334455667788,
                                                  .ctx_id = 9 } };
    memcpy(guest_at(&guest, page), &ask, sizeof(ask));
    struct vring_desc *table = guest_at(&guest, at);
    for (uint16_t i = 0; i < 2 * HEADER_LEN; i++) {
        bool out = i >= HEADER_LEN;
        uint16_t flags = (uint16_t)((out ? VRING_DESC_F_WRITE : 0) |
                (i + 1 < 2 * HEADER_LEN ? VRING_DESC_F_NEXT : 0));
        /* Written backwards, so that nothing works by accident. */
        uint64_t place = out ? answer + 100 - i : page + i;
        table[i] = (struct vring_desc){ place, 1, flags, (uint16_t)(i + 1) };
    }
    guest_describe(&guest, VGPU_QUEUE_CONTROL, 0,
            &(struct vring_desc){ at, 2 * HEADER_LEN * 16, VRING_DESC_F_INDIRECT, 0 });
    guest_offer(&guest, VGPU_QUEUE_CONTROL, 0);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CONTROL);
    cr_assert(guest_collect(&guest, VGPU_QUEUE_CONTROL, 0));
    uint8_t got[HEADER_LEN];
    for (size_t i = 0; i < HEADER_LEN; i++) {
        got[i] = *(uint8_t *)guest_at(&guest, answer + 100 - HEADER_LEN - i);
    }
    struct virtio_gpu_ctrl_hdr header;
    memcpy(&header, got, sizeof(header));
    cr_assert_eq(header.type, BAD_CONTEXT);
    cr_assert_eq(header.fence_id, 0x1122334455667788);
}

/* Information */

Test(control, tells_its_outputs)
{
    struct virtio_gpu_ctrl_hdr ask = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
    struct virtio_gpu_resp_display_info info;
    tear_down();
    guest_open(&guest, &(struct vgpu_config){ .outputs = 2, .width = 640, .height = 480 },
            VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), &info, sizeof(info)),
            VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
    for (unsigned i = 0; i < VIRTIO_GPU_MAX_SCANOUTS; i++) {
        cr_assert_eq(info.pmodes[i].enabled, i < 2 ? 1 : 0);
        cr_assert_eq(info.pmodes[i].r.width, i < 2 ? 640 : 0);
        cr_assert_eq(info.pmodes[i].r.height, i < 2 ? 480 : 0);
    }
}

static void ask_edid(uint32_t output, uint32_t expected, struct virtio_gpu_resp_edid *edid)
{
    struct virtio_gpu_cmd_get_edid ask = { .hdr = { .type = VIRTIO_GPU_CMD_GET_EDID },
        .scanout = output };
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), edid, sizeof(*edid)), expected);
}

Test(control, tells_the_edid_of_an_output)
{
    struct virtio_gpu_resp_edid edid;
    tear_down();
    guest_open(&guest, &(struct vgpu_config){ .outputs = 2, .width = 640, .height = 480 },
            VIT_CUSTODY_DRIVER);
    ask_edid(1, VIRTIO_GPU_RESP_OK_EDID, &edid);
    cr_assert_eq(edid.size, 128);
    uint8_t sum = 0;
    for (unsigned i = 0; i < 128; i++) {
        sum = (uint8_t)(sum + edid.edid[i]);
    }
    cr_assert_eq(sum, 0);
    cr_assert_eq(edid.edid[56] | (edid.edid[58] & 0xf0) << 4, 640);
    cr_assert_eq(edid.edid[59] | (edid.edid[61] & 0xf0) << 4, 480);
    ask_edid(2, VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID, &edid);
}

static uint32_t capset_info(uint32_t index, struct virtio_gpu_resp_capset_info *info)
{
    struct virtio_gpu_get_capset_info ask = { .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO },
        .capset_index = index };
    return guest_call(&guest, &ask, sizeof(ask), info, sizeof(*info));
}

static uint32_t get_capset(uint32_t id, uint32_t version, void *answer, size_t len)
{
    struct virtio_gpu_get_capset ask = { .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET },
        .capset_id = id,
        .capset_version = version };
    return guest_call(&guest, &ask, sizeof(ask), answer, len);
}

Test(control, has_one_capset_that_says_what_it_is)
{
    struct virtio_gpu_resp_capset_info info;
    cr_assert_eq(capset_info(0, &info), VIRTIO_GPU_RESP_OK_CAPSET_INFO);
    cr_assert_eq(info.capset_id, VIT_CAPSET_ID);
    cr_assert_eq(info.capset_max_version, VIT_CAPSET_VERSION);

    size_t chain_len;
    uint8_t *chain = guest_read_file("driver.der", &chain_len);
    cr_assert_eq(info.capset_max_size, VIT_CAPSET_HEADER_LEN + chain_len);
    uint8_t *answer = malloc(HEADER_LEN + info.capset_max_size);
    for (uint32_t version = 0; version <= VIT_CAPSET_VERSION; version++) {
        cr_assert_eq(get_capset(VIT_CAPSET_ID, version, answer, HEADER_LEN + info.capset_max_size),
                VIRTIO_GPU_RESP_OK_CAPSET);
        struct vit_capset capset;
        cr_assert_eq(vit_capset_decode(answer + HEADER_LEN, info.capset_max_size, &capset), VIT_OK);
        cr_assert_eq(capset.custody, VIT_CUSTODY_DRIVER);
        cr_assert_eq(capset.outputs, 1);
        cr_assert_eq(capset.session_limit, 16384);
        cr_assert_eq(capset.byte_limit, UINT64_C(1) << 30);
        cr_assert_eq(capset.chain_len, chain_len);
        cr_assert_arr_eq(capset.chain, chain, chain_len);
    }
    free(answer);
    free(chain);
}

Test(control, refuses_other_capsets)
{
    struct virtio_gpu_resp_capset_info info;
    uint8_t answer[8192];
    cr_assert_eq(capset_info(1, &info), BAD_PARAMETER);
    cr_assert_eq(get_capset(VIT_CAPSET_ID, VIT_CAPSET_VERSION + 1, answer, sizeof(answer)),
            BAD_PARAMETER);
    cr_assert_eq(get_capset(VIRTIO_GPU_CAPSET_VIRGL, 1, answer, sizeof(answer)), BAD_PARAMETER);
    cr_assert_eq(get_capset(0, 0, answer, sizeof(answer)), BAD_PARAMETER);
}

/* Contexts */

Test(control, creates_and_destroys_contexts)
{
    cr_assert_eq(guest_context_create(&guest, 3), OK);
    cr_assert_eq(guest_context_create(&guest, 3), BAD_CONTEXT);
    cr_assert_eq(guest_context_create(&guest, 0), BAD_CONTEXT);
    cr_assert_eq(guest_context_create(&guest, UINT32_MAX), BAD_CONTEXT);
    cr_assert_eq(guest_context_destroy(&guest, 4), BAD_CONTEXT);
    cr_assert_eq(guest_context_destroy(&guest, 3), OK);
    cr_assert_eq(guest_context_destroy(&guest, 3), BAD_CONTEXT);
}

Test(control, attaches_only_what_is_there)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest_create_buffer(&guest, 5, 64), OK);
    cr_assert_eq(guest_attach(&guest, 2, 5), BAD_CONTEXT);
    cr_assert_eq(guest_attach(&guest, 0, 5), BAD_CONTEXT);
    cr_assert_eq(guest_attach(&guest, 1, 6), BAD_RESOURCE);
    cr_assert_eq(guest_attach(&guest, 1, 0), BAD_RESOURCE);
    cr_assert_eq(guest_attach(&guest, 1, 5), OK);
    cr_assert_eq(guest_detach(&guest, 2, 5), BAD_CONTEXT);
    cr_assert_eq(guest_detach(&guest, 1, 6), BAD_RESOURCE);
    cr_assert_eq(guest_detach(&guest, 1, 5), OK);
}

Test(control, refuses_protected_bytes_above_the_limit_of_a_context)
{
    tear_down();
    guest_open(&guest, &(struct vgpu_config){ .byte_limit = 4096 }, VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest_create_protected(&guest, 5, VIT_FORMAT_BGRX, 32, 32), OK);
    cr_assert_eq(guest_create_protected(&guest, 6, VIT_FORMAT_BGRX, 1, 1), OK);
    cr_assert_eq(guest_attach(&guest, 1, 5), OK);
    cr_assert_eq(guest_attach(&guest, 1, 6), NO_MEMORY);
    cr_assert_eq(guest_unref(&guest, 5), OK);
    cr_assert_eq(guest_attach(&guest, 1, 6), OK);
}

Test(control, refuses_protected_bytes_above_the_limit_of_the_device)
{
    tear_down();
    guest_open(&guest, &(struct vgpu_config){ .byte_limit = 4096 }, VIT_CUSTODY_DRIVER);
    for (uint32_t id = 1; id <= 4; id++) {
        cr_assert_eq(guest_context_create(&guest, id), OK);
        cr_assert_eq(guest_create_protected(&guest, id, VIT_FORMAT_BGRX, 32, 32), OK);
        cr_assert_eq(guest_attach(&guest, id, id), OK);
    }
    cr_assert_eq(guest_create_protected(&guest, 5, VIT_FORMAT_BGRX, 1, 1), NO_MEMORY);
    cr_assert_eq(guest_unref(&guest, 2), OK);
    cr_assert_eq(guest_create_protected(&guest, 5, VIT_FORMAT_BGRX, 32, 32), OK);
}

/* Resources */

Test(control, creates_images_of_two_formats)
{
    cr_assert_eq(guest_create_image(&guest, 1, 1, 64, 32), OK);
    cr_assert_eq(guest_create_image(&guest, 2, 2, 64, 32), OK);
    cr_assert_eq(guest_create_image(&guest, 3, 3, 64, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_image(&guest, 3, 64, 64, 1), BAD_PARAMETER);
    cr_assert_eq(guest_create_image(&guest, 3, VIT_FORMAT_NV12, 64, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_image(&guest, 3, 1, 0, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_image(&guest, 3, 1, 64, 0), BAD_PARAMETER);
    cr_assert_eq(guest_create_image(&guest, 3, 1, 16385, 1), BAD_PARAMETER);
    cr_assert_eq(guest_create_image(&guest, 3, 1, UINT32_MAX, UINT32_MAX), BAD_PARAMETER);
}

Test(control, refuses_resource_ids_that_are_0_or_in_use)
{
    cr_assert_eq(guest_create_image(&guest, 0, 1, 64, 32), BAD_RESOURCE);
    cr_assert_eq(guest_create_image(&guest, 1, 1, 64, 32), OK);
    cr_assert_eq(guest_create_image(&guest, 1, 1, 64, 32), BAD_RESOURCE);
    cr_assert_eq(guest_create_buffer(&guest, 1, 64), BAD_RESOURCE);
    cr_assert_eq(guest_create_protected(&guest, 1, 1, 64, 32), BAD_RESOURCE);
    cr_assert_eq(guest_create_protected(&guest, 0, 1, 64, 32), BAD_RESOURCE);
    cr_assert_eq(guest_unref(&guest, 0), BAD_RESOURCE);
    cr_assert_eq(guest_unref(&guest, 2), BAD_RESOURCE);
    cr_assert_eq(guest_unref(&guest, 1), OK);
    cr_assert_eq(guest_unref(&guest, 1), BAD_RESOURCE);
    cr_assert_eq(guest_create_buffer(&guest, 1, 64), OK);
}

static struct virtio_gpu_resource_create_3d buffer_request(uint32_t id)
{
    return (struct virtio_gpu_resource_create_3d){
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = id,
        .target = VIT_TARGET_BUFFER,
        .format = 64,
        .bind = VIT_BIND_STAGING,
        .width = 64,
        .height = 1,
        .depth = 1,
        .array_size = 1,
    };
}

static uint32_t create_3d(const struct virtio_gpu_resource_create_3d *ask)
{
    return guest_call(&guest, ask, sizeof(*ask), NULL, 0);
}

Test(control, creates_buffers_of_one_kind_only)
{
    struct virtio_gpu_resource_create_3d ask = buffer_request(1);
    cr_assert_eq(create_3d(&ask), OK);
    ask = buffer_request(2);
    ask.target = VIT_TARGET_2D;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = buffer_request(2);
    ask.bind = 2;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = buffer_request(2);
    ask.format = 1;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = buffer_request(2);
    ask.flags = 1;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = buffer_request(2);
    ask.flags = VIT_RESOURCE_FLAG_PROTECTED | 1;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = buffer_request(2);
    ask.height = 2;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask = buffer_request(2);
    ask.width = VIT_BUFFER_MAX_LEN + 1;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask.width = VIT_BUFFER_MAX_LEN;
    cr_assert_eq(create_3d(&ask), OK);
}

Test(control, creates_pictures_in_guest_memory)
{
    static const uint32_t formats[] = { VIT_FORMAT_BGRA, VIT_FORMAT_BGRX, VIT_FORMAT_NV12 };
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(guest_create_picture(&guest, i + 1, formats[i], 64, 32), OK);
    }
    cr_assert_eq(guest_create_picture(&guest, 1, VIT_FORMAT_BGRX, 64, 32), BAD_RESOURCE);
    cr_assert_eq(guest_create_picture(&guest, 9, VIT_FORMAT_BYTES, 64, 1), UNSPEC);
    cr_assert_eq(guest_create_picture(&guest, 9, 5, 64, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_picture(&guest, 9, VIT_FORMAT_BGRX, 0, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_picture(&guest, 9, VIT_FORMAT_BGRX, VIT_SURFACE_MAX_SIDE + 1, 1),
            BAD_PARAMETER);
    cr_assert_eq(guest_create_picture(&guest, 9, VIT_FORMAT_NV12, 63, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_picture(&guest, 9, VIT_FORMAT_NV12, 64, 31), BAD_PARAMETER);
    cr_assert_eq(guest_create_picture(&guest, 9, VIT_FORMAT_BGRX, 63, 31), OK);
}

static struct virtio_gpu_resource_create_3d picture_request(uint32_t id)
{
    struct virtio_gpu_resource_create_3d ask = buffer_request(id);
    ask.target = VIT_TARGET_2D;
    ask.format = VIT_FORMAT_NV12;
    ask.height = 32;
    return ask;
}

Test(control, creates_pictures_in_guest_memory_without_levels_or_layers)
{
    struct virtio_gpu_resource_create_3d ask = picture_request(2);
    ask.last_level = 1;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask = picture_request(2);
    ask.depth = 2;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask = picture_request(2);
    ask.array_size = 2;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask = picture_request(2);
    ask.nr_samples = 4;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask = picture_request(2);
    ask.target = VIT_TARGET_BUFFER;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = picture_request(2);
    ask.bind = 0;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = picture_request(2);
    ask.flags = 1;
    cr_assert_eq(create_3d(&ask), UNSPEC);
    ask = picture_request(2);
    cr_assert_eq(create_3d(&ask), OK);
}

Test(control, creates_protected_pictures_without_levels_or_layers)
{
    struct virtio_gpu_resource_create_3d ask = buffer_request(2);
    ask.flags = VIT_RESOURCE_FLAG_PROTECTED;
    ask.last_level = 1;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask.last_level = 0;
    ask.array_size = 2;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask.array_size = 1;
    ask.depth = 2;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask.depth = 1;
    ask.nr_samples = 4;
    cr_assert_eq(create_3d(&ask), BAD_PARAMETER);
    ask.nr_samples = 0;
    cr_assert_eq(create_3d(&ask), OK);
    cr_assert_eq(guest_create_protected(&guest, 3, VIT_FORMAT_NV12, 64, 32), OK);
    cr_assert_eq(guest_create_protected(&guest, 4, VIT_FORMAT_NV12, 63, 32), BAD_PARAMETER);
    cr_assert_eq(guest_create_protected(&guest, 4, 5, 64, 32), BAD_PARAMETER);
}

/* Backing */

Test(control, backs_a_resource_once)
{
    uint64_t page = guest_alloc(&guest, 4096);
    cr_assert_eq(guest_create_buffer(&guest, 1, 4096), OK);
    cr_assert_eq(guest_back(&guest, 2, page, 4096), BAD_RESOURCE);
    cr_assert_eq(guest_back(&guest, 1, page, 4096), OK);
    cr_assert_eq(guest_back(&guest, 1, page, 4096), UNSPEC);
    cr_assert_eq(guest_unback(&guest, 2), BAD_RESOURCE);
    cr_assert_eq(guest_unback(&guest, 1), OK);
    cr_assert_eq(guest_unback(&guest, 1), UNSPEC);
    cr_assert_eq(guest_back(&guest, 1, page, 4096), OK);
}

Test(control, refuses_backing_outside_memory)
{
    cr_assert_eq(guest_create_buffer(&guest, 1, 4096), OK);
    cr_assert_eq(guest_back(&guest, 1, GUEST_LOW_LEN, 4096), BAD_PARAMETER);
    cr_assert_eq(guest_back(&guest, 1, GUEST_LOW_LEN - 4095, 4096), BAD_PARAMETER);
    cr_assert_eq(guest_back(&guest, 1, UINT64_MAX - 4094, 4096), BAD_PARAMETER);
    cr_assert_eq(guest_back(&guest, 1, 0, UINT32_MAX), BAD_PARAMETER);
    cr_assert_eq(guest_back(&guest, 1, 4096, 0), BAD_PARAMETER);
    cr_assert_eq(guest_back(&guest, 1, GUEST_LOW_LEN - 4096, 4096), OK);
}

Test(control, refuses_more_entries_than_came)
{
    struct {
        struct virtio_gpu_resource_attach_backing ask;
        struct virtio_gpu_mem_entry entries[2];
    } request = { .ask = { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING },
                          .resource_id = 1 } };
    cr_assert_eq(guest_create_buffer(&guest, 1, 4096), OK);
    request.entries[0] = (struct virtio_gpu_mem_entry){ 4096, 4096, 0 };
    request.entries[1] = (struct virtio_gpu_mem_entry){ 12288, 4096, 0 };
    static const uint32_t wrong[] = { 0, 3, 1 << 20, 0x10000001, UINT32_MAX };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        request.ask.nr_entries = wrong[i];
        cr_assert_eq(guest_call(&guest, &request, sizeof(request), NULL, 0), BAD_PARAMETER);
    }
    request.ask.nr_entries = 2;
    cr_assert_eq(guest_call(&guest, &request, sizeof(request), NULL, 0), OK);
}

Test(control, keeps_runs_of_pages_as_one_piece)
{
    struct {
        struct virtio_gpu_resource_attach_backing ask;
        struct virtio_gpu_mem_entry entries[4];
    } request = { .ask = { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING },
                          .resource_id = 1,
                          .nr_entries = 4 } };
    static const uint64_t pages[] = { 0x10000, 0x11000, 0x13000, 0x12000 };
    for (size_t i = 0; i < 4; i++) {
        request.entries[i] = (struct virtio_gpu_mem_entry){ pages[i], 4096, 0 };
    }
    cr_assert_eq(guest_create_buffer(&guest, 1, 4 * 4096), OK);
    cr_assert_eq(guest_call(&guest, &request, sizeof(request), NULL, 0), OK);
    const struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 1);
    cr_assert_eq(resource->backing_count, 3);
    cr_assert_eq(resource->backing_len, 4 * 4096);
    cr_assert_eq(guest.device->objects.backing_count, 3);
    cr_assert_eq(guest_unback(&guest, 1), OK);
    cr_assert_eq(guest.device->objects.backing_count, 0);
}

Test(control, takes_backing_of_many_pages)
{
    enum { COUNT = 1000 };
    uint64_t pages[COUNT];
    cr_assert_eq(guest_create_buffer(&guest, 1, COUNT * 4096), OK);
    cr_assert_eq(guest_back_scattered(&guest, 1, pages, COUNT), OK);
    const struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 1);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t len = 0;
        cr_assert_eq(vgpu_resource_piece(resource, i * 4096 + 1, 1, &len),
                (uint8_t *)guest_at(&guest, pages[i]) + 1);
    }
}

Test(control, never_touches_the_page_behind_a_protected_resource)
{
    uint64_t page = guest_alloc(&guest, 4096);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_protected(&guest, 1, 5, VIT_FORMAT_BGRX, 32, 32);
    memset(guest_at(&guest, page), 0x77, 4096);
    cr_assert_eq(guest_back(&guest, 5, page, 4096), OK);
    const struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 5);
    cr_assert_null(resource->backing);
    cr_assert_eq(guest_unback(&guest, 5), OK);
    cr_assert_eq(guest_unref(&guest, 5), OK);
    for (size_t i = 0; i < 4096; i++) {
        cr_assert_eq(((uint8_t *)guest_at(&guest, page))[i], 0x77);
    }
}

/* Transfers */

static uint32_t transfer_3d(uint32_t type, uint32_t resource, const struct virtio_gpu_box *box,
        uint64_t offset, uint32_t stride)
{
    struct virtio_gpu_transfer_host_3d ask = { .hdr = { .type = type },
        .box = *box,
        .offset = offset,
        .resource_id = resource,
        .stride = stride };
    return guest_call(&guest, &ask, sizeof(ask), NULL, 0);
}

static uint64_t make_image(uint32_t id, uint32_t width, uint32_t height)
{
    uint64_t address = guest_alloc(&guest, (uint64_t)width * height * 4);
    cr_assert_eq(guest_create_image(&guest, id, VIT_FORMAT_BGRX, width, height), OK);
    cr_assert_eq(guest_back(&guest, id, address, width * height * 4), OK);
    return address;
}

Test(control, transfers_a_rectangle_of_an_image)
{
    enum { WIDTH = 16, HEIGHT = 8 };
    uint8_t *pixels = guest_at(&guest, make_image(1, WIDTH, HEIGHT));
    for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        pixels[i] = (uint8_t)(i * 7 + 1);
    }
    uint64_t offset = (2 * WIDTH + 3) * 4;
    cr_assert_eq(guest_transfer(&guest, 1, offset, 3, 2, 5, 4), OK);
    const uint8_t *storage = vgpu_objects_resource(&guest.device->objects, 1)->storage;
    for (size_t y = 0; y < HEIGHT; y++) {
        for (size_t x = 0; x < WIDTH; x++) {
            bool inside = x >= 3 && x < 8 && y >= 2 && y < 6;
            size_t at = (y * WIDTH + x) * 4;
            cr_assert_eq(storage[at], inside ? pixels[at] : 0, "%zu %zu", x, y);
        }
    }
}

Test(control, refuses_transfers_outside_picture_or_backing)
{
    (void)make_image(1, 16, 8);
    cr_assert_eq(guest_transfer(&guest, 9, 0, 0, 0, 16, 8), BAD_RESOURCE);
    cr_assert_eq(guest_transfer(&guest, 1, 0, 1, 0, 16, 8), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, 0, 0, 1, 16, 8), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, 0, UINT32_MAX, 0, 2, 1), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, 0, 0, 0, UINT32_MAX, UINT32_MAX), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, 4, 0, 0, 16, 8), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, UINT64_MAX, 0, 0, 16, 8), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, UINT64_MAX - 511, 0, 0, 16, 8), BAD_PARAMETER);
    cr_assert_eq(guest_transfer(&guest, 1, 0, 0, 0, 16, 8), OK);
    cr_assert_eq(guest_transfer(&guest, 1, 0, 16, 8, 0, 0), OK);
    cr_assert_eq(guest_unback(&guest, 1), OK);
    cr_assert_eq(guest_transfer(&guest, 1, 0, 0, 0, 16, 8), BAD_PARAMETER);
}

Test(control, transfers_back_with_a_stride)
{
    enum { WIDTH = 4, HEIGHT = 3 };
    uint8_t *pixels = guest_at(&guest, make_image(1, WIDTH, HEIGHT));
    uint8_t first[WIDTH * HEIGHT * 4];
    for (size_t i = 0; i < sizeof(first); i++) {
        pixels[i] = first[i] = (uint8_t)(i + 1);
    }
    struct virtio_gpu_box all = { 0, 0, 0, WIDTH, HEIGHT, 1 };
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 1, &all, 0, 0), OK);
    memset(pixels, 0, sizeof(first));
    struct virtio_gpu_box part = { 1, 1, 0, 2, 2, 1 };
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, &part, 4, 12), OK);
    uint8_t expected[sizeof(first)] = { 0 };
    memcpy(expected + 4, first + (1 * WIDTH + 1) * 4, 8);
    memcpy(expected + 16, first + (2 * WIDTH + 1) * 4, 8);
    cr_assert_arr_eq(pixels, expected, sizeof(expected));
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, &part, 4, 7), BAD_PARAMETER,
            "rows would overlap");
    part.d = 2;
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, &part, 0, 0), BAD_PARAMETER);
}

Test(control, transfers_through_a_scattered_backing)
{
    enum { COUNT = 16 };
    uint64_t pages[COUNT];
    cr_assert_eq(guest_create_image(&guest, 1, VIT_FORMAT_BGRX, 1024, 16), OK);
    cr_assert_eq(guest_back_scattered(&guest, 1, pages, COUNT), OK);
    for (size_t i = 0; i < COUNT; i++) {
        memset(guest_at(&guest, pages[i]), (int)i + 1, 4096);
    }
    cr_assert_eq(guest_transfer(&guest, 1, 0, 0, 0, 1024, 16), OK);
    const uint8_t *storage = vgpu_objects_resource(&guest.device->objects, 1)->storage;
    for (size_t i = 0; i < COUNT * 4096; i++) {
        cr_assert_eq(storage[i], i / 4096 + 1);
    }
}

Test(control, does_nothing_for_transfers_of_a_buffer)
{
    struct virtio_gpu_box box = { 0, 0, 0, 64, 1, 1 };
    cr_assert_eq(guest_create_buffer(&guest, 1, 64), OK);
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 1, &box, 0, 0), OK);
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, &box, 0, 0), OK);
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 2, &box, 0, 0), BAD_RESOURCE);
}

Test(control, refuses_every_transfer_of_a_protected_resource)
{
    uint64_t page = guest_alloc(&guest, 4096);
    struct virtio_gpu_box box = { 0, 0, 0, 32, 32, 1 };
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_protected(&guest, 1, 5, VIT_FORMAT_BGRX, 32, 32);
    cr_assert_eq(guest_back(&guest, 5, page, 4096), OK);
    struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 5);
    memset(resource->storage, 0xa5, 4096);
    memset(guest_at(&guest, page), 0x77, 4096);
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 5, &box, 0, 0), UNSPEC);
    cr_assert_eq(transfer_3d(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 5, &box, 0, 0), UNSPEC);
    cr_assert_eq(guest_transfer(&guest, 5, 0, 0, 0, 32, 32), UNSPEC);
    for (size_t i = 0; i < 4096; i++) {
        cr_assert_eq(((uint8_t *)guest_at(&guest, page))[i], 0x77, "the guest's is untouched");
        cr_assert_eq(resource->storage[i], 0xa5, "ours, too");
    }
}

/* Submissions and fences */

Test(control, hands_a_vendor_submission_to_the_engine)
{
    uint8_t bytes[256];
    open_contexts(1);
    size_t len = build_nop(bytes, sizeof(bytes), 3);
    cr_assert_eq(guest_submit(&guest, 1, bytes, len), OK);
    cr_assert(replied(3));
    cr_assert_eq(reply_status(3), VIT_OK);
}

Test(control, refuses_submissions_that_are_not_ours)
{
    uint8_t bytes[256] = { 0 };
    open_contexts(1);
    size_t len = build_nop(bytes, sizeof(bytes), 3);
    cr_assert_eq(guest_submit(&guest, 2, bytes, len), BAD_CONTEXT);
    cr_assert_eq(guest_submit(&guest, 0, bytes, len), BAD_CONTEXT);
    bytes[0] ^= 1;
    cr_assert_eq(guest_submit(&guest, 1, bytes, len), UNSPEC);
    cr_assert_eq(guest_submit(&guest, 1, bytes, 3), UNSPEC);
    cr_assert_eq(guest_submit(&guest, 1, bytes, 0), UNSPEC);
    cr_assert_not(replied(3));
}

Test(control, refuses_submissions_cut_anywhere)
{
    uint8_t bytes[256];
    open_contexts(1);
    size_t len = build_nop(bytes, sizeof(bytes), 3);
    for (size_t cut = 4; cut < len; cut++) {
        cr_assert_eq(guest_submit(&guest, 1, bytes, cut), BAD_PARAMETER, "%zu", cut);
    }
    cr_assert_not(replied(3));
}

Test(control, refuses_a_submission_longer_than_its_request_or_the_limit)
{
    open_contexts(1);
    size_t room = VIT_SUBMISSION_MAX_LEN + 4096;
    uint8_t *request = calloc(1, room);
    struct virtio_gpu_cmd_submit ask = { .hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = 1 } };
    size_t len = build_nop(request + sizeof(ask), room - sizeof(ask), 3);
    ask.size = (uint32_t)len + 1;
    memcpy(request, &ask, sizeof(ask));
    cr_assert_eq(guest_call(&guest, request, sizeof(ask) + len, NULL, 0), BAD_PARAMETER);
    ask.size = UINT32_MAX;
    memcpy(request, &ask, sizeof(ask));
    cr_assert_eq(guest_call(&guest, request, sizeof(ask) + len, NULL, 0), BAD_PARAMETER);
    ask.size = VIT_SUBMISSION_MAX_LEN + 1;
    memcpy(request, &ask, sizeof(ask));
    cr_assert_eq(guest_call(&guest, request, room, NULL, 0), BAD_PARAMETER);
    cr_assert_not(replied(3));
    free(request);
}

Test(control, answers_carry_the_fence_that_was_asked_for)
{
    struct virtio_gpu_ctx_create ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE,
                                                 .flags = VIRTIO_GPU_FLAG_FENCE,
                                                 .fence_id = 0x123456789a,
                                                 .ctx_id = 7 } };
    struct virtio_gpu_ctrl_hdr answer;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), &answer, sizeof(answer)), OK);
    cr_assert_eq(answer.flags, VIRTIO_GPU_FLAG_FENCE);
    cr_assert_eq(answer.fence_id, 0x123456789a);
    cr_assert_eq(answer.ctx_id, 7);
    ask.hdr.flags = 0;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), &answer, sizeof(answer)), BAD_CONTEXT);
    cr_assert_eq(answer.flags, 0);
    cr_assert_eq(answer.fence_id, 0);
}

/* Every blt goes to a worker: it is not done before the device is polled. */
static void open_slow(uint32_t contexts)
{
    tear_down();
    guest_open(&guest, &(struct vgpu_config){ .inline_len = 1 }, VIT_CUSTODY_DRIVER);
    open_contexts(contexts);
    memset(guest_at(&guest, guest_make_buffer(&guest, 1, 10, 65536)), 0x5a, 65536);
    (void)guest_make_buffer(&guest, 1, 11, 65536);
}

Test(control, a_fence_waits_for_the_earlier_one_of_another_context)
{
    uint8_t bytes[256];
    open_slow(2);
    size_t len = build_copy(bytes, sizeof(bytes), 1, 10, 11, 65536);
    struct guest_request slow = guest_post_submit(&guest, 1, bytes, len, true);
    cr_assert_not(guest_answered(&guest, &slow));
    cr_assert(vgpu_device_busy(guest.device));

    unsigned interrupts = guest.interrupts[VGPU_QUEUE_CONTROL];
    len = build_nop(bytes, sizeof(bytes), 2);
    struct guest_request quick = guest_post_submit(&guest, 2, bytes, len, true);
    cr_assert(replied(2), "its reply is there");
    cr_assert_not(guest_answered(&guest, &quick), "its fence is not");
    cr_assert_gt(guest.interrupts[VGPU_QUEUE_CONTROL], interrupts, "but the driver is told");

    cr_assert_eq(guest_wait(&guest, &slow), OK);
    cr_assert(guest_answered(&guest, &quick));
    const struct vring_used *used = guest_at(&guest, guest.rings[VGPU_QUEUE_CONTROL].used);
    uint16_t last = (uint16_t)(used->idx - 1);
    cr_assert_eq(used->ring[last % GUEST_RING_SIZE].id, quick.head);
    cr_assert_eq(used->ring[(uint16_t)(last - 1) % GUEST_RING_SIZE].id, slow.head);
    cr_assert_not(vgpu_device_busy(guest.device));
}

Test(control, an_unfenced_command_is_answered_at_once)
{
    uint8_t bytes[256];
    open_slow(1);
    size_t len = build_copy(bytes, sizeof(bytes), 1, 10, 11, 65536);
    struct guest_request slow = guest_post_submit(&guest, 1, bytes, len, true);
    struct virtio_gpu_ctrl_hdr ask = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
    struct guest_request quick = guest_post(&guest, &ask, sizeof(ask), 408);
    cr_assert(guest_answered(&guest, &quick));
    cr_assert_not(guest_answered(&guest, &slow));
    cr_assert_eq(guest_wait(&guest, &slow), OK);
}

Test(control, an_unfenced_submission_is_answered_at_once_and_done_later)
{
    uint8_t bytes[256];
    open_slow(1);
    size_t len = build_copy(bytes, sizeof(bytes), 1, 10, 11, 65536);
    struct guest_request slow = guest_post_submit(&guest, 1, bytes, len, false);
    cr_assert(guest_answered(&guest, &slow));
    cr_assert_eq(guest_answer_type(&guest, &slow), OK);
    cr_assert_not(replied(1));
    unsigned interrupts = guest.interrupts[VGPU_QUEUE_CONTROL];
    guest_settle(&guest);
    cr_assert(replied(1));
    cr_assert_gt(guest.interrupts[VGPU_QUEUE_CONTROL], interrupts);
}

Test(control, a_submission_whose_resource_goes_is_answered_with_an_error)
{
    uint8_t bytes[256];
    open_slow(1);
    size_t len = build_copy(bytes, sizeof(bytes), 1, 10, 11, 65536);
    struct guest_request slow = guest_post_submit(&guest, 1, bytes, len, true);
    cr_assert_eq(guest_unref(&guest, 11), OK);
    uint32_t type = guest_wait(&guest, &slow);
    cr_assert(type == UNSPEC || type == OK, "cancelled, or done before");
    cr_assert(replied(1));
    cr_assert_eq(reply_status(1) == VIT_OK, type == OK);
}

Test(control, submissions_of_a_destroyed_context_are_answered)
{
    uint8_t bytes[256];
    struct guest_request posted[4];
    open_slow(1);
    for (uint64_t i = 0; i < 4; i++) {
        size_t len = build_copy(bytes, sizeof(bytes), 1 + i, 10, 11, 65536);
        posted[i] = guest_post_submit(&guest, 1, bytes, len, true);
    }
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    for (size_t i = 0; i < 4; i++) {
        cr_assert(guest_answered(&guest, &posted[i]));
        cr_assert_eq(guest_answer_type(&guest, &posted[i]), UNSPEC);
    }
}

Test(control, detached_backing_is_not_written_any_more)
{
    uint8_t bytes[256];
    open_slow(1);
    struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 11);
    uint8_t *backing = resource->backing[0].iov_base;
    size_t len = build_copy(bytes, sizeof(bytes), 1, 10, 11, 65536);
    struct guest_request slow = guest_post_submit(&guest, 1, bytes, len, true);
    cr_assert_eq(guest_unback(&guest, 11), OK);
    memset(backing, 0x11, 65536);
    (void)guest_wait(&guest, &slow);
    for (size_t i = 0; i < 65536; i++) {
        cr_assert_eq(backing[i], 0x11);
    }
}

/* What a context gives up while a worker fills it: nothing comes after the wipe. */
Test(control, a_given_up_resource_is_not_filled_any_more)
{
    enum { LEN = 4 << 20, P = 20 };
    uint8_t bytes[256];
    open_slow(1);
    memset(guest_at(&guest, guest_make_buffer(&guest, 1, 12, LEN)), 0x5a, LEN);
    for (uint64_t round = 1; round < 20; round++) {
        cr_assert_eq(guest_create_protected(&guest, P, VIT_FORMAT_BGRX, 1024, 1024), OK);
        cr_assert_eq(guest_attach(&guest, 1, P), OK);
        size_t len = build_copy(bytes, sizeof(bytes), round, 12, P, LEN);
        struct guest_request slow = guest_post_submit(&guest, 1, bytes, len, true);
        cr_assert_eq(guest_detach(&guest, 1, P), OK);
        (void)guest_wait(&guest, &slow);
        const uint8_t *storage = vgpu_objects_resource(&guest.device->objects, P)->storage;
        for (size_t i = 0; i < LEN; i += 64) {
            cr_assert_eq(storage[i], 0);
        }
        cr_assert_eq(guest_unref(&guest, P), OK);
    }
}

/* A ring that is full of submissions of which the first is slow. */
Test(control, fences_fill_the_ring_and_come_back_in_order)
{
    enum { COUNT = GUEST_RING_SIZE / 2 };
    uint8_t bytes[256];
    struct guest_request posted[COUNT];
    open_slow(1);
    for (unsigned round = 0; round < 5; round++) {
        uint16_t first = guest.rings[VGPU_QUEUE_CONTROL].seen;
        for (size_t i = 0; i < COUNT; i++) {
            size_t len = build_copy(bytes, sizeof(bytes), 1 + i, 10, 11, 65536);
            posted[i] = guest_post_submit(&guest, 1, bytes, len, true);
        }
        cr_assert_eq(guest_wait(&guest, &posted[COUNT - 1]), OK);
        const struct vring_used *used = guest_at(&guest, guest.rings[VGPU_QUEUE_CONTROL].used);
        for (size_t i = 0; i < COUNT; i++) {
            cr_assert(guest_answered(&guest, &posted[i]));
            cr_assert_eq(used->ring[(first + i) % GUEST_RING_SIZE].id, posted[i].head);
        }
    }
}

/* The cursor's queue */

static void offer_cursor(const void *request, size_t len, size_t room)
{
    uint64_t place = guest_alloc(&guest, len + room);
    memcpy(guest_at(&guest, place), request, len);
    uint16_t flags = room > 0 ? VRING_DESC_F_NEXT : 0;
    guest_describe(&guest, VGPU_QUEUE_CURSOR, 0,
            &(struct vring_desc){ place, (uint32_t)len, flags, 1 });
    guest_describe(&guest, VGPU_QUEUE_CURSOR, 1,
            &(struct vring_desc){ place + len, (uint32_t)room, VRING_DESC_F_WRITE, 0 });
    guest_offer(&guest, VGPU_QUEUE_CURSOR, 0);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CURSOR);
    cr_assert(guest_collect(&guest, VGPU_QUEUE_CURSOR, 0));
}

Test(control, takes_cursor_commands_with_and_without_room_for_an_answer)
{
    struct virtio_gpu_update_cursor ask = { .hdr = { .type = VIRTIO_GPU_CMD_MOVE_CURSOR } };
    offer_cursor(&ask, sizeof(ask), 0);
    cr_assert_eq(guest.rings[VGPU_QUEUE_CURSOR].len[0], 0);
    cr_assert_eq(guest.interrupts[VGPU_QUEUE_CURSOR], 1);
    offer_cursor(&ask, sizeof(ask), HEADER_LEN);
    cr_assert_eq(guest.rings[VGPU_QUEUE_CURSOR].len[0], HEADER_LEN);
    cr_assert_eq(guest.cursor_messages, 2);
    offer_cursor(&ask, 3, 1);
    cr_assert_eq(guest.rings[VGPU_QUEUE_CURSOR].len[0], 0);
    ask.pos.scanout_id = VGPU_MAX_OUTPUTS;
    offer_cursor(&ask, sizeof(ask), HEADER_LEN);
    cr_assert_eq(guest.cursor_messages, 2, "no such output");
}

Test(control, a_broken_queue_leaves_the_others_running)
{
    guest_set_available(&guest, VGPU_QUEUE_CURSOR, 9999);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CURSOR);
    cr_assert(guest.device->queues[VGPU_QUEUE_CURSOR].broken);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
}

/* A driver that throws anything at the device. */
Test(control, survives_requests_of_noise)
{
    uint32_t state = 12345;
    uint8_t request[256];
    open_contexts(1);
    for (unsigned round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof(request); i++) {
            state = state * 1664525 + 1013904223;
            request[i] = (state >> 24) < 160 ? 0 : (uint8_t)(state >> 16 & 7);
        }
        uint32_t base = state & 0x300 ? 0x200 : 0x100;
        vit_store_le32(request, base + (state >> 13) % 16);
        request[4] &= 1;
        request[16] = (state >> 5) & 1; /* contexts 0 and 1 */
        cr_assert_neq(guest_call(&guest, request, 24 + (state >> 7) % 200, NULL, 0), 0);
    }
    cr_assert_eq(guest_context_create(&guest, 77), OK);
}
