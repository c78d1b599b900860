/* SPDX-License-Identifier: MIT */
#include "tests/conformance/tap.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/tap_private.h"

/* A handle that is none leads to no tap: such calls are booked on the last one. */
static struct tap *installed;

const char *tap_call_name(enum tap_call call)
{
    static const char *const names[TAP_CALL_COUNT] = {
        [TAP_QUERY_ADAPTER_INFO] = "pfnQueryAdapterInfoCb",
        [TAP_ALLOCATE] = "pfnAllocateCb",
        [TAP_DEALLOCATE] = "pfnDeallocateCb",
        [TAP_LOCK] = "pfnLockCb",
        [TAP_UNLOCK] = "pfnUnlockCb",
        [TAP_RENDER] = "pfnRenderCb",
        [TAP_ESCAPE] = "pfnEscapeCb",
        [TAP_CREATE_CONTEXT] = "pfnCreateContextCb",
        [TAP_DESTROY_CONTEXT] = "pfnDestroyContextCb",
        [TAP_CREATE_SYNC] = "pfnCreateSynchronizationObject(2)Cb",
        [TAP_DESTROY_SYNC] = "pfnDestroySynchronizationObjectCb",
        [TAP_SIGNAL] = "pfnSignalSynchronizationObject(2)Cb",
        [TAP_WAIT] = "pfnWaitForSynchronizationObject(2)Cb",
        [TAP_PRESENT] = "pfnPresentCb of DXGI",
        [TAP_OTHER] = "another callback",
    };
    return names[call];
}

bool tap_call_releases(enum tap_call call)
{
    return call == TAP_DEALLOCATE || call == TAP_UNLOCK || call == TAP_DESTROY_CONTEXT ||
            call == TAP_DESTROY_SYNC;
}

static void book(struct tap *tap, enum tap_rule rule, const char *format, va_list arguments)
{
    if (tap != NULL && tap->violations[rule]++ == 0) {
        vsnprintf(tap->violation[rule], sizeof(tap->violation[rule]), format, arguments);
    }
}

void tap_break(struct tap *tap, enum tap_rule rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    book(tap, rule, format, arguments);
    va_end(arguments);
}

bool tap_check(struct tap *tap, enum tap_rule rule, bool condition, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!condition) {
        book(tap, rule, format, arguments);
    }
    va_end(arguments);
    return condition;
}

const char *tap_broken(const struct tap *tap, enum tap_rule rule)
{
    return tap->violations[rule] != 0 ? tap->violation[rule] : NULL;
}

const char *tap_broken_any(const struct tap *tap)
{
    for (unsigned rule = 0; rule < TAP_RULE_COUNT; rule++) {
        if (tap->violations[rule] != 0) {
            return tap->violation[rule];
        }
    }
    return NULL;
}

const char *tap_leak(const struct tap *tap)
{
    if (tap->leak[0] != '\0' || tap->open) {
        return tap->leak[0] != '\0' ? tap->leak : NULL;
    }
    for (const struct tap_device *device = tap->devices; device != NULL; device = device->next) {
        if (device->real != NULL) {
            return "a kernel device";
        }
    }
    return NULL;
}

void tap_set_fault(struct tap *tap, struct tap_fault fault)
{
    tap->fault = fault;
    tap->fired = false;
    tap->lost = false;
    tap->leak[0] = '\0';
    tap_reset_counts(tap);
}

void tap_reset_counts(struct tap *tap)
{
    memset(tap->calls, 0, sizeof(tap->calls));
    memset(tap->violations, 0, sizeof(tap->violations));
    tap->log_len = 0;
    tap->failures = 0;
}

bool tap_enter(struct tap *tap, enum tap_call call)
{
    tap->calls[call]++;
    if (tap->log_len < sizeof(tap->log) / sizeof(tap->log[0])) {
        tap->log[tap->log_len++] = call;
    }
    tap_check(tap, TAP_RULE_THREAD, tap->thread == (uint64_t)pthread_self(),
            "%s was called on another thread", tap_call_name(call));
    if (tap->fault.kind == TAP_FAULT_NONE || tap->fault.call != call ||
            tap->fault.number != tap->calls[call]) {
        return false;
    }
    tap->fired = true;
    tap->lost |= tap->fault.kind == TAP_FAULT_LOSE;
    return true;
}

HRESULT tap_leave(struct tap *tap, HRESULT hr)
{
    if (FAILED(hr)) {
        tap->failures++;
    }
    return hr;
}

struct tap_device *tap_device_of(HANDLE handle, enum tap_call call)
{
    struct tap_device *device = handle;
    if (device == NULL || device->magic != TAP_DEVICE_MAGIC) {
        tap_break(installed, TAP_RULE_HANDLE, "%s was not given hRTDevice", tap_call_name(call));
        return NULL;
    }
    if (device->real == NULL) {
        tap_break(device->tap, TAP_RULE_ALIVE, "%s was called for a destroyed device",
                tap_call_name(call));
        return NULL;
    }
    return device;
}

struct tap *tap_adapter_of(HANDLE handle, enum tap_call call)
{
    struct tap *tap = handle;
    if (tap == NULL || tap->magic != TAP_MAGIC || !tap->open) {
        tap_break(installed, TAP_RULE_HANDLE, "%s was not given hRTAdapter", tap_call_name(call));
        return NULL;
    }
    return tap;
}

struct tap_context *tap_context_of(struct tap_device *device, HANDLE handle, enum tap_call call)
{
    for (unsigned i = 0; i < TAP_MAX_CONTEXTS; i++) {
        struct tap_context *context = &device->contexts[i];
        bool named = handle == NULL || handle == context;
        if (context->real != NULL && named) {
            return context;
        }
    }
    tap_break(device->tap, TAP_RULE_CONTEXT, "%s: hContext is none of this device",
            tap_call_name(call));
    return NULL;
}

