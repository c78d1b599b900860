/* SPDX-License-Identifier: MIT */
/* Labels, and every rule about them: protected in, protected out; different labels never mix. */
#include "vgpu/label.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/vgpu/engine_rig.h"
#include "vgpu/session.h"
#include "vgpu/submit.h"

enum {
    MINE = 10,      /* labelled by the first session */
    ALSO_MINE = 11, /* by the same */
    OTHERS = 12,    /* by another session of the same context */
    EMPTY = 13,     /* by nobody */
    BUFFER = 20,
    IMAGE = 21,
    FOREIGN = 30, /* of the other context, labelled there */
    SIDE = 8,
    LEN = SIDE * SIDE * 4,
};

static const uint8_t key[16] = "the first key...";
static const uint8_t other_key[16] = "the other key...";
static const uint8_t zeros[LEN];

static struct rig rig;
static uint64_t session, other, foreign;
static struct vgpu_resource *mine, *also_mine, *others, *empty, *buffer, *image, *foreigns;

static struct vgpu_resource *vault(struct vgpu_context *context, uint32_t id)
{
    return rig_protected(&rig, context, id, VIT_FORMAT_BGRX, SIDE, SIDE);
}

static void start(void)
{
    uint8_t bytes[LEN];
    rig_init(&rig);
    session = rig_keyed_session(&rig, rig.a, key);
    other = rig_keyed_session(&rig, rig.a, other_key);
    foreign = rig_keyed_session(&rig, rig.b, key);
    mine = vault(rig.a, MINE);
    also_mine = vault(rig.a, ALSO_MINE);
    others = vault(rig.a, OTHERS);
    empty = vault(rig.a, EMPTY);
    foreigns = vault(rig.b, FOREIGN);
    rig_random(bytes, sizeof(bytes), 1);
    rig_label(&rig, rig.a, session, mine);
    rig_label(&rig, rig.a, session, also_mine);
    rig_label(&rig, rig.a, other, others);
    rig_label(&rig, rig.b, foreign, foreigns);
    buffer = rig_buffer(&rig, rig.a, BUFFER, bytes, LEN);
    image = rig_image(&rig, rig.a, IMAGE, VIT_FORMAT_BGRX, SIDE, SIDE, bytes);
}

static void stop(void)
{
    rig_finish(&rig);
}

TestSuite(label, .init = start, .fini = stop);

/* Nothing of the resource changes, whatever status says that it should not. */
#define ASSERT_UNCHANGED(resource, status, call)                                                   \
    do {                                                                                           \
        uint8_t before_[LEN], after_[LEN];                                                         \
        struct vgpu_label label_ = (resource)->label;                                              \
        rig_bytes(resource, before_, LEN);                                                         \
        cr_assert_eq(call, status);                                                                \
        rig_bytes(resource, after_, LEN);                                                          \
        cr_assert_arr_eq(before_, after_, LEN);                                                    \
        cr_assert(vgpu_label_equal(&label_, &(resource)->label));                                  \
    } while (0)

Test(label_list, moves_from_list_to_list)
{
    struct vgpu_resource a = { .id = 1 }, b = { .id = 2 }, c = { .id = 3 };
    struct vgpu_resource *first = NULL, *second = NULL;
    const struct vgpu_label one = { 1, 1 }, two = { 1, 2 };
    vgpu_label_set(&a, &one, &first);
    vgpu_label_set(&b, &one, &first);
    vgpu_label_set(&c, &one, &first);
    vgpu_label_set(&b, &one, &first);
    cr_assert_eq(first, &c);
    vgpu_label_set(&b, &two, &second);
    cr_assert_eq(second, &b);
    cr_assert_null(b.label_next);
    cr_assert_eq(c.label_next, &a);
    vgpu_label_clear(&c);
    cr_assert_eq(first, &a);
    cr_assert(vgpu_label_is_none(&c.label));
    vgpu_label_clear(&a);
    vgpu_label_clear(&b);
    vgpu_label_clear(&b);
    cr_assert_null(first);
    cr_assert_null(second);
}

/* Ids of one context are those of another too. */
Test(label_list, equal_ids_of_two_contexts_are_two_labels)
{
    const struct vgpu_label one = { .context = 1, .session = 7 };
    const struct vgpu_label same = { .context = 1, .session = 7 };
    const struct vgpu_label another = { .context = 2, .session = 7 };
    const struct vgpu_label next = { .context = 1, .session = 8 };
    cr_assert(vgpu_label_equal(&one, &same));
    cr_assert_not(vgpu_label_equal(&one, &another));
    cr_assert_not(vgpu_label_equal(&one, &next));
}

Test(label_list, cleared_needs_no_level)
{
    struct vgpu_resource a = { .id = 1, .needs_hdcp = true };
    vgpu_label_clear(&a);
    cr_assert_not(a.needs_hdcp);
}

