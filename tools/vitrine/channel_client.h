/* SPDX-License-Identifier: MIT */
/** The application's end of an authenticated channel: keyed, initialized, each answer checked. */
#ifndef TOOLS_VITRINE_CHANNEL_CLIENT_H
#define TOOLS_VITRINE_CHANNEL_CLIENT_H

#include <stdbool.h>

#include "runtime/ddi.h"
#include "tools/vitrine/revocation.h"

#include <vitrine.h>

struct channel_client_config {
    D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE type;
    const char *root; /* NULL: the roots that this user trusts */
    struct revocation_options revocation;
};

struct channel_client {
    struct vit_device *device;
    struct vit_session *session; /* that queries are about */
    struct vit_channel_object *channel;
    struct vitrine_cipher *cipher;
    uint8_t key[VITRINE_KEY_LEN];
    UINT query, command; /* the next numbers */
    HANDLE session_handle, device_handle;
    bool deceived; /* an answer was not what it must be */
};

/* @return an exit code of command.h; it was said why. To be closed in any case. */
int channel_client_open(const struct channel_client_config *config, const char *command,
        struct vit_adapter *adapter, struct channel_client *client);
void channel_client_close(struct channel_client *client);

/* input and answer begin with the published headers; the former's is filled here. An answer that is
 * not to be believed is E_FAIL, and remembered. */
HRESULT channel_client_query(struct channel_client *client, const GUID *type, void *input, UINT len,
        void *answer, UINT answer_len);
HRESULT channel_client_command(struct channel_client *client, const GUID *type, void *input,
        UINT len);
HRESULT channel_client_bind_decoder(struct channel_client *client, HANDLE decoder);

#endif
