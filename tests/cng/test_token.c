/* SPDX-License-Identifier: MIT */
/* The token backend on its own, with tokens of SoftHSM. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/ksp.h"
#include "cng/ksp/token/backend.h"
#include "cng/ksp/token/status.h"
#include "cng/wide.h"
#include "crypto/agree.h"
#include "tests/cng/softhsm.h"

#define backend (&vit_token_backend)

#define assert_status(call, expected)                                                              \
    do {                                                                                           \
        SECURITY_STATUS assert_status_got = (call);                                                \
        cr_assert_eq(assert_status_got, (SECURITY_STATUS)(expected), "%s: 0x%08x, not 0x%08x",     \
                #call, (unsigned)assert_status_got, (unsigned)(expected));                         \
    } while (0)
#define assert_success(call) assert_status(call, ERROR_SUCCESS)
#define assert_bcrypt(call) assert_status((SECURITY_STATUS)(call), 0)

/* A person who knows a PIN, and how often they were asked. */
struct person {
    const char *pin; /* NULL: says no */
    unsigned asked;
    VITRINE_NCRYPT_QUESTION_KIND kind;
    WCHAR provider[64], key[64], operation[16];
};

static void note(WCHAR *out, size_t capacity, LPCWSTR text)
{
    memset(out, 0, capacity * sizeof(*out));
    for (size_t i = 0; text != NULL && text[i] != 0 && i + 1 < capacity; i++) {
        out[i] = text[i];
    }
}

static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    struct person *person = context;
    person->asked++;
    person->kind = question->Kind;
    note(person->provider, 64, question->Provider);
    note(person->key, 64, question->KeyName);
    note(person->operation, 16, question->Operation);
    if (person->pin == NULL) {
        return -1;
    }
    cr_assert_leq(strlen(person->pin), capacity);
    memcpy(secret, person->pin, strlen(person->pin));
    return (int)strlen(person->pin);
}

static const struct vit_ksp_prompt silent = { .silent = true };
static const struct vit_ksp_prompt nobody = { .ask = NULL };

static struct vit_ksp_prompt asking(struct person *person)
{
    return (struct vit_ksp_prompt){ answer, person, false };
}

static SECURITY_STATUS set(struct vit_ksp_store *store, LPCWSTR name, LPCWSTR text)
{
    return backend->set_property(store, name, (const uint8_t *)text,
            (DWORD)((vit_wide_len(text) + 1) * sizeof(WCHAR)));
}

static struct vit_ksp_store *open_store(void)
{
    struct vit_ksp_store *store = NULL;
    assert_success(backend->open(MS_SMART_CARD_KEY_STORAGE_PROVIDER, &store));
    return store;
}

/* With the PIN told. */
static struct vit_ksp_store *open_ready(void)
{
    struct vit_ksp_store *store = open_store();
    assert_success(set(store, NCRYPT_PIN_PROPERTY, u"2468"));
    return store;
}

static struct vit_ksp_attributes describe(LPCWSTR name, LPCWSTR algorithm, DWORD bits)
{
    return (struct vit_ksp_attributes){ .name = (WCHAR *)name,
        .algorithm = (WCHAR *)algorithm,
        .bits = bits,
        .usage = NCRYPT_ALLOW_ALL_USAGES };
}

static struct vit_ksp_material *make(struct vit_ksp_store *store, LPCWSTR name, LPCWSTR algorithm,
        DWORD bits)
{
    struct vit_ksp_attributes attributes = describe(name, algorithm, bits);
    struct vit_ksp_material *material = NULL;
    assert_success(backend->generate(store, &attributes, false, &silent, &material));
    return material;
}

static SECURITY_STATUS find(struct vit_ksp_store *store, LPCWSTR name,
        struct vit_ksp_material **material)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    return backend->find(store, name, false, &silent, &attributes, material);
}

static BCRYPT_KEY_HANDLE public_of(struct vit_ksp_material *material, BCRYPT_ALG_HANDLE provider)
{
    uint8_t blob[4096];
    DWORD len = 0, asked = 0;
    BCRYPT_KEY_HANDLE key = NULL;
    assert_success(backend->public_blob(material, NULL, 0, &asked));
    assert_status(backend->public_blob(material, blob, asked - 1, &len), NTE_BUFFER_TOO_SMALL);
    assert_success(backend->public_blob(material, blob, sizeof(blob), &len));
    cr_assert_eq(len, asked);
    assert_bcrypt(BCryptImportKeyPair(provider, NULL, BCRYPT_PUBLIC_KEY_BLOB, &key, blob, len, 0));
    return key;
}

static DWORD encrypt(BCRYPT_KEY_HANDLE key, const char *text, void *padding, ULONG flags,
        uint8_t *out, DWORD capacity)
{
    ULONG len = 0;
    assert_bcrypt(BCryptEncrypt(key, (PUCHAR)text, (ULONG)strlen(text), padding, NULL, 0, out,
            capacity, &len, flags));
    return len;
}

TestSuite(token, .init = softhsm_start_with_token, .fini = softhsm_stop);

Test(token, keeps_a_key_that_another_handle_finds_without_a_pin)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *made = make(store, u"Schlüssel 🔑", BCRYPT_RSA_ALGORITHM, 1024);
    struct vit_ksp_store *other = open_store();
    struct vit_ksp_material *found = NULL;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    assert_success(backend->probe(other, u"Schlüssel 🔑", false, &silent));
    assert_success(backend->find(other, u"Schlüssel 🔑", true, &silent, &attributes, &found));
    cr_assert(vit_wide_equal(attributes.name, u"Schlüssel 🔑"));
    cr_assert(vit_wide_equal(attributes.algorithm, BCRYPT_RSA_ALGORITHM));
    cr_assert_eq(attributes.bits, 1024);
    cr_assert_eq(attributes.usage, NCRYPT_ALLOW_ALL_USAGES);
    cr_assert(attributes.machine);
    cr_assert_null(attributes.curve);
    uint8_t a[4096], b[4096];
    DWORD a_len, b_len;
    assert_success(backend->public_blob(made, a, sizeof(a), &a_len));
    assert_success(backend->public_blob(found, b, sizeof(b), &b_len));
    cr_assert_eq(a_len, b_len);
    cr_assert_eq(memcmp(a, b, a_len), 0);
    backend->release(found);
    backend->release(made);
    backend->close(other);
    backend->close(store);
}

Test(token, finds_no_key_that_is_not_there)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *material = NULL;
    static const WCHAR half_a_pair[] = { 'k', 0xd83d, 0 };
    assert_status(backend->probe(store, u"none", false, &silent), NTE_BAD_KEYSET);
    assert_status(find(store, u"none", &material), NTE_BAD_KEYSET);
    assert_status(find(store, half_a_pair, &material), NTE_BAD_KEYSET);
    backend->release(make(store, u"some", BCRYPT_ECDH_P256_ALGORITHM, 256));
    assert_status(find(store, u"som", &material), NTE_BAD_KEYSET);
    assert_success(backend->probe(store, u"some", false, &silent));
    backend->close(store);
}

