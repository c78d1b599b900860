/* SPDX-License-Identifier: MIT */
#include "certs/crl.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/certs/forge.h"

enum { DAY = 86400, CHAIN_MAX = 8192, LISTS_MAX = 16384 };

struct der {
    uint8_t *bytes;
    size_t len;
};

/* Root, intermediate, device; and the two authorities' lists at FORGE_NOW. */
struct world {
    struct vit_pair *root_pair, *intermediate_pair;
    struct der root, intermediate, device;
    struct vit_chain *root_chain, *intermediate_chain, *chain;
    struct der root_crl, intermediate_crl;
};

static const struct vit_cert_terms terms = { "Somebody", 1000, FORGE_NOW };
static const struct vit_cert_terms root_terms = { "A root", 1000, FORGE_NOW };
static const struct vit_cert_terms intermediate_terms = { "An intermediate", 1000, FORGE_NOW };

static struct vit_pair *pair_of(const char *name)
{
    size_t len = 0;
    char *pem = forge_pem(name, &len);
    struct vit_pair *pair = NULL;
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &pair), VIT_OK);
    free(pem);
    return pair;
}

static struct vit_chain *parse(const struct der *der)
{
    struct vit_chain *chain = NULL;
    cr_assert_eq(vit_chain_parse(der->bytes, der->len, &chain), VIT_OK);
    return chain;
}

static struct vit_issuer root_of(const struct world *world)
{
    return (struct vit_issuer){ world->root_chain, world->root_pair };
}

static struct vit_issuer intermediate_of(const struct world *world)
{
    return (struct vit_issuer){ world->intermediate_chain, world->intermediate_pair };
}

static struct der list_of(struct vit_issuer issuer, const struct der *previous,
        const struct vit_chain *revoked, int64_t now)
{
    struct der der = { 0 };
    uint8_t serial[VIT_CRL_SERIAL_MAX_LEN];
    struct vit_crl_terms list = { .days = 10, .now = now };
    if (previous != NULL) {
        list.previous = previous->bytes;
        list.previous_len = previous->len;
    }
    if (revoked != NULL) {
        cr_assert_eq(vit_chain_serial(revoked, serial, &list.serial_len), VIT_OK);
        list.serial = serial;
    }
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_OK);
    return der;
}

static struct world world;

static void begin(void)
{
    world = (struct world){ .root_pair = pair_of("rsa2048-a"),
        .intermediate_pair = pair_of("rsa2048-b") };
    VIT_AUTO(pair) pair = pair_of("rsa2048-c");
    VIT_AUTO(public_key) key = NULL;
    cr_assert_eq(vit_pair_public(pair, &key), VIT_OK);
    cr_assert_eq(vit_root_create(world.root_pair, &root_terms, &world.root.bytes, &world.root.len),
            VIT_OK);
    world.root_chain = parse(&world.root);
    struct vit_issuer root = root_of(&world);
    cr_assert_eq(vit_intermediate_create(&root, world.intermediate_pair, &intermediate_terms,
                         &world.intermediate.bytes, &world.intermediate.len),
            VIT_OK);
    world.intermediate_chain = parse(&world.intermediate);
    struct vit_issuer intermediate = intermediate_of(&world);
    cr_assert_eq(vit_device_issue(&intermediate, key, VIT_CUSTODY_DRIVER, &terms,
                         &world.device.bytes, &world.device.len),
            VIT_OK);
    world.chain = parse(&world.device);
    world.root_crl = list_of(root, NULL, NULL, FORGE_NOW);
    world.intermediate_crl = list_of(intermediate, NULL, NULL, FORGE_NOW);
}

static void end(void)
{
    vit_pair_destroy(world.root_pair);
    vit_pair_destroy(world.intermediate_pair);
    vit_chain_destroy(world.root_chain);
    vit_chain_destroy(world.intermediate_chain);
    vit_chain_destroy(world.chain);
    free(world.root.bytes);
    free(world.intermediate.bytes);
    free(world.device.bytes);
    free(world.root_crl.bytes);
    free(world.intermediate_crl.bytes);
}

