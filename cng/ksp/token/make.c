/* SPDX-License-Identifier: MIT */
/* New pairs: made on the token, or elsewhere and put there. Private halves cannot be read again. */
#include <stdlib.h>
#include <string.h>

#include "cng/ksp/ksp.h"
#include "cng/ksp/token/key.h"
#include "cng/ksp/token/status.h"
#include "crypto/dh.h"
#include "crypto/random.h"

enum { ID_LEN = 16, MAX_ATTRIBUTES = 24 };

struct template
{
    struct ck_attribute attributes[MAX_ATTRIBUTES];
    size_t count;
};

static void add(struct template *template, struct ck_attribute attribute)
{
    template->attributes[template->count++] = attribute;
}

/* What is to be made. */
struct making {
    const struct vit_ksp_attributes *attributes;
    struct vit_ksp_material *material;
    bool overwrite;
    ck_mechanism_type_t mechanism;
    struct vit_dh_group group;
    unsigned long bits;
    /* What there was of the name before: public halves alone. */
    ck_object_handle_t remains[VIT_TOKEN_MAX_NAMESAKES];
    size_t remains_count;
    /* Of a pair that was made elsewhere, in secret memory; NULL: the token makes it. */
    const uint8_t *blob;
    DWORD blob_len;
};

static const unsigned long private_class = CKO_PRIVATE_KEY;
static const unsigned long public_class = CKO_PUBLIC_KEY;

static void add_common(struct template *template, const struct vit_ksp_material *material)
{
    add(template, vit_token_flag(CKA_TOKEN, material->name != NULL));
    add(template, vit_token_bytes(CKA_ID, material->id.bytes, material->id.len));
    if (material->label != NULL) {
        add(template, vit_token_bytes(CKA_LABEL, material->label, strlen(material->label)));
    }
}

static bool may(const struct making *making, DWORD usage)
{
    return (making->material->algorithm->usage & making->attributes->usage & usage) != 0;
}

static void add_private_rules(struct template *template, const struct making *making)
{
    add_common(template, making->material);
    add(template, vit_token_flag(CKA_PRIVATE, true));
    add(template, vit_token_flag(CKA_SENSITIVE, true));
    add(template, vit_token_flag(CKA_EXTRACTABLE, false));
    add(template, vit_token_flag(CKA_DERIVE, may(making, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG)));
    if (making->material->algorithm->type != CKK_DH) {
        add(template, vit_token_flag(CKA_SIGN, may(making, NCRYPT_ALLOW_SIGNING_FLAG)));
    }
    if (making->material->algorithm->type == CKK_RSA) {
        add(template, vit_token_flag(CKA_DECRYPT, may(making, NCRYPT_ALLOW_DECRYPT_FLAG)));
        add(template, vit_token_flag(CKA_UNWRAP, false));
    }
}

/* The public half says the same, for it can be read without a PIN. */
static void add_public_rules(struct template *template, const struct making *making)
{
    add_common(template, making->material);
    add(template, vit_token_flag(CKA_PRIVATE, false));
    add(template, vit_token_flag(CKA_DERIVE, may(making, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG)));
    if (making->material->algorithm->type != CKK_DH) {
        add(template, vit_token_flag(CKA_VERIFY, may(making, NCRYPT_ALLOW_SIGNING_FLAG)));
    }
    if (making->material->algorithm->type == CKK_RSA) {
        add(template, vit_token_flag(CKA_ENCRYPT, may(making, NCRYPT_ALLOW_DECRYPT_FLAG)));
        add(template, vit_token_flag(CKA_WRAP, false));
    }
}

