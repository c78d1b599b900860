/* SPDX-License-Identifier: MIT */
#include "kmd-stub/device.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/clock.h"
#include "base/irql.h"
#include "base/secret.h"
#include "kmd-stub/allocation.h"
#include "kmd-stub/context.h"
#include "kmd-stub/device_slot.h"
#include "kmd-stub/event.h"

_Static_assert((int)VIT_KMD_REPLY_SLOT_LEN >= (int)VIT_REPLY_MAX_LEN, "a reply fits its slot");
_Static_assert(4096 % VIT_KMD_REPLY_SLOT_LEN == 0, "a reply lies in one page");

static uint8_t *reply_slot(const struct vit_kmd_device *device, uint64_t sequence)
{
    uint8_t *replies = device->replies.mapping;
    return replies + sequence % VIT_KMD_REPLY_SLOTS * VIT_KMD_REPLY_SLOT_LEN;
}

static bool is_written(const struct vit_kmd_device *device, uint64_t sequence)
{
    const uint64_t *written = (const uint64_t *)(const void *)reply_slot(device, sequence);
    return le64toh(__atomic_load_n(written, __ATOMIC_ACQUIRE)) == sequence;
}

static enum vit_status read_reply(const struct vit_kmd_device *device, uint64_t sequence,
        uint8_t copy[VIT_KMD_REPLY_SLOT_LEN], struct vit_reply *reply)
{
    struct vit_reader in;
    memcpy(copy, reply_slot(device, sequence), VIT_KMD_REPLY_SLOT_LEN);
    vit_reader_init(&in, copy, VIT_KMD_REPLY_SLOT_LEN);
    return vit_get_reply(&in, reply);
}

static void tell(struct vit_kmd_device *device)
{
    const struct vit_kmd_notify *notify = &device->adapter->notify;
    vit_kmd_events_fire(device, device->completed);
    if (notify->completed != NULL) {
        notify->completed(notify->context, device->completed);
    }
}

static enum vit_status take_complete(struct vit_kmd_device *device)
{
    struct vit_kmd_adapter *adapter = device->adapter;
    uint64_t before = device->completed;
    while (device->completed < device->submitted && is_written(device, device->completed + 1)) {
        uint8_t copy[VIT_KMD_REPLY_SLOT_LEN];
        struct vit_reply reply;
        enum vit_status status = read_reply(device, device->completed + 1, copy, &reply);
        vit_wipe(copy, sizeof(copy));
        if (status != VIT_OK) {
            return vit_kmd_adapter_note(adapter, status);
        }
        if (reply.status != VIT_OK) {
            adapter->refusals++;
            adapter->last_refusal = reply.status;
        }
        device->completed++;
    }
    if (device->completed != before) {
        device->stalled_since_ns = 0;
        tell(device);
    }
    return VIT_OK;
}

/* Takes what is complete. Drivers do so at DISPATCH_LEVEL, when the device has interrupted. */
static enum vit_status harvest(struct vit_kmd_device *device)
{
    enum vit_irql before = vit_irql_set(VIT_IRQL_DISPATCH);
    enum vit_status status = take_complete(device);
    (void)vit_irql_set(before);
    return status;
}

/* Two seconds of waits without any progress: the device is dead. */
static enum vit_status watch(struct vit_kmd_device *device)
{
    bool idle = device->completed == device->submitted;
    bool alive = vit_now_ns() - device->stalled_since_ns < VIT_KMD_LIMIT_NS;
    return idle || alive ? VIT_OK : vit_kmd_adapter_note(device->adapter, VIT_E_GONE);
}

/* One step of the link, at most limit_ns long; VIT_E_TIMEOUT: nothing completed here. */
static enum vit_status step(struct vit_kmd_device *device, uint64_t limit_ns)
{
    struct vit_kmd_adapter *adapter = device->adapter;
    uint64_t before = device->completed;
    uint64_t limit = limit_ns < VIT_KMD_LIMIT_NS ? limit_ns : VIT_KMD_LIMIT_NS;
    if (device->stalled_since_ns == 0) {
        device->stalled_since_ns = vit_now_ns();
    }
    enum vit_status status = adapter->link->impl->wait(adapter->link, limit);
    if (status != VIT_OK && status != VIT_E_TIMEOUT) {
        return vit_kmd_adapter_note(adapter, VIT_E_GONE);
    }
    VIT_TRY(harvest(device));
    if (device->completed != before) {
        return VIT_OK;
    }
    VIT_TRY(watch(device));
    return VIT_E_TIMEOUT;
}

