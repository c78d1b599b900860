/* SPDX-License-Identifier: MIT */
#include "crypto/key_ncrypt.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/key_impl.h"
#include "crypto/key_ncrypt_uri.h"
#include "ncrypt.h"
#include "vitrine_ncrypt.h"

/* The published functions that are used here. */
#define FUNCTIONS(X)                                                                               \
    X(NCryptOpenStorageProvider)                                                                   \
    X(NCryptSetProperty)                                                                           \
    X(NCryptOpenKey)                                                                               \
    X(NCryptCreatePersistedKey)                                                                    \
    X(NCryptFinalizeKey)                                                                           \
    X(NCryptExportKey)                                                                             \
    X(NCryptDecrypt)                                                                               \
    X(NCryptFreeObject)

#define POINTER(name) __typeof__(name) *name;
struct functions {
    FUNCTIONS(POINTER)
};

struct vit_ncrypt_key {
    void *library;
    struct functions functions;
    NCRYPT_PROV_HANDLE provider;
    NCRYPT_KEY_HANDLE key;
    DWORD silent; /* NCRYPT_SILENT_FLAG: nobody may be asked, or not any more */
    struct vit_ncrypt_asking asking;
    const char *reason; /* of the first failure; NULL: none that has words */
};

static bool find_functions(void *library, struct functions *functions)
{
    const char *missing = NULL;
#define FIND(name)                                                                                 \
    *(void **)&functions->name = dlsym(library, #name);                                            \
    missing = functions->name == NULL ? #name : missing;
    FUNCTIONS(FIND)
    if (missing != NULL) {
        vit_log(VIT_LOG_ERROR, "key storage: no %s", missing);
    }
    return missing == NULL;
}

/* The library stays when it is closed, for its tables and secret pages belong to the process. */
static enum vit_status load(struct vit_ncrypt_key *ncrypt)
{
    ncrypt->library = dlopen("libvitrine_ncrypt.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (ncrypt->library == NULL) {
        vit_log(VIT_LOG_ERROR, "key storage: %s", dlerror());
        ncrypt->reason = "key storage is not there: libvitrine_ncrypt.so.0 does not load";
        return VIT_E_IO;
    }
    return find_functions(ncrypt->library, &ncrypt->functions) ? VIT_OK : VIT_E_IO;
}

static void ncrypt_destroy(struct vit_ncrypt_key *ncrypt)
{
    if (ncrypt == NULL) {
        return;
    }
    if (ncrypt->key != 0) {
        (void)ncrypt->functions.NCryptFreeObject(ncrypt->key);
    }
    if (ncrypt->provider != 0) {
        (void)ncrypt->functions.NCryptFreeObject(ncrypt->provider);
    }
    if (ncrypt->library != NULL) {
        dlclose(ncrypt->library);
    }
    free(ncrypt);
}

static enum vit_status status_of(SECURITY_STATUS status)
{
    switch (status) {
    case ERROR_SUCCESS:
        return VIT_OK;
    case NTE_NO_MEMORY:
        return VIT_E_NOMEM;
    case NTE_SILENT_CONTEXT:
    case NTE_UI_REQUIRED:
    case NTE_USER_CANCELLED:
    case NTE_INCORRECT_PASSWORD:
    case NTE_PASSWORD_CHANGE_REQUIRED:
    case NTE_PERM:
    case NTE_EXISTS:
        return VIT_E_REFUSED;
    case NTE_BAD_TYPE:
    case NTE_NOT_SUPPORTED:
        return VIT_E_UNSUPPORTED;
    default:
        return VIT_E_IO;
    }
}

enum step { PROVIDER, PROMPT, KEY, NEW_KEY, PUBLIC_KEY, DECRYPT };

static const struct {
    const char *name, *failed;
} steps[] = {
    [PROVIDER] = { "provider", "the key storage provider does not open" },
    [PROMPT] = { "prompt", "the key storage provider does not open" },
    [KEY] = { "key", "the key does not open" },
    [NEW_KEY] = { "new key", "the key cannot be made" },
    [PUBLIC_KEY] = { "public key", "its public half cannot be read" },
    [DECRYPT] = { "decrypt", "it cannot be used to decrypt" },
};

static const char *reason_of(enum step step, SECURITY_STATUS status)
{
    switch (status) {
    case NTE_SILENT_CONTEXT:
    case NTE_UI_REQUIRED:
        return "needs a PIN or passphrase, and nobody can be asked here";
    case NTE_USER_CANCELLED:
        return "needs a PIN or passphrase, and none was given";
    case NTE_INCORRECT_PASSWORD:
        return "wrong PIN or passphrase";
    case NTE_PASSWORD_CHANGE_REQUIRED:
        return "the token's PIN has to be changed first";
    case NTE_EXISTS:
        return "there is a key of this name";
    case NTE_BAD_KEYSET:
        return step == KEY ? "no key of this name" : steps[step].failed;
    case NTE_NOT_FOUND:
    case NTE_BAD_PROVIDER:
        return step == PROVIDER ? "no such key storage provider" : steps[step].failed;
    case NTE_PROVIDER_DLL_FAIL:
        return "the key storage provider does not load";
    case NTE_DEVICE_NOT_FOUND:
        return "no such token, or several that could be meant";
    case NTE_DEVICE_NOT_READY:
        return "the token is not ready";
    case NTE_BAD_TYPE:
    case NTE_NOT_SUPPORTED:
        return step == PUBLIC_KEY ? "not an RSA key of 2048 bits" : steps[step].failed;
    case NTE_PERM:
        return step == DECRYPT ? "may not be used to decrypt" : "no right to it";
    default:
        return steps[step].failed;
    }
}

/* Only here is known what the provider said. */
static enum vit_status result_of(struct vit_ncrypt_key *ncrypt, enum step step,
        SECURITY_STATUS status)
{
    if (status != ERROR_SUCCESS) {
        vit_log(VIT_LOG_ERROR, "key storage: %s: 0x%08x", steps[step].name, (unsigned)status);
        ncrypt->reason = reason_of(step, status);
    }
    return status_of(status);
}

/* The caller stays only until the key is open. */
static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    const struct vit_ncrypt_key *ncrypt = context;
    bool is_secret =
            question->Kind == VITRINE_NCRYPT_PASSPHRASE || question->Kind == VITRINE_NCRYPT_PIN;
    bool is_new = question->Kind == VITRINE_NCRYPT_NEW_PASSPHRASE;
    vit_passphrase_fn *ask = is_secret ? ncrypt->asking.ask : is_new ? ncrypt->asking.choose : NULL;
    if (ask == NULL || capacity > INT_MAX) {
        return -1;
    }
    return ask(ncrypt->asking.context, secret, (int)capacity);
}

