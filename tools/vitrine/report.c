/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/report.h"

#include <string.h>

#include "certs/chain.h"
#include "certs/describe.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/file.h"

static json_t *hex(const uint8_t *bytes, size_t len)
{
    char text[2 * 64 + 1] = "";
    for (size_t i = 0; i < len && i < 64; i++) {
        snprintf(text + i * 2, 3, "%02x", bytes[i]);
    }
    return json_string(text);
}

static const char *link_of(const struct device_options *options)
{
    const char *link = options->adapter.link.link;
    return link == NULL ? "embedded:" : link;
}

/* What this combination of link and custody protects, and from whom (docs/THREATS.md). */
static json_t *protects(const char *link, enum vit_custody custody)
{
    bool own_process = strncmp(link, "embedded:", 9) != 0;
    json_t *list = json_array();
    json_array_append_new(list,
            json_string("frames and keys from programs that use the driver's interface only"));
    if (strncmp(link, "drm:", 4) == 0) {
        json_array_append_new(list,
                json_string("frames from the guest, shown or not: they exist in the device's "
                            "process and on QEMU's display"));
    } else if (own_process) {
        json_array_append_new(list,
                json_string("frames from the player's own process until they are shown: they exist "
                            "in the device's"));
    }
    if (own_process && custody == VIT_CUSTODY_DEVICE) {
        json_array_append_new(list,
                json_string("device, session and content keys from the player's process and its "
                            "kernel"));
    }
    return list;
}

static json_t *does_not_protect(const char *link, enum vit_custody custody)
{
    bool own_process = strncmp(link, "embedded:", 9) != 0;
    bool guest = strncmp(link, "drm:", 4) == 0;
    json_t *list = json_array();
    if (!own_process) {
        json_array_append_new(list,
                json_string("anything from code in the player's own process: the device is in it"));
    }
    if (own_process && !guest) {
        json_array_append_new(list,
                json_string("frames that are shown from the player's process: the display's socket "
                            "ends in it"));
    }
    if (custody == VIT_CUSTODY_DRIVER) {
        json_array_append_new(list,
                json_string("the device key and session keys from the player's process: the driver "
                            "in it unwraps them"));
    }
    return list;
}

static json_t *describe_chain(const uint8_t *der, size_t len, enum vit_custody *custody)
{
    VIT_AUTO(chain) chain = NULL;
    json_t *list = json_array();
    if (vit_chain_parse(der, len, &chain) != VIT_OK ||
            vit_chain_leaf_custody(chain, custody) != VIT_OK) {
        return list;
    }
    struct vit_cert_facts facts;
    for (unsigned i = 0; vit_chain_describe(chain, i, &facts) == VIT_OK; i++) {
        json_array_append_new(list,
                json_pack("{s:s,s:s}", "subject", facts.subject, "serial", facts.serial));
    }
    return list;
}

static json_t *describe_caps(struct vit_device *device)
{
    static const GUID none;
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps = { 0 };
    HRESULT hr = device->video.pfnGetContentProtectionCaps(device->handle,
            &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &none, &caps);
    if (FAILED(hr)) {
        return json_null();
    }
    return json_pack("{s:I,s:i,s:i,s:I}", "flags", (json_int_t)caps.Caps, "key_exchange_types",
            (int)caps.KeyExchangeTypeCount, "block_alignment", (int)caps.BlockAlignmentSize,
            "protected_memory", (json_int_t)caps.ProtectedMemorySize);
}

json_t *report_adapter(const struct device_options *options, struct vit_adapter *adapter)
{
    VIT_AUTO(device) device = NULL;
    VIT_AUTO(bytes) der = NULL;
    UINT len = 0;
    enum vit_custody custody = VIT_CUSTODY_DRIVER;
    if (FAILED(vit_device_open(adapter, &device)) ||
            FAILED(vit_session_certificate(device, &der, &len))) {
        return NULL;
    }
    const char *link = link_of(options);
    json_t *chain = describe_chain(der, len, &custody);
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o}", "version", VITRINE_VERSION, "link", link,
            "custody", vit_custody_name(custody), "protects", protects(link, custody),
            "does_not_protect", does_not_protect(link, custody), "chain", chain, "capabilities",
            describe_caps(device));
}

