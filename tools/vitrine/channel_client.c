/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/channel_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vitrine/command.h"
#include "tools/vitrine/trust.h"

static int load_roots(const struct channel_client_config *config, const char *command,
        struct vit_roots *roots)
{
    char *folder = config->root == NULL ? vit_trust_folder() : NULL;
    enum vit_status status = VIT_OK;
    if (config->root != NULL) {
        status = vit_roots_load_file(config->root, roots);
    } else if (folder != NULL) {
        status = vit_roots_load(folder, roots);
    }
    free(folder);
    if (status != VIT_OK) {
        return vit_command_fail(status == VIT_E_REFUSED ? VIT_EXIT_REFUSED : VIT_EXIT_SYSTEM,
                command, config->root, "%s",
                status == VIT_E_REFUSED      ? "not one certificate in DER"
                        : status == VIT_E_IO ? strerror(errno)
                                             : vit_status_name(status));
    }
    if (roots->count == 0) {
        return vit_command_fail(VIT_EXIT_USAGE, command, NULL,
                "no trusted root: give --root, or use vitrine cert trust");
    }
    return revocation_load(&config->revocation, command, config->root, roots);
}

static enum vitrine_status verify_against(const struct vit_roots *roots,
        const struct vit_root *root, const uint8_t *chain, UINT len,
        char reason[VITRINE_REASON_LEN], struct vitrine_device **trusted)
{
    return roots->no_revocation
            ? vitrine_device_verify(chain, len, root->der, root->len, 0, reason, trusted)
            : vitrine_device_verify_revocation(chain, len, root->der, root->len, roots->crls,
                      roots->crl_len, 0, reason, trusted);
}

/* Each root that can be read is tried; the last reason is as good as any. */
static int verify(const struct channel_client_config *config, const char *command,
        const uint8_t *chain, UINT len, struct vitrine_device **trusted)
{
    struct vit_roots roots = { .items = NULL };
    char reason[VITRINE_REASON_LEN] = "no root can be read";
    int code = load_roots(config, command, &roots);
    for (size_t i = 0; code == VIT_EXIT_OK && *trusted == NULL && i < roots.count; i++) {
        const struct vit_root *root = &roots.items[i];
        if (root->der != NULL) {
            enum vitrine_status status = verify_against(&roots, root, chain, len, reason, trusted);
            (void)status; /* nothing is trusted then */
        }
    }
    if (code == VIT_EXIT_OK && *trusted == NULL) {
        code = vit_command_fail(VIT_EXIT_REFUSED, command, NULL, "the device is not trusted: %s",
                reason);
    }
    vit_roots_finish(&roots);
    return code;
}

static bool exchange(struct channel_client *client, const struct vitrine_device *trusted)
{
    uint8_t block[VITRINE_BLOCK_LEN];
    return vitrine_random(client->key, sizeof(client->key)) == VITRINE_OK &&
            vitrine_exchange_block(trusted, client->key, sizeof(client->key), block) ==
            VITRINE_OK &&
            SUCCEEDED(client->device->video
                            .pfnNegotiateAuthenticatedChannelKeyExchange(client->device->handle,
                                    client->channel->handle, sizeof(block), block));
}

/* Both kinds of answer have the same header. What is refused is signed as well. */
static HRESULT check(struct channel_client *client, const GUID *type, UINT number,
        const void *answer, UINT len, HRESULT hr)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT header;
    memcpy(&header, answer, sizeof(header));
    if (vitrine_omac_check(client->cipher, client->key, answer, len) != VITRINE_OK ||
            !IsEqualGUID(&header.QueryType, type) || header.hChannel != client->channel->hChannel ||
            header.SequenceNumber != number || header.ReturnCode != hr) {
        client->deceived = true;
        return E_FAIL;
    }
    return hr;
}

HRESULT channel_client_query(struct channel_client *client, const GUID *type, void *input, UINT len,
        void *answer, UINT answer_len)
{
    const D3D11_1DDI_AUTHENTICATED_QUERY_INPUT header = { *type, client->channel->hChannel,
        client->query++ };
    memcpy(input, &header, sizeof(header));
    memset(answer, 0, answer_len);
    HRESULT hr = client->device->video.pfnQueryAuthenticatedChannel(client->device->handle,
            client->channel->handle, len, input, answer_len, answer);
    return check(client, type, header.SequenceNumber, answer, answer_len, hr);
}

