/* SPDX-License-Identifier: MIT */
/**
 * The contract of driver and device: one list of messages makes the enum, the size table, the
 * names and the dispatch table. docs/PROTOCOL.md describes each; a test compares the two.
 *
 * All numbers are little-endian. A request body and a reply body have exactly the listed sizes.
 * resource_a and resource_b are the offsets in the request of fields that hold a resource id;
 * VIT_NO_FIELD: none. Who may send: QUEUED in a command buffer, DIRECT alone and answered.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

enum { VIT_NO_FIELD = 0xffff };

enum vit_op_use { VIT_USE_QUEUED = 1, VIT_USE_DIRECT = 2 };

/*      symbol                  name                      op    request reply res_a res_b use */
#define VIT_MESSAGES(X)                                                                            \
    X(NOP, nop, 0x00, 0, 0, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_QUEUED)                            \
    X(SESSION_CREATE, session_create, 0x01, 8, 8, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)      \
    X(SESSION_DESTROY, session_destroy, 0x02, 8, 0, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)    \
    X(SESSION_EXCHANGE, session_exchange, 0x03, 264, 0, VIT_NO_FIELD, VIT_NO_FIELD,                \
            VIT_USE_DIRECT)                                                                        \
    X(SESSION_PROGRAM, session_program, 0x04, 24, 0, 8, VIT_NO_FIELD, VIT_USE_DIRECT)              \
    X(REFRESH_START, refresh_start, 0x05, 8, 16, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)       \
    X(REFRESH_FINISH, refresh_finish, 0x06, 8, 0, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)      \
    X(READBACK_KEY, readback_key, 0x07, 8, 16, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)         \
    X(SESSION_STATE, session_state, 0x08, 8, 8, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)        \
    X(DECRYPT, decrypt, 0x10, 80, 0, 8, 12, VIT_USE_QUEUED)                                        \
    X(ENCRYPT, encrypt, 0x11, 32, 16, 8, 12, VIT_USE_DIRECT)                                       \
    X(COPY, copy, 0x12, 40, 0, 0, 4, VIT_USE_QUEUED)                                               \
    X(CONVERT, convert, 0x13, 40, 0, 0, 4, VIT_USE_QUEUED)                                         \
    X(CHANNEL_CREATE, channel_create, 0x20, 8, 8, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)      \
    X(CHANNEL_DESTROY, channel_destroy, 0x21, 8, 0, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)    \
    X(CHANNEL_EXCHANGE, channel_exchange, 0x22, 264, 0, VIT_NO_FIELD, VIT_NO_FIELD,                \
            VIT_USE_DIRECT)                                                                        \
    X(CHANNEL_PROGRAM, channel_program, 0x23, 24, 0, 8, VIT_NO_FIELD, VIT_USE_DIRECT)              \
    X(CHANNEL_QUERY, channel_query, 0x24, 264, 88, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)     \
    X(CHANNEL_CONFIGURE, channel_configure, 0x25, 264, 56, VIT_NO_FIELD, VIT_NO_FIELD,             \
            VIT_USE_DIRECT)                                                                        \
    X(OPM_CREATE, opm_create, 0x30, 8, 24, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)             \
    X(OPM_DESTROY, opm_destroy, 0x31, 8, 0, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)            \
    X(OPM_EXCHANGE, opm_exchange, 0x32, 264, 0, VIT_NO_FIELD, VIT_NO_FIELD, VIT_USE_DIRECT)        \
    X(OPM_PROGRAM, opm_program, 0x33, 24, 0, 8, VIT_NO_FIELD, VIT_USE_DIRECT)                      \
    X(OPM_INFORMATION, opm_information, 0x34, 24, 8, 8, VIT_NO_FIELD, VIT_USE_DIRECT)              \
    X(OPM_CONFIGURE, opm_configure, 0x35, 24, 8, 8, VIT_NO_FIELD, VIT_USE_DIRECT)

enum vit_op {
#define X(symbol, name, op, request, reply, res_a, res_b, use) VIT_OP_##symbol = (op),
    VIT_MESSAGES(X)
#undef X
};

enum { VIT_REQUEST_MAX_LEN = 264, VIT_REPLY_BODY_MAX_LEN = 88 };

struct vit_op_info {
    const char *name;
    uint16_t op;
    uint16_t request_len;
    uint16_t reply_len;
    uint16_t resource_a;
    uint16_t resource_b;
    uint16_t use;
};

/* NULL for an op outside the list. */
const struct vit_op_info *vit_op_info(unsigned op);
/* The list in order, for documentation and tests; NULL behind its end. */
const struct vit_op_info *vit_op_at(unsigned index);

/* The only crypto type of SESSION_CREATE. */
enum { VIT_CRYPTO_AES128_CTR = 1 };

/* Flags of DECRYPT. */
enum { VIT_DECRYPT_CONTENT_KEY = 1, VIT_DECRYPT_PARTIAL = 2 };

/* Request bodies. */
struct vit_msg_session {
    uint64_t session; /* or channel, or OPM object */
};

struct vit_msg_session_create {
    uint32_t crypto_type;
};

struct vit_msg_exchange {
    uint64_t session; /* or channel, or OPM object */
    uint8_t block[256];
};

