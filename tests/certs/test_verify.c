/* SPDX-License-Identifier: MIT */
#include "certs/verify.h"

#include <string.h>

#include <criterion/criterion.h>

#include "certs/chain.h"
#include "certs/policy.h"
#include "tests/certs/forge.h"

#define FOREIGN_OID "1.2.3.4.5.6.7"

static uint8_t chain_bytes[VIT_CHAIN_MAX_LEN];
static uint8_t root_bytes[VIT_CHAIN_MAX_LEN];

static enum vit_status judge_bytes(size_t chain_len, size_t root_len, int64_t now,
        struct vit_verified *verified)
{
    memset(verified, 0, sizeof(*verified));
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(vit_chain_parse(chain_bytes, chain_len, &chain));
    return vit_chain_verify(chain, root_bytes, root_len, now, verified);
}

static enum vit_status judge_at(const struct forge_family *family, int64_t now,
        struct vit_verified *verified)
{
    size_t chain_len = forge_chain(family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, family->certs[FORGE_ROOT]);
    return judge_bytes(chain_len, root_len, now, verified);
}

static void expect_good(struct forge_family *family)
{
    struct vit_verified verified;
    forge_build(family);
    enum vit_status status = judge_at(family, FORGE_NOW, &verified);
    cr_assert_eq(status, VIT_OK, "%s", verified.reason);
    cr_assert_not_null(verified.key);
    cr_assert_str_empty(verified.reason);
    vit_verified_finish(&verified);
    forge_finish(family);
}

static void expect_reason(enum vit_status status, struct vit_verified *verified, const char *reason)
{
    cr_assert_eq(status, VIT_E_REFUSED);
    cr_assert_null(verified->key);
    cr_assert(strstr(verified->reason, reason) != NULL, "says: %s", verified->reason);
    cr_assert(strchr(verified->reason, '\n') == NULL);
}

static void expect_refused_at(struct forge_family *family, int64_t now, const char *reason)
{
    struct vit_verified verified;
    forge_build(family);
    expect_reason(judge_at(family, now, &verified), &verified, reason);
    forge_finish(family);
}

static void expect_refused(struct forge_family *family, const char *reason)
{
    expect_refused_at(family, FORGE_NOW, reason);
}

Test(verify, accepts_a_good_chain_and_says_whose_it_is)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    struct vit_verified verified;
    cr_assert_eq(judge_at(&family, FORGE_NOW, &verified), VIT_OK, "%s", verified.reason);
    cr_assert_eq(verified.custody, VIT_CUSTODY_DRIVER);
    cr_assert_str_eq(verified.subject, "CN=Leaf");
    cr_assert_str_eq(verified.serial, "07");
    cr_assert_not_null(verified.key);
    vit_verified_finish(&verified);
    forge_finish(&family);
}

Test(verify, tells_the_custody_of_the_device)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies", VIT_POLICY_CUSTODY_DEVICE);
    forge_build(&family);
    struct vit_verified verified;
    cr_assert_eq(judge_at(&family, FORGE_NOW, &verified), VIT_OK, "%s", verified.reason);
    cr_assert_eq(verified.custody, VIT_CUSTODY_DEVICE);
    vit_verified_finish(&verified);
    forge_finish(&family);
}

Test(verify, accepts_a_leaf_directly_under_the_root)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    X509 *leaf = forge_cert(&family.specs[FORGE_LEAF], family.certs[FORGE_ROOT], "rsa2048-a");
    size_t chain_len = forge_append(chain_bytes, 0, leaf);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    cr_assert_eq(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), VIT_OK, "%s",
            verified.reason);
    vit_verified_finish(&verified);
    X509_free(leaf);
    forge_finish(&family);
}

Test(verify, accepts_a_leaf_with_another_policy_beside_its_custody)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies",
            VIT_POLICY_CUSTODY_DRIVER "," FOREIGN_OID);
    expect_good(&family);
}

Test(verify, accepts_an_intermediate_that_allows_just_this_custody)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "certificatePolicies", VIT_POLICY_CUSTODY_DRIVER);
    expect_good(&family);
}

Test(verify, accepts_issuers_with_longer_keys_and_hashes)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_INTERMEDIATE].key = "rsa3072";
    family.specs[FORGE_INTERMEDIATE].digest = "SHA512";
    family.specs[FORGE_LEAF].digest = "SHA384";
    expect_good(&family);
}

