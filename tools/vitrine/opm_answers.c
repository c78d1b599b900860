/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/opm_answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/vitrine/answer.h"

static const struct {
    const char *name;
    ULONG type;
} types[] = { { "hdcp", OPM_PROTECTION_TYPE_HDCP }, { "dpcp", OPM_PROTECTION_TYPE_DPCP } };
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

ULONG opm_type_find(const char *word)
{
    for (unsigned i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(types[i].name, word) == 0) {
            return types[i].type;
        }
    }
    return 0;
}

static json_t *connector(struct opm_client *client)
{
    static const char *const names[] = { "vga", "s-video", "composite", "component", "dvi", "hdmi",
        "lvds", NULL, "d-jpn", "sdi", "displayport", "embedded displayport" };
    ULONG number;
    HRESULT hr = opm_client_number(client, &OPM_GET_CONNECTOR_TYPE, 0, &number);
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    bool known = number < sizeof(names) / sizeof(names[0]) && names[number] != NULL;
    return known ? json_string(names[number]) : json_integer(number);
}

static json_t *type_names(ULONG bits)
{
    json_t *found = json_array();
    for (unsigned i = 0; i < TYPE_COUNT; i++) {
        if ((bits & types[i].type) != 0) {
            json_array_append_new(found, json_string(types[i].name));
        }
    }
    return found;
}

static json_t *supported(struct opm_client *client)
{
    ULONG number;
    HRESULT hr = opm_client_number(client, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0, &number);
    return FAILED(hr) ? vit_answer_refused(hr) : type_names(number);
}

static json_t *level(struct opm_client *client, const GUID *what)
{
    json_t *levels = json_object();
    ULONG there = 0;
    HRESULT hr = opm_client_number(client, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0, &there);
    for (unsigned i = 0; SUCCEEDED(hr) && i < TYPE_COUNT; i++) {
        ULONG number = 0;
        if ((there & types[i].type) != 0) {
            hr = opm_client_number(client, what, types[i].type, &number);
            json_object_set_new(levels, types[i].name,
                    FAILED(hr) ? vit_answer_refused(hr) : json_string(number != 0 ? "on" : "off"));
        }
    }
    return levels;
}

json_t *opm_virtual_level(struct opm_client *client)
{
    return level(client, &OPM_GET_VIRTUAL_PROTECTION_LEVEL);
}

json_t *opm_actual_level(struct opm_client *client)
{
    return level(client, &OPM_GET_ACTUAL_PROTECTION_LEVEL);
}

static json_t *format(struct opm_client *client)
{
    OPM_ACTUAL_OUTPUT_FORMAT answer;
    HRESULT hr = opm_client_get(client, &OPM_GET_ACTUAL_OUTPUT_FORMAT, 0, &answer, sizeof(answer));
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    double hertz = answer.ulFrequencyDenominator != 0
            ? (double)answer.ulFrequencyNumerator / answer.ulFrequencyDenominator
            : 0;
    return json_pack("{s:i,s:i,s:f}", "width", (int)answer.ulDisplayWidth, "height",
            (int)answer.ulDisplayHeight, "hertz", hertz);
}

static json_t *bus(struct opm_client *client)
{
    static const char *const names[] = { "other", "PCI", "PCI-X", "PCI Express", "AGP" };
    ULONG number;
    HRESULT hr = opm_client_number(client, &OPM_GET_ADAPTER_BUS_TYPE, 0, &number);
    ULONG base = number & OPM_BUS_TYPE_MASK;
    return FAILED(hr) ? vit_answer_refused(hr) : json_string(base < 5 ? names[base] : "unknown");
}

static json_t *output_id(struct opm_client *client)
{
    char text[24];
    OPM_OUTPUT_ID_DATA answer;
    HRESULT hr = opm_client_get(client, &OPM_GET_OUTPUT_ID, 0, &answer, sizeof(answer));
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    uint64_t id = answer.OutputId;
    snprintf(text, sizeof(text), "0x%016" PRIx64, id);
    return json_string(text);
}

static json_t *dvi(struct opm_client *client)
{
    ULONG number;
    HRESULT hr = opm_client_number(client, &OPM_GET_DVI_CHARACTERISTICS, 0, &number);
    return FAILED(hr) ? vit_answer_refused(hr) : json_string(number == 1 ? "1.0" : "1.1 or later");
}

static json_t *srm_version(struct opm_client *client)
{
    ULONG number;
    HRESULT hr = opm_client_number(client, &OPM_GET_CURRENT_HDCP_SRM_VERSION, 0, &number);
    if (hr == ERROR_GRAPHICS_OPM_HDCP_SRM_NEVER_SET) {
        return json_string("never set");
    }
    return FAILED(hr) ? vit_answer_refused(hr) : json_integer(number & 0xffff);
}

const struct opm_request opm_requests[OPM_REQUEST_COUNT] = {
    { "output-id", output_id },
    { "connector", connector },
    { "types", supported },
    { "virtual-level", opm_virtual_level },
    { "actual-level", opm_actual_level },
    { "format", format },
    { "bus", bus },
    { "dvi", dvi },
    { "srm-version", srm_version },
};

const struct opm_request *opm_request_find(const char *word)
{
    for (unsigned i = 0; i < OPM_REQUEST_COUNT; i++) {
        if (strcmp(opm_requests[i].name, word) == 0) {
            return &opm_requests[i];
        }
    }
    return NULL;
}

json_t *opm_status_names(ULONG flags)
{
    static const char *const names[] = { "link lost", "renegotiation required",
        "tampering detected", "revoked device attached" };
    json_t *found = json_array();
    for (unsigned i = 0; i < 4; i++) {
        if ((flags & 1u << i) != 0) {
            json_array_append_new(found, json_string(names[i]));
        }
    }
    return found;
}
