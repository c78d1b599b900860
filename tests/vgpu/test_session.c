/* SPDX-License-Identifier: MIT */
#include "vgpu/session.h"

#include <criterion/criterion.h>
#include <string.h>

#include "crypto/cipher.h"
#include "crypto/key_ossl.h"
#include "crypto/oaep.h"
#include "tests/vectors/vectors.h"
#include "tests/vgpu/engine_rig.h"

static const uint8_t key[16] = "0123456789abcde";
static const uint8_t zeros[64];

static struct rig rig;

static void start(void)
{
    rig_init(&rig);
}

static void stop(void)
{
    rig_finish(&rig);
}

TestSuite(session, .init = start, .fini = stop);

static uint64_t created(struct vgpu_context *context)
{
    uint64_t id;
    cr_assert_eq(rig_session_create(&rig, context, &id), VIT_OK);
    return id;
}

static enum vit_status state_of(struct vgpu_context *context, uint64_t id,
        enum vit_session_state *state)
{
    uint8_t reply[8] = { 0 };
    VIT_TRY(rig_session_op(&rig, context, VIT_OP_SESSION_STATE, id, reply));
    *state = (enum vit_session_state)vit_load_le32(reply);
    cr_assert_eq(vit_load_le32(reply + 4), 0);
    return VIT_OK;
}

static void assert_state(struct vgpu_context *context, uint64_t id, enum vit_session_state expected)
{
    enum vit_session_state state = VIT_SESSION_STATE_COUNT;
    cr_assert_eq(state_of(context, id, &state), VIT_OK);
    cr_assert_eq(state, expected);
}

Test(session, begins_created)
{
    assert_state(rig.a, created(rig.a), VIT_SESSION_CREATED);
}

Test(session, refuses_another_crypto_type)
{
    struct rig_call call;
    rig_call_init(&rig, &call, rig.a);
    vit_put_session_create(&call.out, &(struct vit_msg_session_create){ .crypto_type = 2 });
    call.envelope.count = 1;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_UNSUPPORTED);
    rig_call_finish(&call);
}

Test(session, ids_never_come_back)
{
    uint64_t first = created(rig.a);
    cr_assert_neq(first, 0);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, first, NULL), VIT_OK);
    uint64_t second = created(rig.a);
    cr_assert_neq(first, second);
    enum vit_session_state state;
    cr_assert_eq(state_of(rig.a, first, &state), VIT_E_ARG);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, first, NULL), VIT_E_ARG);
    assert_state(rig.a, second, VIT_SESSION_CREATED);
}

Test(session, ids_mean_nothing_in_another_context)
{
    uint64_t id = rig_keyed_session(&rig, rig.a, key);
    enum vit_session_state state;
    uint8_t reply[16];
    cr_assert_eq(state_of(rig.b, id, &state), VIT_E_ARG);
    cr_assert_eq(rig_session_op(&rig, rig.b, VIT_OP_READBACK_KEY, id, reply), VIT_E_ARG);
    cr_assert_eq(rig_session_op(&rig, rig.b, VIT_OP_REFRESH_START, id, reply), VIT_E_ARG);
    cr_assert_eq(rig_session_op(&rig, rig.b, VIT_OP_SESSION_DESTROY, id, NULL), VIT_E_ARG);
    assert_state(rig.a, id, VIT_SESSION_KEYED);
}

Test(session, are_limited_per_context)
{
    uint64_t first = created(rig.a), id;
    for (uint32_t i = 1; i < rig.config.session_limit; i++) {
        (void)created(rig.a);
    }
    cr_assert_eq(rig_session_create(&rig, rig.a, &id), VIT_E_LIMIT);
    (void)created(rig.b);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, first, NULL), VIT_OK);
    (void)created(rig.a);
}

Test(session, are_counted)
{
    struct vgpu_engine_stats stats;
    uint64_t id = created(rig.a);
    (void)created(rig.b);
    vgpu_engine_stats(rig.engine, &stats);
    cr_assert_eq(stats.sessions, 2);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, id, NULL), VIT_OK);
    vgpu_engine_stats(rig.engine, &stats);
    cr_assert_eq(stats.sessions, 1);
}

Test(session, takes_its_key_from_a_page_and_wipes_it_there)
{
    uint8_t page[64];
    memset(page, 0x5a, sizeof(page));
    memcpy(page + 20, key, 16);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, 5, page, sizeof(page));
    uint64_t id = created(rig.a);
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 20), VIT_OK);
    assert_state(rig.a, id, VIT_SESSION_KEYED);
    memset(page + 20, 0, 16);
    cr_assert_arr_eq(buffer->backing[0].iov_base, page, sizeof(page));
}

