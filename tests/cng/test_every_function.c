/* SPDX-License-Identifier: MIT */
/*
 * What holds for every published function alike: which handles it takes, that it misses no pointer
 * and no flag, and what it asks for at DISPATCH_LEVEL. Each function is called by one row of a table.
 */
#include <stdio.h>

#include "base/irql.h"
#include "tests/cng/cng.h"

enum { MODULUS_LEN = 64, MODULUS_BITS = 8 * MODULUS_LEN, DIGEST_LEN = 32, UNKNOWN_FLAG = 1 << 30 };

/* All that a call may point to. */
struct memory {
    BCRYPT_HANDLE place;
    ULONG result, bits;
    UCHAR in[72], out[512], part[4], label[4], key_data[28], iv[16];
    BCryptBufferDesc list;
    BCryptBuffer buffer;
    BCRYPT_OAEP_PADDING_INFO oaep;
    BCRYPT_PKCS1_PADDING_INFO pkcs1;
};

/* One is locked when the level is raised, the other is not. */
static struct memory locked, loose;

struct arguments {
    BCRYPT_HANDLE *place;
    ULONG *result, *bits;
    PUCHAR in, out;
    BCryptBufferDesc *list;
    VOID *oaep, *pkcs1;
    PUCHAR key_data, iv;
    BCRYPT_HANDLE partner; /* another handle that the call needs, a good one */
    ULONG flags;
};

/* Which of them a function uses, or needs. */
enum {
    PLACE = 1 << 0,
    RESULT = 1 << 1,
    BITS = 1 << 2,
    IN = 1 << 3,
    OUT = 1 << 4,
    LIST = 1 << 5,
    OAEP = 1 << 6,
    PKCS1 = 1 << 7,
    /* What others point to. */
    BUFFER = 1 << 8,
    PART = 1 << 9,
    LABEL = 1 << 10,
    KEY_DATA = 1 << 11,
    IV = 1 << 12,
    LAST = IV,
};

/* The generator of P-256 as a public key: bytes to be hashed, padded and imported. Begins with less
 * than any modulus does. */
static const UCHAR input[72] = { 0x45, 0x43, 0x4b, 0x31, 0x20, 0, 0, 0, 0x6b, 0x17, 0xd1, 0xf2,
    0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81,
    0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2,
    0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
    0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 };

static void fill(struct memory *memory)
{
    *memory = (struct memory){ .bits = MODULUS_BITS };
    memcpy(memory->in, input, sizeof(input));
    memcpy(memory->key_data, "KDBM\1\0\0\0\20\0\0\0", 12);
    memory->buffer = (BCryptBuffer){ sizeof(memory->part), KDF_SECRET_PREPEND, memory->part };
    memory->list = (BCryptBufferDesc){ BCRYPTBUFFER_VERSION, 1, &memory->buffer };
    memory->oaep = (BCRYPT_OAEP_PADDING_INFO){ BCRYPT_SHA1_ALGORITHM, memory->label,
        sizeof(memory->label) };
    memory->pkcs1 = (BCRYPT_PKCS1_PADDING_INFO){ BCRYPT_SHA256_ALGORITHM };
}

static struct arguments good_arguments(BCRYPT_HANDLE partner)
{
    fill(&locked);
    fill(&loose);
    return (struct arguments){ &locked.place, &locked.result, &locked.bits, locked.in, locked.out,
        &locked.list, &locked.oaep, &locked.pkcs1, locked.key_data, locked.iv, partner, 0 };
}

static struct arguments without(struct arguments arguments, unsigned which)
{
    arguments.place = which & PLACE ? NULL : arguments.place;
    arguments.result = which & RESULT ? NULL : arguments.result;
    arguments.bits = which & BITS ? NULL : arguments.bits;
    arguments.in = which & IN ? NULL : arguments.in;
    arguments.out = which & OUT ? NULL : arguments.out;
    arguments.oaep = which & OAEP ? NULL : arguments.oaep;
    arguments.pkcs1 = which & PKCS1 ? NULL : arguments.pkcs1;
    arguments.key_data = which & KEY_DATA ? NULL : arguments.key_data;
    arguments.iv = which & IV ? NULL : arguments.iv;
    locked.list.pBuffers = which & BUFFER ? NULL : &locked.buffer;
    locked.buffer.pvBuffer = which & PART ? NULL : locked.part;
    locked.oaep.pbLabel = which & LABEL ? NULL : locked.label;
    return arguments;
}

