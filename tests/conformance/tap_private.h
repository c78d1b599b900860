/* SPDX-License-Identifier: MIT */
/* What the files of the tap share. */
#ifndef TESTS_CONFORMANCE_TAP_PRIVATE_H
#define TESTS_CONFORMANCE_TAP_PRIVATE_H

#include "tests/conformance/tap.h"

enum { TAP_MAX_CONTEXTS = 8, TAP_MAX_SYNCS = 32, TAP_BUFFERS = 2 };

#define TAP_MAGIC UINT64_C(0x7061742065646973)
#define TAP_DEVICE_MAGIC UINT64_C(0x7061742065636976)
#define TAP_CONTEXT_MAGIC UINT64_C(0x7061742074786574)

/* One set of what a context lends to the driver. */
struct tap_lent {
    struct tap_guarded commands, allocations, patches;
};

struct tap_context {
    uint64_t magic;
    struct tap_device *device;
    HANDLE real; /* NULL: free entry */
    uint8_t *real_commands;
    D3DDDI_ALLOCATIONLIST *real_allocations;
    D3DDDI_PATCHLOCATIONLIST *real_patches;
    UINT len, allocation_count, patch_count; /* lent */
    struct tap_lent lent[TAP_BUFFERS];
    unsigned current;
};

struct tap_device {
    uint64_t magic;
    struct tap *tap;
    HANDLE real; /* NULL: destroyed; the memory stays for who still uses the handle */
    struct tap_device *next;
    struct tap_context contexts[TAP_MAX_CONTEXTS];
    D3DKMT_HANDLE syncs[TAP_MAX_SYNCS];
};

bool tap_guarded_init(struct tap_guarded *guarded, size_t len);
void tap_guarded_finish(struct tap_guarded *guarded);
void tap_guarded_protect(const struct tap_guarded *guarded, bool accessible);

bool tap_lent_init(struct tap_context *context);
void tap_lent_finish(struct tap_context *context);
/* The other set becomes the current one. */
void tap_lent_turn(struct tap_context *context);

/* Counts the call. @return true: the fault is to be taken now */
bool tap_enter(struct tap *tap, enum tap_call call);
/* The result of a call that is over. */
HRESULT tap_leave(struct tap *tap, HRESULT hr);

__attribute__((format(printf, 3, 4))) void tap_break(struct tap *tap, enum tap_rule rule,
        const char *format, ...);
/* Books the rule as broken when the condition does not hold. @return the condition */
__attribute__((format(printf, 4, 5))) bool tap_check(struct tap *tap, enum tap_rule rule,
        bool condition, const char *format, ...);

struct tap_allocation *tap_find_allocation(struct tap *tap, D3DKMT_HANDLE handle);
struct tap_allocation *tap_add_allocation(struct tap_device *device, D3DKMT_HANDLE handle);

/* What the device sees and what the driver sees of memory that the tap lends in between. */
void tap_shadows_out(struct tap *tap);
void tap_shadows_in(struct tap *tap);

/* NULL when the handle is none; booked. */
struct tap_device *tap_device_of(HANDLE handle, enum tap_call call);
struct tap *tap_adapter_of(HANDLE handle, enum tap_call call);
/* The context of a call; NULL: none was named, or it is wrong, which is booked. */
struct tap_context *tap_context_of(struct tap_device *device, HANDLE handle, enum tap_call call);

void tap_check_allocate(struct tap_device *device, const D3DDDICB_ALLOCATE *data);
void tap_check_deallocate(struct tap_device *device, const D3DDDICB_DEALLOCATE *data);
void tap_check_lock(struct tap_device *device, const D3DDDICB_LOCK *data);
void tap_check_unlock(struct tap_device *device, const D3DDDICB_UNLOCK *data);
void tap_check_render(struct tap_context *context, const D3DDDICB_RENDER *data);
void tap_check_escape(struct tap *tap, const D3DDDICB_ESCAPE *data);
void tap_check_signal(struct tap *tap, const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data);
void tap_check_wait(struct tap *tap, UINT object_count);

/* @return true: hr is the answer and nothing is forwarded */
bool tap_stopped(const struct tap *tap, enum tap_call call, bool fault, HRESULT *hr);
/* What a release says: it is done in any case. */
HRESULT tap_release_result(struct tap *tap, bool fault, HRESULT hr);
bool tap_is_fault(const struct tap *tap, bool fault, enum tap_fault_kind kind);

HRESULT APIENTRY tap_query_adapter_info(HANDLE hAdapter, const D3DDDICB_QUERYADAPTERINFO *data);
HRESULT APIENTRY tap_get_multisample_methods(HANDLE hAdapter,
        D3DDDICB_GETMULTISAMPLEMETHODLIST *data);
HRESULT APIENTRY tap_allocate(HANDLE hDevice, D3DDDICB_ALLOCATE *data);
HRESULT APIENTRY tap_deallocate(HANDLE hDevice, const D3DDDICB_DEALLOCATE *data);
HRESULT APIENTRY tap_lock(HANDLE hDevice, D3DDDICB_LOCK *data);
HRESULT APIENTRY tap_unlock(HANDLE hDevice, const D3DDDICB_UNLOCK *data);
HRESULT APIENTRY tap_escape(HANDLE hAdapter, const D3DDDICB_ESCAPE *data);
HRESULT APIENTRY tap_create_context(HANDLE hDevice, D3DDDICB_CREATECONTEXT *data);
HRESULT APIENTRY tap_destroy_context(HANDLE hDevice, const D3DDDICB_DESTROYCONTEXT *data);
HRESULT APIENTRY tap_render(HANDLE hDevice, D3DDDICB_RENDER *data);

extern const D3DDDI_ADAPTERCALLBACKS tap_adapter_callbacks;
extern const D3DDDI_DEVICECALLBACKS tap_device_callbacks;

#endif
