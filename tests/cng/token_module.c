/* SPDX-License-Identifier: MIT */
#include "tests/cng/token_module.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cng/ksp/token/pkcs11.h"

enum { SESSION_COUNT = 64, OBJECT_COUNT = 256 };

struct token_module_control token_module_control;

static struct ck_function_list list, *behind;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ck_session_handle_t sessions[SESSION_COUNT + 1];
static ck_object_handle_t objects[OBJECT_COUNT + 1];

static bool lies(const char *lie)
{
    return token_module_control.lie != NULL && strcmp(token_module_control.lie, lie) == 0;
}

/* Under the lock. */
static bool was_out(void)
{
    if (!atomic_exchange(&token_module_control.out, false)) {
        return false;
    }
    for (size_t i = 1; i <= SESSION_COUNT; i++) {
        if (sessions[i] != CK_INVALID_HANDLE) {
            (void)behind->C_CloseSession(sessions[i]);
        }
    }
    memset(sessions, 0, sizeof(sessions));
    memset(objects, 0, sizeof(objects));
    return true;
}

static ck_rv_t session_of(ck_session_handle_t number, ck_session_handle_t *session)
{
    pthread_mutex_lock(&lock);
    ck_rv_t rv = was_out() ? CKR_DEVICE_REMOVED : CKR_OK;
    *session = number <= SESSION_COUNT ? sessions[number] : CK_INVALID_HANDLE;
    pthread_mutex_unlock(&lock);
    return rv == CKR_OK && *session == CK_INVALID_HANDLE ? CKR_SESSION_HANDLE_INVALID : rv;
}

static ck_object_handle_t object_of(ck_object_handle_t number)
{
    pthread_mutex_lock(&lock);
    ck_object_handle_t object = number <= OBJECT_COUNT ? objects[number] : CK_INVALID_HANDLE;
    pthread_mutex_unlock(&lock);
    return object;
}

static unsigned long number_in(unsigned long *table, size_t count, unsigned long handle,
        bool shared)
{
    unsigned long number = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 1; number == 0 && i <= count; i++) {
        if (table[i] == CK_INVALID_HANDLE || (shared && table[i] == handle)) {
            table[i] = handle;
            number = i;
        }
    }
    pthread_mutex_unlock(&lock);
    return number;
}

static ck_object_handle_t number_of(ck_object_handle_t object)
{
    return number_in(objects, OBJECT_COUNT, object, true);
}

#define SESSION(number)                                                                            \
    ck_session_handle_t session;                                                                   \
    ck_rv_t session_rv = session_of(number, &session);                                             \
    if (session_rv != CKR_OK) {                                                                    \
        return session_rv;                                                                         \
    }

static ck_rv_t get_slot_list(unsigned char present, ck_slot_id_t *slots, unsigned long *count)
{
    ck_rv_t rv = behind->C_GetSlotList(present, slots, count);
    if (lies("slots") && slots != NULL) {
        *count = 1000000;
    }
    return rv;
}

static ck_rv_t open_session(ck_slot_id_t slot, ck_flags_t flags, void *context, ck_notify_t notify,
        ck_session_handle_t *number)
{
    ck_session_handle_t session;
    if (lies("session")) {
        return CKR_OK;
    }
    pthread_mutex_lock(&lock);
    bool out = was_out();
    pthread_mutex_unlock(&lock);
    ck_rv_t rv = out ? CKR_DEVICE_REMOVED
                     : behind->C_OpenSession(slot, flags, context, notify, &session);
    if (rv == CKR_OK) {
        *number = number_in(sessions, SESSION_COUNT, session, false);
        atomic_fetch_add(&token_module_control.opened, 1);
    }
    return rv;
}

static ck_rv_t close_session(ck_session_handle_t number)
{
    SESSION(number);
    pthread_mutex_lock(&lock);
    sessions[number] = CK_INVALID_HANDLE;
    pthread_mutex_unlock(&lock);
    return behind->C_CloseSession(session);
}

static ck_rv_t login(ck_session_handle_t number, ck_user_type_t user, unsigned char *pin,
        unsigned long len)
{
    SESSION(number);
    return behind->C_Login(session, user, pin, len);
}

static ck_rv_t find_objects_init(ck_session_handle_t number, struct ck_attribute *wanted,
        unsigned long count)
{
    SESSION(number);
    return behind->C_FindObjectsInit(session, wanted, count);
}

static ck_rv_t find_objects(ck_session_handle_t number, ck_object_handle_t *found,
        unsigned long capacity, unsigned long *count)
{
    SESSION(number);
    ck_rv_t rv = behind->C_FindObjects(session, found, capacity, count);
    for (unsigned long i = 0; rv == CKR_OK && i < *count; i++) {
        found[i] = number_of(found[i]);
    }
    if (lies("one that is gone") && rv == CKR_OK && *count > 0 && *count < capacity) {
        memmove(found + 1, found, *count * sizeof(*found));
        found[0] = OBJECT_COUNT + 1;
        ++*count;
    }
    if (lies("found")) {
        *count = capacity + 1;
    }
    return rv;
}

static ck_rv_t find_objects_final(ck_session_handle_t number)
{
    SESSION(number);
    return behind->C_FindObjectsFinal(session);
}

