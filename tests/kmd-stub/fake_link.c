/* SPDX-License-Identifier: MIT */
#include "tests/kmd-stub/fake_link.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>

#include "include/vitrine.h"
#include "kmd-stub/device.h"
#include "kmd-stub/tables.h"

static struct fake_link *of(struct vit_link *link)
{
    return (struct fake_link *)link;
}

static bool is_gone(struct fake_link *link)
{
    link->calls++;
    if (link->calls_left == 0) {
        return true;
    }
    link->calls_left -= link->calls_left > 0;
    return false;
}

static enum vit_status create_context(struct vit_link *base, uint32_t *context)
{
    struct fake_link *link = of(base);
    if (is_gone(link)) {
        return VIT_E_GONE;
    }
    link->contexts++;
    *context = ++link->last_context;
    return VIT_OK;
}

static void destroy_context(struct vit_link *base, uint32_t context)
{
    (void)context;
    (void)is_gone(of(base));
    of(base)->contexts--;
}

struct fake_resource *fake_link_resource(struct fake_link *link, uint32_t id)
{
    for (unsigned i = 0; i < FAKE_MAX_RESOURCES; i++) {
        if (link->resources[i].id == id) {
            return &link->resources[i];
        }
    }
    return NULL;
}

static bool is_backed(const struct vit_allocation_block *block)
{
    return block->kind == VIT_ALLOCATION_SHARED || block->kind == VIT_ALLOCATION_PRIMARY;
}

static enum vit_status create_resource(struct vit_link *base, uint32_t context,
        const struct vit_allocation_block *block, struct vit_link_resource *resource)
{
    struct fake_link *link = of(base);
    if (is_gone(link)) {
        return VIT_E_GONE;
    }
    if (link->create_status != VIT_OK) {
        enum vit_status status = link->create_status;
        link->create_status = VIT_OK;
        return status;
    }
    struct fake_resource *slot = fake_link_resource(link, 0);
    cr_assert_not_null(slot, "more resources than the test may have");
    *slot = (struct fake_resource){ .id = ++link->last_resource,
        .context = context,
        .block = *block };
    slot->mapping = is_backed(block) ? calloc(1, block->size) : NULL;
    link->resource_count++;
    *resource = (struct vit_link_resource){ .id = slot->id,
        .mapping = slot->mapping,
        .size = block->size };
    return VIT_OK;
}

static void destroy_resource(struct vit_link *base, uint32_t context,
        struct vit_link_resource *resource)
{
    struct fake_link *link = of(base);
    (void)is_gone(link);
    struct fake_resource *slot = fake_link_resource(link, resource->id);
    cr_assert_not_null(slot);
    cr_assert_eq(slot->context, context);
    free(slot->mapping);
    *slot = (struct fake_resource){ .id = 0 };
    link->resource_count--;
}

static uint32_t body_len_of(const struct fake_link *link)
{
    if (link->reply_body_len != UINT32_MAX) {
        return link->reply_body_len;
    }
    const struct vit_op_info *info = vit_op_info(link->messages[0]);
    return info != NULL && link->reply_status == VIT_OK ? info->reply_len : 0;
}

static void write_reply(struct fake_link *link, const struct vit_envelope *envelope)
{
    struct fake_resource *replies = fake_link_resource(link, envelope->reply_resource);
    if (replies == NULL) {
        return; /* its device was destroyed while it was lost */
    }
    uint8_t *slot = replies->mapping + envelope->reply_offset;
    struct vit_reply reply = { .status = link->reply_status, .body_len = body_len_of(link) };
    struct vit_writer out;
    vit_writer_init(&out, slot, envelope->reply_capacity);
    vit_put_reply(&out, &reply);
    vit_put_bytes(&out, link->reply_body, reply.body_len < 16 ? reply.body_len : 16);
    if (link->raw_status != 0) {
        vit_store_le32(slot + 8, link->raw_status);
    }
    memcpy(slot, &envelope->sequence, sizeof(envelope->sequence));
    link->completed++;
}

bool fake_link_complete(struct fake_link *link)
{
    if (link->held_count == 0) {
        return false;
    }
    write_reply(link, &link->held[link->held_first % FAKE_MAX_HELD]);
    link->held_first++;
    link->held_count--;
    return true;
}