TestSuite(revocation, .init = begin, .fini = end);

static enum vit_status verify_bytes(const void *crls, size_t len, int64_t now, char reason[160])
{
    struct vit_verified verified;
    uint8_t *copy = len > 0 ? malloc(len) : NULL; /* no byte behind it */
    if (len > 0) {
        memcpy(copy, crls, len);
    }
    enum vit_status status = vit_chain_verify_revocation(world.chain, world.root.bytes,
            world.root.len, copy, len, now, &verified);
    memcpy(reason, verified.reason, sizeof(verified.reason));
    cr_assert_eq(verified.key != NULL, status == VIT_OK);
    vit_verified_finish(&verified);
    free(copy);
    return status;
}

static enum vit_status verify(const struct der *lists, size_t count, int64_t now, char *reason)
{
    static uint8_t bytes[LISTS_MAX];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert_leq(len + lists[i].len, sizeof(bytes));
        memcpy(bytes + len, lists[i].bytes, lists[i].len);
        len += lists[i].len;
    }
    return verify_bytes(bytes, len, now, reason);
}

static void good(const struct der *lists, size_t count, int64_t now)
{
    char reason[160];
    cr_assert_eq(verify(lists, count, now, reason), VIT_OK, "%s", reason);
    cr_assert_str_empty(reason);
}

static void refused(const struct der *lists, size_t count, int64_t now, const char *why)
{
    char reason[160];
    cr_assert_eq(verify(lists, count, now, reason), VIT_E_REFUSED);
    cr_assert(strstr(reason, why) != NULL, "%s", reason);
}

Test(revocation, nobody_is_revoked)
{
    const struct der lists[] = { world.root_crl, world.intermediate_crl };
    const struct der reverse[] = { world.intermediate_crl, world.root_crl };
    good(lists, 2, FORGE_NOW);
    good(reverse, 2, FORGE_NOW);
}

Test(revocation, a_revoked_leaf_is_refused)
{
    struct der next =
            list_of(intermediate_of(&world), &world.intermediate_crl, world.chain, FORGE_NOW);
    const struct der lists[] = { world.root_crl, next };
    refused(lists, 2, FORGE_NOW, "leaf (CN=Somebody): certificate revoked");
    free(next.bytes);
}

Test(revocation, a_revoked_intermediate_is_refused)
{
    struct der next =
            list_of(root_of(&world), &world.root_crl, world.intermediate_chain, FORGE_NOW);
    const struct der lists[] = { next, world.intermediate_crl };
    refused(lists, 2, FORGE_NOW, "issuer 1 (CN=An intermediate): certificate revoked");
    free(next.bytes);
}

Test(revocation, a_list_that_is_missing_is_a_refusal)
{
    refused(NULL, 0, FORGE_NOW, "unable to get certificate CRL");
    refused(&world.root_crl, 1, FORGE_NOW, "unable to get certificate CRL");
    refused(&world.intermediate_crl, 1, FORGE_NOW, "unable to get certificate CRL");
}

Test(revocation, a_list_counts_in_its_time_only)
{
    const struct der lists[] = { world.root_crl, world.intermediate_crl };
    good(lists, 2, FORGE_NOW + 10 * DAY - 1);
    refused(lists, 2, FORGE_NOW + 10 * DAY + 1, "CRL has expired");
    struct der later = list_of(intermediate_of(&world), NULL, NULL, FORGE_NOW + 2 * DAY);
    const struct der future[] = { world.root_crl, later };
    refused(future, 2, FORGE_NOW, "CRL is not yet valid");
    struct der fresh = list_of(root_of(&world), NULL, NULL, FORGE_NOW + 11 * DAY);
    const struct der one_old[] = { fresh, world.intermediate_crl };
    refused(one_old, 2, FORGE_NOW + 11 * DAY, "CRL has expired");
    free(later.bytes);
    free(fresh.bytes);
}

