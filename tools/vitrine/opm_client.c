/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/opm_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "tools/vitrine/answer.h"
#include "tools/vitrine/command.h"

static int load_roots(const struct opm_client_config *config, const char *command,
        struct vit_roots *roots)
{
    enum vit_status status;
    if (config->root != NULL) {
        status = vit_roots_load_file(config->root, roots);
        if (status != VIT_OK) {
            return vit_command_fail(VIT_EXIT_USAGE, command, config->root, "%s",
                    status == VIT_E_IO ? strerror(errno) : "not one certificate in DER");
        }
    } else {
        char *folder = vit_trust_folder();
        status = folder != NULL ? vit_roots_load(folder, roots) : VIT_OK;
        free(folder);
        if (status != VIT_OK || roots->count == 0) {
            return vit_command_fail(VIT_EXIT_USAGE, command, NULL,
                    "no trusted root: give --root, or use vitrine cert trust");
        }
    }
    return revocation_load(&config->revocation, command, config->root, roots);
}

/* The helpers for applications know no lists; so these come first. */
static int verify_by(const struct vit_roots *roots, const char *command, const BYTE *bytes,
        ULONG len, struct vitrine_device **trusted)
{
    char reason[VITRINE_REASON_LEN] = "";
    const struct vit_root *by = NULL;
    struct vit_verified verified = { .reason = "not a certificate chain" };
    VIT_AUTO(chain) chain = NULL;
    enum vit_status status = vit_chain_parse(bytes, len, &chain);
    if (status == VIT_OK) {
        status = vit_roots_verify(roots, chain, 0, &verified, &by);
    }
    if (status != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, command, NULL, "the device is not trusted: %s",
                verified.reason);
    }
    vit_verified_finish(&verified);
    if (vitrine_device_verify(bytes, len, by->der, by->len, 0, reason, trusted) != VITRINE_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, command, NULL, "the device is not trusted: %s",
                reason);
    }
    return VIT_EXIT_OK;
}

static int verify(const struct opm_client_config *config, const char *command, const BYTE *bytes,
        ULONG len, struct vitrine_device **trusted)
{
    struct vit_roots roots = { .items = NULL };
    int code = load_roots(config, command, &roots);
    if (code == VIT_EXIT_OK) {
        code = verify_by(&roots, command, bytes, len, trusted);
    }
    vit_roots_finish(&roots);
    return code;
}

/* E_FAIL: a link that is broken. */
static bool is_loss(HRESULT hr)
{
    return hr == ERROR_GRAPHICS_OPM_VIDEO_OUTPUT_NO_LONGER_EXISTS || hr == E_FAIL;
}

int opm_client_refused(const char *command, const char *subject, HRESULT hr)
{
    const char *code = vit_code_name(hr);
    return vit_command_fail(VIT_EXIT_REFUSED, command, subject, "refused: 0x%08x%s%s", (unsigned)hr,
            code != NULL ? " " : "", code != NULL ? code : "");
}

static int fail(const char *command, const char *call, HRESULT hr)
{
    if (is_loss(hr)) {
        return vit_command_fail(VIT_EXIT_SYSTEM, command, NULL, OPM_CLIENT_LOST);
    }
    return opm_client_refused(command, call, hr);
}

static bool seal(struct vitrine_opm_start *start, const struct vitrine_device *trusted,
        OPM_ENCRYPTED_INITIALIZATION_PARAMETERS *parameters)
{
    uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN];
    bool made = vitrine_random(start->signing_key, sizeof(start->signing_key)) == VITRINE_OK &&
            vitrine_random(&start->status_sequence, sizeof(start->status_sequence)) == VITRINE_OK &&
            vitrine_random(&start->command_sequence, sizeof(start->command_sequence)) ==
                    VITRINE_OK &&
            vitrine_opm_plaintext(start, plaintext) == VITRINE_OK &&
            vitrine_exchange_block(trusted, plaintext, sizeof(plaintext),
                    parameters->abEncryptedInitializationParameters) == VITRINE_OK;
    vit_wipe(plaintext, sizeof(plaintext));
    return made;
}

static int finish(struct opm_client *client, const struct vitrine_device *trusted,
        const char *command)
{
    OPM_ENCRYPTED_INITIALIZATION_PARAMETERS parameters;
    if (!seal(&client->start, trusted, &parameters)) {
        return vit_command_fail(VIT_EXIT_SYSTEM, command, NULL, "no random numbers");
    }
    HRESULT hr = IOPMVideoOutput_FinishInitialization(client->output, &parameters);
    return FAILED(hr) ? fail(command, "FinishInitialization", hr) : VIT_EXIT_OK;
}

static int initialize(const struct opm_client_config *config, const char *command,
        struct opm_client *client)
{
    OPM_RANDOM_NUMBER random;
    BYTE *chain = NULL;
    ULONG len = 0;
    struct vitrine_device *trusted = NULL;
    HRESULT hr = IOPMVideoOutput_StartInitialization(client->output, &random, &chain, &len);
    if (FAILED(hr)) {
        return fail(command, "StartInitialization", hr);
    }
    memcpy(client->start.random, random.abRandomNumber, sizeof(client->start.random));
    int code = verify(config, command, chain, len, &trusted);
    CoTaskMemFree(chain);
    if (code == VIT_EXIT_OK) {
        code = finish(client, trusted, command);
    }
    vitrine_device_destroy(trusted);
    return code;
}

