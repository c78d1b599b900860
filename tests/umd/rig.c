/* SPDX-License-Identifier: MIT */
#include "tests/umd/rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/authority.h"
#include "tests/vectors/vectors.h"
#include "umd/adapter.h"
#include "umd/resource.h"

const D3D11_1DDIARG_CREATECRYPTOSESSION rig_session_arguments = {
    .CryptoType = { 0x9B6BD711, 0x4F74, 0x41C9,
            { 0x9E, 0x7B, 0x0B, 0xE2, 0xD7, 0xD9, 0x3B, 0x4F } },
    .KeyExchangeType = { 0xC1949895, 0xD72A, 0x4A1D,
            { 0x8E, 0x5D, 0xED, 0x85, 0x7D, 0x17, 0x15, 0x20 } },
};

static struct vit_pair *read_pair(const char *name)
{
    static char pem[8192];
    FILE *file = fopen(vectors_key(name), "rb");
    cr_assert_not_null(file);
    size_t len = fread(pem, 1, sizeof(pem), file);
    fclose(file);
    struct vit_pair *pair = NULL;
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &pair), VIT_OK);
    return pair;
}

/* Root of one key of the vectors, leaf of the other. */
uint8_t *rig_make_chain(enum vit_custody custody, size_t *len)
{
    const struct vit_cert_terms root_terms = { .name = "root", .days = 10 };
    const struct vit_cert_terms leaf_terms = { .name = "device", .days = 5 };
    VIT_AUTO(pair) root_pair = read_pair("foreign2048.pem");
    VIT_AUTO(pair) leaf_pair = read_pair("rsa2048.pem");
    VIT_AUTO(public_key) leaf_key = NULL;
    VIT_AUTO(chain) root = NULL;
    uint8_t *root_der = NULL;
    uint8_t *der = NULL;
    size_t root_len = 0;
    cr_assert_eq(vit_pair_public(leaf_pair, &leaf_key), VIT_OK);
    cr_assert_eq(vit_root_create(root_pair, &root_terms, &root_der, &root_len), VIT_OK);
    cr_assert_eq(vit_chain_parse(root_der, root_len, &root), VIT_OK);
    const struct vit_issuer issuer = { root, root_pair };
    cr_assert_eq(vit_device_issue(&issuer, leaf_key, custody, &leaf_terms, &der, len), VIT_OK);
    free(root_der);
    return der;
}

void rig_init(struct rig *rig, enum vit_custody custody)
{
    size_t len = 0;
    memset(rig, 0, sizeof(*rig));
    fake_init(&rig->host);
    rig->chain = rig_make_chain(custody, &len);
    rig->host.capset.custody = custody;
    rig->host.capset.chain = rig->chain;
    rig->host.capset.chain_len = (uint32_t)len;
    if (custody == VIT_CUSTODY_DRIVER) {
        snprintf(rig->host.key_uri, sizeof(rig->host.key_uri), "%s", vectors_key("rsa2048.pem"));
    }
}

HRESULT rig_try_open_adapter(struct rig *rig)
{
    D3D10DDIARG_OPENADAPTER open = {
        .hRTAdapter = { &rig->host },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .pAdapterCallbacks = &fake_adapter_callbacks,
        .pAdapterFuncs_2 = &rig->adapter_funcs,
    };
    HRESULT hr = OpenAdapter10_2(&open);
    rig->adapter = open.hAdapter;
    return hr;
}

void rig_open_adapter(struct rig *rig)
{
    cr_assert_eq(rig_try_open_adapter(rig), S_OK);
}

void *rig_memory(struct rig *rig, size_t size)
{
    cr_assert_lt(rig->block_count, RIG_BLOCKS);
    void *memory = calloc(1, size);
    cr_assert_not_null(memory);
    rig->blocks[rig->block_count++] = memory;
    return memory;
}

HRESULT rig_try_open_device(struct rig *rig, unsigned index, struct rig_device *device)
{
    const D3D10DDIARG_CALCPRIVATEDEVICESIZE size_arguments = {
        .Interface = D3D11_1_DDI_INTERFACE_VERSION
    };
    SIZE_T size = rig->adapter_funcs.pfnCalcPrivateDeviceSize(rig->adapter, &size_arguments);
    device->fake = &rig->host.devices[index];
    D3D10DDIARG_CREATEDEVICE create = {
        .hRTDevice = { device->fake },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .pKTCallbacks = &fake_device_callbacks,
        .p11_1DeviceFuncs = &device->funcs,
        .hDrvDevice = { rig_memory(rig, size) },
        .DXGIBaseDDI = { .pDXGIBaseCallbacks = &fake_dxgi_callbacks,
                .pDXGIDDIBaseFunctions3 = &device->dxgi },
        .hRTCoreLayer = { device->fake },
        .p11UMCallbacks = &fake_core_callbacks,
        .ppfnRetrieveSubObject = &device->retrieve,
    };
    HRESULT hr = rig->adapter_funcs.pfnCreateDevice(rig->adapter, &create);
    if (FAILED(hr)) {
        return hr;
    }
    device->handle = create.hDrvDevice;
    D3D11_1DDI_VIDEO_INPUT input = { .p11VideoDeviceFuncs = &device->video };
    D3D11_1DDI_VIDEO_OUTPUT output = { 0 };
    return device->retrieve(device->handle, D3D11_1DDI_VIDEO_FUNCTIONS, sizeof(input), &input,
            sizeof(output), &output);
}

void rig_open(struct rig *rig, enum vit_custody custody)
{
    rig_init(rig, custody);
    rig_open_adapter(rig);
    cr_assert_eq(rig_try_open_device(rig, 0, &rig->first), S_OK);
}

void rig_open_second(struct rig *rig)
{
    cr_assert_eq(rig_try_open_device(rig, 1, &rig->second), S_OK);
}