/* Of the pair that the token is to make. */
static void add_public_numbers(struct template *template, const struct making *making)
{
    static const uint8_t exponent[] = { 1, 0, 1 };
    const struct vit_token_algorithm *algorithm = making->material->algorithm;
    switch (algorithm->type) {
    case CKK_RSA:
        add(template, vit_token_number(CKA_MODULUS_BITS, &making->bits));
        add(template, vit_token_bytes(CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent)));
        return;
    case CKK_DH:
        add(template, vit_token_bytes(CKA_PRIME, making->group.p, making->group.len));
        add(template, vit_token_bytes(CKA_BASE, making->group.g, making->group.len));
        return;
    default:
        add(template, vit_token_bytes(CKA_EC_PARAMS, algorithm->curve, algorithm->curve_len));
        return;
    }
}

static void destroy_object(struct vit_token_session *session, ck_object_handle_t object)
{
    if (!session->lost && object != CK_INVALID_HANDLE) { /* else it may be somebody else's by now */
        (void)session->module->C_DestroyObject(session->handle, object);
    }
}

static SECURITY_STATUS generate_pair(struct vit_token_session *session, ck_session_handle_t handle,
        const struct making *making, struct vit_token_handles *made)
{
    struct template private_template = { .count = 0 };
    struct template public_template = { .count = 0 };
    add_private_rules(&private_template, making);
    add_public_rules(&public_template, making);
    add_public_numbers(&public_template, making);
    struct ck_mechanism mechanism = { making->mechanism, NULL, 0 };
    return vit_token_result(session,
            session->module->C_GenerateKeyPair(handle, &mechanism, public_template.attributes,
                    public_template.count, private_template.attributes, private_template.count,
                    &made->public_object, &made->private_object));
}

/* Consecutive numbers of a blob. */
struct numbers {
    const uint8_t *at;
    size_t left;
};

/* What is too short was refused by BCrypt, which made this blob. */
static struct ck_attribute next_number(struct numbers *numbers, ck_attribute_type_t type,
        size_t len)
{
    size_t taken = len < numbers->left ? len : numbers->left;
    struct ck_attribute attribute = vit_token_bytes(type, numbers->at, taken);
    numbers->at += taken;
    numbers->left -= taken;
    return attribute;
}

static void add_rsa_numbers(const struct making *making, struct template *public_template,
        struct template *private_template)
{
    BCRYPT_RSAKEY_BLOB header;
    memcpy(&header, making->blob, sizeof(header));
    struct numbers numbers = { making->blob + sizeof(header), making->blob_len - sizeof(header) };
    struct ck_attribute exponent = next_number(&numbers, CKA_PUBLIC_EXPONENT, header.cbPublicExp);
    struct ck_attribute modulus = next_number(&numbers, CKA_MODULUS, header.cbModulus);
    add(public_template, exponent);
    add(public_template, modulus);
    add(private_template, exponent);
    add(private_template, modulus);
    add(private_template, next_number(&numbers, CKA_PRIME_1, header.cbPrime1));
    add(private_template, next_number(&numbers, CKA_PRIME_2, header.cbPrime2));
    add(private_template, next_number(&numbers, CKA_EXPONENT_1, header.cbPrime1));
    add(private_template, next_number(&numbers, CKA_EXPONENT_2, header.cbPrime2));
    add(private_template, next_number(&numbers, CKA_COEFFICIENT, header.cbPrime1));
    add(private_template, next_number(&numbers, CKA_PRIVATE_EXPONENT, header.cbModulus));
}

static void add_dh_numbers(const struct making *making, struct template *public_template,
        struct template *private_template)
{
    BCRYPT_DH_KEY_BLOB header;
    memcpy(&header, making->blob, sizeof(header));
    struct numbers numbers = { making->blob + sizeof(header), making->blob_len - sizeof(header) };
    struct ck_attribute prime = next_number(&numbers, CKA_PRIME, header.cbKey);
    struct ck_attribute base = next_number(&numbers, CKA_BASE, header.cbKey);
    add(public_template, prime);
    add(public_template, base);
    add(public_template, next_number(&numbers, CKA_VALUE, header.cbKey));
    add(private_template, prime);
    add(private_template, base);
    add(private_template, next_number(&numbers, CKA_VALUE, header.cbKey));
}

