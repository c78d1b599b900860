/* SPDX-License-Identifier: MIT */
/**
 * The transport whose device lives in this process: a kick is a call that serves the ring on the
 * caller's thread until nothing more can be done at once.
 */
#ifndef KMD_STUB_EMBEDDED_H
#define KMD_STUB_EMBEDDED_H

#include "include/vitrine_host.h"
#include "kmd-stub/open.h"
#include "kmd-stub/transport.h"

/* Takes certificate, key (custody device), passphrase, workers, inline_len, require_hdcp, width and
 * height of the configuration.
 * @return VIT_E_ARG something is missing, VIT_E_IO, VIT_E_REFUSED, VIT_E_UNSUPPORTED, VIT_E_NOMEM;
 *         error says what */
VIT_RESULT vit_embedded_open(const struct vitrine_host_config *config, struct vit_open_error *error,
        struct vit_transport **transport);

#endif
