/* SPDX-License-Identifier: MIT */
/*
 * Writes the first inputs of each corpus, by our own encoders: fuzz-seeds CORPUS. Certificates and stores
 * of keys are new each time; the others come out the same.
 */
#include <bcrypt.h>
#include <errno.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "certs/authority.h"
#include "cng/ksp/ksp.h"
#include "cng/ksp/software/keyring.h"
#include "cng/ksp/software/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/machine.h"
#include "tools/vitrine/clip.h"
#include "vgpu/virtq.h"
#include "wire/envelope.h"
#include "wire/surface.h"
#include "wire/vhost_user.h"
#include "wire/virtio_gpu.h"

enum { SEED_MAX_LEN = 32768 };

struct seed {
    uint8_t bytes[SEED_MAX_LEN];
    struct vit_writer out;
};

static const char *corpus;

static void begin(struct seed *seed)
{
    vit_writer_init(&seed->out, seed->bytes, sizeof(seed->bytes));
}

static void end(const struct seed *seed, const char *fuzzer, const char *name)
{
    char path[4096];
    FUZZ_CHECK(vit_writer_ok(&seed->out));
    snprintf(path, sizeof(path), "%s/%s", corpus, fuzzer);
    FUZZ_CHECK(mkdir(path, 0777) == 0 || errno == EEXIST);
    snprintf(path, sizeof(path), "%s/%s/seed-%s", corpus, fuzzer, name);
    VIT_AUTO(stream) file = fopen(path, "we");
    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(fwrite(seed->bytes, 1, seed->out.at, file) == seed->out.at);
}

/* virtq: one image of a ring of eight with a request of two pieces, and what is done with it. */

static void put_descriptor(struct vit_writer *out, uint64_t address, uint32_t len, uint16_t flags,
        uint16_t next)
{
    vit_put_u64(out, address);
    vit_put_u32(out, len);
    vit_put_u16(out, flags);
    vit_put_u16(out, next);
}

static void virtq(const char *name, uint8_t flags, bool indirect)
{
    static const uint8_t script[] = { 2, 0, 0, 3, 1, 3, 2, 0, 1, 4, 130, 0, 9, 0, 0, 0, 5 };
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    vit_put_u8(out, 3);
    vit_put_u8(out, flags);
    vit_put_u16(out, 0);
    vit_put_u16(out, sizeof(script));
    vit_put_bytes(out, script, sizeof(script));
    if (indirect) {
        put_descriptor(out, 512, 48, VRING_DESC_F_INDIRECT, 0);
    } else {
        put_descriptor(out, 1024, 32, VRING_DESC_F_NEXT, 1);
    }
    put_descriptor(out, UINT64_C(0x100000000), 64, VRING_DESC_F_WRITE, 0);
    put_descriptor(out, 2048, 8, 0, 0);
    vit_put_zeros(out, 5 * 16);
    vit_put_u16(out, 0); /* available ring: three entries */
    vit_put_u16(out, 3);
    vit_put_u16(out, 0);
    vit_put_u16(out, 1);
    vit_put_u16(out, 2);
    vit_put_zeros(out, 512 - 10 - 128);
    put_descriptor(out, 1024, 16, VRING_DESC_F_NEXT, 1); /* the indirect table */
    put_descriptor(out, 1040, 16, VRING_DESC_F_NEXT, 2);
    put_descriptor(out, UINT64_C(0x100000100), 64, VRING_DESC_F_WRITE, 0);
    end(&seed, "virtq", name);
}

/* control: commands that belong together. */

static void put_command(struct vit_writer *out, uint32_t type, uint8_t flags, uint8_t context,
        const void *command, size_t len)
{
    const size_t head = sizeof(struct virtio_gpu_ctrl_hdr);
    vit_put_u8(out, machine_command_index(type));
    vit_put_u8(out, flags);
    vit_put_u8(out, context);
    vit_put_u8(out, (uint8_t)(len - head));
    vit_put_bytes(out, (const uint8_t *)command + head, len - head);
}

#define COMMAND(out, type, flags, context, structure, ...)                                         \
    put_command((out), (type), (flags), (context), &(const structure){ __VA_ARGS__ },              \
            sizeof(structure))

struct backing {
    struct virtio_gpu_resource_attach_backing head;
    struct virtio_gpu_mem_entry entries[2];
};

static void control_2d(void)
{
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    COMMAND(out, VIRTIO_GPU_CMD_GET_DISPLAY_INFO, 0, 0, struct virtio_gpu_ctrl_hdr, 0);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, 0, 0, struct virtio_gpu_resource_create_2d,
            .resource_id = 1, .format = VIT_FORMAT_BGRX, .width = 32, .height = 16);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, MACHINE_FENCED, 0, struct backing,
            .head = { .resource_id = 1, .nr_entries = 2 },
            .entries = { { MACHINE_FREE, 1024, 0 }, { MACHINE_HIGH, 4096, 0 } });
    COMMAND(out, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, MACHINE_SPLIT, 0,
            struct virtio_gpu_transfer_to_host_2d, .r = { 1, 2, 30, 13 }, .offset = 4,
            .resource_id = 1);
    COMMAND(out, VIRTIO_GPU_CMD_SET_SCANOUT, 0, 0, struct virtio_gpu_set_scanout,
            .r = { 0, 0, 32, 16 }, .scanout_id = 1, .resource_id = 1);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_FLUSH, MACHINE_FENCED, 0, struct virtio_gpu_resource_flush,
            .r = { 3, 3, 10, 10 }, .resource_id = 1);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, 0, 0,
            struct virtio_gpu_resource_detach_backing, .resource_id = 1);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_UNREF, MACHINE_SHORT_ANSWER, 0,
            struct virtio_gpu_resource_unref, .resource_id = 1);
    COMMAND(out, VIRTIO_GPU_CMD_UPDATE_CURSOR, MACHINE_CURSOR, 0, struct virtio_gpu_update_cursor,
            .resource_id = 1);
    end(&seed, "control", "2d");
}

