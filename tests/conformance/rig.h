/* SPDX-License-Identifier: MIT */
/**
 * The driver under test, opened as a runtime opens it, and the content provider that talks to it.
 * What is opened comes from the options. Nothing here looks behind the published tables.
 */
#ifndef TESTS_CONFORMANCE_RIG_H
#define TESTS_CONFORMANCE_RIG_H

#include <stdbool.h>

#include "runtime/ddi.h"
#include "tests/conformance/options.h"
#include "tests/conformance/provider.h"
#include "tests/conformance/rule.h"
#include "tests/support/device_process.h"

enum { RIG_MEMORY_COUNT = 256 };

struct tap;

struct rig {
    struct options options;
    struct tap *tap;        /* between driver and host, or NULL */
    struct support support; /* only with a device of the suite's own */
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_device *second; /* NULL until rig_open_second() */
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps;
    uint8_t *chain; /* the device certificate's */
    UINT chain_len;
    EVP_PKEY *key; /* in it */
    void *memory[RIG_MEMORY_COUNT];
    unsigned memory_count;
};

/* Opens adapter and first device and learns caps and certificate; asserts that it works. Skips the
 * test when the driver offers no content protection at all. */
void rig_open(struct rig *rig);
/* The adapter alone. */
void rig_open_adapter(struct rig *rig);
/* The same with a tap (tap.h) between driver and host, all zero but for what the test sets. It is
 * finished after the rig is closed. */
void rig_open_tapped(struct rig *rig, struct tap *tap);
void rig_open_adapter_tapped(struct rig *rig, struct tap *tap);
/* What came of opening the adapter once more, without assertions. */
HRESULT rig_reopen_adapter(struct rig *rig);
void rig_close_adapter(struct rig *rig);
void rig_open_second(struct rig *rig);
/* Asserts that no report is left that nobody asked for. */
void rig_close(struct rig *rig);

/* For main(): can all that be opened? @param error  one line when not */
bool rig_can_open(char *error, unsigned error_len);

/* Skips the test unless the driver has the capability. */
void rig_need(const struct rig *rig, UINT cap, const char *name);
#define RIG_NEED(rig, cap) rig_need(rig, D3D11_1DDI_CONTENT_PROTECTION_CAPS_##cap, #cap)

/* Zeroed memory that lives as long as the rig, so that handles of destroyed objects can be tried. */
void *rig_memory(struct rig *rig, size_t size);

/* What was reported through pfnSetErrorCb since the last time. */
struct rig_reports {
    unsigned count;
    HRESULT first; /* S_OK: none */
};
struct rig_reports rig_take_reports(struct vit_device *device);

#define expect_accepted(device, what)                                                              \
    do {                                                                                           \
        struct rig_reports reports_ = rig_take_reports(device);                                    \
        cr_assert_eq(reports_.count, 0u,                                                           \
                "%s: must be accepted, but 0x%08x was reported through pfnSetErrorCb", what,       \
                (unsigned)reports_.first);                                                         \
    } while (0)

/* A refusal is one failure code; the device stays. */
#define expect_refused(device, what)                                                               \
    do {                                                                                           \
        struct rig_reports reports_ = rig_take_reports(device);                                    \
        cr_assert_eq(reports_.count, 1u,                                                           \
                "%s: must be refused with one report through pfnSetErrorCb; there were %u", what,  \
                reports_.count);                                                                   \
        cr_assert(FAILED(reports_.first) && reports_.first != D3DDDIERR_DEVICEREMOVED,             \
                "%s: a refusal reports a failure that keeps the device; it was 0x%08x", what,      \
                (unsigned)reports_.first);                                                         \
    } while (0)

#define expect_code(got, wanted, what)                                                             \
    do {                                                                                           \
        HRESULT got_ = (got);                                                                      \
        cr_assert_eq(got_, wanted, "%s: must return " #wanted " (0x%08x); it returned 0x%08x",     \
                what, (unsigned)(wanted), (unsigned)got_);                                         \
    } while (0)

/* Do all bytes have this value? */
bool rig_all(const void *bytes, size_t len, uint8_t value);
#define expect_all(bytes, len, value, what) cr_assert(rig_all(bytes, len, value), "%s", what)

/* Sessions. */

extern const D3D11_1DDIARG_CREATECRYPTOSESSION rig_session_arguments;

/* In memory of the rig. @param session  set in any case */
HRESULT rig_try_session(struct rig *rig, struct vit_device *device,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create, D3D11_1DDI_HCRYPTOSESSION *session);
/* Asserts that it works. */
D3D11_1DDI_HCRYPTOSESSION rig_session(struct rig *rig, struct vit_device *device);
void rig_destroy_session(struct vit_device *device, D3D11_1DDI_HCRYPTOSESSION session);

/* A good block of the exchange for a key. */
void rig_block(const struct rig *rig, const uint8_t key[16], uint8_t block[PROVIDER_BLOCK_LEN]);
/* Of a copy of the block. */
HRESULT rig_negotiate(struct vit_device *device, D3D11_1DDI_HCRYPTOSESSION session,
        const uint8_t block[PROVIDER_BLOCK_LEN]);

/* A session with its key, and what the content provider knows of it. */
struct stream {
    struct vit_device *device;
    D3D11_1DDI_HCRYPTOSESSION session;
    uint8_t key[16];
    uint64_t iv; /* number of the last IV under the session key */
};

void rig_stream(struct rig *rig, struct vit_device *device, struct stream *stream);
/* Refreshes the session key on both sides. */
void rig_refresh(struct stream *stream);

/* Pictures. */

/* Asserts that it can be made. */
struct vit_resource *rig_resource(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height);

/* The arguments of DecryptionBlt. */
struct blt {
    D3D11_1DDI_HCRYPTOSESSION session;
    D3D10DDI_HRESOURCE source, destination;
    const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info;
    UINT content_key_size;
    const void *content_key;
    UINT iv_size;
    const void *iv;
};

/* Does it and flushes, so that all that is to be reported is. */
void rig_decrypt(struct vit_device *device, const struct blt *blt);

void rig_write(const struct vit_resource *staging, const uint8_t *bytes, size_t len);
void rig_read(const struct vit_resource *staging, uint8_t *bytes, size_t len);

/* The key that EncryptionBlt uses from now on, for the provider. */
void rig_read_back_key(const struct rig *rig, const struct stream *stream, uint8_t key[16]);
/* Reads the picture back, through a staging resource of its shape; asserts that it works. */
void rig_read_back(const struct rig *rig, const struct stream *stream,
        const struct vit_resource *picture, uint8_t *bytes, size_t len);

#endif
