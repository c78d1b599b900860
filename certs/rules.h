/* SPDX-License-Identifier: MIT */
/* Our rules for each certificate of a chain, apart from signatures and dates. Used by verify.c. */
#ifndef CERTS_RULES_H
#define CERTS_RULES_H

#include <stdbool.h>

#include "certs/ossl.h"
#include "certs/verify.h"

/* Where a certificate stands: 0 is the leaf; the root comes after the chain's last. */
struct vit_place {
    X509 *cert; /* borrowed */
    unsigned index;
    bool is_root;
};

/* Writes "leaf (CN=...): what is wrong" to a reason of VIT_REASON_LEN bytes. Always VIT_E_REFUSED. */
enum vit_status vit_refuse(char *reason, const struct vit_place *place, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Each certificate is issued by the next one; none comes twice, and the root not at all. */
VIT_RESULT vit_check_order(const struct vit_chain *chain, const X509 *root, char *reason);

/* Fills custody and key. */
VIT_RESULT vit_check_leaf(const struct vit_place *place, struct vit_verified *verified,
        char *reason);
VIT_RESULT vit_check_issuer(const struct vit_place *place, char *reason);
VIT_RESULT vit_check_root(const struct vit_place *place, char *reason);

#endif
