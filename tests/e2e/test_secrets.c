/* SPDX-License-Identifier: MIT */
/* Keys are made here at random and kept inverted, so that a hit is somebody else's copy. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/secret.h"
#include "tests/e2e/stage.h"

static struct stage stage;

/* Negotiates a session key that afterwards exists inverted only, as far as the test goes. */
static struct vit_session *secret_session(uint8_t inverted[16])
{
    uint8_t key[16];
    cr_assert_eq(vitrine_random(key, sizeof(key)), VITRINE_OK);
    for (unsigned i = 0; i < 16; i++) {
        inverted[i] = (uint8_t)~key[i];
    }
    struct vit_session *session = stage_session(&stage, stage.device, key);
    vit_wipe(key, sizeof(key));
    return session;
}

Test(secrets, the_search_finds_a_key_that_is_there)
{
    uint8_t inverted[16], *copy = malloc(16);
    cr_assert_eq(vitrine_random(inverted, sizeof(inverted)), VITRINE_OK);
    cr_assert_not(stage_memory_has(0, inverted, 16));
    for (unsigned i = 0; i < 16; i++) {
        copy[i] = (uint8_t)~inverted[i];
    }
    cr_assert(stage_memory_has(0, inverted, 16));
    free(copy);
}

Test(secrets, a_session_key_is_gone_after_destroy)
{
    EACH(&stage)
    {
        uint8_t inverted[16];
        struct vit_session *session = secret_session(inverted);
        vit_session_destroy(session);
        cr_assert_not(stage_memory_has(0, inverted, 16), "%s, custody %s", stage.link,
                stage.custody);
    }
}

Test(secrets, a_player_never_has_the_key_of_a_device_in_its_own_process)
{
    stage_open(&stage, "vhost", "device");
    uint8_t inverted[16];
    struct vit_session *session = secret_session(inverted);
    cr_assert_not(stage_memory_has(0, inverted, 16));
    vit_session_destroy(session);
    stage_close(&stage);
}

Test(secrets, a_programmed_key_does_not_stay_with_the_driver)
{
    stage_open(&stage, "vhost", "driver");
    uint8_t inverted[16];
    struct vit_session *session = secret_session(inverted);
    cr_assert_not(stage_memory_has(0, inverted, 16), "while the session lives");
    vit_session_destroy(session);
    stage_close(&stage);
}

Test(secrets, the_clear_frame_is_nowhere_in_the_player)
{
    enum { LEN = 4096 };
    static const char *const custodies[] = { "driver", "device" };
    for (unsigned i = 0; i < 2; i++) {
        uint8_t inverted[16], key[16] = { 9 };
        stage_open(&stage, "vhost", custodies[i]);
        struct vit_session *session = stage_session(&stage, stage.device, key);
        struct vit_resource *picture =
                stage_resource(stage.device, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
        uint8_t *clear = stage_noise(LEN);
        for (unsigned byte = 0; byte < 16; byte++) {
            inverted[byte] = (uint8_t)~clear[LEN / 2 + byte];
        }
        cr_assert_eq(stage_decrypt(&stage, session, key, clear, LEN, picture), S_OK);
        vit_wipe(clear, LEN);
        free(clear);
        stage_settle(stage.device);
        cr_assert_not(stage_memory_has(0, inverted, 16), "custody %s", custodies[i]);
        vit_resource_destroy(picture);
        vit_session_destroy(session);
        stage_close(&stage);
    }
}
