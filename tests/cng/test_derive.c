/* SPDX-License-Identifier: MIT */
#include "tests/cng/agreement.h"

static BCRYPT_SECRET_HANDLE secret;

static void open_secret(void)
{
    BCRYPT_KEY_HANDLE key = NULL;
    struct blob blob = make_blob(BCRYPT_ECDH_PRIVATE_P521_MAGIC, 66, p521_key);
    assert_success(import_key(BCRYPT_ECDH_P521_ALG_HANDLE, BCRYPT_ECCPRIVATE_BLOB, &blob, 0, &key));
    secret = agree_on(key, key);
    assert_success(BCryptDestroyKey(key));
}

static void close_secret(void)
{
    assert_success(BCryptDestroySecret(secret));
}

TestSuite(derive, .init = open_secret, .fini = close_secret);

static UCHAR prepend[] = { 2, 4, 6, 8 }, append[] = { 1, 3, 5 }, hmac_key[] = { 3, 6, 9 };
static UCHAR seed[64];
static WCHAR sha1[] = BCRYPT_SHA1_ALGORITHM, sha256[] = BCRYPT_SHA256_ALGORITHM,
             sha384[] = BCRYPT_SHA384_ALGORITHM;

#define BUFFER(type, value) { sizeof(value), type, value }

static NTSTATUS derive(LPCWSTR kdf, BCryptBuffer *buffers, ULONG count, UCHAR *out, ULONG len,
        ULONG *result, ULONG flags)
{
    BCryptBufferDesc list = { 0xdeadbeef, count, buffers };
    return BCryptDeriveKey(secret, kdf, &list, out, len, result, flags);
}

static void assert_derived(LPCWSTR kdf, BCryptBuffer *buffers, ULONG count, ULONG flags,
        const char *expected)
{
    UCHAR out[128], bytes[128];
    ULONG len = (ULONG)strlen(expected) / 2, result = 0;
    from_hex(expected, bytes, len);
    assert_success(derive(kdf, buffers, count, out, len, &result, flags));
    cr_assert_eq(result, len);
    cr_assert_arr_eq(out, bytes, len);
}

Test(derive, hash_of_known_answers)
{
    BCryptBuffer front[] = { BUFFER(KDF_HASH_ALGORITHM, sha256),
        BUFFER(KDF_SECRET_PREPEND, prepend) };
    BCryptBuffer back[] = { BUFFER(KDF_HASH_ALGORITHM, sha256), BUFFER(KDF_SECRET_APPEND, append) };
    BCryptBuffer both[] = { BUFFER(KDF_SECRET_APPEND, append), BUFFER(KDF_HASH_ALGORITHM, sha256),
        BUFFER(KDF_SECRET_PREPEND, prepend) };
    BCryptBuffer swapped[] = { BUFFER(KDF_HASH_ALGORITHM, sha256),
        BUFFER(KDF_SECRET_PREPEND, append), BUFFER(KDF_SECRET_APPEND, prepend) };
    assert_derived(BCRYPT_KDF_HASH, front, 2, 0,
            "D0F4C42D61E794E508A079822F3069C9F89D9E3385C8E090425FF38927798017");
    assert_derived(BCRYPT_KDF_HASH, back, 2, 0,
            "20DCB58E2AC4E70B1BF47362B0D1C8B728E27D6575EA9B85106CBE05E1F7D6DB");
    assert_derived(BCRYPT_KDF_HASH, both, 3, 0,
            "EFC758D39896E9DE96C120B0A74FB751F140BD7F3F4FC3777DC2A530145E01EC");
    assert_derived(BCRYPT_KDF_HASH, swapped, 3, 0,
            "7DB5520A5D6351595FC286CD53509D964FBB152C289F072581CB5E16EBF319E8");
}

Test(derive, hash_takes_any_number_of_parts_in_their_order)
{
    BCryptBuffer buffers[13] = { BUFFER(KDF_HASH_ALGORITHM, sha256) };
    for (ULONG i = 0; i < 4; i++) {
        buffers[1 + i] = (BCryptBuffer){ 1, KDF_SECRET_PREPEND, prepend + i };
    }
    for (ULONG i = 0; i < 3; i++) {
        buffers[5 + i] = (BCryptBuffer){ 1, KDF_SECRET_APPEND, append + i };
    }
    for (ULONG i = 8; i < 13; i++) {
        buffers[i] = (BCryptBuffer){ 0, KDF_SECRET_APPEND, NULL };
    }
    assert_derived(BCRYPT_KDF_HASH, buffers, 13, 0,
            "EFC758D39896E9DE96C120B0A74FB751F140BD7F3F4FC3777DC2A530145E01EC");
}

