/* SPDX-License-Identifier: MIT */
/* The roots that this user trusts: certificates in a folder, each named after its fingerprint. */
#ifndef TOOLS_VITRINE_TRUST_H
#define TOOLS_VITRINE_TRUST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "certs/chain.h"
#include "certs/describe.h"

enum { VIT_ROOT_ID_LEN = 32 }; /* hexadecimal digits of the SHA-256 that name a root */

struct vit_root {
    char id[VIT_ROOT_ID_LEN + 1];
    char path[PATH_MAX];
    uint8_t *der; /* NULL: not readable, or not one certificate */
    size_t len;
    struct vit_cert_facts facts;
};

struct vit_roots {
    struct vit_root *items;
    size_t count;
    uint8_t *crls; /* lists of revoked certificates, one after the other */
    size_t crl_len;
    bool no_revocation; /* they are not asked for */
};

/* This user's folder of roots, to be freed; NULL without HOME and XDG_DATA_HOME. */
char *vit_trust_folder(void);

/* @param folder  that does not exist: no roots. @return VIT_E_IO, errno says why */
VIT_RESULT vit_roots_load(const char *folder, struct vit_roots *roots);
/* One file, for --root. @return VIT_E_IO, VIT_E_REFUSED not one certificate in DER */
VIT_RESULT vit_roots_load_file(const char *path, struct vit_roots *roots);
void vit_roots_finish(struct vit_roots *roots);

/* A list of revoked certificates; and all of a folder that end in .crl, which may not be there.
 * @return VIT_E_IO, errno says why; VIT_E_NOMEM */
VIT_RESULT vit_roots_add_crl(const char *path, struct vit_roots *roots);
VIT_RESULT vit_roots_add_crl_folder(const char *folder, struct vit_roots *roots);

/**
 * Against whichever of the roots issued the chain, and the lists of revoked certificates.
 *
 * @param verified  as vit_chain_verify() leaves it; a reason is always there on VIT_E_REFUSED
 * @param by        on VIT_OK the root, borrowed from roots
 */
VIT_RESULT vit_roots_verify(const struct vit_roots *roots, const struct vit_chain *chain,
        int64_t now, struct vit_verified *verified, const struct vit_root **by);

#endif