Test(verify, refuses_an_expired_leaf)
{
    struct forge_family family;
    forge_init(&family);
    expect_refused_at(&family, family.specs[FORGE_LEAF].to + 1,
            "leaf (CN=Leaf): certificate has expired");
}

Test(verify, refuses_a_leaf_that_is_not_valid_yet)
{
    struct forge_family family;
    forge_init(&family);
    expect_refused_at(&family, family.specs[FORGE_LEAF].from - 1,
            "leaf (CN=Leaf): certificate is not yet valid");
}

Test(verify, refuses_an_expired_intermediate)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_INTERMEDIATE].to = FORGE_NOW - 1;
    expect_refused(&family, "issuer 1 (CN=Intermediate): certificate has expired");
}

Test(verify, refuses_an_expired_root)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_ROOT].to = FORGE_NOW - 1;
    expect_refused(&family, "root (CN=Root): certificate has expired");
}

Test(verify, takes_the_clock_for_a_time_of_zero)
{
    struct forge_family family;
    forge_init(&family);
    for (int i = 0; i < FORGE_COUNT; i++) {
        family.specs[i].from = 1000;
    }
    family.specs[FORGE_LEAF].to = 2000000;
    expect_refused_at(&family, 0, "leaf (CN=Leaf): certificate has expired");
}

Test(verify, refuses_another_root_of_the_same_name)
{
    struct forge_family family;
    struct forge_family other;
    forge_init(&family);
    forge_init(&other);
    other.specs[FORGE_ROOT].key = "rsa2048-d";
    forge_build(&family);
    forge_build(&other);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, other.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified, "CN=");
    forge_finish(&family);
    forge_finish(&other);
}

Test(verify, refuses_a_root_of_another_name)
{
    struct forge_family family;
    struct forge_family other;
    forge_init(&family);
    forge_init(&other);
    other.specs[FORGE_ROOT].name = "Another";
    forge_build(&family);
    forge_build(&other);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, other.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "issuer 1 (CN=Intermediate): is not issued by the root");
    forge_finish(&family);
    forge_finish(&other);
}

Test(verify, refuses_a_root_that_is_not_self_signed)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_append(chain_bytes, 0, family.certs[FORGE_LEAF]);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_INTERMEDIATE]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "root (CN=Intermediate): is not self-signed");
    forge_finish(&family);
}

Test(verify, refuses_a_root_whose_own_signature_is_wrong)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    root_bytes[root_len - 1] ^= 1;
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "root (CN=Root): certificate signature failure");
    forge_finish(&family);
}

Test(verify, refuses_every_truncation_of_the_root_and_a_byte_after_it)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    for (size_t len = 0; len < root_len; len++) {
        expect_reason(judge_bytes(chain_len, len, FORGE_NOW, &verified), &verified,
                "root: is not one certificate");
    }
    root_bytes[root_len] = 0;
    expect_reason(judge_bytes(chain_len, root_len + 1, FORGE_NOW, &verified), &verified,
            "root: is not one certificate");
    forge_finish(&family);
}

Test(verify, refuses_a_leaf_without_key_encipherment)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "keyUsage", "critical,digitalSignature");
    expect_refused(&family, "leaf (CN=Leaf): key usage does not allow key encipherment");
}

Test(verify, refuses_a_leaf_without_key_usage)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "keyUsage", NULL);
    expect_refused(&family, "leaf (CN=Leaf): key usage does not allow key encipherment");
}

Test(verify, refuses_a_leaf_that_may_sign_certificates)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "keyUsage", "critical,keyEncipherment,keyCertSign");
    expect_refused(&family, "leaf (CN=Leaf): key usage allows what only a CA may do");
}

Test(verify, refuses_a_leaf_meant_for_another_purpose)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "extendedKeyUsage", "serverAuth");
    expect_refused(&family, "leaf (CN=Leaf): extended key usage");
}

Test(verify, accepts_a_leaf_for_any_extended_purpose)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "extendedKeyUsage", "anyExtendedKeyUsage,serverAuth");
    expect_good(&family);
}

