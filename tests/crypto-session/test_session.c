/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto-session/session.h"

static const uint8_t session_key[16] = "a session key 16";
static const uint8_t zero[16];

struct fixture {
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    struct vit_crypto_session *session;
};

static struct fixture created(void)
{
    struct fixture f = { NULL, NULL, NULL };
    cr_assert_eq(vit_slab_create(&f.slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(f.slab, "openssl", &f.cipher), VIT_OK);
    cr_assert_eq(vit_crypto_session_create(f.slab, &f.session), VIT_OK);
    return f;
}

static struct fixture keyed(void)
{
    struct fixture f = created();
    cr_assert_eq(vit_crypto_session_set_key(f.session, session_key), VIT_OK);
    return f;
}

static void finish(struct fixture *f)
{
    vit_crypto_session_destroy(f->session);
    vit_cipher_destroy(f->cipher);
    vit_slab_destroy(f->slab);
}

static void make_iv(uint8_t iv[16], uint64_t number, uint64_t count)
{
    vit_store_be64(iv, number);
    vit_store_be64(iv + 8, count);
}

static enum vit_status decrypt(struct fixture *f, const uint8_t *wrapped, uint64_t iv_number,
        uint64_t count, uint64_t len, uint8_t key[16])
{
    uint8_t iv[16];
    make_iv(iv, iv_number, count);
    return vit_crypto_session_begin_decrypt(f->session, f->cipher, wrapped, iv, len, key);
}

static void wrap(struct fixture *f, const uint8_t key[16], const char *content_key,
        uint8_t wrapped[16])
{
    cr_assert_eq(vit_ecb_encrypt(f->cipher, key, content_key, wrapped, 1), VIT_OK);
}

Test(session, nothing_works_before_the_exchange)
{
    struct fixture f = created();
    uint8_t out[16] = { 0 };
    cr_assert_eq(decrypt(&f, NULL, 1, 0, 16, out), VIT_E_STATE);
    cr_assert_eq(vit_crypto_session_readback_key(f.session, f.cipher, out), VIT_E_STATE);
    cr_assert_eq(vit_crypto_session_refresh_start(f.session, out), VIT_E_STATE);
    cr_assert_eq(vit_crypto_session_refresh_finish(f.session), VIT_E_STATE);
    cr_assert_arr_eq(out, zero, 16, "refused calls change nothing");
    finish(&f);
}

Test(session, a_second_key_is_refused_and_the_first_stays)
{
    struct fixture f = keyed();
    uint8_t key[16];
    cr_assert_eq(vit_crypto_session_set_key(f.session, zero), VIT_E_STATE);
    cr_assert_eq(decrypt(&f, NULL, 1, 0, 16, key), VIT_OK);
    cr_assert_arr_eq(key, session_key, 16);
    finish(&f);
}

Test(session, a_content_key_is_unwrapped_under_the_session_key)
{
    struct fixture f = keyed();
    uint8_t wrapped[16], key[16];
    wrap(&f, session_key, "the content key.", wrapped);
    cr_assert_eq(decrypt(&f, wrapped, 1, 0, 16, key), VIT_OK);
    cr_assert_arr_eq(key, "the content key.", 16);
    finish(&f);
}

Test(session, the_iv_must_grow_under_each_key)
{
    struct fixture f = keyed();
    uint8_t wrapped[16], key[16];
    wrap(&f, session_key, "the content key.", wrapped);
    cr_assert_eq(decrypt(&f, NULL, 5, 0, 16, key), VIT_OK);
    cr_assert_eq(decrypt(&f, NULL, 5, 0, 16, key), VIT_E_REFUSED);
    cr_assert_eq(decrypt(&f, wrapped, 5, 0, 16, key), VIT_OK);
    memset(key, 0, sizeof(key));
    cr_assert_eq(decrypt(&f, wrapped, 4, 0, 16, key), VIT_E_REFUSED);
    cr_assert_arr_eq(key, zero, 16, "no key on refusal");
    finish(&f);
}

Test(session, the_session_key_under_another_name_shares_its_mark)
{
    struct fixture f = keyed();
    uint8_t wrapped[16], key[16];
    wrap(&f, session_key, (const char *)session_key, wrapped);
    cr_assert_eq(decrypt(&f, NULL, 5, 0, 16, key), VIT_OK);
    cr_assert_eq(decrypt(&f, wrapped, 5, 0, 16, key), VIT_E_REFUSED);
    cr_assert_eq(decrypt(&f, wrapped, 6, 0, 16, key), VIT_OK);
    cr_assert_eq(decrypt(&f, NULL, 6, 0, 16, key), VIT_E_REFUSED);
    finish(&f);
}

Test(session, the_read_back_key_is_no_content_key)
{
    struct fixture f = keyed();
    uint8_t wrapped[16], key[16];
    cr_assert_eq(vit_crypto_session_readback_key(f.session, f.cipher, wrapped), VIT_OK);
    cr_assert_eq(decrypt(&f, wrapped, 99, 0, 16, key), VIT_E_REFUSED);
    finish(&f);
}

Test(session, a_count_that_would_wrap_is_refused_and_spends_no_iv)
{
    struct fixture f = keyed();
    uint8_t key[16];
    cr_assert_eq(decrypt(&f, NULL, 7, UINT64_MAX, 17, key), VIT_E_ARG);
    cr_assert_eq(decrypt(&f, NULL, 7, UINT64_MAX, 16, key), VIT_OK);
    finish(&f);
}

Test(session, wrap_arithmetic_at_its_edges)
{
    uint8_t iv[16];
    make_iv(iv, 0, UINT64_MAX - 1);
    cr_assert_not(vit_ctr_count_wraps(iv, 0));
    cr_assert_not(vit_ctr_count_wraps(iv, 32));
    cr_assert(vit_ctr_count_wraps(iv, 33));
    make_iv(iv, 0, 0);
    cr_assert_not(vit_ctr_count_wraps(iv, UINT64_MAX));
}

Test(session, refresh_takes_effect_at_finish)
{
    struct fixture f = keyed();
    uint8_t random[16], key[16], expected[16];
    cr_assert_eq(vit_crypto_session_refresh_start(f.session, random), VIT_OK);
    cr_assert_eq(decrypt(&f, NULL, 1, 0, 16, key), VIT_OK);
    cr_assert_arr_eq(key, session_key, 16, "the old key stays in force");
    cr_assert_eq(vit_crypto_session_refresh_finish(f.session), VIT_OK);
    for (unsigned i = 0; i < 16; i++) {
        expected[i] = session_key[i] ^ random[i];
    }
    cr_assert_eq(decrypt(&f, NULL, 1, 0, 16, key), VIT_OK, "a new key has no mark");
    cr_assert_arr_eq(key, expected, 16);
    cr_assert_eq(vit_crypto_session_refresh_finish(f.session), VIT_E_STATE);
    finish(&f);
}

Test(session, every_refresh_draws_another_number)
{
    struct fixture f = keyed();
    uint8_t first[16], second[16];
    cr_assert_eq(vit_crypto_session_refresh_start(f.session, first), VIT_OK);
    cr_assert_eq(vit_crypto_session_refresh_start(f.session, second), VIT_OK);
    cr_assert_arr_neq(first, second, 16);
    finish(&f);
}

Test(session, read_back_needs_its_key_first)
{
    struct fixture f = keyed();
    uint8_t iv[16], key[16];
    cr_assert_eq(vit_crypto_session_begin_encrypt(f.session, 16, iv, key), VIT_E_STATE);
    finish(&f);
}

Test(session, read_back_uses_its_own_key_and_growing_ivs)
{
    struct fixture f = keyed();
    uint8_t wrapped[16], unwrapped[16], iv[16], key[16];
    uint64_t last = 0;
    cr_assert_eq(vit_crypto_session_readback_key(f.session, f.cipher, wrapped), VIT_OK);
    cr_assert_eq(vit_ecb_decrypt(f.cipher, session_key, wrapped, unwrapped, 1), VIT_OK);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(vit_crypto_session_begin_encrypt(f.session, 4096, iv, key), VIT_OK);
        cr_assert_arr_eq(key, unwrapped, 16);
        cr_assert_gt(vit_load_be64(iv), last);
        cr_assert_eq(vit_load_be64(iv + 8), 0);
        last = vit_load_be64(iv);
    }
    finish(&f);
}