static uint64_t deadline_of(uint64_t limit_ns)
{
    if (limit_ns == 0 || limit_ns == UINT64_MAX) {
        return limit_ns;
    }
    uint64_t now = vit_now_ns();
    return limit_ns < UINT64_MAX - now ? now + limit_ns : UINT64_MAX;
}

static uint64_t left_until(uint64_t deadline)
{
    if (deadline == 0 || deadline == UINT64_MAX) {
        return deadline;
    }
    uint64_t now = vit_now_ns();
    return now < deadline ? deadline - now : 0;
}

enum vit_status vit_kmd_device_wait(struct vit_kmd_device *device, uint64_t sequence,
        uint64_t limit_ns)
{
    if (device->adapter->lost) {
        return VIT_E_GONE;
    }
    VIT_TRY(harvest(device));
    uint64_t deadline = deadline_of(limit_ns);
    uint64_t left = limit_ns;
    while (device->completed < sequence) {
        enum vit_status status = step(device, left);
        if (status != VIT_OK && status != VIT_E_TIMEOUT) {
            return status;
        }
        left = left_until(deadline);
        if (left == 0) {
            break;
        }
    }
    return device->completed >= sequence ? VIT_OK : VIT_E_TIMEOUT;
}

enum vit_status vit_kmd_device_progress(struct vit_kmd_device *device, uint64_t limit_ns)
{
    uint64_t before = device->completed;
    VIT_TRY(vit_kmd_device_wait(device, before, 0));
    if (device->completed != before || device->completed == device->submitted) {
        return VIT_OK;
    }
    return vit_kmd_device_wait(device, before + 1, limit_ns);
}

static void put_envelope(const struct vit_kmd_device *device, uint64_t sequence, size_t len,
        uint32_t count)
{
    struct vit_writer out;
    vit_writer_init(&out, device->adapter->staging.submission, VIT_ENVELOPE_LEN);
    vit_put_envelope(&out,
            &(struct vit_envelope){
                    .length = (uint32_t)len,
                    .count = count,
                    .sequence = sequence,
                    .reply_resource = device->replies.id,
                    .reply_capacity = VIT_KMD_REPLY_SLOT_LEN,
                    .reply_offset = sequence % VIT_KMD_REPLY_SLOTS * VIT_KMD_REPLY_SLOT_LEN,
            });
    assert(vit_writer_ok(&out));
}

/* The link may be full of what other devices submitted. */
static enum vit_status submit_bytes(struct vit_kmd_device *device, size_t len)
{
    struct vit_link *link = device->adapter->link;
    for (;;) {
        enum vit_status status =
                link->impl->submit(link, device->context, device->adapter->staging.submission, len);
        if (status != VIT_E_BUSY) {
            return vit_kmd_adapter_note(device->adapter, status);
        }
        status = link->impl->wait(link, VIT_KMD_LIMIT_NS);
        if (status != VIT_OK) {
            return vit_kmd_adapter_note(device->adapter, VIT_E_GONE);
        }
    }
}

static uint64_t room(const struct vit_kmd_device *device)
{
    uint64_t limit = device->adapter->link->in_flight_limit;
    return limit < VIT_KMD_REPLY_SLOTS ? limit : VIT_KMD_REPLY_SLOTS;
}

enum vit_status vit_kmd_device_submit(struct vit_kmd_device *device, size_t len, uint32_t count)
{
    uint64_t sequence = device->submitted + 1;
    if (sequence > room(device)) {
        VIT_TRY(vit_kmd_device_wait(device, sequence - room(device), UINT64_MAX));
    }
    size_t whole = VIT_ENVELOPE_LEN + len;
    put_envelope(device, sequence, whole, count);
    if (device->completed == device->submitted) {
        device->stalled_since_ns = 0;
    }
    VIT_TRY(submit_bytes(device, whole));
    device->submitted = sequence;
    device->adapter->submissions++;
    return harvest(device);
}