struct tap_allocation *tap_find_allocation(struct tap *tap, D3DKMT_HANDLE handle)
{
    for (size_t i = 0; handle != 0 && i < tap->allocation_count; i++) {
        if (tap->allocations[i].handle == handle) {
            return &tap->allocations[i];
        }
    }
    return NULL;
}

static struct tap_allocation *free_entry(struct tap *tap)
{
    for (size_t i = 0; i < tap->allocation_count; i++) {
        if (tap->allocations[i].handle == 0) {
            return &tap->allocations[i];
        }
    }
    enum { STEP = 64 };
    size_t count = tap->allocation_count + STEP;
    struct tap_allocation *grown = realloc(tap->allocations, count * sizeof(*grown));
    if (grown == NULL) {
        abort(); /* nothing could be said about the driver any more */
    }
    memset(grown + tap->allocation_count, 0, STEP * sizeof(*grown));
    tap->allocations = grown;
    tap->allocation_count = count;
    return &grown[count - STEP];
}

struct tap_allocation *tap_add_allocation(struct tap_device *device, D3DKMT_HANDLE handle)
{
    struct tap_allocation *allocation = free_entry(device->tap);
    *allocation = (struct tap_allocation){ .handle = handle, .device = device };
    return allocation;
}

static HRESULT create_device(struct vitrine_host *host, HANDLE *hRTDevice)
{
    struct tap *tap = (struct tap *)(void *)host;
    struct tap_device *device = calloc(1, sizeof(*device));
    if (device == NULL) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = tap->real.create_device(tap->real.host, &device->real);
    if (FAILED(hr)) {
        free(device);
        return hr;
    }
    device->magic = TAP_DEVICE_MAGIC;
    device->tap = tap;
    device->next = tap->devices;
    tap->devices = device;
    *hRTDevice = device;
    return S_OK;
}

static void note_leak(struct tap *tap, const char *what, unsigned count)
{
    if (count != 0 && tap->leak[0] == '\0') {
        snprintf(tap->leak, sizeof(tap->leak), "%u %s", count, what);
    }
}

static void note_leaks(struct tap_device *device)
{
    unsigned allocations = 0, locks = 0, contexts = 0, syncs = 0;
    struct tap *tap = device->tap;
    for (size_t i = 0; i < tap->allocation_count; i++) {
        struct tap_allocation *allocation = &tap->allocations[i];
        if (allocation->handle != 0 && allocation->device == device) {
            allocations++;
            locks += allocation->lock_count;
            tap_guarded_finish(&allocation->shadow);
            *allocation = (struct tap_allocation){ .handle = 0 };
        }
    }
    for (unsigned i = 0; i < TAP_MAX_CONTEXTS; i++) {
        contexts += device->contexts[i].real != NULL;
        tap_lent_finish(&device->contexts[i]);
    }
    for (unsigned i = 0; i < TAP_MAX_SYNCS; i++) {
        syncs += device->syncs[i] != 0;
    }
    note_leak(tap, "locks", locks);
    note_leak(tap, "allocations", allocations);
    note_leak(tap, "contexts", contexts);
    note_leak(tap, "synchronisation objects", syncs);
}

static void destroy_device(struct vitrine_host *host, HANDLE hRTDevice)
{
    struct tap *tap = (struct tap *)(void *)host;
    struct tap_device *device = hRTDevice;
    note_leaks(device);
    tap->real.destroy_device(tap->real.host, device->real);
    device->real = NULL;
}

static HRESULT get_picture(struct vitrine_host *host, uint32_t output,
        struct vitrine_host_picture *picture)
{
    const struct tap *tap = (struct tap *)(void *)host;
    return tap->real.picture(tap->real.host, output, picture);
}

static HRESULT set_output_level(struct vitrine_host *host, uint32_t output, const char *level)
{
    const struct tap *tap = (struct tap *)(void *)host;
    return tap->real.set_output_level(tap->real.host, output, level);
}

static void get_stats(struct vitrine_host *host, struct vitrine_host_stats *stats)
{
    const struct tap *tap = (struct tap *)(void *)host;
    tap->real.stats(tap->real.host, stats);
}

static void close_host(struct vitrine_host *host)
{
    struct tap *tap = (struct tap *)(void *)host;
    tap->real.close(tap->real.host);
    tap->open = false;
}

void tap_wrap(void *context, struct vitrine_host_tables *tables)
{
    struct tap *tap = context;
    tap->magic = TAP_MAGIC;
    tap->real = *tables;
    tap->open = true;
    tap->dxgi_callbacks = (DXGI_DDI_BASE_CALLBACKS){ .pfnPresentCb = tap_forward_present };
    tap->thread = (uint64_t)pthread_self();
    installed = tap;
    *tables = (struct vitrine_host_tables){
        .host = (struct vitrine_host *)(void *)tap,
        .hRTAdapter = tap,
        .adapter_callbacks = &tap_adapter_callbacks,
        .device_callbacks = &tap_device_callbacks,
        .dxgi_callbacks = &tap->dxgi_callbacks,
        .create_device = create_device,
        .destroy_device = destroy_device,
        .picture = get_picture,
        .set_output_level = set_output_level,
        .stats = get_stats,
        .close = close_host,
    };
}

void tap_finish(struct tap *tap)
{
    while (tap->devices != NULL) {
        struct tap_device *device = tap->devices;
        tap->devices = device->next;
        free(device);
    }
    free(tap->allocations);
    *tap = (struct tap){ .magic = 0 };
    installed = NULL;
}
