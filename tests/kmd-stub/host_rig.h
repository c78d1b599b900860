/* SPDX-License-Identifier: MIT */
/**
 * A host on the embedded link, used as a runtime and a user-mode driver use it: by its tables only.
 */
#ifndef TESTS_KMD_STUB_HOST_RIG_H
#define TESTS_KMD_STUB_HOST_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "include/vitrine_host.h"
#include "wire/kmd.h"
#include "wire/message.h"
#include "wire/surface.h"

struct host_rig {
    struct vitrine_host_tables tables;
    HANDLE device;
    D3DDDICB_CREATECONTEXT context;
    char error[256];
};

/* Paths of what the build made: a chain for each custody, the key of both. */
const char *host_chain(bool custody_device);
const char *host_key(void);

/* All return what the first call that failed returned. */
HRESULT host_open(struct host_rig *rig, const struct vitrine_host_config *config);
HRESULT host_open_plain(struct host_rig *rig);
void host_close(struct host_rig *rig);

/* Another device and context on the same host. */
HRESULT host_add_device(const struct host_rig *first, struct host_rig *rig);
void host_drop_device(struct host_rig *rig);

HRESULT host_allocate(struct host_rig *rig, enum vit_allocation_kind kind, uint32_t format,
        uint32_t width, uint32_t height, D3DKMT_HANDLE *handle);
HRESULT host_deallocate(struct host_rig *rig, D3DKMT_HANDLE handle);
HRESULT host_lock(struct host_rig *rig, D3DKMT_HANDLE handle, uint8_t **data);
HRESULT host_unlock(struct host_rig *rig, D3DKMT_HANDLE handle);
HRESULT host_copy(struct host_rig *rig, D3DKMT_HANDLE source, D3DKMT_HANDLE destination,
        uint32_t len);
/* Returns when an event behind all that was submitted is set. */
HRESULT host_finish(struct host_rig *rig);
HRESULT host_present(struct host_rig *rig, D3DKMT_HANDLE handle);
/* SESSION_CREATE; SESSION_STATE and SESSION_DESTROY of it. */
HRESULT host_create_session(struct host_rig *rig, enum vit_status *status, uint64_t *session);
HRESULT host_ask_session(struct host_rig *rig, enum vit_op op, uint64_t session,
        enum vit_status *status);

#endif