struct vit_msg_program {
    uint64_t session; /* or channel, or OPM object */
    /* Holds the 16 key bytes, or OPM's 40 bytes; the device wipes them after reading. */
    uint32_t resource;
    uint64_t offset;
};

struct vit_msg_channel_create {
    uint32_t type; /* D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE */
};

enum { VIT_CHANNEL_CALL_MAX_LEN = 248 };

/* CHANNEL_QUERY and CHANNEL_CONFIGURE: a published structure, zeros behind it. */
struct vit_msg_channel_call {
    uint64_t channel;
    uint32_t input_len;
    uint32_t output_len; /* what the caller has room for; CONFIGURE: 0 */
    uint8_t input[VIT_CHANNEL_CALL_MAX_LEN];
};

struct vit_msg_opm_create {
    uint32_t output;
};

/* OPM_INFORMATION and OPM_CONFIGURE: a published structure in a buffer. An answer is written over
 * it; behind a CONFIGURE_PARAMETERS lies what comes with it. */
struct vit_msg_opm_call {
    uint64_t object;
    uint32_t resource;
    uint32_t additional_len; /* INFORMATION: 0 */
    uint64_t offset;
};

struct vit_msg_decrypt {
    uint64_t session;
    uint32_t source;      /* guest-backed */
    uint32_t destination; /* protected */
    uint64_t source_offset;
    uint64_t length; /* bytes, from the start of the destination */
    uint32_t flags;
    uint32_t prefix, skip, encrypt; /* D3D11_1DDI_ENCRYPTED_BLOCK_INFO, with VIT_DECRYPT_PARTIAL */
    uint8_t content_key[16];        /* wrapped; with VIT_DECRYPT_CONTENT_KEY */
    uint8_t iv[16];                 /* D3D11_1DDI_AES_CTR_IV as it lies in memory */
};

struct vit_msg_encrypt {
    uint64_t session;
    uint32_t source;      /* protected */
    uint32_t destination; /* guest-backed */
    uint64_t destination_offset;
    uint64_t length; /* bytes, from the start of the source */
};

struct vit_msg_copy {
    uint32_t source, destination;
    uint64_t source_offset, destination_offset;
    uint32_t row_len, rows; /* bytes, lines */
    uint32_t source_pitch, destination_pitch;
};

struct vit_rect {
    uint32_t left, top, right, bottom; /* right and bottom are outside */
};

struct vit_msg_convert {
    uint32_t source, destination;
    struct vit_rect source_rect, destination_rect;
};

/* Encoders append header and body; decoders read a body and say false when it is malformed:
 * reserved fields that are not zero, flags outside the list. */
struct vit_writer;

void vit_put_nop(struct vit_writer *out);
void vit_put_session(struct vit_writer *out, enum vit_op op, uint64_t session);
void vit_put_session_create(struct vit_writer *out, const struct vit_msg_session_create *msg);
void vit_put_exchange(struct vit_writer *out, enum vit_op op, const struct vit_msg_exchange *msg);
void vit_put_program(struct vit_writer *out, enum vit_op op, const struct vit_msg_program *msg);
void vit_put_channel_create(struct vit_writer *out, const struct vit_msg_channel_create *msg);
void vit_put_channel_call(struct vit_writer *out, enum vit_op op,
        const struct vit_msg_channel_call *msg);
void vit_put_opm_create(struct vit_writer *out, const struct vit_msg_opm_create *msg);
void vit_put_opm_call(struct vit_writer *out, enum vit_op op, const struct vit_msg_opm_call *msg);
void vit_put_decrypt(struct vit_writer *out, const struct vit_msg_decrypt *msg);
void vit_put_encrypt(struct vit_writer *out, const struct vit_msg_encrypt *msg);
void vit_put_copy(struct vit_writer *out, const struct vit_msg_copy *msg);
void vit_put_convert(struct vit_writer *out, const struct vit_msg_convert *msg);

bool vit_get_session(const uint8_t *body, struct vit_msg_session *msg);
bool vit_get_session_create(const uint8_t *body, struct vit_msg_session_create *msg);
bool vit_get_exchange(const uint8_t *body, struct vit_msg_exchange *msg);
bool vit_get_program(const uint8_t *body, struct vit_msg_program *msg);
bool vit_get_channel_create(const uint8_t *body, struct vit_msg_channel_create *msg);
bool vit_get_channel_call(const uint8_t *body, struct vit_msg_channel_call *msg);
bool vit_get_opm_create(const uint8_t *body, struct vit_msg_opm_create *msg);
bool vit_get_opm_call(const uint8_t *body, struct vit_msg_opm_call *msg);
bool vit_get_decrypt(const uint8_t *body, struct vit_msg_decrypt *msg);
bool vit_get_encrypt(const uint8_t *body, struct vit_msg_encrypt *msg);
bool vit_get_copy(const uint8_t *body, struct vit_msg_copy *msg);
bool vit_get_convert(const uint8_t *body, struct vit_msg_convert *msg);

/* One line of the wire trace: names, ids, sizes; never a key, an IV or content. */
void vit_message_trace(const char *who, unsigned op, const uint8_t *body);

#endif
