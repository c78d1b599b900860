/* SPDX-License-Identifier: MIT */
/*
 * Issuing and verifying chains while each call for memory and each call into OpenSSL fails once. A
 * failure never makes a bad chain good.
 */
#include <stdlib.h>
#include <string.h>

#include "certs/authority.h"
#include "certs/crl.h"
#include "certs/describe.h"
#include "tests/faults/fault.h"
#include "tests/plain/check.h"

struct der {
    uint8_t *bytes;
    size_t len;
};

struct material {
    struct vit_pair *root_pair, *pair, *device_pair, *other_pair;
    struct vit_public_key *device_key;
    struct der crls, revoking; /* of root and intermediate; the second names the device */
    uint8_t *root, *other_root, *intermediate, *device;
    size_t root_len, other_root_len, intermediate_len, device_len;
};

static const struct vit_cert_terms terms = { .name = "of faults", .days = 30 };

static enum vit_status issue_under(const struct material *made, uint8_t **intermediate,
        size_t *intermediate_len, uint8_t **device, size_t *device_len)
{
    VIT_AUTO(chain) root_chain = NULL;
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(vit_chain_parse(made->root, made->root_len, &root_chain));
    const struct vit_issuer top = { root_chain, made->root_pair };
    VIT_TRY(vit_intermediate_create(&top, made->pair, &terms, intermediate, intermediate_len));
    VIT_TRY(vit_chain_parse(*intermediate, *intermediate_len, &chain));
    const struct vit_issuer issuer = { chain, made->pair };
    return vit_device_issue(&issuer, made->device_key, VIT_CUSTODY_DEVICE, &terms, device,
            device_len);
}

static void issue(void *context)
{
    const struct material *made = context;
    VIT_AUTO(bytes) root = NULL;
    VIT_AUTO(bytes) intermediate = NULL;
    VIT_AUTO(bytes) device = NULL;
    size_t root_len, intermediate_len, device_len;
    enum vit_status status = vit_root_create(made->root_pair, &terms, &root, &root_len);
    CHECK(status == VIT_OK || root == NULL);
    if (status == VIT_OK) {
        status = issue_under(made, &intermediate, &intermediate_len, &device, &device_len);
        CHECK(status == VIT_OK || device == NULL);
    }
    CHECK(status == VIT_OK || fault_fired());
    if (status != VIT_OK) {
        return;
    }
    fault_disarm(); /* what was told to be issued is good */
    struct vit_verified verified;
    VIT_AUTO(chain) chain = NULL;
    CHECK(vit_chain_parse(device, device_len, &chain) == VIT_OK);
    CHECK(vit_chain_verify(chain, root, root_len, 0, &verified) == VIT_OK);
    vit_verified_finish(&verified);
}

static enum vit_status verify_with(const struct material *made, const uint8_t *root,
        size_t root_len)
{
    VIT_AUTO(chain) chain = NULL;
    struct vit_verified verified;
    VIT_TRY(vit_chain_parse(made->device, made->device_len, &chain));
    enum vit_status status = vit_chain_verify(chain, root, root_len, 0, &verified);
    CHECK(status != VIT_OK || (verified.key != NULL && verified.custody == VIT_CUSTODY_DEVICE));
    CHECK(status == VIT_OK || verified.key == NULL);
    vit_verified_finish(&verified);
    return status;
}

static void verify(void *context)
{
    const struct material *made = context;
    enum vit_status status = verify_with(made, made->root, made->root_len);
    CHECK(status == VIT_OK || fault_fired());
}

static enum vit_status list_of(const struct vit_pair *pair, const uint8_t *der, size_t der_len,
        const uint8_t *serial, size_t serial_len, struct der *crl)
{
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(vit_chain_parse(der, der_len, &chain));
    const struct vit_issuer issuer = { chain, pair };
    const struct vit_crl_terms crl_terms = { .serial = serial,
        .serial_len = serial_len,
        .days = 1 };
    return vit_crl_create(&issuer, &crl_terms, &crl->bytes, &crl->len);
}

/* A list that was told to be made revokes. */
static void revoke_device(void *context)
{
    const struct material *made = context;
    uint8_t serial[VIT_CRL_SERIAL_MAX_LEN];
    size_t serial_len = 0;
    struct der crl = { 0 };
    VIT_AUTO(chain) chain = NULL;
    enum vit_status status = vit_chain_parse(made->device, made->device_len, &chain);
    if (status == VIT_OK) {
        status = vit_chain_serial(chain, serial, &serial_len);
    }
    if (status == VIT_OK) {
        status = list_of(made->pair, made->intermediate, made->intermediate_len, serial, serial_len,
                &crl);
    }
    CHECK(status == VIT_OK || (crl.bytes == NULL && fault_fired()));
    if (status == VIT_OK) {
        fault_disarm();
        CHECK(vit_crl_names(crl.bytes, crl.len, chain));
    }
    free(crl.bytes);
}

