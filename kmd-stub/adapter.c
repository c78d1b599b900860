/* SPDX-License-Identifier: MIT */
#include "kmd-stub/adapter.h"

#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "include/vitrine.h"
#include "kmd-stub/device.h"
#include "kmd-stub/status.h"

#define ADAPTER_MAGIC 0x56414431u

static enum vit_status fill(struct vit_kmd_adapter *adapter, const char *key_uri)
{
    VIT_TRY(vit_capset_decode(adapter->link->capset, adapter->link->capset_len, &adapter->capset));
    /* The driver has no business with the key that the device keeps. */
    if (key_uri == NULL || adapter->capset.custody != VITRINE_CUSTODY_DRIVER) {
        return VIT_OK;
    }
    if (strlen(key_uri) > VIT_KEY_URI_MAX_LEN) {
        return VIT_E_ARG;
    }
    strcpy(adapter->key_uri, key_uri);
    return VIT_OK;
}

enum vit_status vit_kmd_adapter_create(struct vit_link *link, const char *key_uri,
        struct vit_kmd_adapter **out)
{
    VIT_AUTO(kmd_adapter) adapter = calloc(1, sizeof(*adapter));
    if (adapter == NULL) {
        link->impl->destroy(link);
        return VIT_E_NOMEM;
    }
    adapter->link = link;
    vit_kmd_opm_init(&adapter->opm);
    pthread_mutex_init(&adapter->lock, NULL);
    pthread_cond_init(&adapter->next, NULL);
    VIT_TRY(fill(adapter, key_uri));
    adapter->magic = ADAPTER_MAGIC;

    *out = adapter;
    adapter = NULL;
    return VIT_OK;
}

void vit_kmd_adapter_destroy(struct vit_kmd_adapter *adapter)
{
    if (adapter == NULL) {
        return;
    }
    vit_kmd_opm_finish(&adapter->opm);
    adapter->link->impl->destroy(adapter->link);
    vit_handles_finish(&adapter->handles);
    vit_kmd_device_slots_free(adapter);
    pthread_cond_destroy(&adapter->next);
    pthread_mutex_destroy(&adapter->lock);
    vit_wipe(&adapter->staging, sizeof(adapter->staging));
    adapter->magic = 0;
    free(adapter);
}

struct vit_kmd_adapter *vit_kmd_adapter_enter(HANDLE hRTAdapter)
{
    struct vit_kmd_adapter *adapter = hRTAdapter;
    if (adapter == NULL || adapter->magic != ADAPTER_MAGIC) {
        return NULL;
    }
    pthread_mutex_lock(&adapter->lock);
    uint64_t number = adapter->drawn++;
    while (number != adapter->served) {
        pthread_cond_wait(&adapter->next, &adapter->lock);
    }
    pthread_mutex_unlock(&adapter->lock);
    return adapter;
}

void vit_kmd_adapter_leave(struct vit_kmd_adapter *adapter)
{
    pthread_mutex_lock(&adapter->lock);
    adapter->served++;
    if (adapter->served != adapter->drawn) {
        pthread_cond_broadcast(&adapter->next);
    }
    pthread_mutex_unlock(&adapter->lock);
}

enum vit_status vit_kmd_adapter_note(struct vit_kmd_adapter *adapter, enum vit_status status)
{
    if (status == VIT_E_GONE || status == VIT_E_PROTOCOL) {
        if (!adapter->lost) {
            vit_log(VIT_LOG_ERROR, "kmd-stub: adapter lost (%s)", vit_status_name(status));
        }
        adapter->lost = true;
    }
    return adapter->lost ? VIT_E_GONE : status;
}

HRESULT vit_kmd_query_adapter_info(HANDLE hAdapter, const D3DDDICB_QUERYADAPTERINFO *data)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(hAdapter);
    if (adapter == NULL || data == NULL || data->pPrivateDriverData == NULL) {
        return E_INVALIDARG;
    }
    void *block = data->pPrivateDriverData;
    size_t len = data->PrivateDriverDataSize;
    enum vit_status status = vit_adapter_info_check_ask(block, len);
    if (status == VIT_OK) {
        status = vit_adapter_info_encode(adapter->link->capset, adapter->link->capset_len,
                adapter->key_uri, block, len);
    }
    return vit_kmd_result(status);
}
