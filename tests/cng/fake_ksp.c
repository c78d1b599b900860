/* SPDX-License-Identifier: MIT */
#include "tests/cng/fake_ksp.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cng/wide.h"

#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fake_ksp.c:%d: used wrongly: %s\n", __LINE__, #condition);            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static struct fake_ksp state = { .lock = PTHREAD_MUTEX_INITIALIZER };

enum magic { PROVIDER = 0x50524f56, KEY = 0x4b455921, SECRET = 0x53454352, BUFFER = 0x42554646 };

/* Whatever has a handle. */
struct object {
    enum magic magic;
    struct object *provider;
    atomic_int busy;
    unsigned char *policy;
    DWORD policy_len;
};

struct buffer {
    enum magic magic;
    int position; /* of a cursor */
    _Alignas(16) unsigned char memory[];
};

struct fake_ksp *fake_ksp(void);

struct fake_ksp *fake_ksp(void)
{
    return &state;
}

static struct object *make(enum magic magic, struct object *provider, atomic_int *live)
{
    struct object *object = calloc(1, sizeof(*object));
    NEED(object != NULL);
    object->magic = magic;
    object->provider = provider;
    atomic_fetch_add(live, 1);
    return object;
}

static struct object *check(ULONG_PTR handle, enum magic magic)
{
    struct object *object = (struct object *)handle;
    NEED(object != NULL && object->magic == magic);
    return object;
}

static void destroy(struct object *object, atomic_int *live)
{
    NEED(atomic_load(&object->busy) == 0);
    object->magic = 0;
    free(object->policy);
    free(object);
    atomic_fetch_sub(live, 1);
}

static void *make_buffer(size_t len)
{
    struct buffer *buffer = calloc(1, sizeof(*buffer) + len);
    NEED(buffer != NULL);
    buffer->magic = BUFFER;
    atomic_fetch_add(&state.buffers, 1);
    return buffer->memory;
}

static struct buffer *buffer_of(void *memory)
{
    struct buffer *buffer = (struct buffer *)((char *)memory - offsetof(struct buffer, memory));
    NEED(buffer->magic == BUFFER);
    return buffer;
}

/* The answer that the test wants; 0: go on. */
static SECURITY_STATUS note(const struct fake_call *call, LPCWSTR text)
{
    struct fake_call noted = *call;
    for (size_t i = 0; text != NULL && text[i] != 0 && i + 1 < sizeof(noted.text) / 2; i++) {
        noted.text[i] = text[i];
    }
    pthread_mutex_lock(&state.lock);
    state.last = noted;
    pthread_mutex_unlock(&state.lock);
    atomic_fetch_add(&state.calls[call->slot], 1);
    return atomic_load(&state.answers[call->slot]);
}

#define NOTE(text_, ...)                                                                           \
    do {                                                                                           \
        SECURITY_STATUS note_status =                                                              \
                note(&(struct fake_call){ .provider = hProvider, __VA_ARGS__ }, text_);            \
        if (note_status != 0) {                                                                    \
            return note_status;                                                                    \
        }                                                                                          \
    } while (0)

static SECURITY_STATUS give(enum magic magic, struct object *provider, atomic_int *live,
        ULONG_PTR *handle)
{
    *handle = atomic_load(&state.gives_nothing) ? 0 : (ULONG_PTR)make(magic, provider, live);
    return 0;
}

static SECURITY_STATUS put(const void *value, DWORD len, PBYTE out, DWORD capacity, DWORD *result)
{
    *result = len;
    if (out == NULL) {
        return 0;
    }
    if (capacity < len) {
        return NTE_BUFFER_TOO_SMALL;
    }
    memcpy(out, value, len);
    return 0;
}

static SECURITY_STATUS open_provider(NCRYPT_PROV_HANDLE *phProvider, LPCWSTR name, DWORD flags)
{
    NCRYPT_PROV_HANDLE hProvider = 0;
    NOTE(name, .slot = FAKE_OPEN_PROVIDER, .flags = flags);
    return give(PROVIDER, NULL, &state.providers, phProvider);
}

