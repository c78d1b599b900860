/* SPDX-License-Identifier: MIT */
#include "certs/describe.h"

#include <string.h>

#include <criterion/criterion.h>

#include "certs/policy.h"
#include "tests/certs/forge.h"

static uint8_t bytes[VIT_CHAIN_MAX_LEN];

static struct vit_chain *chain_of(struct forge_family *family)
{
    forge_build(family);
    size_t len = forge_chain(family, bytes);
    struct vit_chain *chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    forge_finish(family);
    return chain;
}

Test(describe, tells_what_each_certificate_says)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies", VIT_POLICY_CUSTODY_DEVICE);
    VIT_AUTO(chain) chain = chain_of(&family);
    cr_assert_eq(vit_chain_count(chain), 2);

    struct vit_cert_facts facts;
    cr_assert_eq(vit_chain_describe(chain, 0, &facts), VIT_OK);
    cr_assert_str_eq(facts.subject, "CN=Leaf");
    cr_assert_str_eq(facts.issuer, "CN=Intermediate");
    cr_assert_str_eq(facts.serial, "07");
    cr_assert_eq(strlen(facts.fingerprint), 64);
    cr_assert_str_eq(facts.signature, "sha256WithRSAEncryption");
    cr_assert_eq(facts.not_before, family.specs[FORGE_LEAF].from);
    cr_assert_eq(facts.not_after, family.specs[FORGE_LEAF].to);
    cr_assert_eq(facts.key_bits, 2048);
    cr_assert(facts.is_rsa);
    cr_assert_not(facts.is_ca);
    cr_assert_eq(facts.custody, VIT_CUSTODY_DEVICE);

    cr_assert_eq(vit_chain_describe(chain, 1, &facts), VIT_OK);
    cr_assert_str_eq(facts.subject, "CN=Intermediate");
    cr_assert(facts.is_ca);
    cr_assert_eq(facts.custody, 0);
}

Test(describe, has_nothing_beyond_the_last_certificate)
{
    struct forge_family family;
    forge_init(&family);
    VIT_AUTO(chain) chain = chain_of(&family);
    struct vit_cert_facts facts;
    cr_assert_eq(vit_chain_describe(chain, 2, &facts), VIT_E_ARG);
}

Test(describe, writes_a_name_in_one_printable_line)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_LEAF].name = "two\nlines \x1b[2J";
    VIT_AUTO(chain) chain = chain_of(&family);
    struct vit_cert_facts facts;
    cr_assert_eq(vit_chain_describe(chain, 0, &facts), VIT_OK);
    for (const char *at = facts.subject; *at != '\0'; at++) {
        cr_assert(*at >= ' ' && *at <= '~');
    }
}
