/* SPDX-License-Identifier: MIT */
/**
 * Bring-up step by step: an adapter and devices whose arguments a rule changes before the driver
 * sees them.
 */
#ifndef TESTS_CONFORMANCE_BARE_H
#define TESTS_CONFORMANCE_BARE_H

#include "tests/conformance/rig.h"

enum { BARE_GUARD_LEN = 256, BARE_GUARD = 0xC3 };

/* The driver's entry point. */
PFND3D10DDI_OPENADAPTER bare_entry(const struct rig *rig);

/* Good arguments for it; table is the caller's. */
D3D10DDIARG_OPENADAPTER bare_open_arguments(const struct rig *rig, D3D10_2DDI_ADAPTERFUNCS *table);

/* A device of the rig's adapter. Tables and memory are followed by guards. */
struct bare_device {
    struct rig *rig;
    struct {
        D3D11_1DDI_DEVICEFUNCS table;
        uint8_t guard[BARE_GUARD_LEN];
    } device;
    DXGI1_2_DDI_BASE_FUNCTIONS dxgi;
    PFND3D10DDI_RETRIEVESUBOBJECT retrieve;
    D3D10DDIARG_CREATEDEVICE arguments;
    SIZE_T size;
    uint8_t *memory; /* size bytes, then a guard */
    unsigned reports;
    HRESULT reported;
};

/* Good arguments; memory is filled with fill. */
void bare_prepare(struct bare_device *bare, struct rig *rig, uint8_t fill);
HRESULT bare_create(struct bare_device *bare);
/* Destroys the device if it was created, and asserts that the guards are whole. */
void bare_finish(struct bare_device *bare);

bool bare_guard_is_whole(const uint8_t *guard);

/* Memory of the rig with a guard behind it. */
uint8_t *bare_memory(struct rig *rig, SIZE_T size, uint8_t fill);

#endif
