/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/look.h"

#include <string.h>

#include "tools/vitrine/command.h"
#include "tools/vitrine/file.h"
#include "tools/vitrine/picture.h"
#include "tools/vitrine/screen.h"

static int fail(const char *what, HRESULT hr)
{
    return vit_command_fail(VIT_EXIT_SYSTEM, "vitrine play", NULL, "%s: 0x%08x", what,
            (unsigned)hr);
}

static int write_picture(const struct look *look, const char *name, const uint8_t *pixels,
        uint32_t width, uint32_t height)
{
    if (look->folder == NULL) {
        return VIT_EXIT_OK;
    }
    VIT_AUTO(string) path = vit_path_join(look->folder, name);
    enum vit_status status =
            path != NULL ? picture_write(path, pixels, width, height) : VIT_E_NOMEM;
    return status == VIT_OK ? VIT_EXIT_OK : vit_command_fail_output("vitrine play", path, status);
}

static bool is_black(const uint8_t *pixels, size_t size)
{
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++) {
        any |= i % 4 == 3 ? 0 : pixels[i];
    }
    return any == 0;
}

static void wait_for_others(const struct look *look, const char *picture)
{
    if (look->shown != NULL) {
        look->shown(picture);
    }
}

/* What the far end of the display socket received. */
static int look_at_display(const struct look *look)
{
    const struct vitrine_host_tables *host = vit_adapter_host(look->adapter);
    struct player_result *result = look->result;
    struct vitrine_host_picture picture = { 0 };
    HRESULT hr = host->picture(host->host, 0, &picture);
    if (hr == E_NOTIMPL) {
        return VIT_EXIT_OK; /* a guest's display ends in QEMU */
    }
    if (FAILED(hr)) {
        return fail("the display shows nothing", hr);
    }
    size_t size = (size_t)picture.width * picture.height * 4;
    for (size_t i = 3; i < size; i += 4) {
        picture.pixels[i] = 0xff;
    }
    if (vit_sha256(picture.pixels, size, result->display_digest) != VIT_OK) {
        return fail("SHA-256", E_FAIL);
    }
    result->display_seen = true;
    result->display_is_black = is_black(picture.pixels, size);
    result->display_is_equal =
            memcmp(result->source_digest, result->display_digest, VIT_SHA256_LEN) == 0;
    return write_picture(look, "display.png", picture.pixels, picture.width, picture.height);
}

/* Reads a scanout back as any program of the guest would: copy to a staging resource, map it. */
static HRESULT capture(const struct look *look, const struct vit_resource *primary,
        struct vit_resource *into)
{
    struct vit_device *device = look->primary->device;
    device->funcs.pfnResourceCopy(device->handle, into->handle, primary->handle);
    return vit_device_take_error(device);
}

static int capture_protected(const struct look *look, struct vit_resource *into)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    if (FAILED(capture(look, look->primary, into))) {
        look->result->refusals++;
    }
    if (FAILED(vit_resource_map(look->primary, D3D10_DDI_MAP_READ, &mapped))) {
        look->result->refusals++;
    }
    HRESULT hr = vit_resource_map(into, D3D10_DDI_MAP_READ, &mapped);
    if (FAILED(hr)) {
        return fail("capture", hr);
    }
    look->result->capture_is_black = is_black(mapped.pData, (size_t)into->width * into->height * 4);
    int code = write_picture(look, "capture.png", mapped.pData, into->width, into->height);
    vit_resource_unmap(into);
    return code;
}

/* Colours that no black picture and no protected frame has. */
static void paint_control(uint8_t *pixels, UINT width, UINT height)
{
    for (UINT y = 0; y < height; y++) {
        for (UINT x = 0; x < width; x++, pixels += 4) {
            pixels[0] = (uint8_t)(x * 255 / width);
            pixels[1] = (uint8_t)(y * 255 / height);
            pixels[2] = (uint8_t)((x / 32 + y / 32) % 2 * 160 + 64);
            pixels[3] = 0xff;
        }
    }
}

static HRESULT show_control(const struct look *look, const struct vit_resource *primary,
        struct vit_resource *into)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    HRESULT hr = vit_resource_map(into, D3D10_DDI_MAP_WRITE, &mapped);
    if (FAILED(hr)) {
        return hr;
    }
    paint_control(mapped.pData, into->width, into->height);
    vit_resource_unmap(into);
    struct vit_device *device = look->primary->device;
    device->funcs.pfnResourceCopy(device->handle, primary->handle, into->handle);
    hr = vit_device_take_error(device);
    if (SUCCEEDED(hr)) {
        hr = screen_present(primary);
    }
    if (FAILED(hr)) {
        return hr;
    }
    /* Nothing of the painted frame is left but on the screen. */
    hr = vit_resource_map(into, D3D10_DDI_MAP_WRITE, &mapped);
    if (SUCCEEDED(hr)) {
        memset(mapped.pData, 0, (size_t)into->width * into->height * 4);
        vit_resource_unmap(into);
    }
    return hr;
}

static bool same_colours(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (i % 4 != 3 && a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

static bool control_is_equal(const struct look *look, const uint8_t *captured, UINT width,
        UINT height)
{
    const struct vitrine_host_tables *host = vit_adapter_host(look->adapter);
    struct vitrine_host_picture picture = { 0 };
    size_t size = (size_t)width * height * 4;
    VIT_AUTO(bytes) painted = malloc(size);
    if (painted == NULL) {
        return false;
    }
    paint_control(painted, width, height);
    HRESULT hr = host->picture(host->host, 0, &picture);
    bool displayed = SUCCEEDED(hr) && picture.width == width && picture.height == height &&
            same_colours(picture.pixels, painted, size);
    return same_colours(captured, painted, size) && (displayed || hr == E_NOTIMPL);
}

/* The same read-back of a frame that nobody protects: it must work, or the capture proves nothing. */
static int capture_control(const struct look *look, struct vit_resource *into)
{
    VIT_AUTO(resource) primary = NULL;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    HRESULT hr = vit_resource_create(look->primary->device, VIT_USE_PRIMARY,
            DXGI_FORMAT_B8G8R8X8_UNORM, into->width, into->height, &primary);
    if (SUCCEEDED(hr)) {
        hr = show_control(look, primary, into);
    }
    if (SUCCEEDED(hr)) {
        hr = capture(look, primary, into);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_resource_map(into, D3D10_DDI_MAP_READ, &mapped);
    }
    if (FAILED(hr)) {
        return fail("control", hr);
    }
    wait_for_others(look, "control");
    look->result->control_is_equal =
            control_is_equal(look, mapped.pData, into->width, into->height);
    int code = write_picture(look, "control.png", mapped.pData, into->width, into->height);
    vit_resource_unmap(into);
    return code;
}

int look_around(const struct look *look)
{
    VIT_AUTO(resource) into = NULL;
    wait_for_others(look, "protected");
    int code = look_at_display(look);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    HRESULT hr = vit_resource_create(look->primary->device, VIT_USE_STAGING,
            DXGI_FORMAT_B8G8R8X8_UNORM, look->primary->width, look->primary->height, &into);
    if (FAILED(hr)) {
        return fail("capture", hr);
    }
    code = capture_protected(look, into);
    return code == VIT_EXIT_OK ? capture_control(look, into) : code;
}