Test(token, decrypts_oaep_with_every_hash_and_label)
{
    static const LPCWSTR hashes[] = { u"MD5", u"SHA1", u"SHA256", u"SHA384", u"SHA512",
        u"SHA3-256" };
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_RSA_ALGORITHM, 2048);
    BCRYPT_KEY_HANDLE public = public_of(key, BCRYPT_RSA_ALG_HANDLE);
    for (size_t i = 0; i < 2 * sizeof(hashes) / sizeof(hashes[0]); i++) {
        uint8_t block[256], plain[256] = { 0 };
        DWORD len = 0;
        BCRYPT_OAEP_PADDING_INFO info = { hashes[i / 2], (PUCHAR) "label", i % 2 ? 5 : 0 };
        BCRYPT_OAEP_PADDING_INFO wrong = { hashes[i / 2], (PUCHAR) "lapel", i % 2 ? 5 : 1 };
        encrypt(public, "hello", &info, BCRYPT_PAD_OAEP, block, sizeof(block));
        assert_success(backend->decrypt(key, &silent, &info, BCRYPT_PAD_OAEP, block, 256, plain,
                sizeof(plain), &len));
        cr_assert_eq(len, 5);
        cr_assert_eq(memcmp(plain, "hello", 5), 0);
        len = 77;
        assert_status(backend->decrypt(key, &silent, &info, BCRYPT_PAD_OAEP, block, 256, plain, 4,
                              &len),
                NTE_BUFFER_TOO_SMALL);
        cr_assert_eq(len, 5);
        assert_status(backend->decrypt(key, &silent, &wrong, BCRYPT_PAD_OAEP, block, 256, plain,
                              sizeof(plain), &len),
                NTE_DECRYPTION_FAILURE);
        block[17] ^= 1;
        assert_status(backend->decrypt(key, &silent, &info, BCRYPT_PAD_OAEP, block, 256, plain,
                              sizeof(plain), &len),
                NTE_DECRYPTION_FAILURE);
    }
    BCryptDestroyKey(public);
    backend->release(key);
    backend->close(store);
}

Test(token, decrypts_pkcs1_and_without_padding)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_RSA_ALGORITHM, 1024);
    BCRYPT_KEY_HANDLE public = public_of(key, BCRYPT_RSA_ALG_HANDLE);
    uint8_t block[128], plain[128], message[128] = { 0 };
    DWORD len = 0;
    encrypt(public, "hello", NULL, BCRYPT_PAD_PKCS1, block, sizeof(block));
    assert_success(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_PKCS1, block, 128, plain, 128,
            &len));
    cr_assert_eq(len, 5);
    cr_assert_eq(memcmp(plain, "hello", 5), 0);
    message[5] = 9; /* zeros in front are kept */
    message[127] = 7;
    ULONG block_len;
    assert_bcrypt(BCryptEncrypt(public, message, 128, NULL, NULL, 0, block, 128, &block_len,
            BCRYPT_PAD_NONE));
    assert_success(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_NONE, block, 128, plain, 128,
            &len));
    cr_assert_eq(len, 128);
    cr_assert_eq(memcmp(plain, message, 128), 0);
    assert_status(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_NONE, block, 127, plain, 128,
                          &len),
            NTE_INVALID_PARAMETER);
    assert_status(backend->decrypt(key, &silent, NULL, 0, block, 128, plain, 128, &len),
            NTE_INVALID_PARAMETER);
    assert_status(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_OAEP, block, 128, plain, 128,
                          &len),
            NTE_INVALID_PARAMETER);
    assert_success(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_PKCS1, NULL, 0, NULL, 0, &len));
    cr_assert_eq(len, 128);
    BCryptDestroyKey(public);
    backend->release(key);
    backend->close(store);
}

static void check_signature(struct vit_ksp_material *key, BCRYPT_KEY_HANDLE public, void *padding,
        ULONG flags, DWORD hash_len)
{
    uint8_t hash[64], signature[512];
    DWORD len = 0;
    memset(hash, 0x5a, sizeof(hash));
    assert_success(backend->sign(key, &silent, padding, flags, NULL, 0, NULL, 0, &len));
    DWORD expected = len;
    assert_status(backend->sign(key, &silent, padding, flags, hash, hash_len, signature,
                          expected - 1, &len),
            NTE_BUFFER_TOO_SMALL);
    assert_success(backend->sign(key, &silent, padding, flags, hash, hash_len, signature,
            sizeof(signature), &len));
    cr_assert_eq(len, expected);
    assert_bcrypt(BCryptVerifySignature(public, padding, hash, hash_len, signature, len, flags));
}

Test(token, signs_with_rsa_as_bcrypt_verifies_it)
{
    static const struct {
        LPCWSTR name;
        DWORD len;
    } hashes[] = { { u"MD5", 16 }, { u"SHA1", 20 }, { u"SHA256", 32 }, { u"SHA384", 48 },
        { u"SHA512", 64 }, { u"SHA3-256", 32 }, { u"SHA3-384", 48 }, { u"SHA3-512", 64 } };
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_RSA_ALGORITHM, 2048);
    BCRYPT_KEY_HANDLE public = public_of(key, BCRYPT_RSA_ALG_HANDLE);
    uint8_t hash[64] = { 1 }, signature[256];
    DWORD len;
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        BCRYPT_PKCS1_PADDING_INFO pkcs1 = { hashes[i].name };
        BCRYPT_PSS_PADDING_INFO pss = { hashes[i].name, 20 };
        check_signature(key, public, &pkcs1, BCRYPT_PAD_PKCS1, hashes[i].len);
        assert_status(backend->sign(key, &silent, &pkcs1, BCRYPT_PAD_PKCS1, hash, hashes[i].len - 1,
                              signature, 256, &len),
                NTE_INVALID_PARAMETER);
        if (i >= 1 && i <= 4) {
            check_signature(key, public, &pss, BCRYPT_PAD_PSS, hashes[i].len);
        } else {
            assert_status(backend->sign(key, &silent, &pss, BCRYPT_PAD_PSS, hash, hashes[i].len,
                                  signature, 256, &len),
                    NTE_NOT_SUPPORTED);
        }
    }
    BCRYPT_PKCS1_PADDING_INFO bare = { NULL };
    BCRYPT_PKCS1_PADDING_INFO none = { u"AES" };
    check_signature(key, public, &bare, BCRYPT_PAD_PKCS1, 33);
    assert_status(backend->sign(key, &silent, &none, BCRYPT_PAD_PKCS1, hash, 32, signature, 256,
                          &len),
            NTE_NOT_SUPPORTED);
    assert_status(backend->sign(key, &silent, NULL, BCRYPT_PAD_PKCS1, hash, 32, signature, 256,
                          &len),
            NTE_INVALID_PARAMETER);
    assert_status(backend->sign(key, &silent, &bare, 0, hash, 32, signature, 256, &len),
            NTE_INVALID_PARAMETER);
    BCryptDestroyKey(public);
    backend->release(key);
    backend->close(store);
}

Test(token, signs_with_curves_of_three_sizes)
{
    static const struct {
        LPCWSTR name;
        DWORD bits, len;
    } curves[] = { { BCRYPT_ECDSA_P256_ALGORITHM, 256, 64 },
        { BCRYPT_ECDSA_P384_ALGORITHM, 384, 96 }, { BCRYPT_ECDSA_P521_ALGORITHM, 521, 132 } };
    struct vit_ksp_store *store = open_ready();
    for (size_t i = 0; i < 3; i++) {
        struct vit_ksp_material *key = make(store, NULL, curves[i].name, curves[i].bits);
        BCRYPT_ALG_HANDLE provider;
        assert_bcrypt(BCryptOpenAlgorithmProvider(&provider, curves[i].name, NULL, 0));
        BCRYPT_KEY_HANDLE public = public_of(key, provider);
        check_signature(key, public, NULL, 0, 20);
        check_signature(key, public, NULL, 0, 64); /* longer than the order of P-256 */
        DWORD len;
        assert_success(backend->sign(key, &silent, NULL, 0, NULL, 0, NULL, 0, &len));
        cr_assert_eq(len, curves[i].len);
        BCryptDestroyKey(public);
        BCryptCloseAlgorithmProvider(provider, 0);
        backend->release(key);
    }
    backend->close(store);
}

