/* SPDX-License-Identifier: MIT */
#include "crypto/key.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "crypto/key_impl.h"
#include "crypto/key_ossl.h"
#include "crypto/oaep.h"
#include "tests/vectors/vectors.h"

struct answers {
    const char *text;
    unsigned asked;
};

static int give(void *context, char *out, int capacity)
{
    struct answers *answers = context;
    answers->asked++;
    if (answers->text == NULL) {
        return -1;
    }
    int len = (int)strlen(answers->text);
    cr_assert_leq(len, capacity);
    memcpy(out, answers->text, (size_t)len);
    return len;
}

static enum vit_status open_named(const char *name, struct vit_private_key **key)
{
    return vit_private_key_open(vectors_key(name), NULL, NULL, key);
}

static struct vit_private_key *open_good(const char *name)
{
    struct vit_private_key *key = NULL;
    cr_assert_eq(open_named(name, &key), VIT_OK);
    return key;
}

static void assert_refused(const char *name, enum vit_status expected)
{
    struct vit_private_key *key = NULL;
    cr_assert_eq(open_named(name, &key), expected, "%s", name);
    cr_assert_null(key);
    cr_assert_eq(ERR_peek_error(), 0, "nothing is left in the error queue");
}

Test(key, opens_by_path_and_by_uri)
{
    VIT_AUTO(private_key) by_path = open_good("rsa2048.pem");
    VIT_AUTO(string) uri = NULL;
    cr_assert_gt(asprintf(&uri, "file:%s", vectors_key("rsa2048.pem")), 0);
    VIT_AUTO(private_key) by_uri = NULL;
    cr_assert_eq(vit_private_key_open(uri, NULL, NULL, &by_uri), VIT_OK);
    VIT_AUTO(public_key) public = NULL;
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(by_path), &public), VIT_OK);
    cr_assert(vit_private_key_matches(by_uri, public));
}

Test(key, missing_file_is_an_io_error)
{
    assert_refused("nothing.pem", VIT_E_IO);
}

Test(key, what_is_no_private_key_is_refused)
{
    assert_refused("public2048.pem", VIT_E_REFUSED);
    assert_refused("../ctr.txt", VIT_E_REFUSED);
    assert_refused(".", VIT_E_REFUSED);
}

Test(key, anything_but_rsa_of_2048_bits_is_unsupported)
{
    assert_refused("rsa1024.pem", VIT_E_UNSUPPORTED);
    assert_refused("rsa2047.pem", VIT_E_UNSUPPORTED);
    assert_refused("rsa3072.pem", VIT_E_UNSUPPORTED);
    assert_refused("ec256.pem", VIT_E_UNSUPPORTED);
    assert_refused("pss2048.pem", VIT_E_UNSUPPORTED);
}

Test(key, three_primes_are_unsupported)
{
    assert_refused("three-primes.pem", VIT_E_UNSUPPORTED);
}

Test(key, insane_exponent_is_unsupported)
{
    assert_refused("exponent3.pem", VIT_E_UNSUPPORTED);
    assert_refused("exponent33bits.pem", VIT_E_UNSUPPORTED);
}

Test(key, a_file_has_the_ways_of_writing_of_its_uri)
{
    static const char *const heads[] = { "", "file:", "file://", "file://localhost" };
    for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        char uri[1024];
        VIT_AUTO(private_key) key = NULL;
        snprintf(uri, sizeof(uri), "%s%s", heads[i], vectors_key("rsa2048.pem"));
        cr_assert_eq(vit_private_key_open(uri, NULL, NULL, &key), VIT_OK, "%s", uri);
        snprintf(uri, sizeof(uri), "%s/nonexistent.pem", heads[i]);
        struct vit_private_key *none = NULL;
        cr_assert_eq(vit_private_key_open(uri, NULL, NULL, &none), VIT_E_IO, "%s", uri);
    }
}

Test(key, encrypted_key_opens_with_its_passphrase)
{
    struct answers answers = { VECTORS_PASSPHRASE, 0 };
    VIT_AUTO(private_key) key = NULL;
    cr_assert_eq(vit_private_key_open(vectors_key("encrypted2048.pem"), give, &answers, &key),
            VIT_OK);
    cr_assert_eq(answers.asked, 1);
}

Test(key, encrypted_key_is_refused_without_its_passphrase)
{
    struct answers wrong = { "brass case", 0 };
    struct answers none = { NULL, 0 };
    struct vit_private_key *key = NULL;
    const char *path = vectors_key("encrypted2048.pem");
    cr_assert_eq(vit_private_key_open(path, give, &wrong, &key), VIT_E_REFUSED);
    cr_assert_eq(vit_private_key_open(path, give, &none, &key), VIT_E_REFUSED);
    cr_assert_eq(vit_private_key_open(path, NULL, NULL, &key), VIT_E_REFUSED);
    cr_assert_eq(wrong.asked, 1);
    cr_assert_eq(none.asked, 1);
    cr_assert_null(key);
    cr_assert_eq(ERR_peek_error(), 0);
}

