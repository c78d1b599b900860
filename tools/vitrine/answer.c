/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/answer.h"

#include <stdio.h>

#include "ddierror.h"
#include "opmapi.h"

#define NAME(name) { ERROR_GRAPHICS_##name, #name }

const char *vit_code_name(HRESULT hr)
{
    static const struct {
        HRESULT code;
        const char *name;
    } codes[] = {
        NAME(OPM_NOT_SUPPORTED),
        NAME(COPP_NOT_SUPPORTED),
        NAME(OPM_INVALID_ENCRYPTED_PARAMETERS),
        NAME(OPM_NO_VIDEO_OUTPUTS_EXIST),
        NAME(OPM_INVALID_HANDLE),
        NAME(OPM_INVALID_SRM),
        NAME(OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP),
        NAME(OPM_OUTPUT_DOES_NOT_SUPPORT_ACP),
        NAME(OPM_OUTPUT_DOES_NOT_SUPPORT_CGMSA),
        NAME(OPM_HDCP_SRM_NEVER_SET),
        NAME(OPM_VIDEO_OUTPUT_NO_LONGER_EXISTS),
        NAME(OPM_INVALID_INFORMATION_REQUEST),
        NAME(OPM_DRIVER_INTERNAL_ERROR),
        NAME(OPM_INVALID_CONFIGURATION_REQUEST),
        { E_INVALIDARG, "E_INVALIDARG" },
        { E_OUTOFMEMORY, "E_OUTOFMEMORY" },
        { E_FAIL, "E_FAIL" },
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].code == hr) {
            return codes[i].name;
        }
    }
    return NULL;
}

json_t *vit_answer_refused(HRESULT hr)
{
    char text[16];
    snprintf(text, sizeof(text), "0x%08x", (unsigned)hr);
    return json_pack("{s:s,s:s*}", "refused", text, "name", vit_code_name(hr));
}

void vit_answer_say(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;
    const char *between = "";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach(value, key, item)
        {
            printf("%s%s ", between, key);
            vit_answer_say(item);
            between = ", ";
        }
        return;
    case JSON_ARRAY:
        json_array_foreach(value, i, item)
        {
            fputs(between, stdout);
            vit_answer_say(item);
            between = ", ";
        }
        fputs(json_array_size(value) == 0 ? "none" : "", stdout);
        return;
    case JSON_STRING:
        fputs(json_string_value(value), stdout);
        return;
    case JSON_INTEGER:
        printf("%lld", (long long)json_integer_value(value));
        return;
    case JSON_REAL:
        printf("%g", json_real_value(value));
        return;
    default:
        fputs(json_is_true(value) ? "yes" : "no", stdout);
    }
}

void vit_answer_say_lines(json_t *object, int width)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        printf("%-*s", width, key);
        vit_answer_say(value);
        putchar('\n');
    }
}
