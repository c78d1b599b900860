/* SPDX-License-Identifier: MIT */
/**
 * A tap around any host: the driver sees handles, command buffers and callback tables of the tap,
 * which forwards to the host's. It counts every call, holds each against the page of its callback,
 * knows what was not given back, and can let one call fail, answer nothing or answer nonsense.
 *
 * Command buffers and lists end at a page that nobody may touch, and those of the submission before
 * may not be touched either: a driver that goes on with them ends with a signal. One thread.
 */
#ifndef TESTS_CONFORMANCE_TAP_H
#define TESTS_CONFORMANCE_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/ddi.h"

enum tap_call {
    TAP_QUERY_ADAPTER_INFO,
    TAP_ALLOCATE,
    TAP_DEALLOCATE,
    TAP_LOCK,
    TAP_UNLOCK,
    TAP_RENDER,
    TAP_ESCAPE,
    TAP_CREATE_CONTEXT,
    TAP_DESTROY_CONTEXT,
    TAP_CREATE_SYNC,
    TAP_DESTROY_SYNC,
    TAP_SIGNAL,
    TAP_WAIT,
    TAP_PRESENT,
    TAP_OTHER, /* not for a driver of this DDI, or of no use to it */
    TAP_CALL_COUNT,
};

const char *tap_call_name(enum tap_call call);
/* Gives something back: succeeds also when the device is lost. */
bool tap_call_releases(enum tap_call call);

/* What a call can break. */
enum tap_rule {
    TAP_RULE_HANDLE,     /* first handle: hRTDevice, or hRTAdapter for escapes and adapter info */
    TAP_RULE_CONTEXT,    /* hContext: one of the device, alive */
    TAP_RULE_ESCAPE,     /* block, size, flags, hDevice */
    TAP_RULE_ALLOCATE,   /* list, flags, source id */
    TAP_RULE_DEALLOCATE, /* known handles, each once */
    TAP_RULE_LOCK,       /* flags, pages */
    TAP_RULE_UNLOCK,     /* what is locked */
    TAP_RULE_RENDER,     /* lengths, lists, offsets, reserved members */
    TAP_RULE_LOCKED,     /* nothing named by a submission is locked by the driver */
    TAP_RULE_SYNC,       /* counts, flags */
    TAP_RULE_PRESENT,    /* only inside pfnPresent, everything else submitted */
    TAP_RULE_ALIVE,      /* no call after the device was destroyed */
    TAP_RULE_THREAD,     /* on the thread that entered the driver */
    TAP_RULE_TABLE,      /* only callbacks that are meant for this DDI */
    TAP_RULE_COUNT,
};

enum tap_fault_kind {
    TAP_FAULT_NONE,
    TAP_FAULT_FAIL,  /* returns hr; what gives something back is done all the same */
    TAP_FAULT_EMPTY, /* S_OK, but outputs NULL or 0; an escape: not answered */
    TAP_FAULT_TINY,  /* S_OK, but buffer and lists too small for anything */
    TAP_FAULT_FILL,  /* S_OK, but the block is filled with one byte */
    TAP_FAULT_WORD,  /* S_OK, but all bits of one 32-bit word of the block are turned */
    TAP_FAULT_LOSE,  /* from here on every call but those that release says: removed */
};

struct tap_fault {
    enum tap_fault_kind kind;
    enum tap_call call;
    unsigned number; /* which call of that callback, from 1 */
    HRESULT hr;
    uint8_t fill;
    unsigned word;
};

/* Memory that ends where a page without access begins. */
struct tap_guarded {
    uint8_t *start; /* NULL: none */
    size_t mapped;  /* bytes, without the guard page */
    uint8_t *data;
};

struct tap_allocation {
    D3DKMT_HANDLE handle; /* of the host; 0: free entry */
    D3DKMT_HANDLE older;  /* the instance before, when it was renamed */
    bool retired;         /* there is a newer one */
    HANDLE resource;      /* it was grouped under, or NULL */
    struct tap_device *device;
    unsigned lock_count;
    bool by_application; /* locked through a map of the test, not by the driver for itself */
    void *real;          /* mapping of the host, when shadow is lent instead */
    struct tap_guarded shadow;
    size_t shadow_len;
    uint8_t block[256]; /* private, as given to the host */
    D3DDDI_ALLOCATIONINFO info;
};

/* Of one lock: what the driver asked for. */
struct tap_lock {
    D3DKMT_HANDLE handle;
    D3DDDICB_LOCKFLAGS flags;
    HRESULT hr;
};

/* Of one submission. */
struct tap_render {
    UINT length, allocations, patches;
    HANDLE context; /* as passed */
};

struct tap {
    uint64_t magic;
    struct vitrine_host_tables real;
    DXGI_DDI_BASE_CALLBACKS dxgi_callbacks; /* lent; a test may exchange entries */
    bool open;

    unsigned calls[TAP_CALL_COUNT];
    unsigned failures; /* calls that returned an error */
    unsigned violations[TAP_RULE_COUNT];
    char violation[TAP_RULE_COUNT][160]; /* the first */
    struct tap_lock last_lock;
    struct tap_render last_render;
    DXGIDDICB_PRESENT last_present;
    enum tap_call log[512]; /* the calls in their order, as far as they fit */
    unsigned log_len;

    struct tap_fault fault;
    bool fired, lost;

    bool application;  /* set while a map of the test is under way */
    bool presenting;   /* set while the test calls pfnPresent */
    bool rename;       /* each lock with Discard gives another allocation */
    UINT lend_bytes;   /* when not 0: command buffers of that many bytes, and */
    UINT lend_items;   /* lists of that many */
    size_t shadow_len; /* when not 0: the next lock lends that many bytes, then a guard page */
    uint64_t thread;

    struct tap_device *devices;
    struct tap_allocation *allocations;
    size_t allocation_count; /* of entries */
    char leak[128];          /* the first that a destroyed device had not given back */
};

/* For vit_adapter_config: context is the struct tap, all zero. */
void tap_wrap(void *context, struct vitrine_host_tables *tables);
/* What stands in dxgi_callbacks at first. */
HRESULT APIENTRY tap_forward_present(HANDLE hDevice, DXGIDDICB_PRESENT *data);
/* After the adapter was closed. */
void tap_finish(struct tap *tap);

/* What was counted is forgotten, and what is live stays. */
void tap_set_fault(struct tap *tap, struct tap_fault fault);
void tap_reset_counts(struct tap *tap);

/* NULL: the rule was kept. */
const char *tap_broken(const struct tap *tap, enum tap_rule rule);
/* The first of all rules. */
const char *tap_broken_any(const struct tap *tap);
/* NULL: every device that was destroyed had given back its allocations, locks, contexts and
 * synchronisation objects, and after the adapter was closed there is no device. */
const char *tap_leak(const struct tap *tap);

#endif
