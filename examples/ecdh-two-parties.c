/* SPDX-License-Identifier: MIT */
/*
 * Two parties agree on a key: each makes a pair on P-256, gives its public half to the other, and
 * derives 32 bytes by HKDF from what both then share.
 *
 *     ecdh-two-parties                  both parties are here
 *     ecdh-two-parties --with-openssl   the other one is the openssl command
 */
#include <bcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COORDINATE_LEN = 32, POINT_LEN = 2 * COORDINATE_LEN, KEY_LEN = 32 };

static UCHAR salt[] = "example salt", info[] = "example key"; /* without their NUL */

/* What stands before the point in DER: a public key, on P-256, uncompressed (RFC 5480). */
static const UCHAR der_prefix[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    0x04 };

struct public_key {
    BCRYPT_ECCKEY_BLOB header;
    UCHAR point[POINT_LEN];
};

static void check(NTSTATUS status, const char *what)
{
    if (!BCRYPT_SUCCESS(status)) {
        fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)status);
        exit(1);
    }
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static BCRYPT_KEY_HANDLE make_pair(void)
{
    BCRYPT_KEY_HANDLE key;
    check(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &key, 256, 0),
            "BCryptGenerateKeyPair");
    check(BCryptFinalizeKeyPair(key, 0), "BCryptFinalizeKeyPair");
    return key;
}

static struct public_key public_half(BCRYPT_KEY_HANDLE key)
{
    struct public_key public;
    ULONG len;
    check(BCryptExportKey(key, NULL, BCRYPT_ECCPUBLIC_BLOB, (PUCHAR) & public, sizeof(public), &len,
                  0),
            "BCryptExportKey");
    return public;
}

/* Tells the secret how HKDF works here, and asks it for a key. */
static void derive(BCRYPT_SECRET_HANDLE secret, UCHAR key[KEY_LEN])
{
    static WCHAR sha256[] = BCRYPT_SHA256_ALGORITHM;
    BCryptBuffer buffer = { sizeof(info) - 1, KDF_HKDF_INFO, info };
    BCryptBufferDesc parameters = { BCRYPTBUFFER_VERSION, 1, &buffer };
    ULONG len;
    check(BCryptSetProperty(secret, BCRYPT_HKDF_HASH_ALGORITHM, (PUCHAR)sha256, sizeof(sha256), 0),
            "HkdfHashAlgorithm");
    check(BCryptSetProperty(secret, BCRYPT_HKDF_SALT_AND_FINALIZE, salt, sizeof(salt) - 1, 0),
            "HkdfSaltAndFinalize");
    check(BCryptDeriveKey(secret, BCRYPT_KDF_HKDF, &parameters, key, KEY_LEN, &len, 0),
            "BCryptDeriveKey");
}

static void agree(BCRYPT_KEY_HANDLE own, struct public_key theirs, UCHAR key[KEY_LEN])
{
    BCRYPT_KEY_HANDLE peer;
    BCRYPT_SECRET_HANDLE secret;
    check(BCryptImportKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, NULL, BCRYPT_ECCPUBLIC_BLOB, &peer,
                  (PUCHAR)&theirs, sizeof(theirs), 0),
            "BCryptImportKeyPair");
    check(BCryptSecretAgreement(own, peer, &secret, 0), "BCryptSecretAgreement");
    derive(secret, key);
    check(BCryptDestroySecret(secret), "BCryptDestroySecret");
    check(BCryptDestroyKey(peer), "BCryptDestroyKey");
}

static void agree_here(BCRYPT_KEY_HANDLE own, UCHAR ours[KEY_LEN], UCHAR theirs[KEY_LEN])
{
    BCRYPT_KEY_HANDLE other = make_pair();
    agree(own, public_half(other), ours);
    agree(other, public_half(own), theirs);
    check(BCryptDestroyKey(other), "BCryptDestroyKey");
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    FILE *file = fopen(name, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        fail(name);
    }
}

static void read_file(const char *name, void *bytes, size_t len)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL || fread(bytes, 1, len, file) != len || fgetc(file) != EOF) {
        fail(name);
    }
    fclose(file);
}

static void write_der(const char *name, const struct public_key *key)
{
    UCHAR der[sizeof(der_prefix) + POINT_LEN];
    memcpy(der, der_prefix, sizeof(der_prefix));
    memcpy(der + sizeof(der_prefix), key->point, POINT_LEN);
    write_file(name, der, sizeof(der));
}

static struct public_key read_der(const char *name)
{
    UCHAR der[sizeof(der_prefix) + POINT_LEN];
    struct public_key key = { { BCRYPT_ECDH_PUBLIC_P256_MAGIC, COORDINATE_LEN }, { 0 } };
    read_file(name, der, sizeof(der));
    if (memcmp(der, der_prefix, sizeof(der_prefix)) != 0) {
        fprintf(stderr, "%s: not a key on P-256\n", name);
        exit(1);
    }
    memcpy(key.point, der + sizeof(der_prefix), POINT_LEN);
    return key;
}

static void run(const char *command)
{
    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        exit(1);
    }
}

/* The other side's half of the same, in a folder of its own. */
static void agree_with_openssl(BCRYPT_KEY_HANDLE own, UCHAR ours[KEY_LEN], UCHAR theirs[KEY_LEN])
{
    char folder[] = "/tmp/ecdh-two-parties.XXXXXX";
    struct public_key public = public_half(own);
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        fail(folder);
    }
    run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out their.pem");
    run("openssl pkey -in their.pem -pubout -outform DER -out their.der");
    write_der("our.der", &public);
    agree(own, read_der("their.der"), ours);
    run("openssl pkeyutl -derive -inkey their.pem -peerkey our.der -peerform DER -out secret");
    run("openssl kdf -binary -keylen 32 -kdfopt digest:SHA256 -kdfopt 'salt:example salt'"
        " -kdfopt 'info:example key' -kdfopt hexkey:$(od -An -v -tx1 secret | tr -d ' \\n')"
        " -out key HKDF");
    read_file("key", theirs, KEY_LEN);
    run("rm their.pem their.der our.der secret key");
    if (rmdir(folder) != 0) {
        fail(folder);
    }
}

int main(int argc, char **argv)
{
    UCHAR ours[KEY_LEN], theirs[KEY_LEN];
    BCRYPT_KEY_HANDLE own = make_pair();
    if (argc == 1) {
        agree_here(own, ours, theirs);
    } else if (argc == 2 && strcmp(argv[1], "--with-openssl") == 0) {
        agree_with_openssl(own, ours, theirs);
    } else {
        fprintf(stderr, "usage: %s [--with-openssl]\n", argv[0]);
        return 2;
    }
    check(BCryptDestroyKey(own), "BCryptDestroyKey");
    if (memcmp(ours, theirs, KEY_LEN) != 0) {
        puts("the two keys differ");
        return 1;
    }
    puts("both have the same key");
    return 0;
}
