/* SPDX-License-Identifier: MIT */
/* The random number, the 256 bytes, and what an object does without them. */
#include <string.h>

#include "tests/conformance/opm_stage.h"

RULE_GROUP(opm_handshake, "Output protection: the handshake");

#define PAGE_RANDOM "DXGKDDI_OPM_GET_RANDOM_NUMBER"
#define PAGE_KEY "DXGKDDI_OPM_SET_SIGNING_KEY_AND_SEQUENCE_NUMBERS"
#define REFUSED STATUS_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS

static void open_without_key(struct opm_stage *stage, struct opm_party *party)
{
    opm_create(stage, party);
    opm_get_random(party);
}

RULE(opm_handshake, gives_its_number_once, "OP-6-01",
        "The random number is told once for an object; "
        "the second call fails and the first number stands",
        PAGE_RANDOM)
{
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_RANDOM_NUMBER again;
    memset(&again, 0xee, sizeof(again));
    opm_stage_open(&stage);
    open_without_key(&stage, &party);
    expect_status(stage.driver.DxgkDdiOPMGetRandomNumber(stage.context, party.handle, &again),
            STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR, "the second GetRandomNumber");
    expect_all(&again, sizeof(again), 0xee, "a number was written");
    opm_make_block(&party, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(&party, &party.block), STATUS_SUCCESS, "the first number");
    opm_expect_alive(&party, "the key of the first number");
    opm_stage_close(&stage);
}

RULE(opm_handshake, wants_the_number_told_first, "OP-6-02",
        "The key is refused before the random "
        "number was asked for",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct opm_party party;
    opm_stage_open(&stage);
    opm_create(&stage, &party);
    opm_make_block(&party, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(&party, &party.block), REFUSED, "a key before the random number");
    opm_get_random(&party);
    opm_make_block(&party, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(&party, &party.block), STATUS_SUCCESS, "a key after it");
    opm_stage_close(&stage);
}

RULE(opm_handshake, takes_40_bytes_and_more, "OP-6-03",
        "40 bytes and more are taken, as many as the "
        "padding has room for; what is behind the first 40 is ignored",
        PAGE_KEY)
{
    static const size_t lens[] = { 40, 41, 47, 64, 125, 126 };
    struct opm_stage stage;
    struct opm_party party;
    opm_stage_open(&stage);
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        open_without_key(&stage, &party);
        opm_make_block(&party, lens[i]);
        expect_status(opm_set_key(&party, &party.block), STATUS_SUCCESS, "40 bytes or more");
        opm_expect_alive(&party, "key and numbers are the first 40 bytes");
        opm_destroy(&party);
    }
    opm_stage_close(&stage);
}

/* Once refused, an object has had its one attempt. */
static void expect_refused_block(struct opm_party *party, const char *what)
{
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    expect_status(opm_set_key(party, &party->block), REFUSED, what);
    opm_request(party, &OPM_GET_CONNECTOR_TYPE, NULL, 0, &request);
    opm_expect_request_refused(party, &request, STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST,
            "a request under a key that was refused");
    opm_make_block(party, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(party, &party->block), REFUSED, "a second attempt");
}

RULE(opm_handshake, refuses_less_than_40_bytes, "OP-6-04", "Less than 40 bytes are refused",
        PAGE_KEY)
{
    static const size_t lens[] = { 39, 38, 32, 16, 1 };
    struct opm_stage stage;
    struct opm_party party;
    opm_stage_open(&stage);
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        open_without_key(&stage, &party);
        opm_make_block(&party, lens[i]);
        expect_refused_block(&party, "less than 40 bytes");
        opm_destroy(&party);
    }
    opm_stage_close(&stage);
}

RULE(opm_handshake, refuses_another_random_number, "OP-6-05",
        "40 bytes with another random number "
        "than the object's are refused, whichever byte differs",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct opm_party party;
    opm_stage_open(&stage);
    for (unsigned i = 0; i < 16; i++) {
        open_without_key(&stage, &party);
        party.random[i] ^= (uint8_t)(1u << (i % 8));
        opm_make_block(&party, OPM_EXCHANGE_LEN);
        party.random[i] ^= (uint8_t)(1u << (i % 8));
        expect_refused_block(&party, "another random number");
        opm_destroy(&party);
    }
    opm_stage_close(&stage);
}

