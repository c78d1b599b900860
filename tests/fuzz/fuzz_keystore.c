/* SPDX-License-Identifier: MIT */
/*
 * Files of a store of keys. The first byte of an input says what the rest is:
 *
 *   0  what a key's file holds when it is open; what is taken is written back the same
 *   1  a key's file as it is: nobody without the store's keys makes one that opens
 *   2  the file that makes a folder a store, whose key file is known, and a key's file of it
 */
#include <string.h>

#include "base/bytes.h"
#include "cng/ksp/software/keyring.h"
#include "cng/ksp/software/record.h"
#include "tests/fuzz/fuzz.h"

enum { KEY_FILE_LEN = 32, MAX_LEN = 65536 };

static const uint8_t key_file[KEY_FILE_LEN] = "a key file that everybody knows";
static const struct vit_wrap_secret secret = { VIT_WRAP_KEY_FILE, key_file, sizeof(key_file) };
static struct vit_keyring *ring; /* of a store that is made once */
static struct vit_kdf
        *reachable; /* in ring, where sanitizers do not look: it lies in secret pages */

static void read_record(const uint8_t *data, size_t len)
{
    struct vit_record record;
    size_t written_len = 0;
    SECURITY_STATUS status = vit_record_read(data, len, &record);
    FUZZ_CHECK(status == ERROR_SUCCESS || status == NTE_BAD_DATA);
    if (status != ERROR_SUCCESS) {
        return;
    }
    FUZZ_CHECK(vit_record_len(&record, &written_len) == ERROR_SUCCESS && written_len == len);
    uint8_t *written = malloc(len);
    FUZZ_CHECK(written != NULL);
    vit_record_write(&record, written, len);
    FUZZ_CHECK(memcmp(written, data, len) == 0);
    free(written);
    vit_ksp_attributes_finish(&record.attributes);
}

static void open_file(const struct vit_keyring *keys, const uint8_t *data, size_t len, bool ours)
{
    struct vit_file_name name;
    VIT_AUTO(soft_bytes) plain = { NULL, 0 };
    const struct vit_file file = { (uint8_t *)(uintptr_t)data, len };
    FUZZ_CHECK(vit_keyring_name(keys, u"name", &name) == ERROR_SUCCESS);
    SECURITY_STATUS status = vit_keyring_open(keys, &name, &file, &plain);
    FUZZ_CHECK(status == NTE_BAD_DATA || (ours && status == ERROR_SUCCESS));
    if (status == ERROR_SUCCESS) {
        read_record(plain.bytes, plain.len);
    }
}

static void open_store(const uint8_t *data, size_t len)
{
    enum vit_wrap_method method;
    VIT_AUTO(keyring) opened = NULL;
    size_t store_len = len < VIT_STORE_FILE_LEN ? len : VIT_STORE_FILE_LEN;
    SECURITY_STATUS status = vit_store_file_method(data, store_len, &method);
    FUZZ_CHECK(status == ERROR_SUCCESS || status == NTE_BAD_DATA);
    status = vit_keyring_create(&secret, data, store_len, &opened);
    FUZZ_CHECK(status == ERROR_SUCCESS || status == NTE_BAD_DATA || status == NTE_BAD_KEY);
    if (status == ERROR_SUCCESS) {
        open_file(opened, data + store_len, len - store_len, true);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > MAX_LEN) {
        return 0;
    }
    if (ring == NULL) {
        uint8_t file[VIT_STORE_FILE_LEN];
        FUZZ_CHECK(vit_store_file_make(&secret, file) == ERROR_SUCCESS);
        FUZZ_CHECK(vit_keyring_create(&secret, file, sizeof(file), &ring) == ERROR_SUCCESS);
        reachable = vit_keyring_kdf(ring);
        FUZZ_CHECK(reachable != NULL);
    }
    switch (data[0] % 3) {
    case 0:
        read_record(data + 1, len - 1);
        break;
    case 1:
        open_file(ring, data + 1, len - 1, false);
        break;
    default:
        open_store(data + 1, len - 1);
    }
    return 0;
}
