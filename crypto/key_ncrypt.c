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
    vit_passphrase_fn *ask;
    void *context;
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
        return VIT_E_REFUSED;
    case NTE_BAD_TYPE:
    case NTE_NOT_SUPPORTED:
        return VIT_E_UNSUPPORTED;
    default:
        return VIT_E_IO;
    }
}

/* Only here is known what the provider said. */
static enum vit_status result_of(const char *what, SECURITY_STATUS status)
{
    if (status != ERROR_SUCCESS) {
        vit_log(VIT_LOG_ERROR, "key storage: %s: 0x%08x", what, (unsigned)status);
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
    if (ncrypt->ask == NULL || !is_secret || capacity > INT_MAX) {
        return -1;
    }
    return ncrypt->ask(ncrypt->context, secret, (int)capacity);
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
    return status == NTE_NOT_SUPPORTED ? VIT_OK : result_of("prompt", status);
}

static enum vit_status open_handles(struct vit_ncrypt_key *ncrypt, const struct vit_ncrypt_uri *uri)
{
    const struct functions *functions = &ncrypt->functions;
    VIT_TRY(result_of("provider",
            functions->NCryptOpenStorageProvider(&ncrypt->provider, provider_name(uri->provider),
                    ncrypt->silent)));
    VIT_TRY(set_prompt(ncrypt));
    DWORD flags = ncrypt->silent | (uri->machine ? NCRYPT_MACHINE_KEY_FLAG : 0);
    return result_of("key",
            functions->NCryptOpenKey(ncrypt->provider, &ncrypt->key, uri->key, 0, flags));
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
    VIT_TRY(result_of("public key", status));
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
    return result_of("decrypt", status);
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

static enum vit_status adopt(struct vit_private_key *made, struct vit_private_key **key)
{
    EVP_PKEY *pkey = NULL;
    enum vit_status status = read_public(made->ncrypt, &pkey);
    if (status == VIT_OK) {
        status = try_private(made->ncrypt);
    }
    if (status != VIT_OK) {
        EVP_PKEY_free(pkey);
        vit_private_key_destroy(made);
        return status;
    }
    return vit_private_key_adopt_public(made, pkey, key);
}

enum vit_status vit_ncrypt_key_open(const char *text, vit_passphrase_fn *ask, void *context,
        struct vit_private_key **key)
{
    VIT_AUTO(ncrypt_uri) uri = { NULL, NULL, false };
    enum vit_status status = vit_ncrypt_uri_parse(text, &uri);
    if (status == VIT_E_ARG) {
        vit_log(VIT_LOG_ERROR, "key storage: %s: not ncrypt:PROVIDER/NAME", text);
    }
    if (status != VIT_OK) {
        return status == VIT_E_ARG ? VIT_E_IO : status;
    }
    VIT_AUTO(private_key) made = vit_private_key_new();
    struct vit_ncrypt_key *ncrypt = calloc(1, sizeof(*ncrypt));
    if (made == NULL || ncrypt == NULL) {
        free(ncrypt);
        return VIT_E_NOMEM;
    }
    *ncrypt = (struct vit_ncrypt_key){ .ask = ask,
        .context = context,
        .silent = ask == NULL ? NCRYPT_SILENT_FLAG : 0 };
    made->ncrypt = ncrypt;
    made->operation = &with_ncrypt;
    VIT_TRY(load(ncrypt));
    VIT_TRY(open_handles(ncrypt, &uri));
    struct vit_private_key *opened = made;
    made = NULL; /* ownership moved to adopt() */
    VIT_TRY(adopt(opened, key));
    ncrypt->silent = NCRYPT_SILENT_FLAG;
    ncrypt->ask = NULL;
    return VIT_OK;
}