static void control_3d(void)
{
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    COMMAND(out, VIRTIO_GPU_CMD_GET_CAPSET_INFO, 0, 0, struct virtio_gpu_get_capset_info, 0);
    COMMAND(out, VIRTIO_GPU_CMD_GET_CAPSET, 0, 0, struct virtio_gpu_get_capset, .capset_id = 29,
            .capset_version = 1);
    COMMAND(out, VIRTIO_GPU_CMD_CTX_CREATE, 0, 3, struct virtio_gpu_ctx_create, .nlen = 2,
            .debug_name = "ab");
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, 0, 0, struct virtio_gpu_resource_create_3d,
            .resource_id = 2, .target = 2, .format = VIT_FORMAT_BGRX, .width = 32, .height = 16,
            .depth = 1, .array_size = 1, .flags = VIT_RESOURCE_FLAG_PROTECTED);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, 0, 0, struct virtio_gpu_resource_create_3d,
            .resource_id = 3, .format = VIT_FORMAT_BYTES, .bind = VIT_BIND_STAGING, .width = 4096,
            .height = 1, .depth = 1, .array_size = 1);
    COMMAND(out, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 0, 3, struct virtio_gpu_ctx_resource,
            .resource_id = 2);
    COMMAND(out, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 0, 3, struct virtio_gpu_transfer_host_3d,
            .box = { 0, 0, 0, 8, 8, 1 }, .resource_id = 2);
    COMMAND(out, VIRTIO_GPU_CMD_SET_SCANOUT, 0, 0, struct virtio_gpu_set_scanout,
            .r = { 0, 0, 32, 16 }, .resource_id = 2);
    COMMAND(out, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, 0, 3, struct virtio_gpu_ctx_resource,
            .resource_id = 2);
    COMMAND(out, VIRTIO_GPU_CMD_CTX_DESTROY, MACHINE_FENCED, 3, struct virtio_gpu_ctx_destroy, 0);
    end(&seed, "control", "3d");
}

/* submit: the resources are those of fuzz_submit.c. */

static void put_body(struct vit_writer *out, uint8_t which, const void *body, uint8_t len)
{
    vit_put_u8(out, which);
    vit_put_u8(out, len);
    vit_put_bytes(out, body, len);
}

/* One message as an encoder makes it, its header replaced by the fuzzer's. */
static void put_message(struct vit_writer *out, const uint8_t *message, size_t len)
{
    uint16_t op = (uint16_t)(message[0] | message[1] << 8);
    uint8_t which = 0;
    while (vit_op_at(which)->op != op) {
        which++;
    }
    size_t body_len = len - VIT_MESSAGE_HEADER_LEN;
    put_body(out, which, message + VIT_MESSAGE_HEADER_LEN,
            (uint8_t)(body_len > 255 ? 255 : body_len));
}

static void begin_submission(struct vit_writer *out, uint8_t context, uint8_t count)
{
    vit_put_u8(out, 0);
    vit_put_u8(out, context);
    vit_put_u8(out, (uint8_t)(count - 1));
}

#define MESSAGE(out, put, ...)                                                                     \
    do {                                                                                           \
        uint8_t message_bytes[512];                                                                \
        struct vit_writer message;                                                                 \
        vit_writer_init(&message, message_bytes, sizeof(message_bytes));                           \
        put(&message, __VA_ARGS__);                                                                \
        put_message((out), message_bytes, message.at);                                             \
    } while (0)

static void submit_play(void)
{
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    begin_submission(out, 1, 3);
    MESSAGE(out, vit_put_decrypt,
            &(struct vit_msg_decrypt){ .session = 1,
                    .source = 11,
                    .destination = 31,
                    .length = 2048,
                    .flags = VIT_DECRYPT_CONTENT_KEY | VIT_DECRYPT_PARTIAL,
                    .prefix = 16,
                    .skip = 144,
                    .encrypt = 16,
                    .iv = { 9 } });
    MESSAGE(out, vit_put_copy,
            &(struct vit_msg_copy){ .source = 31,
                    .destination = 21,
                    .source_offset = 64,
                    .row_len = 32,
                    .rows = 8,
                    .source_pitch = 128,
                    .destination_pitch = 128 });
    MESSAGE(out, vit_put_convert,
            &(struct vit_msg_convert){ .source = 51,
                    .destination = 21,
                    .source_rect = { 0, 0, 32, 16 },
                    .destination_rect = { 0, 0, 16, 8 } });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_encrypt,
            &(struct vit_msg_encrypt){ .source = 31, .destination = 11, .length = 512 });
    vit_put_u8(out, 0x80);
    COMMAND(out, VIRTIO_GPU_CMD_SET_SCANOUT, 0, 0, struct virtio_gpu_set_scanout,
            .r = { 0, 0, 32, 16 }, .resource_id = 31);
    vit_put_u8(out, 0x80);
    COMMAND(out, VIRTIO_GPU_CMD_RESOURCE_FLUSH, 0, 0, struct virtio_gpu_resource_flush,
            .r = { 0, 0, 32, 16 }, .resource_id = 31);
    end(&seed, "submit", "play");
}