RULE(opm_handshake, refuses_another_objects_number, "OP-6-06",
        "The number of another object on the "
        "same output is another number",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct opm_party first, second;
    opm_stage_open(&stage);
    open_without_key(&stage, &first);
    open_without_key(&stage, &second);
    memcpy(second.random, first.random, sizeof(second.random));
    opm_make_block(&second, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(&second, &second.block), REFUSED, "another object's number");
    opm_stage_close(&stage);
}

RULE(opm_handshake, refuses_a_changed_block, "OP-6-07",
        "A block with one bit changed in any of its "
        "256 bytes is refused",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct opm_party party;
    opm_stage_open(&stage);
    for (unsigned i = 0; i < sizeof(party.block.abEncryptedParameters); i++) {
        open_without_key(&stage, &party);
        opm_make_block(&party, OPM_EXCHANGE_LEN);
        party.block.abEncryptedParameters[i] ^= (uint8_t)(1u << (i % 8));
        expect_status(opm_set_key(&party, &party.block), REFUSED, "a changed block");
        opm_destroy(&party);
    }
    opm_stage_close(&stage);
}

RULE(opm_handshake, refuses_other_paddings, "OP-6-08 OP-10-01",
        "The padding is OAEP with SHA-512 for "
        "label and mask and an empty label; any other is refused",
        PAGE_KEY)
{
    static const struct provider_padding paddings[] = { { "SHA1", "SHA1", NULL },
        { "SHA256", "SHA256", NULL }, { "SHA512", "SHA1", NULL }, { "SHA1", "SHA512", NULL },
        { "SHA512", "SHA512", "label" } };
    struct opm_stage stage;
    struct opm_party party;
    uint8_t plaintext[40] = { 0 };
    opm_stage_open(&stage);
    for (unsigned i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
        open_without_key(&stage, &party);
        memcpy(plaintext, party.random, 16);
        provider_block(stage.key, &paddings[i], plaintext, sizeof(plaintext),
                party.block.abEncryptedParameters);
        expect_refused_block(&party, "another padding");
        opm_destroy(&party);
    }
    opm_stage_close(&stage);
}

RULE(opm_handshake, is_finished_once, "OP-6-09",
        "An object takes one key: a second one is refused and "
        "the first stays in force",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct opm_party party;
    uint8_t key[16];
    opm_stage_open(&stage);
    opm_open(&stage, &party);
    expect_status(opm_set_key(&party, &party.block), REFUSED, "the same block again");
    memcpy(key, party.key, sizeof(key));
    provider_random(party.key, sizeof(party.key));
    opm_make_block(&party, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(&party, &party.block), REFUSED, "another key");
    memcpy(party.key, key, sizeof(key));
    opm_expect_alive(&party, "the first key");
    opm_destroy(&party);
    opm_stage_close(&stage);
}

RULE(opm_handshake, nothing_is_taken_without_a_key, "OP-6-10",
        "Requests and commands to an object "
        "without a key are refused, whatever they are signed with",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { OPM_PROTECTION_TYPE_HDCP, OPM_HDCP_ON, 0, 0 };
    opm_stage_open(&stage);
    opm_create(&stage, &party);
    for (unsigned i = 0; i < 3; i++) {
        if (i == 1) {
            memset(party.key, 0, sizeof(party.key)); /* as memory that nobody wrote has it */
            party.status_number = party.command_number = 0;
        }
        if (i == 2) {
            opm_get_random(&party);
        }
        opm_request(&party, &OPM_GET_CONNECTOR_TYPE, NULL, 0, &request);
        opm_expect_request_refused(&party, &request,
                STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST, "a request without a key");
        opm_command(&party, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &command);
        opm_expect_command_refused(&party, &command,
                STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST, "a command without a key");
    }
    opm_stage_close(&stage);
}