Test(verify, refuses_a_leaf_key_of_1024_bits)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_LEAF].key = "rsa1024";
    expect_refused(&family, "leaf (CN=Leaf): the key has 1024 bits, not 2048");
}

Test(verify, refuses_a_leaf_key_of_3072_bits)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_LEAF].key = "rsa3072";
    expect_refused(&family, "leaf (CN=Leaf): the key has 3072 bits, not 2048");
}

Test(verify, refuses_a_leaf_key_that_is_not_rsa)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_LEAF].key = "ec256";
    expect_refused(&family, "leaf (CN=Leaf): the key is not RSA");
}

Test(verify, refuses_an_issuer_key_of_1024_bits)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_INTERMEDIATE].key = "rsa1024";
    expect_refused(&family, "issuer 1 (CN=Intermediate): the key has 1024 bits, fewer than 2048");
}

Test(verify, refuses_a_root_key_of_1024_bits)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_ROOT].key = "rsa1024";
    expect_refused(&family, "root (CN=Root): the key has 1024 bits, fewer than 2048");
}

Test(verify, refuses_an_issuer_key_that_is_not_rsa)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_INTERMEDIATE].key = "ec256";
    expect_refused(&family, "the key is not RSA");
}

Test(verify, refuses_a_leaf_without_policies)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies", NULL);
    expect_refused(&family, "leaf (CN=Leaf): does not name exactly one custody policy");
}

Test(verify, refuses_a_leaf_with_a_policy_that_is_no_custody)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies", FOREIGN_OID);
    expect_refused(&family, "leaf (CN=Leaf): does not name exactly one custody policy");
}

Test(verify, refuses_a_leaf_with_both_custodies)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies",
            VIT_POLICY_CUSTODY_DRIVER "," VIT_POLICY_CUSTODY_DEVICE);
    expect_refused(&family, "leaf (CN=Leaf): does not name exactly one custody policy");
}

Test(verify, refuses_a_leaf_with_any_policy)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies", "2.5.29.32.0");
    expect_refused(&family, "leaf (CN=Leaf): does not name exactly one custody policy");
}

Test(verify, refuses_a_leaf_with_any_policy_beside_its_custody)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "certificatePolicies", VIT_POLICY_CUSTODY_DRIVER ",2.5.29.32.0");
    expect_refused(&family, "leaf (CN=Leaf): does not name exactly one custody policy");
}

Test(verify, refuses_a_leaf_that_does_not_say_which_key_signed_it)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "authorityKeyIdentifier", NULL);
    expect_refused(&family, "leaf (CN=Leaf): Missing Authority Key Identifier");
}

Test(verify, refuses_a_custody_that_the_intermediate_does_not_allow)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "certificatePolicies", VIT_POLICY_CUSTODY_DEVICE);
    expect_refused(&family, "no explicit policy");
}

Test(verify, refuses_an_intermediate_without_policies)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "certificatePolicies", NULL);
    expect_refused(&family, "no explicit policy");
}

Test(verify, refuses_a_custody_that_was_mapped_from_another_policy)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "certificatePolicies", VIT_POLICY_CUSTODY_DEVICE);
    forge_set(&family, FORGE_INTERMEDIATE, "policyMappings",
            VIT_POLICY_CUSTODY_DEVICE ":" VIT_POLICY_CUSTODY_DRIVER);
    expect_refused(&family, "no explicit policy");
}

Test(verify, refuses_a_leaf_that_is_a_ca)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "basicConstraints", "critical,CA:TRUE");
    forge_set(&family, FORGE_LEAF, "keyUsage", "critical,keyEncipherment,keyCertSign");
    expect_refused(&family, "leaf (CN=Leaf): is a CA certificate");
}

Test(verify, refuses_an_intermediate_that_is_no_ca)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "basicConstraints", "critical,CA:FALSE");
    expect_refused(&family, "issuer 1 (CN=Intermediate): is not a CA certificate");
}

Test(verify, refuses_an_intermediate_without_basic_constraints)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "basicConstraints", NULL);
    expect_refused(&family, "issuer 1 (CN=Intermediate): is not a CA certificate");
}

Test(verify, refuses_an_intermediate_that_may_not_sign_certificates)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, "keyUsage", "critical,cRLSign");
    expect_refused(&family, "issuer 1 (CN=Intermediate): key usage");
}

