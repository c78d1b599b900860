/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto-session/omac.h"
#include "tests/vectors/vectors.h"

static struct vit_slab *slab;
static struct vit_cipher *cipher;

static void start(void)
{
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, NULL, &cipher), VIT_OK);
}

static void finish(void)
{
    vit_cipher_destroy(cipher);
    vit_slab_destroy(slab);
}

Test(omac, is_the_vectors_tag_of_what_follows_it, .init = start, .fini = finish)
{
    struct vectors *vectors = vectors_load("omac.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t key[16], tag[16], message[16 + 8192];
        vector_exact(vector, "key", key, 16);
        vector_exact(vector, "tag", tag, 16);
        memset(message, 0xA5, 16);
        size_t len = 16 + vector_bytes(vector, "message", message + 16, 8192);
        cr_assert_eq(vit_omac_sign(cipher, key, message, len), VIT_OK);
        cr_assert_arr_eq(message, tag, 16, "%s", vector_text(vector, "name"));
        cr_assert_eq(vit_omac_check(cipher, key, message, len), VIT_OK);
    }
    vectors_free(vectors);
}

Test(omac, each_byte_counts, .init = start, .fini = finish)
{
    uint8_t key[16] = "a channel's key", message[56] = { 0 };
    cr_assert_eq(vit_omac_sign(cipher, key, message, sizeof(message)), VIT_OK);
    for (size_t i = 0; i < sizeof(message); i++) {
        message[i] ^= 0x80;
        cr_assert_eq(vit_omac_check(cipher, key, message, sizeof(message)), VIT_E_REFUSED);
        message[i] ^= 0x80;
    }
    cr_assert_eq(vit_omac_check(cipher, key, message, sizeof(message)), VIT_OK);
    cr_assert_eq(vit_omac_check(cipher, key, message, sizeof(message) - 1), VIT_E_REFUSED);
    key[0] ^= 1;
    cr_assert_eq(vit_omac_check(cipher, key, message, sizeof(message)), VIT_E_REFUSED);
}

Test(omac, needs_room_for_itself, .init = start, .fini = finish)
{
    uint8_t key[16] = { 0 }, message[16] = { 0 };
    for (size_t len = 0; len < 16; len++) {
        cr_assert_eq(vit_omac_check(cipher, key, message, len), VIT_E_REFUSED);
    }
    cr_assert_eq(vit_omac_sign(cipher, key, message, 16), VIT_OK);
    cr_assert_eq(vit_omac_check(cipher, key, message, 16), VIT_OK, "of nothing");
}

Test(growing_sequence, accepts_gaps_and_nothing_twice)
{
    struct vit_growing_sequence sequence = { .next = 10 };
    cr_assert_eq(vit_growing_sequence_take(&sequence, 9), VIT_E_REFUSED);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 10), VIT_OK);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 10), VIT_E_REFUSED);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 1000), VIT_OK);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 11), VIT_E_REFUSED);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 1001), VIT_OK);
}

Test(growing_sequence, ends_with_its_last_number)
{
    struct vit_growing_sequence sequence = { .next = UINT32_MAX };
    cr_assert_eq(vit_growing_sequence_take(&sequence, UINT32_MAX), VIT_OK);
    cr_assert_eq(vit_growing_sequence_take(&sequence, UINT32_MAX), VIT_E_REFUSED);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 0), VIT_E_REFUSED);
    cr_assert_eq(vit_growing_sequence_take(&sequence, 1), VIT_E_REFUSED);
}

Test(equal_sequence, accepts_the_next_number_alone)
{
    struct vit_equal_sequence sequence = { .next = 10 };
    cr_assert_eq(vit_equal_sequence_take(&sequence, 9), VIT_E_REFUSED);
    cr_assert_eq(vit_equal_sequence_take(&sequence, 11), VIT_E_REFUSED);
    cr_assert_eq(vit_equal_sequence_take(&sequence, 10), VIT_OK);
    cr_assert_eq(vit_equal_sequence_take(&sequence, 10), VIT_E_REFUSED);
    cr_assert_eq(vit_equal_sequence_take(&sequence, 11), VIT_OK);
}

Test(equal_sequence, goes_on_behind_its_last_number)
{
    struct vit_equal_sequence sequence = { .next = UINT32_MAX };
    cr_assert_eq(vit_equal_sequence_take(&sequence, UINT32_MAX), VIT_OK);
    cr_assert_eq(vit_equal_sequence_take(&sequence, 0), VIT_OK);
}