/* Decrypt. */

static enum vit_status decrypt(uint64_t by, uint32_t destination, uint64_t len)
{
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, by, BUFFER, destination, len);
    return rig_decrypt(&rig, rig.a, &msg);
}

Test(label, decrypt_labels_an_empty_resource)
{
    cr_assert_eq(decrypt(session, EMPTY, 16), VIT_OK);
    cr_assert_eq(empty->label.session, session);
    cr_assert_eq(empty->label.context, rig.a->id);
}

Test(label, decrypt_goes_on_in_its_own)
{
    cr_assert_eq(decrypt(session, MINE, 16), VIT_OK);
    cr_assert_eq(mine->label.session, session);
}

Test(label, decrypt_never_writes_beside_anothers_content)
{
    ASSERT_UNCHANGED(others, VIT_E_DENIED, decrypt(session, OTHERS, LEN - 1));
}

Test(label, decrypt_may_replace_all_of_anothers_content)
{
    cr_assert_eq(decrypt(session, OTHERS, LEN), VIT_OK);
    cr_assert_eq(others->label.session, session);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, other, NULL), VIT_OK);
    cr_assert_arr_neq(others->storage, zeros, LEN, "it is not the former session's any more");
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, session, NULL), VIT_OK);
    cr_assert_arr_eq(others->storage, zeros, LEN);
}

/* Nothing of the former content is there under the new label when the new one fails half-way. */
Test(label, decrypt_wipes_anothers_content_before_it_replaces_it)
{
    enum { LONG = 1 << 17, LONG_SOURCE = 41, LONG_OTHERS = 42, LONG_MINE = 43 };
    static const struct {
        uint32_t destination;
        bool wipes;
    } rows[] = { { LONG_OTHERS, true }, { LONG_MINE, false } };
    rig_buffer(&rig, rig.a, LONG_SOURCE, NULL, LONG);
    rig_label(&rig, rig.a, other, rig_vault(&rig, rig.a, LONG_OTHERS, LONG));
    rig_label(&rig, rig.a, session, rig_vault(&rig, rig.a, LONG_MINE, LONG));
    for (size_t i = 0; i < 2; i++) {
        struct rig_call call;
        struct vit_msg_decrypt msg =
                rig_decrypt_message(&rig, session, LONG_SOURCE, rows[i].destination, LONG);
        rig_occupy_worker(&rig);
        rig_call_init(&rig, &call, rig.a);
        vit_put_decrypt(&call.out, &msg);
        call.envelope.count = 1;
        enum vit_status begun = rig_call_start(&rig, &call);
        bool wipes = begun == VIT_E_BUSY && rig.engine->pending->work.blt.wipe;
        rig_free_worker(&rig);
        cr_assert_eq(begun, VIT_E_BUSY);
        cr_assert_eq(wipes, rows[i].wipes);
        cr_assert_eq(rig_call_wait(&rig, &call), VIT_OK);
        rig_call_finish(&call);
    }
}

Test(label, decrypt_takes_over_clear_bytes)
{
    struct vit_msg_copy copy = { BUFFER, EMPTY, 0, 0, LEN, 1, LEN, LEN };
    cr_assert_eq(rig_copy(&rig, rig.a, &copy), VIT_OK);
    cr_assert_eq(empty->label.session, 0);
    cr_assert_eq(decrypt(session, EMPTY, 16), VIT_OK);
    cr_assert_eq(empty->label.session, session);
    cr_assert_arr_eq(empty->storage + 16, (uint8_t *)buffer->backing[0].iov_base + 16, LEN - 16);
}

Test(label, decrypt_writes_protected_resources_only)
{
    rig_buffer(&rig, rig.a, 40, NULL, LEN);
    ASSERT_UNCHANGED(image, VIT_E_DENIED, decrypt(session, IMAGE, LEN));
    cr_assert_eq(decrypt(session, 40, LEN), VIT_E_DENIED);
}

Test(label, decrypt_reads_no_protected_resource)
{
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, ALSO_MINE, MINE, LEN);
    ASSERT_UNCHANGED(mine, VIT_E_ARG, rig_decrypt(&rig, rig.a, &msg));
}

Test(label, decrypt_reaches_no_resource_of_another_context)
{
    ASSERT_UNCHANGED(foreigns, VIT_E_ARG, decrypt(session, FOREIGN, LEN));
}

