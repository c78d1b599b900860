/* SPDX-License-Identifier: MIT */
/* Protected output objects as the device offers them, by their messages. */
#include "vgpu/opm.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "crypto-session/omac.h"
#include "crypto/dsa.h"
#include "crypto/key_ossl.h"
#include "crypto/oaep.h"
#include "tests/crypto-session/srm_maker.h"
#include "tests/vectors/vectors.h"
#include "tests/vgpu/engine_rig.h"
#include "vgpu/channel.h"

enum {
    PAGE_ID = 77,
    KEYED_ID = 200,
    CALL_ID = 88,
    LIMIT = 64,
    MAX_ADDITIONAL_LEN = 128 * 1024,
    CALL_LEN = VIT_OPM_GET_INFO_LEN + MAX_ADDITIONAL_LEN + 1,
    STATUS_START = 1000,
    COMMAND_START = 5000,
    CONNECTOR_HDMI = 5,
};

static const uint8_t key[16] = "0123456789abcde";
static const uint8_t zeros[VIT_OPM_PLAINTEXT_LEN];
static const uint8_t get_connector_type[16] = { 0xd5, 0xbf, 0xd0, 0x81, 0xfe, 0x6a, 0xc2, 0x48,
    0x99, 0xc0, 0x95, 0xa0, 0x8f, 0x97, 0xc5, 0xda };
static const uint8_t set_protection_level[16] = { 0x7c, 0x32, 0xb9, 0x9b, 0xb5, 0x4e, 0x27, 0x47,
    0x9f, 0x00, 0xb4, 0x2b, 0x09, 0x19, 0xc0, 0xda };
static const uint8_t set_srm[16] = { 0xd1, 0xf5, 0x5e, 0x8b, 0x0d, 0xc3, 0xff, 0x44, 0x84, 0xa5,
    0xea, 0x71, 0xdc, 0xe7, 0x8f, 0x13 };

static struct rig rig;
static struct vgpu_protection protection;
static struct vit_private_key *private_key;
static struct vit_public_key *public_key;
static EVP_PKEY *signer;
static struct vit_dsa_key *srm_key;
static struct vit_slab *slab;
static struct vit_cipher *cipher;

static void start_with(struct vgpu_config config)
{
    config.connector = VGPU_CONNECTOR_HDMI;
    config.srm_key = srm_key;
    rig_init_with(&rig, &config);
    cr_assert_eq(vgpu_protection_init(&protection, &config), VIT_OK);
    vgpu_engine_set_protection(rig.engine, &protection);
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, NULL, &cipher), VIT_OK);
}

static void start(void)
{
    start_with(rig_config());
}

static void start_with_key(void)
{
    struct vgpu_config config = rig_config();
    cr_assert_eq(vit_private_key_open(vectors_key("rsa2048.pem"), NULL, NULL, &private_key),
            VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(private_key), &public_key), VIT_OK);
    config.key = private_key;
    start_with(config);
}

static void start_with_lists(void)
{
    char pem[4096];
    signer = srm_make_key(1024, 160);
    size_t len = srm_write_key(signer, pem, sizeof(pem));
    cr_assert_eq(vit_dsa_key_read(pem, len, &srm_key), VIT_OK);
    start();
}

static void stop(void)
{
    rig_finish(&rig);
    vgpu_protection_finish(&protection);
    vit_cipher_destroy(cipher);
    vit_slab_destroy(slab);
    vit_public_key_destroy(public_key);
    vit_private_key_destroy(private_key);
    vit_dsa_key_destroy(srm_key);
    EVP_PKEY_free(signer);
}

TestSuite(opm, .init = start, .fini = stop);
TestSuite(opm_lists, .init = start_with_lists, .fini = stop);
TestSuite(opm_custody_device, .init = start_with_key, .fini = stop);

