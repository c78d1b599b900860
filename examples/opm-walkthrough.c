/* SPDX-License-Identifier: MIT */
/*
 * Output protection from the first call to the last, in the order of "Using Output Protection
 * Manager" and with the calls of "OPM Example Code":
 *
 *     opm-walkthrough ROOT.der
 *
 * ROOT.der as "vitrine cert init" writes it: the certificate that this program trusts. Which device
 * it talks to is in the environment (opmapi.h): with the device in this process
 * VITRINE_CERTIFICATE=CHAIN.der VITRINE_KEY=KEY, in a guest with a device VITRINE_LINK=drm:/dev/dri/
 * renderD128 and, when custody is driver, VITRINE_KEY. Exit status 0: all went as published.
 *
 * What a program has to bring besides opmapi.h is in libvitrine: verify the certificate, make the 256
 * bytes, sign, check.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <opmapi.h>
#include <vitrine.h>

enum { FILE_MAX = 16384, POLL_MS = 50, POLL_LIMIT = 40 };

/* One protected output, and what we agreed on with its driver. */
struct party {
    IOPMVideoOutput *output;
    struct vitrine_cipher *cipher;
    struct vitrine_opm_start start; /* random number, key, numbers of the next messages */
};

static bool say(const char *what, bool good)
{
    printf("%-60s %s\n", what, good ? "yes" : "NO");
    return good;
}

static bool fail(const char *what, HRESULT hr)
{
    fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)hr);
    return false;
}

/* Step 2: is it a driver that we trust? */
static struct vitrine_device *verify(const BYTE *chain, ULONG chain_len, const char *root_path)
{
    uint8_t root[FILE_MAX];
    char reason[VITRINE_REASON_LEN];
    struct vitrine_device *device = NULL;
    FILE *file = fopen(root_path, "rb");
    if (file == NULL) {
        perror(root_path);
        return NULL;
    }
    size_t root_len = fread(root, 1, sizeof(root), file);
    fclose(file);
    if (vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &device) != VITRINE_OK) {
        fprintf(stderr, "not trusted: %s\n", reason);
    }
    return device;
}

/* Step 3: 40 bytes - the driver's number, a key, two numbers to begin with - for its eyes only. */
static bool seal_start(struct vitrine_opm_start *start, const struct vitrine_device *device,
        OPM_ENCRYPTED_INITIALIZATION_PARAMETERS *parameters)
{
    uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN];
    bool made = vitrine_random(start->signing_key, sizeof(start->signing_key)) == VITRINE_OK &&
            vitrine_random(&start->status_sequence, sizeof(start->status_sequence)) == VITRINE_OK &&
            vitrine_random(&start->command_sequence, sizeof(start->command_sequence)) ==
                    VITRINE_OK &&
            vitrine_opm_plaintext(start, plaintext) == VITRINE_OK &&
            vitrine_exchange_block(device, plaintext, sizeof(plaintext),
                    parameters->abEncryptedInitializationParameters) == VITRINE_OK;
    explicit_bzero(plaintext, sizeof(plaintext));
    return made;
}

/* Steps 1 to 4: from here on both sides have a key. */
static bool initialize(struct party *party, const char *root_path)
{
    OPM_RANDOM_NUMBER random;
    BYTE *certificate = NULL;
    ULONG certificate_len = 0;
    OPM_ENCRYPTED_INITIALIZATION_PARAMETERS parameters;
    HRESULT hr = IOPMVideoOutput_StartInitialization(party->output, &random, &certificate,
            &certificate_len);
    if (FAILED(hr)) {
        return fail("StartInitialization", hr);
    }
    memcpy(party->start.random, random.abRandomNumber, sizeof(party->start.random));
    struct vitrine_device *device = verify(certificate, certificate_len, root_path);
    CoTaskMemFree(certificate);
    if (!say("the driver's certificate leads to our root", device != NULL)) {
        return false;
    }
    bool sealed = seal_start(&party->start, device, &parameters);
    vitrine_device_destroy(device);
    hr = sealed ? IOPMVideoOutput_FinishInitialization(party->output, &parameters) : E_FAIL;
    return say("the driver takes our key", SUCCEEDED(hr)) || fail("FinishInitialization", hr);
}

/* A request: signed, numbered, with a random number that has to come back. */
static bool make_request(struct party *party, const GUID *what, const void *parameters, ULONG len,
        OPM_GET_INFO_PARAMETERS *request)
{
    memset(request, 0, sizeof(*request));
    request->guidInformation = *what;
    request->ulSequenceNumber = party->start.status_sequence;
    request->cbParametersSize = len;
    if (len != 0) {
        memcpy(request->abParameters, parameters, len);
    }
    return vitrine_random(&request->rnRandomNumber, sizeof(request->rnRandomNumber)) ==
            VITRINE_OK &&
            vitrine_omac_sign(party->cipher, party->start.signing_key, request, sizeof(*request)) ==
            VITRINE_OK;
}