/* Attaching another's protected resource gives no right to it. */
Test(label, attaching_anothers_resource_gives_nothing)
{
    struct vit_msg_encrypt encrypt = { session, FOREIGN, BUFFER, 0, LEN };
    struct vit_msg_copy copy = { FOREIGN, EMPTY, 0, 0, LEN, 1, LEN, LEN };
    struct vit_msg_convert convert = { FOREIGN, EMPTY, { 0, 0, SIDE, SIDE }, { 0, 0, SIDE, SIDE } };
    uint8_t iv[16], wrapped[16];
    cr_assert_eq(vgpu_context_attach(rig.a, foreigns), VIT_OK);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_READBACK_KEY, session, wrapped), VIT_OK);
    ASSERT_UNCHANGED(foreigns, VIT_E_ARG, decrypt(session, FOREIGN, LEN));
    ASSERT_UNCHANGED(buffer, VIT_E_ARG, rig_encrypt(&rig, rig.a, &encrypt, iv));
    ASSERT_UNCHANGED(empty, VIT_E_ARG, rig_copy(&rig, rig.a, &copy));
    ASSERT_UNCHANGED(empty, VIT_E_ARG, rig_convert(&rig, rig.a, &convert));
}

Test(label, decrypt_that_is_refused_changes_nothing)
{
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, BUFFER, EMPTY, LEN);
    vit_store_be64(msg.iv, 0);
    cr_assert_eq(rig_decrypt(&rig, rig.a, &msg), VIT_E_REFUSED);
    ASSERT_UNCHANGED(empty, VIT_E_REFUSED, rig_decrypt(&rig, rig.a, &msg));
    msg.destination = OTHERS;
    ASSERT_UNCHANGED(others, VIT_E_REFUSED, rig_decrypt(&rig, rig.a, &msg));
    cr_assert_eq(empty->label.session, 0);
}

/* Encrypt. */

static enum vit_status encrypt(struct vgpu_context *context, uint64_t by, uint32_t source,
        uint32_t destination)
{
    struct vit_msg_encrypt msg = { by, source, destination, 0, LEN };
    uint8_t wrapped[16], iv[16];
    VIT_TRY(rig_session_op(&rig, context, VIT_OP_READBACK_KEY, by, wrapped));
    return rig_encrypt(&rig, context, &msg, iv);
}

Test(label, encrypt_reads_its_own)
{
    cr_assert_eq(encrypt(rig.a, session, MINE, BUFFER), VIT_OK);
}

Test(label, encrypt_reads_nothing_of_another_session)
{
    ASSERT_UNCHANGED(buffer, VIT_E_DENIED, encrypt(rig.a, session, OTHERS, BUFFER));
    cr_assert_eq(encrypt(rig.a, other, OTHERS, BUFFER), VIT_OK);
}

Test(label, encrypt_reads_nothing_that_is_nobodys)
{
    ASSERT_UNCHANGED(buffer, VIT_E_DENIED, encrypt(rig.a, session, EMPTY, BUFFER));
}

Test(label, encrypt_reads_nothing_of_a_session_before_it)
{
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, session, NULL), VIT_OK);
    uint64_t next = rig_keyed_session(&rig, rig.a, key);
    ASSERT_UNCHANGED(buffer, VIT_E_DENIED, encrypt(rig.a, next, MINE, BUFFER));
}

Test(label, encrypt_reads_nothing_of_another_context)
{
    rig_buffer(&rig, rig.b, 40, NULL, LEN);
    cr_assert_eq(encrypt(rig.b, foreign, MINE, 40), VIT_E_ARG);
    cr_assert_eq(encrypt(rig.b, foreign, FOREIGN, 40), VIT_OK);
}

Test(label, encrypt_writes_buffers_only)
{
    cr_assert_eq(encrypt(rig.a, session, MINE, IMAGE), VIT_E_ARG);
    cr_assert_eq(encrypt(rig.a, session, MINE, ALSO_MINE), VIT_E_ARG);
    cr_assert_eq(encrypt(rig.a, session, BUFFER, BUFFER), VIT_E_ARG);
}

/* Copy and convert: the same rules. */

static enum vit_status copy(uint32_t source, uint32_t destination)
{
    struct vit_msg_copy msg = { source, destination, 0, 0, SIDE * 4, SIDE, SIDE * 4, SIDE * 4 };
    return rig_copy(&rig, rig.a, &msg);
}

static enum vit_status convert(uint32_t source, uint32_t destination)
{
    struct vit_msg_convert msg = { source, destination, { 0, 0, SIDE, SIDE },
        { 0, 0, SIDE, SIDE } };
    return rig_convert(&rig, rig.a, &msg);
}

typedef enum vit_status carry_fn(uint32_t source, uint32_t destination);

static void assert_never_leads_out(carry_fn *carry)
{
    ASSERT_UNCHANGED(image, VIT_E_DENIED, carry(MINE, IMAGE));
    ASSERT_UNCHANGED(image, VIT_E_DENIED, carry(EMPTY, IMAGE));
    ASSERT_UNCHANGED(buffer, VIT_E_DENIED, carry(MINE, BUFFER));
    ASSERT_UNCHANGED(buffer, VIT_E_DENIED, carry(EMPTY, BUFFER));
}

