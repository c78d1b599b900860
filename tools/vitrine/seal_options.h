/* SPDX-License-Identifier: MIT */
/** What seal, and play of a clear file, need to trust a device. */
#ifndef TOOLS_VITRINE_SEAL_OPTIONS_H
#define TOOLS_VITRINE_SEAL_OPTIONS_H

#include <argp.h>

#include "tools/vitrine/provider.h"
#include "tools/vitrine/revocation.h"

struct seal_options {
    const char *root; /* NULL: the roots that this user trusts */
    enum vitrine_custody custody;
    uint32_t frames_per_key;
    struct revocation_options revocation;
};

extern const struct argp seal_argp;

/* A provider for the device with this chain; says on standard error why not. An exit code. */
int seal_options_provider(const struct seal_options *options, const char *command,
        const uint8_t *chain, size_t chain_len, struct provider **provider);

/* Seals file into out, which is called out_name; says on standard error why not. An exit code. */
int seal_options_write(struct provider *provider, const char *command, const char *file, FILE *out,
        const char *out_name, bool quiet);

/* The one file of a command line, or a usage error. */
void seal_options_take_file(const char **file, char *text, struct argp_state *state);

#endif
