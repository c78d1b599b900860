/* SPDX-License-Identifier: MIT */
#include "certs/authority.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "certs/describe.h"
#include "certs/verify.h"
#include "tests/certs/forge.h"

enum { DAY = 86400 };

struct der {
    uint8_t *bytes;
    size_t len;
};

/* An authority at FORGE_NOW. */
struct world {
    struct vit_pair *pairs[3]; /* root, intermediate, device */
    struct vit_public_key *key;
    struct der root, intermediate;
    struct vit_chain *root_chain, *intermediate_chain;
};

static const struct vit_cert_terms terms = { "Somebody", 100, FORGE_NOW };
static const struct vit_cert_terms root_terms = { "A root", 100, FORGE_NOW };
static const struct vit_cert_terms intermediate_terms = { "An intermediate", 100, FORGE_NOW };

static struct vit_pair *pair_of(const char *name)
{
    size_t len = 0;
    char *pem = forge_pem(name, &len);
    struct vit_pair *pair = NULL;
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &pair), VIT_OK);
    free(pem);
    return pair;
}

static struct world make_world(void)
{
    struct world world = {
        .pairs = { pair_of("rsa2048-a"), pair_of("rsa3072"), pair_of("rsa2048-c") },
    };
    cr_assert_eq(vit_pair_public(world.pairs[2], &world.key), VIT_OK);
    cr_assert_eq(vit_root_create(world.pairs[0], &root_terms, &world.root.bytes, &world.root.len),
            VIT_OK);
    cr_assert_eq(vit_chain_parse(world.root.bytes, world.root.len, &world.root_chain), VIT_OK);
    struct vit_issuer root = { world.root_chain, world.pairs[0] };
    cr_assert_eq(vit_intermediate_create(&root, world.pairs[1], &intermediate_terms,
                         &world.intermediate.bytes, &world.intermediate.len),
            VIT_OK);
    cr_assert_eq(vit_chain_parse(world.intermediate.bytes, world.intermediate.len,
                         &world.intermediate_chain),
            VIT_OK);
    return world;
}

static void end_world(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        vit_pair_destroy(world->pairs[i]);
    }
    vit_public_key_destroy(world->key);
    vit_chain_destroy(world->root_chain);
    vit_chain_destroy(world->intermediate_chain);
    free(world->root.bytes);
    free(world->intermediate.bytes);
}

static void expect_custody(const struct world *world, const struct vit_issuer *issuer,
        enum vit_custody custody)
{
    struct der chain_der = { 0 };
    cr_assert_eq(vit_device_issue(issuer, world->key, custody, &terms, &chain_der.bytes,
                         &chain_der.len),
            VIT_OK);
    VIT_AUTO(chain) chain = NULL;
    cr_assert_eq(vit_chain_parse(chain_der.bytes, chain_der.len, &chain), VIT_OK);
    struct vit_verified verified;
    cr_assert_eq(vit_chain_verify(chain, world->root.bytes, world->root.len, FORGE_NOW, &verified),
            VIT_OK, "%s", verified.reason);
    cr_assert_eq(verified.custody, custody);
    cr_assert_str_eq(verified.subject, "CN=Somebody");
    vit_verified_finish(&verified);
    free(chain_der.bytes);
}

Test(authority, issues_devices_of_both_custodies_that_verify)
{
    struct world world = make_world();
    struct vit_issuer issuer = { world.intermediate_chain, world.pairs[1] };
    expect_custody(&world, &issuer, VIT_CUSTODY_DRIVER);
    expect_custody(&world, &issuer, VIT_CUSTODY_DEVICE);
    end_world(&world);
}

Test(authority, issues_a_device_directly_under_a_root)
{
    struct world world = make_world();
    struct vit_issuer issuer = { world.root_chain, world.pairs[0] };
    expect_custody(&world, &issuer, VIT_CUSTODY_DRIVER);
    end_world(&world);
}

Test(authority, makes_a_root_that_is_good_as_one)
{
    struct world world = make_world();
    char reason[VIT_REASON_LEN];
    cr_assert_eq(vit_root_check(world.root.bytes, world.root.len, FORGE_NOW, reason), VIT_OK, "%s",
            reason);
    end_world(&world);
}

Test(authority, gives_each_certificate_a_serial_number_of_its_own)
{
    struct world world = make_world();
    struct vit_cert_facts one;
    struct vit_cert_facts other;
    cr_assert_eq(vit_chain_describe(world.root_chain, 0, &one), VIT_OK);
    cr_assert_eq(vit_chain_describe(world.intermediate_chain, 0, &other), VIT_OK);
    cr_assert_eq(strlen(one.serial), 32);
    cr_assert_str_neq(one.serial, other.serial);
    end_world(&world);
}