/* der: room for the point, which the template points to. */
static void add_ec_numbers(const struct making *making, uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN],
        struct template *public_template, struct template *private_template)
{
    const struct vit_token_algorithm *algorithm = making->material->algorithm;
    const uint8_t *numbers = making->blob + sizeof(BCRYPT_ECCKEY_BLOB);
    size_t len = vit_token_curve_len(algorithm);
    uint8_t point[VIT_TOKEN_MAX_POINT_LEN];
    size_t point_len = vit_token_point(numbers, len, point);
    size_t der_len = vit_token_der_point(point, point_len, der);
    struct ck_attribute curve =
            vit_token_bytes(CKA_EC_PARAMS, algorithm->curve, algorithm->curve_len);
    add(public_template, curve);
    add(public_template, vit_token_bytes(CKA_EC_POINT, der, der_len));
    add(private_template, curve);
    add(private_template, vit_token_bytes(CKA_VALUE, numbers + 2 * len, len));
}

static void add_numbers(const struct making *making, uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN],
        struct template *public_template, struct template *private_template)
{
    switch (making->material->algorithm->type) {
    case CKK_RSA:
        add_rsa_numbers(making, public_template, private_template);
        return;
    case CKK_DH:
        add_dh_numbers(making, public_template, private_template);
        return;
    default:
        add_ec_numbers(making, der, public_template, private_template);
        return;
    }
}

/* The private half first: without the public one nobody finds it. */
static SECURITY_STATUS put_pair(struct vit_token_session *session, ck_session_handle_t handle,
        const struct making *making, struct vit_token_handles *made)
{
    struct template private_template = { .count = 0 };
    struct template public_template = { .count = 0 };
    uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN];
    unsigned long type = making->material->algorithm->type;
    add(&private_template, vit_token_number(CKA_CLASS, &private_class));
    add(&private_template, vit_token_number(CKA_KEY_TYPE, &type));
    add(&public_template, vit_token_number(CKA_CLASS, &public_class));
    add(&public_template, vit_token_number(CKA_KEY_TYPE, &type));
    add_private_rules(&private_template, making);
    add_public_rules(&public_template, making);
    add_numbers(making, der, &public_template, &private_template);
    ck_rv_t rv = session->module->C_CreateObject(handle, private_template.attributes,
            private_template.count, &made->private_object);
    if (rv != CKR_OK) {
        return vit_token_result(session, rv);
    }
    rv = session->module->C_CreateObject(handle, public_template.attributes, public_template.count,
            &made->public_object);
    if (rv != CKR_OK) {
        destroy_object(session, made->private_object);
    }
    return vit_token_result(session, rv);
}

static void destroy_pair(struct vit_token_session *session, const struct vit_token_handles *pair)
{
    destroy_object(session, pair->private_object);
    destroy_object(session, pair->public_object);
}

static SECURITY_STATUS make_pair(struct vit_token_session *session, struct making *making,
        struct vit_token_handles *made)
{
    struct vit_ksp_material *material = making->material;
    ck_session_handle_t handle = material->name == NULL ? material->held.session : session->handle;
    *made = (struct vit_token_handles){ CK_INVALID_HANDLE, CK_INVALID_HANDLE, false };
    pthread_mutex_lock(&session->store->coming);
    SECURITY_STATUS status = making->blob != NULL ? put_pair(session, handle, making, made)
                                                  : generate_pair(session, handle, making, made);
    pthread_mutex_unlock(&session->store->coming);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (made->public_object == CK_INVALID_HANDLE || made->private_object == CK_INVALID_HANDLE) {
        destroy_pair(session, made);
        return NTE_FAIL;
    }
    free(material->public.blob);
    status = vit_token_public_of_object(session, made->public_object, material->algorithm,
            &material->public);
    if (status != ERROR_SUCCESS) {
        destroy_pair(session, made);
        return status;
    }
    material->public_object = made->public_object;
    material->private_object = made->private_object;
    material->generation = session->generation;
    return ERROR_SUCCESS;
}