static SECURITY_STATUS free_provider(NCRYPT_PROV_HANDLE hProvider)
{
    destroy(check(hProvider, PROVIDER), &state.providers);
    NOTE(NULL, .slot = FAKE_FREE_PROVIDER);
    return 0;
}

static SECURITY_STATUS open_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *key, LPCWSTR name,
        DWORD spec, DWORD flags)
{
    NOTE(name, .slot = FAKE_OPEN_KEY, .len = spec, .flags = flags);
    return give(KEY, check(hProvider, PROVIDER), &state.keys, key);
}

static SECURITY_STATUS create_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *key,
        LPCWSTR algorithm, LPCWSTR name, DWORD spec, DWORD flags)
{
    NOTE(algorithm, .slot = FAKE_CREATE_KEY, .bytes = name, .len = spec, .flags = flags);
    return give(KEY, check(hProvider, PROVIDER), &state.keys, key);
}

static SECURITY_STATUS get_provider_property(NCRYPT_PROV_HANDLE hProvider, LPCWSTR name, PBYTE out,
        DWORD capacity, DWORD *result, DWORD flags)
{
    check(hProvider, PROVIDER);
    NOTE(name, .slot = FAKE_GET_PROVIDER_PROPERTY, .flags = flags);
    DWORD version = 7;
    return vit_wide_equal(name, NCRYPT_VERSION_PROPERTY)
            ? put(&version, sizeof(version), out, capacity, result)
            : NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS set_provider_property(NCRYPT_PROV_HANDLE hProvider, LPCWSTR name,
        PBYTE bytes, DWORD len, DWORD flags)
{
    check(hProvider, PROVIDER);
    NOTE(name, .slot = FAKE_SET_PROVIDER_PROPERTY, .bytes = bytes, .len = len, .flags = flags);
    if (!vit_wide_equal(name, VITRINE_PROMPT_PROPERTY)) {
        return NTE_NOT_SUPPORTED;
    }
    NEED(len == sizeof(state.prompt));
    pthread_mutex_lock(&state.lock);
    memcpy(&state.prompt, bytes, len);
    pthread_mutex_unlock(&state.lock);
    return 0;
}

static SECURITY_STATUS get_policy(const struct object *key, PBYTE out, DWORD capacity,
        DWORD *result)
{
    pthread_mutex_lock(&state.lock);
    const void *policy = state.policy != NULL ? state.policy : key->policy;
    DWORD len = state.policy != NULL ? state.policy_len : key->policy_len;
    pthread_mutex_unlock(&state.lock);
    return policy == NULL ? NTE_NOT_FOUND : put(policy, len, out, capacity, result);
}

static SECURITY_STATUS get_key_property(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        LPCWSTR name, PBYTE out, DWORD capacity, DWORD *result, DWORD flags)
{
    check(hProvider, PROVIDER);
    struct object *key = check(hKey, KEY);
    NOTE(name, .slot = FAKE_GET_KEY_PROPERTY, .object = hKey, .flags = flags);
    DWORD length = 256;
    if (vit_wide_equal(name, NCRYPT_UI_POLICY_PROPERTY)) {
        return get_policy(key, out, capacity, result);
    }
    return vit_wide_equal(name, NCRYPT_LENGTH_PROPERTY)
            ? put(&length, sizeof(length), out, capacity, result)
            : NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS set_key_property(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        LPCWSTR name, PBYTE bytes, DWORD len, DWORD flags)
{
    check(hProvider, PROVIDER);
    struct object *object = (struct object *)hKey;
    NEED(object->magic == KEY || object->magic == SECRET);
    NOTE(name, .slot = FAKE_SET_KEY_PROPERTY, .object = hKey, .bytes = bytes, .len = len,
            .flags = flags);
    if (vit_wide_equal(name, NCRYPT_UI_POLICY_PROPERTY)) {
        free(object->policy);
        object->policy = malloc(len);
        NEED(object->policy != NULL);
        memcpy(object->policy, bytes, len);
        object->policy_len = len;
    }
    return 0;
}

static SECURITY_STATUS finalize_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        DWORD flags)
{
    check(hProvider, PROVIDER);
    check(hKey, KEY);
    NOTE(NULL, .slot = FAKE_FINALIZE_KEY, .object = hKey, .flags = flags);
    return 0;
}

static SECURITY_STATUS delete_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey, DWORD flags)
{
    check(hProvider, PROVIDER);
    struct object *key = check(hKey, KEY);
    bool busy = atomic_load(&key->busy) != 0;
    NOTE(NULL, .slot = FAKE_DELETE_KEY, .object = hKey, .flags = flags);
    NEED(!busy);
    destroy(key, &state.keys);
    return 0;
}

