/* SPDX-License-Identifier: MIT */
#include "tests/opm/signer.h"

#include <string.h>

#include "base/bytes.h"
#include "certs/chain.h"
#include "crypto-session/omac.h"
#include "crypto/oaep.h"
#include "crypto/random.h"

bool opm_signer_init(struct opm_signer *signer, uint32_t status_number, uint32_t command_number)
{
    *signer =
            (struct opm_signer){ .status_number = status_number, .command_number = command_number };
    return vit_random(signer->key, sizeof(signer->key)) == VIT_OK &&
            vit_slab_create(&signer->slab) == VIT_OK &&
            vit_cipher_create(signer->slab, NULL, &signer->cipher) == VIT_OK;
}

void opm_signer_finish(struct opm_signer *signer)
{
    vit_cipher_destroy(signer->cipher);
    vit_slab_destroy(signer->slab);
}

bool opm_signer_block(const struct opm_signer *signer, const void *chain, size_t chain_len,
        const uint8_t random[16], size_t len, void *block)
{
    uint8_t plaintext[VIT_OAEP_MAX_LEN] = { 0 };
    memcpy(plaintext, random, 16);
    memcpy(plaintext + 16, signer->key, 16);
    vit_store_le32(plaintext + 32, signer->status_number);
    vit_store_le32(plaintext + 36, signer->command_number);
    VIT_AUTO(chain) parsed = NULL;
    VIT_AUTO(public_key) key = NULL;
    return vit_chain_parse(chain, chain_len, &parsed) == VIT_OK &&
            vit_chain_leaf_key(parsed, &key) == VIT_OK &&
            vit_oaep_wrap(key, plaintext, len, block) == VIT_OK;
}

void opm_signer_sign(const struct opm_signer *signer, void *message, size_t len)
{
    enum vit_status status = vit_omac_sign(signer->cipher, signer->key, message, len);
    (void)status; /* a message that is not signed is refused */
}

void opm_signer_request(struct opm_signer *signer, const GUID *guid, const void *parameters,
        uint32_t len, void *request)
{
    OPM_GET_INFO_PARAMETERS *out = request;
    enum vit_status status = vit_random(signer->request_random, sizeof(signer->request_random));
    (void)status;
    memset(out, 0, sizeof(*out));
    memcpy(out->rnRandomNumber.abRandomNumber, signer->request_random,
            sizeof(signer->request_random));
    out->guidInformation = *guid;
    out->ulSequenceNumber = signer->status_number++;
    out->cbParametersSize = len;
    if (len != 0) {
        memcpy(out->abParameters, parameters, len);
    }
    opm_signer_sign(signer, out, sizeof(*out));
}

void opm_signer_command(struct opm_signer *signer, const GUID *guid, const void *parameters,
        uint32_t len, void *command)
{
    OPM_CONFIGURE_PARAMETERS *out = command;
    memset(out, 0, sizeof(*out));
    out->guidSetting = *guid;
    out->ulSequenceNumber = signer->command_number++;
    out->cbParametersSize = len;
    if (len != 0) {
        memcpy(out->abParameters, parameters, len);
    }
    opm_signer_sign(signer, out, sizeof(*out));
}

bool opm_signer_accepts(const struct opm_signer *signer, const void *answer, uint32_t len)
{
    const OPM_REQUESTED_INFORMATION *in = answer;
    return vit_omac_check(signer->cipher, signer->key, in, sizeof(*in)) == VIT_OK &&
            in->cbRequestedInformationSize == len &&
            memcmp(in->abRequestedInformation, signer->request_random, 16) == 0;
}
