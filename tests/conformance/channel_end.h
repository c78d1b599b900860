/* SPDX-License-Identifier: MIT */
/**
 * The application's end of an authenticated channel, by OpenSSL alone: its key, its numbers, and
 * messages of every kind.
 */
#ifndef TESTS_CONFORMANCE_CHANNEL_END_H
#define TESTS_CONFORMANCE_CHANNEL_END_H

#include "tests/conformance/rig.h"

#define CHANNEL_SOFTWARE D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE
#define CHANNEL_HARDWARE D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE

enum {
    CHANNEL_QUERIES = 13,
    CHANNEL_COMMANDS = 4, /* beside INITIALIZE */
    CHANNEL_MESSAGE_MAX_LEN = 128,
    CHANNEL_HEADER_LEN = 48, /* of answers and of commands */
    CHANNEL_QUERY_LEN = 32,  /* of QUERY_INPUT */
};

typedef D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE channel_type;

struct channel_end {
    struct vit_device *device;
    D3D11_1DDI_HAUTHCHANNEL handle;
    HANDLE hChannel;
    channel_type type;
    uint8_t key[16], block[PROVIDER_BLOCK_LEN];
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE initialize;
    UINT query, command; /* the next numbers */
};

/* Step by step. Skips the test when the driver has no channels of that type. */
void channel_create(struct rig *rig, struct vit_device *device, channel_type type,
        struct channel_end *end);
HRESULT channel_try_create(struct rig *rig, struct vit_device *device, channel_type type,
        struct channel_end *end);
/* A random key and its block under the certificate of such channels. */
void channel_make_key(struct channel_end *end);
HRESULT channel_negotiate(const struct channel_end *end, UINT size, const void *data);
void channel_exchange(struct channel_end *end);
HRESULT channel_initialize(struct channel_end *end, UINT query, UINT command);
/* All of that, with random numbers far from 2^32. */
void channel_open(struct rig *rig, struct vit_device *device, channel_type type,
        struct channel_end *end);
void channel_close(const struct channel_end *end);

/* Bytes as they are. Asserts that nothing behind the answer was written. answer_len: what the call
 * is given room for. Bytes that the driver leaves alone stay CHANNEL_UNTOUCHED. */
enum { CHANNEL_UNTOUCHED = 0xB7 };
HRESULT channel_send(const struct channel_end *end, const void *input, UINT len,
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *answer);
HRESULT channel_ask(const struct channel_end *end, const void *input, UINT len, void *answer,
        UINT answer_len);

/* Fill the header of a message; the command's is signed. */
void channel_sign(const struct channel_end *end, const GUID *type, UINT number, void *input,
        UINT len);
void channel_address(const struct channel_end *end, const GUID *type, UINT number, void *input);
/* Is the answer signed with the channel's key? */
bool channel_is_signed(const struct channel_end *end, const void *answer, UINT len);

/* A message with the next number; asserts that the answer is signed, echoes the message and says
 * what the call returned. */
HRESULT channel_command(struct channel_end *end, const GUID *type, void *input, UINT len);
HRESULT channel_query(struct channel_end *end, const GUID *type, void *input, UINT len,
        void *answer, UINT answer_len);
/* The same with a given number. */
HRESULT channel_command_at(const struct channel_end *end, UINT number, const GUID *type,
        void *input, UINT len);
HRESULT channel_query_at(const struct channel_end *end, UINT number, const GUID *type, void *input,
        UINT len, void *answer, UINT answer_len);

/* A harmless message with that number: is the number accepted? */
bool channel_takes_query_number(const struct channel_end *end, UINT number);
bool channel_takes_command_number(const struct channel_end *end, UINT number);

/* Messages of every kind. */
struct channel_kind {
    const char *name;
    const GUID *type;
    UINT len, answer_len;
    bool on_hardware;
    bool may_be_empty; /* a query by index of what there need not be any of */
    bool has_index;    /* at its end, and padding behind it */
};
extern const struct channel_kind channel_queries[CHANNEL_QUERIES];
extern const struct channel_kind channel_commands[CHANNEL_COMMANDS];

/* A channel and all that its queries can ask about. */
struct channel_stage {
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_HCRYPTOSESSION session;
    HANDLE session_handle, device_handle;
};
enum { CHANNEL_DECODER = 0xD0, CHANNEL_PROCESS = 0x770 };
void channel_stage_open(struct channel_stage *stage, channel_type type);
void channel_stage_close(struct channel_stage *stage);
/* What stands behind the header of a good message of that kind. */
void channel_fill_query(const struct channel_stage *stage, unsigned kind,
        uint8_t input[CHANNEL_MESSAGE_MAX_LEN]);
void channel_fill_command(const struct channel_stage *stage, unsigned kind,
        uint8_t input[CHANNEL_MESSAGE_MAX_LEN]);
HANDLE channel_number_handle(uint64_t number);

/* Flags of PROTECTION, as a query of the end tells them. */
UINT channel_flags(struct channel_end *end);
HRESULT channel_set_flags(struct channel_end *end, UINT flags);
enum { CHANNEL_PROTECTED = 1, CHANNEL_FULLSCREEN = 2 };

#endif