Test(derive, hmac_of_known_answers)
{
    BCryptBuffer of_sha256[] = { BUFFER(KDF_HASH_ALGORITHM, sha256) };
    BCryptBuffer of_sha1[] = { BUFFER(KDF_HASH_ALGORITHM, sha1) };
    BCryptBuffer keyed[] = { BUFFER(KDF_HASH_ALGORITHM, sha256), BUFFER(KDF_HMAC_KEY, hmac_key) };
    BCryptBuffer both[] = { BUFFER(KDF_HASH_ALGORITHM, sha256), BUFFER(KDF_HMAC_KEY, hmac_key),
        BUFFER(KDF_SECRET_PREPEND, prepend), BUFFER(KDF_SECRET_APPEND, append) };
    BCryptBuffer swapped[] = { BUFFER(KDF_HASH_ALGORITHM, sha256), BUFFER(KDF_HMAC_KEY, hmac_key),
        BUFFER(KDF_SECRET_PREPEND, append), BUFFER(KDF_SECRET_APPEND, prepend) };
    assert_derived(BCRYPT_KDF_HMAC, of_sha256, 1, KDF_USE_SECRET_AS_HMAC_KEY_FLAG,
            "6D7D15C9A08FD47DFDABD3541BE3BBAF93B15FC65D30E6012CCC0B23ED5C43FF");
    assert_derived(BCRYPT_KDF_HMAC, of_sha1, 1, KDF_USE_SECRET_AS_HMAC_KEY_FLAG,
            "39D4B035BC1A1E4108B965689E27BA98ACED8449");
    assert_derived(BCRYPT_KDF_HMAC, NULL, 0, KDF_USE_SECRET_AS_HMAC_KEY_FLAG,
            "39D4B035BC1A1E4108B965689E27BA98ACED8449");
    assert_derived(BCRYPT_KDF_HMAC, keyed, 2, 0,
            "7A4F81BF065CC521AFB162DB4A45CEFC78227178A58632EA53D3E367AB7D1979");
    assert_derived(BCRYPT_KDF_HMAC, both, 4, 0,
            "2F7A31FF9118A6BBF92E268568C634A9F1E244CA8C1A74C864DECC50727B7DEE");
    assert_derived(BCRYPT_KDF_HMAC, swapped, 4, 0,
            "AE3CD974F262B199B0859D9F933207D2F6E3E04434D60089FE0BE801ED38D370");
}

Test(derive, hmac_has_one_key_only)
{
    UCHAR out[32];
    ULONG len;
    BCryptBuffer keyed[] = { BUFFER(KDF_HMAC_KEY, hmac_key) };
    assert_status(derive(BCRYPT_KDF_HMAC, keyed, 1, out, 32, &len, KDF_USE_SECRET_AS_HMAC_KEY_FLAG),
            STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_HASH, NULL, 0, out, 32, &len, KDF_USE_SECRET_AS_HMAC_KEY_FLAG),
            STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_HMAC, NULL, 0, out, 32, &len, 2), STATUS_INVALID_PARAMETER);
}

static char toves[] = { 's', 'l', 'i', 't', 'h', 'y', ' ', 't', 'o', 'v', 'e', 's' };
static char hello[] = { 'H', 'e', 'l', 'l', 'o', ',', ' ', 'W', 'o', 'r', 'l', 'd', '!' };

Test(derive, tls_prf_of_known_answers)
{
    BCryptBuffer one[] = { BUFFER(KDF_TLS_PRF_LABEL, toves), BUFFER(KDF_TLS_PRF_SEED, seed) };
    BCryptBuffer other[] = { BUFFER(KDF_TLS_PRF_LABEL, hello), BUFFER(KDF_TLS_PRF_SEED, seed) };
    assert_derived(BCRYPT_KDF_TLS_PRF, one, 2, 0,
            "3D5DCEF2B35E73523C34802175875CC241A966D2DEB89041540650478D300A70F822AF7F9D70A31BA4B67"
            "D100F4A1620");
    assert_derived(BCRYPT_KDF_TLS_PRF, other, 2, 0,
            "ED83A7CF14C6F1577FE7AD90F1D78D36AFF5D2612B78A70E5FD000660E4A3B00DFF9B7C118C29A3D32536"
            "A89A5481C00");
}

