/* SPDX-License-Identifier: MIT */
#include "certs/chain.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "certs/policy.h"
#include "crypto/key_ossl.h"
#include "tests/certs/forge.h"

static uint8_t bytes[2 * VIT_CHAIN_MAX_LEN];

static void build(struct forge_family *family, const char *policy)
{
    forge_init(family);
    forge_set(family, FORGE_LEAF, "certificatePolicies", policy);
    forge_build(family);
}

Test(chain, keeps_the_bytes_that_it_was_given)
{
    struct forge_family family;
    build(&family, VIT_POLICY_CUSTODY_DRIVER);
    size_t len = forge_chain(&family, bytes);
    struct vit_chain *chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    size_t kept_len = 0;
    const uint8_t *kept = vit_chain_der(chain, &kept_len);
    cr_assert_neq(kept, bytes);
    cr_assert_eq(kept_len, len);
    cr_assert_arr_eq(kept, bytes, len);
    vit_chain_destroy(chain);
    forge_finish(&family);
}

Test(chain, is_refused_when_it_is_empty)
{
    struct vit_chain *chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, 0, &chain), VIT_E_REFUSED);
    cr_assert_null(chain);
}

Test(chain, is_refused_at_every_truncation_inside_a_certificate)
{
    struct forge_family family;
    build(&family, VIT_POLICY_CUSTODY_DRIVER);
    size_t leaf_len = forge_append(bytes, 0, family.certs[FORGE_LEAF]);
    size_t len = forge_chain(&family, bytes);
    for (size_t cut = 0; cut < len; cut++) {
        struct vit_chain *chain = NULL;
        enum vit_status expected = cut == leaf_len ? VIT_OK : VIT_E_REFUSED;
        cr_assert_eq(vit_chain_parse(bytes, cut, &chain), expected, "%zu", cut);
        vit_chain_destroy(chain);
    }
    forge_finish(&family);
}

Test(chain, is_refused_with_any_byte_after_it)
{
    struct forge_family family;
    build(&family, VIT_POLICY_CUSTODY_DRIVER);
    size_t len = forge_chain(&family, bytes);
    for (unsigned value = 0; value < 256; value++) {
        struct vit_chain *chain = NULL;
        bytes[len] = (uint8_t)value;
        cr_assert_eq(vit_chain_parse(bytes, len + 1, &chain), VIT_E_REFUSED);
        cr_assert_null(chain);
    }
    forge_finish(&family);
}

Test(chain, is_refused_in_another_encoding_than_der)
{
    struct forge_family family;
    build(&family, VIT_POLICY_CUSTODY_DRIVER);
    size_t len = forge_append(bytes, 0, family.certs[FORGE_LEAF]);
    cr_assert_eq(bytes[1], 0x82);
    memmove(bytes + 3, bytes + 2, len - 2);
    bytes[1] = 0x83; /* the same length in three bytes: BER, not DER */
    bytes[2] = 0;
    struct vit_chain *chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len + 1, &chain), VIT_E_REFUSED);
    forge_finish(&family);
}

Test(chain, takes_four_certificates_and_refuses_five)
{
    struct forge_family family;
    build(&family, VIT_POLICY_CUSTODY_DRIVER);
    size_t len = 0;
    for (int i = 0; i < VIT_CHAIN_MAX_COUNT; i++) {
        len = forge_append(bytes, len, family.certs[FORGE_LEAF]);
    }
    struct vit_chain *chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    vit_chain_destroy(chain);
    chain = NULL;
    len = forge_append(bytes, len, family.certs[FORGE_LEAF]);
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_E_REFUSED);
    cr_assert_null(chain);
    forge_finish(&family);
}

/* One certificate of about this many bytes, as a chain. */
static size_t sized_certificate(size_t want)
{
    struct forge_family family;
    static char value[2 * 2 * VIT_CHAIN_MAX_LEN];
    memset(value, 0, sizeof(value));
    int head = sprintf(value, "DER:0483%06zx", want);
    memset(value + head, '0', 2 * want);
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "1.2.3.4.5", value);
    forge_build(&family);
    size_t len = forge_append(bytes, 0, family.certs[FORGE_LEAF]);
    forge_finish(&family);
    return len;
}

Test(chain, is_refused_when_it_is_longer_than_the_limit)
{
    struct vit_chain *chain = NULL;
    size_t len = sized_certificate(VIT_CHAIN_MAX_LEN - 2000);
    cr_assert_lt(len, VIT_CHAIN_MAX_LEN);
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    vit_chain_destroy(chain);
    chain = NULL;
    len = sized_certificate(VIT_CHAIN_MAX_LEN);
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_E_REFUSED);
    cr_assert_null(chain);
}

Test(chain, destroy_takes_null)
{
    vit_chain_destroy(NULL);
}

static enum vit_status custody_of(const char *policy, enum vit_custody *custody)
{
    struct forge_family family;
    build(&family, policy);
    size_t len = forge_chain(&family, bytes);
    VIT_AUTO(chain) chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    forge_finish(&family);
    return vit_chain_leaf_custody(chain, custody);
}

Test(chain, tells_the_custody_of_its_leaf)
{
    enum vit_custody custody = 0;
    cr_assert_eq(custody_of(VIT_POLICY_CUSTODY_DRIVER, &custody), VIT_OK);
    cr_assert_eq(custody, VIT_CUSTODY_DRIVER);
    cr_assert_eq(custody_of(VIT_POLICY_CUSTODY_DEVICE, &custody), VIT_OK);
    cr_assert_eq(custody, VIT_CUSTODY_DEVICE);
}

Test(chain, refuses_to_tell_a_custody_that_is_not_there_or_not_one)
{
    enum vit_custody custody = 0;
    cr_assert_eq(custody_of(NULL, &custody), VIT_E_REFUSED);
    cr_assert_eq(custody_of(VIT_POLICY_ARC ".1.3", &custody), VIT_E_REFUSED);
    cr_assert_eq(custody_of(VIT_POLICY_CUSTODY_DRIVER "," VIT_POLICY_CUSTODY_DEVICE, &custody),
            VIT_E_REFUSED);
    cr_assert_eq(custody, 0);
}

Test(chain, gives_the_key_of_its_leaf)
{
    struct forge_family family;
    build(&family, VIT_POLICY_CUSTODY_DRIVER);
    size_t len = forge_chain(&family, bytes);
    VIT_AUTO(chain) chain = NULL;
    VIT_AUTO(public_key) key = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    cr_assert_eq(vit_chain_leaf_key(chain, &key), VIT_OK);
    EVP_PKEY *expected = forge_key("rsa2048-c");
    cr_assert_eq(EVP_PKEY_eq(vit_public_key_pkey(key), expected), 1);
    EVP_PKEY_free(expected);
    forge_finish(&family);
}

Test(chain, refuses_to_give_a_key_of_another_size)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_LEAF].key = "rsa3072";
    forge_build(&family);
    size_t len = forge_chain(&family, bytes);
    VIT_AUTO(chain) chain = NULL;
    struct vit_public_key *key = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    cr_assert_eq(vit_chain_leaf_key(chain, &key), VIT_E_REFUSED);
    cr_assert_null(key);
    forge_finish(&family);
}

Test(chain, names_both_custodies)
{
    cr_assert_str_eq(vit_custody_name(VIT_CUSTODY_DRIVER), "driver");
    cr_assert_str_eq(vit_custody_name(VIT_CUSTODY_DEVICE), "device");
}
