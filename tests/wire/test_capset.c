/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/capset.h"

static const uint8_t chain[] = { 0x30, 1, 2, 3 };
static const struct vit_capset sent = { .custody = 2,
    .outputs = 1,
    .session_limit = 16384,
    .byte_limit = 1ull << 40,
    .chain = chain,
    .chain_len = sizeof(chain) };

Test(capset, survives_the_wire_and_a_padding_kernel)
{
    uint8_t bytes[VIT_CAPSET_HEADER_LEN + sizeof(chain) + 12] = { 0 };
    size_t len = 0;
    struct vit_capset got;
    cr_assert_eq(vit_capset_encode(&sent, bytes, sizeof(bytes), &len), VIT_OK);
    cr_assert_eq(len, VIT_CAPSET_HEADER_LEN + sizeof(chain));
    cr_assert_eq(vit_capset_decode(bytes, sizeof(bytes), &got), VIT_OK);
    cr_assert_eq(got.custody, 2);
    cr_assert_eq(got.byte_limit, 1ull << 40);
    cr_assert_eq(got.session_limit, 16384);
    cr_assert_eq(got.chain_len, sizeof(chain));
    cr_assert_arr_eq(got.chain, chain, sizeof(chain));
}

Test(capset, every_truncation_is_refused)
{
    uint8_t bytes[VIT_CAPSET_HEADER_LEN + sizeof(chain)];
    size_t len = 0;
    struct vit_capset got;
    cr_assert_eq(vit_capset_encode(&sent, bytes, sizeof(bytes), &len), VIT_OK);
    for (size_t cut = 0; cut < len; cut++) {
        cr_assert_eq(vit_capset_decode(bytes, cut, &got), VIT_E_PROTOCOL);
    }
}

Test(capset, refuses_another_magic_and_version)
{
    uint8_t bytes[VIT_CAPSET_HEADER_LEN + sizeof(chain)];
    size_t len = 0;
    struct vit_capset got;
    cr_assert_eq(vit_capset_encode(&sent, bytes, sizeof(bytes), &len), VIT_OK);
    bytes[0] ^= 1;
    cr_assert_eq(vit_capset_decode(bytes, len, &got), VIT_E_PROTOCOL);
    bytes[0] ^= 1;
    bytes[4] ^= 3;
    cr_assert_eq(vit_capset_decode(bytes, len, &got), VIT_E_PROTOCOL);
}

Test(capset, refuses_a_chain_that_is_too_long_or_a_place_too_small)
{
    uint8_t bytes[VIT_CAPSET_HEADER_LEN];
    size_t len = 0;
    struct vit_capset large = sent;
    cr_assert_eq(vit_capset_encode(&sent, bytes, sizeof(bytes), &len), VIT_E_ARG);
    large.chain_len = VIT_CAPSET_CHAIN_MAX_LEN + 1;
    cr_assert_eq(vit_capset_encode(&large, bytes, sizeof(bytes), &len), VIT_E_ARG);
}