/* All pairs of the name but the new one. Private halves first: what is left of a pair then is found
 * and can be removed. */
static SECURITY_STATUS remove_others(struct vit_token_session *session,
        const struct vit_ksp_material *material, ck_object_class_t class, ck_object_handle_t kept)
{
    ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES];
    size_t count;
    const struct ck_attribute wanted[] = {
        vit_token_number(CKA_CLASS, &class),
        vit_token_flag(CKA_TOKEN, true),
        vit_token_bytes(CKA_LABEL, material->label, strlen(material->label)),
    };
    SECURITY_STATUS status =
            vit_token_find(session, wanted, 3, found, VIT_TOKEN_MAX_NAMESAKES, &count);
    for (size_t i = 0; status == ERROR_SUCCESS && i < count; i++) {
        if (found[i] != kept) {
            status = vit_token_result(session,
                    session->module->C_DestroyObject(session->handle, found[i]));
        }
    }
    return status;
}

static SECURITY_STATUS replace_others(struct vit_token_session *session,
        const struct vit_ksp_material *material, const struct vit_token_handles *made)
{
    SECURITY_STATUS status =
            remove_others(session, material, CKO_PRIVATE_KEY, made->private_object);
    if (status != ERROR_SUCCESS) {
        destroy_pair(session, made);
        return status;
    }
    /* A public half that stays behind is nobody's key. */
    (void)remove_others(session, material, CKO_PUBLIC_KEY, made->public_object);
    return ERROR_SUCCESS;
}

/* Somebody else's pair may have been half made when it was first seen: so what is still alone now. */
static void clear_remains(struct vit_token_session *session, const struct making *making)
{
    ck_object_handle_t now[VIT_TOKEN_MAX_NAMESAKES];
    size_t count = 0;
    (void)vit_token_pair_remains(session, making->material->label, now, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < making->remains_count; j++) {
            if (now[i] == making->remains[j]) {
                destroy_object(session, now[i]);
            }
        }
    }
}

/* Tokens know nothing of unique names: whoever sees another pair of the name after having made one
 * takes it back, so that two never stay. */
static SECURITY_STATUS keep_alone(struct vit_token_session *session, const struct making *making,
        const struct vit_token_handles *made)
{
    SECURITY_STATUS status =
            vit_token_pair_is_alone(session, making->material->label, made->public_object);
    if (status != ERROR_SUCCESS) {
        destroy_pair(session, made);
        return status;
    }
    clear_remains(session, making);
    return ERROR_SUCCESS;
}

static SECURITY_STATUS need_free_name(struct vit_token_session *session, struct making *making)
{
    const struct vit_token_algorithm *algorithm;
    ck_object_handle_t object;
    if (making->material->name == NULL || making->overwrite) {
        return ERROR_SUCCESS;
    }
    const char *label = making->material->label;
    SECURITY_STATUS status = vit_token_pair_find(session, label, &algorithm, &object);
    if (status == NTE_BAD_KEYSET) {
        return vit_token_pair_remains(session, label, making->remains, &making->remains_count);
    }
    return status == ERROR_SUCCESS ? NTE_EXISTS : status;
}

static SECURITY_STATUS hold_session(struct vit_token_session *session,
        struct vit_ksp_material *material)
{
    if (material->name != NULL) {
        return ERROR_SUCCESS;
    }
    vit_token_let_go(material->store, &material->held, NULL, 0); /* of the first try */
    return vit_token_hold(session, &material->held);
}

static SECURITY_STATUS make(struct vit_token_session *session, void *context)
{
    struct making *making = context;
    struct vit_token_handles made;
    SECURITY_STATUS status = need_free_name(session, making);
    if (status == ERROR_SUCCESS) {
        status = hold_session(session, making->material);
    }
    if (status == ERROR_SUCCESS) {
        status = make_pair(session, making, &made);
    }
    if (status != ERROR_SUCCESS || making->material->name == NULL) {
        return status;
    }
    return making->overwrite ? replace_others(session, making->material, &made)
                             : keep_alone(session, making, &made);
}