static void check_agreement(struct vit_ksp_material *key, BCRYPT_KEY_HANDLE peer,
        BCRYPT_KEY_HANDLE public, size_t expected_len)
{
    uint8_t z[VIT_AGREE_MAX_LEN], raw[VIT_AGREE_MAX_LEN];
    size_t len = 0;
    ULONG raw_len = 0;
    BCRYPT_SECRET_HANDLE secret;
    assert_success(backend->agree(key, &silent, peer, z, &len));
    cr_assert_eq(len, expected_len);
    assert_bcrypt(BCryptSecretAgreement(peer, public, &secret, 0));
    assert_bcrypt(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, raw, sizeof(raw), &raw_len,
            0));
    BCryptDestroySecret(secret);
    cr_assert_eq(raw_len, len);
    for (size_t i = 0; i < len; i++) {
        cr_assert_eq(z[i], raw[len - 1 - i]);
    }
}

static BCRYPT_KEY_HANDLE new_peer(BCRYPT_ALG_HANDLE provider, ULONG bits)
{
    BCRYPT_KEY_HANDLE key;
    assert_bcrypt(BCryptGenerateKeyPair(provider, &key, bits, 0));
    assert_bcrypt(BCryptFinalizeKeyPair(key, 0));
    return key;
}

static const struct {
    LPCWSTR name;
    BCRYPT_ALG_HANDLE provider;
    DWORD bits, len;
} agreeing[] = {
    { BCRYPT_ECDH_P256_ALGORITHM, BCRYPT_ECDH_P256_ALG_HANDLE, 256, 32 },
    { BCRYPT_ECDH_P384_ALGORITHM, BCRYPT_ECDH_P384_ALG_HANDLE, 384, 48 },
    { BCRYPT_ECDH_P521_ALGORITHM, BCRYPT_ECDH_P521_ALG_HANDLE, 521, 66 },
    { BCRYPT_DH_ALGORITHM, BCRYPT_DH_ALG_HANDLE, 2048, 256 },
};

enum { AGREEING_COUNT = sizeof(agreeing) / sizeof(agreeing[0]) };

Test(token, agrees_with_keys_of_bcrypt)
{
    struct vit_ksp_store *store = open_ready();
    for (size_t i = 0; i < AGREEING_COUNT; i++) {
        struct vit_ksp_material *key =
                make(store, agreeing[i].name, agreeing[i].name, agreeing[i].bits);
        BCRYPT_KEY_HANDLE public = public_of(key, agreeing[i].provider);
        BCRYPT_KEY_HANDLE peer = new_peer(agreeing[i].provider, agreeing[i].bits);
        check_agreement(key, peer, public, agreeing[i].len);
        struct vit_ksp_material *found = NULL;
        assert_success(find(store, agreeing[i].name, &found));
        check_agreement(found, peer, public, agreeing[i].len);
        backend->release(found);
        BCryptDestroyKey(peer);
        BCryptDestroyKey(public);
        backend->release(key);
    }
    backend->close(store);
}

Test(token, keeps_zeros_in_front_of_agreed_secrets)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_ECDH_P256_ALGORITHM, 256);
    BCRYPT_KEY_HANDLE public = public_of(key, BCRYPT_ECDH_P256_ALG_HANDLE);
    unsigned seen = 0;
    for (unsigned tries = 0; seen < 2 && tries < 4000; tries++) {
        BCRYPT_KEY_HANDLE peer = new_peer(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
        BCRYPT_SECRET_HANDLE secret;
        uint8_t raw[32];
        ULONG len;
        assert_bcrypt(BCryptSecretAgreement(peer, public, &secret, 0));
        assert_bcrypt(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, raw, 32, &len, 0));
        BCryptDestroySecret(secret);
        if (raw[31] == 0) {
            check_agreement(key, peer, public, 32);
            seen++;
        }
        BCryptDestroyKey(peer);
    }
    cr_assert_eq(seen, 2);
    BCryptDestroyKey(public);
    backend->release(key);
    backend->close(store);
}

Test(token, agrees_with_nothing_of_another_group_or_kind)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *keys[AGREEING_COUNT];
    BCRYPT_KEY_HANDLE peers[AGREEING_COUNT];
    uint8_t z[VIT_AGREE_MAX_LEN];
    size_t len = 77;
    for (size_t i = 0; i < AGREEING_COUNT; i++) {
        keys[i] = make(store, NULL, agreeing[i].name, agreeing[i].bits);
        peers[i] = new_peer(agreeing[i].provider, agreeing[i].bits);
    }
    for (size_t i = 0; i < AGREEING_COUNT * AGREEING_COUNT; i++) {
        if (i / AGREEING_COUNT != i % AGREEING_COUNT) {
            assert_status(backend->agree(keys[i / AGREEING_COUNT], &silent,
                                  peers[i % AGREEING_COUNT], z, &len),
                    NTE_INVALID_PARAMETER);
        }
    }
    struct vit_ksp_material *rsa = make(store, NULL, BCRYPT_RSA_ALGORITHM, 1024);
    assert_status(backend->agree(rsa, &silent, peers[0], z, &len), NTE_NOT_SUPPORTED);
    uint8_t bytes[64] = { 0 };
    DWORD bytes_len;
    assert_status(backend->sign(keys[0], &silent, NULL, 0, bytes, 32, bytes, 64, &bytes_len),
            NTE_BAD_ALGID);
    assert_status(backend->decrypt(keys[0], &silent, NULL, BCRYPT_PAD_PKCS1, bytes, 64, bytes, 64,
                          &bytes_len),
            NTE_NOT_SUPPORTED);
    cr_assert_eq(len, 77);
    backend->release(rsa);
    for (size_t i = 0; i < AGREEING_COUNT; i++) {
        backend->release(keys[i]);
        BCryptDestroyKey(peers[i]);
    }
    backend->close(store);
}

Test(token, agrees_on_no_secret_that_all_know)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_DH_ALGORITHM, 1024);
    for (unsigned i = 0; i < 3; i++) { /* 0, 1, p - 1 */
        uint8_t blob[sizeof(BCRYPT_DH_KEY_BLOB) + 3 * 128], z[VIT_AGREE_MAX_LEN];
        uint8_t *p = blob + sizeof(BCRYPT_DH_KEY_BLOB), *y = p + 2 * 128;
        BCRYPT_KEY_HANDLE peer = NULL;
        DWORD blob_len = 0;
        size_t len = 77;
        assert_success(backend->public_blob(key, blob, sizeof(blob), &blob_len));
        memset(y, 0, 128);
        if (i == 2) {
            memcpy(y, p, 128);
        }
        y[127] ^= i != 0;
        assert_bcrypt(BCryptImportKeyPair(BCRYPT_DH_ALG_HANDLE, NULL, BCRYPT_DH_PUBLIC_BLOB, &peer,
                blob, blob_len, BCRYPT_NO_KEY_VALIDATION));
        assert_status(backend->agree(key, &silent, peer, z, &len), NTE_INVALID_PARAMETER);
        cr_assert_eq(len, 77);
        BCryptDestroyKey(peer);
    }
    backend->release(key);
    backend->close(store);
}

static DWORD export_private(BCRYPT_KEY_HANDLE key, LPCWSTR type, uint8_t *blob, DWORD capacity)
{
    ULONG len = 0;
    assert_bcrypt(BCryptExportKey(key, NULL, type, blob, capacity, &len, 0));
    return len;
}