/* One thing lies where it must not. */
static struct arguments unlocked(struct arguments arguments, unsigned which)
{
    arguments.place = which & PLACE ? &loose.place : arguments.place;
    arguments.result = which & RESULT ? &loose.result : arguments.result;
    arguments.bits = which & BITS ? &loose.bits : arguments.bits;
    arguments.in = which & IN ? loose.in : arguments.in;
    arguments.out = which & OUT ? loose.out : arguments.out;
    arguments.list = which & LIST ? &loose.list : arguments.list;
    arguments.oaep = which & OAEP ? &loose.oaep : arguments.oaep;
    arguments.pkcs1 = which & PKCS1 ? &loose.pkcs1 : arguments.pkcs1;
    arguments.key_data = which & KEY_DATA ? loose.key_data : arguments.key_data;
    arguments.iv = which & IV ? loose.iv : arguments.iv;
    loose.list.pBuffers = &locked.buffer;
    loose.oaep.pbLabel = locked.label;
    loose.buffer.pvBuffer = locked.part;
    locked.list.pBuffers = which & BUFFER ? &loose.buffer : &locked.buffer;
    locked.buffer.pvBuffer = which & PART ? loose.part : locked.part;
    locked.oaep.pbLabel = which & LABEL ? loose.label : locked.label;
    return arguments;
}

/* Handles, with all that they need. */

enum kind { PROVIDER, KEY, HASH, SECRET, KIND_COUNT, ANY = KIND_COUNT };

struct made {
    enum kind kind;
    BCRYPT_HANDLE handle;
    BCRYPT_ALG_HANDLE provider;
    enum kind partner_kind;
    BCRYPT_HANDLE partner;
};

typedef struct made make_fn(ULONG flags);

static void destroy(enum kind kind, BCRYPT_HANDLE handle)
{
    switch (kind) {
    case PROVIDER:
        close_provider(handle);
        break;
    case KEY:
        cr_assert_success(BCryptDestroyKey(handle));
        break;
    case HASH:
        cr_assert_success(BCryptDestroyHash(handle));
        break;
    default:
        cr_assert_success(BCryptDestroySecret(handle));
    }
}

static void unmake(const struct made *made, bool gone)
{
    if (!gone) {
        destroy(made->kind, made->handle);
    }
    if (made->partner != NULL) {
        destroy(made->partner_kind, made->partner);
    }
    if (made->kind != PROVIDER) {
        close_provider(made->provider);
    }
}

static struct made provider_of(LPCWSTR name, ULONG flags)
{
    BCRYPT_ALG_HANDLE provider = open_provider(name, flags);
    return (struct made){ .kind = PROVIDER, .handle = provider, .provider = provider };
}

static struct made make_hasher(ULONG flags)
{
    return provider_of(BCRYPT_SHA256_ALGORITHM, flags);
}

static struct made make_hmac(ULONG flags)
{
    return provider_of(BCRYPT_SHA256_ALGORITHM, flags | BCRYPT_ALG_HANDLE_HMAC_FLAG);
}

static struct made make_generator(ULONG flags)
{
    return provider_of(BCRYPT_RNG_ALGORITHM, flags);
}

static struct made make_ecdh(ULONG flags)
{
    return provider_of(BCRYPT_ECDH_P256_ALGORITHM, flags);
}

static struct made make_cipher(ULONG flags)
{
    return provider_of(BCRYPT_AES_ALGORITHM, flags);
}

