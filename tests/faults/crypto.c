/* SPDX-License-Identifier: MIT */
/*
 * Ciphers of both back-ends, and private keys with and without padding of their provider's, while each
 * call for memory and each call into OpenSSL fails once. What was told to have worked is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/cipher.h"
#include "crypto/digest.h"
#include "crypto/key_impl.h"
#include "crypto/oaep.h"
#include "tests/faults/fault.h"
#include "tests/plain/check.h"

enum { LEN = 80, PLAINTEXT_LEN = 16 };

static const uint8_t aes_key[16] = "a key for faults", counter[16] = { 1, 2, 3 };

/* All that a cipher makes. */
struct output {
    uint8_t ctr[LEN], encrypted[LEN], decrypted[LEN], tags[2][VIT_AES_LEN], digest[VIT_SHA256_LEN];
};

struct material {
    struct vit_slab *slab;
    const char *backend;  /* NULL: the faster one */
    struct output output; /* when nothing fails */
    const char *uri;
    const struct vit_public_key *public;
    bool raw;
    uint8_t plaintext[PLAINTEXT_LEN], block[VIT_OAEP_BLOCK_LEN];
};

static enum vit_status use_ctr(struct vit_cipher *cipher, uint8_t out[LEN])
{
    static const uint8_t zeros[LEN];
    enum vit_status status = vit_ctr_begin(cipher, aes_key, counter, 5);
    if (status == VIT_OK) {
        status = vit_ctr_update(cipher, zeros, out, 33);
    }
    if (status == VIT_OK) {
        status = vit_ctr_update(cipher, zeros, out + 33, LEN - 33);
    }
    vit_ctr_end(cipher);
    return status;
}

static enum vit_status use_cipher(const struct material *material, struct output *out)
{
    static const uint8_t zeros[LEN];
    VIT_AUTO(cipher) cipher = NULL;
    VIT_TRY(vit_cipher_create(material->slab, material->backend, &cipher));
    VIT_TRY(use_ctr(cipher, out->ctr));
    VIT_TRY(vit_ecb_encrypt(cipher, aes_key, zeros, out->encrypted, LEN / VIT_AES_LEN));
    VIT_TRY(vit_ecb_decrypt(cipher, aes_key, zeros, out->decrypted, LEN / VIT_AES_LEN));
    VIT_TRY(vit_cmac(cipher, aes_key, zeros, 33, out->tags[0]));
    VIT_TRY(vit_cmac(cipher, aes_key, zeros, 0, out->tags[1]));
    return vit_sha256(zeros, LEN, out->digest);
}

static void cipher_scenario(void *context)
{
    const struct material *material = context;
    struct output out;
    memset(&out, 0, sizeof(out));
    enum vit_status status = use_cipher(material, &out);
    CHECK(status == VIT_OK || fault_fired());
    CHECK(status != VIT_OK || memcmp(&out, &material->output, sizeof(out)) == 0);
}

static enum vit_status use_key(const struct material *material, uint8_t plaintext[PLAINTEXT_LEN])
{
    VIT_AUTO(private_key) key = NULL;
    size_t len;
    VIT_TRY(vit_private_key_open(material->uri, NULL, NULL, &key));
    if (!vit_private_key_matches(key, material->public)) {
        return VIT_E_ARG;
    }
    if (material->raw) {
        VIT_TRY(vit_oaep_prepare(key, material->public, true));
    }
    VIT_TRY(vit_oaep_unwrap(key, material->block, plaintext, PLAINTEXT_LEN, PLAINTEXT_LEN, &len));
    return VIT_OK;
}

static void key_scenario(void *context)
{
    const struct material *material = context;
    uint8_t *plaintext = vit_slab_alloc(material->slab, PLAINTEXT_LEN);
    CHECK(plaintext != NULL);
    enum vit_status status = use_key(material, plaintext);
    CHECK(status == VIT_OK || fault_fired());
    CHECK(status != VIT_OK || memcmp(plaintext, material->plaintext, PLAINTEXT_LEN) == 0);
    vit_slab_free(material->slab, plaintext, PLAINTEXT_LEN);
}

static void fail_each(const char *what, void (*scenario)(void *context), struct material *material)
{
    char name[80];
    snprintf(name, sizeof(name), "memory, %s", what);
    (void)fault_each(name, FAULT_MEMORY, scenario, material);
    snprintf(name, sizeof(name), "OpenSSL, %s", what);
    CHECK(fault_each(name, FAULT_CRYPTO, scenario, material) > 0);
}

/* The same key behind more text than is read into secret memory: that is left to OpenSSL. */
static void write_long(const char *from, const char *to)
{
    FILE *in = fopen(from, "re"), *out = fopen(to, "we");
    CHECK(in != NULL && out != NULL);
    for (unsigned i = 0; i < 70000; i++) {
        CHECK(fputc('\n', out) == '\n');
    }
    for (int c = fgetc(in); c != EOF; c = fgetc(in)) {
        CHECK(fputc(c, out) == c);
    }
    fclose(in);
    CHECK(fclose(out) == 0);
}

static void fail_ciphers(struct material *material)
{
    material->backend = "openssl";
    CHECK(use_cipher(material, &material->output) == VIT_OK);
    fail_each("cipher of OpenSSL", cipher_scenario, material);
    material->backend = NULL;
    fail_each("the faster cipher", cipher_scenario, material);
}

static void fail_keys(struct material *material, const char *path)
{
    char longer[] = "/tmp/vitrine-faults-XXXXXX";
    VIT_AUTO(private_key) key = NULL;
    int fd = mkstemp(longer);
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(vit_private_key_open(path, NULL, NULL, &key) == VIT_OK);
    const struct vit_public_key public = { key->pkey };
    CHECK(vit_oaep_wrap(&public, material->plaintext, PLAINTEXT_LEN, material->block) == VIT_OK);
    material->public = &public;
    material->uri = path;
    fail_each("a key that its provider pads", key_scenario, material);
    material->raw = true;
    fail_each("a key that is used raw", key_scenario, material);
    material->raw = false;
    write_long(path, longer);
    material->uri = longer;
    fail_each("a key that OpenSSL reads", key_scenario, material);
    CHECK(unlink(longer) == 0);
}

int main(void)
{
    static struct material material = { .plaintext = "what is wrapped" };
    const char *path = getenv("HOST_KEY");
    CHECK(path != NULL);
    CHECK(vit_slab_create(&material.slab) == VIT_OK);
    fail_ciphers(&material);
    fail_keys(&material, path);
    vit_slab_destroy(material.slab);
    fault_write_sites();
    return 0;
}