static void assert_carries_the_label(carry_fn *carry)
{
    cr_assert_eq(carry(MINE, EMPTY), VIT_OK);
    cr_assert_eq(empty->label.session, session);
    cr_assert_eq(rig_session_op(&rig, rig.a, VIT_OP_SESSION_DESTROY, session, NULL), VIT_OK);
    cr_assert_arr_eq(empty->storage, zeros, LEN, "the copy goes with the session too");
}

static void assert_keeps_to_one_label(carry_fn *carry)
{
    cr_assert_eq(carry(MINE, ALSO_MINE), VIT_OK);
    cr_assert_eq(also_mine->label.session, session);
}

static void assert_never_mixes(carry_fn *carry)
{
    ASSERT_UNCHANGED(others, VIT_E_DENIED, carry(MINE, OTHERS));
    ASSERT_UNCHANGED(mine, VIT_E_DENIED, carry(OTHERS, MINE));
}

/* No session lives that this content could be wiped with. */
static void assert_leaves_alone_what_nobody_wipes(carry_fn *carry)
{
    struct vgpu_resource *orphans = NULL;
    const struct vgpu_label nobodys = { .context = rig.a->id, .session = UINT64_MAX };
    vgpu_label_set(mine, &nobodys, &orphans);
    ASSERT_UNCHANGED(empty, VIT_E_DENIED, carry(MINE, EMPTY));
    vgpu_label_clear(mine);
}

static void assert_clear_bytes_take_no_label(carry_fn *carry)
{
    cr_assert_eq(carry(IMAGE, EMPTY), VIT_OK);
    cr_assert_eq(empty->label.session, 0);
    cr_assert_eq(carry(IMAGE, OTHERS), VIT_OK);
    cr_assert_eq(others->label.session, other);
    cr_assert_eq(carry(EMPTY, OTHERS), VIT_OK);
    cr_assert_eq(others->label.session, other);
}

static void assert_reaches_no_other_context(carry_fn *carry)
{
    ASSERT_UNCHANGED(foreigns, VIT_E_ARG, carry(IMAGE, FOREIGN));
    ASSERT_UNCHANGED(foreigns, VIT_E_ARG, carry(MINE, FOREIGN));
    ASSERT_UNCHANGED(empty, VIT_E_ARG, carry(FOREIGN, EMPTY));
}

Test(label, copy_never_leads_out)
{
    assert_never_leads_out(copy);
}

Test(label, convert_never_leads_out)
{
    assert_never_leads_out(convert);
}

Test(label, copy_carries_the_label)
{
    assert_carries_the_label(copy);
}

Test(label, convert_carries_the_label)
{
    assert_carries_the_label(convert);
}

Test(label, copy_keeps_to_one_label)
{
    assert_keeps_to_one_label(copy);
}

Test(label, convert_keeps_to_one_label)
{
    assert_keeps_to_one_label(convert);
}

Test(label, copy_never_mixes)
{
    assert_never_mixes(copy);
}

Test(label, convert_never_mixes)
{
    assert_never_mixes(convert);
}

Test(label, copy_leaves_alone_what_nobody_wipes)
{
    assert_leaves_alone_what_nobody_wipes(copy);
}

Test(label, convert_leaves_alone_what_nobody_wipes)
{
    assert_leaves_alone_what_nobody_wipes(convert);
}

Test(label, copy_of_clear_bytes_takes_no_label)
{
    assert_clear_bytes_take_no_label(copy);
}

Test(label, convert_of_clear_bytes_takes_no_label)
{
    assert_clear_bytes_take_no_label(convert);
}

Test(label, copy_reaches_no_other_context)
{
    assert_reaches_no_other_context(copy);
}

Test(label, convert_reaches_no_other_context)
{
    assert_reaches_no_other_context(convert);
}

Test(label, copy_between_buffers_is_free)
{
    struct vgpu_resource *target = rig_buffer(&rig, rig.a, 40, NULL, LEN);
    cr_assert_eq(copy(BUFFER, 40), VIT_OK);
    cr_assert_arr_eq(target->backing[0].iov_base, buffer->backing[0].iov_base, LEN);
}

Test(label, level_goes_with_the_label)
{
    vgpu_session_find(rig.a, session)->needs_hdcp = true;
    rig.changed_count = 0;
    cr_assert_eq(decrypt(session, EMPTY, LEN), VIT_OK);
    cr_assert(empty->needs_hdcp);
    cr_assert_eq(rig.changed_count, 1);
    cr_assert_eq(rig.changed, empty);
    cr_assert_eq(decrypt(session, EMPTY, LEN), VIT_OK);
    cr_assert_eq(rig.changed_count, 1);
    cr_assert_eq(decrypt(other, EMPTY, LEN), VIT_OK);
    cr_assert_not(empty->needs_hdcp);
    cr_assert_eq(rig.changed_count, 2);
}