static struct made make_aes_key(ULONG flags)
{
    struct made made = make_cipher(flags);
    made.kind = KEY;
    cr_assert_success(BCryptGenerateSymmetricKey(made.provider, &made.handle, NULL, 0,
            (PUCHAR)input, 16, 0));
    return made;
}

/* Ready to be derived from; what it is told later it may leave out. */
static struct made make_hkdf_key(ULONG flags)
{
    struct made made = provider_of(BCRYPT_HKDF_ALGORITHM, flags);
    made.kind = KEY;
    cr_assert_success(BCryptGenerateSymmetricKey(made.provider, &made.handle, NULL, 0,
            (PUCHAR)input, 16, 0));
    cr_assert_success(BCryptSetProperty(made.handle, BCRYPT_HKDF_HASH_ALGORITHM,
            (PUCHAR)BCRYPT_SHA256_ALGORITHM, sizeof(BCRYPT_SHA256_ALGORITHM), 0));
    cr_assert_success(BCryptSetProperty(made.handle, BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0, 0));
    return made;
}

static BCRYPT_HASH_HANDLE hash_of(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_HASH_HANDLE hash;
    cr_assert_success(BCryptCreateHash(provider, &hash, NULL, 0, NULL, 0, 0));
    return hash;
}

static struct made make_hash(ULONG flags)
{
    struct made made = make_hasher(flags);
    made.kind = HASH;
    made.handle = hash_of(made.provider);
    return made;
}

/* The provider that a key is to be derived for, and a hash. */
static struct made make_target(ULONG flags)
{
    struct made made = make_hasher(flags);
    made.partner_kind = HASH;
    made.partner = hash_of(made.provider);
    return made;
}

static struct made unfinished_key(LPCWSTR name, ULONG bits, ULONG flags)
{
    struct made made = provider_of(name, flags);
    made.kind = KEY;
    cr_assert_success(BCryptGenerateKeyPair(made.provider, &made.handle, bits, 0));
    return made;
}

static struct made make_unfinished_key(ULONG flags)
{
    return unfinished_key(BCRYPT_ECDH_P256_ALGORITHM, 256, flags);
}

static struct made make_length_key(ULONG flags)
{
    return unfinished_key(BCRYPT_RSA_ALGORITHM, MODULUS_BITS, flags);
}

static struct made make_rsa_key(ULONG flags)
{
    struct made made = make_length_key(flags);
    cr_assert_success(BCryptFinalizeKeyPair(made.handle, 0));
    return made;
}

static struct made make_ecdh_key(ULONG flags)
{
    struct made made = make_unfinished_key(flags);
    cr_assert_success(BCryptFinalizeKeyPair(made.handle, 0));
    return made;
}

static struct made make_two_keys(ULONG flags)
{
    struct made made = make_ecdh_key(flags);
    made.partner_kind = KEY;
    cr_assert_success(BCryptGenerateKeyPair(made.provider, &made.partner, 256, 0));
    cr_assert_success(BCryptFinalizeKeyPair(made.partner, 0));
    return made;
}

static struct made make_secret(ULONG flags)
{
    struct made made = make_ecdh_key(flags);
    BCRYPT_KEY_HANDLE key = made.handle;
    cr_assert_success(BCryptSecretAgreement(key, key, &made.handle, 0));
    cr_assert_success(BCryptDestroyKey(key));
    made.kind = SECRET;
    return made;
}

static make_fn *const makers[KIND_COUNT] = { make_hasher, make_rsa_key, make_hash, make_secret };

/* The functions. */

typedef NTSTATUS call_fn(BCRYPT_HANDLE handle, const struct arguments *with);

static NTSTATUS close_algorithm_provider(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptCloseAlgorithmProvider(handle, with->flags);
}

static NTSTATUS create_hash(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptCreateHash(handle, with->place, NULL, 0, with->in, DIGEST_LEN, with->flags);
}

static NTSTATUS decrypt(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDecrypt(handle, with->in, MODULUS_LEN, NULL, NULL, 0, with->out, MODULUS_LEN,
            with->result, with->flags | BCRYPT_PAD_NONE);
}