Test(verify, refuses_a_path_longer_than_the_root_allows)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_ROOT, "basicConstraints", "critical,CA:TRUE,pathlen:0");
    expect_refused(&family, "path length constraint exceeded");
}

Test(verify, refuses_an_unknown_critical_extension)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, FOREIGN_OID, "critical,DER:0500");
    expect_refused(&family, "leaf (CN=Leaf): critical extension " FOREIGN_OID);
}

Test(verify, accepts_an_unknown_extension_that_is_not_critical)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, FOREIGN_OID, "DER:0500");
    expect_good(&family);
}

Test(verify, refuses_an_unknown_critical_extension_of_an_issuer)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_INTERMEDIATE, FOREIGN_OID, "critical,DER:0500");
    expect_refused(&family, "issuer 1 (CN=Intermediate): critical extension " FOREIGN_OID);
}

Test(verify, refuses_a_malformed_extension)
{
    struct forge_family family;
    forge_init(&family);
    forge_set(&family, FORGE_LEAF, "basicConstraints", "critical,DER:0500");
    expect_refused(&family, "leaf (CN=Leaf): has a malformed extension");
}

Test(verify, refuses_an_extension_that_comes_twice)
{
    struct forge_family family;
    forge_init(&family);
    struct forge_extension again = { "certificatePolicies", VIT_POLICY_CUSTODY_DRIVER };
    family.specs[FORGE_LEAF].extensions[FORGE_EXTENSIONS - 3] = again;
    expect_refused(&family, "leaf (CN=Leaf): has an extension twice");
}

Test(verify, refuses_sha1_signatures_of_leaf_issuer_and_root)
{
    static const char *const reasons[FORGE_COUNT] = {
        "root (CN=Root): is signed with SHA1",
        "issuer 1 (CN=Intermediate): is signed with SHA1",
        "leaf (CN=Leaf): is signed with SHA1",
    };
    for (int i = 0; i < FORGE_COUNT; i++) {
        struct forge_family family;
        forge_init(&family);
        family.specs[i].digest = "SHA1";
        expect_refused(&family, reasons[i]);
    }
}

Test(verify, refuses_certificates_older_than_version_3)
{
    struct forge_family family;
    forge_init(&family);
    struct forge_spec *leaf = &family.specs[FORGE_LEAF];
    leaf->version = 1;
    /* OpenSSL 3.5 signs nothing older with extensions. */
    memset(leaf->extensions, 0, sizeof(leaf->extensions));
    expect_refused(&family, "leaf (CN=Leaf): is not an X.509 v3 certificate");
}

Test(verify, refuses_a_missing_intermediate)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_append(chain_bytes, 0, family.certs[FORGE_LEAF]);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "leaf (CN=Leaf): is not issued by the root");
    forge_finish(&family);
}

Test(verify, refuses_a_swapped_order)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_append(chain_bytes, 0, family.certs[FORGE_INTERMEDIATE]);
    chain_len = forge_append(chain_bytes, chain_len, family.certs[FORGE_LEAF]);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "is not issued by the next one");
    forge_finish(&family);
}

Test(verify, refuses_a_certificate_that_comes_twice)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_chain(&family, chain_bytes);
    chain_len = forge_append(chain_bytes, chain_len, family.certs[FORGE_INTERMEDIATE]);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "issuer 2 (CN=Intermediate): is in the chain twice");
    forge_finish(&family);
}

Test(verify, refuses_a_chain_that_holds_the_root)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_chain(&family, chain_bytes);
    chain_len = forge_append(chain_bytes, chain_len, family.certs[FORGE_ROOT]);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified,
            "issuer 2 (CN=Root): is the root, which does not belong in a chain");
    forge_finish(&family);
}

Test(verify, refuses_a_stranger_of_the_same_name_among_the_issuers)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    struct forge_spec stranger = family.specs[FORGE_ROOT];
    stranger.key = "rsa2048-d";
    X509 *cert = forge_cert(&stranger, NULL, "rsa2048-d");
    size_t chain_len = forge_chain(&family, chain_bytes);
    chain_len = forge_append(chain_bytes, chain_len, cert);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    expect_reason(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), &verified, "CN=");
    X509_free(cert);
    forge_finish(&family);
}