Test(token, takes_pairs_that_were_made_elsewhere)
{
    static const struct {
        LPCWSTR name, type;
        BCRYPT_ALG_HANDLE provider;
        DWORD bits;
    } kinds[] = {
        { BCRYPT_RSA_ALGORITHM, BCRYPT_RSAFULLPRIVATE_BLOB, BCRYPT_RSA_ALG_HANDLE, 1024 },
        { BCRYPT_DH_ALGORITHM, BCRYPT_DH_PRIVATE_BLOB, BCRYPT_DH_ALG_HANDLE, 1024 },
        { BCRYPT_ECDH_P256_ALGORITHM, BCRYPT_ECCPRIVATE_BLOB, BCRYPT_ECDH_P256_ALG_HANDLE, 256 },
        { BCRYPT_ECDH_P521_ALGORITHM, BCRYPT_ECCPRIVATE_BLOB, BCRYPT_ECDH_P521_ALG_HANDLE, 521 },
    };
    struct vit_ksp_store *store = open_ready();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        uint8_t blob[4096], ours[4096], theirs[4096];
        DWORD ours_len;
        BCRYPT_KEY_HANDLE key = new_peer(kinds[i].provider, kinds[i].bits);
        DWORD len = export_private(key, kinds[i].type, blob, sizeof(blob));
        struct vit_ksp_attributes attributes =
                describe(kinds[i].name, kinds[i].name, kinds[i].bits);
        struct vit_ksp_material *made = NULL, *found = NULL;
        assert_success(backend->import(store, &attributes, kinds[i].type, blob, len, false, &silent,
                &made));
        assert_status(backend->import(store, &attributes, kinds[i].type, blob, len, false, &silent,
                              &found),
                NTE_EXISTS);
        assert_success(find(store, kinds[i].name, &found));
        assert_success(backend->public_blob(found, ours, sizeof(ours), &ours_len));
        cr_assert_eq(ours_len, export_private(key, BCRYPT_PUBLIC_KEY_BLOB, theirs, sizeof(theirs)));
        cr_assert_eq(memcmp(ours, theirs, ours_len), 0);
        if (i == 0) {
            uint8_t block[128], plain[128];
            encrypt(key, "hello", NULL, BCRYPT_PAD_PKCS1, block, sizeof(block));
            assert_success(backend->decrypt(found, &silent, NULL, BCRYPT_PAD_PKCS1, block, 128,
                    plain, 128, &len));
            cr_assert_eq(len, 5);
        } else {
            BCRYPT_KEY_HANDLE public = public_of(found, kinds[i].provider);
            if (i > 1) { /* a new DH peer need not be of this group */
                BCRYPT_KEY_HANDLE peer = new_peer(kinds[i].provider, kinds[i].bits);
                check_agreement(found, peer, public, (kinds[i].bits + 7) / 8);
                BCryptDestroyKey(peer);
            }
            check_agreement(found, key, public, (kinds[i].bits + 7) / 8);
            BCryptDestroyKey(public);
        }
        backend->release(found);
        backend->release(made);
        BCryptDestroyKey(key);
    }
    backend->close(store);
}

Test(token, never_tells_a_private_key)
{
    static const LPCWSTR types[] = { BCRYPT_PRIVATE_KEY_BLOB, BCRYPT_RSAPRIVATE_BLOB,
        BCRYPT_RSAFULLPRIVATE_BLOB, u"nonsense" };
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_RSA_ALGORITHM, 1024);
    uint8_t blob[1024];
    DWORD len = 77;
    for (size_t i = 0; i < 4; i++) {
        assert_status(backend->private_blob(key, &silent, types[i], blob, sizeof(blob), &len),
                NTE_NOT_SUPPORTED);
        assert_status(backend->private_blob(key, &silent, types[i], NULL, 0, &len),
                NTE_NOT_SUPPORTED);
    }
    cr_assert_eq(len, 77);
    cr_assert_not(backend->exports);
    backend->release(key);
    backend->close(store);
}

Test(token, replaces_a_key_only_when_told)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *old = make(store, u"k", BCRYPT_RSA_ALGORITHM, 1024), *new = NULL;
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_ECDH_P256_ALGORITHM, 256);
    assert_status(backend->generate(store, &attributes, false, &silent, &new), NTE_EXISTS);
    assert_success(backend->generate(store, &attributes, true, &silent, &new));
    struct vit_ksp_material *found = NULL;
    VIT_AUTO(ksp_attributes) seen = { 0 };
    assert_success(backend->find(store, u"k", false, &silent, &seen, &found));
    cr_assert(vit_wide_equal(seen.algorithm, BCRYPT_ECDH_P256_ALGORITHM));
    uint8_t block[128] = { 1 };
    DWORD len;
    assert_status(backend->decrypt(old, &silent, NULL, BCRYPT_PAD_NONE, block, 128, block, 128,
                          &len),
            NTE_NO_KEY);
    backend->release(found);
    backend->release(new);
    backend->release(old);
    backend->close(store);
}

Test(token, removes_a_key_once)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_ECDH_P256_ALGORITHM, 256), *found;
    backend->release(make(store, u"other", BCRYPT_ECDH_P256_ALGORITHM, 256));
    assert_success(backend->remove(store, key, &silent));
    assert_status(find(store, u"k", &found), NTE_BAD_KEYSET);
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_ECDH_P256_ALGORITHM, 256);
    assert_status(backend->remove(store, key, &silent), NTE_BAD_KEYSET);
    assert_status(backend->update(store, key, &attributes, &silent), NTE_BAD_KEYSET);
    assert_success(backend->probe(store, u"other", false, &silent));
    backend->release(key);
    backend->close(store);
}

Test(token, lists_the_names_that_are_there)
{
    struct vit_ksp_store *store = open_ready();
    static const LPCWSTR names[] = { u"a", u"b", u"c" };
    unsigned seen[3] = { 0 };
    backend->release(make(store, u"a", BCRYPT_RSA_ALGORITHM, 1024));
    backend->release(make(store, u"b", BCRYPT_ECDSA_P384_ALGORITHM, 384));
    backend->release(make(store, u"c", BCRYPT_DH_ALGORITHM, 1024));
    struct vit_ksp_material *ephemeral = make(store, NULL, BCRYPT_RSA_ALGORITHM, 1024);
    struct vit_ksp_cursor *cursor = NULL;
    struct vit_ksp_store *other = open_store(); /* no PIN is needed for it */
    for (unsigned i = 0; i < 3; i++) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        assert_success(backend->next(other, false, &silent, &cursor, &attributes));
        for (unsigned j = 0; j < 3; j++) {
            seen[j] += vit_wide_equal(attributes.name, names[j]);
        }
        if (vit_wide_equal(attributes.name, u"b")) {
            cr_assert(vit_wide_equal(attributes.algorithm, BCRYPT_ECDSA_P384_ALGORITHM));
        }
    }
    cr_assert(seen[0] == 1 && seen[1] == 1 && seen[2] == 1);
    VIT_AUTO(ksp_attributes) last = { 0 };
    assert_status(backend->next(other, false, &silent, &cursor, &last), NTE_NO_MORE_ITEMS);
    assert_status(backend->next(other, false, &silent, &cursor, &last), NTE_NO_MORE_ITEMS);
    backend->close_cursor(cursor);
    backend->release(ephemeral);
    backend->close(other);
    backend->close(store);
}

static DWORD usage_of(struct vit_ksp_store *store, LPCWSTR name)
{
    struct vit_ksp_material *found = NULL;
    VIT_AUTO(ksp_attributes) seen = { 0 };
    assert_success(backend->find(store, name, false, &silent, &seen, &found));
    backend->release(found);
    return seen.usage;
}

