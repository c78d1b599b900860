/* SPDX-License-Identifier: MIT */
/* The device's certificate chain, as the application gets it. */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/rig.h"

RULE_GROUP(certificate, "Device certificates");

#define PAGE_SIZE "PFND3D11_1DDI_GETCERTIFICATESIZE"
#define PAGE_GET "PFND3D11_1DDI_GETCERTIFICATE"
#define PAGE_INFO "D3D11_1DDI_CERTIFICATE_INFO"
#define PAGE_OVERVIEW "GPU-Based Content Protection"

static D3D11_1DDI_CERTIFICATE_INFO info_of(const GUID *crypto_type)
{
    return (D3D11_1DDI_CERTIFICATE_INFO){
        .CertificateType = D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION,
        .CryptoSessionType = *crypto_type,
    };
}

static UINT size_of(struct vit_device *device, const D3D11_1DDI_CERTIFICATE_INFO *info)
{
    UINT size = 0xA5A5A5A5;
    device->video.pfnGetCertificateSize(device->handle, info, &size);
    cr_assert_neq(size, 0xA5A5A5A5u, "GetCertificateSize wrote nothing");
    return size;
}

RULE(certificate, has_the_size_that_was_told, "CP-2.4-08 CP-2.4-09 CP-2.5-42",
        "GetCertificate writes the whole chain, as many bytes as GetCertificateSize said", PAGE_GET)
{
    struct rig rig;
    rig_open(&rig);
    D3D11_1DDI_CERTIFICATE_INFO info = info_of(&D3D11_1DDI_CRYPTO_TYPE_AES128_CTR);
    UINT size = size_of(rig.device, &info);
    cr_assert_eq(size, rig.chain_len);
    uint8_t *bytes = rig_memory(&rig, size + 64);
    memset(bytes, 0xA5, size + 64);
    rig.device->video.pfnGetCertificate(rig.device->handle, &info, size, bytes);
    expect_accepted(rig.device, "GetCertificate");
    expect_all(bytes + size, 64, 0xA5, "GetCertificate wrote behind the stated size");
    cr_assert_arr_eq(bytes, rig.chain, size, "the chain is another one this time");
    rig_close(&rig);
}

/* Counts, and asserts that nothing is left over. */
static STACK_OF(X509) * parse(const struct rig *rig)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    const uint8_t *at = rig->chain, *end = rig->chain + rig->chain_len;
    while (at < end) {
        X509 *one = d2i_X509(NULL, &at, end - at);
        cr_assert_not_null(one, "bytes %td to %u are no certificate", at - rig->chain,
                rig->chain_len);
        sk_X509_push(all, one);
    }
    return all;
}

RULE(certificate, is_certificates_to_the_last_byte, "CP-2.5-40",
        "The chain is X.509 certificates from its first byte to its last", PAGE_SIZE)
{
    struct rig rig;
    rig_open(&rig);
    STACK_OF(X509) *all = parse(&rig);
    cr_assert_gt(sk_X509_num(all), 0);
    sk_X509_pop_free(all, X509_free);
    rig_close(&rig);
}

static X509 *read_root(const struct rig *rig)
{
    FILE *file = fopen(rig->options.root, "rbe");
    cr_assert_not_null(file, "%s cannot be read", rig->options.root);
    X509 *root = d2i_X509_fp(file, NULL);
    cr_assert_not_null(root, "%s is no certificate (DER)", rig->options.root);
    fclose(file);
    return root;
}

/* @return "" when it verifies */
static const char *verify(STACK_OF(X509) * all, X509 *root)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, root);
    X509_STORE_CTX_init(context, store, sk_X509_value(all, 0), all);
    const char *why = X509_verify_cert(context) == 1
            ? ""
            : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return why;
}

RULE(certificate, leads_to_the_root, "CP-2.5-44",
        "The chain verifies: signatures and dates, from the leaf to the trusted root",
        PAGE_OVERVIEW)
{
    struct rig rig;
    rig_open(&rig);
    X509 *root = read_root(&rig);
    STACK_OF(X509) *all = parse(&rig);
    const char *why = verify(all, root);
    cr_assert_str_empty(why, "the chain does not verify against %s: %s", rig.options.root, why);
    sk_X509_pop_free(all, X509_free);
    X509_free(root);
    rig_close(&rig);
}

RULE(certificate, does_not_bring_its_root, "CP-2.5-44",
        "Whom to trust is the application's choice: the chain verifies only with the root that it "
        "has, not with another of the chain alone",
        PAGE_OVERVIEW)
{
    struct rig rig;
    rig_open(&rig);
    STACK_OF(X509) *all = parse(&rig);
    X509 *stranger = X509_new(); /* an empty one */
    cr_assert_str_not_empty(verify(all, stranger), "verified without the root");
    X509_free(stranger);
    sk_X509_pop_free(all, X509_free);
    rig_close(&rig);
}

RULE(certificate, has_an_rsa_key_of_2048_bits, "CP-2.5-43",
        "The leaf carries an RSA key of 2048 bits with an odd exponent above 1", PAGE_OVERVIEW)
{
    struct rig rig;
    BIGNUM *exponent = NULL;
    rig_open(&rig);
    cr_assert_eq(EVP_PKEY_get_base_id(rig.key), EVP_PKEY_RSA, "it is not an RSA key");
    cr_assert_eq(EVP_PKEY_get_bits(rig.key), 2048, "it has %d bits", EVP_PKEY_get_bits(rig.key));
    cr_assert_eq(EVP_PKEY_get_bn_param(rig.key, "e", &exponent), 1);
    cr_assert(BN_is_odd(exponent) && !BN_is_one(exponent), "its exponent encrypts nothing");
    BN_free(exponent);
    rig_close(&rig);
}