/* The answer counts when it is signed, as long as it should be, and for this request. */
static bool get(struct party *party, const GUID *what, const void *parameters, ULONG len,
        void *information, ULONG information_len)
{
    OPM_GET_INFO_PARAMETERS request;
    OPM_REQUESTED_INFORMATION answer;
    if (!make_request(party, what, parameters, len, &request)) {
        return false;
    }
    HRESULT hr = IOPMVideoOutput_GetInformation(party->output, &request, &answer);
    if (FAILED(hr)) {
        return fail("GetInformation", hr);
    }
    party->start.status_sequence++;
    bool good = vitrine_omac_check(party->cipher, party->start.signing_key, &answer,
                        sizeof(answer)) == VITRINE_OK &&
            answer.cbRequestedInformationSize == information_len &&
            memcmp(answer.abRequestedInformation, &request.rnRandomNumber,
                    sizeof(request.rnRandomNumber)) == 0;
    if (good) {
        memcpy(information, answer.abRequestedInformation, information_len);
    }
    return good;
}

/* Requests with an answer of one number. A status that is not normal means: stop. */
static bool get_number(struct party *party, const GUID *what, ULONG type, ULONG *number)
{
    OPM_STANDARD_INFORMATION information = { .ulStatusFlags = OPM_STATUS_NORMAL };
    if (!get(party, what, &type, type != 0 ? sizeof(type) : 0, &information, sizeof(information))) {
        return false;
    }
    *number = information.ulInformation;
    return information.ulStatusFlags == OPM_STATUS_NORMAL;
}

static bool look(struct party *party)
{
    ULONG connector = OPM_CONNECTOR_TYPE_OTHER;
    ULONG types = 0;
    OPM_OUTPUT_ID_DATA id;
    OPM_ACTUAL_OUTPUT_FORMAT format;
    if (!get_number(party, &OPM_GET_CONNECTOR_TYPE, 0, &connector) ||
            !get_number(party, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0, &types) ||
            !get(party, &OPM_GET_OUTPUT_ID, NULL, 0, &id, sizeof(id)) ||
            !get(party, &OPM_GET_ACTUAL_OUTPUT_FORMAT, NULL, 0, &format, sizeof(format))) {
        return say("the output describes itself", false);
    }
    uint64_t output_id = id.OutputId;
    printf("output %016llx: connector %u, protection types 0x%x, %ux%u\n",
            (unsigned long long)output_id, (unsigned)connector, (unsigned)types,
            (unsigned)format.ulDisplayWidth, (unsigned)format.ulDisplayHeight);
    return say("the output has HDCP", (types & OPM_PROTECTION_TYPE_HDCP) != 0);
}

static bool set_hdcp(struct party *party, ULONG level)
{
    OPM_CONFIGURE_PARAMETERS command;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { .ulProtectionType = OPM_PROTECTION_TYPE_HDCP,
        .ulProtectionLevel = level };
    memset(&command, 0, sizeof(command));
    command.guidSetting = OPM_SET_PROTECTION_LEVEL;
    command.ulSequenceNumber = party->start.command_sequence;
    command.cbParametersSize = sizeof(set);
    memcpy(command.abParameters, &set, sizeof(set));
    if (vitrine_omac_sign(party->cipher, party->start.signing_key, &command, sizeof(command)) !=
            VITRINE_OK) {
        return false;
    }
    HRESULT hr = IOPMVideoOutput_Configure(party->output, &command, 0, NULL);
    if (FAILED(hr)) {
        return fail("Configure", hr);
    }
    party->start.command_sequence++;
    return true;
}

/* Authentication takes a display its time. */
static bool wait_for_hdcp(struct party *party)
{
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    for (int i = 0; i < POLL_LIMIT; i++) {
        ULONG level = OPM_HDCP_OFF;
        if (!get_number(party, &OPM_GET_VIRTUAL_PROTECTION_LEVEL, OPM_PROTECTION_TYPE_HDCP,
                    &level)) {
            return false;
        }
        if (level == OPM_HDCP_ON) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool protect(struct party *party)
{
    ULONG level = OPM_HDCP_OFF;
    bool on = set_hdcp(party, OPM_HDCP_ON) && wait_for_hdcp(party) &&
            get_number(party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, OPM_PROTECTION_TYPE_HDCP, &level);
    if (!say("HDCP is on", on && level == OPM_HDCP_ON)) {
        return false;
    }
    /* A player shows its content now, and asks again at least every two seconds. */
    return say("HDCP can be taken back", set_hdcp(party, OPM_HDCP_OFF));
}

static bool run(IOPMVideoOutput *output, const char *root_path)
{
    struct party party = { .output = output };
    if (vitrine_cipher_create(&party.cipher) != VITRINE_OK) {
        return false;
    }
    bool good = initialize(&party, root_path) && look(&party) && protect(&party);
    vitrine_cipher_destroy(party.cipher);
    explicit_bzero(&party.start, sizeof(party.start));
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: opm-walkthrough ROOT.der\n");
        return 2;
    }
    ULONG count = 0;
    IOPMVideoOutput **outputs = NULL;
    HRESULT hr = OPMGetVideoOutputsFromHMONITOR(NULL, OPM_VOS_OPM_SEMANTICS, &count, &outputs);
    if (FAILED(hr)) {
        fail("OPMGetVideoOutputsFromHMONITOR", hr);
        return EXIT_FAILURE;
    }
    bool good = say("the monitor has a protected output", count > 0);
    for (ULONG i = 0; i < count; i++) {
        good = run(outputs[i], argv[1]) && good;
        IOPMVideoOutput_Release(outputs[i]);
    }
    CoTaskMemFree(outputs);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