/* Sends what was put into the call. @param reply  of this length on VIT_OK; may be NULL */
static enum vit_status finish(struct rig_call *call, void *reply, size_t len)
{
    call->envelope.count = 1;
    enum vit_status status = rig_call_start(&rig, call);
    if (status == VIT_E_BUSY) {
        status = rig_call_wait(&rig, call);
    } else {
        (void)rig_call_replied(&rig, call);
    }
    if (status == VIT_OK && reply != NULL) {
        cr_assert_eq(call->reply.body_len, len);
        memcpy(reply, call->body, len);
    }
    rig_call_finish(call);
    return status;
}

struct object {
    uint64_t id;
    uint8_t random[VIT_OPM_RANDOM_LEN];
};

static enum vit_status create(struct vgpu_context *context, uint32_t output, struct object *object)
{
    struct rig_call call;
    uint8_t reply[24] = { 0 };
    rig_call_init(&rig, &call, context);
    vit_put_opm_create(&call.out, &(struct vit_msg_opm_create){ output });
    enum vit_status status = finish(&call, reply, sizeof(reply));
    object->id = vit_load_le32(reply) | (uint64_t)vit_load_le32(reply + 4) << 32;
    memcpy(object->random, reply + 8, sizeof(object->random));
    return status;
}

static struct object created(struct vgpu_context *context)
{
    struct object object;
    cr_assert_eq(create(context, 0, &object), VIT_OK);
    cr_assert_neq(object.id, 0);
    return object;
}

static enum vit_status destroy(struct vgpu_context *context, uint64_t id)
{
    return rig_session_op(&rig, context, VIT_OP_OPM_DESTROY, id, NULL);
}

static void write_plaintext(const struct object *object, uint8_t out[VIT_OPM_PLAINTEXT_LEN])
{
    memcpy(out, object->random, 16);
    memcpy(out + 16, key, 16);
    vit_store_le32(out + 32, STATUS_START);
    vit_store_le32(out + 36, COMMAND_START);
}

static enum vit_status program(struct vgpu_context *context, uint64_t id, uint32_t page,
        uint64_t offset)
{
    struct rig_call call;
    rig_call_init(&rig, &call, context);
    vit_put_program(&call.out, VIT_OP_OPM_PROGRAM,
            &(struct vit_msg_program){ .session = id, .resource = page, .offset = offset });
    return finish(&call, NULL, 0);
}

static void begin_exchange(struct rig_call *call, struct vgpu_context *context, uint64_t id,
        const uint8_t block[256])
{
    struct vit_msg_exchange msg = { .session = id };
    memcpy(msg.block, block, sizeof(msg.block));
    rig_call_init(&rig, call, context);
    vit_put_exchange(&call->out, VIT_OP_OPM_EXCHANGE, &msg);
}

static enum vit_status exchange(struct vgpu_context *context, uint64_t id, const uint8_t block[256])
{
    struct rig_call call;
    begin_exchange(&call, context, id, block);
    return finish(&call, NULL, 0);
}

static enum vit_status exchange_for_channel(const uint8_t block[256])
{
    struct rig_call call;
    struct vit_msg_exchange msg = { .session = 0 };
    cr_assert_eq(vgpu_channel_create(rig.a, VIT_CHANNEL_SOFTWARE, &msg.session), VIT_OK);
    memcpy(msg.block, block, sizeof(msg.block));
    rig_call_init(&rig, &call, rig.a);
    vit_put_exchange(&call.out, VIT_OP_CHANNEL_EXCHANGE, &msg);
    return finish(&call, NULL, 0);
}

static void wrap(const struct object *object, uint8_t block[256])
{
    uint8_t plaintext[VIT_OPM_PLAINTEXT_LEN];
    write_plaintext(object, plaintext);
    cr_assert_eq(vit_oaep_wrap(public_key, plaintext, sizeof(plaintext), block), VIT_OK);
}

/* Through a page that stays. */
static struct object keyed(struct vgpu_context *context)
{
    uint8_t page[VIT_OPM_PLAINTEXT_LEN];
    struct object object = created(context);
    write_plaintext(&object, page);
    uint32_t id = KEYED_ID + rig.resource_count;
    rig_buffer(&rig, context, id, page, sizeof(page));
    cr_assert_eq(program(context, object.id, id, 0), VIT_OK);
    return object;
}