static SECURITY_STATUS free_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey)
{
    check(hProvider, PROVIDER);
    destroy(check(hKey, KEY), &state.keys);
    NOTE(NULL, .slot = FAKE_FREE_KEY, .object = hKey);
    return 0;
}

static SECURITY_STATUS free_buffer(PVOID memory)
{
    NCRYPT_PROV_HANDLE hProvider = 0;
    struct buffer *buffer = buffer_of(memory);
    buffer->magic = 0;
    free(buffer);
    atomic_fetch_sub(&state.buffers, 1);
    NOTE(NULL, .slot = FAKE_FREE_BUFFER, .bytes = memory);
    return 0;
}

static unsigned ms_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)((now.tv_sec - start->tv_sec) * 1000 +
            (now.tv_nsec - start->tv_nsec) / 1000000);
}

static void linger(void)
{
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    unsigned deletions = atomic_load(&state.calls[FAKE_DELETE_KEY]);
    while (ms_since(&start) < atomic_load(&state.linger_ms) &&
            atomic_load(&state.calls[FAKE_DELETE_KEY]) == deletions) {
        sched_yield();
    }
}

/* Turns every bit over; as long as the input. */
static SECURITY_STATUS turn(NCRYPT_KEY_HANDLE hKey, const BYTE *in, DWORD len, PBYTE out,
        DWORD capacity, DWORD *result)
{
    struct object *key = check(hKey, KEY);
    *result = len;
    if (out == NULL) {
        return 0;
    }
    if (capacity < len) {
        return NTE_BUFFER_TOO_SMALL;
    }
    atomic_fetch_add(&key->busy, 1);
    atomic_fetch_add(&state.begun, 1);
    linger();
    for (DWORD i = 0; i < len; i++) {
        out[i] = (BYTE)~in[i];
    }
    atomic_fetch_sub(&key->busy, 1);
    return 0;
}

static SECURITY_STATUS encrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey, PBYTE in,
        DWORD len, VOID *padding, PBYTE out, DWORD capacity, DWORD *result, DWORD flags)
{
    check(hProvider, PROVIDER);
    NOTE(NULL, .slot = FAKE_ENCRYPT, .object = hKey, .bytes = in, .len = len, .extra = padding,
            .flags = flags);
    return turn(hKey, in, len, out, capacity, result);
}

static SECURITY_STATUS decrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey, PBYTE in,
        DWORD len, VOID *padding, PBYTE out, DWORD capacity, DWORD *result, DWORD flags)
{
    check(hProvider, PROVIDER);
    NOTE(NULL, .slot = FAKE_DECRYPT, .object = hKey, .bytes = in, .len = len, .extra = padding,
            .flags = flags);
    return turn(hKey, in, len, out, capacity, result);
}

static SECURITY_STATUS is_alg_supported(NCRYPT_PROV_HANDLE hProvider, LPCWSTR name, DWORD flags)
{
    check(hProvider, PROVIDER);
    NOTE(name, .slot = FAKE_IS_ALG_SUPPORTED, .flags = flags);
    return 0;
}

static SECURITY_STATUS enum_algorithms(NCRYPT_PROV_HANDLE hProvider, DWORD operations, DWORD *count,
        NCryptAlgorithmName **list, DWORD flags)
{
    static WCHAR name[] = u"FAKE";
    check(hProvider, PROVIDER);
    NOTE(NULL, .slot = FAKE_ENUM_ALGORITHMS, .len = operations, .flags = flags);
    *count = 1;
    *list = atomic_load(&state.gives_nothing) ? NULL : make_buffer(sizeof(**list));
    if (*list != NULL) {
        **list = (NCryptAlgorithmName){ name, NCRYPT_SIGNATURE_INTERFACE, operations, 0 };
    }
    return 0;
}