Test(token, keeps_what_a_key_may_do)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_RSA_ALGORITHM, 1024);
    attributes.usage = NCRYPT_ALLOW_SIGNING_FLAG;
    struct vit_ksp_material *key = NULL;
    assert_success(backend->generate(store, &attributes, false, &silent, &key));
    cr_assert_eq(usage_of(store, u"k"), NCRYPT_ALLOW_SIGNING_FLAG);
    uint8_t block[128] = { 1 };
    DWORD len;
    assert_status(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_NONE, block, 128, block, 128,
                          &len),
            NTE_PERM); /* the token says so, not only we */
    backend->release(key);
    backend->close(store);
}

Test(token, takes_usages_away_and_gives_none_back)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_RSA_ALGORITHM, 1024);
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_RSA_ALGORITHM, 1024), *other = NULL;
    BCRYPT_PKCS1_PADDING_INFO bare = { NULL };
    uint8_t block[128] = { 1 }, out[128];
    DWORD len;
    assert_success(find(store, u"k", &other)); /* as it was before */
    attributes.usage = NCRYPT_ALLOW_DECRYPT_FLAG;
    assert_success(backend->update(store, key, &attributes, &silent));
    cr_assert_eq(usage_of(store, u"k"), NCRYPT_ALLOW_DECRYPT_FLAG);
    assert_success(backend->decrypt(other, &silent, NULL, BCRYPT_PAD_NONE, block, 128, out, 128,
            &len));
    attributes.usage = NCRYPT_ALLOW_DECRYPT_FLAG | NCRYPT_ALLOW_SIGNING_FLAG;
    assert_success(backend->update(store, other, &attributes, &silent));
    cr_assert_eq(usage_of(store, u"k"), NCRYPT_ALLOW_DECRYPT_FLAG);
    assert_status(backend->sign(other, &silent, &bare, BCRYPT_PAD_PKCS1, block, 20, out, 128, &len),
            NTE_PERM);
    attributes.usage = NCRYPT_ALLOW_SIGNING_FLAG;
    assert_success(backend->update(store, other, &attributes, &silent));
    cr_assert_eq(usage_of(store, u"k"), 0);
    backend->release(other);
    backend->release(key);
    backend->close(store);
}

Test(token, needs_a_pin_and_asks_for_it_once)
{
    struct vit_ksp_store *store = open_store();
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    struct vit_ksp_material *key = NULL;
    struct person person = { .pin = NULL };
    struct vit_ksp_prompt prompt = asking(&person);
    assert_status(backend->generate(store, &attributes, false, &silent, &key), NTE_SILENT_CONTEXT);
    assert_status(backend->generate(store, &attributes, false, &nobody, &key), NTE_UI_REQUIRED);
    assert_status(backend->generate(store, &attributes, false, &prompt, &key), NTE_USER_CANCELLED);
    person = (struct person){ .pin = SOFTHSM_PIN };
    assert_success(backend->generate(store, &attributes, false, &prompt, &key));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_PIN);
    cr_assert(vit_wide_equal(person.provider, u"vitrine test"));
    cr_assert(vit_wide_equal(person.key, u"k"));
    cr_assert(vit_wide_equal(person.operation, u"create"));
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    assert_success(backend->sign(key, &prompt, NULL, 0, hash, 32, signature, 64, &len));
    assert_success(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len));
    cr_assert_eq(person.asked, 1);
    backend->release(key);
    backend->close(store);
}

Test(token, tries_a_wrong_pin_once)
{
    struct vit_ksp_store *store = open_ready();
    backend->release(make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256));
    backend->close(store);
    store = open_store();
    struct vit_ksp_material *key = NULL;
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    assert_success(find(store, u"k", &key));
    assert_success(set(store, NCRYPT_PIN_PROPERTY, u"8642"));
    assert_status(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len),
            NTE_INCORRECT_PASSWORD);
    assert_status(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len),
            NTE_SILENT_CONTEXT); /* it is forgotten */
    struct person person = { .pin = "99999" };
    struct vit_ksp_prompt prompt = asking(&person);
    assert_status(backend->sign(key, &prompt, NULL, 0, hash, 32, signature, 64, &len),
            NTE_INCORRECT_PASSWORD);
    cr_assert_eq(person.asked, 1);
    cr_assert(vit_wide_equal(person.operation, u"sign"));
    assert_success(set(store, NCRYPT_PIN_PROPERTY, u"2468"));
    assert_success(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len));
    backend->release(key);
    backend->close(store);
}

Test(token, properties_can_only_be_set_and_only_those)
{
    struct vit_ksp_store *store = open_store();
    uint8_t bytes[64] = { 'x' };
    DWORD len = 77;
    static const LPCWSTR names[] = { NCRYPT_PIN_PROPERTY, NCRYPT_READER_PROPERTY,
        u"SmartCardGuid" };
    for (size_t i = 0; i < 3; i++) {
        assert_status(backend->get_property(store, names[i], bytes, sizeof(bytes), &len),
                NTE_NOT_SUPPORTED);
    }
    assert_status(set(store, u"SmartCardSecurePin", u"1"), NTE_NOT_SUPPORTED);
    static const WCHAR half_a_pair[] = { '1', 0xdc00, 0 };
    WCHAR long_pin[300];
    for (size_t i = 0; i < 299; i++) {
        long_pin[i] = '1';
    }
    long_pin[299] = 0;
    assert_status(backend->set_property(store, NCRYPT_PIN_PROPERTY, (const uint8_t *)u"1234", 7),
            NTE_INVALID_PARAMETER);
    assert_status(backend->set_property(store, NCRYPT_PIN_PROPERTY, NULL, 0),
            NTE_INVALID_PARAMETER);
    assert_status(set(store, NCRYPT_PIN_PROPERTY, half_a_pair), NTE_INVALID_PARAMETER);
    assert_status(set(store, NCRYPT_PIN_PROPERTY, long_pin), NTE_INVALID_PARAMETER);
    assert_status(set(store, NCRYPT_READER_PROPERTY, half_a_pair), NTE_INVALID_PARAMETER);
    assert_success(set(store, NCRYPT_PIN_PROPERTY, u""));
    cr_assert_eq(len, 77);
    backend->close(store);
}

Test(token, takes_texts_that_lie_anywhere_and_end_without_a_nul)
{
    static const WCHAR pin[] = u"24689", label[] = u"vitrine test", other[] = u"nobody";
    uint8_t bytes[1 + sizeof(label)];
    struct vit_ksp_store *store = open_store();
    memcpy(bytes + 1, pin, 4 * sizeof(WCHAR));
    bytes[1 + 4 * sizeof(WCHAR)] = '9'; /* beyond its end */
    assert_success(backend->set_property(store, NCRYPT_PIN_PROPERTY, bytes + 1, 4 * sizeof(WCHAR)));
    memcpy(bytes + 1, other, sizeof(other));
    assert_success(backend->set_property(store, NCRYPT_READER_PROPERTY, bytes + 1, sizeof(other)));
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND);
    memcpy(bytes + 1, label, sizeof(label));
    assert_success(backend->set_property(store, NCRYPT_READER_PROPERTY, bytes + 1,
            sizeof(label) - sizeof(WCHAR)));
    backend->release(make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256));
    backend->close(store);
}

Test(token, is_chosen_by_its_label_or_slot)
{
    softhsm_add("second", SOFTHSM_PIN);
    struct vit_ksp_store *store = open_ready();
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND); /* two */
    assert_success(set(store, NCRYPT_READER_PROPERTY, u"nobody"));
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND);
    assert_success(set(store, NCRYPT_READER_PROPERTY, u"second"));
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    assert_status(set(store, NCRYPT_READER_PROPERTY, u"vitrine test"), NTE_FIXEDPARAMETER);
    backend->release(key);
    assert_success(backend->probe(store, u"k", false, &silent));
    assert_success(set(store, NCRYPT_READER_PROPERTY, u"vitrine test"));
    assert_status(backend->probe(store, u"k", false, &silent), NTE_BAD_KEYSET);
    backend->close(store);
}