static void submit_sessions(void)
{
    static const enum vit_op ops[] = { VIT_OP_SESSION_STATE, VIT_OP_REFRESH_START,
        VIT_OP_REFRESH_FINISH, VIT_OP_READBACK_KEY, VIT_OP_SESSION_DESTROY };
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    begin_submission(out, 2, 1);
    MESSAGE(out, vit_put_session_create,
            &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
    begin_submission(out, 2, 1);
    MESSAGE(out, vit_put_program, VIT_OP_SESSION_PROGRAM,
            &(struct vit_msg_program){ .session = 2, .resource = 12 });
    begin_submission(out, 2, 1);
    MESSAGE(out, vit_put_exchange, VIT_OP_SESSION_EXCHANGE,
            &(struct vit_msg_exchange){ .session = 3 });
    for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        begin_submission(out, 2, 1);
        MESSAGE(out, vit_put_session, ops[i], i % 3);
    }
    end(&seed, "submit", "sessions");
}

/* A query and a command: GUID, a number, and what stands behind the header. */
static void put_call(struct vit_writer *out, enum vit_op op, const uint8_t guid[16],
        uint32_t number, const uint8_t *body, uint32_t len, uint32_t answer_len)
{
    struct vit_msg_channel_call msg = { .output_len = answer_len };
    uint32_t at = op == VIT_OP_CHANNEL_QUERY ? 0 : 16, head = op == VIT_OP_CHANNEL_QUERY ? 32 : 48;
    msg.input_len = head + len;
    memcpy(msg.input + at, guid, 16);
    vit_store_le32(msg.input + at + 24, number);
    memcpy(msg.input + head, body, len);
    MESSAGE(out, vit_put_channel_call, op, &msg);
}

static void submit_channels(void)
{
    static const uint8_t protection[16] = { 0x84, 0xb5, 0x4e, 0xa8, 0x95, 0xc4, 0xaa, 0x48, 0xb9,
        0x4d, 0x8b, 0xd2, 0xd6, 0xfb, 0xce, 0x05 };
    static const uint8_t process[16] = { 0xdb, 0xba, 0x9b, 0x64, 0xf4, 0xf0, 0x39, 0x46, 0xa1, 0x5b,
        0x24, 0x39, 0x3f, 0xc3, 0xab, 0xac };
    static const uint8_t protect[16] = { 0x58, 0x56, 0x45, 0x50, 0x47, 0x3f, 0x62, 0x43, 0xbf, 0x99,
        0xbf, 0xdf, 0xcd, 0xe9, 0xed, 0x29 };
    static const uint8_t share[16] = { 0x47, 0xd0, 0x72, 0x07, 0x40, 0x1b, 0xe8, 0x48, 0x9c, 0xa6,
        0xb5, 0xf5, 0x10, 0xde, 0x9f, 0x01 };
    static const uint8_t flags[8] = { 3 };
    static const uint8_t access[24] = { 2, [8] = 9, [16] = 1 };
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    begin_submission(out, 1, 1);
    put_call(out, VIT_OP_CHANNEL_CONFIGURE, protect, 1, flags, sizeof(flags), 0);
    begin_submission(out, 1, 1);
    put_call(out, VIT_OP_CHANNEL_QUERY, protection, 1, flags, 0, 56);
    begin_submission(out, 1, 1);
    put_call(out, VIT_OP_CHANNEL_CONFIGURE, share, 2, access, sizeof(access), 0);
    begin_submission(out, 1, 1);
    put_call(out, VIT_OP_CHANNEL_QUERY, process, 2, access + 1, 8, 64);
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_program, VIT_OP_CHANNEL_PROGRAM,
            &(struct vit_msg_program){ .session = 2, .resource = 11 });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_channel_create, &(struct vit_msg_channel_create){ .type = 3 });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_exchange, VIT_OP_CHANNEL_EXCHANGE,
            &(struct vit_msg_exchange){ .session = 1 });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_session, VIT_OP_CHANNEL_DESTROY, 0);
    end(&seed, "submit", "channels");
}

/* A call of the first object, as fuzz_submit.c completes it: which GUID, type, level, length. */
static void put_opm_call(struct vit_writer *out, enum vit_op op, uint32_t choice,
        uint32_t additional_len)
{
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_opm_call, op,
            &(struct vit_msg_opm_call){ .resource = 11,
                    .additional_len = additional_len,
                    .offset = (uint64_t)choice << 32 | 64 });
}