Test(authority, makes_nothing_that_outlives_its_issuer)
{
    struct world world = make_world();
    struct vit_issuer issuer = { world.intermediate_chain, world.pairs[1] };
    struct vit_cert_terms longer = { "Longer", 5000, FORGE_NOW };
    struct der der = { 0 };
    cr_assert_eq(vit_device_issue(&issuer, world.key, VIT_CUSTODY_DRIVER, &longer, &der.bytes,
                         &der.len),
            VIT_OK);
    VIT_AUTO(chain) chain = NULL;
    struct vit_cert_facts facts;
    cr_assert_eq(vit_chain_parse(der.bytes, der.len, &chain), VIT_OK);
    cr_assert_eq(vit_chain_describe(chain, 0, &facts), VIT_OK);
    cr_assert_eq(facts.not_after, FORGE_NOW + 100 * DAY);
    cr_assert_eq(facts.not_before, FORGE_NOW - 3600);
    free(der.bytes);
    end_world(&world);
}

Test(authority, refuses_an_issuer_whose_time_is_over_or_not_come)
{
    struct world world = make_world();
    struct vit_issuer issuer = { world.intermediate_chain, world.pairs[1] };
    struct der der = { 0 };
    struct vit_cert_terms late = { "Late", 1, FORGE_NOW + 101 * DAY };
    cr_assert_eq(vit_device_issue(&issuer, world.key, VIT_CUSTODY_DRIVER, &late, &der.bytes,
                         &der.len),
            VIT_E_REFUSED);
    struct vit_cert_terms early = { "Early", 1, FORGE_NOW - DAY };
    cr_assert_eq(vit_device_issue(&issuer, world.key, VIT_CUSTODY_DRIVER, &early, &der.bytes,
                         &der.len),
            VIT_E_REFUSED);
    cr_assert_null(der.bytes);
    end_world(&world);
}

Test(authority, refuses_a_key_that_is_not_the_issuers)
{
    struct world world = make_world();
    struct vit_issuer wrong = { world.root_chain, world.pairs[1] };
    struct der der = { 0 };
    cr_assert_eq(vit_intermediate_create(&wrong, world.pairs[1], &terms, &der.bytes, &der.len),
            VIT_E_REFUSED);
    cr_assert_eq(vit_device_issue(&wrong, world.key, VIT_CUSTODY_DRIVER, &terms, &der.bytes,
                         &der.len),
            VIT_E_REFUSED);
    cr_assert_null(der.bytes);
    end_world(&world);
}

Test(authority, refuses_a_leaf_as_issuer)
{
    struct world world = make_world();
    struct vit_issuer issuer = { world.intermediate_chain, world.pairs[1] };
    struct der leaf = { 0 };
    cr_assert_eq(vit_device_issue(&issuer, world.key, VIT_CUSTODY_DRIVER, &terms, &leaf.bytes,
                         &leaf.len),
            VIT_OK);
    VIT_AUTO(chain) chain = NULL;
    cr_assert_eq(vit_chain_parse(leaf.bytes, leaf.len, &chain), VIT_OK);
    struct vit_issuer wrong = { chain, world.pairs[2] };
    struct der der = { 0 };
    cr_assert_eq(vit_device_issue(&wrong, world.key, VIT_CUSTODY_DRIVER, &terms, &der.bytes,
                         &der.len),
            VIT_E_REFUSED);
    cr_assert_null(der.bytes);
    free(leaf.bytes);
    end_world(&world);
}

Test(authority, refuses_a_chain_that_would_be_too_long)
{
    struct world world = make_world();
    uint8_t bytes[VIT_CHAIN_MAX_LEN];
    size_t len = 0;
    for (int i = 0; i < VIT_CHAIN_MAX_COUNT; i++) {
        memcpy(bytes + len, world.intermediate.bytes, world.intermediate.len);
        len += world.intermediate.len;
    }
    VIT_AUTO(chain) chain = NULL;
    cr_assert_eq(vit_chain_parse(bytes, len, &chain), VIT_OK);
    struct vit_issuer issuer = { chain, world.pairs[1] };
    struct der der = { 0 };
    cr_assert_eq(vit_device_issue(&issuer, world.key, VIT_CUSTODY_DRIVER, &terms, &der.bytes,
                         &der.len),
            VIT_E_LIMIT);
    end_world(&world);
}

Test(authority, checks_its_terms)
{
    static const struct vit_cert_terms bad[] = {
        { NULL, 1, FORGE_NOW },
        { "", 1, FORGE_NOW },
        { "a name that is longer than the sixty-four bytes that X.520 gives it", 1, FORGE_NOW },
        { "not UTF-8: \xff", 1, FORGE_NOW },
        { "never", 0, FORGE_NOW },
        { "for ever", VIT_CERT_DAYS_MAX + 1, FORGE_NOW },
    };
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct der der = { 0 };
        cr_assert_eq(vit_root_create(pair, &bad[i], &der.bytes, &der.len), VIT_E_ARG, "%zu", i);
        cr_assert_null(der.bytes);
    }
}
