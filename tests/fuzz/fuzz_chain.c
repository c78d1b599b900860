/* SPDX-License-Identifier: MIT */
/*
 * A certificate chain and the root to which it shall lead.
 *
 * Input: u16 length of the root, the root, the chain. Time stands still.
 */
#include <string.h>

#include "base/bytes.h"
#include "certs/chain.h"
#include "certs/describe.h"
#include "certs/verify.h"
#include "tests/fuzz/fuzz.h"

#define NOW INT64_C(1800000000)

static void check_root(const uint8_t *root, size_t len)
{
    char reason[VIT_REASON_LEN];
    enum vit_status status = vit_root_check(root, len, NOW, reason);
    FUZZ_CHECK(status == VIT_OK || status == VIT_E_REFUSED || status == VIT_E_NOMEM);
    FUZZ_CHECK((status == VIT_OK) == (reason[0] == '\0') || status == VIT_E_NOMEM);
}

static void verify(const struct vit_chain *chain, const uint8_t *root, size_t len)
{
    struct vit_verified verified;
    enum vit_custody custody;
    enum vit_status status = vit_chain_verify(chain, root, len, NOW, &verified);
    FUZZ_CHECK(memchr(verified.reason, '\0', sizeof(verified.reason)) != NULL);
    if (status == VIT_OK) {
        FUZZ_CHECK(vit_chain_leaf_custody(chain, &custody) == VIT_OK &&
                custody == verified.custody);
        FUZZ_CHECK(verified.key != NULL && verified.reason[0] == '\0');
        FUZZ_CHECK(memchr(verified.subject, '\0', sizeof(verified.subject)) != NULL &&
                memchr(verified.serial, '\0', sizeof(verified.serial)) != NULL);
    } else {
        FUZZ_CHECK(verified.key == NULL);
        FUZZ_CHECK(status != VIT_E_REFUSED || verified.reason[0] != '\0');
    }
    vit_verified_finish(&verified);
}

static void describe(const struct vit_chain *chain)
{
    struct vit_cert_facts facts;
    for (unsigned i = 0; i < vit_chain_count(chain); i++) {
        FUZZ_CHECK(vit_chain_describe(chain, i, &facts) == VIT_OK);
        FUZZ_CHECK(memchr(facts.subject, '\0', sizeof(facts.subject)) != NULL &&
                memchr(facts.issuer, '\0', sizeof(facts.issuer)) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vit_reader in;
    VIT_AUTO(chain) chain = NULL;
    VIT_AUTO(public_key) key = NULL;
    enum vit_custody custody;
    size_t der_len;
    vit_reader_init(&in, data, len);
    size_t root_len = vit_get_u16(&in);
    const uint8_t *root = vit_get_span(&in, root_len);
    size_t chain_len = vit_reader_left(&in);
    const uint8_t *der = vit_get_span(&in, chain_len);
    if (root == NULL || der == NULL) {
        return 0;
    }
    check_root(root, root_len);
    if (vit_chain_parse(der, chain_len, &chain) != VIT_OK) {
        FUZZ_CHECK(chain == NULL);
        return 0;
    }
    const uint8_t *copy = vit_chain_der(chain, &der_len);
    FUZZ_CHECK(der_len == chain_len && memcmp(copy, der, der_len) == 0);
    (void)!vit_chain_leaf_custody(chain, &custody);
    (void)!vit_chain_leaf_key(chain, &key);
    describe(chain);
    verify(chain, root, root_len);
    return 0;
}