static void begin_call(struct rig_call *call, struct vgpu_context *context, enum vit_op op,
        const struct vit_msg_opm_call *msg)
{
    rig_call_init(&rig, call, context);
    vit_put_opm_call(&call->out, op, msg);
    call->envelope.count = 1;
}

/* @param result  on VIT_OK what the object makes of it */
static enum vit_status say(struct vgpu_context *context, enum vit_op op,
        const struct vit_msg_opm_call *msg, uint32_t *result)
{
    struct rig_call call;
    uint8_t reply[8] = { 0xff };
    begin_call(&call, context, op, msg);
    enum vit_status status = finish(&call, reply, sizeof(reply));
    *result = vit_load_le32(reply);
    return status;
}

static void write_request(uint8_t request[VIT_OPM_GET_INFO_LEN], uint32_t number)
{
    memset(request, 0, VIT_OPM_GET_INFO_LEN);
    memset(request + 16, 0x77, VIT_OPM_RANDOM_LEN);
    memcpy(request + 32, get_connector_type, 16);
    vit_store_le32(request + 48, number);
    cr_assert_eq(vit_omac_sign(cipher, key, request, VIT_OPM_GET_INFO_LEN), VIT_OK);
}

static void write_command(uint8_t command[VIT_OPM_CONFIGURE_LEN], const uint8_t guid[16],
        uint32_t number, const uint32_t *words, uint32_t count)
{
    memset(command, 0, VIT_OPM_CONFIGURE_LEN);
    memcpy(command + 16, guid, 16);
    vit_store_le32(command + 32, number);
    vit_store_le32(command + 36, count * 4);
    for (uint32_t i = 0; i < count; i++) {
        vit_store_le32(command + 40 + (size_t)i * 4, words[i]);
    }
    cr_assert_eq(vit_omac_sign(cipher, key, command, VIT_OPM_CONFIGURE_LEN), VIT_OK);
}

static void write_level(uint8_t command[VIT_OPM_CONFIGURE_LEN], uint32_t number, bool on)
{
    const uint32_t words[4] = { VIT_OPM_TYPE_HDCP, on };
    write_command(command, set_protection_level, number, words, 4);
}

/* Both with the first numbers. */
static void expect_working(struct vgpu_context *context, const struct object *object)
{
    uint8_t bytes[VIT_OPM_GET_INFO_LEN];
    uint32_t result;
    struct vit_msg_opm_call msg = { .object = object->id, .resource = CALL_ID };
    write_request(bytes, STATUS_START);
    struct vgpu_resource *buffer = rig_buffer(&rig, context, CALL_ID, bytes, sizeof(bytes));
    cr_assert_eq(say(context, VIT_OP_OPM_INFORMATION, &msg, &result), VIT_OK);
    cr_assert_eq(result, VIT_OPM_OK);
    rig_bytes(buffer, bytes, VIT_OPM_ANSWER_LEN);
    cr_assert_eq(vit_omac_check(cipher, key, bytes, VIT_OPM_ANSWER_LEN), VIT_OK);
    cr_assert_eq(bytes[20], 0x77);
    cr_assert_eq(vit_load_le32(bytes + 40), CONNECTOR_HDMI);

    write_level(bytes, COMMAND_START, true);
    rig_buffer(&rig, context, CALL_ID + 1, bytes, VIT_OPM_CONFIGURE_LEN);
    msg.resource = CALL_ID + 1;
    cr_assert_eq(say(context, VIT_OP_OPM_CONFIGURE, &msg, &result), VIT_OK);
    cr_assert_eq(result, VIT_OPM_OK);
    cr_assert(vgpu_opm_find(context, object->id)->demand.wanted[VGPU_LINK_HDCP]);
}

Test(opm, is_keyed_through_a_page_that_is_wiped)
{
    uint8_t page[64];
    struct object object = created(rig.a);
    memset(page, 0xAB, sizeof(page));
    write_plaintext(&object, page + 16);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, PAGE_ID, page, sizeof(page));
    cr_assert_eq(program(rig.a, object.id, PAGE_ID, 16), VIT_OK);
    rig_bytes(buffer, page, sizeof(page));
    cr_assert_arr_eq(page + 16, zeros, VIT_OPM_PLAINTEXT_LEN);
    cr_assert_eq(page[15], 0xAB);
    cr_assert_eq(page[16 + VIT_OPM_PLAINTEXT_LEN], 0xAB);
    expect_working(rig.a, &object);
}

