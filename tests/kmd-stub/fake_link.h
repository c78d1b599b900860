/* SPDX-License-Identifier: MIT */
/**
 * A link without a device: answers what the test says, keeps what was submitted, and is gone when
 * the test wants it.
 */
#ifndef TESTS_KMD_STUB_FAKE_LINK_H
#define TESTS_KMD_STUB_FAKE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/d3dumddi.h"
#include "kmd-stub/adapter.h"
#include "kmd-stub/link.h"
#include "wire/envelope.h"

enum { FAKE_MAX_RESOURCES = 256, FAKE_MAX_HELD = 256 };

struct fake_resource {
    uint32_t id, context;
    uint8_t *mapping;
    struct vit_allocation_block block;
};

struct fake_link {
    struct vit_link base;
    uint8_t capset[VIT_CAPSET_MAX_LEN];
    bool *destroyed; /* set by destroy; may be NULL */

    /* Calls that still work; then everything is VIT_E_GONE. Negative: all. */
    int calls_left;
    unsigned calls;
    enum vit_status create_status; /* of the next resource, when not VIT_OK; once */
    unsigned busy_submits;         /* so many say VIT_E_BUSY first */

    bool hold; /* submissions complete in wait() only */
    bool dead; /* and not even there: wait() lasts as long as its limit */
    unsigned waits;
    uint64_t last_limit_ns;
    struct vit_envelope held[FAKE_MAX_HELD];
    unsigned held_first, held_count;

    enum vit_status reply_status; /* of every submission */
    uint32_t reply_body_len;      /* UINT32_MAX: what the op says */
    uint8_t reply_body[VIT_REPLY_BODY_MAX_LEN];
    uint32_t raw_status; /* not 0: stands in the reply instead, valid or not */

    unsigned submissions;
    struct vit_envelope envelope;             /* of the last one */
    uint8_t messages[VIT_SUBMISSION_MAX_LEN]; /* of the last one */
    size_t messages_len;
    uint32_t submitted_context;
    unsigned contexts; /* living */
    uint32_t last_context, last_resource;
    struct fake_resource resources[FAKE_MAX_RESOURCES];
    unsigned resource_count; /* living */

    unsigned presents;
    uint32_t presented, presented_output;
    struct vit_surface presented_surface;
    unsigned completed_at_present;
    unsigned completed;
    enum vit_status present_status;
};

/* custody: of include/vitrine.h. Freed by its own destroy. */
struct fake_link *fake_link_create(uint32_t custody);
/* Completes the oldest held submission; false: none. */
bool fake_link_complete(struct fake_link *link);
struct fake_resource *fake_link_resource(struct fake_link *link, uint32_t id);

/* An adapter over a fake link with a device and a context. */
struct rig {
    struct fake_link *link;
    struct vit_kmd_adapter *adapter;
    HANDLE device;
    D3DDDICB_CREATECONTEXT context;
    struct vit_writer out; /* on the context's command buffer */
};

void rig_init(struct rig *rig);
void rig_finish(struct rig *rig);

HANDLE rig_create_device(struct rig *rig);
void rig_destroy_device(struct rig *rig, HANDLE device);
/* A block for each kind: buffers of 4096 bytes, pictures of 64 x 32. */
HRESULT rig_allocate(struct rig *rig, HANDLE device, enum vit_allocation_kind kind,
        D3DKMT_HANDLE *handle);
D3DKMT_HANDLE rig_allocation(struct rig *rig, enum vit_allocation_kind kind);
void rig_deallocate(struct rig *rig, D3DKMT_HANDLE handle);
/* Submits what rig->out holds. */
HRESULT rig_render(struct rig *rig, UINT allocations, UINT patches);
/* A COPY from one to the other, named as it must be. */
HRESULT rig_copy(struct rig *rig, D3DKMT_HANDLE source, D3DKMT_HANDLE destination);
HRESULT rig_lock(struct rig *rig, D3DKMT_HANDLE handle, D3DDDICB_LOCKFLAGS flags, void **data);
HRESULT rig_unlock(struct rig *rig, D3DKMT_HANDLE handle);

#endif
