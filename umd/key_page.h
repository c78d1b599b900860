/* SPDX-License-Identifier: MIT */
/**
 * The way of a session's or channel's key to the device when custody is driver: unwrapped into secret memory, shown
 * to the device in one backed page for the length of one message, wiped in both places whatever
 * happens. Opened with the first exchange.
 */
#ifndef UMD_KEY_PAGE_H
#define UMD_KEY_PAGE_H

#include <stdint.h>

#include "base/status.h"
#include "d3dumddi.h"
#include "wire/message.h"

struct umd_device;

struct umd_key_page {
    D3DKMT_HANDLE allocation; /* 0: not open */
    uint8_t *page;            /* locked for the life of the allocation */
    uint8_t *key;             /* in the adapter's slab */
};

/**
 * @param op     SESSION_PROGRAM or CHANNEL_PROGRAM
 * @param block  the 256 bytes of the exchange; nobody else writes them any more
 * @return VIT_E_REFUSED  padding or length, one answer for all
 */
VIT_RESULT umd_key_page_exchange(struct umd_device *device, enum vit_op op, uint64_t object,
        const uint8_t block[256]);
void umd_key_page_close(struct umd_device *device);

#endif