Test(opm, is_keyed_once_and_the_page_is_wiped_whatever_is_in_it)
{
    uint8_t page[VIT_OPM_PLAINTEXT_LEN], other[VIT_OPM_PLAINTEXT_LEN];
    struct object one = keyed(rig.a), two = created(rig.a);
    write_plaintext(&one, page);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, PAGE_ID, page, sizeof(page));
    cr_assert_eq(program(rig.a, one.id, PAGE_ID, 0), VIT_E_STATE);
    rig_bytes(buffer, page, sizeof(page));
    cr_assert_arr_eq(page, zeros, sizeof(page));

    write_plaintext(&one, other);
    buffer = rig_buffer(&rig, rig.a, PAGE_ID + 1, other, sizeof(other));
    cr_assert_eq(program(rig.a, two.id, PAGE_ID + 1, 0), VIT_E_REFUSED, "another's random number");
    rig_bytes(buffer, other, sizeof(other));
    cr_assert_arr_eq(other, zeros, sizeof(other));
    write_plaintext(&two, other);
    rig_buffer(&rig, rig.a, PAGE_ID + 2, other, sizeof(other));
    cr_assert_eq(program(rig.a, two.id, PAGE_ID + 2, 0), VIT_E_STATE, "there was an attempt");
    expect_working(rig.a, &one);
}

Test(opm, takes_a_key_from_a_buffer_of_its_context_only)
{
    uint8_t page[VIT_OPM_PLAINTEXT_LEN];
    struct object object = created(rig.a);
    write_plaintext(&object, page);
    rig_buffer(&rig, rig.b, PAGE_ID, page, sizeof(page));
    rig_vault(&rig, rig.a, PAGE_ID + 1, sizeof(page));
    rig_buffer(&rig, rig.a, PAGE_ID + 2, page, sizeof(page));
    cr_assert_eq(program(rig.a, object.id, PAGE_ID, 0), VIT_E_ARG, "another context's");
    cr_assert_eq(program(rig.a, object.id, PAGE_ID + 1, 0), VIT_E_ARG, "a protected one");
    cr_assert_eq(program(rig.a, object.id, 12345, 0), VIT_E_ARG, "none");
    cr_assert_eq(program(rig.a, object.id, PAGE_ID + 2, 1), VIT_E_ARG, "beyond its end");
    cr_assert_eq(program(rig.a, object.id, PAGE_ID + 2, UINT64_MAX), VIT_E_ARG);
    cr_assert_eq(program(rig.a, object.id, PAGE_ID + 2, 0), VIT_OK);
    expect_working(rig.a, &object);
}

Test(opm, in_custody_of_the_driver_has_no_exchange)
{
    cr_assert_eq(exchange(rig.a, created(rig.a).id, (const uint8_t[256]){ 0 }), VIT_E_UNSUPPORTED);
}

Test(opm, means_nothing_in_another_context)
{
    uint8_t page[VIT_OPM_PLAINTEXT_LEN], command[VIT_OPM_GET_INFO_LEN];
    uint32_t result;
    struct object object = created(rig.a), other = created(rig.b);
    cr_assert_arr_neq(object.random, other.random, VIT_OPM_RANDOM_LEN);
    write_plaintext(&object, page);
    cr_assert_eq(destroy(rig.b, other.id), VIT_OK);
    rig_buffer(&rig, rig.b, PAGE_ID, page, sizeof(page));
    write_request(command, STATUS_START);
    rig_buffer(&rig, rig.b, CALL_ID, command, sizeof(command));
    const struct vit_msg_opm_call msg = { .object = object.id, .resource = CALL_ID };
    cr_assert_eq(program(rig.b, object.id, PAGE_ID, 0), VIT_E_ARG);
    cr_assert_eq(say(rig.b, VIT_OP_OPM_INFORMATION, &msg, &result), VIT_E_ARG);
    cr_assert_eq(say(rig.b, VIT_OP_OPM_CONFIGURE, &msg, &result), VIT_E_ARG);
    cr_assert_eq(destroy(rig.b, object.id), VIT_E_ARG);
    cr_assert_eq(destroy(rig.a, object.id), VIT_OK);
    cr_assert_eq(destroy(rig.a, object.id), VIT_E_ARG);
    cr_assert_eq(destroy(rig.a, 0), VIT_E_ARG);
}

