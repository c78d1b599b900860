/* SPDX-License-Identifier: MIT */
/**
 * The content provider: verifies the device, makes the session key and the content keys, seals
 * frames, and afterwards answers a player that refreshes its session key or proves what it shows.
 * The only place of a sealed clip's keys; all of them lie in secret memory and go with it.
 */
#ifndef TOOLS_VITRINE_PROVIDER_H
#define TOOLS_VITRINE_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "tools/vitrine/clip.h"

#include <vitrine.h>

struct provider;

struct provider_config {
    const uint8_t *chain; /* the device's, DER leaf first */
    size_t chain_len;
    const uint8_t *root; /* trusted */
    size_t root_len;
    const uint8_t *crls; /* lists of revoked certificates */
    size_t crl_len;
    bool no_revocation;           /* they are not asked for */
    enum vitrine_custody custody; /* demanded; 0: either */
    uint32_t frames_per_key;      /* 0: 30 */
};

/* Says on standard error why not. @return VIT_E_REFUSED the device is not to be trusted */
VIT_RESULT provider_create(const struct provider_config *config, struct provider **provider);
void provider_destroy(struct provider *provider);
VIT_DEFINE_AUTO(provider, struct provider *, provider_destroy)

/* Called after each frame with the number of frames done. */
typedef void provider_progress(void *context, uint32_t done, uint32_t estimate);

/**
 * Decodes a file and writes a sealed clip of it. Says on standard error what is wrong with the file.
 *
 * @return VIT_E_REFUSED, VIT_E_UNSUPPORTED  the file, which was said
 *         VIT_E_IO  with ferror(out): out, errno says why and nothing was said; else the file
 *         VIT_E_NOMEM, VIT_E_LIMIT  of which nothing was said
 */
VIT_RESULT provider_seal(struct provider *provider, const char *path, FILE *out,
        provider_progress *progress, void *context);

/* Speaks with one player until it hangs up (conversation.h); waits at most idle_ms for each
 * question. @return VIT_E_TIMEOUT, VIT_E_PROTOCOL */
VIT_RESULT provider_serve(struct provider *provider, int socket, int idle_ms);

#endif