static void submit_opm(void)
{
    enum { SET_HDCP_ON = 0x10010804, SET_SRM = 0x04000105, SRM_LEN = 64 };
    static const uint32_t asked[] = { 0, 0x04000801, 2, 3 };
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    put_opm_call(out, VIT_OP_OPM_CONFIGURE, SET_HDCP_ON, 0);
    for (unsigned i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        put_opm_call(out, VIT_OP_OPM_INFORMATION, asked[i], 0);
    }
    put_opm_call(out, VIT_OP_OPM_CONFIGURE, SET_SRM, SRM_LEN);
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_opm_create, &(struct vit_msg_opm_create){ .output = 0 });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_program, VIT_OP_OPM_PROGRAM,
            &(struct vit_msg_program){ .session = 2, .resource = 11 });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_exchange, VIT_OP_OPM_EXCHANGE, &(struct vit_msg_exchange){ .session = 1 });
    begin_submission(out, 1, 1);
    MESSAGE(out, vit_put_session, VIT_OP_OPM_DESTROY, 0);
    end(&seed, "submit", "opm");
}

static void submit_theft(void)
{
    struct seed seed;
    struct vit_writer *out = &seed.out;
    begin(&seed);
    vit_put_u8(out, 0x80);
    COMMAND(out, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 0, 2, struct virtio_gpu_ctx_resource,
            .resource_id = 21);
    begin_submission(out, 2, 1);
    MESSAGE(out, vit_put_encrypt,
            &(struct vit_msg_encrypt){ .source = 21, .destination = 12, .length = 2048 });
    begin_submission(out, 1, 2);
    MESSAGE(out, vit_put_copy,
            &(struct vit_msg_copy){ .source = 21,
                    .destination = 11,
                    .row_len = 128,
                    .rows = 16,
                    .source_pitch = 128,
                    .destination_pitch = 128 });
    MESSAGE(out, vit_put_convert,
            &(struct vit_msg_convert){ .source = 21,
                    .destination = 51,
                    .source_rect = { 0, 0, 32, 16 },
                    .destination_rect = { 0, 0, 32, 16 } });
    end(&seed, "submit", "theft");
}

static void submit_raw(void)
{
    uint8_t bytes[256];
    struct seed seed;
    struct vit_writer inner, *out = &seed.out;
    begin(&seed);
    vit_writer_init(&inner, bytes, sizeof(bytes));
    vit_put_envelope(&inner,
            &(struct vit_envelope){ .length = VIT_ENVELOPE_LEN + 8,
                    .count = 1,
                    .sequence = 99,
                    .reply_resource = 41,
                    .reply_capacity = 64,
                    .reply_offset = 128 });
    vit_put_nop(&inner);
    vit_put_u8(out, 0x40);
    vit_put_u8(out, 1);
    vit_put_u16(out, (uint16_t)inner.at);
    vit_put_bytes(out, bytes, inner.at);
    end(&seed, "submit", "raw");
}

/* vhost: the sequence of an honest front-end. */

static void put_vhost(struct vit_writer *out, uint8_t request, uint8_t flags, uint8_t fds,
        const void *payload, uint8_t len)
{
    vit_put_u8(out, request);
    vit_put_u8(out, flags);
    vit_put_u8(out, fds);
    vit_put_u8(out, len);
    vit_put_bytes(out, payload, len);
}

enum { FD_NONE, FD_MEMORY, FD_EVENT, FD_SOCKET };

static void put_vhost_ring(struct vit_writer *out)
{
    const struct vhost_vring_state size = { 0, 64 }, base = { 0, 0 }, on = { 0, 1 };
    const struct vhost_vring_addr addr = { .descriptors = 0x10000,
        .available = 0x11000,
        .used = 0x12000 };
    const uint64_t index = 0;
    put_vhost(out, VHOST_SET_VRING_NUM, 0, FD_NONE, &size, sizeof(size));
    put_vhost(out, VHOST_SET_VRING_BASE, 0, FD_NONE, &base, sizeof(base));
    put_vhost(out, VHOST_SET_VRING_ADDR, 0, FD_NONE, &addr, sizeof(addr));
    put_vhost(out, VHOST_SET_VRING_CALL, 0, FD_EVENT, &index, sizeof(index));
    put_vhost(out, VHOST_SET_VRING_ERR, 0, FD_EVENT, &index, sizeof(index));
    put_vhost(out, VHOST_SET_VRING_KICK, 0, FD_EVENT, &index, sizeof(index));
    put_vhost(out, VHOST_SET_VRING_ENABLE, VHOST_NEED_REPLY, FD_NONE, &on, sizeof(on));
}