Test(opm, is_for_outputs_that_there_are)
{
    struct object object;
    cr_assert_eq(create(rig.a, 1, &object), VIT_E_ARG);
    cr_assert_eq(create(rig.a, UINT32_MAX, &object), VIT_E_ARG);
    vgpu_engine_set_protection(rig.engine, NULL);
    cr_assert_eq(create(rig.a, 0, &object), VIT_E_ARG);
}

Test(opm, there_are_so_many_in_a_context_and_no_more)
{
    struct object objects[LIMIT], one_more;
    for (unsigned i = 0; i < LIMIT; i++) {
        objects[i] = created(rig.a);
    }
    cr_assert_eq(create(rig.a, 0, &one_more), VIT_E_LIMIT);
    created(rig.b);
    cr_assert_eq(destroy(rig.a, objects[3].id), VIT_OK);
    cr_assert_eq(create(rig.a, 0, &one_more), VIT_OK);
    for (unsigned i = 0; i < LIMIT; i++) {
        cr_assert_eq(destroy(rig.a, objects[i].id), i == 3 ? VIT_E_ARG : VIT_OK);
    }
}

static void refuses_calls_outside_buffers(const struct object *object, enum vit_op op, size_t len)
{
    uint8_t bytes[VIT_OPM_GET_INFO_LEN];
    uint32_t result;
    if (op == VIT_OP_OPM_INFORMATION) {
        write_request(bytes, STATUS_START);
    } else {
        write_level(bytes, COMMAND_START, true);
    }
    rig_buffer(&rig, rig.b, CALL_ID, bytes, len);
    rig_vault(&rig, rig.a, CALL_ID + 1, len);
    rig_buffer(&rig, rig.a, CALL_ID + 2, bytes, len - 1);
    rig_buffer(&rig, rig.a, CALL_ID + 3, bytes, len);
    rig_image(&rig, rig.a, CALL_ID + 4, VIT_FORMAT_BGRX, 64, 64, NULL);
    struct vit_msg_opm_call msg = { .object = object->id, .resource = CALL_ID };
    cr_assert_eq(say(rig.a, op, &msg, &result), VIT_E_ARG, "another context's");
    msg.resource = CALL_ID + 1;
    cr_assert_eq(say(rig.a, op, &msg, &result), VIT_E_ARG, "a protected one");
    msg.resource = CALL_ID + 2;
    cr_assert_eq(say(rig.a, op, &msg, &result), VIT_E_ARG, "a short one");
    msg.resource = CALL_ID + 4;
    cr_assert_eq(say(rig.a, op, &msg, &result), VIT_E_ARG, "a picture");
    msg.resource = 12345;
    cr_assert_eq(say(rig.a, op, &msg, &result), VIT_E_ARG, "none");
    msg.resource = CALL_ID + 3;
    static const uint64_t offsets[] = { 1, UINT32_MAX, INT64_MAX, UINT64_MAX };
    for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        msg.offset = offsets[i];
        cr_assert_eq(say(rig.a, op, &msg, &result), VIT_E_ARG);
    }
    msg.offset = 0;
    cr_assert_eq(say(rig.a, op, &msg, &result), VIT_OK);
    cr_assert_eq(result, VIT_OPM_OK, "none of these has spent the number");
}

Test(opm, requests_lie_in_a_buffer_of_the_context)
{
    struct object object = keyed(rig.a);
    refuses_calls_outside_buffers(&object, VIT_OP_OPM_INFORMATION, VIT_OPM_GET_INFO_LEN);
}