Test(revocation, what_any_list_names_is_revoked)
{
    struct der revoking = list_of(intermediate_of(&world), NULL, world.chain, FORGE_NOW);
    const struct der first[] = { world.root_crl, revoking, world.intermediate_crl };
    const struct der last[] = { world.root_crl, world.intermediate_crl, revoking };
    refused(first, 3, FORGE_NOW, "certificate revoked");
    refused(last, 3, FORGE_NOW, "certificate revoked");
    struct der fresh = list_of(intermediate_of(&world), NULL, NULL, FORGE_NOW + 5 * DAY);
    const struct der newer[] = { world.root_crl, revoking, fresh };
    refused(newer, 3, FORGE_NOW + 5 * DAY, "certificate revoked");
    free(revoking.bytes);
    free(fresh.bytes);
}

Test(revocation, an_outdated_list_beside_a_fresh_one_does_no_harm)
{
    int64_t then = FORGE_NOW + 20 * DAY;
    struct der root = list_of(root_of(&world), &world.root_crl, NULL, then);
    struct der intermediate = list_of(intermediate_of(&world), &world.intermediate_crl, NULL, then);
    const struct der lists[] = { world.root_crl, world.intermediate_crl, root, intermediate };
    good(lists, 4, then);
    free(root.bytes);
    free(intermediate.bytes);
}

/* Another authority of the same name, which would revoke nobody, or everybody. */
Test(revocation, a_list_of_another_key_does_not_count)
{
    VIT_AUTO(pair) other_pair = pair_of("rsa2048-d");
    struct der other = { 0 };
    cr_assert_eq(vit_root_create(other_pair, &intermediate_terms, &other.bytes, &other.len),
            VIT_OK);
    VIT_AUTO(chain) other_chain = parse(&other);
    struct vit_issuer issuer = { other_chain, other_pair };
    struct der empty = list_of(issuer, NULL, NULL, FORGE_NOW);
    const struct der instead[] = { world.root_crl, empty };
    char reason[160];
    cr_assert_eq(verify(instead, 2, FORGE_NOW, reason), VIT_E_REFUSED);
    struct der revoking = list_of(issuer, NULL, world.chain, FORGE_NOW);
    const struct der beside[] = { world.root_crl, world.intermediate_crl, revoking };
    good(beside, 3, FORGE_NOW);
    free(other.bytes);
    free(empty.bytes);
    free(revoking.bytes);
}

Test(revocation, a_flipped_bit_anywhere_is_a_refusal)
{
    static uint8_t bytes[LISTS_MAX];
    char reason[160];
    struct der next = list_of(intermediate_of(&world), NULL, NULL, FORGE_NOW);
    memcpy(bytes, world.root_crl.bytes, world.root_crl.len);
    memcpy(bytes + world.root_crl.len, next.bytes, next.len);
    size_t len = world.root_crl.len + next.len;
    cr_assert_eq(verify_bytes(bytes, len, FORGE_NOW, reason), VIT_OK);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= (uint8_t)(1 << i % 8);
        cr_assert_eq(verify_bytes(bytes, len, FORGE_NOW, reason), VIT_E_REFUSED, "%zu", i);
        bytes[i] ^= (uint8_t)(1 << i % 8);
    }
    free(next.bytes);
}

Test(revocation, lists_that_are_cut_are_a_refusal)
{
    static uint8_t bytes[LISTS_MAX];
    char reason[160];
    memcpy(bytes, world.root_crl.bytes, world.root_crl.len);
    memcpy(bytes + world.root_crl.len, world.intermediate_crl.bytes, world.intermediate_crl.len);
    for (size_t i = 0; i < world.root_crl.len + world.intermediate_crl.len; i++) {
        cr_assert_eq(verify_bytes(bytes, i, FORGE_NOW, reason), VIT_E_REFUSED, "%zu", i);
    }
}