static void keep(struct fake_link *link, uint32_t context, const uint8_t *bytes, size_t len)
{
    struct vit_reader in;
    vit_reader_init(&in, bytes, len);
    cr_assert_eq(vit_get_envelope(&in, &link->envelope), VIT_OK, "the envelope is one");
    cr_assert_eq(link->envelope.length, len);
    link->messages_len = vit_reader_left(&in);
    memcpy(link->messages, bytes + in.at, link->messages_len);
    link->submitted_context = context;
    link->submissions++;
}

static enum vit_status submit(struct vit_link *base, uint32_t context, const void *bytes,
        size_t len)
{
    struct fake_link *link = of(base);
    if (is_gone(link)) {
        return VIT_E_GONE;
    }
    if (link->busy_submits > 0) {
        link->busy_submits--;
        return VIT_E_BUSY;
    }
    keep(link, context, bytes, len);
    cr_assert_lt(link->held_count, FAKE_MAX_HELD);
    link->held[(link->held_first + link->held_count++) % FAKE_MAX_HELD] = link->envelope;
    if (!link->hold) {
        fake_link_complete(link);
    }
    return VIT_OK;
}

static enum vit_status present(struct vit_link *base, uint32_t context, uint32_t output,
        const struct vit_link_resource *resource, const struct vit_surface *surface)
{
    (void)context;
    struct fake_link *link = of(base);
    if (is_gone(link)) {
        return VIT_E_GONE;
    }
    link->presents++;
    link->presented = resource->id;
    link->presented_output = output;
    link->presented_surface = *surface;
    link->completed_at_present = link->completed;
    return link->present_status;
}

static enum vit_status wait_link(struct vit_link *base, uint64_t limit_ns)
{
    struct fake_link *link = of(base);
    link->waits++;
    link->last_limit_ns = limit_ns;
    if (is_gone(link)) {
        return VIT_E_GONE;
    }
    if (link->dead) {
        poll(NULL, 0, (int)(limit_ns / 1000000));
        return VIT_E_TIMEOUT;
    }
    if (limit_ns == 0) {
        return VIT_E_TIMEOUT; /* held ones take time */
    }
    return fake_link_complete(link) ? VIT_OK : VIT_E_TIMEOUT;
}

static void destroy(struct vit_link *base)
{
    struct fake_link *link = of(base);
    for (unsigned i = 0; i < FAKE_MAX_RESOURCES; i++) {
        free(link->resources[i].mapping);
    }
    if (link->destroyed != NULL) {
        *link->destroyed = true;
    }
    free(link);
}

static const struct vit_link_impl impl = {
    .name = "fake",
    .create_context = create_context,
    .destroy_context = destroy_context,
    .create_resource = create_resource,
    .destroy_resource = destroy_resource,
    .submit = submit,
    .present = present,
    .wait = wait_link,
    .destroy = destroy,
};

struct fake_link *fake_link_create(uint32_t custody)
{
    struct fake_link *link = calloc(1, sizeof(*link));
    cr_assert_not_null(link);
    struct vit_capset capset = { .custody = custody,
        .outputs = 2,
        .session_limit = 16,
        .byte_limit = 1 << 20,
        .chain = (const uint8_t *)"chain",
        .chain_len = 5 };
    cr_assert_eq(vit_capset_encode(&capset, link->capset, sizeof(link->capset),
                         &link->base.capset_len),
            VIT_OK);
    link->base.impl = &impl;
    link->base.capset = link->capset;
    link->base.in_flight_limit = 60;
    link->calls_left = -1;
    link->reply_body_len = UINT32_MAX;
    return link;
}

HANDLE rig_create_device(struct rig *rig)
{
    HANDLE device = NULL;
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(rig->adapter);
    cr_assert_eq(vit_kmd_device_create(adapter, &device), VIT_OK);
    return device;
}

void rig_destroy_device(struct rig *rig, HANDLE device)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(rig->adapter);
    vit_kmd_device_destroy(vit_kmd_device_find(adapter, device));
}

void rig_init(struct rig *rig)
{
    *rig = (struct rig){ .link = fake_link_create(VITRINE_CUSTODY_DRIVER) };
    cr_assert_eq(vit_kmd_adapter_create(&rig->link->base, "file:key", &rig->adapter), VIT_OK);
    rig->device = rig_create_device(rig);
    cr_assert_eq(vit_kmd_device_callbacks.pfnCreateContextCb(rig->device, &rig->context), S_OK);
    vit_writer_init(&rig->out, rig->context.pCommandBuffer, rig->context.CommandBufferSize);
}