Test(opm, commands_lie_in_a_buffer_of_the_context)
{
    struct object object = keyed(rig.a);
    refuses_calls_outside_buffers(&object, VIT_OP_OPM_CONFIGURE, VIT_OPM_CONFIGURE_LEN);
}

Test(opm, additional_bytes_come_with_commands_and_have_a_limit)
{
    uint32_t result;
    uint8_t *bytes = calloc(1, CALL_LEN);
    struct object object = keyed(rig.a);
    cr_assert_not_null(bytes);
    write_request(bytes, STATUS_START);
    rig_buffer(&rig, rig.a, CALL_ID, bytes, CALL_LEN);
    write_level(bytes, COMMAND_START, true);
    rig_buffer(&rig, rig.a, CALL_ID + 1, bytes, CALL_LEN);
    free(bytes);
    struct vit_msg_opm_call msg = { .object = object.id, .resource = CALL_ID, .additional_len = 1 };
    cr_assert_eq(say(rig.a, VIT_OP_OPM_INFORMATION, &msg, &result), VIT_E_PROTOCOL);
    msg.additional_len = 0;
    cr_assert_eq(say(rig.a, VIT_OP_OPM_INFORMATION, &msg, &result), VIT_OK);
    cr_assert_eq(result, VIT_OPM_OK);
    msg.resource = CALL_ID + 1;
    msg.additional_len = MAX_ADDITIONAL_LEN + 1;
    cr_assert_eq(say(rig.a, VIT_OP_OPM_CONFIGURE, &msg, &result), VIT_E_ARG);
    msg.additional_len = UINT32_MAX;
    cr_assert_eq(say(rig.a, VIT_OP_OPM_CONFIGURE, &msg, &result), VIT_E_ARG);
    msg.additional_len = MAX_ADDITIONAL_LEN;
    cr_assert_eq(say(rig.a, VIT_OP_OPM_CONFIGURE, &msg, &result), VIT_OK);
    cr_assert_eq(result, VIT_OPM_INVALID_CONFIGURATION_REQUEST, "a level has none");
}

Test(opm, a_refused_request_leaves_the_buffer_as_it_is)
{
    uint8_t bytes[VIT_OPM_GET_INFO_LEN], after[VIT_OPM_GET_INFO_LEN];
    uint32_t result;
    struct object object = keyed(rig.a);
    write_request(bytes, STATUS_START + 1);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, CALL_ID, bytes, sizeof(bytes));
    const struct vit_msg_opm_call msg = { .object = object.id, .resource = CALL_ID };
    cr_assert_eq(say(rig.a, VIT_OP_OPM_INFORMATION, &msg, &result), VIT_OK);
    cr_assert_eq(result, VIT_OPM_INVALID_INFORMATION_REQUEST);
    rig_bytes(buffer, after, sizeof(after));
    cr_assert_arr_eq(after, bytes, sizeof(bytes));
}

Test(opm, leaves_no_key_when_it_ends)
{
    struct object one = keyed(rig.a), two = keyed(rig.b);
    /* Secret pages stay mapped. The random number stands before the key. */
    const uint8_t *kept[2] = { vit_opm_random(vgpu_opm_find(rig.a, one.id)->crypto) + 16,
        vit_opm_random(vgpu_opm_find(rig.b, two.id)->crypto) + 16 };
    cr_assert_arr_eq(kept[0], key, 16);
    cr_assert_arr_eq(kept[1], key, 16);
    cr_assert_eq(destroy(rig.a, one.id), VIT_OK);
    cr_assert_arr_eq(kept[0], zeros, 16);
    cr_assert_arr_eq(kept[1], key, 16);
    vgpu_context_destroy(rig.b);
    rig.b = NULL;
    cr_assert_arr_eq(kept[1], zeros, 16, "nor does one whose context ends");
}

