/* SPDX-License-Identifier: MIT */
#include "kmd-stub/opm.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "kmd-stub/adapter.h"
#include "kmd-stub/device.h"
#include "kmd-stub/opm_link.h"
#include "kmd-stub/status.h"

enum {
    MAX_OBJECTS = 4096,
    /* More than any list of revoked receivers has; the device's own limit is the same. */
    MAX_ADDITIONAL_LEN = 128 * 1024,
    OPM_CODES = (int)0xC01E0000,
    FIRST_OPM_CODE = 0x500,
    LAST_OPM_CODE = 0x521,
};

struct object {
    uint64_t id; /* the handle */
    uint64_t on_device;
    uint8_t random[VIT_OPM_RANDOM_LEN];
    bool random_told, exchange_tried;
};

void vit_kmd_opm_init(struct vit_kmd_opm *opm)
{
    *opm = (struct vit_kmd_opm){ .device = NULL };
    vit_kmd_custody_init(&opm->custody);
    vit_ids_init(&opm->objects, MAX_OBJECTS);
}

void vit_kmd_opm_finish(struct vit_kmd_opm *opm)
{
    uint32_t cursor = 0;
    uint64_t id;
    for (struct object *object = vit_ids_next(&opm->objects, &cursor, &id); object != NULL;
            object = vit_ids_next(&opm->objects, &cursor, &id)) {
        free(object);
    }
    vit_ids_finish(&opm->objects);
    if (opm->scratch.id != 0) {
        struct vit_link *link = opm->device->adapter->link;
        link->impl->destroy_resource(link, opm->device->context, &opm->scratch);
    }
    if (opm->device != NULL) {
        vit_kmd_device_destroy(opm->device);
    }
    vit_kmd_custody_finish(&opm->custody);
}

/* What became of a message. A device that does not know the object has lost it. */
static NTSTATUS of_link(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return STATUS_SUCCESS;
    case VIT_E_NOMEM:
    case VIT_E_LIMIT:
        return STATUS_NO_MEMORY;
    case VIT_E_GONE:
    case VIT_E_ARG:
        return STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS;
    default:
        return STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR;
    }
}

static NTSTATUS of_exchange(enum vit_status status)
{
    return status == VIT_E_REFUSED || status == VIT_E_STATE
            ? STATUS_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS
            : of_link(status);
}

static NTSTATUS of_result(enum vit_status status, uint32_t result)
{
    if (status != VIT_OK || result == VIT_OPM_OK) {
        return of_link(status);
    }
    bool known = result >= FIRST_OPM_CODE && result <= LAST_OPM_CODE;
    return known ? (NTSTATUS)(OPM_CODES | (int)result) : STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR;
}

static struct object *find(const struct vit_kmd_adapter *adapter, HANDLE handle)
{
    return vit_ids_get(&adapter->opm.objects, (uint64_t)(uintptr_t)handle);
}

/* Opens the key, when nobody has yet, while the adapter serves others. */
static void prepare(PVOID context)
{
    struct vit_kmd_adapter *adapter = vit_kmd_adapter_enter(context);
    if (adapter != NULL) {
        vit_kmd_adapter_leave(adapter);
        (void)vit_kmd_custody_usable(&adapter->opm.custody, &adapter->capset, adapter->key_uri);
    }
}

/* After prepare(). */
static bool is_usable(struct vit_kmd_adapter *adapter)
{
    return vit_kmd_custody_usable(&adapter->opm.custody, &adapter->capset, adapter->key_uri);
}

static NTSTATUS check_type(struct vit_kmd_adapter *adapter, DXGKMDT_CERTIFICATE_TYPE type)
{
    switch (type) {
    case DXGKMDT_OPM_CERTIFICATE:
        return is_usable(adapter) ? STATUS_SUCCESS : STATUS_GRAPHICS_OPM_NOT_SUPPORTED;
    case DXGKMDT_COPP_CERTIFICATE:
        return STATUS_GRAPHICS_COPP_NOT_SUPPORTED;
    case DXGKMDT_UAB_CERTIFICATE:
        return STATUS_GRAPHICS_UAB_NOT_SUPPORTED;
    default:
        return STATUS_GRAPHICS_OPM_NOT_SUPPORTED;
    }
}