static NTSTATUS decrypt_blocks(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDecrypt(handle, with->in, 32, NULL, with->iv, 16, with->out, 32, with->result,
            with->flags);
}

static NTSTATUS derive_key(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDeriveKey(handle, BCRYPT_KDF_HASH, with->list, with->out, 20, with->result,
            with->flags);
}

static NTSTATUS derive_key_capi(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDeriveKeyCapi(handle, NULL, with->out, DIGEST_LEN, with->flags);
}

static NTSTATUS derive_key_capi_for(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDeriveKeyCapi(with->partner, handle, with->out, DIGEST_LEN, with->flags);
}

static NTSTATUS derive_key_pbkdf2(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDeriveKeyPBKDF2(handle, with->in, 8, with->in, 8, 1, with->out, 32, with->flags);
}

static NTSTATUS destroy_hash(BCRYPT_HANDLE handle, const struct arguments *with)
{
    (void)with;
    return BCryptDestroyHash(handle);
}

static NTSTATUS destroy_key(BCRYPT_HANDLE handle, const struct arguments *with)
{
    (void)with;
    return BCryptDestroyKey(handle);
}

static NTSTATUS destroy_secret(BCRYPT_HANDLE handle, const struct arguments *with)
{
    (void)with;
    return BCryptDestroySecret(handle);
}

static NTSTATUS duplicate_hash(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDuplicateHash(handle, with->place, with->out, sizeof(locked.out), with->flags);
}

static NTSTATUS duplicate_key(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptDuplicateKey(handle, with->place, with->out, sizeof(locked.out), with->flags);
}

static NTSTATUS encrypt(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptEncrypt(handle, with->in, 8, with->oaep, NULL, 0, with->out, MODULUS_LEN,
            with->result, with->flags | BCRYPT_PAD_OAEP);
}

static NTSTATUS encrypt_blocks(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptEncrypt(handle, with->in, 32, NULL, with->iv, 16, with->out, 32, with->result,
            with->flags);
}

static NTSTATUS export_key(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptExportKey(handle, NULL, BCRYPT_PRIVATE_KEY_BLOB, with->out, sizeof(locked.out),
            with->result, with->flags);
}

static NTSTATUS finalize_key_pair(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptFinalizeKeyPair(handle, with->flags);
}

static NTSTATUS finish_hash(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptFinishHash(handle, with->out, DIGEST_LEN, with->flags);
}

static NTSTATUS gen_random(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptGenRandom(handle, with->out, 8, with->flags);
}

static NTSTATUS generate_key_pair(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptGenerateKeyPair(handle, with->place, 256, with->flags);
}

static NTSTATUS generate_symmetric_key(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptGenerateSymmetricKey(handle, with->place, NULL, 0, with->in, 16, with->flags);
}

static NTSTATUS get_property(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptGetProperty(handle, BCRYPT_ALGORITHM_NAME, with->out, sizeof(locked.out),
            with->result, with->flags);
}

static NTSTATUS hash_at_once(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptHash(handle, NULL, 0, with->in, 8, with->out, DIGEST_LEN);
}

static NTSTATUS hash_data(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptHashData(handle, with->in, 8, with->flags);
}

static NTSTATUS import_key(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptImportKey(handle, NULL, BCRYPT_KEY_DATA_BLOB, with->place, NULL, 0, with->key_data,
            sizeof(locked.key_data), with->flags);
}

static NTSTATUS import_key_pair(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptImportKeyPair(handle, NULL, BCRYPT_ECCPUBLIC_BLOB, with->place, with->in,
            sizeof(input), with->flags);
}

static NTSTATUS key_derivation(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptKeyDerivation(handle, with->list, with->out, 32, with->result, with->flags);
}

static NTSTATUS agree_as_private(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptSecretAgreement(handle, with->partner, with->place, with->flags);
}

static NTSTATUS agree_as_public(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptSecretAgreement(with->partner, handle, with->place, with->flags);
}