static LPCWSTR provider_name(const char16_t *named)
{
    static const struct {
        LPCWSTR brief, whole;
    } names[] = {
        { u"software", MS_KEY_STORAGE_PROVIDER },
        { u"token", MS_SMART_CARD_KEY_STORAGE_PROVIDER },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t at = 0;
        while (named[at] == names[i].brief[at] && named[at] != 0) {
            at++;
        }
        if (named[at] == names[i].brief[at]) {
            return names[i].whole;
        }
    }
    return named;
}

/* Providers of others do not know whom to ask, and need not. */
static enum vit_status set_prompt(struct vit_ncrypt_key *ncrypt)
{
    VITRINE_NCRYPT_PROMPT prompt = { answer, ncrypt };
    SECURITY_STATUS status = ncrypt->functions.NCryptSetProperty(ncrypt->provider,
            VITRINE_PROMPT_PROPERTY, (PBYTE)&prompt, sizeof(prompt), 0);
    return status == NTE_NOT_SUPPORTED ? VIT_OK : result_of(ncrypt, PROMPT, status);
}

static enum vit_status open_provider(struct vit_ncrypt_key *ncrypt,
        const struct vit_ncrypt_uri *uri)
{
    VIT_TRY(result_of(ncrypt, PROVIDER,
            ncrypt->functions.NCryptOpenStorageProvider(&ncrypt->provider,
                    provider_name(uri->provider), ncrypt->silent)));
    return set_prompt(ncrypt);
}

static enum vit_status open_key(struct vit_ncrypt_key *ncrypt, const struct vit_ncrypt_uri *uri)
{
    DWORD flags = ncrypt->silent | (uri->machine ? NCRYPT_MACHINE_KEY_FLAG : 0);
    return result_of(ncrypt, KEY,
            ncrypt->functions.NCryptOpenKey(ncrypt->provider, &ncrypt->key, uri->key, 0, flags));
}

static SECURITY_STATUS set_number(struct vit_ncrypt_key *ncrypt, LPCWSTR name, DWORD value)
{
    return ncrypt->functions.NCryptSetProperty(ncrypt->key, name, (PBYTE)&value, sizeof(value),
            ncrypt->silent);
}