void rig_finish(struct rig *rig)
{
    rig_destroy_device(rig, rig->device);
    unsigned contexts = rig->link->contexts;
    unsigned resources = rig->link->resource_count;
    vit_kmd_adapter_destroy(rig->adapter);
    cr_assert_eq(contexts, 0, "a context of the link is left");
    cr_assert_eq(resources, 0, "a resource of the link is left");
}

HRESULT rig_allocate(struct rig *rig, HANDLE device, enum vit_allocation_kind kind,
        D3DKMT_HANDLE *handle)
{
    (void)rig;
    bool picture = kind >= VIT_ALLOCATION_PRIMARY;
    struct vit_allocation_block block = { kind, picture ? 64 : 4096, picture ? 32 : 1,
        picture ? VIT_FORMAT_BGRX : VIT_FORMAT_BYTES, picture ? 64 * 32 * 4 : 4096 };
    uint8_t bytes[VIT_ALLOCATION_BLOCK_LEN];
    vit_allocation_block_encode(&block, bytes);
    D3DDDI_ALLOCATIONINFO info = { .pPrivateDriverData = bytes,
        .PrivateDriverDataSize = sizeof(bytes) };
    info.Flags.Primary = picture;
    info.VidPnSourceId = picture ? 1 : 0;
    D3DDDICB_ALLOCATE data = { .NumAllocations = 1, .pAllocationInfo = &info };
    HRESULT result = vit_kmd_device_callbacks.pfnAllocateCb(device, &data);
    *handle = info.hAllocation;
    return result;
}

D3DKMT_HANDLE rig_allocation(struct rig *rig, enum vit_allocation_kind kind)
{
    D3DKMT_HANDLE handle = 0;
    cr_assert_eq(rig_allocate(rig, rig->device, kind, &handle), S_OK);
    cr_assert_neq(handle, 0);
    return handle;
}

void rig_deallocate(struct rig *rig, D3DKMT_HANDLE handle)
{
    D3DDDICB_DEALLOCATE data = { .NumAllocations = 1, .HandleList = &handle };
    cr_assert_eq(vit_kmd_device_callbacks.pfnDeallocateCb(rig->device, &data), S_OK);
}

HRESULT rig_render(struct rig *rig, UINT allocations, UINT patches)
{
    cr_assert(vit_writer_ok(&rig->out));
    D3DDDICB_RENDER data = { .CommandLength = (UINT)rig->out.at,
        .NumAllocations = allocations,
        .NumPatchLocations = patches,
        .hContext = rig->context.hContext };
    rig->out.at = 0;
    return vit_kmd_device_callbacks.pfnRenderCb(rig->device, &data);
}

HRESULT rig_copy(struct rig *rig, D3DKMT_HANDLE source, D3DKMT_HANDLE destination)
{
    struct vit_msg_copy copy = { .row_len = 16,
        .rows = 1,
        .source_pitch = 16,
        .destination_pitch = 16 };
    UINT body = (UINT)rig->out.at + VIT_MESSAGE_HEADER_LEN;
    vit_put_copy(&rig->out, &copy);
    rig->context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = source };
    rig->context.pAllocationList[1] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = destination };
    rig->context.pPatchLocationList[0] =
            (D3DDDI_PATCHLOCATIONLIST){ .AllocationIndex = 0, .PatchOffset = body };
    rig->context.pPatchLocationList[1] =
            (D3DDDI_PATCHLOCATIONLIST){ .AllocationIndex = 1, .PatchOffset = body + 4 };
    return rig_render(rig, 2, 2);
}

HRESULT rig_lock(struct rig *rig, D3DKMT_HANDLE handle, D3DDDICB_LOCKFLAGS flags, void **data)
{
    D3DDDICB_LOCK lock = { .hAllocation = handle, .Flags = flags };
    lock.Flags.LockEntire = 1;
    HRESULT result = vit_kmd_device_callbacks.pfnLockCb(rig->device, &lock);
    if (data != NULL) {
        *data = lock.pData;
    }
    return result;
}

HRESULT rig_unlock(struct rig *rig, D3DKMT_HANDLE handle)
{
    D3DDDICB_UNLOCK unlock = { 1, &handle };
    return vit_kmd_device_callbacks.pfnUnlockCb(rig->device, &unlock);
}