Test(key, damaged_file_is_refused_at_every_length)
{
    char path[] = "/tmp/vitrine-key-XXXXXX";
    VIT_AUTO(fd) fd = mkstemp(path);
    VIT_AUTO(stream) whole = fopen(vectors_key("rsa2048.pem"), "r");
    char pem[4096];
    size_t len = fread(pem, 1, sizeof(pem), whole);
    cr_assert_eq(pwrite(fd, pem, len, 0), (ssize_t)len);
    VIT_AUTO(private_key) good = NULL;
    cr_assert_eq(vit_private_key_open(path, NULL, NULL, &good), VIT_OK);

    size_t end = len - strlen("-----END PRIVATE KEY-----\n");
    for (size_t cut = end; cut > 0; cut -= cut < 97 ? cut : 97) {
        cr_assert_eq(ftruncate(fd, (off_t)cut), 0);
        struct vit_private_key *key = NULL;
        cr_assert_neq(vit_private_key_open(path, NULL, NULL, &key), VIT_OK, "length %zu", cut);
        cr_assert_null(key);
    }
    unlink(path);
}

Test(key, keys_of_other_pairs_do_not_match)
{
    VIT_AUTO(private_key) ours = open_good("rsa2048.pem");
    VIT_AUTO(private_key) theirs = open_good("foreign2048.pem");
    VIT_AUTO(public_key) our_public = NULL;
    VIT_AUTO(public_key) their_public = NULL;
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(ours), &our_public), VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(theirs), &their_public), VIT_OK);
    cr_assert(vit_private_key_matches(ours, our_public));
    cr_assert_not(vit_private_key_matches(ours, their_public));
    cr_assert_not(vit_private_key_matches(theirs, our_public));
}

/* A public key of our making: the modulus of a good one with this exponent. */
static EVP_PKEY *with_exponent(const struct vit_private_key *key, uint64_t exponent)
{
    BIGNUM *modulus = NULL;
    cr_assert_eq(EVP_PKEY_get_bn_param(vit_private_key_pkey(key), OSSL_PKEY_PARAM_RSA_N, &modulus),
            1);
    BIGNUM *number = BN_new();
    BN_set_word(number, exponent);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, number);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pkey = NULL;
    cr_assert_eq(EVP_PKEY_fromdata_init(ctx), 1);
    cr_assert_eq(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(number);
    BN_free(modulus);
    return pkey;
}

Test(key, public_key_must_have_a_sane_exponent)
{
    VIT_AUTO(private_key) key = open_good("rsa2048.pem");
    static const struct {
        uint64_t exponent;
        enum vit_status expected;
    } cases[] = {
        { 65537, VIT_OK },
        { 0xffffffff, VIT_OK },
        { 1, VIT_E_UNSUPPORTED },
        { 3, VIT_E_UNSUPPORTED },
        { 65535, VIT_E_UNSUPPORTED },
        { 65538, VIT_E_UNSUPPORTED },
        { 0x100000001, VIT_E_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        EVP_PKEY *pkey = with_exponent(key, cases[i].exponent);
        VIT_AUTO(public_key) public = NULL;
        cr_assert_eq(vit_public_key_wrap(pkey, &public), cases[i].expected, "case %zu", i);
        EVP_PKEY_free(pkey);
    }
}

Test(key, public_key_of_another_algorithm_is_unsupported)
{
    static const char *const names[] = { "pss2048.pem", "ec256.pem" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        VIT_AUTO(stream) file = fopen(vectors_key(names[i]), "r");
        EVP_PKEY *pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        cr_assert_not_null(pkey);
        struct vit_public_key *public = NULL;
        cr_assert_eq(vit_public_key_wrap(pkey, &public), VIT_E_UNSUPPORTED, "%s", names[i]);
        EVP_PKEY_free(pkey);
    }
}

Test(key, public_key_keeps_its_own_reference)
{
    VIT_AUTO(private_key) key = open_good("rsa2048.pem");
    EVP_PKEY *pkey = with_exponent(key, 65537);
    VIT_AUTO(public_key) public = NULL;
    cr_assert_eq(vit_public_key_wrap(pkey, &public), VIT_OK);
    EVP_PKEY_free(pkey);
    cr_assert(vit_private_key_matches(key, public));
}

Test(key, errors_of_the_caller_stay_in_the_queue)
{
    ERR_raise(ERR_LIB_USER, 42);
    struct vit_private_key *key = NULL;
    cr_assert_neq(open_named("rsa1024.pem", &key), VIT_OK);
    cr_assert_eq(ERR_GET_REASON(ERR_get_error()), 42);
    cr_assert_eq(ERR_get_error(), 0);
}

Test(key, nothing_can_be_destroyed)
{
    vit_private_key_destroy(NULL);
    vit_public_key_destroy(NULL);
}