/* Not every provider knows of usages. */
static enum vit_status make_key(struct vit_ncrypt_key *ncrypt, const struct vit_ncrypt_uri *uri,
        bool replace)
{
    DWORD flags = (uri->machine ? NCRYPT_MACHINE_KEY_FLAG : 0) |
            (replace ? NCRYPT_OVERWRITE_KEY_FLAG : 0);
    VIT_TRY(result_of(ncrypt, NEW_KEY,
            ncrypt->functions.NCryptCreatePersistedKey(ncrypt->provider, &ncrypt->key,
                    NCRYPT_RSA_ALGORITHM, uri->key, 0, flags)));
    VIT_TRY(result_of(ncrypt, NEW_KEY,
            set_number(ncrypt, NCRYPT_LENGTH_PROPERTY, 8 * VIT_OAEP_BLOCK_LEN)));
    SECURITY_STATUS status =
            set_number(ncrypt, NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_DECRYPT_FLAG);
    if (status != NTE_NOT_SUPPORTED) {
        VIT_TRY(result_of(ncrypt, NEW_KEY, status));
    }
    return result_of(ncrypt, NEW_KEY,
            ncrypt->functions.NCryptFinalizeKey(ncrypt->key, ncrypt->silent));
}

/* Room for what may be a key of 2048 bits; all others are none of ours. */
enum { MAX_BLOB_LEN = sizeof(BCRYPT_RSAKEY_BLOB) + 8 + VIT_OAEP_BLOCK_LEN };

static enum vit_status read_public(struct vit_ncrypt_key *ncrypt, EVP_PKEY **pkey)
{
    uint8_t blob[MAX_BLOB_LEN];
    BCRYPT_RSAKEY_BLOB header;
    DWORD len = 0;
    SECURITY_STATUS status = ncrypt->functions.NCryptExportKey(ncrypt->key, 0,
            BCRYPT_RSAPUBLIC_BLOB, NULL, blob, sizeof(blob), &len, ncrypt->silent);
    if (status == NTE_BUFFER_TOO_SMALL) {
        return VIT_E_UNSUPPORTED;
    }
    VIT_TRY(result_of(ncrypt, PUBLIC_KEY, status));
    if (len < sizeof(header) || len > sizeof(blob)) {
        return VIT_E_IO;
    }
    memcpy(&header, blob, sizeof(header));
    size_t numbers_len = len - sizeof(header);
    if (header.cbPublicExp > numbers_len || header.cbModulus != numbers_len - header.cbPublicExp) {
        return VIT_E_IO;
    }
    if (header.cbModulus != VIT_OAEP_BLOCK_LEN) {
        return VIT_E_UNSUPPORTED;
    }
    const uint8_t *numbers = blob + sizeof(header);
    BIGNUM *exponent = BN_bin2bn(numbers, (int)header.cbPublicExp, NULL);
    BIGNUM *modulus = BN_bin2bn(numbers + header.cbPublicExp, (int)header.cbModulus, NULL);
    *pkey = vit_rsa_public_pkey(modulus, exponent);
    BN_free(exponent);
    BN_free(modulus);
    return *pkey != NULL ? VIT_OK : VIT_E_UNSUPPORTED;
}

static enum vit_status decrypt_raw(struct vit_ncrypt_key *ncrypt, const uint8_t *block,
        uint8_t *out, size_t *len)
{
    DWORD got = 0;
    SECURITY_STATUS status =
            ncrypt->functions.NCryptDecrypt(ncrypt->key, (PBYTE)block, VIT_OAEP_BLOCK_LEN, NULL,
                    out, VIT_OAEP_BLOCK_LEN, &got, NCRYPT_NO_PADDING_FLAG | ncrypt->silent);
    *len = got;
    return result_of(ncrypt, DECRYPT, status);
}

static int decrypt_with_ncrypt(struct vit_private_key *key, const uint8_t *block, uint8_t *out,
        size_t *len)
{
    return decrypt_raw(key->ncrypt, block, out, len) == VIT_OK ? 1 : 0;
}

/* May the private half be used at all? A token asks for its PIN here, and not before. */
static enum vit_status try_private(struct vit_ncrypt_key *ncrypt)
{
    static const uint8_t block[VIT_OAEP_BLOCK_LEN] = { [VIT_OAEP_BLOCK_LEN - 1] = 2 };
    uint8_t out[VIT_OAEP_BLOCK_LEN];
    size_t len;
    return decrypt_raw(ncrypt, block, out, &len);
}

static void finish_ncrypt(struct vit_private_key *key)
{
    ncrypt_destroy(key->ncrypt);
}

static const struct vit_key_operation with_ncrypt = { true, decrypt_with_ncrypt, finish_ncrypt };

bool vit_ncrypt_is_uri(const char *uri)
{
    return strncmp(uri, "ncrypt:", 7) == 0;
}