Test(token, is_chosen_by_the_environment)
{
    softhsm_add("second", SOFTHSM_PIN);
    setenv("VITRINE_TOKEN", "pkcs11:token=second", 1);
    struct vit_ksp_store *store = open_ready();
    backend->release(make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256));
    backend->close(store);
    setenv("VITRINE_TOKEN", "pkcs11:token=vitrine%20test", 1);
    store = open_ready();
    assert_status(backend->probe(store, u"k", false, &silent), NTE_BAD_KEYSET);
    assert_success(set(store, NCRYPT_READER_PROPERTY, u"second")); /* counts more */
    assert_success(backend->probe(store, u"k", false, &silent));
    backend->close(store);
    setenv("VITRINE_TOKEN", "pkcs11:token=third", 1);
    store = open_ready();
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND);
    backend->close(store);
    setenv("VITRINE_TOKEN", "token=second", 1);
    store = open_ready();
    assert_status(backend->probe(store, u"k", false, &silent), NTE_INVALID_PARAMETER);
    backend->close(store);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

Test(token, takes_its_pin_from_the_environment_too)
{
    char path[] = "/tmp/vitrine-pin-XXXXXX", uri[128];
    struct vit_ksp_attributes attributes = describe(NULL, BCRYPT_ECDSA_P256_ALGORITHM, 256);
    close(mkstemp(path));
    static const char *const forms[] = { ("pkcs11:?pin-value=" SOFTHSM_PIN),
        "pkcs11:?pin-source=file:%s", "pkcs11:?pin-source=%s", "pkcs11:?pin-source=file://%s" };
    write_file(path, SOFTHSM_PIN "\n");
    for (size_t i = 0; i < 4; i++) {
        struct vit_ksp_material *key = NULL;
        snprintf(uri, sizeof(uri), forms[i], path);
        setenv("VITRINE_TOKEN", uri, 1);
        struct vit_ksp_store *store = open_store();
        assert_success(backend->generate(store, &attributes, false, &silent, &key));
        backend->release(key);
        backend->close(store);
    }
    write_file(path, "wrong\n");
    struct vit_ksp_material *key = NULL;
    struct vit_ksp_store *store = open_store();
    assert_status(backend->generate(store, &attributes, false, &silent, &key),
            NTE_INCORRECT_PASSWORD);
    assert_status(backend->generate(store, &attributes, false, &silent, &key), NTE_SILENT_CONTEXT);
    backend->close(store);
    unlink(path);
    store = open_store();
    assert_status(backend->generate(store, &attributes, false, &silent, &key), NTE_SILENT_CONTEXT);
    backend->close(store);
}

/* What SoftHSM never says, too. */
Test(token_status, is_one_for_each_thing_that_a_token_says)
{
    static const struct {
        ck_rv_t said;
        SECURITY_STATUS status;
    } rows[] = {
        { CKR_OK, ERROR_SUCCESS },
        { CKR_HOST_MEMORY, NTE_NO_MEMORY },
        { CKR_DEVICE_MEMORY, NTE_NO_MEMORY },
        { CKR_PIN_INCORRECT, NTE_INCORRECT_PASSWORD },
        { CKR_PIN_LEN_RANGE, NTE_INCORRECT_PASSWORD },
        { CKR_PIN_EXPIRED, NTE_PASSWORD_CHANGE_REQUIRED },
        { CKR_PIN_LOCKED, NTE_PERM },
        { CKR_FUNCTION_CANCELED, NTE_USER_CANCELLED },
        { CKR_DEVICE_REMOVED, NTE_DEVICE_NOT_READY },
        { CKR_TOKEN_NOT_PRESENT, NTE_DEVICE_NOT_READY },
        { CKR_SESSION_HANDLE_INVALID, NTE_DEVICE_NOT_READY },
        { CKR_USER_PIN_NOT_INITIALIZED, NTE_DEVICE_NOT_READY },
        { CKR_MECHANISM_INVALID, NTE_NOT_SUPPORTED },
        { CKR_TEMPLATE_INCONSISTENT, NTE_NOT_SUPPORTED },
        { CKR_TOKEN_WRITE_PROTECTED, NTE_PERM },
        { CKR_KEY_FUNCTION_NOT_PERMITTED, NTE_PERM },
        { CKR_KEY_TYPE_INCONSISTENT, NTE_BAD_ALGID },
        { CKR_KEY_HANDLE_INVALID, NTE_NO_KEY },
        { CKR_GENERAL_ERROR, NTE_FAIL },
        { CKR_VENDOR_DEFINED, NTE_FAIL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_status(vit_token_status_of(rows[i].said), rows[i].status);
    }
}

TestSuite(no_token, .init = softhsm_start, .fini = softhsm_stop);

Test(no_token, none_and_one_that_is_not_set_up_are_told_apart)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_RSA_ALGORITHM, 1024);
    struct vit_ksp_material *key = NULL;
    struct vit_ksp_cursor *cursor = NULL;
    /* SoftHSM shows one more token that nobody has set up. */
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_READY);
    assert_status(find(store, u"k", &key), NTE_DEVICE_NOT_READY);
    assert_status(backend->generate(store, &attributes, false, &silent, &key),
            NTE_DEVICE_NOT_READY);
    assert_status(backend->next(store, false, &silent, &cursor, &attributes), NTE_DEVICE_NOT_READY);
    assert_success(set(store, NCRYPT_READER_PROPERTY, u"a reader that is not there"));
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND);
    backend->close(store);
    setenv("VITRINE_PKCS11_MODULE", "/nowhere/module.so", 1);
    store = open_ready();
    assert_status(backend->probe(store, u"k", false, &silent), NTE_DEVICE_NOT_FOUND);
    backend->close(store);
}

Test(no_token, one_without_a_pin_is_not_ready)
{
    softhsm_add(SOFTHSM_LABEL, NULL);
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    struct vit_ksp_material *key = NULL;
    assert_status(backend->generate(store, &attributes, false, &silent, &key),
            NTE_DEVICE_NOT_READY);
    backend->close(store);
}

Test(token, modules_of_the_configuration_are_used_too)
{
    unsetenv("VITRINE_PKCS11_MODULE");
    struct vit_ksp_store *store = open_ready();
    assert_success(set(store, NCRYPT_READER_PROPERTY, u"vitrine test"));
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    backend->release(key);
    backend->close(store);
}

Test(token, taken_out_and_put_back_goes_on_with_stored_keys)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    softhsm_unplug();

    SECURITY_STATUS status = backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len);
    cr_assert(status == NTE_DEVICE_NOT_READY || status == NTE_DEVICE_NOT_FOUND ||
                    status == NTE_NO_KEY,
            "0x%08x", (unsigned)status);
    softhsm_plug();
    assert_success(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len));
    backend->release(key);
    backend->close(store);
}

Test(token, a_child_opens_it_anew)
{
    struct vit_ksp_store *store = open_ready();
    backend->release(make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256));
    pid_t child = fork();
    if (child == 0) {
        struct vit_ksp_store *own = NULL;
        struct vit_ksp_material *key = NULL;
        struct vit_ksp_attributes attributes = { 0 };
        uint8_t hash[32] = { 1 }, signature[64];
        DWORD len;
        bool done = backend->open(MS_SMART_CARD_KEY_STORAGE_PROVIDER, &own) == ERROR_SUCCESS &&
                set(own, NCRYPT_PIN_PROPERTY, u"2468") == ERROR_SUCCESS &&
                backend->find(own, u"k", false, &silent, &attributes, &key) == ERROR_SUCCESS &&
                backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len) ==
                        ERROR_SUCCESS;
        _exit(done ? 0 : 1);
    }
    int result = 0;
    cr_assert_eq(waitpid(child, &result, 0), child);
    cr_assert(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    assert_success(backend->probe(store, u"k", false, &silent));
    backend->close(store);
}

