/* SPDX-License-Identifier: MIT */
/*
 * A protected output object of a guest, which does as it is told:
 *
 *     vitrine-vm-opm ROOT.der
 *
 * Lines on standard input, each answered by a line:
 *
 *     open          makes an object of the first output and agrees on keys: an HRESULT
 *     hdcp 0|1      commands HDCP: an HRESULT
 *     srm V FILE    brings a list of revoked receivers of version V: an HRESULT
 *     ask           "FLAGS LEVEL": what GetInformation says of HDCP's actual level, or an HRESULT
 *     close         releases the object: an HRESULT
 *
 * It ends with its input. The device is the one that VITRINE_LINK names.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <opmapi.h>
#include <vitrine.h>

enum { FILE_MAX = 16384 };

struct party {
    const char *root_path;
    struct vitrine_cipher *cipher;
    IOPMVideoOutput *output; /* NULL: closed */
    struct vitrine_opm_start start;
};

static size_t read_file(const char *path, uint8_t bytes[FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    size_t len = file != NULL ? fread(bytes, 1, FILE_MAX, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    return len;
}

static struct vitrine_device *verify(const BYTE *chain, ULONG chain_len, const char *root_path)
{
    uint8_t root[FILE_MAX];
    struct vitrine_device *device = NULL;
    size_t len = read_file(root_path, root);
    (void)!vitrine_device_verify(chain, chain_len, root, len, 0, NULL, &device);
    return device;
}

static bool seal(struct vitrine_opm_start *start, const struct vitrine_device *device,
        uint8_t block[VITRINE_BLOCK_LEN])
{
    uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN];
    return device != NULL && vitrine_random(start->signing_key, VITRINE_KEY_LEN) == VITRINE_OK &&
            vitrine_random(&start->status_sequence, 4) == VITRINE_OK &&
            vitrine_random(&start->command_sequence, 4) == VITRINE_OK &&
            vitrine_opm_plaintext(start, plaintext) == VITRINE_OK &&
            vitrine_exchange_block(device, plaintext, sizeof(plaintext), block) == VITRINE_OK;
}

static HRESULT agree(struct party *party)
{
    OPM_RANDOM_NUMBER random;
    OPM_ENCRYPTED_INITIALIZATION_PARAMETERS parameters;
    BYTE *chain = NULL;
    ULONG len = 0;
    HRESULT hr = IOPMVideoOutput_StartInitialization(party->output, &random, &chain, &len);
    if (FAILED(hr)) {
        return hr;
    }
    memcpy(party->start.random, random.abRandomNumber, sizeof(party->start.random));
    struct vitrine_device *device = verify(chain, len, party->root_path);
    bool sealed = seal(&party->start, device, parameters.abEncryptedInitializationParameters);
    CoTaskMemFree(chain);
    vitrine_device_destroy(device);
    return sealed ? IOPMVideoOutput_FinishInitialization(party->output, &parameters) : E_FAIL;
}

static HRESULT close_object(struct party *party)
{
    if (party->output == NULL) {
        return E_FAIL;
    }
    IOPMVideoOutput_Release(party->output);
    party->output = NULL;
    return S_OK;
}

static HRESULT open_object(struct party *party)
{
    ULONG count = 0;
    IOPMVideoOutput **outputs = NULL;
    HRESULT hr = OPMGetVideoOutputsFromHMONITOR(NULL, OPM_VOS_OPM_SEMANTICS, &count, &outputs);
    if (FAILED(hr)) {
        return hr;
    }
    for (ULONG i = 1; i < count; i++) {
        IOPMVideoOutput_Release(outputs[i]);
    }
    party->output = count > 0 ? outputs[0] : NULL;
    CoTaskMemFree(outputs);
    return count > 0 ? agree(party) : E_FAIL;
}

static HRESULT configure(struct party *party, const GUID *setting, const void *parameters,
        ULONG len, const BYTE *additional, ULONG additional_len)
{
    OPM_CONFIGURE_PARAMETERS command = { .guidSetting = *setting,
        .ulSequenceNumber = party->start.command_sequence,
        .cbParametersSize = len };
    memcpy(command.abParameters, parameters, len);
    if (vitrine_omac_sign(party->cipher, party->start.signing_key, &command, sizeof(command)) !=
            VITRINE_OK) {
        return E_FAIL;
    }
    HRESULT hr = IOPMVideoOutput_Configure(party->output, &command, additional_len, additional);
    party->start.command_sequence++; /* spent, once it is authentic */
    return hr;
}

static HRESULT set_hdcp(struct party *party, ULONG level)
{
    const OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { .ulProtectionType = OPM_PROTECTION_TYPE_HDCP,
        .ulProtectionLevel = level };
    return configure(party, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), NULL, 0);
}