static NTSTATUS derive_tls(ULONG protocol, WCHAR *hash, ULONG hash_len, UCHAR *out)
{
    ULONG len = 0;
    BCryptBuffer buffers[] = { BUFFER(KDF_TLS_PRF_LABEL, toves), BUFFER(KDF_TLS_PRF_SEED, seed),
        { 4, KDF_TLS_PRF_PROTOCOL, &protocol }, { hash_len, KDF_HASH_ALGORITHM, hash } };
    return derive(BCRYPT_KDF_TLS_PRF, buffers, hash == NULL ? 3 : 4, out, 48, &len, 0);
}

Test(derive, tls_prf_depends_on_the_protocol)
{
    UCHAR old[48], dtls[48], v12[48], with_256[48], with_384[48];
    assert_success(derive_tls(0x0301, NULL, 0, old));
    cr_assert_eq(old[0], 0x3d);
    assert_success(derive_tls(0x0302, NULL, 0, dtls));
    cr_assert_arr_eq(old, dtls, 48);
    assert_success(derive_tls(0xfeff, sha384, sizeof(sha384), dtls));
    cr_assert_arr_eq(old, dtls, 48);
    assert_success(derive_tls(0x0303, NULL, 0, v12));
    assert_success(derive_tls(0x0303, sha256, sizeof(sha256), with_256));
    assert_success(derive_tls(0x0303, sha384, sizeof(sha384), with_384));
    cr_assert_arr_eq(v12, with_256, 48);
    cr_assert_arr_neq(v12, with_384, 48);
    cr_assert_arr_neq(v12, old, 48);
    assert_status(derive_tls(0x0303, sha1, sizeof(sha1), v12), STATUS_NOT_SUPPORTED);
    assert_status(derive_tls(0x0300, NULL, 0, v12), STATUS_NOT_SUPPORTED);
    assert_status(derive_tls(0x0002, NULL, 0, v12), STATUS_NOT_SUPPORTED);
    assert_status(derive_tls(0x0304, NULL, 0, v12), STATUS_INVALID_PARAMETER);
}

Test(derive, tls_prf_makes_48_bytes_from_a_label_and_a_seed_of_64)
{
    UCHAR out[64];
    ULONG len = 0;
    BCryptBuffer good[] = { BUFFER(KDF_TLS_PRF_LABEL, toves), BUFFER(KDF_TLS_PRF_SEED, seed) };
    BCryptBuffer short_seed[] = { BUFFER(KDF_TLS_PRF_LABEL, toves),
        { 63, KDF_TLS_PRF_SEED, seed } };
    assert_success(derive(BCRYPT_KDF_TLS_PRF, good, 2, NULL, 0, &len, 0));
    cr_assert_eq(len, 48);
    assert_status(derive(BCRYPT_KDF_TLS_PRF, good, 2, out, 47, &len, 0), STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_TLS_PRF, good, 2, out, 49, &len, 0), STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_TLS_PRF, good, 1, out, 48, &len, 0), STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_TLS_PRF, good + 1, 1, out, 48, &len, 0),
            STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_TLS_PRF, short_seed, 2, out, 48, &len, 0),
            STATUS_INVALID_PARAMETER);
}

/* How long a label may be is OpenSSL's affair, but 960 bytes are always taken. */
Test(derive, tls_prf_takes_long_labels_or_says_that_it_does_not)
{
    static UCHAR label[4096];
    UCHAR out[48];
    ULONG len = 0;
    BCryptBuffer longest[] = { { 960, KDF_TLS_PRF_LABEL, label }, BUFFER(KDF_TLS_PRF_SEED, seed) };
    BCryptBuffer longer[] = { BUFFER(KDF_TLS_PRF_LABEL, label), BUFFER(KDF_TLS_PRF_SEED, seed) };
    assert_success(derive(BCRYPT_KDF_TLS_PRF, longest, 2, out, 48, &len, 0));
    cr_assert_eq(len, 48);
    NTSTATUS status = derive(BCRYPT_KDF_TLS_PRF, longer, 2, out, 48, &len, 0);
    cr_assert(status == STATUS_SUCCESS || status == STATUS_NOT_SUPPORTED, "0x%08x",
            (unsigned)status);
}