Test(session, takes_a_key_that_lies_across_pages)
{
    uint8_t page[64] = { 0 };
    memcpy(page + 5, key, 16);
    struct vgpu_resource *buffer =
            rig_scattered(&rig, rig.a, 5, VIT_FORMAT_BYTES, sizeof(page), 1, page, 8);
    uint64_t id = created(rig.a);
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 5), VIT_OK);
    rig_bytes(buffer, page, sizeof(page));
    cr_assert_arr_eq(page, zeros, sizeof(page));

    /* The key it took is that key: what it unwraps says so. */
    uint8_t wrapped[16], plain[16];
    struct vit_slab *slab = NULL;
    struct vit_cipher *cipher = NULL;
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, "openssl", &cipher), VIT_OK);
    memset(plain, 0x33, sizeof(plain));
    cr_assert_eq(vit_ecb_encrypt(cipher, key, plain, wrapped, 1), VIT_OK);
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, 6, 48);
    rig_buffer(&rig, rig.a, 7, zeros, 48);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, id, 7, 6, 48);
    msg.flags = VIT_DECRYPT_CONTENT_KEY;
    memcpy(msg.content_key, wrapped, 16);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    uint8_t expected[48];
    rig_ctr(plain, msg.iv, 0, zeros, expected, sizeof(expected));
    cr_assert_arr_eq(vault->storage, expected, sizeof(expected));
    vit_cipher_destroy(cipher);
    vit_slab_destroy(slab);
}

Test(session, refuses_a_key_page_out_of_bounds)
{
    uint8_t page[32];
    memset(page, 0x5a, sizeof(page));
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, 5, page, sizeof(page));
    uint64_t id = created(rig.a);
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 17), VIT_E_ARG);
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, UINT64_MAX - 7), VIT_E_ARG);
    cr_assert_eq(rig_program(&rig, rig.a, id, 4, 0), VIT_E_ARG);
    assert_state(rig.a, id, VIT_SESSION_CREATED);
    cr_assert_arr_eq(buffer->backing[0].iov_base, page, sizeof(page));
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 16), VIT_OK);
}

Test(session, refuses_a_key_from_anything_but_a_buffer_of_its_context)
{
    uint64_t id = created(rig.a);
    rig_image(&rig, rig.a, 5, VIT_FORMAT_BGRA, 8, 8, NULL);
    rig_vault(&rig, rig.a, 6, 64);
    rig_buffer(&rig, rig.b, 7, NULL, 64);
    rig_buffer(&rig, rig.a, 8, NULL, 64);
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 0), VIT_E_ARG);
    cr_assert_eq(rig_program(&rig, rig.a, id, 6, 0), VIT_E_ARG);
    cr_assert_eq(rig_program(&rig, rig.a, id, 7, 0), VIT_E_ARG);
    assert_state(rig.a, id, VIT_SESSION_CREATED);
    cr_assert_eq(rig_program(&rig, rig.a, id, 8, 0), VIT_OK);
}

Test(session, refuses_a_second_key_and_wipes_it_all_the_same)
{
    uint64_t id = rig_keyed_session(&rig, rig.a, key);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, 5, key, sizeof(key));
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 0), VIT_E_STATE);
    cr_assert_arr_eq(buffer->backing[0].iov_base, zeros, sizeof(key));
}

Test(session, in_custody_of_the_driver_has_no_exchange)
{
    uint8_t block[256] = { 0 };
    cr_assert_eq(rig_exchange(&rig, rig.a, created(rig.a), block), VIT_E_UNSUPPORTED);
}

Test(session, refreshes_its_key)
{
    uint64_t id = rig_keyed_session(&rig, rig.a, key);
    uint8_t random[16], fresh[16], expected[16];
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_REFRESH_FINISH, id, NULL), VIT_E_STATE);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_REFRESH_START, id, random), VIT_OK);
    assert_state(rig.a, id, VIT_SESSION_REFRESHING);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_REFRESH_FINISH, id, NULL), VIT_OK);
    assert_state(rig.a, id, VIT_SESSION_KEYED);

    for (unsigned i = 0; i < 16; i++) {
        fresh[i] = key[i] ^ random[i];
    }
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, 6, 16);
    rig_buffer(&rig, rig.a, 7, zeros, 16);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, id, 7, 6, 16);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    rig_ctr(fresh, msg.iv, 0, zeros, expected, sizeof(expected));
    cr_assert_arr_eq(vault->storage, expected, sizeof(expected));
}

Test(session, gives_a_new_readback_key_at_each_call)
{
    uint8_t first[16], second[16];
    uint64_t id = created(rig.a);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, id, first), VIT_E_STATE);
    id = rig_keyed_session(&rig, rig.a, key);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, id, first), VIT_OK);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, id, second), VIT_OK);
    cr_assert_arr_neq(first, second, 16);
}