/* Two keys; the cursor is memory of its own. */
static SECURITY_STATUS enum_keys(NCRYPT_PROV_HANDLE hProvider, LPCWSTR scope, NCryptKeyName **item,
        PVOID *cursor, DWORD flags)
{
    static WCHAR names[][4] = { u"one", u"two" };
    check(hProvider, PROVIDER);
    NEED(scope == NULL);
    if (*cursor == NULL) {
        *cursor = make_buffer(1);
    }
    NOTE(NULL, .slot = FAKE_ENUM_KEYS, .bytes = *cursor, .flags = flags);
    struct buffer *buffer = buffer_of(*cursor);
    if (buffer->position == 2) {
        return NTE_NO_MORE_ITEMS;
    }
    *item = atomic_load(&state.gives_nothing) ? NULL : make_buffer(sizeof(**item));
    if (*item != NULL) {
        **item = (NCryptKeyName){ names[buffer->position++], names[0], 0, 0 };
    }
    return 0;
}

static SECURITY_STATUS import_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE wrapping,
        LPCWSTR type, NCryptBufferDesc *parameters, NCRYPT_KEY_HANDLE *key, PBYTE bytes, DWORD len,
        DWORD flags)
{
    if (wrapping != 0) {
        check(wrapping, KEY);
    }
    NOTE(type, .slot = FAKE_IMPORT_KEY, .other = wrapping, .bytes = bytes, .len = len,
            .extra = parameters, .flags = flags);
    return give(KEY, check(hProvider, PROVIDER), &state.keys, key);
}

static SECURITY_STATUS export_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        NCRYPT_KEY_HANDLE wrapping, LPCWSTR type, NCryptBufferDesc *parameters, PBYTE out,
        DWORD capacity, DWORD *result, DWORD flags)
{
    check(hProvider, PROVIDER);
    check(hKey, KEY);
    if (wrapping != 0) {
        check(wrapping, KEY);
    }
    NOTE(type, .slot = FAKE_EXPORT_KEY, .object = hKey, .other = wrapping, .extra = parameters,
            .flags = flags);
    return put("blob", 4, out, capacity, result);
}

static SECURITY_STATUS ask(enum VITRINE_NCRYPT_QUESTION_KIND kind, struct fake_answer *answer)
{
    pthread_mutex_lock(&state.lock);
    VITRINE_NCRYPT_PROMPT prompt = state.prompt;
    pthread_mutex_unlock(&state.lock);
    if (prompt.Ask == NULL) {
        return NTE_UI_REQUIRED;
    }
    const VITRINE_NCRYPT_QUESTION question = { .Kind = kind,
        .Operation = u"sign",
        .Provider = u"Fake\u202e \x1b[2J",
        .KeyName = u"k\u00e9y \U0001f511",
        .Title = u"Title",
        .FriendlyName = u"friend",
        .Description = u"About\nit" };
    bool confirm = kind == VITRINE_NCRYPT_CONFIRM;
    answer->result = prompt.Ask(prompt.Context, &question, confirm ? NULL : answer->secret,
            confirm ? 0 : sizeof(answer->secret));
    return 0;
}

static SECURITY_STATUS sign_hash(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        VOID *padding, PBYTE hash, DWORD hash_len, PBYTE out, DWORD capacity, DWORD *result,
        DWORD flags)
{
    check(hProvider, PROVIDER);
    check(hKey, KEY);
    NOTE(NULL, .slot = FAKE_SIGN_HASH, .object = hKey, .bytes = hash, .len = hash_len,
            .extra = padding, .flags = flags);
    struct fake_answer answer = { 0 };
    if (out != NULL) {
        NEED(hash_len == 1);
        SECURITY_STATUS status = ask((enum VITRINE_NCRYPT_QUESTION_KIND)hash[0], &answer);
        if (status != 0) {
            return status;
        }
    }
    return put(&answer, sizeof(answer), out, capacity, result);
}