/* By sha512sum: counter, the sheet's secret, and "a", "u", "v". */
Test(derive, concat_needs_algorithm_and_parties)
{
    static UCHAR a[] = { 'a' }, u[] = { 'u' }, v[] = { 'v' }, pub[] = { 'p' };
    UCHAR out[100], longer[100];
    ULONG len = 0;
    BCryptBuffer good[] = { BUFFER(KDF_ALGORITHMID, a), BUFFER(KDF_PARTYUINFO, u),
        BUFFER(KDF_PARTYVINFO, v), BUFFER(KDF_SUPPPUBINFO, pub) };
    assert_success(derive(BCRYPT_KDF_SP80056A_CONCAT, good, 3, out, 64, &len, 0));
    cr_assert_eq(len, 64);
    assert_success(derive(BCRYPT_KDF_SP80056A_CONCAT, good, 3, longer, 100, &len, 0));
    cr_assert_eq(len, 100);
    cr_assert_arr_eq(out, longer, 64);
    assert_success(derive(BCRYPT_KDF_SP80056A_CONCAT, good, 4, longer, 64, &len, 0));
    cr_assert_arr_neq(out, longer, 64);
    for (ULONG i = 0; i < 3; i++) {
        BCryptBuffer bad[3] = { good[0], good[1], good[2] };
        bad[i] = good[3];
        assert_status(derive(BCRYPT_KDF_SP80056A_CONCAT, bad, 3, out, 64, &len, 0),
                STATUS_INVALID_PARAMETER);
    }
}

Test(derive, concat_has_no_hash_for_other_groups)
{
    static UCHAR any[] = { 'a' };
    UCHAR out[32];
    ULONG len;
    BCryptBuffer buffers[] = { BUFFER(KDF_ALGORITHMID, any), BUFFER(KDF_PARTYUINFO, any),
        BUFFER(KDF_PARTYVINFO, any) };
    BCryptBufferDesc list = { 0, 3, buffers };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 768);
    BCRYPT_SECRET_HANDLE of_dh = agree_on(key, key);
    assert_status(BCryptDeriveKey(of_dh, BCRYPT_KDF_SP80056A_CONCAT, &list, out, 32, &len, 0),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroySecret(of_dh));
    assert_success(BCryptDestroyKey(key));
}

/* Whichever name it has; and no other curve of the same length. */
Test(derive, concat_goes_by_the_curve_and_not_by_its_size)
{
    static UCHAR any[] = { 'a' };
    const LPCWSTR names[] = { BCRYPT_ECC_CURVE_NISTP256, BCRYPT_ECC_CURVE_SECP256R1,
        BCRYPT_ECC_CURVE_SECP384R1, BCRYPT_ECC_CURVE_SECP256K1, BCRYPT_ECC_CURVE_BRAINPOOLP256R1,
        BCRYPT_ECC_CURVE_BRAINPOOLP384R1, BCRYPT_ECC_CURVE_NISTP224, BCRYPT_ECC_CURVE_25519 };
    BCryptBuffer buffers[] = { BUFFER(KDF_ALGORITHMID, any), BUFFER(KDF_PARTYUINFO, any),
        BUFFER(KDF_PARTYVINFO, any) };
    BCryptBufferDesc list = { 0, 3, buffers };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        UCHAR out[32];
        ULONG len;
        BCRYPT_ALG_HANDLE provider = open_curve(names[i]);
        BCRYPT_KEY_HANDLE key = generate_key(provider, 0);
        BCRYPT_SECRET_HANDLE made = agree_on(key, key);
        assert_status(BCryptDeriveKey(made, BCRYPT_KDF_SP80056A_CONCAT, &list, out, 32, &len, 0),
                i < 3 ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED);
        assert_success(BCryptDestroySecret(made));
        assert_success(BCryptDestroyKey(key));
        assert_success(BCryptCloseAlgorithmProvider(provider, 0));
    }
}