enum { THREAD_COUNT = 4, ROUNDS = 20 };

static void *sign_often(void *context)
{
    struct vit_ksp_material *key = context;
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len) != ERROR_SUCCESS) {
            return key;
        }
    }
    return NULL;
}

Test(token, serves_several_threads_with_one_key)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *keys[] = { make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256),
        make(store, NULL, BCRYPT_ECDSA_P256_ALGORITHM, 256) };
    pthread_t threads[THREAD_COUNT];
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, sign_often, keys[i % 2]), 0);
    }
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        void *failed;
        cr_assert_eq(pthread_join(threads[i], &failed), 0);
        cr_assert_null(failed);
    }
    backend->release(keys[0]);
    backend->release(keys[1]);
    backend->close(store);
}

/* The token as any other program has it, with the PIN. */
struct other {
    struct ck_function_list *module;
    ck_session_handle_t session;
};

static struct other other_open(void)
{
    struct other other = { p11_kit_module_load(getenv("VITRINE_PKCS11_MODULE"), 0), 0 };
    ck_slot_id_t ids[8];
    unsigned long count = 8;
    cr_assert_not_null(other.module);
    cr_assert_eq(p11_kit_module_initialize(other.module), CKR_OK);
    cr_assert_eq(other.module->C_GetSlotList(1, ids, &count), CKR_OK);
    for (unsigned long i = 0; i < count && other.session == 0; i++) {
        struct ck_token_info info;
        cr_assert_eq(other.module->C_GetTokenInfo(ids[i], &info), CKR_OK);
        if ((info.flags & CKF_TOKEN_INITIALIZED) != 0) {
            cr_assert_eq(other.module->C_OpenSession(ids[i], CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                 NULL, NULL, &other.session),
                    CKR_OK);
        }
    }
    ck_rv_t rv = other.module->C_Login(other.session, CKU_USER, (unsigned char *)SOFTHSM_PIN,
            strlen(SOFTHSM_PIN));
    cr_assert(rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN);
    return other;
}

static void other_close(struct other *other)
{
    other->module->C_CloseSession(other->session);
    p11_kit_module_finalize(other->module);
    p11_kit_module_release(other->module);
}

static size_t other_find(const struct other *other, unsigned long class, ck_object_handle_t *found,
        size_t capacity)
{
    struct ck_attribute wanted = { CKA_CLASS, &class, sizeof(class) };
    unsigned long count = 0;
    cr_assert_eq(other->module->C_FindObjectsInit(other->session, &wanted, 1), CKR_OK);
    cr_assert_eq(other->module->C_FindObjects(other->session, found, capacity, &count), CKR_OK);
    cr_assert_eq(other->module->C_FindObjectsFinal(other->session), CKR_OK);
    return count;
}

static bool other_flag(const struct other *other, ck_object_handle_t object,
        ck_attribute_type_t type)
{
    unsigned char value = 77;
    struct ck_attribute attribute = { type, &value, 1 };
    cr_assert_eq(other->module->C_GetAttributeValue(other->session, object, &attribute, 1), CKR_OK);
    return value == 1;
}

static void import_rsa(struct vit_ksp_store *store, LPCWSTR name)
{
    uint8_t blob[4096];
    BCRYPT_KEY_HANDLE pair = new_peer(BCRYPT_RSA_ALG_HANDLE, 1024);
    DWORD len = export_private(pair, BCRYPT_RSAFULLPRIVATE_BLOB, blob, sizeof(blob));
    struct vit_ksp_attributes attributes = describe(name, BCRYPT_RSA_ALGORITHM, 1024);
    struct vit_ksp_material *made = NULL;
    assert_success(backend->import(store, &attributes, BCRYPT_RSAFULLPRIVATE_BLOB, blob, len, false,
            &silent, &made));
    backend->release(made);
    BCryptDestroyKey(pair);
}

Test(token, gives_private_halves_to_nobody_who_has_the_pin)
{
    static const ck_attribute_type_t secrets[] = { CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
        CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
    struct vit_ksp_store *store = open_ready();
    backend->release(make(store, u"rsa", BCRYPT_RSA_ALGORITHM, 1024));
    backend->release(make(store, u"ec", BCRYPT_ECDH_P256_ALGORITHM, 256));
    backend->release(make(store, u"dh", BCRYPT_DH_ALGORITHM, 1024));
    import_rsa(store, u"imported");
    struct vit_ksp_material *ephemeral = make(store, NULL, BCRYPT_ECDSA_P384_ALGORITHM, 384);
    struct other other = other_open();
    ck_object_handle_t found[8];
    size_t count = other_find(&other, CKO_PRIVATE_KEY, found, 8);
    cr_assert_eq(count, 5);
    for (size_t i = 0; i < count; i++) {
        cr_assert(other_flag(&other, found[i], CKA_SENSITIVE));
        cr_assert(other_flag(&other, found[i], CKA_PRIVATE));
        cr_assert_not(other_flag(&other, found[i], CKA_EXTRACTABLE));
        for (size_t j = 0; j < sizeof(secrets) / sizeof(secrets[0]); j++) {
            unsigned char value[512];
            struct ck_attribute attribute = { secrets[j], value, sizeof(value) };
            cr_assert_neq(other.module->C_GetAttributeValue(other.session, found[i], &attribute, 1),
                    CKR_OK);
        }
    }
    other_close(&other);
    backend->release(ephemeral);
    backend->close(store);
}

Test(token, keeps_nothing_of_an_agreement)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_ECDH_P256_ALGORITHM, 256);
    BCRYPT_KEY_HANDLE peer = new_peer(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    uint8_t z[VIT_AGREE_MAX_LEN];
    size_t len;
    ck_object_handle_t found[8];
    struct other other = other_open();
    assert_success(backend->agree(key, &silent, peer, z, &len));
    cr_assert_eq(other_find(&other, CKO_SECRET_KEY, found, 8), 0);
    backend->release(key);
    cr_assert_eq(other_find(&other, CKO_PRIVATE_KEY, found, 8), 0); /* ephemeral ones go too */
    cr_assert_eq(other_find(&other, CKO_PUBLIC_KEY, found, 8), 0);
    other_close(&other);
    BCryptDestroyKey(peer);
    backend->close(store);
}