static NTSTATUS set_property(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptSetProperty(handle, BCRYPT_KEY_LENGTH, (PUCHAR)with->bits, 4, with->flags);
}

static NTSTATUS sign_hash(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptSignHash(handle, with->pkcs1, with->in, DIGEST_LEN, with->out, MODULUS_LEN,
            with->result, with->flags | BCRYPT_PAD_PKCS1);
}

static NTSTATUS verify_signature(BCRYPT_HANDLE handle, const struct arguments *with)
{
    return BCryptVerifySignature(handle, with->pkcs1, with->in, DIGEST_LEN, with->out, MODULUS_LEN,
            with->flags | BCRYPT_PAD_PKCS1);
}

static const struct function {
    const char *name;
    enum kind kind;
    make_fn *make;
    call_fn *call;
    unsigned uses, needs; /* uses: what must be locked; needs: what must be there */
    NTSTATUS good;        /* what a call with good arguments gives */
    enum kind gives;      /* of what it puts into its place */
    bool takes_flags, ends;
} functions[] = {
    { "BCryptCloseAlgorithmProvider", PROVIDER, make_hasher, close_algorithm_provider,
            .takes_flags = true, .ends = true },
    { "BCryptCreateHash", PROVIDER, make_hmac, create_hash, PLACE | IN, PLACE | IN, .gives = HASH,
            .takes_flags = true },
    { "BCryptDecrypt", KEY, make_rsa_key, decrypt, IN | OUT | RESULT, IN | RESULT,
            .takes_flags = true },
    { "BCryptDecrypt", KEY, make_aes_key, decrypt_blocks, IN | OUT | RESULT | IV, IN | RESULT,
            .takes_flags = true },
    { "BCryptDeriveKey", SECRET, make_secret, derive_key, OUT | RESULT | LIST | BUFFER | PART,
            RESULT | BUFFER | PART, .takes_flags = true },
    { "BCryptDeriveKeyCapi", HASH, make_hash, derive_key_capi, OUT, OUT, .takes_flags = true },
    { "BCryptDeriveKeyCapi", PROVIDER, make_target, derive_key_capi_for, OUT, OUT,
            .takes_flags = true },
    { "BCryptDeriveKeyPBKDF2", PROVIDER, make_hmac, derive_key_pbkdf2, IN | OUT, IN | OUT,
            .takes_flags = true },
    { "BCryptDestroyHash", HASH, make_hash, destroy_hash, .ends = true },
    { "BCryptDestroyKey", KEY, make_ecdh_key, destroy_key, .ends = true },
    { "BCryptDestroySecret", SECRET, make_secret, destroy_secret, .ends = true },
    { "BCryptDuplicateHash", HASH, make_hash, duplicate_hash, PLACE | OUT, PLACE | OUT,
            .gives = HASH, .takes_flags = true },
    { "BCryptDuplicateKey", KEY, make_ecdh_key, duplicate_key, PLACE | OUT, PLACE | OUT,
            .gives = KEY, .takes_flags = true },
    { "BCryptEncrypt", KEY, make_rsa_key, encrypt, IN | OUT | RESULT | OAEP | LABEL,
            IN | RESULT | OAEP | LABEL, .takes_flags = true },
    { "BCryptEncrypt", KEY, make_aes_key, encrypt_blocks, IN | OUT | RESULT | IV, IN | RESULT,
            .takes_flags = true },
    { "BCryptExportKey", KEY, make_ecdh_key, export_key, OUT | RESULT, RESULT,
            .takes_flags = true },
    { "BCryptFinalizeKeyPair", KEY, make_unfinished_key, finalize_key_pair, .takes_flags = true },
    { "BCryptFinishHash", HASH, make_hash, finish_hash, OUT, OUT, .takes_flags = true },
    { "BCryptGenRandom", PROVIDER, make_generator, gen_random, OUT, OUT, .takes_flags = true },
    { "BCryptGenerateKeyPair", PROVIDER, make_ecdh, generate_key_pair, PLACE, PLACE, .gives = KEY,
            .takes_flags = true },
    { "BCryptGenerateSymmetricKey", PROVIDER, make_cipher, generate_symmetric_key, PLACE | IN,
            PLACE | IN, .gives = KEY, .takes_flags = true },
    { "BCryptGetProperty", ANY, make_hasher, get_property, OUT | RESULT, RESULT,
            .takes_flags = true },
    { "BCryptHash", PROVIDER, make_hasher, hash_at_once, IN | OUT, IN | OUT, .takes_flags = false },
    { "BCryptHashData", HASH, make_hash, hash_data, IN, IN, .takes_flags = true },
    { "BCryptImportKey", PROVIDER, make_cipher, import_key, PLACE | KEY_DATA, PLACE | KEY_DATA,
            .gives = KEY, .takes_flags = true },
    { "BCryptImportKeyPair", PROVIDER, make_ecdh, import_key_pair, PLACE | IN, PLACE | IN,
            .gives = KEY, .takes_flags = true },
    { "BCryptKeyDerivation", KEY, make_hkdf_key, key_derivation,
            OUT | RESULT | LIST | BUFFER | PART, OUT | RESULT | BUFFER | PART,
            .takes_flags = true },
    { "BCryptKeyDerivation", KEY, make_rsa_key, key_derivation, OUT | RESULT, OUT | RESULT,
            .good = STATUS_NOT_SUPPORTED },
    { "BCryptSecretAgreement", KEY, make_two_keys, agree_as_private, PLACE, PLACE, .gives = SECRET,
            .takes_flags = true },
    { "BCryptSecretAgreement", KEY, make_two_keys, agree_as_public, PLACE, PLACE, .gives = SECRET,
            .takes_flags = true },
    { "BCryptSetProperty", ANY, make_length_key, set_property, BITS, BITS, .takes_flags = true },
    { "BCryptSignHash", KEY, make_rsa_key, sign_hash, IN | OUT | RESULT | PKCS1,
            IN | RESULT | PKCS1, .takes_flags = true },
    { "BCryptVerifySignature", KEY, make_rsa_key, verify_signature, IN | OUT | PKCS1,
            IN | OUT | PKCS1, .good = STATUS_INVALID_SIGNATURE, .takes_flags = true },
};