static void close_device(struct rig_device *device)
{
    if (device->handle.pDrvPrivate != NULL) {
        device->funcs.pfnDestroyDevice(device->handle);
        cr_assert_eq(device->fake->context_count, 0u);
    }
}

void rig_close(struct rig *rig)
{
    close_device(&rig->second);
    close_device(&rig->first);
    if (rig->adapter.pDrvPrivate != NULL) {
        cr_assert_eq(rig->adapter_funcs.pfnCloseAdapter(rig->adapter), S_OK);
    }
    cr_assert_eq(rig->host.locked_count, 0u);
    for (unsigned i = 0; i < rig->block_count; i++) {
        free(rig->blocks[i]);
    }
    free(rig->chain);
    fake_finish(&rig->host);
}

HRESULT rig_take_error(struct rig_device *device)
{
    struct fake_device *fake = device->fake;
    HRESULT hr = fake->error_count == 0 ? S_OK : fake->errors[0];
    cr_assert_leq(fake->error_count, 1u, "%u errors reported", fake->error_count);
    fake->error_count = 0;
    return hr;
}

HRESULT rig_try_session(struct rig *rig, struct rig_device *device,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create, D3D11_1DDI_HCRYPTOSESSION *session)
{
    SIZE_T size = device->video.pfnCalcPrivateCryptoSessionSize(device->handle, create);
    session->pDrvPrivate = rig_memory(rig, size);
    return device->video.pfnCreateCryptoSession(device->handle, create, *session,
            (D3D11_1DDI_HRTCRYPTOSESSION){ rig });
}

D3D11_1DDI_HCRYPTOSESSION rig_session(struct rig *rig, struct rig_device *device)
{
    D3D11_1DDI_HCRYPTOSESSION session;
    cr_assert_eq(rig_try_session(rig, device, &rig_session_arguments, &session), S_OK);
    return session;
}

void rig_good_block(uint8_t block[256], uint8_t key[16])
{
    struct vectors *vectors = vectors_load("exchange.txt");
    const struct vector *first = vectors_get(vectors, 0);
    vector_exact(first, "block", block, 256);
    vector_exact(first, "plaintext", key, 16);
    vectors_free(vectors);
}

D3D11_1DDI_HCRYPTOSESSION rig_keyed_session(struct rig *rig, struct rig_device *device)
{
    uint8_t block[256];
    uint8_t key[16];
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(rig, device);
    rig_good_block(block, key);
    cr_assert_eq(device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle, session,
                         sizeof(block), block),
            S_OK);
    return session;
}

D3D10DDI_HRESOURCE rig_try_resource(struct rig *rig, struct rig_device *device,
        const struct rig_resource *what)
{
    const D3D10DDI_MIPINFO size = { what->width, what->height, 1, what->width, what->height, 1 };
    const D3D10_DDIARG_SUBRESOURCE_UP data = { (VOID *)(uintptr_t)what->data, what->pitch, 0 };
    DXGI_DDI_PRIMARY_DESC primary = { .VidPnSourceId = what->output };
    const D3D11DDIARG_CREATERESOURCE create = {
        .pMipInfoList = &size,
        .pInitialDataUP = what->data != NULL ? &data : NULL,
        .ResourceDimension = what->format == DXGI_FORMAT_UNKNOWN ? D3D10DDIRESOURCE_BUFFER
                                                                 : D3D10DDIRESOURCE_TEXTURE2D,
        .Usage = what->usage,
        .BindFlags = what->primary ? D3D10_DDI_BIND_PRESENT : 0,
        .MiscFlags = what->misc,
        .Format = what->format,
        .SampleDesc = { 1, 0 },
        .MipLevels = 1,
        .ArraySize = 1,
        .pPrimaryDesc = what->primary ? &primary : NULL,
    };
    SIZE_T memory_len = device->funcs.pfnCalcPrivateResourceSize(device->handle, &create);
    D3D10DDI_HRESOURCE resource = { rig_memory(rig, memory_len) };
    device->funcs.pfnCreateResource(device->handle, &create, resource,
            (D3D10DDI_HRTRESOURCE){ rig });
    return resource;
}

D3D10DDI_HRESOURCE rig_resource(struct rig *rig, struct rig_device *device,
        const struct rig_resource *what)
{
    D3D10DDI_HRESOURCE resource = rig_try_resource(rig, device, what);
    cr_assert_eq(rig_take_error(device), S_OK);
    return resource;
}

D3D10DDI_HRESOURCE rig_staging(struct rig *rig, struct rig_device *device, UINT size)
{
    return rig_resource(rig, device,
            &(struct rig_resource){ .width = size, .height = 1, .usage = D3D10_DDI_USAGE_STAGING });
}

D3D10DDI_HRESOURCE rig_protected(struct rig *rig, struct rig_device *device, UINT size)
{
    return rig_resource(rig, device,
            &(struct rig_resource){ .width = size,
                    .height = 1,
                    .misc = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT });
}

D3D10DDI_HQUERY rig_query(struct rig *rig, struct rig_device *device)
{
    const D3D10DDIARG_CREATEQUERY create = { .Query = D3D10DDI_QUERY_EVENT };
    SIZE_T size = device->funcs.pfnCalcPrivateQuerySize(device->handle, &create);
    D3D10DDI_HQUERY query = { rig_memory(rig, size) };
    device->funcs.pfnCreateQuery(device->handle, &create, query, (D3D10DDI_HRTQUERY){ rig });
    cr_assert_eq(rig_take_error(device), S_OK);
    return query;
}

D3DKMT_HANDLE rig_allocation(D3D10DDI_HRESOURCE resource)
{
    const struct umd_resource *private_part = resource.pDrvPrivate;
    return private_part->allocation;
}