static void vhost(const char *name, uint8_t end_kind, uint32_t regions)
{
    const uint64_t features = UINT64_C(0x130000001) | UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES;
    const uint64_t protocol = 0x208;
    const struct vhost_vring_state stop = { 0, 0 };
    const struct vhost_config config = { .size = 16 };
    struct vhost_memory memory = { .count = regions };
    struct seed seed;
    struct vit_writer *out = &seed.out;
    for (uint32_t i = 0; i < regions; i++) {
        memory.regions[i] = (struct vhost_region){ UINT64_C(0x100000000) * i, 65536,
            0x10000 + UINT64_C(0x100000000) * i, 0 };
    }
    begin(&seed);
    vit_put_u8(out, end_kind);
    put_vhost(out, VHOST_GET_FEATURES, 0, FD_NONE, NULL, 0);
    put_vhost(out, VHOST_GET_PROTOCOL_FEATURES, 0, FD_NONE, NULL, 0);
    put_vhost(out, VHOST_SET_PROTOCOL_FEATURES, 0, FD_NONE, &protocol, sizeof(protocol));
    put_vhost(out, VHOST_SET_OWNER, 0, FD_NONE, NULL, 0);
    put_vhost(out, VHOST_GET_QUEUE_NUM, 0, FD_NONE, NULL, 0);
    put_vhost(out, VHOST_GET_CONFIG, 0, FD_NONE, &config, 28);
    put_vhost(out, VHOST_GPU_SET_SOCKET, VHOST_NEED_REPLY, FD_SOCKET, NULL, 0);
    put_vhost(out, VHOST_SET_FEATURES, 0, FD_NONE, &features, sizeof(features));
    put_vhost(out, VHOST_SET_MEM_TABLE, VHOST_NEED_REPLY,
            regions == 1 ? FD_MEMORY : FD_MEMORY | FD_MEMORY << 2, &memory,
            (uint8_t)(8 + 32 * regions));
    put_vhost_ring(out);
    put_vhost(out, VHOST_SET_MEM_TABLE, 0, FD_MEMORY, &memory, 40);
    put_vhost(out, VHOST_GET_VRING_BASE, 0, FD_NONE, &stop, sizeof(stop));
    put_vhost_ring(out);
    end(&seed, "vhost", name);
}

/* blob: each type that a key of each algorithm has, with and without validation. */

static void blob_bytes(uint8_t algorithm, uint8_t type, const uint8_t *bytes, ULONG len,
        const char *name)
{
    struct seed seed;
    begin(&seed);
    vit_put_u8(&seed.out, algorithm);
    vit_put_u8(&seed.out, type);
    vit_put_u8(&seed.out, type & 1);
    vit_put_bytes(&seed.out, bytes, len);
    end(&seed, "blob", name);
}

static void blob_of(BCRYPT_KEY_HANDLE key, uint8_t algorithm, uint8_t type, LPCWSTR type_name,
        const char *name)
{
    uint8_t bytes[4096];
    ULONG len = 0;
    if (BCryptExportKey(key, NULL, type_name, bytes, sizeof(bytes), &len, 0) == STATUS_SUCCESS) {
        blob_bytes(algorithm, type, bytes, len, name);
    }
}

static void blob(const char *name, BCRYPT_ALG_HANDLE provider, uint8_t algorithm, ULONG bits)
{
    static const LPCWSTR types[] = { BCRYPT_PUBLIC_KEY_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
        BCRYPT_ECCFULLPUBLIC_BLOB, BCRYPT_ECCFULLPRIVATE_BLOB, SSL_ECCPUBLIC_BLOB };
    BCRYPT_KEY_HANDLE key;
    FUZZ_CHECK(BCryptGenerateKeyPair(provider, &key, bits, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptFinalizeKeyPair(key, 0) == STATUS_SUCCESS);
    for (uint8_t i = 0; i < 5; i++) {
        char numbered[64];
        snprintf(numbered, sizeof(numbered), "%s-%u", name, i);
        blob_of(key, algorithm, i, types[i], numbered);
    }
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
}

static void blob_of_curve(const char *name, LPCWSTR family, LPCWSTR curve, ULONG curve_len,
        uint8_t algorithm)
{
    BCRYPT_ALG_HANDLE provider;
    FUZZ_CHECK(BCryptOpenAlgorithmProvider(&provider, family, NULL, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)curve, curve_len, 0) ==
            STATUS_SUCCESS);
    blob(name, provider, algorithm, 0);
    FUZZ_CHECK(BCryptCloseAlgorithmProvider(provider, 0) == STATUS_SUCCESS);
}

