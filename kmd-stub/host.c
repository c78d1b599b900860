/* SPDX-License-Identifier: MIT */
#include "include/vitrine_host.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "kmd-stub/adapter.h"
#include "kmd-stub/device.h"
#include "kmd-stub/display.h"
#include "kmd-stub/open.h"
#include "kmd-stub/opm.h"
#include "kmd-stub/status.h"
#include "kmd-stub/tables.h"

#define VITRINE_EXPORT __attribute__((visibility("default")))

struct vitrine_host {
    struct vit_kmd_adapter *adapter;
    struct vit_transport *transport; /* the adapter's link owns it */
    uint8_t *pixels;                 /* of the last picture */
    size_t pixels_len;
};

static HRESULT create_device(struct vitrine_host *host, HANDLE *hRTDevice)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(host->adapter);
    if (hRTDevice == NULL) {
        return E_INVALIDARG;
    }
    return vit_kmd_result(vit_kmd_device_create(adapter, hRTDevice));
}

static void destroy_device(struct vitrine_host *host, HANDLE hRTDevice)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(host->adapter);
    struct vit_kmd_device *device = vit_kmd_device_find(adapter, hRTDevice);
    if (device != NULL) {
        vit_kmd_device_destroy(device);
    }
}

static enum vit_status keep_pixels(struct vitrine_host *host, const void *pixels, size_t len)
{
    if (len > host->pixels_len) {
        uint8_t *grown = realloc(host->pixels, len);
        if (grown == NULL) {
            return VIT_E_NOMEM;
        }
        host->pixels = grown;
        host->pixels_len = len;
    }
    memcpy(host->pixels, pixels, len);
    return VIT_OK;
}

/* Takes what is on its way to the display: until its stream rests, at most two seconds. The picture
 * stays also when the device does not. */
static void settle_display(struct vit_transport *transport)
{
    uint64_t end = vit_now_ns() + UINT64_C(2000000000);
    enum vit_status status = VIT_OK;
    while (status == VIT_OK && vit_now_ns() < end) {
        status = transport->impl->wait(transport, transport->display_rest_ns);
        if (transport->display_rest_ns == 0) {
            return;
        }
        if (status == VIT_E_TIMEOUT && !vit_display_idle(transport->display)) {
            status = VIT_OK;
        }
    }
}

static HRESULT get_picture(struct vitrine_host *host, uint32_t output,
        struct vitrine_host_picture *picture)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(host->adapter);
    if (picture == NULL || output >= adapter->capset.outputs) {
        return E_INVALIDARG;
    }
    if (host->transport == NULL) {
        return E_NOTIMPL;
    }
    settle_display(host->transport);
    struct vit_display_picture shown;
    if (vit_display_picture(host->transport->display, output, &shown) != VIT_OK) {
        return E_FAIL;
    }
    if (keep_pixels(host, shown.pixels, (size_t)shown.width * shown.height * 4) != VIT_OK) {
        return E_OUTOFMEMORY;
    }
    *picture = (struct vitrine_host_picture){ .width = shown.width,
        .height = shown.height,
        .pixels = host->pixels,
        .updates = shown.updates };
    return S_OK;
}

static HRESULT set_output_level(struct vitrine_host *host, uint32_t output, const char *level)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(host->adapter);
    if (level == NULL || output >= adapter->capset.outputs) {
        return E_INVALIDARG;
    }
    if (host->transport == NULL) {
        return E_NOTIMPL;
    }
    enum vit_status status = host->transport->impl->set_level(host->transport, output, level);
    return status == VIT_E_UNSUPPORTED ? E_NOTIMPL : vit_kmd_result(status);
}

static HRESULT set_monitor(struct vitrine_host *host, uint32_t output, const char *command)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(host->adapter);
    if (command == NULL || output >= adapter->capset.outputs) {
        return E_INVALIDARG;
    }
    if (host->transport == NULL) {
        return E_NOTIMPL;
    }
    enum vit_status status = host->transport->impl->set_monitor(host->transport, output, command);
    return status == VIT_E_UNSUPPORTED ? E_NOTIMPL : vit_kmd_result(status);
}

static void get_stats(struct vitrine_host *host, struct vitrine_host_stats *stats)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(host->adapter);
    *stats = (struct vitrine_host_stats){ .submissions = adapter->submissions,
        .refusals = adapter->refusals,
        .last_status = (int32_t)adapter->last_refusal };
}

static void close_host(struct vitrine_host *host)
{
    if (host == NULL) {
        return;
    }
    vit_kmd_adapter_destroy(host->adapter);
    free(host->pixels);
    free(host);
}
VIT_DEFINE_AUTO(host, struct vitrine_host *, close_host)

static enum vit_status open_host(const struct vitrine_host_config *config,
        struct vit_open_error *error, struct vitrine_host **out)
{
    VIT_AUTO(host) host = calloc(1, sizeof(*host));
    if (host == NULL) {
        return VIT_E_NOMEM;
    }
    struct vit_opened opened;
    VIT_TRY(vit_open(config, error, &opened));
    host->transport = opened.transport;
    enum vit_status status = vit_kmd_adapter_create(opened.link, config->key, &host->adapter);
    if (status == VIT_E_ARG) {
        return vit_open_fail(error, status, "key: the URI is longer than %d bytes",
                VIT_KEY_URI_MAX_LEN);
    }
    if (status != VIT_OK) {
        return vit_open_fail(error, status, "the device describes itself in an unknown way");
    }
    *out = host;
    host = NULL;
    return VIT_OK;
}

static HRESULT open_result(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return S_OK;
    case VIT_E_ARG:
        return E_INVALIDARG;
    case VIT_E_NOMEM:
        return E_OUTOFMEMORY;
    default:
        return E_FAIL;
    }
}

static void say(const struct vit_open_error *line, enum vit_status status, char *error,
        uint32_t error_len)
{
    if (error == NULL || error_len == 0) {
        return;
    }
    const char *text = line->text[0] != '\0' ? line->text : vit_status_name(status);
    snprintf(error, error_len, "%s", status == VIT_OK ? "" : text);
}

VITRINE_EXPORT HRESULT VitrineOpenHost(const struct vitrine_host_config *config,
        struct vitrine_host_tables *tables, char *error, uint32_t error_len)
{
    struct vit_open_error line = { .text = "" };
    if (config == NULL || tables == NULL || config->version != VITRINE_HOST_VERSION) {
        vit_open_fail(&line, VIT_E_ARG, "the configuration is not of version %d",
                VITRINE_HOST_VERSION);
        say(&line, VIT_E_ARG, error, error_len);
        return E_INVALIDARG;
    }
    struct vitrine_host *host = NULL;
    enum vit_status status = open_host(config, &line, &host);
    say(&line, status, error, error_len);
    if (status != VIT_OK) {
        return open_result(status);
    }
    *tables = (struct vitrine_host_tables){
        .host = host,
        .hRTAdapter = host->adapter,
        .adapter_callbacks = &vit_kmd_adapter_callbacks,
        .device_callbacks = &vit_kmd_device_callbacks,
        .dxgi_callbacks = &vit_kmd_dxgi_callbacks,
        .create_device = create_device,
        .destroy_device = destroy_device,
        .picture = get_picture,
        .set_output_level = set_output_level,
        .query_interface = vit_kmd_query_interface,
        .stats = get_stats,
        .close = close_host,
        .set_monitor = set_monitor,
    };
    return S_OK;
}