RULE(certificate, is_there_before_sessions_and_does_not_change, "CP-2.5-41",
        "The chain is there before any session, and is the same with sessions and on every device",
        PAGE_SIZE)
{
    struct rig rig;
    struct stream stream;
    uint8_t *chain = NULL;
    UINT len = 0;
    rig_open(&rig); /* reads it without a session */
    rig_open_second(&rig);
    rig_stream(&rig, rig.device, &stream);
    struct vit_device *const devices[] = { rig.device, rig.second };
    for (unsigned i = 0; i < 2; i++) {
        expect_code(vit_session_certificate(devices[i], &chain, &len), S_OK, "GetCertificate");
        cr_assert(len == rig.chain_len && memcmp(chain, rig.chain, len) == 0,
                "another chain on device %u", i);
        free(chain);
    }
    rig_destroy_session(rig.device, stream.session);
    rig_close(&rig);
}

RULE(certificate, of_an_unknown_type_has_size_0, "CP-2.5-46 CP-6-10",
        "GetCertificateSize gives 0 for a crypto type that has no certificate", PAGE_SIZE)
{
    struct rig rig;
    rig_open(&rig);
    const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    D3D11_1DDI_CERTIFICATE_INFO info = info_of(&stranger);
    UINT size = size_of(rig.device, &info);
    cr_assert_eq(size, 0u, "the size is %u", size);
    (void)rig_take_reports(rig.device);
    rig_close(&rig);
}

RULE(certificate, of_an_unknown_kind_has_size_0, "CP-2.3-02",
        "GetCertificateSize gives 0 for a certificate type that is not published", PAGE_INFO)
{
    struct rig rig;
    rig_open(&rig);
    const int kinds[] = { 0, 3, 0x7FFFFFFF };
    for (unsigned i = 0; i < 3; i++) {
        D3D11_1DDI_CERTIFICATE_INFO info = info_of(&D3D11_1DDI_CRYPTO_TYPE_AES128_CTR);
        info.CertificateType = (D3D11_1DDI_CERTIFICATE_TYPE)kinds[i];
        UINT size = size_of(rig.device, &info);
        cr_assert_eq(size, 0u, "certificate type %d: the size is %u", kinds[i], size);
        (void)rig_take_reports(rig.device);
    }
    rig_close(&rig);
}

RULE(certificate, of_a_channel_leads_to_the_same_root, "CP-2.3-02 CP-2.5-45",
        "The certificate of an authenticated channel is one that the application can verify, or "
        "there is none",
        PAGE_INFO)
{
    struct rig rig;
    rig_open(&rig);
    D3D11_1DDI_CERTIFICATE_INFO info = {
        .CertificateType = D3D11_1DDI_CERTIFICATE_TYPE_AUTHENTICATED_CHANNEL,
        .ChannelType = D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE,
    };
    UINT size = size_of(rig.device, &info);
    (void)rig_take_reports(rig.device);
    if (size == 0) {
        not_applicable("the driver has no authenticated channel for hardware");
    }
    free(rig.chain);
    rig.chain = calloc(1, size);
    rig.chain_len = size;
    rig.device->video.pfnGetCertificate(rig.device->handle, &info, size, rig.chain);
    expect_accepted(rig.device, "GetCertificate of the channel");
    X509 *root = read_root(&rig);
    STACK_OF(X509) *all = parse(&rig);
    cr_assert_str_empty(verify(all, root));
    sk_X509_pop_free(all, X509_free);
    X509_free(root);
    rig_close(&rig);
}

static void expect_no_certificate(const D3D11_1DDI_CERTIFICATE_INFO *info, UINT size,
        const char *what)
{
    struct rig rig;
    rig_open(&rig);
    uint8_t *bytes = rig_memory(&rig, rig.chain_len + 64);
    memset(bytes, 0xA5, rig.chain_len + 64);
    size = size != 0 ? size : rig.chain_len - 1;
    rig.device->video.pfnGetCertificate(rig.device->handle, info, size, bytes);
    expect_refused(rig.device, what);
    expect_all(bytes, size, 0, "refused, but pCertificate is not zero");
    expect_all(bytes + size, rig.chain_len + 64 - size, 0xA5,
            "GetCertificate wrote behind the stated size");
    rig_close(&rig);
}

RULE(certificate, of_an_unknown_type_is_refused, "CP-2.4-09 CP-2.5-47",
        "GetCertificate for a crypto type without one is refused and zeroes its output", PAGE_GET)
{
    const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    D3D11_1DDI_CERTIFICATE_INFO info = info_of(&stranger);
    expect_no_certificate(&info, 64, "an unknown crypto type");
}

RULE(certificate, does_not_fit_a_shorter_buffer, "CP-2.5-48",
        "GetCertificate with a buffer that is too short is refused, and nothing is written behind it",
        PAGE_GET)
{
    D3D11_1DDI_CERTIFICATE_INFO info = info_of(&D3D11_1DDI_CRYPTO_TYPE_AES128_CTR);
    expect_no_certificate(&info, 0, "one byte less than the chain");
    expect_no_certificate(&info, 16, "16 bytes");
}