static NTSTATUS set(LPCWSTR name, const void *value, ULONG len)
{
    return BCryptSetProperty(secret, name, (PUCHAR)value, len, 0);
}

Test(derive, hkdf_is_told_a_hash_then_a_salt_once)
{
    UCHAR out[64], again[64];
    ULONG len = 0;
    assert_status(derive(BCRYPT_KDF_HKDF, NULL, 0, out, 64, &len, 0), STATUS_INVALID_PARAMETER);
    assert_status(set(BCRYPT_HKDF_SALT_AND_FINALIZE, "salt", 4), STATUS_INVALID_PARAMETER);
    assert_status(set(BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0), STATUS_INVALID_PARAMETER);
    assert_status(set(BCRYPT_HKDF_HASH_ALGORITHM, BCRYPT_RNG_ALGORITHM, 8), STATUS_NOT_SUPPORTED);
    assert_status(set(BCRYPT_HKDF_SALT_AND_FINALIZE, "salt", 4), STATUS_INVALID_PARAMETER);
    assert_success(set(BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    assert_status(derive(BCRYPT_KDF_HKDF, NULL, 0, out, 64, &len, 0), STATUS_INVALID_PARAMETER);
    assert_success(set(BCRYPT_HKDF_SALT_AND_FINALIZE, "salt", 4));
    assert_status(set(BCRYPT_HKDF_SALT_AND_FINALIZE, "salt", 4), STATUS_INVALID_PARAMETER);
    assert_status(set(BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)),
            STATUS_INVALID_PARAMETER);
    assert_success(derive(BCRYPT_KDF_HKDF, NULL, 0, out, 64, &len, 0));
    cr_assert_eq(len, 64);
    BCryptBuffer info[] = { BUFFER(KDF_HKDF_INFO, prepend) };
    assert_success(derive(BCRYPT_KDF_HKDF, info, 1, again, 64, &len, 0));
    cr_assert_arr_neq(out, again, 64);
    static UCHAR much[255 * 32 + 1];
    assert_status(derive(BCRYPT_KDF_HKDF, NULL, 0, much, sizeof(much), &len, 0),
            STATUS_INVALID_PARAMETER);
    assert_success(derive(BCRYPT_KDF_HKDF, NULL, 0, much, sizeof(much) - 1, &len, 0));
    cr_assert_arr_eq(much, out, 64);
    assert_status(set(BCRYPT_KEY_LENGTH, out, 4), STATUS_NOT_SUPPORTED);
}

Test(derive, hkdf_needs_no_salt)
{
    static const UCHAR zeros[32];
    UCHAR out[32], z[128], prk[32], made[32];
    ULONG len = 0, z_len = raw_secret(secret, z);
    assert_success(set(BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    assert_success(set(BCRYPT_HKDF_SALT_AND_FINALIZE, NULL, 0));
    assert_success(derive(BCRYPT_KDF_HKDF, NULL, 0, NULL, 0, &len, 0));
    cr_assert_eq(len, 32);
    assert_success(derive(BCRYPT_KDF_HKDF, NULL, 0, out, 32, &len, 0));
    assert_success(BCryptHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, (PUCHAR)zeros, 32, z, z_len, prk, 32));
    assert_success(BCryptHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, prk, 32, (PUCHAR) "\1", 1, made, 32));
    cr_assert_arr_eq(out, made, 32);
}

Test(derive, hkdf_takes_the_secret_itself_for_its_key)
{
    UCHAR out[32], z[128], made[32];
    ULONG len = 0;
    BCRYPT_HASH_HANDLE hash;
    assert_success(set(BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    assert_status(set(BCRYPT_HKDF_PRK_AND_FINALIZE, "key", 3), STATUS_INVALID_PARAMETER);
    assert_success(set(BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0));
    assert_success(derive(BCRYPT_KDF_HKDF, NULL, 0, out, 32, &len, 0));
    ULONG z_len = raw_secret(secret, z);
    assert_success(BCryptCreateHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, &hash, NULL, 0, z, z_len, 0));
    assert_success(BCryptHashData(hash, (PUCHAR) "\1", 1, 0));
    assert_success(BCryptFinishHash(hash, made, 32, 0));
    assert_success(BCryptDestroyHash(hash));
    cr_assert_arr_eq(out, made, 32);
}

Test(derive, a_short_buffer_gets_the_first_bytes_and_a_long_one_keeps_its_end)
{
    const LPCWSTR kdfs[] = { BCRYPT_KDF_HASH, BCRYPT_KDF_HMAC, BCRYPT_KDF_RAW_SECRET };
    const ULONG lens[] = { 20, 20, 66 };
    for (unsigned i = 0; i < 3; i++) {
        UCHAR whole[100], part[100];
        ULONG len = 0;
        memset(whole, 0xaa, sizeof(whole));
        memset(part, 0xaa, sizeof(part));
        assert_success(BCryptDeriveKey(secret, kdfs[i], NULL, NULL, 0, &len, 0));
        cr_assert_eq(len, lens[i]);
        assert_success(BCryptDeriveKey(secret, kdfs[i], NULL, whole, 100, &len, 0));
        cr_assert_eq(len, lens[i]);
        cr_assert_eq(whole[len], 0xaa);
        assert_success(BCryptDeriveKey(secret, kdfs[i], NULL, part, 10, &len, 0));
        cr_assert_eq(len, 10);
        cr_assert_arr_eq(part, whole, 10);
        cr_assert_eq(part[10], 0xaa);
        assert_success(BCryptDeriveKey(secret, kdfs[i], NULL, part, 0, &len, 0));
        cr_assert_eq(len, 0);
    }
}

Test(derive, says_what_is_wrong)
{
    UCHAR out[32];
    ULONG len = 0;
    static WCHAR none[] = u"INVALID", rng[] = BCRYPT_RNG_ALGORITHM;
    BCryptBuffer unknown[] = { BUFFER(KDF_HASH_ALGORITHM, none) };
    BCryptBuffer no_hash[] = { BUFFER(KDF_HASH_ALGORITHM, rng) };
    BCryptBuffer hole[] = { { 4, KDF_SECRET_PREPEND, NULL } };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    assert_status(BCryptDeriveKey(NULL, BCRYPT_KDF_HASH, NULL, out, 32, &len, 0),
            STATUS_INVALID_HANDLE);
    assert_status(BCryptDeriveKey(key, BCRYPT_KDF_HASH, NULL, out, 32, &len, 0),
            STATUS_INVALID_HANDLE);
    assert_status(BCryptDeriveKey(secret, NULL, NULL, out, 32, &len, 0), STATUS_INVALID_PARAMETER);
    assert_status(BCryptDeriveKey(secret, BCRYPT_KDF_HASH, NULL, out, 32, NULL, 0),
            STATUS_INVALID_PARAMETER);
    assert_status(BCryptDeriveKey(secret, u"NONE", NULL, out, 32, &len, 0), STATUS_NOT_SUPPORTED);
    assert_status(derive(BCRYPT_KDF_HASH, unknown, 1, out, 32, &len, 0), STATUS_NOT_SUPPORTED);
    assert_status(derive(BCRYPT_KDF_HASH, no_hash, 1, out, 32, &len, 0), STATUS_NOT_SUPPORTED);
    assert_status(derive(BCRYPT_KDF_HASH, hole, 1, out, 32, &len, 0), STATUS_INVALID_PARAMETER);
    assert_status(derive(BCRYPT_KDF_HASH, NULL, 1, out, 32, &len, 0), STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(key));
}

Test(derive, properties_of_a_secret)
{
    WCHAR name[32];
    BCRYPT_ALG_HANDLE provider;
    ULONG len;
    assert_success(BCryptGetProperty(secret, BCRYPT_ALGORITHM_NAME, (PUCHAR)name, sizeof(name),
            &len, 0));
    cr_assert_eq(len, sizeof(BCRYPT_ECDH_P521_ALGORITHM));
    cr_assert_arr_eq(name, BCRYPT_ECDH_P521_ALGORITHM, len);
    assert_success(BCryptGetProperty(secret, BCRYPT_PROVIDER_HANDLE, (PUCHAR)&provider,
            sizeof(provider), &len, 0));
    cr_assert_eq(provider, BCRYPT_ECDH_P521_ALG_HANDLE);
}
