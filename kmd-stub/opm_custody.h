/* SPDX-License-Identifier: MIT */
/**
 * The certificate's private key in the kernel driver, for OPM's exchange when custody is driver.
 * Opened when it is first needed; a key that is not the certificate's is as good as none. Has a lock
 * of its own: a token may take its time, and nobody else shall wait for that.
 */
#ifndef KMD_STUB_OPM_CUSTODY_H
#define KMD_STUB_OPM_CUSTODY_H

#include <pthread.h>
#include <stdbool.h>

#include "base/secret.h"
#include "crypto-session/exchange.h"
#include "wire/capset.h"

struct vit_kmd_custody {
    pthread_mutex_t lock;
    enum { VIT_KMD_CUSTODY_UNKNOWN, VIT_KMD_CUSTODY_USABLE, VIT_KMD_CUSTODY_UNUSABLE } state;
    struct vit_private_key *key; /* NULL: the device has it */
    struct vit_slab *slab;
};

void vit_kmd_custody_init(struct vit_kmd_custody *custody);
void vit_kmd_custody_finish(struct vit_kmd_custody *custody);

/* Does the exchange work here? The log says why not, once. */
bool vit_kmd_custody_usable(struct vit_kmd_custody *custody, const struct vit_capset *capset,
        const char *key_uri);

/* What an exchange is unwrapped into, secret. NULL: none to be had. */
struct vit_opm_exchange *vit_kmd_custody_alloc(struct vit_kmd_custody *custody);
/* Wipes. NULL is fine. */
void vit_kmd_custody_free(struct vit_kmd_custody *custody, struct vit_opm_exchange *exchange);

#endif