Test(session, destroyed_wipes_what_it_labelled_and_nothing_else)
{
    uint64_t one = rig_keyed_session(&rig, rig.a, key);
    uint64_t other = rig_keyed_session(&rig, rig.a, key);
    struct vgpu_resource *of_one[3], *of_other;
    for (uint32_t i = 0; i < 3; i++) {
        of_one[i] = rig_vault(&rig, rig.a, 10 + i, 64);
        rig_label(&rig, rig.a, one, of_one[i]);
    }
    of_other = rig_vault(&rig, rig.a, 20, 64);
    rig_label(&rig, rig.a, other, of_other);
    rig.changed_count = 0;

    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, one, NULL), VIT_OK);
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_arr_eq(of_one[i]->storage, zeros, 64);
        cr_assert_eq(of_one[i]->label.session, 0);
    }
    cr_assert_eq(rig.changed_count, 3, "whoever shows them hears of each");
    cr_assert_arr_neq(of_other->storage, zeros, 64);
    cr_assert_eq(of_other->label.session, other);
}

Test(session, forgets_a_labelled_resource_that_is_gone)
{
    uint64_t id = rig_keyed_session(&rig, rig.a, key);
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, 10, 64);
    rig_label(&rig, rig.a, id, vault);
    vgpu_context_detach(rig.a, 10);
    vgpu_resource_unref(vault);
    rig.resource_count--;
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, id, NULL), VIT_OK);
}

Test(session, of_a_destroyed_context_leaves_no_content)
{
    uint64_t id = rig_keyed_session(&rig, rig.b, key);
    struct vgpu_resource *vault = rig_vault(&rig, rig.b, 10, 64);
    rig_label(&rig, rig.b, id, vault);
    vgpu_context_destroy(rig.b);
    rig.b = NULL;
    cr_assert_arr_eq(vault->storage, zeros, 64);
    cr_assert_eq(vault->label.session, 0);
    struct vgpu_engine_stats stats;
    vgpu_engine_stats(rig.engine, &stats);
    cr_assert_eq(stats.sessions, 0);
}

/* Custody device. */

static struct vit_private_key *private_key;
static struct vit_public_key *public_key;

static void start_custody(void)
{
    cr_assert_eq(vit_private_key_open(vectors_key("rsa2048.pem"), NULL, NULL, &private_key),
            VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(private_key), &public_key), VIT_OK);
    struct vgpu_config config = rig_config();
    config.key = private_key;
    rig_init_with(&rig, &config);
}

static void stop_custody(void)
{
    rig_finish(&rig);
    vit_public_key_destroy(public_key);
    vit_private_key_destroy(private_key);
}

TestSuite(custody_device, .init = start_custody, .fini = stop_custody);

Test(custody_device, exchanges_the_session_key)
{
    uint8_t block[256], expected[16];
    uint64_t id = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, id, block), VIT_OK);
    assert_state(rig.a, id, VIT_SESSION_KEYED);

    struct vgpu_resource *vault = rig_vault(&rig, rig.a, 6, 16);
    rig_buffer(&rig, rig.a, 7, zeros, 16);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, id, 7, 6, 16);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_OK);
    rig_ctr(key, msg.iv, 0, zeros, expected, sizeof(expected));
    cr_assert_arr_eq(vault->storage, expected, sizeof(expected));
}

Test(custody_device, works_on_a_worker_and_answers_later)
{
    struct rig_call call;
    struct vit_msg_exchange msg = { .session = created(rig.a) };
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, msg.block), VIT_OK);
    rig_call_init(&rig, &call, rig.a);
    vit_put_exchange(&call.out, VIT_OP_SESSION_EXCHANGE, &msg);
    call.envelope.count = 1;
    rig_occupy_worker(&rig);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_BUSY);
    memset(call.bytes, 0, call.capacity); /* borrowed for the call only */
    cr_assert(vgpu_engine_busy(rig.engine));
    cr_assert_not(rig_call_replied(&rig, &call));
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_OK);
    cr_assert(rig_call_replied(&rig, &call));
    cr_assert_not(vgpu_engine_busy(rig.engine));
    assert_state(rig.a, msg.session, VIT_SESSION_KEYED);
    rig_call_finish(&call);
}

Test(custody_device, works_in_place_when_asked_to)
{
    struct vgpu_config config = rig.config;
    config.inline_exchange = true;
    rig_finish(&rig);
    rig_init_with(&rig, &config);
    struct rig_call call;
    struct vit_msg_exchange msg = { .session = created(rig.a) };
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, msg.block), VIT_OK);
    rig_call_init(&rig, &call, rig.a);
    vit_put_exchange(&call.out, VIT_OP_SESSION_EXCHANGE, &msg);
    call.envelope.count = 1;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_OK);
    assert_state(rig.a, msg.session, VIT_SESSION_KEYED);
    rig_call_finish(&call);
}