static HRESULT set_srm(struct party *party, ULONG version, const char *path)
{
    BYTE srm[FILE_MAX];
    const OPM_SET_HDCP_SRM_PARAMETERS set = { .ulSRMVersion = version };
    size_t len = read_file(path, srm);
    return configure(party, &OPM_SET_HDCP_SRM, &set, sizeof(set), srm, (ULONG)len);
}

static HRESULT ask(struct party *party, OPM_STANDARD_INFORMATION *information)
{
    OPM_REQUESTED_INFORMATION answer;
    const ULONG type = OPM_PROTECTION_TYPE_HDCP;
    OPM_GET_INFO_PARAMETERS request = { .guidInformation = OPM_GET_ACTUAL_PROTECTION_LEVEL,
        .ulSequenceNumber = party->start.status_sequence,
        .cbParametersSize = sizeof(type) };
    memcpy(request.abParameters, &type, sizeof(type));
    if (vitrine_random(&request.rnRandomNumber, sizeof(request.rnRandomNumber)) != VITRINE_OK ||
            vitrine_omac_sign(party->cipher, party->start.signing_key, &request, sizeof(request)) !=
                    VITRINE_OK) {
        return E_FAIL;
    }
    HRESULT hr = IOPMVideoOutput_GetInformation(party->output, &request, &answer);
    if (FAILED(hr)) {
        return hr;
    }
    party->start.status_sequence++;
    memcpy(information, answer.abRequestedInformation, sizeof(*information));
    bool good = vitrine_omac_check(party->cipher, party->start.signing_key, &answer,
                        sizeof(answer)) == VITRINE_OK &&
            answer.cbRequestedInformationSize == sizeof(*information) &&
            memcmp(&information->rnRandomNumber, &request.rnRandomNumber,
                    sizeof(request.rnRandomNumber)) == 0;
    return good ? S_OK : E_FAIL;
}

static void tell(struct party *party)
{
    OPM_STANDARD_INFORMATION information;
    HRESULT hr = ask(party, &information);
    if (FAILED(hr)) {
        printf("%08x\n", (unsigned)hr);
        return;
    }
    printf("%u %u\n", (unsigned)information.ulStatusFlags, (unsigned)information.ulInformation);
}

static void serve(struct party *party, const char *word, unsigned number, const char *path)
{
    if (strcmp(word, "open") == 0) {
        printf("%08x\n", (unsigned)open_object(party));
    } else if (strcmp(word, "close") == 0) {
        printf("%08x\n", (unsigned)close_object(party));
    } else if (party->output == NULL) {
        printf("%08x\n", (unsigned)E_FAIL);
    } else if (strcmp(word, "hdcp") == 0) {
        printf("%08x\n", (unsigned)set_hdcp(party, number));
    } else if (strcmp(word, "srm") == 0) {
        printf("%08x\n", (unsigned)set_srm(party, number, path));
    } else {
        tell(party);
    }
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct party party = { .root_path = argc == 2 ? argv[1] : "" };
    char line[128], word[16], path[64];
    if (argc != 2 || vitrine_cipher_create(&party.cipher) != VITRINE_OK) {
        fprintf(stderr, "usage: vitrine-vm-opm ROOT.der\n");
        return 2;
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        unsigned number = 0;
        path[0] = '\0';
        if (sscanf(line, "%15s %u %63s", word, &number, path) < 1) {
            break;
        }
        serve(&party, word, number, path);
    }
    (void)close_object(&party);
    vitrine_cipher_destroy(party.cipher);
    return 0;
}