/* In the clear, opaque, and wrapped with the key that fuzz_blob.c has for it. */
static void symmetric_blob(const char *name, BCRYPT_ALG_HANDLE provider, uint8_t algorithm,
        ULONG len)
{
    static UCHAR bytes[24] = "a key that is wrapped..", wrapping_bytes[16] = "a key that wraps";
    BCRYPT_KEY_HANDLE key, wrapping;
    UCHAR wrapped[64];
    ULONG wrapped_len = 0;
    char numbered[64];
    FUZZ_CHECK(BCryptGenerateSymmetricKey(provider, &key, NULL, 0, bytes, len, 0) ==
            STATUS_SUCCESS);
    FUZZ_CHECK(BCryptGenerateSymmetricKey(BCRYPT_AES_ECB_ALG_HANDLE, &wrapping, NULL, 0,
                       wrapping_bytes, 16, 0) == STATUS_SUCCESS);
    snprintf(numbered, sizeof(numbered), "%s-0", name);
    blob_of(key, algorithm, 0, BCRYPT_KEY_DATA_BLOB, numbered);
    snprintf(numbered, sizeof(numbered), "%s-1", name);
    blob_of(key, algorithm, 1, BCRYPT_OPAQUE_KEY_BLOB, numbered);
    if (BCryptExportKey(key, wrapping, BCRYPT_AES_WRAP_KEY_BLOB, wrapped, sizeof(wrapped),
                &wrapped_len, 0) == STATUS_SUCCESS) {
        snprintf(numbered, sizeof(numbered), "%s-2", name);
        blob_bytes(algorithm, 2, wrapped, wrapped_len, numbered);
    }
    FUZZ_CHECK(BCryptDestroyKey(wrapping) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
}

static void blobs(void)
{
    blob("p256", BCRYPT_ECDH_P256_ALG_HANDLE, 0, 256);
    blob("p384", BCRYPT_ECDH_P384_ALG_HANDLE, 1, 384);
    blob("p521", BCRYPT_ECDH_P521_ALG_HANDLE, 2, 521);
    blob("dh", BCRYPT_DH_ALG_HANDLE, 3, 1024);
    blob_of_curve("x25519", BCRYPT_ECDH_ALGORITHM, BCRYPT_ECC_CURVE_25519,
            sizeof(BCRYPT_ECC_CURVE_25519), 4);
    blob_of_curve("secp160k1", BCRYPT_ECDH_ALGORITHM, BCRYPT_ECC_CURVE_SECP160K1,
            sizeof(BCRYPT_ECC_CURVE_SECP160K1), 5);
    blob_of_curve("brainpool", BCRYPT_ECDH_ALGORITHM, BCRYPT_ECC_CURVE_BRAINPOOLP256R1,
            sizeof(BCRYPT_ECC_CURVE_BRAINPOOLP256R1), 6);
    blob("ecdsa-p256", BCRYPT_ECDSA_P256_ALG_HANDLE, 7, 256);
    blob("ecdsa-p521", BCRYPT_ECDSA_P521_ALG_HANDLE, 8, 521);
    blob_of_curve("ecdsa-secp160k1", BCRYPT_ECDSA_ALGORITHM, BCRYPT_ECC_CURVE_SECP160K1,
            sizeof(BCRYPT_ECC_CURVE_SECP160K1), 9);
    blob_of_curve("ecdsa-brainpool", BCRYPT_ECDSA_ALGORITHM, BCRYPT_ECC_CURVE_BRAINPOOLP256R1,
            sizeof(BCRYPT_ECC_CURVE_BRAINPOOLP256R1), 10);
    symmetric_blob("aes", BCRYPT_AES_CBC_ALG_HANDLE, 11, 24);
    symmetric_blob("hkdf", BCRYPT_HKDF_ALG_HANDLE, 12, 19);
}

/* clip */

static void clip(const char *name, uint32_t format, uint32_t frames)
{
    struct clip_header header = { .rate_numerator = 30,
        .rate_denominator = 1,
        .frame_count = frames,
        .key_count = 1,
        .leaf_digest = { 3 },
        .block = { 4 } };
    uint8_t pixels[4096] = { 1, 2, 3 };
    char *written = NULL;
    size_t len = 0;
    struct seed seed;
    FUZZ_CHECK(vit_surface_init(&header.surface, format, 8, 4) == VIT_OK);
    FILE *file = open_memstream(&written, &len);
    FUZZ_CHECK(file != NULL && clip_write_header(file, &header) == VIT_OK);
    for (uint32_t i = 0; i < frames; i++) {
        const struct clip_frame frame = { .index = i, .iv = { (uint8_t)(i + 1) } };
        FUZZ_CHECK(clip_write_frame(file, &header, &frame, pixels) == VIT_OK);
    }
    FUZZ_CHECK(fclose(file) == 0);
    begin(&seed);
    vit_put_bytes(&seed.out, written, len);
    free(written);
    end(&seed, "clip", name);
}

/* chain */

struct family {
    struct vit_pair *root, *middle, *leaf;
    uint8_t *root_der, *middle_der;
    size_t root_len, middle_len;
    struct vit_chain *root_chain, *middle_chain;
};

static void make_family(struct family *family)
{
    const struct vit_cert_terms terms = { .name = "seed", .days = 36500 };
    FUZZ_CHECK(vit_pair_generate(2048, &family->root) == VIT_OK);
    FUZZ_CHECK(vit_pair_generate(2048, &family->middle) == VIT_OK);
    FUZZ_CHECK(vit_pair_generate(2048, &family->leaf) == VIT_OK);
    FUZZ_CHECK(vit_root_create(family->root, &terms, &family->root_der, &family->root_len) ==
            VIT_OK);
    FUZZ_CHECK(vit_chain_parse(family->root_der, family->root_len, &family->root_chain) == VIT_OK);
    const struct vit_issuer top = { family->root_chain, family->root };
    FUZZ_CHECK(vit_intermediate_create(&top, family->middle, &terms, &family->middle_der,
                       &family->middle_len) == VIT_OK);
    FUZZ_CHECK(vit_chain_parse(family->middle_der, family->middle_len, &family->middle_chain) ==
            VIT_OK);
}

static void free_family(struct family *family)
{
    vit_chain_destroy(family->root_chain);
    vit_chain_destroy(family->middle_chain);
    free(family->root_der);
    free(family->middle_der);
    vit_pair_destroy(family->root);
    vit_pair_destroy(family->middle);
    vit_pair_destroy(family->leaf);
}

static void chain(const struct family *family, const char *name, const struct vit_issuer *issuer,
        enum vit_custody custody)
{
    const struct vit_cert_terms terms = { .name = "seed", .days = 36500 };
    VIT_AUTO(public_key) key = NULL;
    VIT_AUTO(bytes) der = NULL;
    size_t len = 0;
    struct seed seed;
    FUZZ_CHECK(vit_pair_public(family->leaf, &key) == VIT_OK);
    FUZZ_CHECK(vit_device_issue(issuer, key, custody, &terms, &der, &len) == VIT_OK);
    begin(&seed);
    vit_put_u16(&seed.out, (uint16_t)family->root_len);
    vit_put_bytes(&seed.out, family->root_der, family->root_len);
    vit_put_bytes(&seed.out, der, len);
    end(&seed, "chain", name);
}

static void chains(void)
{
    struct family family = { 0 };
    make_family(&family);
    const struct vit_issuer top = { family.root_chain, family.root };
    const struct vit_issuer middle = { family.middle_chain, family.middle };
    chain(&family, "driver", &middle, VIT_CUSTODY_DRIVER);
    chain(&family, "device", &middle, VIT_CUSTODY_DEVICE);
    chain(&family, "short", &top, VIT_CUSTODY_DRIVER);
    free_family(&family);
}

/* keystore: what a key's file holds, and whole stores. */

static struct vit_record key_record(bool full)
{
    static struct vit_ksp_custom second = { (WCHAR *)u"empty", NULL, 0, NULL };
    static struct vit_ksp_custom first = { (WCHAR *)u"custom", (uint8_t *)"value", 5, &second };
    struct vit_record record = {
        .attributes = { .name = (WCHAR *)u"name", .algorithm = (WCHAR *)u"ECDH_P256" },
        .public_blob = (const uint8_t *)"public",
        .public_len = 6,
        .wrapped = full,
        .private_blob = (const uint8_t *)"private",
        .private_len = 7,
    };
    if (full) {
        record.attributes.curve = (WCHAR *)u"nistP256";
        record.attributes.ui_title = (WCHAR *)u"title";
        record.attributes.ui_friendly_name = (WCHAR *)u"";
        record.attributes.dh_parameters = (uint8_t *)"group";
        record.attributes.dh_parameters_len = 5;
        record.attributes.custom = &first;
    }
    return record;
}

static void put_record(struct vit_writer *out, bool full)
{
    uint8_t bytes[1024];
    size_t len;
    const struct vit_record record = key_record(full);
    FUZZ_CHECK(vit_record_len(&record, &len) == ERROR_SUCCESS && len <= sizeof(bytes));
    vit_record_write(&record, bytes, len);
    vit_put_bytes(out, bytes, len);
}

static void key_file(const char *name, bool full)
{
    struct seed seed;
    begin(&seed);
    vit_put_u8(&seed.out, 0);
    put_record(&seed.out, full);
    end(&seed, "keystore", name);
}

/* With the key file that the fuzzer knows. */
static void key_store(const char *name, bool full)
{
    static const uint8_t key[32] = "a key file that everybody knows";
    static const struct vit_wrap_secret secret = { VIT_WRAP_KEY_FILE, key, sizeof(key) };
    uint8_t store[VIT_STORE_FILE_LEN];
    VIT_AUTO(keyring) ring = NULL;
    VIT_AUTO(soft_bytes) plain = { NULL, 0 };
    struct vit_file_name file_name;
    struct vit_file file;
    struct seed record, seed;
    begin(&record);
    put_record(&record.out, full);
    FUZZ_CHECK(vit_store_file_make(&secret, store) == ERROR_SUCCESS);
    FUZZ_CHECK(vit_keyring_create(&secret, store, sizeof(store), &ring) == ERROR_SUCCESS);
    FUZZ_CHECK(vit_keyring_name(ring, u"name", &file_name) == ERROR_SUCCESS);
    FUZZ_CHECK(vit_soft_bytes_init(&plain, record.out.at) == ERROR_SUCCESS);
    memcpy(plain.bytes, record.bytes, plain.len);
    FUZZ_CHECK(vit_keyring_seal(ring, &file_name, &plain, &file) == ERROR_SUCCESS);
    begin(&seed);
    vit_put_u8(&seed.out, 2);
    vit_put_bytes(&seed.out, store, sizeof(store));
    vit_put_bytes(&seed.out, file.bytes, file.len);
    end(&seed, "keystore", name);
    begin(&seed);
    vit_put_u8(&seed.out, 1);
    vit_put_bytes(&seed.out, file.bytes, file.len);
    end(&seed, "keystore", full ? "strange-full" : "strange");
    free(file.bytes);
}

/* storedkey: blobs alone and with parameters, properties. */

static void stored_key(const char *name, const uint8_t *head, size_t head_len, const void *bytes,
        size_t len)
{
    struct seed seed;
    begin(&seed);
    vit_put_bytes(&seed.out, head, head_len);
    vit_put_bytes(&seed.out, bytes, len);
    end(&seed, "storedkey", name);
}

static void stored_blob(const char *name, BCRYPT_ALG_HANDLE provider, ULONG bits, uint8_t type,
        LPCWSTR type_name)
{
    uint8_t bytes[4096];
    const uint8_t head[] = { 0, type, type & 1 };
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key;
    FUZZ_CHECK(BCryptGenerateKeyPair(provider, &key, bits, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptFinalizeKeyPair(key, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptExportKey(key, NULL, type_name, bytes, sizeof(bytes), &len, 0) ==
            STATUS_SUCCESS);
    stored_key(name, head, sizeof(head), bytes, len);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
}

/* A private key on a curve that the blob does not name. */
static void stored_with_parameters(void)
{
    static const WCHAR curve[] = BCRYPT_ECC_CURVE_25519, name[] = u"name";
    uint8_t bytes[512],
            head[4 + sizeof(name) + sizeof(curve)] = { 1, 1, sizeof(name), sizeof(curve) };
    ULONG len = 0;
    BCRYPT_ALG_HANDLE provider;
    BCRYPT_KEY_HANDLE key;
    memcpy(head + 4, name, sizeof(name));
    memcpy(head + 4 + sizeof(name), curve, sizeof(curve));
    FUZZ_CHECK(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_ALGORITHM, NULL, 0) ==
            STATUS_SUCCESS);
    FUZZ_CHECK(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)curve, sizeof(curve),
                       0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptGenerateKeyPair(provider, &key, 0, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptFinalizeKeyPair(key, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptExportKey(key, NULL, BCRYPT_PRIVATE_KEY_BLOB, bytes, sizeof(bytes), &len, 0) ==
            STATUS_SUCCESS);
    stored_key("parameters", head, sizeof(head), bytes, len);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptCloseAlgorithmProvider(provider, 0) == STATUS_SUCCESS);
}

/* What BCrypt tells of a key of its own. */
static void stored_property(const char *name, BCRYPT_ALG_HANDLE provider, ULONG bits,
        LPCWSTR property, uint8_t number)
{
    uint8_t bytes[1024];
    const uint8_t head[] = { 2, number };
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key;
    FUZZ_CHECK(BCryptGenerateKeyPair(provider, &key, bits, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptFinalizeKeyPair(key, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(BCryptGetProperty(key, property, bytes, sizeof(bytes), &len, 0) == STATUS_SUCCESS);
    stored_key(name, head, sizeof(head), bytes, len);
    FUZZ_CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
}

static void stored_policy(void)
{
    static const WCHAR text[] = u"text";
    const uint8_t head[] = { 2, 0 };
    const NCRYPT_UI_POLICY_BLOB blob = { 1, 1, sizeof(text), 0, sizeof(text) };
    uint8_t bytes[sizeof(blob) + 2 * sizeof(text)];
    memcpy(bytes, &blob, sizeof(blob));
    memcpy(bytes + sizeof(blob), text, sizeof(text));
    memcpy(bytes + sizeof(blob) + sizeof(text), text, sizeof(text));
    stored_key("policy", head, sizeof(head), bytes, sizeof(bytes));
}

static void stored_keys(void)
{
    stored_blob("rsa-public", BCRYPT_RSA_ALG_HANDLE, 1024, 0, BCRYPT_PUBLIC_KEY_BLOB);
    stored_blob("rsa-private", BCRYPT_RSA_ALG_HANDLE, 1024, 1, BCRYPT_PRIVATE_KEY_BLOB);
    stored_blob("rsa-full", BCRYPT_RSA_ALG_HANDLE, 1024, 2, BCRYPT_RSAFULLPRIVATE_BLOB);
    stored_blob("p256-public", BCRYPT_ECDH_P256_ALG_HANDLE, 256, 0, BCRYPT_PUBLIC_KEY_BLOB);
    stored_blob("p384-private", BCRYPT_ECDSA_P384_ALG_HANDLE, 384, 1, BCRYPT_PRIVATE_KEY_BLOB);
    stored_blob("p256-full", BCRYPT_ECDH_P256_ALG_HANDLE, 256, 4, BCRYPT_ECCFULLPUBLIC_BLOB);
    stored_blob("p521-full", BCRYPT_ECDSA_P521_ALG_HANDLE, 521, 5, BCRYPT_ECCFULLPRIVATE_BLOB);
    stored_blob("p256-tls", BCRYPT_ECDH_P256_ALG_HANDLE, 256, 6, SSL_ECCPUBLIC_BLOB);
    stored_blob("dh", BCRYPT_DH_ALG_HANDLE, 1024, 7, BCRYPT_DH_PRIVATE_BLOB);
    stored_with_parameters();
    stored_property("group", BCRYPT_DH_ALG_HANDLE, 1024, BCRYPT_DH_PARAMETERS, 1);
    stored_property("curve-numbers", BCRYPT_ECDH_P384_ALG_HANDLE, 384, BCRYPT_ECC_PARAMETERS, 2);
    stored_property("curve-name", BCRYPT_ECDH_P256_ALG_HANDLE, 256, BCRYPT_ECC_CURVE_NAME, 3);
    stored_policy();
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz-seeds CORPUS\n");
        return 2;
    }
    corpus = argv[1];
    virtq("direct", 1, false);
    virtq("indirect", 2, true);
    control_2d();
    control_3d();
    submit_play();
    submit_sessions();
    submit_channels();
    submit_opm();
    submit_theft();
    submit_raw();
    vhost("life", 0, 1);
    vhost("cut", 1, 2);
    blobs();
    clip("bgrx", VIT_FORMAT_BGRX, 2);
    clip("nv12", VIT_FORMAT_NV12, 1);
    chains();
    key_file("record", false);
    key_file("record-full", true);
    key_store("store", false);
    key_store("store-full", true);
    stored_keys();
    return 0;
}
