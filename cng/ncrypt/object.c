/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/object.h"

SECURITY_STATUS vit_ncrypt_status(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return ERROR_SUCCESS;
    case VIT_E_NOMEM:
    case VIT_E_LIMIT:
        return NTE_NO_MEMORY;
    default:
        return NTE_INTERNAL_ERROR;
    }
}

bool vit_ncrypt_parameters_fit(const NCryptBufferDesc *parameters)
{
    return parameters == NULL || parameters->cBuffers == 0 || parameters->pBuffers != NULL;
}

static SECURITY_STATUS close_provider(struct vit_object *object)
{
    bool open = vit_ncrypt_provider_close((struct vit_ncrypt_provider *)object);
    return open ? ERROR_SUCCESS : NTE_INVALID_HANDLE;
}

/* Keys and secrets. Whoever is inside a call with it goes on. */
static SECURITY_STATUS free_handle(ULONG_PTR handle, const struct vit_object_kind *kind)
{
    struct vit_object *taken = vit_handle_take(vit_ncrypt_number(handle), kind);
    vit_object_unref(taken);
    return taken == NULL ? NTE_INVALID_HANDLE : ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI NCryptFreeObject(NCRYPT_HANDLE hObject)
{
    VIT_AUTO(object) object = vit_handle_get_any(vit_ncrypt_number(hObject));
    if (object == NULL) {
        return NTE_INVALID_HANDLE;
    }
    return object->kind == &vit_ncrypt_provider_kind ? close_provider(object)
                                                     : free_handle(hObject, object->kind);
}