/* Names are what authorities say of themselves; the key counts. */
Test(revocation, authorities_of_one_name_need_a_list_each)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-c");
    VIT_AUTO(public_key) key = NULL;
    struct vit_issuer root = root_of(&world);
    struct der twin = { 0 }, device = { 0 };
    cr_assert_eq(vit_pair_public(pair, &key), VIT_OK);
    cr_assert_eq(vit_intermediate_create(&root, world.intermediate_pair, &root_terms, &twin.bytes,
                         &twin.len),
            VIT_OK);
    VIT_AUTO(chain) twin_chain = parse(&twin);
    struct vit_issuer issuer = { twin_chain, world.intermediate_pair };
    cr_assert_eq(vit_device_issue(&issuer, key, VIT_CUSTODY_DRIVER, &terms, &device.bytes,
                         &device.len),
            VIT_OK);
    vit_chain_destroy(world.chain);
    world.chain = parse(&device);
    struct der list = list_of(issuer, NULL, NULL, FORGE_NOW);
    const struct der lists[] = { world.root_crl, list };
    good(lists, 2, FORGE_NOW);
    refused(&world.root_crl, 1, FORGE_NOW, "unable to get certificate CRL");
    free(twin.bytes);
    free(device.bytes);
    free(list.bytes);
}

/* The same bytes under a length that is written longer than it must be. */
Test(revocation, a_list_in_another_encoding_is_refused)
{
    static uint8_t bytes[LISTS_MAX];
    const struct der *crl = &world.root_crl;
    cr_assert(crl->bytes[0] == 0x30 && crl->bytes[1] == 0x82);
    const uint8_t head[] = { 0x30, 0x83, 0, crl->bytes[2], crl->bytes[3] };
    memcpy(bytes, head, sizeof(head));
    memcpy(bytes + sizeof(head), crl->bytes + 4, crl->len - 4);
    const struct der longer = { bytes, crl->len + 1 };
    const struct der lists[] = { longer, world.intermediate_crl };
    refused(lists, 2, FORGE_NOW, "are not lists in DER");
}

/* A list by OpenSSL's own means. */
static struct der forged(const char *key_name, const char *digest, bool says_next)
{
    EVP_PKEY *key = forge_key(key_name);
    X509_CRL *crl = X509_CRL_new();
    const uint8_t *at = world.intermediate.bytes;
    X509 *issuer = d2i_X509(NULL, &at, (long)world.intermediate.len);
    ASN1_TIME *when = ASN1_TIME_set(NULL, FORGE_NOW - DAY);
    ASN1_TIME *next = ASN1_TIME_set(NULL, FORGE_NOW + DAY);
    cr_assert(X509_CRL_set_version(crl, 1) &&
            X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) &&
            X509_CRL_set1_lastUpdate(crl, when));
    cr_assert(!says_next || X509_CRL_set1_nextUpdate(crl, next));
    cr_assert(X509_CRL_sign(crl, key, EVP_get_digestbyname(digest)));
    struct der der = { 0 };
    int len = i2d_X509_CRL(crl, &der.bytes);
    cr_assert_gt(len, 0);
    der.len = (size_t)len;
    X509_CRL_free(crl);
    X509_free(issuer);
    ASN1_TIME_free(when);
    ASN1_TIME_free(next);
    EVP_PKEY_free(key);
    return der;
}