static HRESULT send_command(struct channel_client *client, const GUID *type, UINT number,
        void *input, UINT len)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INPUT *header = input;
    memset(&answer, 0, sizeof(answer));
    header->ConfigureType = *type;
    header->hChannel = client->channel->hChannel;
    header->SequenceNumber = number;
    if (vitrine_omac_sign(client->cipher, client->key, input, len) != VITRINE_OK) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = client->device->video.pfnConfigureAuthenticatedChannel(client->device->handle,
            client->channel->handle, len, input, &answer);
    return check(client, type, number, &answer, sizeof(answer), hr);
}

HRESULT channel_client_command(struct channel_client *client, const GUID *type, void *input,
        UINT len)
{
    return send_command(client, type, client->command++, input, len);
}

HRESULT channel_client_bind_decoder(struct channel_client *client, HANDLE decoder)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION input;
    memset(&input, 0, sizeof(input));
    input.DecodeHandle = decoder;
    input.CryptoSessionHandle = client->session_handle;
    input.DeviceHandle = client->device_handle;
    return channel_client_command(client, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION_GUID,
            &input, sizeof(input));
}

static HRESULT initialize(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    UINT start[2];
    memset(&input, 0, sizeof(input));
    if (vitrine_random(start, sizeof(start)) != VITRINE_OK) {
        return E_OUTOFMEMORY;
    }
    client->query = input.StartSequenceQuery = start[0] >> 1; /* they must not reach 2^32 */
    client->command = input.StartSequenceConfigure = start[1] >> 1;
    return send_command(client, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 0, &input,
            sizeof(input));
}

static HRESULT learn_handles(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { .SequenceNumber = 0 };
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT answer;
    HRESULT hr = channel_client_query(client, &D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE, &input,
            sizeof(input), &answer, sizeof(answer));
    client->device_handle = answer.DeviceHandle;
    if (SUCCEEDED(hr)) {
        hr = client->device->video.pfnCryptoSessionGetHandle(client->device->handle,
                client->session->handle, &client->session_handle);
    }
    return hr;
}

static HRESULT create(struct channel_client *client, const struct channel_client_config *config,
        struct vit_adapter *adapter, uint8_t **chain, UINT *len)
{
    HRESULT hr = vitrine_cipher_create(&client->cipher) == VITRINE_OK ? S_OK : E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) {
        hr = vit_device_open(adapter, &client->device);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_channel_open(client->device, config->type, &client->channel);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_session_create(client->device, &client->session);
    }
    return SUCCEEDED(hr) ? vit_channel_certificate(client->device, config->type, chain, len) : hr;
}

int channel_client_open(const struct channel_client_config *config, const char *command,
        struct vit_adapter *adapter, struct channel_client *client)
{
    uint8_t *chain = NULL;
    UINT len = 0;
    struct vitrine_device *trusted = NULL;
    *client = (struct channel_client){ .query = 0 };
    HRESULT hr = create(client, config, adapter, &chain, &len);
    if (FAILED(hr)) {
        return vit_command_fail(hr == D3DDDIERR_NOTAVAILABLE ? VIT_EXIT_REFUSED : VIT_EXIT_SYSTEM,
                command, NULL, "the driver has no such channel (0x%08x)", (unsigned)hr);
    }
    int code = verify(config, command, chain, len, &trusted);
    if (code == VIT_EXIT_OK &&
            (!exchange(client, trusted) || FAILED(initialize(client)) ||
                    FAILED(learn_handles(client)))) {
        code = vit_command_fail(VIT_EXIT_REFUSED, command, NULL, "the driver refuses the channel");
    }
    vitrine_device_destroy(trusted);
    free(chain);
    return code;
}

void channel_client_close(struct channel_client *client)
{
    vit_session_destroy(client->session);
    vit_channel_close(client->channel);
    vit_device_close(client->device);
    vitrine_cipher_destroy(client->cipher);
    explicit_bzero(client->key, sizeof(client->key));
}