static json_t *describe_result(const struct player_result *result)
{
    return json_pack("{s:i,s:I,s:f,s:i,s:b,s:o,s:o,s:o,s:o,s:b,s:b}", "frames", (int)result->frames,
            "bytes", (json_int_t)result->bytes, "seconds", result->seconds, "refusals",
            (int)result->refusals, "session_refreshed", (int)result->refreshed, "readback_matches",
            result->readback < 0 ? json_null() : json_boolean(result->readback), "source_sha256",
            result->source_known ? hex(result->source_digest, VIT_SHA256_LEN) : json_null(),
            "display_sha256",
            result->display_seen ? hex(result->display_digest, VIT_SHA256_LEN) : json_null(),
            "display_equals_source",
            result->source_known && result->display_seen ? json_boolean(result->display_is_equal)
                                                         : json_null(),
            "capture_is_black", (int)result->capture_is_black, "control_equals_frame",
            (int)result->control_is_equal);
}

/* NULL: all is as it must be. */
static const char *what_is_wrong(const struct player_result *result)
{
    if (result->source_known && result->display_seen && !result->display_is_equal) {
        return result->display_is_black ? "the display is black instead of the source frame"
                                        : "the display differs from the source frame";
    }
    if (!result->capture_is_black) {
        return "the capture of the protected frame is not black";
    }
    if (!result->control_is_equal) {
        return "the capture of the unprotected frame differs from it";
    }
    if (result->refusals != 2) {
        return "protected content could be read";
    }
    return result->readback == 0 ? "the content server did not recognise the last frame" : NULL;
}

static const char *describe_display(const struct player_result *result)
{
    if (!result->display_seen) {
        return "out of this program's sight";
    }
    if (!result->source_known) {
        return result->display_is_black ? "black" : "shows the clip (converted)";
    }
    return result->display_is_equal    ? "shows the source frame exactly"
            : result->display_is_black ? "BLACK instead of the source frame"
                                       : "DIFFERS from the source frame";
}

static void say(const struct player_result *result, const char *folder)
{
    double rate = result->seconds > 0 ? (double)result->frames / result->seconds : 0;
    printf("played %u frames in %.2f s (%.0f a second)\n", result->frames, result->seconds, rate);
    printf("display: %s\n", describe_display(result));
    printf("capture: %s; control: %s\n", result->capture_is_black ? "black" : "NOT BLACK",
            result->control_is_equal ? "the frame" : "DIFFERS from the frame");
    if (result->refreshed) {
        printf("session key: refreshed halfway\n");
    }
    if (result->readback >= 0) {
        printf("read-back: the content server %s the frame\n",
                result->readback ? "recognised" : "did NOT recognise");
    }
    if (folder != NULL) {
        printf("see %s/\n", folder);
    }
}

static int store(json_t *report, const char *folder)
{
    VIT_AUTO(string) path = vit_path_join(folder, "report.json");
    VIT_AUTO(string) text = json_dumps(report, JSON_INDENT(2));
    if (path == NULL || text == NULL) {
        return vit_command_fail_output("vitrine play", path, VIT_E_NOMEM);
    }
    enum vit_status status = vit_file_write(path, text, strlen(text), 0644, true);
    return status == VIT_OK ? VIT_EXIT_OK : vit_command_fail_output("vitrine play", path, status);
}

int report_write(const struct device_options *options, struct vit_adapter *adapter,
        const struct player_result *result, const char *clip_name, const char *folder, bool json,
        bool quiet)
{
    json_t *report = report_adapter(options, adapter);
    if (report == NULL || json_object_update_new(report, describe_result(result)) != 0) {
        json_decref(report);
        return vit_command_fail(VIT_EXIT_SYSTEM, "vitrine play", NULL, "no report");
    }
    int code = folder == NULL ? VIT_EXIT_OK : store(report, folder);
    if (json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (!quiet) {
        say(result, folder);
    }
    json_decref(report);
    const char *wrong = what_is_wrong(result);
    return code == VIT_EXIT_OK && wrong != NULL
            ? vit_command_fail(VIT_EXIT_REFUSED, "vitrine play", clip_name, "%s", wrong)
            : code;
}