enum { FUNCTION_COUNT = sizeof(functions) / sizeof(functions[0]) };

static const char *const without_handles[] = { "BCryptEnumAlgorithms", "BCryptFreeBuffer",
    "BCryptGetFipsAlgorithmMode", "BCryptOpenAlgorithmProvider" };

static bool is_covered(const char *name)
{
    for (size_t i = 0; i < sizeof(without_handles) / sizeof(without_handles[0]); i++) {
        if (strcmp(without_handles[i], name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

Test(every_function, of_the_library_is_in_this_table)
{
    char line[256], name[128];
    int count = 0;
    FILE *file = fopen(SYMBOLS, "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, " %127[A-Za-z0-9];", name) == 1 && strncmp(name, "BCrypt", 6) == 0) {
            cr_assert(is_covered(name), "%s", name);
            count++;
        }
    }
    fclose(file);
    cr_assert_geq(count, 32);
}

/* DestroyHash has the one code that its siblings lack. */
static NTSTATUS bad_handle(const struct function *function)
{
    return function->call == destroy_hash ? STATUS_INVALID_PARAMETER : STATUS_INVALID_HANDLE;
}

static NTSTATUS call(const struct function *function, BCRYPT_HANDLE handle,
        const struct arguments *with)
{
    NTSTATUS status = function->call(handle, with);
    if (with->place != NULL && *with->place != NULL) {
        cr_assert(NT_SUCCESS(status), "%s: refused, and gave a handle", function->name);
        destroy(function->gives, *with->place);
        *with->place = NULL;
    }
    return status;
}

#define assert_call(function, handle, with, wanted)                                                \
    do {                                                                                           \
        NTSTATUS got_ = call(function, handle, with);                                              \
        cr_assert_eq(got_, (NTSTATUS)(wanted), "%s: 0x%08x, not 0x%08x", (function)->name,         \
                (unsigned)got_, (unsigned)(wanted));                                               \
    } while (0)

/* A handle is looked at before anything else. */
static void check_bad_handle(const struct function *function, BCRYPT_HANDLE handle,
        BCRYPT_HANDLE partner)
{
    struct arguments good = good_arguments(partner), none = { .partner = partner };
    assert_call(function, handle, &good, bad_handle(function));
    assert_call(function, handle, &none, bad_handle(function));
}

Test(every_function, takes_its_own_handles, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        struct made made = functions[i].make(0);
        struct arguments good = good_arguments(made.partner);
        assert_call(&functions[i], made.handle, &good, functions[i].good);
        unmake(&made, functions[i].ends);
    }
}

Test(every_function, takes_no_handles_of_other_kinds_and_leaves_them_alone, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        struct made right = functions[i].make(0);
        for (unsigned kind = 0; kind < KIND_COUNT && functions[i].kind != ANY; kind++) {
            if (kind != functions[i].kind) {
                struct made wrong = makers[kind](0);
                check_bad_handle(&functions[i], wrong.handle, right.partner);
                unmake(&wrong, false);
            }
        }
        if (functions[i].kind != PROVIDER && functions[i].kind != ANY) {
            check_bad_handle(&functions[i], BCRYPT_SHA256_ALG_HANDLE, right.partner);
        }
        unmake(&right, false);
    }
}

Test(every_function, takes_no_handle_that_is_none, .timeout = 120)
{
    int memory = 0;
    const BCRYPT_HANDLE garbage[] = { GARBAGE_HANDLE, (BCRYPT_HANDLE)UINTPTR_MAX, &memory,
        (BCRYPT_HANDLE)(ULONG_PTR)0x1000, (BCRYPT_HANDLE)(ULONG_PTR)0x11, NULL };
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        struct made right = functions[i].make(0);
        for (size_t j = 0; j < sizeof(garbage) / sizeof(garbage[0]); j++) {
            /* No target is a target. */
            if (garbage[j] != NULL || functions[i].call != derive_key_capi_for) {
                check_bad_handle(&functions[i], garbage[j], right.partner);
            }
        }
        unmake(&right, false);
    }
}

