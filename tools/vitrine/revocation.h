/* SPDX-License-Identifier: MIT */
/* Which lists of revoked certificates count when a chain is verified. */
#ifndef TOOLS_VITRINE_REVOCATION_H
#define TOOLS_VITRINE_REVOCATION_H

#include <argp.h>
#include <stdbool.h>

#include "tools/vitrine/trust.h"

struct revocation_options {
    const char *files[16];
    unsigned count;
    bool none;
};

/* --crl and --no-revocation, as a child parser whose input is a struct revocation_options. */
extern const struct argp revocation_argp;

/**
 * Loads the lists into the roots: those that were named; else all that lie beside the root when one
 * was named, or with the roots that this user trusts and in this user's own authority.
 *
 * @param root  its file, or NULL
 * @return an exit code; it was said why
 */
int revocation_load(const struct revocation_options *options, const char *command, const char *root,
        struct vit_roots *roots);

#endif