/* Handles are the key's from here on, opened or made. */
typedef enum vit_status find_fn(struct vit_ncrypt_key *ncrypt, const struct vit_ncrypt_uri *uri);

static enum vit_status open_handles(struct vit_ncrypt_key *ncrypt, const struct vit_ncrypt_uri *uri)
{
    VIT_TRY(load(ncrypt));
    VIT_TRY(open_provider(ncrypt, uri));
    return open_key(ncrypt, uri);
}

static enum vit_status make_handles(struct vit_ncrypt_key *ncrypt, const struct vit_ncrypt_uri *uri)
{
    VIT_TRY(load(ncrypt));
    VIT_TRY(open_provider(ncrypt, uri));
    return make_key(ncrypt, uri, false);
}

static enum vit_status replace_handles(struct vit_ncrypt_key *ncrypt,
        const struct vit_ncrypt_uri *uri)
{
    VIT_TRY(load(ncrypt));
    VIT_TRY(open_provider(ncrypt, uri));
    return make_key(ncrypt, uri, true);
}

static enum vit_status parse(const char *text, struct vit_ncrypt_uri *uri, const char **reason)
{
    enum vit_status status = vit_ncrypt_uri_parse(text, uri);
    if (status == VIT_E_ARG) {
        *reason = "not ncrypt:PROVIDER/NAME[?machine=1]";
        vit_log(VIT_LOG_ERROR, "key storage: %s: %s", text, *reason);
    }
    return status == VIT_E_ARG ? VIT_E_IO : status;
}

static struct vit_ncrypt_key *ncrypt_new(const struct vit_ncrypt_asking *asking)
{
    struct vit_ncrypt_key *ncrypt = calloc(1, sizeof(*ncrypt));
    if (ncrypt != NULL) {
        ncrypt->asking = *asking;
        ncrypt->silent = asking->ask == NULL ? NCRYPT_SILENT_FLAG : 0;
    }
    return ncrypt;
}

/* With the public half; the private one is not used yet. */
static enum vit_status find_public(struct vit_ncrypt_key *ncrypt, const char *text, find_fn *find,
        EVP_PKEY **pkey)
{
    VIT_AUTO(ncrypt_uri) uri = { NULL, NULL, false };
    VIT_TRY(parse(text, &uri, &ncrypt->reason));
    VIT_TRY(find(ncrypt, &uri));
    return read_public(ncrypt, pkey);
}

static enum vit_status find_key(const char *uri, find_fn *find,
        const struct vit_ncrypt_asking *asking, struct vit_private_key **key, const char **reason)
{
    struct vit_private_key *made = vit_private_key_new();
    struct vit_ncrypt_key *ncrypt = ncrypt_new(asking);
    if (made == NULL || ncrypt == NULL) {
        vit_private_key_destroy(made);
        free(ncrypt);
        return VIT_E_NOMEM;
    }
    made->ncrypt = ncrypt;
    made->operation = &with_ncrypt;
    EVP_PKEY *pkey = NULL;
    enum vit_status status = find_public(ncrypt, uri, find, &pkey);
    if (status == VIT_OK) {
        status = try_private(ncrypt);
    }
    *reason = ncrypt->reason;
    if (status != VIT_OK) {
        EVP_PKEY_free(pkey);
        vit_private_key_destroy(made);
        return status;
    }
    VIT_TRY(vit_private_key_adopt_public(made, pkey, key));
    ncrypt->silent = NCRYPT_SILENT_FLAG;
    ncrypt->asking = (struct vit_ncrypt_asking){ NULL, NULL, NULL };
    return VIT_OK;
}

enum vit_status vit_ncrypt_key_open(const char *uri, const struct vit_ncrypt_asking *asking,
        struct vit_private_key **key, const char **reason)
{
    return find_key(uri, open_handles, asking, key, reason);
}

enum vit_status vit_ncrypt_key_make(const char *uri, bool replace,
        const struct vit_ncrypt_asking *asking, struct vit_private_key **key, const char **reason)
{
    return find_key(uri, replace ? replace_handles : make_handles, asking, key, reason);
}

enum vit_status vit_ncrypt_key_look(const char *uri, const char **reason)
{
    static const struct vit_ncrypt_asking nobody = { NULL, NULL, NULL };
    struct vit_ncrypt_key *ncrypt = ncrypt_new(&nobody);
    EVP_PKEY *pkey = NULL;
    if (ncrypt == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = find_public(ncrypt, uri, open_handles, &pkey);
    *reason = ncrypt->reason;
    EVP_PKEY_free(pkey);
    ncrypt_destroy(ncrypt);
    return status;
}