static SECURITY_STATUS verify_signature(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        VOID *padding, PBYTE hash, DWORD hash_len, PBYTE signature, DWORD signature_len,
        DWORD flags)
{
    check(hProvider, PROVIDER);
    check(hKey, KEY);
    NOTE(NULL, .slot = FAKE_VERIFY_SIGNATURE, .object = hKey, .bytes = hash, .len = hash_len,
            .extra = padding, .flags = flags);
    return hash_len == signature_len && memcmp(hash, signature, hash_len) == 0 ? 0
                                                                               : NTE_BAD_SIGNATURE;
}

static SECURITY_STATUS prompt_user(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        LPCWSTR operation, DWORD flags)
{
    NOTE(operation, .slot = FAKE_PROMPT_USER, .object = hKey, .flags = flags);
    return NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS notify_change_key(NCRYPT_PROV_HANDLE hProvider, HANDLE *event, DWORD flags)
{
    check(hProvider, PROVIDER);
    NOTE(NULL, .slot = FAKE_NOTIFY_CHANGE_KEY, .bytes = event, .flags = flags);
    return 0;
}

static SECURITY_STATUS secret_agreement(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE private,
        NCRYPT_KEY_HANDLE public, NCRYPT_SECRET_HANDLE *secret, DWORD flags)
{
    check(private, KEY);
    check(public, KEY);
    NOTE(NULL, .slot = FAKE_SECRET_AGREEMENT, .object = private, .other = public, .flags = flags);
    return give(SECRET, check(hProvider, PROVIDER), &state.secrets, secret);
}

static SECURITY_STATUS derive_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_SECRET_HANDLE secret,
        LPCWSTR kdf, NCryptBufferDesc *parameters, PBYTE out, DWORD capacity, DWORD *result,
        ULONG flags)
{
    check(hProvider, PROVIDER);
    check(secret, SECRET);
    NOTE(kdf, .slot = FAKE_DERIVE_KEY, .object = secret, .extra = parameters, .flags = flags);
    return put("derived", 7, out, capacity, result);
}

static SECURITY_STATUS free_secret(NCRYPT_PROV_HANDLE hProvider, NCRYPT_SECRET_HANDLE secret)
{
    check(hProvider, PROVIDER);
    destroy(check(secret, SECRET), &state.secrets);
    NOTE(NULL, .slot = FAKE_FREE_SECRET, .object = secret);
    return 0;
}

static SECURITY_STATUS key_derivation(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        NCryptBufferDesc *parameters, PUCHAR out, DWORD capacity, DWORD *result, ULONG flags)
{
    check(hProvider, PROVIDER);
    check(hKey, KEY);
    NOTE(NULL, .slot = FAKE_KEY_DERIVATION, .object = hKey, .extra = parameters, .flags = flags);
    return put("derived", 7, out, capacity, result);
}

static SECURITY_STATUS create_claim(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE subject,
        NCRYPT_KEY_HANDLE authority, DWORD type, NCryptBufferDesc *parameters, PBYTE out,
        DWORD capacity, DWORD *result, DWORD flags)
{
    (void)out;
    (void)capacity;
    NOTE(NULL, .slot = FAKE_CREATE_CLAIM, .object = subject, .other = authority, .len = type,
            .extra = parameters, .flags = flags);
    *result = 0;
    return 0;
}

static SECURITY_STATUS verify_claim(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE subject,
        NCRYPT_KEY_HANDLE authority, DWORD type, NCryptBufferDesc *parameters, PBYTE claim,
        DWORD len, NCryptBufferDesc *out, DWORD flags)
{
    (void)out;
    (void)len;
    NOTE(NULL, .slot = FAKE_VERIFY_CLAIM, .object = subject, .other = authority, .len = type,
            .bytes = claim, .extra = parameters, .flags = flags);
    return 0;
}

#define SLOTS_OF_VERSION_1                                                                         \
    .OpenProvider = open_provider, .OpenKey = open_key, .CreatePersistedKey = create_key,          \
    .GetProviderProperty = get_provider_property, .GetKeyProperty = get_key_property,              \
    .SetProviderProperty = set_provider_property, .SetKeyProperty = set_key_property,              \
    .FinalizeKey = finalize_key, .DeleteKey = delete_key, .FreeProvider = free_provider,           \
    .FreeKey = free_key, .FreeBuffer = free_buffer, .Encrypt = encrypt, .Decrypt = decrypt,        \
    .IsAlgSupported = is_alg_supported, .EnumAlgorithms = enum_algorithms, .EnumKeys = enum_keys,  \
    .ImportKey = import_key, .ExportKey = export_key, .SignHash = sign_hash,                       \
    .VerifySignature = verify_signature, .PromptUser = prompt_user,                                \
    .NotifyChangeKey = notify_change_key, .SecretAgreement = secret_agreement,                     \
    .DeriveKey = derive_key, .FreeSecret = free_secret