Test(custody_device, refuses_a_bad_block_and_can_try_again)
{
    uint8_t block[256];
    uint64_t id = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    block[100] ^= 1;
    cr_assert_eq(rig_exchange(&rig, rig.a, id, block), VIT_E_REFUSED);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 15, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, id, block), VIT_E_REFUSED);
    assert_state(rig.a, id, VIT_SESSION_CREATED);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, id, block), VIT_OK);
}

Test(custody_device, refuses_a_second_exchange)
{
    uint8_t block[256];
    uint64_t id = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, id, block), VIT_OK);

    struct rig_call call;
    struct vit_msg_exchange msg = { .session = id };
    memcpy(msg.block, block, sizeof(msg.block));
    rig_call_init(&rig, &call, rig.a);
    vit_put_exchange(&call.out, VIT_OP_SESSION_EXCHANGE, &msg);
    call.envelope.count = 1;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_STATE,
            "at once: without a private-key operation");
    rig_call_finish(&call);
}

/* Whoever recorded the block gets a session with its key: to show what is sealed under it, and
 * neither to read that nor what the first session filled. */
Test(custody_device, gives_a_replayed_block_a_session_that_reads_nothing_of_the_first)
{
    uint8_t block[256], readback[16], again[16], iv[16];
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    uint64_t first = created(rig.a), second = created(rig.a);
    cr_assert_eq(rig_exchange(&rig, rig.a, first, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, second, block), VIT_OK);
    struct vgpu_resource *vault = rig_vault(&rig, rig.a, 6, 64);
    struct vgpu_resource *out = rig_buffer(&rig, rig.a, 7, NULL, 64);
    rig_label(&rig, rig.a, first, vault);

    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, first, readback), VIT_OK);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, second, again), VIT_OK);
    cr_assert_arr_neq(readback, again, 16);
    struct vit_msg_encrypt msg = { second, 6, 7, 0, 64 };
    cr_assert_eq(rig_encrypt(&rig, rig.a, &msg, iv), VIT_E_DENIED);
    cr_assert_arr_eq(out->backing[0].iov_base, zeros, 64);
    msg.session = first;
    cr_assert_eq(rig_encrypt(&rig, rig.a, &msg, iv), VIT_OK);
}

/* One that sends exchanges without end takes no more than its turn; counted in steps, not in time. */
Test(custody_device, lets_blts_of_others_pass_a_queue_of_exchanges)
{
    enum { COUNT = 10, LEN = 16 << 20 };
    struct rig_call calls[COUNT], blt;
    uint8_t block[256];
    unsigned order = 0;
    uint64_t id = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, id, block), VIT_OK);
    rig_vault(&rig, rig.a, 6, LEN);
    rig_buffer(&rig, rig.a, 7, NULL, LEN);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, id, 7, 6, LEN);
    rig_occupy_worker(&rig);
    for (unsigned i = 0; i < COUNT; i++) {
        struct vit_msg_exchange exchange = { .session = created(rig.b) };
        memcpy(exchange.block, block, sizeof(block));
        rig_call_init(&rig, &calls[i], rig.b);
        vit_put_exchange(&calls[i].out, VIT_OP_SESSION_EXCHANGE, &exchange);
        calls[i].envelope.count = 1;
        calls[i].order = &order;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(rig_call_start(&rig, &calls[i]), VIT_E_BUSY);
    }
    rig_call_init(&rig, &blt, rig.a);
    vit_put_decrypt(&blt.out, &msg);
    blt.envelope.count = 1;
    blt.order = &order;
    cr_assert_eq(rig_call_start(&rig, &blt), VIT_E_BUSY);
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &blt), VIT_OK);
    cr_assert_leq(blt.place, 4, "%u exchanges came before 16 steps of a blt", blt.place);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(rig_call_wait(&rig, &calls[i]), VIT_OK);
        rig_call_finish(&calls[i]);
    }
    rig_call_finish(&blt);
}

Test(custody_device, refuses_an_exchange_for_anothers_session)
{
    uint8_t block[256];
    uint64_t id = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, 16, block), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.b, id, block), VIT_E_ARG);
    assert_state(rig.a, id, VIT_SESSION_CREATED);
}

Test(custody_device, has_no_program)
{
    uint64_t id = created(rig.a);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, 5, key, sizeof(key));
    cr_assert_eq(rig_program(&rig, rig.a, id, 5, 0), VIT_E_UNSUPPORTED);
    cr_assert_arr_eq(buffer->backing[0].iov_base, key, sizeof(key));
}

Test(custody_device, needs_a_key)
{
    struct vgpu_config config = rig_config();
    struct vgpu_engine *engine = NULL;
    cr_assert_eq(vgpu_engine_create(&config, VIT_CUSTODY_DEVICE, &engine), VIT_E_ARG);
    cr_assert_null(engine);
}