/* A pair of another program: no ID, and a PIN for each use if it is to be so. */
static void make_foreign(const struct other *other, bool asks_always)
{
    static unsigned char curve[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
    unsigned char yes = 1, no = 0, always = asks_always, label[] = "foreign";
    struct ck_attribute of_public[] = { { CKA_TOKEN, &yes, 1 }, { CKA_LABEL, label, 7 },
        { CKA_EC_PARAMS, curve, sizeof(curve) }, { CKA_VERIFY, &yes, 1 }, { CKA_DERIVE, &no, 1 } };
    struct ck_attribute of_private[] = { { CKA_TOKEN, &yes, 1 }, { CKA_LABEL, label, 7 },
        { CKA_SIGN, &yes, 1 }, { CKA_PRIVATE, &yes, 1 }, { CKA_ALWAYS_AUTHENTICATE, &always, 1 } };
    struct ck_mechanism mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    ck_object_handle_t public, private;
    cr_assert_eq(other->module->C_GenerateKeyPair(other->session, &mechanism, of_public, 5,
                         of_private, 5, &public, &private),
            CKR_OK);
}

Test(token, uses_pairs_that_other_programs_made)
{
    struct other other = other_open();
    make_foreign(&other, false);
    other_close(&other);
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = NULL;
    BCRYPT_ALG_HANDLE ecdsa;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    assert_success(backend->find(store, u"foreign", false, &silent, &attributes, &key));
    cr_assert(vit_wide_equal(attributes.algorithm, BCRYPT_ECDSA_P256_ALGORITHM));
    assert_bcrypt(BCryptOpenAlgorithmProvider(&ecdsa, BCRYPT_ECDSA_P256_ALGORITHM, NULL, 0));
    BCRYPT_KEY_HANDLE public = public_of(key, ecdsa);
    check_signature(key, public, NULL, 0, 32);
    assert_success(backend->remove(store, key, &silent));
    assert_status(backend->probe(store, u"foreign", false, &silent), NTE_BAD_KEYSET);
    BCryptDestroyKey(public);
    BCryptCloseAlgorithmProvider(ecdsa, 0);
    backend->release(key);
    backend->close(store);
}

Test(token, gives_its_pin_again_for_a_key_that_wants_it_at_each_use)
{
    struct other other = other_open();
    make_foreign(&other, true);
    other_close(&other);
    struct person person = { .pin = SOFTHSM_PIN };
    struct vit_ksp_prompt prompt = asking(&person);
    struct vit_ksp_store *store = open_store();
    struct vit_ksp_material *key = NULL;
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    assert_success(find(store, u"foreign", &key));
    assert_success(backend->sign(key, &prompt, NULL, 0, hash, 32, signature, 64, &len));
    cr_assert_eq(person.asked, 2); /* for the token, and for the key */
    assert_success(backend->sign(key, &prompt, NULL, 0, hash, 32, signature, 64, &len));
    cr_assert_eq(person.asked, 3);
    assert_status(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len),
            NTE_SILENT_CONTEXT);
    person.pin = "wrong";
    assert_status(backend->sign(key, &prompt, NULL, 0, hash, 32, signature, 64, &len),
            NTE_INCORRECT_PASSWORD);
    cr_assert_eq(person.asked, 4);
    assert_success(set(store, NCRYPT_PIN_PROPERTY, u"2468"));
    assert_success(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len));
    assert_success(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len));
    backend->release(key);
    backend->close(store);
}

Test(token, takes_a_public_key_alone_for_no_key)
{
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    struct vit_ksp_cursor *cursor = NULL;
    struct vit_ksp_attributes attributes = { 0 };
    struct other other = other_open();
    ck_object_handle_t private;
    cr_assert_eq(other_find(&other, CKO_PRIVATE_KEY, &private, 1), 1);
    cr_assert_eq(other.module->C_DestroyObject(other.session, private), CKR_OK);
    other_close(&other);
    assert_status(backend->probe(store, u"k", false, &silent), NTE_BAD_KEYSET);
    assert_status(backend->next(store, false, &silent, &cursor, &attributes), NTE_NO_MORE_ITEMS);
    backend->close_cursor(cursor);
    uint8_t hash[32] = { 1 }, signature[64];
    DWORD len;
    assert_status(backend->sign(key, &silent, NULL, 0, hash, 32, signature, 64, &len), NTE_NO_KEY);
    backend->release(key);
    /* The name is free, and what was left of the pair is not in the way. */
    backend->release(make(store, u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256));
    assert_success(backend->probe(store, u"k", false, &silent));
    backend->close(store);
}

/* A public half that looks like that of a pair, for which nobody needs a PIN. */
static void plant_public(const struct other *other, ck_object_handle_t private, const char *label)
{
    unsigned char id[64], modulus[128], exponent[] = { 1 }, yes = 1, no = 0;
    unsigned long class = CKO_PUBLIC_KEY, type = CKK_RSA;
    struct ck_attribute of_id = { CKA_ID, id, sizeof(id) };
    cr_assert_eq(other->module->C_GetAttributeValue(other->session, private, &of_id, 1), CKR_OK);
    memset(modulus, 0xa5, sizeof(modulus));
    struct ck_attribute planted[] = { { CKA_CLASS, &class, sizeof(class) },
        { CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &no, 1 },
        of_id, { CKA_LABEL, (void *)label, strlen(label) }, { CKA_ENCRYPT, &yes, 1 },
        { CKA_VERIFY, &yes, 1 }, { CKA_MODULUS, modulus, sizeof(modulus) },
        { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) } };
    ck_object_handle_t object;
    cr_assert_eq(other->module->C_CreateObject(other->session, planted,
                         sizeof(planted) / sizeof(planted[0]), &object),
            CKR_OK);
}

Test(token, takes_a_public_key_with_other_numbers_for_no_half_of_a_pair)
{
    struct vit_ksp_store *store = open_ready();
    backend->release(make(store, u"k", BCRYPT_RSA_ALGORITHM, 1024));
    backend->close(store);
    struct other other = other_open();
    ck_object_handle_t private, public;
    cr_assert_eq(other_find(&other, CKO_PRIVATE_KEY, &private, 1), 1);
    cr_assert_eq(other_find(&other, CKO_PUBLIC_KEY, &public, 1), 1);
    cr_assert_eq(other.module->C_DestroyObject(other.session, public), CKR_OK);
    plant_public(&other, private, "k");
    other_close(&other);
    store = open_ready();
    struct vit_ksp_material *key = NULL;
    assert_success(find(store, u"k", &key)); /* without the PIN nobody can tell */
    uint8_t block[128] = { 1 };
    DWORD len;
    assert_status(backend->decrypt(key, &silent, NULL, BCRYPT_PAD_NONE, block, 128, block, 128,
                          &len),
            NTE_NO_KEY);
    backend->release(key);
    assert_status(find(store, u"k", &key), NTE_BAD_KEYSET); /* and now it can be told */
    backend->close(store);
}

struct racer {
    pthread_barrier_t *start;
    SECURITY_STATUS status;
};

static void *race(void *context)
{
    struct racer *racer = context;
    struct vit_ksp_store *store = open_ready();
    struct vit_ksp_material *key = make(store, NULL, BCRYPT_ECDSA_P256_ALGORITHM, 256);
    struct vit_ksp_attributes attributes = describe(u"k", BCRYPT_ECDSA_P256_ALGORITHM, 256);
    backend->release(key);
    pthread_barrier_wait(racer->start);
    racer->status = backend->generate(store, &attributes, false, &silent, &key);
    if (racer->status == ERROR_SUCCESS) {
        backend->release(key);
    }
    backend->close(store);
    return NULL;
}

enum { RACER_COUNT = 4 };

Test(token, never_keeps_two_keys_of_one_name_that_two_handles_make_at_a_time)
{
    pthread_t threads[RACER_COUNT];
    struct racer racers[RACER_COUNT];
    pthread_barrier_t start;
    unsigned made = 0;
    pthread_barrier_init(&start, NULL, RACER_COUNT);
    for (unsigned i = 0; i < RACER_COUNT; i++) {
        racers[i] = (struct racer){ &start, ERROR_SUCCESS };
        cr_assert_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (unsigned i = 0; i < RACER_COUNT; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        made += racers[i].status == ERROR_SUCCESS;
        /* Who loses is told NTE_EXISTS, or what SoftHSM says of objects that another is destroying. */
    }
    pthread_barrier_destroy(&start);
    cr_assert_leq(made, 1);
    struct vit_ksp_store *store = open_ready();
    backend->release(make(store, NULL, BCRYPT_ECDSA_P256_ALGORITHM,
            256)); /* logged in: all is seen */
    if (made == 1) {
        assert_success(backend->probe(store, u"k", false, &silent));
    }
    backend->close(store);
}
