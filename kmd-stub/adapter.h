/* SPDX-License-Identifier: MIT */
/**
 * The adapter: one device behind one link, its handles, and the lock that every callback takes.
 *
 * hRTAdapter is the adapter. hRTDevice names a slot of it that lives as long as the adapter does,
 * with the slot's generation, so that a stale one is refused and never followed.
 *
 * A wait without progress over two seconds, or a link that is gone, loses the adapter: from then on
 * every callback but those that destroy says D3DDDIERR_DEVICEREMOVED.
 */
#ifndef KMD_STUB_ADAPTER_H
#define KMD_STUB_ADAPTER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "include/d3dumddi.h"
#include "kmd-stub/handles.h"
#include "kmd-stub/link.h"
#include "kmd-stub/opm.h"
#include "wire/capset.h"
#include "wire/envelope.h"
#include "wire/kmd.h"

enum {
    VIT_KMD_COMMAND_LEN = 64 * 1024, /* command buffer of a context */
    VIT_KMD_ALLOCATION_COUNT = 256,
    VIT_KMD_PATCH_COUNT = 512,
};

#define VIT_KMD_LIMIT_NS UINT64_C(2000000000)

struct vit_kmd_device;
struct vit_kmd_device_slot;

/* Copies of what user memory held, made once, looked at under the lock. */
struct vit_kmd_staging {
    uint8_t submission[VIT_ENVELOPE_LEN + VIT_KMD_COMMAND_LEN];
    D3DDDI_ALLOCATIONLIST allocations[VIT_KMD_ALLOCATION_COUNT];
    D3DDDI_PATCHLOCATIONLIST patches[VIT_KMD_PATCH_COUNT];
    struct vit_kmd_allocation *named[VIT_KMD_ALLOCATION_COUNT];
};

/* Who is told of completions. As a driver's notifications are, it is called at DISPATCH_LEVEL
 * (base/irql.h): it must not block, and not call back. */
struct vit_kmd_notify {
    void (*completed)(void *context, uint64_t sequence); /* NULL: nobody asked */
    void *context;
};

struct vit_kmd_adapter {
    uint32_t magic;
    /* Who drew the number that is served has all below, and the link. In turn: a device that submits
     * and waits without end does not keep the others out. */
    pthread_mutex_t lock; /* of the two numbers */
    pthread_cond_t next;
    uint64_t drawn, served;

    struct vit_link *link; /* owned */
    bool lost;
    struct vit_capset capset; /* chain borrowed from the link */
    char key_uri[VIT_KEY_URI_MAX_LEN + 1];
    struct vit_handles handles;
    struct vit_kmd_device_slot *slots, *free_slots;
    struct vit_kmd_opm opm;
    struct vit_kmd_notify notify;
    struct vit_kmd_staging staging;
    uint64_t submissions, refusals;
    enum vit_status last_refusal;
};

/**
 * @param link     owned from then on, on failure too
 * @param key_uri  kept when the device's custody is driver; NULL: none
 * @return VIT_E_ARG (URI too long), VIT_E_PROTOCOL (capset), VIT_E_NOMEM
 */
VIT_RESULT vit_kmd_adapter_create(struct vit_link *link, const char *key_uri,
        struct vit_kmd_adapter **adapter);
/* All devices must be destroyed. NULL is fine. */
void vit_kmd_adapter_destroy(struct vit_kmd_adapter *adapter);
VIT_DEFINE_AUTO(kmd_adapter, struct vit_kmd_adapter *, vit_kmd_adapter_destroy)

/* Takes the lock; VIT_AUTO(kmd_entry) gives it back. NULL: not an adapter. */
struct vit_kmd_adapter *vit_kmd_adapter_enter(HANDLE hRTAdapter);
void vit_kmd_adapter_leave(struct vit_kmd_adapter *adapter);
VIT_DEFINE_AUTO(kmd_entry, struct vit_kmd_adapter *, vit_kmd_adapter_leave)

/* Marks the adapter lost when status says so; returns status, or VIT_E_GONE of a lost adapter. */
enum vit_status vit_kmd_adapter_note(struct vit_kmd_adapter *adapter, enum vit_status status);

HRESULT vit_kmd_query_adapter_info(HANDLE hAdapter, const D3DDDICB_QUERYADAPTERINFO *data);

#endif
