/* SPDX-License-Identifier: MIT */
#include "umd/exchange.h"

#include <string.h>

#include "umd/device.h"
#include "umd/escape.h"

static const struct {
    enum vit_op forward, program;
} ops[] = {
    [UMD_EXCHANGE_SESSION] = { VIT_OP_SESSION_EXCHANGE, VIT_OP_SESSION_PROGRAM },
    [UMD_EXCHANGE_CHANNEL] = { VIT_OP_CHANNEL_EXCHANGE, VIT_OP_CHANNEL_PROGRAM },
};

static enum vit_status forward(struct umd_device *device, enum vit_op op,
        const struct vit_msg_exchange *message)
{
    struct umd_escape escape;
    umd_escape_begin(&escape, op, 0, 0);
    vit_put_exchange(&escape.out, op, message);
    return umd_escape_call(device, &escape, NULL, 0);
}

enum vit_status umd_exchange(struct umd_device *device, enum umd_exchange_for exchange_for,
        uint64_t object, const void *data)
{
    struct vit_msg_exchange message = { .session = object };
    memcpy(message.block, data, sizeof(message.block));
    if (device->adapter->custody.key == NULL) {
        return forward(device, ops[exchange_for].forward, &message);
    }
    return umd_key_page_exchange(device, ops[exchange_for].program, object, message.block);
}