/* So that what follows in the context is done in turns of vgpu_engine_poll(). */
static void hold(struct rig_call *call)
{
    enum { LEN = 1 << 20, SOURCE_ID = 60, VAULT_ID = 61 };
    uint64_t session = rig_keyed_session(&rig, rig.a, key);
    rig_buffer(&rig, rig.a, SOURCE_ID, NULL, LEN);
    rig_vault(&rig, rig.a, VAULT_ID, LEN);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE_ID, VAULT_ID, LEN);
    rig_call_init(&rig, call, rig.a);
    vit_put_decrypt(&call->out, &msg);
    call->envelope.count = 1;
    rig_occupy_worker(&rig);
    cr_assert_eq(rig_call_start(&rig, call), VIT_E_BUSY);
}

static unsigned count_done(const struct rig_call *calls, unsigned count)
{
    unsigned done = 0;
    for (unsigned i = 0; i < count; i++) {
        done += calls[i].done_count;
    }
    return done;
}

/* Of count calls, each this far behind the one before it in the buffer: how many one turn of the
 * owner's thread did at most. */
static unsigned most_in_a_turn(enum vit_op op, struct vit_msg_opm_call msg, uint64_t pitch,
        unsigned count, uint32_t result)
{
    unsigned most = 0;
    struct rig_call first, *calls = calloc(count, sizeof(*calls));
    cr_assert_not_null(calls);
    hold(&first);
    for (unsigned i = 0; i < count; i++, msg.offset += pitch) {
        begin_call(&calls[i], rig.a, op, &msg);
        cr_assert_eq(rig_call_start(&rig, &calls[i]), VIT_E_BUSY);
    }
    rig_free_worker(&rig);
    for (unsigned before = 0; before < count;) {
        rig_poll(&rig);
        unsigned done = count_done(calls, count);
        most = done - before > most ? done - before : most;
        before = done;
    }
    for (unsigned i = 0; i < count; i++) {
        cr_assert_eq(rig_call_wait(&rig, &calls[i]), VIT_OK);
        cr_assert_eq(vit_load_le32(calls[i].body), result);
        rig_call_finish(&calls[i]);
    }
    rig_call_finish(&first);
    free(calls);
    return most;
}

/* A turn has a budget of 1 MiB, and each message costs something besides. */
Test(opm, pays_for_the_bytes_of_commands)
{
    enum { TURN = 1 << 20, COUNT = 20 };
    const struct vit_msg_opm_call msg = { .object = created(rig.a).id,
        .resource = CALL_ID,
        .additional_len = MAX_ADDITIONAL_LEN };
    rig_buffer(&rig, rig.a, CALL_ID, NULL, CALL_LEN);
    unsigned most = most_in_a_turn(VIT_OP_OPM_CONFIGURE, msg, 0, COUNT,
            VIT_OPM_INVALID_CONFIGURATION_REQUEST);
    cr_assert_leq(most, TURN / MAX_ADDITIONAL_LEN, "%u commands in a turn", most);
}

Test(opm, pays_for_requests)
{
    enum { TURN = 1 << 20, COUNT = 256 };
    const struct vit_msg_opm_call msg = { .object = created(rig.a).id, .resource = CALL_ID };
    rig_buffer(&rig, rig.a, CALL_ID, NULL, VIT_OPM_GET_INFO_LEN);
    unsigned most = most_in_a_turn(VIT_OP_OPM_INFORMATION, msg, 0, COUNT - 1,
            VIT_OPM_INVALID_INFORMATION_REQUEST);
    cr_assert_lt(most, TURN / VIT_OPM_GET_INFO_LEN, "%u requests in a turn", most);
}

/* The signature is dearer than a turn. */
Test(opm_lists, are_verified_one_in_a_turn)
{
    enum { COUNT = 6, PITCH = VIT_OPM_CONFIGURE_LEN + 256 };
    uint8_t bytes[COUNT * PITCH] = { 0 };
    const uint8_t nobody[1] = { 0 };
    const uint32_t version[1] = { 3 };
    struct object object = keyed(rig.a);
    struct vit_msg_opm_call msg = { .object = object.id, .resource = CALL_ID };
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *command = bytes + (size_t)i * PITCH, *srm = command + VIT_OPM_CONFIGURE_LEN;
        write_command(command, set_srm, COMMAND_START + i, version, 1);
        size_t len = srm_begin(srm, 3, nobody, sizeof(nobody));
        msg.additional_len = (uint32_t)srm_sign(signer, srm, len);
    }
    rig_buffer(&rig, rig.a, CALL_ID, bytes, sizeof(bytes));
    cr_assert_eq(most_in_a_turn(VIT_OP_OPM_CONFIGURE, msg, PITCH, COUNT, VIT_OPM_OK), 1);
    cr_assert(protection.has_srm);
    cr_assert_eq(protection.srm_version, 3);
}

