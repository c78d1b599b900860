/* SPDX-License-Identifier: MIT */
/**
 * The device's certificate chain and, when custody is driver, the private key of its leaf. This is
 * where certificates and keys enter the driver; everybody else sees only this.
 */
#ifndef UMD_CUSTODY_H
#define UMD_CUSTODY_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto-session/exchange.h"
#include "wire/kmd.h"

struct umd_custody {
    /* Content protection works; else the adapter offers none, and the log has said why. */
    bool usable;
    uint8_t *chain; /* DER, leaf first */
    uint32_t chain_len;
    struct vit_private_key *key; /* NULL: the device has it */
};

/* Takes over what the device and the configuration say. @return VIT_E_NOMEM */
VIT_RESULT umd_custody_init(struct umd_custody *custody, const struct vit_adapter_info *info);
void umd_custody_finish(struct umd_custody *custody);

#endif
