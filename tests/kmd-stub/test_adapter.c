/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "include/vitrine.h"
#include "tests/kmd-stub/fake_link.h"

static uint8_t block[VIT_ADAPTER_INFO_LEN];

static HRESULT query(HANDLE adapter, void *data, UINT len)
{
    D3DDDICB_QUERYADAPTERINFO arguments = { data, len };
    return vit_kmd_query_adapter_info(adapter, &arguments);
}

static struct vit_kmd_adapter *create(uint32_t custody, const char *uri)
{
    struct vit_kmd_adapter *adapter = NULL;
    struct fake_link *link = fake_link_create(custody);
    cr_assert_eq(vit_kmd_adapter_create(&link->base, uri, &adapter), VIT_OK);
    return adapter;
}

static void ask(struct vit_kmd_adapter *adapter, struct vit_adapter_info *info)
{
    vit_adapter_info_ask(block);
    cr_assert_eq(query(adapter, block, sizeof(block)), S_OK);
    cr_assert_eq(vit_adapter_info_decode(block, sizeof(block), info), VIT_OK);
}

Test(adapter, tells_the_device_and_the_key_that_the_driver_keeps)
{
    struct vit_kmd_adapter *adapter = create(VITRINE_CUSTODY_DRIVER, "file:key.pem");
    struct vit_adapter_info info;
    ask(adapter, &info);
    cr_assert_eq(info.capset.custody, VITRINE_CUSTODY_DRIVER);
    cr_assert_eq(info.capset.outputs, 2);
    cr_assert_eq(info.capset.chain_len, 5);
    cr_assert_str_eq(info.key_uri, "file:key.pem");
    vit_kmd_adapter_destroy(adapter);
}

Test(adapter, does_not_tell_where_the_devices_own_key_is)
{
    struct vit_kmd_adapter *adapter = create(VITRINE_CUSTODY_DEVICE, "file:key.pem");
    struct vit_adapter_info info;
    ask(adapter, &info);
    cr_assert_str_empty(info.key_uri);
    cr_assert_null(memmem(block, sizeof(block), "key.pem", 7));
    vit_kmd_adapter_destroy(adapter);
}

Test(adapter, refuses_blocks_that_are_short_missing_or_anothers)
{
    struct vit_kmd_adapter *adapter = create(VITRINE_CUSTODY_DRIVER, NULL);
    vit_adapter_info_ask(block);
    for (UINT len = 0; len < 64; len++) {
        cr_assert_eq(query(adapter, block, len), E_INVALIDARG, "%u bytes", len);
    }
    cr_assert_eq(query(adapter, block, sizeof(block) - 1), E_INVALIDARG);
    cr_assert_eq(query(adapter, NULL, sizeof(block)), E_INVALIDARG);
    cr_assert_eq(query(NULL, block, sizeof(block)), E_INVALIDARG);
    cr_assert_eq(vit_kmd_query_adapter_info(adapter, NULL), E_INVALIDARG);
    block[0]++;
    cr_assert_eq(query(adapter, block, sizeof(block)), ERROR_GRAPHICS_DRIVER_MISMATCH);
    block[0]--;
    block[4]++;
    cr_assert_eq(query(adapter, block, sizeof(block)), ERROR_GRAPHICS_DRIVER_MISMATCH);
    vit_kmd_adapter_destroy(adapter);
}

Test(adapter, refuses_a_uri_that_does_not_fit)
{
    static char uri[VIT_KEY_URI_MAX_LEN + 2];
    memset(uri, 'a', sizeof(uri) - 1);
    struct fake_link *link = fake_link_create(VITRINE_CUSTODY_DRIVER);
    struct vit_kmd_adapter *adapter = NULL;
    bool destroyed = false;
    link->destroyed = &destroyed;
    cr_assert_eq(vit_kmd_adapter_create(&link->base, uri, &adapter), VIT_E_ARG);
    cr_assert_null(adapter);
    cr_assert(destroyed, "the link is taken on failure too");
    uri[VIT_KEY_URI_MAX_LEN] = '\0';
    vit_kmd_adapter_destroy(create(VITRINE_CUSTODY_DRIVER, uri));
}

Test(adapter, refuses_a_device_that_it_does_not_understand)
{
    struct fake_link *link = fake_link_create(VITRINE_CUSTODY_DRIVER);
    struct vit_kmd_adapter *adapter = NULL;
    bool destroyed = false;
    link->destroyed = &destroyed;
    link->capset[4]++;
    cr_assert_eq(vit_kmd_adapter_create(&link->base, NULL, &adapter), VIT_E_PROTOCOL);
    cr_assert(destroyed);
}

static char entered[4];

static void *enter_once(void *argument)
{
    struct vit_kmd_adapter *adapter = vit_kmd_adapter_enter(argument);
    strcat(entered, "a");
    vit_kmd_adapter_leave(adapter);
    return NULL;
}

static bool somebody_waits(struct vit_kmd_adapter *adapter)
{
    pthread_mutex_lock(&adapter->lock);
    bool waits = adapter->drawn - adapter->served == 2;
    pthread_mutex_unlock(&adapter->lock);
    return waits;
}

Test(adapter, is_entered_in_turn)
{
    struct vit_kmd_adapter *adapter = create(VITRINE_CUSTODY_DRIVER, NULL);
    for (unsigned i = 0; i < 50; i++) {
        pthread_t thread;
        entered[0] = '\0';
        cr_assert_eq(vit_kmd_adapter_enter(adapter), adapter);
        cr_assert_eq(pthread_create(&thread, NULL, enter_once, adapter), 0);
        while (!somebody_waits(adapter)) {
            sched_yield();
        }
        vit_kmd_adapter_leave(adapter);
        cr_assert_eq(vit_kmd_adapter_enter(adapter), adapter, "at once again");
        strcat(entered, "m");
        vit_kmd_adapter_leave(adapter);
        pthread_join(thread, NULL);
        cr_assert_str_eq(entered, "am");
    }
    vit_kmd_adapter_destroy(adapter);
}
