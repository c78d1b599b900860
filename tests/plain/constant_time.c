/* SPDX-License-Identifier: MIT */
/*
 * Decisions about secrets without branches and without addresses made of them: under valgrind the
 * secrets count as undefined, and memcheck reports every jump and every index that depends on one
 * (that it does is seen in seeded_timing). Elsewhere only the results are checked.
 *
 * oaep.c is included for the steps behind its private-key operation, which have no name outside.
 */
#include <openssl/rand.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "crypto/digest.h"
#include "crypto/oaep.c"
#include "tests/plain/check.h"

static void hide(void *secret, size_t len)
{
    VALGRIND_MAKE_MEM_UNDEFINED(secret, len);
}

static void show(void *secret, size_t len)
{
    VALGRIND_MAKE_MEM_DEFINED(secret, len);
}

/* Is it made of a secret? Else nothing would have been checked. */
static void check_hidden(void *value, size_t len)
{
    uint8_t bits[64] = { 0 };
    unsigned any = 0;
    CHECK(len <= sizeof(bits));
    if (RUNNING_ON_VALGRIND) {
        CHECK(VALGRIND_GET_VBITS(value, bits, len) == 1);
        for (size_t i = 0; i < len; i++) {
            any |= bits[i];
        }
        CHECK(any != 0);
    }
}

static unsigned with_errors(void)
{
    return RUNNING_ON_VALGRIND ? (unsigned)VALGRIND_COUNT_ERRORS : 0;
}

/* MGF1 with SHA-512, XORed into out. */
static void mask_with(EVP_MD_CTX *ctx, const uint8_t *seed, size_t seed_len, uint8_t *out,
        size_t len)
{
    for (uint32_t count = 0; count * 64 < len; count++) {
        uint8_t digest[64], number[4] = { 0, 0, 0, (uint8_t)count };
        CHECK(EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) == 1);
        CHECK(EVP_DigestUpdate(ctx, seed, seed_len) == 1);
        CHECK(EVP_DigestUpdate(ctx, number, 4) == 1);
        CHECK(EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
        for (size_t i = 0; i < 64 && count * 64 + i < len; i++) {
            out[count * 64 + i] ^= digest[i];
        }
    }
}

/* An encoded message, with a defect of this kind (0: none) before it is masked. */
static void encode(EVP_MD_CTX *ctx, unsigned defect, size_t plaintext_len,
        uint8_t block[VIT_OAEP_BLOCK_LEN])
{
    uint8_t *seed = block + 1, *data = block + 65;
    enum { DATA_LEN = VIT_OAEP_BLOCK_LEN - 65 };
    memset(block, 0, VIT_OAEP_BLOCK_LEN);
    CHECK(RAND_bytes(seed, 64) == 1);
    CHECK(EVP_Digest("", 0, data, NULL, EVP_sha512(), NULL) == 1);
    data[DATA_LEN - plaintext_len - 1] = 1;
    memset(data + DATA_LEN - plaintext_len, 0x5a, plaintext_len);
    if (defect == 1) {
        block[0] = 1;
    } else if (defect == 2) {
        data[63] ^= 1; /* of the label's digest */
    } else if (defect == 3) {
        data[64] = 2; /* neither padding nor its end */
    } else if (defect == 4) {
        memset(data + 64, 0, DATA_LEN - 64); /* no end */
    }
    mask_with(ctx, seed, 64, data, DATA_LEN);
    mask_with(ctx, data, DATA_LEN, seed, 64);
}

static void decode(EVP_MD_CTX *ctx, const EVP_MD *sha512, unsigned defect, size_t len)
{
    struct scratch scratch = { .len = 0 };
    uint8_t out[VIT_OAEP_MAX_LEN];
    encode(ctx, defect, len, scratch.decrypted);
    hide(scratch.decrypted, sizeof(scratch.decrypted));
    unsigned good =
            vit_oaep_decode(ctx, sha512, scratch.decrypted, scratch.plaintext, &scratch.len);
    good &= len_within(scratch.len, 16, 16);
    give_out(&scratch, good, out, 16);
    check_hidden(&good, sizeof(good));
    check_hidden(&scratch.len, sizeof(scratch.len));
    check_hidden(out, 16);
    show(&good, sizeof(good)); /* what the caller is told */
    show(out, 16);
    CHECK((good != 0) == (defect == 0 && len == 16));
    for (unsigned i = 0; i < 16; i++) {
        CHECK(out[i] == (good != 0 ? 0x5a : 0));
    }
}

static void check_padding(void)
{
    static const size_t lens[] = { 0, 1, 15, 16, 17, 40, VIT_OAEP_MAX_LEN };
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_MD *sha512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
    CHECK(ctx != NULL && sha512 != NULL);
    for (unsigned defect = 0; defect < 5; defect++) {
        for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
            decode(ctx, sha512, defect, lens[i]);
        }
    }
    EVP_MD_free(sha512);
    EVP_MD_CTX_free(ctx);
}

/* Codes, numbers that were given out, keys. */
static void check_comparing(void)
{
    for (unsigned at = 0; at <= 16; at++) {
        uint8_t a[16] = { 1, 2, 3 }, b[16] = { 1, 2, 3 };
        if (at < 16) {
            b[at] ^= 0x80;
        }
        hide(a, sizeof(a));
        hide(b, sizeof(b));
        bool equal = vit_equal(a, b, sizeof(a));
        check_hidden(&equal, sizeof(equal));
        show(&equal, sizeof(equal));
        CHECK(equal == (at == 16));
    }
}

static void check_masks(void)
{
    static const unsigned values[] = { 0, 1, 2, 255, 256, 0x7fffffff };
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned k = 0; k < 6; k++) {
            unsigned a = values[i], b = values[k];
            hide(&a, sizeof(a));
            hide(&b, sizeof(b));
            unsigned results[] = { vit_ct_equal(a, b), vit_ct_less(a, b),
                vit_ct_select(vit_ct_less(a, b), a, b), vit_ct_is_zero(a) };
            check_hidden(results, sizeof(results));
            show(results, sizeof(results));
            CHECK((results[0] != 0) == (i == k));
            CHECK((results[1] != 0) == (i < k));
            CHECK(results[2] == (i < k ? values[i] : values[k]));
            CHECK((results[3] != 0) == (i == 0));
        }
    }
}

int main(void)
{
    unsigned before = with_errors();
    check_masks();
    check_comparing();
    check_padding();
    CHECK(with_errors() == before);
    return 0;
}