static const NCRYPT_KEY_STORAGE_FUNCTION_TABLE whole = { SLOTS_OF_VERSION_1,
    .KeyDerivation = key_derivation, .CreateClaim = create_claim, .VerifyClaim = verify_claim };

enum {
    SIZE_1 = offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, KeyDerivation),
    SIZE_2 = offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, CreateClaim),
    SIZE_3 = sizeof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE),
};

/* As long as its version says, so that a sanitizer sees who reads more. */
static struct variant {
    LPCWSTR name;
    USHORT version;
    size_t size;
    size_t hole; /* offset of a slot that is missing */
    void *table; /* made once */
} variants[] = {
    { u"Fake", 2, SIZE_2, 0, NULL },
    { u"Fake twin", 2, SIZE_2, 0, NULL }, /* gets the first one's table */
    { u"Fake 1", 1, SIZE_1, 0, NULL },
    { u"Fake 3", 3, SIZE_3, 0, NULL },
    { u"Fake 0", 0, SIZE_1, 0, NULL },
    { u"Fake 4", 4, SIZE_3, 0, NULL },
    { u"Fake with a first hole", 1, SIZE_1,
            offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, OpenProvider), NULL },
    { u"Fake with a last hole", 1, SIZE_1, offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, FreeSecret),
            NULL },
    { u"Fake 2 with a hole", 2, SIZE_2, offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, KeyDerivation),
            NULL },
    { u"Fake 3 with a hole", 3, SIZE_3, offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, VerifyClaim),
            NULL },
};

enum { VARIANT_COUNT = sizeof(variants) / sizeof(variants[0]) };

static void *table_of(struct variant *variant)
{
    if (variant == &variants[1]) {
        return table_of(&variants[0]);
    }
    if (variant->table == NULL) {
        variant->table = malloc(variant->size);
        NEED(variant->table != NULL);
        memcpy(variant->table, &whole, variant->size);
        memcpy(variant->table, &(BCRYPT_INTERFACE_VERSION){ variant->version, 0 },
                sizeof(BCRYPT_INTERFACE_VERSION));
        if (variant->hole != 0) {
            memset((char *)variant->table + variant->hole, 0, sizeof(void *));
        }
    }
    return variant->table;
}

/* Another one than the time before. */
static void *fresh_table(void)
{
    static NCRYPT_KEY_STORAGE_FUNCTION_TABLE tables[2];
    static unsigned next;
    NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table = &tables[next++ % 2];
    memcpy(table, &whole, sizeof(whole));
    table->Version = (BCRYPT_INTERFACE_VERSION){ 3, 0 };
    return table;
}

NTSTATUS WINAPI GetKeyStorageInterface(LPCWSTR pszProviderName,
        NCRYPT_KEY_STORAGE_FUNCTION_TABLE **ppFunctionTable, DWORD dwFlags)
{
    NEED(dwFlags == 0);
    if (vit_wide_equal(pszProviderName, u"Fake without memory")) {
        return STATUS_NO_MEMORY;
    }
    if (vit_wide_equal(pszProviderName, u"Fake without table")) {
        return STATUS_SUCCESS;
    }
    NTSTATUS status = STATUS_NOT_FOUND;
    pthread_mutex_lock(&state.lock);
    if (vit_wide_equal(pszProviderName, u"Fake fresh")) {
        *ppFunctionTable = fresh_table();
        status = STATUS_SUCCESS;
    }
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (vit_wide_equal(pszProviderName, variants[i].name)) {
            *ppFunctionTable = table_of(&variants[i]);
            status = STATUS_SUCCESS;
        }
    }
    pthread_mutex_unlock(&state.lock);
    return status;
}