enum vit_status vit_kmd_device_take_reply(struct vit_kmd_device *device, enum vit_status *status,
        void *body, size_t body_len)
{
    uint8_t copy[VIT_KMD_REPLY_SLOT_LEN];
    struct vit_reply reply;
    enum vit_status read = read_reply(device, device->completed, copy, &reply);
    vit_wipe(reply_slot(device, device->completed) + VIT_REPLY_HEADER_LEN,
            VIT_KMD_REPLY_SLOT_LEN - VIT_REPLY_HEADER_LEN);
    bool fits = read == VIT_OK && (reply.status != VIT_OK || reply.body_len == body_len);
    if (fits) {
        if (reply.status == VIT_OK && body_len > 0) {
            memcpy(body, copy + VIT_REPLY_HEADER_LEN, body_len);
        }
        *status = reply.status;
    }
    vit_wipe(copy, sizeof(copy));
    return fits ? VIT_OK : vit_kmd_adapter_note(device->adapter, VIT_E_PROTOCOL);
}

static enum vit_status create_replies(struct vit_kmd_device *device)
{
    struct vit_link *link = device->adapter->link;
    struct vit_allocation_block block = {
        .kind = VIT_ALLOCATION_SHARED,
        .width = VIT_KMD_REPLY_SLOTS * VIT_KMD_REPLY_SLOT_LEN,
        .height = 1,
        .format = VIT_FORMAT_BYTES,
        .size = VIT_KMD_REPLY_SLOTS * VIT_KMD_REPLY_SLOT_LEN,
    };
    return link->impl->create_resource(link, device->context, &block, &device->replies);
}

/* What create_on_link() made, in part too. */
static void destroy_on_link(struct vit_kmd_device *device)
{
    struct vit_link *link = device->adapter->link;
    if (device->replies.id != 0) {
        link->impl->destroy_resource(link, device->context, &device->replies);
    }
    if (device->context != 0) {
        link->impl->destroy_context(link, device->context);
    }
}

static enum vit_status create_on_link(struct vit_kmd_device *device)
{
    struct vit_link *link = device->adapter->link;
    VIT_TRY(link->impl->create_context(link, &device->context));
    return create_replies(device);
}

static void close_device(struct vit_kmd_device *device)
{
    destroy_on_link(device);
    free(device);
}
VIT_DEFINE_AUTO(kmd_opened, struct vit_kmd_device *, close_device)

enum vit_status vit_kmd_device_open(struct vit_kmd_adapter *adapter, struct vit_kmd_device **out)
{
    if (adapter->lost) {
        return VIT_E_GONE;
    }
    VIT_AUTO(kmd_opened) device = calloc(1, sizeof(*device));
    if (device == NULL) {
        return VIT_E_NOMEM;
    }
    device->adapter = adapter;
    VIT_TRY(vit_kmd_adapter_note(adapter, create_on_link(device)));

    *out = device;
    device = NULL;
    return VIT_OK;
}

enum vit_status vit_kmd_device_create(struct vit_kmd_adapter *adapter, HANDLE *hRTDevice)
{
    VIT_AUTO(kmd_opened) device = NULL;
    VIT_TRY(vit_kmd_device_open(adapter, &device));
    VIT_TRY(vit_kmd_device_slot_take(device, hRTDevice));
    device = NULL; /* the slot has it */
    return VIT_OK;
}

void vit_kmd_device_destroy(struct vit_kmd_device *device)
{
    /* A lost device completes nothing more; what it owned goes all the same. */
    enum vit_status status = vit_kmd_device_wait(device, device->submitted, UINT64_MAX);
    (void)status;
    vit_kmd_contexts_destroy(device);
    vit_kmd_allocations_destroy(device);
    vit_kmd_events_finish(device);
    if (device->slot != NULL) {
        vit_kmd_device_slot_give(device);
    }
    close_device(device);
}