/* With the key in the device. */

Test(opm_custody_device, exchanges_the_key_once)
{
    uint8_t block[256];
    struct object object = created(rig.a);
    wrap(&object, block);
    cr_assert_eq(exchange(rig.b, object.id, block), VIT_E_ARG);
    cr_assert_eq(exchange(rig.a, object.id, block), VIT_OK);
    cr_assert_eq(exchange(rig.a, object.id, block), VIT_E_STATE);
    expect_working(rig.a, &object);
}

Test(opm_custody_device, refuses_a_bad_block_for_good)
{
    uint8_t block[256];
    struct object object = created(rig.a), other = created(rig.a);
    wrap(&object, block);
    cr_assert_eq(exchange(rig.a, other.id, block), VIT_E_REFUSED, "another's random number");
    block[9] ^= 1;
    cr_assert_eq(exchange(rig.a, object.id, block), VIT_E_REFUSED);
    block[9] ^= 1;
    cr_assert_eq(exchange(rig.a, object.id, block), VIT_E_STATE);
}

/* Sessions and channels share a kind of block. */
Test(opm_custody_device, has_a_kind_of_block_of_its_own)
{
    uint8_t block[256];
    uint64_t session;
    struct object object = created(rig.a), other = created(rig.a);
    cr_assert_eq(vit_oaep_wrap(public_key, key, sizeof(key), block), VIT_OK);
    cr_assert_eq(exchange(rig.a, object.id, block), VIT_E_REFUSED);
    wrap(&other, block);
    cr_assert_eq(rig_session_create(&rig, rig.a, &session), VIT_OK);
    cr_assert_eq(rig_exchange(&rig, rig.a, session, block), VIT_E_REFUSED);
    cr_assert_eq(exchange_for_channel(block), VIT_E_REFUSED);
    cr_assert_eq(exchange(rig.a, other.id, block), VIT_OK);
}

Test(opm_custody_device, takes_no_key_from_a_page)
{
    uint8_t page[VIT_OPM_PLAINTEXT_LEN], after[VIT_OPM_PLAINTEXT_LEN];
    struct object object = created(rig.a);
    write_plaintext(&object, page);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, PAGE_ID, page, sizeof(page));
    cr_assert_eq(program(rig.a, object.id, PAGE_ID, 0), VIT_E_UNSUPPORTED);
    rig_bytes(buffer, after, sizeof(after));
    cr_assert_arr_eq(after, page, sizeof(page));
}

Test(opm_custody_device, that_ends_during_the_exchange_gets_no_key)
{
    struct rig_call call;
    uint8_t block[256];
    struct object object = created(rig.a);
    wrap(&object, block);
    begin_exchange(&call, rig.a, object.id, block);
    call.envelope.count = 1;
    rig_occupy_worker(&rig);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_BUSY);
    vgpu_opm_destroy(rig.a, vgpu_opm_find(rig.a, object.id));
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_E_GONE);
    rig_call_finish(&call);
}

Test(opm_custody_device, whose_context_ends_during_the_exchange_ends_with_it)
{
    struct rig_call call;
    uint8_t block[256];
    struct object object = created(rig.b);
    wrap(&object, block);
    begin_exchange(&call, rig.b, object.id, block);
    call.envelope.count = 1;
    rig_occupy_worker(&rig);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_BUSY);
    vgpu_context_destroy(rig.b);
    rig.b = NULL;
    cr_assert_eq(call.status, VIT_E_REFUSED);
    rig_free_worker(&rig);
    rig_call_finish(&call);
    cr_assert_null(protection.ports[0].demands);
}