static NTSTATUS get_certificate_size(PVOID context, DXGKMDT_CERTIFICATE_TYPE type, PULONG size)
{
    prepare(context);
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (size == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    NTSTATUS status = check_type(adapter, type);
    if (NT_SUCCESS(status)) {
        *size = adapter->capset.chain_len;
    }
    return status;
}

static NTSTATUS get_certificate(PVOID context, DXGKMDT_CERTIFICATE_TYPE type, ULONG size,
        PVOID buffer)
{
    prepare(context);
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (buffer == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    NTSTATUS status = check_type(adapter, type);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (size != adapter->capset.chain_len) {
        return STATUS_GRAPHICS_PVP_INVALID_CERTIFICATE_LENGTH;
    }
    memcpy(buffer, adapter->capset.chain, size);
    return STATUS_SUCCESS;
}

static NTSTATUS check_semantics(struct vit_kmd_adapter *adapter,
        DXGKMDT_OPM_VIDEO_OUTPUT_SEMANTICS semantics)
{
    switch (semantics) {
    case DXGKMDT_OPM_VOS_OPM_SEMANTICS:
        return is_usable(adapter) ? STATUS_SUCCESS : STATUS_GRAPHICS_OPM_NOT_SUPPORTED;
    case DXGKMDT_OPM_VOS_COPP_SEMANTICS:
        return STATUS_GRAPHICS_COPP_NOT_SUPPORTED;
    default:
        return STATUS_GRAPHICS_OPM_NOT_SUPPORTED;
    }
}

static enum vit_status create_object(struct vit_kmd_adapter *adapter, uint32_t output,
        uint64_t *handle)
{
    VIT_AUTO(bytes) memory = calloc(1, sizeof(struct object));
    struct object *object = (struct object *)(void *)memory;
    if (object == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(vit_kmd_opm_link_create(adapter, output, &object->on_device, object->random));
    enum vit_status status = vit_ids_add(&adapter->opm.objects, object, &object->id);
    if (status != VIT_OK) {
        enum vit_status undone = vit_kmd_opm_link_destroy(adapter, object->on_device);
        (void)undone;
        return status;
    }
    *handle = object->id;
    memory = NULL; /* the table has it */
    return VIT_OK;
}

static NTSTATUS create_protected_output(PVOID context, UINT target,
        DXGKMDT_OPM_VIDEO_OUTPUT_SEMANTICS semantics, HANDLE *handle)
{
    prepare(context);
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (handle == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    NTSTATUS supported = check_semantics(adapter, semantics);
    if (!NT_SUCCESS(supported)) {
        return supported;
    }
    if (target >= adapter->capset.outputs || adapter->lost) {
        return STATUS_GRAPHICS_OPM_NO_PROTECTED_OUTPUTS_EXIST;
    }
    uint64_t id = 0;
    enum vit_status status = create_object(adapter, target, &id);
    if (status == VIT_OK) {
        *handle = (HANDLE)(uintptr_t)id;
    }
    return status == VIT_E_GONE || status == VIT_E_ARG
            ? STATUS_GRAPHICS_OPM_NO_PROTECTED_OUTPUTS_EXIST
            : of_link(status);
}

static NTSTATUS get_random_number(PVOID context, HANDLE handle, PDXGKMDT_OPM_RANDOM_NUMBER random)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    struct object *object = find(adapter, handle);
    if (object == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    if (random == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    if (adapter->lost) {
        return STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS;
    }
    if (object->random_told) {
        return STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR;
    }
    object->random_told = true;
    memcpy(random->abRandomNumber, object->random, sizeof(object->random));
    return STATUS_SUCCESS;
}

/* Whether the block is good or not: there is no second attempt. */
static NTSTATUS begin_exchange(struct vit_kmd_adapter *adapter, HANDLE handle, const void *block)
{
    struct object *object = find(adapter, handle);
    if (object == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    if (block == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    if (adapter->lost) {
        return STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS;
    }
    if (!object->random_told || object->exchange_tried) {
        return STATUS_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS;
    }
    object->exchange_tried = true;
    return STATUS_SUCCESS;
}

static NTSTATUS forward(PVOID context, HANDLE handle, const uint8_t block[VIT_OAEP_BLOCK_LEN])
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct object *object = find(adapter, handle);
    if (object == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    return of_exchange(vit_kmd_opm_link_exchange(adapter, object->on_device, block));
}

static NTSTATUS program(PVOID context, HANDLE handle, const struct vit_opm_exchange *exchange)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct object *object = find(adapter, handle);
    if (object == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    return of_exchange(vit_kmd_opm_link_program(adapter, object->on_device, exchange->plaintext));
}

/* The slow part is done without the adapter's lock. */
static NTSTATUS unwrap(PVOID context, struct vit_kmd_custody *custody, HANDLE handle,
        const uint8_t block[VIT_OAEP_BLOCK_LEN])
{
    struct vit_opm_exchange *exchange = vit_kmd_custody_alloc(custody);
    if (exchange == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum vit_status status = vit_exchange_opm_unwrap(custody->key, block, exchange);
    NTSTATUS result = status == VIT_OK ? program(context, handle, exchange) : of_exchange(status);
    vit_kmd_custody_free(custody, exchange);
    return result;
}

static NTSTATUS set_signing_key(PVOID context, HANDLE handle,
        CONST DXGKMDT_OPM_ENCRYPTED_PARAMETERS *parameters)
{
    struct vit_kmd_adapter *adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = begin_exchange(adapter, handle, parameters);
    vit_kmd_adapter_leave(adapter);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    uint8_t block[VIT_OAEP_BLOCK_LEN];
    memcpy(block, parameters->abEncryptedParameters, sizeof(block));
    /* An object exists, so the key was opened, and stays so while the adapter lives. */
    struct vit_kmd_custody *custody = &adapter->opm.custody;
    return custody->key != NULL ? unwrap(context, custody, handle, block)
                                : forward(context, handle, block);
}

static NTSTATUS call(struct vit_kmd_adapter *adapter, HANDLE handle,
        const struct vit_kmd_opm_call *call)
{
    const struct object *object = find(adapter, handle);
    uint32_t result = VIT_OPM_OK;
    enum vit_status status = vit_kmd_opm_link_call(adapter, object->on_device, call, &result);
    return of_result(status, result);
}

static NTSTATUS get_information(PVOID context, HANDLE handle,
        CONST DXGKMDT_OPM_GET_INFO_PARAMETERS *parameters,
        PDXGKMDT_OPM_REQUESTED_INFORMATION information)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (find(adapter, handle) == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    if (parameters == NULL || information == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    return call(adapter, handle,
            &(struct vit_kmd_opm_call){
                    .op = VIT_OP_OPM_INFORMATION,
                    .request = parameters,
                    .request_len = sizeof(*parameters),
                    .answer = information,
                    .answer_len = sizeof(*information),
            });
}

static NTSTATUS get_copp_information(PVOID context, HANDLE handle,
        CONST DXGKMDT_OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS *parameters,
        PDXGKMDT_OPM_REQUESTED_INFORMATION information)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (find(adapter, handle) == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    if (parameters == NULL || information == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    return STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_DOES_NOT_HAVE_COPP_SEMANTICS;
}

static NTSTATUS configure(PVOID context, HANDLE handle,
        CONST DXGKMDT_OPM_CONFIGURE_PARAMETERS *parameters, ULONG additional_len,
        CONST VOID *additional)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (find(adapter, handle) == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    if (parameters == NULL || (additional == NULL) != (additional_len == 0)) {
        return STATUS_GRAPHICS_OPM_INVALID_POINTER;
    }
    if (additional_len > MAX_ADDITIONAL_LEN) {
        return STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST;
    }
    return call(adapter, handle,
            &(struct vit_kmd_opm_call){
                    .op = VIT_OP_OPM_CONFIGURE,
                    .request = parameters,
                    .request_len = sizeof(*parameters),
                    .additional = additional,
                    .additional_len = additional_len,
            });
}

static NTSTATUS destroy_protected_output(PVOID context, HANDLE handle)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(context);
    if (adapter == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    struct object *object = vit_ids_remove(&adapter->opm.objects, (uint64_t)(uintptr_t)handle);
    if (object == NULL) {
        return STATUS_GRAPHICS_OPM_INVALID_HANDLE;
    }
    enum vit_status status = vit_kmd_opm_link_destroy(adapter, object->on_device);
    (void)status; /* a lost device has no object any more */
    free(object);
    return STATUS_SUCCESS;
}

/* The tables are constant, and so are the functions in them. */
static VOID keep(PVOID Context)
{
    (void)Context;
}

static const DXGK_OPM_INTERFACE interface_1 = {
    .Size = sizeof(DXGK_OPM_INTERFACE),
    .Version = DXGK_OPM_INTERFACE_VERSION_1,
    .InterfaceReference = keep,
    .InterfaceDereference = keep,
    .DxgkDdiOPMGetCertificateSize = get_certificate_size,
    .DxgkDdiOPMGetCertificate = get_certificate,
    .DxgkDdiOPMCreateProtectedOutput = create_protected_output,
    .DxgkDdiOPMGetRandomNumber = get_random_number,
    .DxgkDdiOPMSetSigningKeyAndSequenceNumbers = set_signing_key,
    .DxgkDdiOPMGetInformation = get_information,
    .DxgkDdiOPMGetCOPPCompatibleInformation = get_copp_information,
    .DxgkDdiOPMConfigureProtectedOutput = configure,
    .DxgkDdiOPMDestroyProtectedOutput = destroy_protected_output,
};

NTSTATUS vit_kmd_query_interface(PVOID MiniportDeviceContext, PQUERY_INTERFACE QueryInterface)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(MiniportDeviceContext);
    if (adapter == NULL || QueryInterface == NULL || QueryInterface->InterfaceType == NULL ||
            QueryInterface->Interface == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!InlineIsEqualGUID(QueryInterface->InterfaceType, &GUID_DEVINTERFACE_OPM) ||
            QueryInterface->Version != DXGK_OPM_INTERFACE_VERSION_1) {
        return STATUS_NOT_SUPPORTED;
    }
    if (QueryInterface->Size < sizeof(interface_1)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(QueryInterface->Interface, &interface_1, sizeof(interface_1));
    return STATUS_SUCCESS;
}