static ck_rv_t get_attribute_value(ck_session_handle_t number, ck_object_handle_t object,
        struct ck_attribute *attributes, unsigned long count)
{
    static const struct {
        const char *lie;
        ck_attribute_type_t type;
        unsigned long len;
    } lengths[] = {
        { "id longer than its room", CKA_ID, 100000 },
        { "point of one byte", CKA_EC_POINT, 1 },
        { "type of one byte", CKA_KEY_TYPE, 1 },
        { "flag of no byte", CKA_VERIFY, 0 },
        { "secret of no byte", CKA_VALUE, 0 },
        { "secret of one byte more", CKA_VALUE, 33 },
        { "secret longer than its room", CKA_VALUE, 100000 },
        { "secret without a length", CKA_VALUE, CK_UNAVAILABLE_INFORMATION },
    };
    SESSION(number);
    bool asks_length = attributes->value == NULL;
    ck_rv_t rv = behind->C_GetAttributeValue(session, object_of(object), attributes, count);
    for (size_t i = 0; rv == CKR_OK && i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        if (!asks_length && attributes->type == lengths[i].type && lies(lengths[i].lie)) {
            attributes->value_len = lengths[i].len;
        }
    }
    if (asks_length && attributes->type == CKA_EC_POINT && lies("endless point")) {
        attributes->value_len = CK_UNAVAILABLE_INFORMATION - 1;
    }
    return rv;
}

static ck_rv_t set_attribute_value(ck_session_handle_t number, ck_object_handle_t object,
        struct ck_attribute *attributes, unsigned long count)
{
    SESSION(number);
    return behind->C_SetAttributeValue(session, object_of(object), attributes, count);
}

static ck_rv_t destroy_object(ck_session_handle_t number, ck_object_handle_t object)
{
    SESSION(number);
    return behind->C_DestroyObject(session, object_of(object));
}

static ck_rv_t generate_key_pair(ck_session_handle_t number, struct ck_mechanism *mechanism,
        struct ck_attribute *of_public, unsigned long public_count, struct ck_attribute *of_private,
        unsigned long private_count, ck_object_handle_t *public, ck_object_handle_t *private)
{
    SESSION(number);
    if (lies("pair")) {
        return CKR_OK;
    }
    ck_rv_t rv = behind->C_GenerateKeyPair(session, mechanism, of_public, public_count, of_private,
            private_count, public, private);
    if (rv == CKR_OK) {
        *public = number_of(*public);
        *private = number_of(*private);
    }
    return rv;
}

static ck_rv_t derive_key(ck_session_handle_t number, struct ck_mechanism *mechanism,
        ck_object_handle_t key, struct ck_attribute *wanted, unsigned long count,
        ck_object_handle_t *secret)
{
    SESSION(number);
    if (lies("derived")) {
        return CKR_OK;
    }
    ck_rv_t rv = behind->C_DeriveKey(session, mechanism, object_of(key), wanted, count, secret);
    if (rv == CKR_OK) {
        *secret = number_of(*secret);
    }
    return rv;
}

static ck_rv_t sign_init(ck_session_handle_t number, struct ck_mechanism *mechanism,
        ck_object_handle_t key)
{
    SESSION(number);
    return behind->C_SignInit(session, mechanism, object_of(key));
}

static ck_rv_t sign(ck_session_handle_t number, unsigned char *in, unsigned long in_len,
        unsigned char *out, unsigned long *out_len)
{
    SESSION(number);
    ck_rv_t rv = behind->C_Sign(session, in, in_len, out, out_len);
    if (lies("long signature")) {
        *out_len = 1000000;
    }
    if (lies("short signature")) {
        *out_len = 1;
    }
    return rv;
}

static ck_rv_t decrypt_init(ck_session_handle_t number, struct ck_mechanism *mechanism,
        ck_object_handle_t key)
{
    SESSION(number);
    return behind->C_DecryptInit(session, mechanism, object_of(key));
}

static ck_rv_t decrypt(ck_session_handle_t number, unsigned char *in, unsigned long in_len,
        unsigned char *out, unsigned long *out_len)
{
    SESSION(number);
    ck_rv_t rv = behind->C_Decrypt(session, in, in_len, out, out_len);
    if (lies("long text")) {
        *out_len = 8192;
    }
    if (lies("empty text")) {
        *out_len = 0;
    }
    return rv;
}

static bool load_behind(void)
{
    void *library = dlopen(getenv(TOKEN_MODULE_BEHIND), RTLD_NOW | RTLD_LOCAL);
    ck_rv_t (*get)(struct ck_function_list **list) = NULL;
    if (library != NULL) {
        *(void **)&get = dlsym(library, "C_GetFunctionList");
    }
    return get != NULL && get(&behind) == CKR_OK;
}

ck_rv_t C_GetFunctionList(struct ck_function_list **out)
{
    if (behind == NULL && !load_behind()) {
        return CKR_GENERAL_ERROR;
    }
    list = *behind;
    list.C_GetFunctionList = C_GetFunctionList;
    list.C_GetSlotList = get_slot_list;
    list.C_OpenSession = open_session;
    list.C_CloseSession = close_session;
    list.C_Login = login;
    list.C_FindObjectsInit = find_objects_init;
    list.C_FindObjects = find_objects;
    list.C_FindObjectsFinal = find_objects_final;
    list.C_GetAttributeValue = get_attribute_value;
    list.C_SetAttributeValue = set_attribute_value;
    list.C_DestroyObject = destroy_object;
    list.C_GenerateKeyPair = generate_key_pair;
    list.C_DeriveKey = derive_key;
    list.C_SignInit = sign_init;
    list.C_Sign = sign;
    list.C_DecryptInit = decrypt_init;
    list.C_Decrypt = decrypt;
    *out = &list;
    return CKR_OK;
}