Test(every_function, takes_no_handle_that_was_destroyed, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        struct made right = functions[i].make(0), gone = functions[i].make(0);
        destroy(gone.kind, gone.handle);
        check_bad_handle(&functions[i], gone.handle, right.partner);
        unmake(&gone, true);
        unmake(&right, false);
    }
}

/* Most functions want a finished key. */
static bool takes_unfinished_keys(const struct function *function)
{
    return function->call == destroy_key || function->call == finalize_key_pair ||
            function->good == STATUS_NOT_SUPPORTED;
}

Test(every_function, takes_no_key_that_is_not_final, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (functions[i].kind == KEY && !takes_unfinished_keys(&functions[i])) {
            struct made right = functions[i].make(0), open = make_unfinished_key(0);
            check_bad_handle(&functions[i], open.handle, right.partner);
            unmake(&open, false);
            unmake(&right, false);
        }
    }
}

Test(every_function, misses_what_it_needs, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        for (unsigned which = 1; which <= LAST; which <<= 1) {
            if ((functions[i].needs & which) != 0) {
                struct made made = functions[i].make(0);
                struct arguments bad = without(good_arguments(made.partner), which);
                assert_call(&functions[i], made.handle, &bad, STATUS_INVALID_PARAMETER);
                unmake(&made, false);
            }
        }
    }
}

Test(every_function, refuses_flags_that_nobody_knows, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (functions[i].takes_flags) {
            struct made made = functions[i].make(0);
            struct arguments bad = good_arguments(made.partner);
            bad.flags = UNKNOWN_FLAG;
            assert_call(&functions[i], made.handle, &bad, STATUS_INVALID_PARAMETER);
            unmake(&made, false);
        }
    }
}

/* At DISPATCH_LEVEL. */

