/* SPDX-License-Identifier: MIT */
#include "cng/ksp/parameters.h"

#include "cng/ksp/attributes.h"
#include "cng/ksp/key.h"

/* The name of a curve that is given by its numbers. */
static SECURITY_STATUS curve_of_numbers(const NCryptBuffer *buffer, WCHAR **curve)
{
    WCHAR name[VIT_KSP_CURVE_NAME_MAX];
    BCRYPT_ALG_HANDLE provider = NULL;
    NTSTATUS opened = BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_ALGORITHM, NULL, 0);
    if (!NT_SUCCESS(opened)) {
        return vit_ksp_status(opened);
    }
    SECURITY_STATUS status = vit_ksp_status(BCryptSetProperty(provider, BCRYPT_ECC_PARAMETERS,
            buffer->pvBuffer, buffer->cbBuffer, 0));
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_curve_name(provider, name);
    }
    (void)BCryptCloseAlgorithmProvider(provider, 0);
    return status == ERROR_SUCCESS ? vit_ksp_text_copy(name, curve) : status;
}

/* Of several of one kind the last counts. */
static SECURITY_STATUS read_buffer(const NCryptBuffer *buffer,
        struct vit_ksp_parameters *parameters)
{
    if (buffer->pvBuffer == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    bool is_name = buffer->BufferType == NCRYPTBUFFER_PKCS_KEY_NAME;
    bool is_numbers = buffer->BufferType == NCRYPTBUFFER_ECC_PARAMETERS;
    if (!is_name && !is_numbers && buffer->BufferType != NCRYPTBUFFER_ECC_CURVE_NAME) {
        return ERROR_SUCCESS; /* of other types of blobs */
    }
    WCHAR **text = is_name ? &parameters->name : &parameters->curve;
    free(*text);
    *text = NULL;
    return is_numbers
            ? curve_of_numbers(buffer, text)
            : vit_ksp_text_of(buffer->pvBuffer, buffer->cbBuffer, NCRYPT_MAX_KEY_NAME_LENGTH, text);
}

SECURITY_STATUS vit_ksp_parameters_read(const NCryptBufferDesc *list,
        struct vit_ksp_parameters *parameters)
{
    SECURITY_STATUS status = ERROR_SUCCESS;
    if (list == NULL) {
        return ERROR_SUCCESS;
    }
    if (list->pBuffers == NULL && list->cBuffers != 0) {
        return NTE_INVALID_PARAMETER;
    }
    for (ULONG i = 0; status == ERROR_SUCCESS && i < list->cBuffers; i++) {
        status = read_buffer(&list->pBuffers[i], parameters);
    }
    return status;
}
