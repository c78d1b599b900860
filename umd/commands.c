/* SPDX-License-Identifier: MIT */
#include "umd/commands.h"

#include "umd/device.h"
#include "umd/error.h"
#include "umd/query.h"
#include "umd/resource.h"
#include "wire/envelope.h"

/* What one message needs at most. */
enum {
    MESSAGE_LEN = VIT_MESSAGE_HEADER_LEN + 80,
    MESSAGE_RESOURCES = 2,
};

static uint32_t min32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void adopt(struct umd_commands *commands, void *buffer, UINT len,
        D3DDDI_ALLOCATIONLIST *allocations, UINT allocation_count,
        D3DDDI_PATCHLOCATIONLIST *patches, UINT patch_count)
{
    bool usable = buffer != NULL && allocations != NULL && patches != NULL && len >= MESSAGE_LEN &&
            allocation_count >= MESSAGE_RESOURCES && patch_count >= MESSAGE_RESOURCES;
    commands->allocation_count = 0;
    commands->patch_count = 0;
    commands->message_count = 0;
    commands->batch++;
    commands->allocations = allocations;
    commands->patches = patches;
    commands->allocation_capacity = usable ? allocation_count : 0;
    commands->patch_capacity = usable ? patch_count : 0;
    vit_writer_init(&commands->out, buffer,
            usable ? min32(len, VIT_SUBMISSION_MAX_LEN - VIT_ENVELOPE_LEN) : 0);
}

static enum vit_status check_usable(const struct umd_commands *commands)
{
    return commands->out.len != 0 ? VIT_OK : VIT_E_GONE;
}

enum vit_status umd_commands_init(struct umd_commands *commands,
        const D3DDDICB_CREATECONTEXT *context)
{
    *commands = (struct umd_commands){ .batch = 0 };
    adopt(commands, context->pCommandBuffer, context->CommandBufferSize, context->pAllocationList,
            context->AllocationListSize, context->pPatchLocationList,
            context->PatchLocationListSize);
    return check_usable(commands);
}

static bool has_room(const struct umd_commands *commands, size_t len)
{
    return commands->out.len - commands->out.at >= len &&
            commands->allocation_capacity - commands->allocation_count >= MESSAGE_RESOURCES &&
            commands->patch_capacity - commands->patch_count >= MESSAGE_RESOURCES &&
            commands->message_count < VIT_SUBMISSION_MAX_COUNT;
}

enum vit_status umd_commands_reserve(struct umd_device *device, enum vit_op op)
{
    size_t len = VIT_MESSAGE_HEADER_LEN + (size_t)vit_op_info(op)->request_len;
    if (has_room(&device->commands, len)) {
        return VIT_OK;
    }
    VIT_TRY(umd_flush(device));
    return has_room(&device->commands, len) ? VIT_OK : VIT_E_GONE;
}

bool umd_commands_use(const struct umd_commands *commands, const struct umd_resource *resource)
{
    return resource->batch == commands->batch;
}

static uint32_t list_index(struct umd_commands *commands, struct umd_resource *resource)
{
    if (umd_commands_use(commands, resource)) {
        return resource->list_index;
    }
    uint32_t index = commands->allocation_count++;
    commands->allocations[index] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = resource->allocation };
    resource->batch = commands->batch;
    resource->list_index = index;
    return index;
}

static void name_resource(struct umd_commands *commands, struct umd_resource *resource,
        uint16_t field, bool written)
{
    if (field == VIT_NO_FIELD) {
        return;
    }
    uint32_t index = list_index(commands, resource);
    if (written) {
        commands->allocations[index].WriteOperation = 1;
    }
    commands->patches[commands->patch_count++] = (D3DDDI_PATCHLOCATIONLIST){
        .AllocationIndex = index,
        .PatchOffset = (UINT)(commands->out.at + VIT_MESSAGE_HEADER_LEN + field),
    };
}

enum vit_status umd_commands_begin(struct umd_device *device, enum vit_op op,
        struct umd_resource *source, struct umd_resource *destination)
{
    struct umd_commands *commands = &device->commands;
    const struct vit_op_info *info = vit_op_info(op);
    VIT_TRY(umd_commands_reserve(device, op));
    name_resource(commands, source, info->resource_a, false);
    name_resource(commands, destination, info->resource_b, true);
    commands->message_count++;
    return VIT_OK;
}

static enum vit_status render(struct umd_device *device)
{
    struct umd_commands *commands = &device->commands;
    D3DDDICB_RENDER arguments = {
        .CommandLength = (UINT)commands->out.at,
        .NumAllocations = commands->allocation_count,
        .NumPatchLocations = commands->patch_count,
        .pNewCommandBuffer = commands->out.data,
        .NewCommandBufferSize = (UINT)commands->out.len,
        .pNewAllocationList = commands->allocations,
        .NewAllocationListSize = commands->allocation_capacity,
        .pNewPatchLocationList = commands->patches,
        .NewPatchLocationListSize = commands->patch_capacity,
        .hContext = device->context,
    };
    HRESULT hr = device->callbacks->pfnRenderCb(device->runtime, &arguments);
    if (FAILED(hr)) {
        /* What is new after a failure is not told for sure; the old ones stay ours. */
        adopt(commands, commands->out.data, (UINT)commands->out.len, commands->allocations,
                commands->allocation_capacity, commands->patches, commands->patch_capacity);
        enum vit_status status = umd_status(hr);
        return status == VIT_E_NOMEM ? VIT_E_NOMEM : VIT_E_GONE;
    }
    adopt(commands, arguments.pNewCommandBuffer, arguments.NewCommandBufferSize,
            arguments.pNewAllocationList, arguments.NewAllocationListSize,
            arguments.pNewPatchLocationList, arguments.NewPatchLocationListSize);
    return check_usable(commands);
}

/* The runtime hooks no submission itself any more and wants to be told of each (page "Handling
 * Errors" of the 11 DDI); it may call back, so nothing of ours is half done by now. */
static void tell_runtime(const struct umd_device *device)
{
    if (device->core_callbacks->pfnPerformAmortizedProcessingCb != NULL) {
        device->core_callbacks->pfnPerformAmortizedProcessingCb(device->core_layer);
    }
}

static enum vit_status submit(struct umd_device *device)
{
    enum vit_status status = render(device);
    umd_queries_submitted(device);
    tell_runtime(device);
    return status;
}

enum vit_status umd_flush(struct umd_device *device)
{
    return device->commands.message_count == 0 ? VIT_OK : submit(device);
}

void umd_drain(struct umd_device *device)
{
    enum vit_status status = umd_flush(device);
    (void)status; /* what was not taken is dropped, and whoever drains goes on in any case */
}

enum vit_status umd_flush_always(struct umd_device *device)
{
    if (device->commands.message_count == 0) {
        VIT_TRY(umd_commands_begin(device, VIT_OP_NOP, NULL, NULL));
        vit_put_nop(&device->commands.out);
    }
    return submit(device);
}