Test(verify, refuses_every_truncation_of_the_chain)
{
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    for (size_t len = 0; len < chain_len; len++) {
        cr_assert_eq(judge_bytes(len, root_len, FORGE_NOW, &verified), VIT_E_REFUSED, "%zu", len);
        cr_assert_null(verified.key);
    }
    forge_finish(&family);
}

/* Every third byte, because each costs a whole verification; 3 divides no length of a block. */
Test(verify, refuses_a_flipped_bit_anywhere_in_the_chain)
{
    enum { STEP = 3 };
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    for (size_t at = 0; at < chain_len; at += STEP) {
        uint8_t bit = (uint8_t)(1u << at % 8);
        chain_bytes[at] ^= bit;
        cr_assert_eq(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), VIT_E_REFUSED,
                "byte %zu", at);
        chain_bytes[at] ^= bit;
    }
    cr_assert_eq(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), VIT_OK);
    vit_verified_finish(&verified);
    forge_finish(&family);
}

Test(verify, refuses_any_flipped_bit_in_the_last_bytes_of_the_leaf_signature)
{
    enum { LAST = 16 };
    struct forge_family family;
    forge_init(&family);
    forge_build(&family);
    size_t leaf_len = forge_append(chain_bytes, 0, family.certs[FORGE_LEAF]);
    size_t chain_len = forge_chain(&family, chain_bytes);
    size_t root_len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    struct vit_verified verified;
    for (size_t bit = 0; bit < LAST * 8; bit++) {
        uint8_t *byte = &chain_bytes[leaf_len - LAST + bit / 8];
        *byte ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(judge_bytes(chain_len, root_len, FORGE_NOW, &verified), VIT_E_REFUSED);
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    forge_finish(&family);
}

Test(verify, keeps_control_characters_of_a_name_out_of_the_reason)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_LEAF].name = "a\nleaf (CN=Good)\x1b[2J";
    expect_refused_at(&family, family.specs[FORGE_LEAF].to + 1, "expired");
}

static enum vit_status judge_root(const struct forge_family *family, int64_t now,
        char reason[VIT_REASON_LEN])
{
    size_t len = forge_append(root_bytes, 0, family->certs[FORGE_ROOT]);
    return vit_root_check(root_bytes, len, now, reason);
}

Test(root, is_accepted_when_it_is_good)
{
    struct forge_family family;
    char reason[VIT_REASON_LEN];
    forge_init(&family);
    forge_build(&family);
    cr_assert_eq(judge_root(&family, FORGE_NOW, reason), VIT_OK, "%s", reason);
    cr_assert_str_empty(reason);
    forge_finish(&family);
}

Test(root, is_refused_when_it_is_expired)
{
    struct forge_family family;
    char reason[VIT_REASON_LEN];
    forge_init(&family);
    forge_build(&family);
    int64_t after = family.specs[FORGE_ROOT].to + 1;
    cr_assert_eq(judge_root(&family, after, reason), VIT_E_REFUSED);
    cr_assert_str_eq(reason, "root (CN=Root): certificate has expired");
    forge_finish(&family);
}

Test(root, is_refused_when_it_is_a_leaf_or_an_intermediate)
{
    struct forge_family family;
    char reason[VIT_REASON_LEN];
    forge_init(&family);
    forge_build(&family);
    size_t len = forge_append(root_bytes, 0, family.certs[FORGE_LEAF]);
    cr_assert_eq(vit_root_check(root_bytes, len, FORGE_NOW, reason), VIT_E_REFUSED);
    len = forge_append(root_bytes, 0, family.certs[FORGE_INTERMEDIATE]);
    cr_assert_eq(vit_root_check(root_bytes, len, FORGE_NOW, reason), VIT_E_REFUSED);
    forge_finish(&family);
}

Test(root, is_refused_with_a_byte_after_it)
{
    struct forge_family family;
    char reason[VIT_REASON_LEN];
    forge_init(&family);
    forge_build(&family);
    size_t len = forge_append(root_bytes, 0, family.certs[FORGE_ROOT]);
    root_bytes[len] = 0;
    cr_assert_eq(vit_root_check(root_bytes, len + 1, FORGE_NOW, reason), VIT_E_REFUSED);
    forge_finish(&family);
}
