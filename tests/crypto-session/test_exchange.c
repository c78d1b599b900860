/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto-session/exchange.h"
#include "tests/vectors/vectors.h"

static const uint8_t zero[VIT_OAEP_MAX_LEN];

static struct vit_private_key *key;
static struct vectors *vectors;

static void start(void)
{
    cr_assert_eq(vit_private_key_open(vectors_key("rsa2048.pem"), NULL, NULL, &key), VIT_OK);
    vectors = vectors_load("exchange.txt");
}

static void finish(void)
{
    vectors_free(vectors);
    vit_private_key_destroy(key);
}

Test(exchange, every_vector_is_a_session_key_or_one_and_the_same_refusal, .init = start,
        .fini = finish)
{
    unsigned good = 0, refused = 0;
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[VIT_OAEP_BLOCK_LEN], plaintext[VIT_OAEP_MAX_LEN], session_key[16];
        vector_exact(vector, "block", block, sizeof(block));
        size_t len = vector_is_good(vector) ? vector_bytes(vector, "plaintext", plaintext, 126) : 0;
        enum vit_status status = vit_exchange_session_key(key, block, session_key);
        if (vector_is_good(vector) && len == 16) {
            cr_assert_eq(status, VIT_OK, "%s", vector_text(vector, "name"));
            cr_assert_arr_eq(session_key, plaintext, 16);
            good++;
        } else {
            cr_assert_eq(status, VIT_E_REFUSED, "%s", vector_text(vector, "name"));
            cr_assert_arr_eq(session_key, zero, 16, "%s", vector_text(vector, "name"));
            refused++;
        }
    }
    cr_assert_geq(good, 3);
    cr_assert_geq(refused, 20);
}

Test(exchange, the_vector_of_40_bytes_is_a_handshake, .init = start, .fini = finish)
{
    unsigned seen = 0;
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[VIT_OAEP_BLOCK_LEN], plaintext[VIT_OAEP_MAX_LEN];
        struct vit_opm_exchange opm;
        if (!vector_is_good(vector)) {
            continue;
        }
        size_t len = vector_bytes(vector, "plaintext", plaintext, sizeof(plaintext));
        vector_exact(vector, "block", block, sizeof(block));
        enum vit_status status = vit_exchange_opm(key, block, plaintext, &opm);
        cr_assert_eq(status, len >= 40 ? VIT_OK : VIT_E_REFUSED, "%zu bytes", len);
        if (len < 40) {
            cr_assert_arr_eq(opm.signing_key, zero, 16);
            continue;
        }
        seen++;
        cr_assert_arr_eq(opm.signing_key, plaintext + 16, 16);
        cr_assert_eq(opm.status_sequence, vit_load_le32(plaintext + 32));
        cr_assert_eq(opm.command_sequence, vit_load_le32(plaintext + 36));
        cr_assert_arr_eq(opm.plaintext, zero, sizeof(opm.plaintext), "the scratch is wiped");
    }
    cr_assert_geq(seen, 3);
}

Test(exchange, a_handshake_with_another_random_number_is_refused_whole, .init = start,
        .fini = finish)
{
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[VIT_OAEP_BLOCK_LEN], plaintext[VIT_OAEP_MAX_LEN];
        struct vit_opm_exchange opm;
        if (!vector_is_good(vector) || vector_bytes(vector, "plaintext", plaintext, 126) != 40) {
            continue;
        }
        vector_exact(vector, "block", block, sizeof(block));
        for (unsigned byte = 0; byte < 16; byte++) {
            plaintext[byte] ^= 1;
            cr_assert_eq(vit_exchange_opm(key, block, plaintext, &opm), VIT_E_REFUSED);
            cr_assert_arr_eq(opm.signing_key, zero, 16);
            cr_assert_eq(opm.status_sequence, 0);
            plaintext[byte] ^= 1;
        }
        return;
    }
    cr_assert_fail("no handshake of 40 bytes among the vectors");
}
