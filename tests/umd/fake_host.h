/* SPDX-License-Identifier: MIT */
/**
 * What lies below the user-mode driver, scripted: a kernel driver and a device in one structure that
 * record what they are asked and answer what the test says. Allocations are ordinary memory; an
 * escape is answered at once; submissions are taken apart into their messages.
 */
#ifndef TESTS_UMD_FAKE_HOST_H
#define TESTS_UMD_FAKE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "d3d10umddi.h"
#include "d3dumddi.h"
#include "dxgiddi.h"
#include "wire/envelope.h"
#include "wire/kmd.h"

enum {
    FAKE_ALLOCATIONS = 64,
    FAKE_MESSAGES = 512,
    FAKE_ESCAPES = 256,
    FAKE_EVENTS = 64,
    FAKE_ERRORS = 64,
    FAKE_COMMAND_LEN = 4096,
    FAKE_LIST_COUNT = 64,
    FAKE_DEVICES = 2,
};

struct fake_allocation {
    D3DKMT_HANDLE handle; /* 0: none */
    D3DKMT_HANDLE before; /* it was renamed; commands may still name it so */
    struct vit_allocation_block block;
    bool primary;
    UINT output;
    uint8_t *bytes; /* NULL: protected */
    unsigned lock_count;
    bool busy; /* to be answered to DonotWait */
};

/* A message as the device would get it, with the allocations in place of resource ids. */
struct fake_message {
    uint16_t op;
    uint8_t body[VIT_REQUEST_MAX_LEN];
    D3DKMT_HANDLE a, b;
    bool writes_a, writes_b;
    uint8_t page[16]; /* of SESSION_PROGRAM and CHANNEL_PROGRAM: what the page held at that time */
    unsigned render;  /* number of the submission; 0: an escape */
};

struct fake_device {
    struct fake_host *host;
    unsigned context_count;
    uint8_t *commands[2];
    D3DDDI_ALLOCATIONLIST *allocations;
    D3DDDI_PATCHLOCATIONLIST *patches;
    unsigned buffer; /* of the two that is lent; the other is poisoned */

    HRESULT errors[FAKE_ERRORS]; /* pfnSetErrorCb */
    unsigned error_count;
    unsigned amortized_count;
};

struct fake_host {
    /* What the device tells of itself. */
    struct vit_capset capset;
    char key_uri[512];
    bool garbled; /* the adapter block comes back broken */

    /* Results of callbacks; S_OK: does its work. */
    HRESULT query_adapter, allocate, lock, escape, render, create_context, destroy_context, signal,
            wait, present;
    HRESULT lock_discard;         /* of locks with Discard */
    enum vit_status answer;       /* of escapes */
    UINT command_len, list_count; /* what contexts get */
    bool null_lock;               /* lock says S_OK and gives no memory */
    bool short_render;            /* render says S_OK and lends nothing */
    bool hold_events;             /* events wait for fake_complete() */
    bool complete_on_wait;        /* or for the next wait callback */
    bool rename_on_discard;

    struct fake_device devices[FAKE_DEVICES];
    struct fake_allocation allocations[FAKE_ALLOCATIONS];
    unsigned allocation_count; /* made so far */
    unsigned live_count;
    unsigned locked_count; /* destroyed while locked: must not be */
    struct fake_message escapes[FAKE_ESCAPES];
    unsigned escape_count;
    struct fake_message messages[FAKE_MESSAGES];
    unsigned message_count, render_count;
    unsigned unrecorded_count; /* messages that came when there was no room for more */
    unsigned longest_count;    /* messages of the longest submission */
    struct vit_kmd_event *events[FAKE_EVENTS];
    unsigned event_count, signal_count, wait_count, lock_call_count;
    UINT64 last_wait_limit;
    DXGIDDICB_PRESENT presented;
    unsigned present_count;
    uint64_t next_session; /* or channel */
    uint8_t reply[88];     /* of messages that return something else */
    D3DDDICB_LOCKFLAGS last_lock;
};

extern const D3DDDI_ADAPTERCALLBACKS fake_adapter_callbacks;
extern const D3DDDI_DEVICECALLBACKS fake_device_callbacks;
extern const D3D11DDI_CORELAYER_DEVICECALLBACKS fake_core_callbacks;
extern DXGI_DDI_BASE_CALLBACKS fake_dxgi_callbacks;

void fake_init(struct fake_host *host);
void fake_finish(struct fake_host *host);

struct fake_allocation *fake_find(struct fake_host *host, D3DKMT_HANDLE handle);
/* The allocation made last. */
struct fake_allocation *fake_last_allocation(struct fake_host *host);
const struct fake_message *fake_last_escape(const struct fake_host *host);
const struct fake_message *fake_last_message(const struct fake_host *host);
unsigned fake_count_escapes(const struct fake_host *host, enum vit_op op);
unsigned fake_count_messages(const struct fake_host *host, enum vit_op op);
/* Sets all events. */
void fake_complete(struct fake_host *host);

#endif