Test(revocation, weak_and_endless_lists_are_refused)
{
    static const struct {
        const char *key, *digest;
        bool says_next;
        const char *why; /* NULL: good */
    } rows[] = {
        { "rsa2048-b", "SHA256", true, NULL },
        { "rsa2048-b", "SHA512", true, NULL },
        { "rsa2048-b", "SHA1", true, "SHA-256 or better" },
        { "rsa2048-b", "SHA224", true, "SHA-256 or better" },
        { "ec256", "SHA256", true, "SHA-256 or better" },
        { "rsa2048-b", "SHA256", false, "does not say when the next one comes" },
        { "rsa2048-d", "SHA256", true, "CRL signature failure" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct der list = forged(rows[i].key, rows[i].digest, rows[i].says_next);
        const struct der lists[] = { world.root_crl, list };
        if (rows[i].why == NULL) {
            good(lists, 2, FORGE_NOW);
        } else {
            refused(lists, 2, FORGE_NOW, rows[i].why);
        }
        OPENSSL_free(list.bytes);
    }
}

Test(revocation, the_next_list_counts_on_and_keeps_what_was_revoked)
{
    struct vit_crl_facts facts;
    struct der second =
            list_of(intermediate_of(&world), &world.intermediate_crl, world.chain, FORGE_NOW);
    struct der again = list_of(intermediate_of(&world), &second, world.chain, FORGE_NOW);
    struct der third = list_of(intermediate_of(&world), &again, NULL, FORGE_NOW + DAY);
    cr_assert_eq(vit_crl_describe(world.intermediate_crl.bytes, world.intermediate_crl.len, &facts),
            VIT_OK);
    cr_assert_eq(facts.number, 1);
    cr_assert_eq(facts.count, 0);
    cr_assert_eq(facts.this_update, FORGE_NOW - 3600);
    cr_assert_eq(facts.next_update, FORGE_NOW + 10 * DAY);
    cr_assert_str_eq(facts.issuer, "CN=An intermediate");
    cr_assert_eq(vit_crl_describe(third.bytes, third.len, &facts), VIT_OK);
    cr_assert_eq(facts.number, 4);
    cr_assert_eq(facts.count, 1, "once is enough");
    cr_assert_not(vit_crl_names(world.intermediate_crl.bytes, world.intermediate_crl.len,
            world.chain));
    cr_assert(vit_crl_names(third.bytes, third.len, world.chain));
    cr_assert(vit_crl_is_of(third.bytes, third.len, world.intermediate_chain));
    cr_assert_not(vit_crl_is_of(third.bytes, third.len, world.root_chain));
    free(second.bytes);
    free(again.bytes);
    free(third.bytes);
}

Test(revocation, makes_no_list_of_what_is_wrong)
{
    struct der der = { 0 };
    struct vit_issuer issuer = intermediate_of(&world);
    struct vit_issuer wrong_pair = { world.intermediate_chain, world.root_pair };
    struct vit_issuer no_ca = { world.chain, world.intermediate_pair };
    const uint8_t serial[VIT_CRL_SERIAL_MAX_LEN + 1] = { 1 };
    struct vit_crl_terms list = { .days = 1, .now = FORGE_NOW };
    cr_assert_eq(vit_crl_create(&wrong_pair, &list, &der.bytes, &der.len), VIT_E_REFUSED);
    cr_assert_eq(vit_crl_create(&no_ca, &list, &der.bytes, &der.len), VIT_E_REFUSED);
    list.now = FORGE_NOW + 2000 * (int64_t)DAY;
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_REFUSED);
    list.now = FORGE_NOW;
    list.previous = world.root_crl.bytes;
    list.previous_len = world.root_crl.len;
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_REFUSED);
    list.previous = world.intermediate_crl.bytes;
    list.previous_len = world.intermediate_crl.len - 1;
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_REFUSED);
    list.previous = NULL;
    list.serial = serial;
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_ARG);
    list.serial_len = sizeof(serial);
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_ARG);
    list.serial = NULL;
    list.days = 0;
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_ARG);
    list.days = VIT_CERT_DAYS_MAX + 1;
    cr_assert_eq(vit_crl_create(&issuer, &list, &der.bytes, &der.len), VIT_E_ARG);
    cr_assert_null(der.bytes);
}