static HRESULT get_output(const struct vitrine_host_tables *host, UINT output,
        struct opm_client *client)
{
    ULONG count = 0;
    IOPMVideoOutput **outputs = NULL;
    HRESULT hr = VitrineOpmMonitor(host, output, &client->monitor);
    if (SUCCEEDED(hr)) {
        hr = OPMGetVideoOutputsFromHMONITOR(client->monitor, OPM_VOS_OPM_SEMANTICS, &count,
                &outputs);
    }
    if (SUCCEEDED(hr)) {
        client->output = outputs[0];
        CoTaskMemFree(outputs);
    }
    return hr;
}

bool opm_client_exists(const struct vitrine_host_tables *host, UINT output)
{
    struct opm_client client = { .output = NULL };
    HRESULT hr = get_output(host, output, &client);
    opm_client_close(&client);
    return SUCCEEDED(hr);
}

int opm_client_open(const struct opm_client_config *config, const char *command,
        const struct vitrine_host_tables *host, struct opm_client *client)
{
    *client = (struct opm_client){ .output = NULL };
    if (vitrine_cipher_create(&client->cipher) != VITRINE_OK) {
        return vit_command_fail(VIT_EXIT_SYSTEM, command, NULL, "no secret memory");
    }
    HRESULT hr = get_output(host, config->output, client);
    if (FAILED(hr)) {
        return hr == ERROR_GRAPHICS_OPM_NO_VIDEO_OUTPUTS_EXIST
                ? vit_command_fail(VIT_EXIT_REFUSED, command, NULL, "no such output: %u",
                          (unsigned)config->output)
                : fail(command, "OPMGetVideoOutputsFromHMONITOR", hr);
    }
    return initialize(config, command, client);
}

void opm_client_close(struct opm_client *client)
{
    if (client->output != NULL) {
        IOPMVideoOutput_Release(client->output);
    }
    VitrineOpmDropMonitor(client->monitor);
    vitrine_cipher_destroy(client->cipher);
    vit_wipe(&client->start, sizeof(client->start));
}

static bool believe(struct opm_client *client, const OPM_GET_INFO_PARAMETERS *request,
        const OPM_REQUESTED_INFORMATION *answer, ULONG len)
{
    return vitrine_omac_check(client->cipher, client->start.signing_key, answer, sizeof(*answer)) ==
            VITRINE_OK &&
            answer->cbRequestedInformationSize == len &&
            memcmp(answer->abRequestedInformation, &request->rnRandomNumber,
                    sizeof(request->rnRandomNumber)) == 0;
}

/* An authentic request spends its number, also when it is refused for what it asks. */
HRESULT opm_client_get(struct opm_client *client, const GUID *what, ULONG type, void *information,
        ULONG len)
{
    OPM_GET_INFO_PARAMETERS request;
    OPM_REQUESTED_INFORMATION answer;
    memset(&request, 0, sizeof(request));
    request.guidInformation = *what;
    request.ulSequenceNumber = client->start.status_sequence++;
    request.cbParametersSize = type != 0 ? sizeof(type) : 0;
    memcpy(request.abParameters, &type, sizeof(type));
    if (vitrine_random(&request.rnRandomNumber, sizeof(request.rnRandomNumber)) != VITRINE_OK ||
            vitrine_omac_sign(client->cipher, client->start.signing_key, &request,
                    sizeof(request)) != VITRINE_OK) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = IOPMVideoOutput_GetInformation(client->output, &request, &answer);
    client->lost = client->lost || is_loss(hr);
    if (FAILED(hr)) {
        return hr;
    }
    if (!believe(client, &request, &answer, len)) {
        client->deceived = true;
        return E_FAIL;
    }
    memcpy(information, answer.abRequestedInformation, len);
    ULONG flags;
    memcpy(&flags, answer.abRequestedInformation + sizeof(OPM_RANDOM_NUMBER), sizeof(flags));
    client->status |= flags;
    return S_OK;
}

HRESULT opm_client_number(struct opm_client *client, const GUID *what, ULONG type, ULONG *number)
{
    OPM_STANDARD_INFORMATION information = { .ulInformation = 0 };
    HRESULT hr = opm_client_get(client, what, type, &information, sizeof(information));
    *number = information.ulInformation;
    return hr;
}

HRESULT opm_client_set(struct opm_client *client, ULONG type, ULONG level)
{
    OPM_CONFIGURE_PARAMETERS command;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { .ulProtectionType = type,
        .ulProtectionLevel = level };
    memset(&command, 0, sizeof(command));
    command.guidSetting = OPM_SET_PROTECTION_LEVEL;
    command.ulSequenceNumber = client->start.command_sequence++;
    command.cbParametersSize = sizeof(set);
    memcpy(command.abParameters, &set, sizeof(set));
    if (vitrine_omac_sign(client->cipher, client->start.signing_key, &command, sizeof(command)) !=
            VITRINE_OK) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = IOPMVideoOutput_Configure(client->output, &command, 0, NULL);
    client->lost = client->lost || is_loss(hr);
    return hr;
}
