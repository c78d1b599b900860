/* SPDX-License-Identifier: MIT */
#include "tests/conformance/life.h"

#include <stdio.h>
#include "tests/conformance/life_steps.h"

#define DR D3DDDIERR_DEVICEREMOVED
#define APPLICATION D3DDDIERR_APPLICATIONERROR

/* What a step may say besides S_OK. The video functions without a result have no published set: the
 * codes are those of the functions that do the same (docs/DDI.md). */
static const HRESULT creates_device[] = { E_OUTOFMEMORY, E_INVALIDARG, E_FAIL, DR, 0 };
static const HRESULT returns_result[] = { E_OUTOFMEMORY, E_INVALIDARG, E_FAIL,
    D3DDDIERR_UNSUPPORTEDCRYPTO, DR, 0 };
static const HRESULT reports_memory[] = { E_OUTOFMEMORY, DR, 0 };
static const HRESULT reports_primary[] = { E_OUTOFMEMORY, DXGI_DDI_ERR_UNSUPPORTED, DR, 0 };
static const HRESULT reports_removed[] = { DR, 0 };
static const HRESULT reports_data[] = { DXGI_DDI_ERR_WASSTILLDRAWING, DR, 0 };
static const HRESULT reports_protection[] = { E_OUTOFMEMORY, APPLICATION, DR, 0 };
static const HRESULT returns_dxgi[] = { E_OUTOFMEMORY, E_INVALIDARG, E_FAIL, DR, 0 };

void life_must(struct life *life, bool kept, const char *what)
{
    if (!kept && life->failure[0] == '\0') {
        snprintf(life->failure, sizeof(life->failure), "%s", what);
    }
}

HRESULT life_reported(struct life *life)
{
    uint32_t count = life->device->error_count;
    HRESULT hr = vit_device_take_error(life->device);
    life_must(life, count == 0 || FAILED(hr), "success was reported through pfnSetErrorCb");
    return hr;
}

static const struct step {
    const char *name;
    HRESULT (*run)(struct life *life);
    const HRESULT *allowed;
    /* The function has another way when a call of this kind fails, or no way to say it. */
    bool tolerant;
} steps[] = {
    { "CreateDevice", life_create_device, creates_device, false },
    { "CreateCryptoSession", life_create_session, returns_result, false },
    { "NegotiateCryptoSessionKeyExchange", life_negotiate, returns_result, false },
    { "CreateResource (staging)", life_create_staging, reports_memory, false },
    { "StagingResourceMap to write", life_write_frame, reports_removed, false },
    { "CreateResource (protected)", life_create_picture, reports_memory, false },
    { "DecryptionBlt", life_decrypt, reports_protection, false },
    { "Flush", life_flush, reports_removed, false },
    { "CreateResource (protected primary)", life_create_primary, reports_primary, false },
    { "DXGI Blt", life_blt, returns_dxgi, false },
    { "DXGI Present", life_present, returns_dxgi, false },
    { "GetEncryptionBltKey", life_get_readback_key, reports_protection, false },
    { "EncryptionBlt", life_encrypt, reports_protection, false },
    { "StagingResourceMap to read", life_read_frame, reports_removed, false },
    { "StartSessionKeyRefresh", life_start_refresh, reports_protection, false },
    { "FinishSessionKeyRefresh", life_finish_refresh, reports_protection, false },
    { "CreateQuery", life_create_event, reports_memory, false },
    { "CreateResource (default)", life_create_plain, reports_memory, false },
    { "ResourceUpdateSubresourceUP", life_update_plain, reports_removed, false },
    { "ResourceUpdateSubresourceUP (protected)", life_update_picture, reports_removed, false },
    { "ResourceCopy", life_copy, reports_removed, false },
    { "QueryEnd", life_end_event, reports_removed, false },
    { "QueryGetData", life_get_data, reports_data, false },
    { "ResourceIsStagingBusy", life_ask_busy, reports_removed, true },
    { "CreateResource (dynamic)", life_create_dynamic, reports_memory, false },
    { "DynamicResourceMapDiscard", life_map_discard, reports_removed, true },
    { "ResourceCopy (from dynamic)", life_copy_dynamic, reports_removed, false },
    { "DynamicResourceMapDiscard, used before", life_map_discard, reports_removed, true },
    { "DestroyResource (dynamic)", life_destroy_dynamic, reports_removed, true },
    { "DecryptionBlt, not flushed", life_decrypt, reports_protection, false },
    { "DestroyResource (staging)", life_destroy_staging, reports_removed, true },
    { "DestroyResource (default)", life_destroy_plain, reports_removed, true },
    { "DestroyCryptoSession", life_destroy_session, reports_removed, true },
    { "DestroyResource (protected)", life_destroy_picture, reports_removed, true },
    { "DestroyResource (primary)", life_destroy_primary, reports_removed, true },
    { "DestroyQuery", life_destroy_event, reports_removed, true },
    { "DestroyDevice", life_destroy_device, reports_removed, true },
};

static bool is_allowed(const struct step *step, HRESULT hr)
{
    if (hr == S_OK || hr == LIFE_SKIPPED) {
        return true;
    }
    for (const HRESULT *allowed = step->allowed; *allowed != 0; allowed++) {
        if (*allowed == hr) {
            return true;
        }
    }
    return false;
}

static void judge(struct life *life, const struct step *step, HRESULT hr, bool fired_before)
{
    char line[200];
    if (!is_allowed(step, hr)) {
        snprintf(line, sizeof(line), "%s said 0x%08x, which it may not", step->name, (unsigned)hr);
        life_must(life, false, line);
    }
    if (FAILED(hr) && !life->tap->fired) {
        snprintf(line, sizeof(line), "%s said 0x%08x although nothing had failed", step->name,
                (unsigned)hr);
        life_must(life, false, line);
    }
    life->failed_steps += FAILED(hr);
    if (life->tap->fired && !fired_before) {
        life->fired = step->name;
        life->fired_result = hr;
        life->tolerant = step->tolerant;
    }
    if (life->tap->lost && FAILED(hr) && hr != DR) {
        snprintf(line, sizeof(line), "%s said 0x%08x of a device that is lost, not that it is",
                step->name, (unsigned)hr);
        life_must(life, false, line);
    }
}

void life_run(struct life *life, const struct rig *rig, struct tap *tap)
{
    *life = (struct life){ .rig = rig, .tap = tap };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        bool fired_before = tap->fired;
        HRESULT hr = steps[i].run(life);
        judge(life, &steps[i], hr, fired_before);
    }
    if (tap_leak(tap) != NULL) {
        char line[200];
        snprintf(line, sizeof(line), "DestroyDevice returned without giving back %s",
                tap_leak(tap));
        life_must(life, false, line);
    }
    life_must(life, tap_broken_any(tap) == NULL, tap_broken_any(tap));
}

void life_expect_good(const struct rig *rig, struct tap *tap)
{
    struct life life;
    tap_set_fault(tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
    life_run(&life, rig, tap);
    cr_assert_str_empty(life.failure, "a life without a fault: %s", life.failure);
    cr_assert_eq(life.failed_steps, 0u);
}
