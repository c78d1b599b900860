/* SPDX-License-Identifier: MIT */
#include "umd/escape.h"

#include <assert.h>

#include "umd/commands.h"
#include "umd/device.h"
#include "umd/error.h"
#include "wire/envelope.h"

static void name_allocation(struct vit_escape *head, D3DKMT_HANDLE handle, uint16_t field)
{
    if (handle == 0 || field == VIT_NO_FIELD) {
        return;
    }
    head->allocations[head->allocation_count].handle = handle;
    head->allocations[head->allocation_count].offset = VIT_MESSAGE_HEADER_LEN + field;
    head->allocation_count++;
}

void umd_escape_begin(struct umd_escape *escape, enum vit_op op, D3DKMT_HANDLE a, D3DKMT_HANDLE b)
{
    const struct vit_op_info *info = vit_op_info(op);
    struct vit_escape head = { .allocation_count = 0 };
    name_allocation(&head, a, info->resource_a);
    name_allocation(&head, b, info->resource_b);
    vit_writer_init(&escape->out, escape->block, sizeof(escape->block));
    vit_escape_encode(&head, &escape->out);
}

/* The block ends with its message, but the reply must have room over it. */
static void make_room(struct umd_escape *escape, size_t reply_len)
{
    size_t least = VIT_ESCAPE_HEADER_LEN + reply_len;
    if (escape->out.at < least) {
        vit_put_zeros(&escape->out, least - escape->out.at);
    }
}

enum vit_status umd_escape_call(struct umd_device *device, struct umd_escape *escape, void *reply,
        size_t reply_len)
{
    make_room(escape, reply_len);
    assert(vit_writer_ok(&escape->out));
    VIT_TRY(umd_flush(device));
    D3DDDICB_ESCAPE arguments = {
        .hDevice = device->runtime,
        .pPrivateDriverData = escape->block,
        .PrivateDriverDataSize = (UINT)escape->out.at,
        .hContext = device->context,
    };
    enum vit_status status =
            umd_status(device->callbacks->pfnEscapeCb(device->adapter->runtime, &arguments));
    if (status != VIT_E_ARG) { /* that is a handle which the kernel does not know */
        VIT_TRY(umd_kernel_failure(status));
    }
    VIT_TRY(status);
    status = vit_escape_result(escape->block, escape->out.at, reply, reply_len);
    /* The device is there and says that the session is not any more. */
    return status == VIT_E_GONE ? VIT_E_STATE : status;
}
