/* SPDX-License-Identifier: MIT */
/** The application's end of a protected output: keyed, each answer checked. */
#ifndef TOOLS_VITRINE_OPM_CLIENT_H
#define TOOLS_VITRINE_OPM_CLIENT_H

#include <stdbool.h>

#include <opmapi.h>
#include <vitrine.h>

#include "runtime/ddi.h"
#include "tools/vitrine/revocation.h"

struct opm_client_config {
    UINT output;
    const char *root; /* NULL: the roots that this user trusts */
    struct revocation_options revocation;
};

struct opm_client {
    HMONITOR monitor;
    IOPMVideoOutput *output;
    struct vitrine_cipher *cipher;
    struct vitrine_opm_start start; /* key, numbers of the next messages */
    bool deceived;                  /* an answer was not what it must be */
    bool lost;                      /* the device, and with it the object */
    ULONG status;                   /* flags of all answers since they were taken last */
};

#define OPM_CLIENT_LOST "the device is gone"

/* Says so; returns an exit code. */
int opm_client_refused(const char *command, const char *subject, HRESULT hr);

/* Without a handshake. */
bool opm_client_exists(const struct vitrine_host_tables *host, UINT output);

/* @return an exit code of command.h; it was said why. To be closed in any case. */
int opm_client_open(const struct opm_client_config *config, const char *command,
        const struct vitrine_host_tables *host, struct opm_client *client);
void opm_client_close(struct opm_client *client);

/* @param type  a protection type, 0: the request has none. information begins with random number and
 *              status flags. An answer that is not to be believed is E_FAIL, and remembered. */
HRESULT opm_client_get(struct opm_client *client, const GUID *what, ULONG type, void *information,
        ULONG len);
HRESULT opm_client_number(struct opm_client *client, const GUID *what, ULONG type, ULONG *number);
HRESULT opm_client_set(struct opm_client *client, ULONG type, ULONG level);

#endif