Test(session, every_read_back_key_is_new_and_ivs_go_on_growing)
{
    struct fixture f = keyed();
    uint8_t first[16], second[16], iv[16], key[16];
    cr_assert_eq(vit_crypto_session_readback_key(f.session, f.cipher, first), VIT_OK);
    cr_assert_eq(vit_crypto_session_begin_encrypt(f.session, 16, iv, key), VIT_OK);
    uint64_t before = vit_load_be64(iv);
    cr_assert_eq(vit_crypto_session_readback_key(f.session, f.cipher, second), VIT_OK);
    cr_assert_arr_neq(first, second, 16);
    cr_assert_eq(vit_crypto_session_begin_encrypt(f.session, 16, iv, key), VIT_OK);
    cr_assert_gt(vit_load_be64(iv), before);
    finish(&f);
}

Test(session, a_lost_session_has_no_key)
{
    struct fixture f = keyed();
    uint8_t key[16] = { 0 };
    vit_crypto_session_lose(f.session);
    cr_assert_eq(vit_crypto_session_state(f.session), VIT_SESSION_LOST);
    cr_assert_eq(decrypt(&f, NULL, 1, 0, 16, key), VIT_E_GONE);
    cr_assert_eq(vit_crypto_session_set_key(f.session, session_key), VIT_E_GONE);
    finish(&f);
}

Test(session, wrong_order_in_every_state_changes_nothing)
{
    struct fixture f = keyed();
    uint8_t random[16], key[16];
    cr_assert_eq(vit_crypto_session_refresh_start(f.session, random), VIT_OK);
    cr_assert_eq(vit_crypto_session_set_key(f.session, zero), VIT_E_STATE);
    cr_assert_eq(decrypt(&f, NULL, 1, 0, 16, key), VIT_OK);
    cr_assert_arr_eq(key, session_key, 16);
    finish(&f);
}
