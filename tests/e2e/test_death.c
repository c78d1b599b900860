/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "tests/e2e/stage.h"

static const uint8_t key[16] = "a key that dies";
static struct stage stage;
static const uint64_t limit_ns = UINT64_C(3000000000);

Test(death, of_the_device_is_told_within_two_seconds)
{
    stage_open(&stage, "vhost", "driver");
    struct vit_session *session = NULL, *another = NULL;
    cr_assert_eq(vit_session_create(stage.device, &session), S_OK);
    support_end_device(&stage.support, SIGKILL);
    uint64_t begin = vit_now_ns();
    cr_assert_eq(vit_session_create(stage.device, &another), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(stage_negotiate(&stage, session, key), D3DDDIERR_DEVICEREMOVED);
    vit_session_destroy(session);
    cr_assert_lt(vit_now_ns() - begin, limit_ns);
    stage_close(&stage);
    cr_assert_lt(vit_now_ns() - begin, limit_ns, "closing does not hang either");
}

Test(death, in_the_middle_of_work_is_told_too)
{
    enum { LEN = 32 << 20 };
    stage_open(&stage, "vhost", "device");
    struct vit_session *session = stage_session(&stage, stage.device, key);
    struct vit_resource *picture =
            stage_resource(stage.device, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    struct vit_event *event = NULL;
    cr_assert_eq(vit_event_create(stage.device, &event), S_OK);
    VIT_AUTO(bytes) bytes = calloc(1, LEN);
    HRESULT hr = stage_decrypt(&stage, session, key, bytes, LEN, picture);
    cr_assert_eq(hr, S_OK);
    stage.device->funcs.pfnFlush(stage.device->handle, 0);
    support_end_device(&stage.support, SIGKILL);
    uint64_t begin = vit_now_ns();
    hr = vit_event_wait(event, 3000);
    /* The work may have been done before the end came; the next call tells at the latest. */
    if (hr == S_OK) {
        struct vit_session *another = NULL;
        hr = vit_session_create(stage.device, &another);
    }
    cr_assert_eq(hr, D3DDDIERR_DEVICEREMOVED);
    cr_assert_lt(vit_now_ns() - begin, limit_ns);
    vit_event_destroy(event);
    vit_resource_destroy(picture);
    vit_session_destroy(session);
    stage_close(&stage);
    cr_assert_lt(vit_now_ns() - begin, limit_ns);
}

Test(death, of_a_player_leaves_the_device_to_the_next)
{
    stage_open(&stage, "vhost", "driver");
    struct vit_session *session = stage_session(&stage, stage.device, key);
    vit_session_destroy(session);
    vit_device_close(stage.device);
    vit_adapter_close(stage.adapter);
    struct vit_adapter_config config = { .umd = getenv("VITRINE_UMD"),
        .host = getenv("VITRINE_HOST") };
    char link[SUPPORT_PATH_LEN + 8], error[256];
    snprintf(link, sizeof(link), "vhost:%s", stage.support.socket);
    config.link.link = link;
    config.link.key = stage.support.key;
    cr_assert_eq(vit_adapter_open(&config, &stage.adapter, error, sizeof(error)), S_OK, "%s",
            error);
    cr_assert_eq(vit_device_open(stage.adapter, &stage.device), S_OK);
    stage_close(&stage);
}

Test(death, a_second_player_is_refused_and_the_first_goes_on)
{
    stage_open(&stage, "vhost", "driver");
    char link[SUPPORT_PATH_LEN + 8], error[256] = "";
    struct vit_adapter *second = NULL;
    snprintf(link, sizeof(link), "vhost:%s", stage.support.socket);
    struct vit_adapter_config config = { .umd = getenv("VITRINE_UMD"),
        .host = getenv("VITRINE_HOST"),
        .link = { .link = link, .key = stage.support.key } };
    cr_assert_eq(vit_adapter_open(&config, &second, error, sizeof(error)), E_FAIL);
    cr_assert_not_null(strstr(error, stage.support.socket), "%s", error);
    struct vit_session *session = stage_session(&stage, stage.device, key);
    vit_session_destroy(session);
    stage_close(&stage);
}