static enum vit_status verify_lists(const struct material *made, const struct der *crls)
{
    VIT_AUTO(chain) chain = NULL;
    struct vit_verified verified;
    VIT_TRY(vit_chain_parse(made->device, made->device_len, &chain));
    enum vit_status status = vit_chain_verify_revocation(chain, made->root, made->root_len,
            crls->bytes, crls->len, 0, &verified);
    CHECK((status == VIT_OK) == (verified.key != NULL));
    vit_verified_finish(&verified);
    return status;
}

static void verify_with_lists(void *context)
{
    const struct material *made = context;
    enum vit_status status = verify_lists(made, &made->crls);
    CHECK(status == VIT_OK || fault_fired());
}

/* No fault makes of a revoked device a good one. */
static void verify_revoked(void *context)
{
    const struct material *made = context;
    CHECK(verify_lists(made, &made->revoking) != VIT_OK);
}

static void verify_under_another_root(void *context)
{
    const struct material *made = context;
    CHECK(verify_with(made, made->other_root, made->other_root_len) != VIT_OK);
}

static void write_and_read_a_pair(void *context)
{
    const struct material *made = context;
    VIT_AUTO(pair) pair = NULL;
    char *pem = NULL;
    size_t len = 0;
    enum vit_status status = vit_pair_write(made->pair, NULL, 0, &pem, &len);
    CHECK(status == VIT_OK || pem == NULL);
    if (status == VIT_OK) {
        status = vit_pair_read(pem, len, NULL, NULL, &pair);
        vit_pem_free(pem, len);
    }
    CHECK(status == VIT_OK || (pair == NULL && fault_fired()));
}

static void join(struct der *to, struct der part)
{
    to->bytes = realloc(to->bytes, to->len + part.len);
    CHECK(to->bytes != NULL);
    memcpy(to->bytes + to->len, part.bytes, part.len);
    to->len += part.len;
    free(part.bytes);
}

/* The root's list, and the intermediate's: one that is empty and one that names the device. */
static void prepare_lists(struct material *made)
{
    uint8_t serial[VIT_CRL_SERIAL_MAX_LEN];
    size_t serial_len;
    VIT_AUTO(chain) chain = NULL;
    CHECK(vit_chain_parse(made->device, made->device_len, &chain) == VIT_OK);
    CHECK(vit_chain_serial(chain, serial, &serial_len) == VIT_OK);
    for (int revokes = 0; revokes < 2; revokes++) {
        struct der *crls = revokes ? &made->revoking : &made->crls;
        struct der part;
        CHECK(list_of(made->root_pair, made->root, made->root_len, NULL, 0, &part) == VIT_OK);
        join(crls, part);
        CHECK(list_of(made->pair, made->intermediate, made->intermediate_len,
                      revokes ? serial : NULL, serial_len, &part) == VIT_OK);
        join(crls, part);
    }
}

static void prepare(struct material *made)
{
    *made = (struct material){ .root = NULL };
    struct vit_pair **pairs[] = { &made->root_pair, &made->pair, &made->device_pair,
        &made->other_pair };
    for (unsigned i = 0; i < 4; i++) {
        CHECK(vit_pair_generate(2048, pairs[i]) == VIT_OK);
    }
    CHECK(vit_pair_public(made->device_pair, &made->device_key) == VIT_OK);
    CHECK(vit_root_create(made->root_pair, &terms, &made->root, &made->root_len) == VIT_OK);
    CHECK(vit_root_create(made->other_pair, &terms, &made->other_root, &made->other_root_len) ==
            VIT_OK);
    CHECK(issue_under(made, &made->intermediate, &made->intermediate_len, &made->device,
                  &made->device_len) == VIT_OK);
    prepare_lists(made);
}

static void finish(struct material *made)
{
    free(made->crls.bytes);
    free(made->revoking.bytes);
    vit_public_key_destroy(made->device_key);
    vit_pair_destroy(made->root_pair);
    vit_pair_destroy(made->pair);
    vit_pair_destroy(made->device_pair);
    vit_pair_destroy(made->other_pair);
    free(made->root);
    free(made->other_root);
    free(made->intermediate);
    free(made->device);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*scenario)(void *context);
    } list[] = {
        { "issuing", issue },
        { "verifying", verify },
        { "verifying under another root", verify_under_another_root },
        { "revoking", revoke_device },
        { "verifying with lists", verify_with_lists },
        { "verifying what is revoked", verify_revoked },
        { "writing and reading a key", write_and_read_a_pair },
    };
    struct material made;
    prepare(&made);
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        char name[80];
        snprintf(name, sizeof(name), "memory, %s", list[i].name);
        (void)fault_each(name, FAULT_MEMORY, list[i].scenario, &made);
        snprintf(name, sizeof(name), "OpenSSL, %s", list[i].name);
        CHECK(fault_each(name, FAULT_CRYPTO, list[i].scenario, &made) > 0);
    }
    finish(&made);
    fault_write_sites();
    return 0;
}
