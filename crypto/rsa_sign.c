/* SPDX-License-Identifier: MIT */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/rsa_impl.h"

enum { FORM_PARAMETERS = 5 };

/* salt_len is what the last parameter points at. */
static void form_parameters(const struct vit_rsa_form *form, int *salt_len,
        OSSL_PARAM parameters[FORM_PARAMETERS])
{
    size_t i = 0;
    char *hash = (char *)vit_hash_name(form->hash);
    parameters[i++] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
            (char *)(form->pss ? OSSL_PKEY_RSA_PAD_MODE_PSS : OSSL_PKEY_RSA_PAD_MODE_PKCSV15), 0);
    if (form->hashed || form->pss) {
        parameters[i++] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, hash, 0);
    }
    if (form->pss) {
        *salt_len = (int)form->salt_len;
        parameters[i++] =
                OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, hash, 0);
        parameters[i++] = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt_len);
    }
    parameters[i] = OSSL_PARAM_construct_end();
}

static bool is_sane(const struct vit_rsa *key, const struct vit_rsa_form *form, size_t len)
{
    bool right_len = !(form->hashed || form->pss) || len == vit_hash_len(form->hash);
    return right_len && form->salt_len <= vit_rsa_len(key);
}

enum vit_status vit_rsa_sign(const struct vit_rsa *key, const struct vit_rsa_form *form,
        const void *digest, size_t len, uint8_t *out)
{
    OSSL_PARAM parameters[FORM_PARAMETERS];
    int salt_len;
    size_t out_len = vit_rsa_len(key);
    if (!key->private || !is_sane(key, form, len)) {
        return VIT_E_ARG;
    }
    form_parameters(form, &salt_len, parameters);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_sign_init_ex(ctx, parameters) != 1) {
        return VIT_E_NOMEM;
    }
    ERR_set_mark();
    int done = EVP_PKEY_sign(ctx, out, &out_len, digest, len);
    ERR_pop_to_mark();
    return done == 1 ? VIT_OK : VIT_E_ARG;
}

enum vit_status vit_rsa_verify(const struct vit_rsa *key, const struct vit_rsa_form *form,
        const void *digest, size_t len, const void *signature, size_t signature_len)
{
    OSSL_PARAM parameters[FORM_PARAMETERS];
    int salt_len;
    if (!is_sane(key, form, len)) {
        return VIT_E_ARG;
    }
    form_parameters(form, &salt_len, parameters);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_verify_init_ex(ctx, parameters) != 1) {
        return VIT_E_NOMEM;
    }
    ERR_set_mark();
    int done = EVP_PKEY_verify(ctx, signature, signature_len, digest, len);
    ERR_pop_to_mark();
    return done == 1 ? VIT_OK : VIT_E_REFUSED;
}
