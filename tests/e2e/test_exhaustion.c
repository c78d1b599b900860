/* SPDX-License-Identifier: MIT */
/* A program that takes whatever it gets, and another one on the same device. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/e2e/stage.h"

enum { SESSION_LIMIT = 16384, VAULT_LEN = 256 << 20, VAULT_LIMIT = 4, LEN = 4096, FLOOD = 400 };

static const uint8_t key[16] = "the modest one's";
static struct stage stage;
static struct vit_device *greedy;

/* What the other one does all the time works: a fresh session decrypts, and reads back nothing of
 * anybody else. */
static void the_other_works(const char *when)
{
    struct vit_session *session = stage_session(&stage, stage.device, key);
    struct vit_resource *picture =
            stage_resource(stage.device, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    VIT_AUTO(bytes) clear = stage_noise(LEN);
    cr_assert_eq(stage_decrypt(&stage, session, key, clear, LEN, picture), S_OK, "%s, %s", when,
            stage.link);
    stage_settle(stage.device);
    vit_resource_destroy(picture);
    vit_session_destroy(session);
}

static void open_greedy(void)
{
    cr_assert_eq(vit_device_open(stage.adapter, &greedy), S_OK);
}

Test(exhaustion, of_sessions_ends_at_the_limit_of_the_one_that_opens_them)
{
    static struct vit_session *sessions[SESSION_LIMIT];
    EACH(&stage)
    {
        struct vit_session *more = NULL;
        open_greedy();
        for (unsigned i = 0; i < SESSION_LIMIT; i++) {
            cr_assert_eq(vit_session_create(greedy, &sessions[i]), S_OK, "%u", i);
        }
        cr_assert_eq(vit_session_create(greedy, &more), E_OUTOFMEMORY);
        the_other_works("while one has all its sessions");
        vit_session_destroy(sessions[0]);
        cr_assert_eq(vit_session_create(greedy, &sessions[0]), S_OK, "one goes, one comes");
        for (unsigned i = 0; i < SESSION_LIMIT; i++) {
            vit_session_destroy(sessions[i]);
        }
        vit_device_close(greedy);
        the_other_works("after it went");
    }
}

Test(exhaustion, of_protected_memory_ends_at_the_limit_of_the_one_that_takes_it)
{
    EACH(&stage)
    {
        struct vit_resource *vaults[VAULT_LIMIT], *more = NULL;
        open_greedy();
        for (unsigned i = 0; i < VAULT_LIMIT; i++) {
            vaults[i] =
                    stage_resource(greedy, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, VAULT_LEN, 1);
        }
        cr_assert_eq(vit_resource_create(greedy, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1,
                             &more),
                E_OUTOFMEMORY);
        the_other_works("while one has all its memory");
        for (unsigned i = 0; i < VAULT_LIMIT; i++) {
            vit_resource_destroy(vaults[i]);
        }
        vaults[0] = stage_resource(greedy, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, VAULT_LEN, 1);
        vit_resource_destroy(vaults[0]);
        vit_device_close(greedy);
    }
}

Test(exhaustion, by_exchanges_leaves_the_other_one_alone)
{
    EACH(&stage)
    {
        uint8_t block[VITRINE_BLOCK_LEN] = { 0 };
        struct vit_session *session = NULL;
        open_greedy();
        cr_assert_eq(vit_session_create(greedy, &session), S_OK);
        for (unsigned i = 0; i < FLOOD; i++) {
            block[VITRINE_BLOCK_LEN - 1] = (uint8_t)i;
            cr_assert_eq(greedy->video.pfnNegotiateCryptoSessionKeyExchange(greedy->handle,
                                 session->handle, sizeof(block), block),
                    E_INVALIDARG);
            if (i % 100 == 0) {
                the_other_works("between exchanges that are refused");
            }
        }
        cr_assert_eq(stage_negotiate(&stage, session, key), S_OK, "it is not shut out for that");
        vit_session_destroy(session);
        vit_device_close(greedy);
    }
}

/* Nothing is waited for: what is in flight is bounded below, and all of it ends. */
Test(exhaustion, by_blts_leaves_the_other_one_alone)
{
    enum { LARGE = 1 << 20 };
    EACH(&stage)
    {
        struct vit_session *session;
        D3D10DDI_MAPPED_SUBRESOURCE mapped;
        open_greedy();
        session = stage_session(&stage, greedy, key);
        struct vit_resource *source =
                stage_resource(greedy, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LARGE, 1);
        struct vit_resource *target =
                stage_resource(greedy, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LARGE, 1);
        for (unsigned i = 0; i < FLOOD; i++) {
            uint8_t iv[16];
            cr_assert_eq(vitrine_iv_bytes(i + 1, 0, iv), VITRINE_OK);
            greedy->video.pfnDecryptionBlt(greedy->handle, session->handle, source->handle,
                    target->handle, NULL, 0, NULL, sizeof(iv), iv);
            greedy->funcs.pfnFlush(greedy->handle, 0);
            cr_assert_eq(vit_device_take_error(greedy), S_OK);
            if (i % 100 == 99) {
                the_other_works("while blts pile up");
            }
        }
        cr_assert_eq(vit_resource_map(source, D3D10_DDI_MAP_WRITE, &mapped), S_OK, "all end");
        vit_resource_unmap(source);
        vit_resource_destroy(source);
        vit_resource_destroy(target);
        vit_session_destroy(session);
        vit_device_close(greedy);
    }
}
