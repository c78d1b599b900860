/* SPDX-License-Identifier: MIT */
/**
 * A driver over the fake host, with a device certificate made of the key of the vectors. The rig
 * plays the runtime: it asks for sizes, brings private memory and keeps it until it is closed.
 */
#ifndef TESTS_UMD_RIG_H
#define TESTS_UMD_RIG_H

#include "certs/chain.h"
#include "tests/umd/fake_host.h"

struct rig_device {
    struct fake_device *fake;
    D3D10DDI_HDEVICE handle;
    D3D11_1DDI_DEVICEFUNCS funcs;
    D3D11_1DDI_VIDEODEVICEFUNCS video;
    DXGI1_2_DDI_BASE_FUNCTIONS dxgi;
    PFND3D10DDI_RETRIEVESUBOBJECT retrieve;
};

enum { RIG_BLOCKS = 256 };

struct rig {
    struct fake_host host;
    D3D10DDI_HADAPTER adapter;
    D3D10_2DDI_ADAPTERFUNCS adapter_funcs;
    struct rig_device first, second; /* second: see rig_open_second() */
    uint8_t *chain;
    void *blocks
            [RIG_BLOCKS]; /* private memory; freed at the end, so that stale handles can be tried */
    unsigned block_count;
};

/* A device's chain for the key of the vectors, DER; to be freed. */
uint8_t *rig_make_chain(enum vit_custody custody, size_t *len);

/* Fills the host with a chain for that custody and the key that belongs to it. */
void rig_init(struct rig *rig, enum vit_custody custody);
/* Opens adapter and first device; asserts that it works. */
void rig_open(struct rig *rig, enum vit_custody custody);
void rig_open_adapter(struct rig *rig);
HRESULT rig_try_open_adapter(struct rig *rig);
HRESULT rig_try_open_device(struct rig *rig, unsigned index, struct rig_device *device);
void rig_open_second(struct rig *rig);
/* Destroys devices and adapter, and asserts that nothing is left below. */
void rig_close(struct rig *rig);

/* Zeroed memory that lives as long as the rig. */
void *rig_memory(struct rig *rig, size_t size);

/* The errors reported since the last call: S_OK for none; asserts that there is at most one. */
HRESULT rig_take_error(struct rig_device *device);

/* Makes a session; S_OK is asserted. */
D3D11_1DDI_HCRYPTOSESSION rig_session(struct rig *rig, struct rig_device *device);
HRESULT rig_try_session(struct rig *rig, struct rig_device *device,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create, D3D11_1DDI_HCRYPTOSESSION *session);
/* With a key: the first vector of exchange.txt. */
D3D11_1DDI_HCRYPTOSESSION rig_keyed_session(struct rig *rig, struct rig_device *device);
extern const D3D11_1DDIARG_CREATECRYPTOSESSION rig_session_arguments;

/* A good block of the exchange and the key in it. */
void rig_good_block(uint8_t block[256], uint8_t key[16]);

struct rig_resource {
    DXGI_FORMAT format; /* UNKNOWN: buffer of width bytes */
    UINT width, height;
    UINT usage;
    UINT misc;
    bool primary;
    UINT output;
    const void *data; /* initial */
    UINT pitch;
};

/* What is reported is left to rig_take_error(). */
D3D10DDI_HRESOURCE rig_try_resource(struct rig *rig, struct rig_device *device,
        const struct rig_resource *what);
/* Asserts that nothing is reported. */
D3D10DDI_HRESOURCE rig_resource(struct rig *rig, struct rig_device *device,
        const struct rig_resource *what);
D3D10DDI_HRESOURCE rig_staging(struct rig *rig, struct rig_device *device, UINT size);
D3D10DDI_HRESOURCE rig_protected(struct rig *rig, struct rig_device *device, UINT size);

D3D10DDI_HQUERY rig_query(struct rig *rig, struct rig_device *device);

/* The kernel allocation behind a resource. */
D3DKMT_HANDLE rig_allocation(D3D10DDI_HRESOURCE resource);

#endif