static SECURITY_STATUS make_id(struct vit_token_value *id)
{
    id->bytes = malloc(ID_LEN);
    if (id->bytes == NULL) {
        return NTE_NO_MEMORY;
    }
    id->len = ID_LEN;
    return vit_random(id->bytes, ID_LEN) == VIT_OK ? ERROR_SUCCESS : NTE_FAIL;
}

static SECURITY_STATUS read_group(const struct vit_ksp_attributes *attributes,
        struct vit_dh_group *group)
{
    BCRYPT_DH_PARAMETER_HEADER header;
    if (attributes->dh_parameters == NULL) {
        enum vit_status status = vit_dh_group_of_bits(attributes->bits, group);
        return vit_ksp_status_of(status);
    }
    if (attributes->dh_parameters_len < sizeof(header)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(&header, attributes->dh_parameters, sizeof(header));
    if (header.cbKeyLength > sizeof(group->p) ||
            attributes->dh_parameters_len != sizeof(header) + 2 * (size_t)header.cbKeyLength) {
        return NTE_INVALID_PARAMETER;
    }
    const uint8_t *numbers = attributes->dh_parameters + sizeof(header);
    group->len = header.cbKeyLength;
    memcpy(group->p, numbers, group->len);
    memcpy(group->g, numbers + group->len, group->len);
    return ERROR_SUCCESS;
}

static SECURITY_STATUS choose_mechanism(struct making *making)
{
    switch (making->material->algorithm->type) {
    case CKK_RSA:
        making->mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
        return ERROR_SUCCESS;
    case CKK_DH:
        making->mechanism = CKM_DH_PKCS_KEY_PAIR_GEN;
        return making->blob != NULL ? ERROR_SUCCESS
                                    : read_group(making->attributes, &making->group);
    default:
        making->mechanism = CKM_EC_KEY_PAIR_GEN;
        return ERROR_SUCCESS;
    }
}

static SECURITY_STATUS make_material(struct vit_ksp_store *store, struct making *making,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct vit_ksp_material **out)
{
    const struct vit_ksp_attributes *attributes = making->attributes;
    const struct vit_token_algorithm *algorithm =
            vit_token_algorithm_of_name(attributes->algorithm);
    if (algorithm == NULL) {
        return NTE_NOT_SUPPORTED;
    }
    VIT_AUTO(token_key) material = vit_token_key_create(store, algorithm, attributes->name);
    if (material == NULL) {
        return NTE_NO_MEMORY;
    }
    making->material = material;
    SECURITY_STATUS status = make_id(&material->id);
    if (status == ERROR_SUCCESS) {
        status = choose_mechanism(making);
    }
    if (status == ERROR_SUCCESS) {
        const struct vit_token_call call = { prompt, operation, attributes->name };
        status = vit_token_run(store, &call, make, making);
    }
    if (status == ERROR_SUCCESS) {
        *out = material;
        material = NULL; /* ownership moved to *out */
    }
    return status;
}

SECURITY_STATUS vit_token_generate(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, bool overwrite,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material)
{
    struct making making = { .attributes = attributes,
        .overwrite = overwrite,
        .bits = attributes->bits };
    return make_material(store, &making, prompt, u"create", material);
}

/* The blob has all numbers of the key, and lies in secret memory. */
SECURITY_STATUS vit_token_import(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, LPCWSTR blob_type, const uint8_t *blob,
        DWORD len, bool overwrite, const struct vit_ksp_prompt *prompt,
        struct vit_ksp_material **material)
{
    (void)blob_type;
    struct making making = { .attributes = attributes,
        .overwrite = overwrite,
        .blob = blob,
        .blob_len = len };
    return make_material(store, &making, prompt, u"create", material);
}