static NTSTATUS call_raised(const struct function *function, BCRYPT_HANDLE handle,
        const struct arguments *with)
{
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    vit_irql_set(VIT_IRQL_DISPATCH);
    NTSTATUS status = function->call(handle, with);
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert(vit_irql_unlock(&locked, sizeof(locked)));
    if (NT_SUCCESS(status) && with->place != NULL && *with->place != NULL) {
        destroy(function->gives, *with->place);
    }
    return status;
}

#define assert_raised(function, handle, with, wanted, what)                                        \
    do {                                                                                           \
        NTSTATUS got_ = call_raised(function, handle, with);                                       \
        cr_assert_eq(got_, (NTSTATUS)(wanted), "%s: 0x%08x, not 0x%08x (%x)", (function)->name,    \
                (unsigned)got_, (unsigned)(wanted), what);                                         \
    } while (0)

static bool is_for_passive_level(const struct function *function)
{
    return function->call == close_algorithm_provider;
}

Test(every_function, at_dispatch_level_works_with_handles_made_for_it_and_locked_memory,
        .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        struct made made = functions[i].make(BCRYPT_PROV_DISPATCH);
        struct arguments good = good_arguments(made.partner);
        bool passive = is_for_passive_level(&functions[i]);
        assert_raised(&functions[i], made.handle, &good,
                passive ? STATUS_NOT_SUPPORTED : functions[i].good, 0);
        unmake(&made, functions[i].ends && !passive);
    }
}

Test(every_function, at_dispatch_level_takes_no_handles_of_other_providers, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        struct made right = functions[i].make(BCRYPT_PROV_DISPATCH), wrong = functions[i].make(0);
        struct arguments good = good_arguments(right.partner);
        if (!is_for_passive_level(&functions[i])) {
            NTSTATUS wanted = bad_handle(&functions[i]);
            assert_raised(&functions[i], wrong.handle, &good, wanted, 0);
            if (functions[i].kind == PROVIDER || functions[i].kind == ANY) {
                assert_raised(&functions[i], BCRYPT_SHA256_ALG_HANDLE, &good, wanted, 0);
            }
        }
        unmake(&wrong, false);
        unmake(&right, false);
    }
}

Test(every_function, at_dispatch_level_touches_no_memory_that_is_not_locked, .timeout = 120)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        for (unsigned which = 1; which <= LAST; which <<= 1) {
            struct made made = functions[i].make(BCRYPT_PROV_DISPATCH);
            struct arguments some = unlocked(good_arguments(made.partner), which);
            bool used = (functions[i].uses & which) != 0;
            if (!is_for_passive_level(&functions[i])) {
                assert_raised(&functions[i], made.handle, &some,
                        used ? STATUS_INVALID_PARAMETER : functions[i].good, which);
                unmake(&made, functions[i].ends);
            } else {
                unmake(&made, false);
            }
        }
    }
}

Test(every_function, at_dispatch_level_that_has_no_handle)
{
    struct memory *there = &locked;
    BCRYPT_ALGORITHM_IDENTIFIER *list = NULL;
    BCRYPT_ALG_HANDLE provider = NULL;
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    vit_irql_set(VIT_IRQL_DISPATCH);
    NTSTATUS opened = BCryptOpenAlgorithmProvider(&provider, BCRYPT_SHA256_ALGORITHM, NULL,
            BCRYPT_PROV_DISPATCH);
    NTSTATUS listed = BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION, &there->result, &list, 0);
    NTSTATUS good = BCryptGetFipsAlgorithmMode(&there->in[0]);
    NTSTATUS loose_place = BCryptGetFipsAlgorithmMode(&loose.in[0]);
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert(vit_irql_unlock(&locked, sizeof(locked)));
    cr_assert_status(opened, STATUS_NOT_SUPPORTED);
    cr_assert_status(listed, STATUS_NOT_SUPPORTED);
    cr_assert_status(good, STATUS_SUCCESS);
    cr_assert_status(loose_place, STATUS_INVALID_PARAMETER);
}
