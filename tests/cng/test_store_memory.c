/* SPDX-License-Identifier: MIT */
/* What is left of secrets in the memory of the process, as others could read it. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/cng/store.h"

#define BACKEND (&vit_soft_backend)

enum { D_LEN = 32, WORD_LEN = 20, MASK = 0x5a, CHUNK_LEN = 1 << 20, HUGE = 1 << 28 };

/* Never in memory as they are but where the code under test has them: masked. */
static const uint8_t masked_d[D_LEN] = { 0x59, 0xb1, 0x0c, 0x77, 0x13, 0x9e, 0xf2, 0x48, 0xe5, 0x06,
    0xbb, 0x21, 0x90, 0x3d, 0xc8, 0x6a, 0x74, 0xd7, 0x1f, 0xa3, 0x38, 0x85, 0x5e, 0xfb, 0x42, 0x99,
    0x0d, 0xe1, 0x66, 0xb4, 0x2f, 0xcc };
static const uint8_t masked_word[WORD_LEN] = { 0x35, 0x2a, 0x3f, 0x34, 0x7a, 0x29, 0x3f, 0x29, 0x3b,
    0x37, 0x3f, 0x7a, 0x34, 0x35, 0x2d, 0x7a, 0x6a, 0x6b, 0x68, 0x69 };

TestSuite(store_memory, .init = store_begin, .fini = store_end, .timeout = 120);

static bool matches(const uint8_t *bytes, const uint8_t *masked, size_t len, bool turned)
{
    for (size_t i = 0; i < len; i++) {
        if ((bytes[i] ^ MASK) != masked[turned ? len - 1 - i : i]) {
            return false;
        }
    }
    return true;
}

static unsigned count_in(const uint8_t *bytes, size_t len, const uint8_t *masked, size_t wanted_len)
{
    unsigned count = 0;
    for (size_t i = 0; i + wanted_len <= len; i++) {
        count += matches(bytes + i, masked, wanted_len, false) ||
                matches(bytes + i, masked, wanted_len, true);
    }
    return count;
}

static unsigned count_in_range(int memory, uint64_t from, uint64_t to, const uint8_t *masked,
        size_t len)
{
    static uint8_t chunk[CHUNK_LEN];
    unsigned count = 0;
    for (uint64_t at = from; at < to; at += CHUNK_LEN - D_LEN) {
        size_t wanted = to - at < CHUNK_LEN ? (size_t)(to - at) : CHUNK_LEN;
        ssize_t got = pread(memory, chunk, wanted, (off_t)at);
        count += got > 0 ? count_in(chunk, (size_t)got, masked, len) : 0;
    }
    vit_wipe(chunk, sizeof(chunk));
    return count;
}

/* In all that can be written and read from outside; what sanitizers map is greater than all of ours. */
static unsigned count_in_memory(const uint8_t *masked, size_t len)
{
    char line[512];
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    cr_assert(maps != NULL && memory >= 0);
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long from, to;
        char access[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, access) == 3 && access[1] == 'w' &&
                to - from < HUGE) {
            count += count_in_range(memory, from, to, masked, len);
        }
    }
    fclose(maps);
    close(memory);
    return count;
}

static void unmask(const uint8_t *masked, size_t len, uint8_t *bytes)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = masked[i] ^ MASK;
    }
}

static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    (void)context;
    (void)question;
    (void)capacity;
    unmask(masked_word, WORD_LEN, (uint8_t *)secret);
    return WORD_LEN;
}

static const struct vit_ksp_prompt prompt = { answer, NULL, false };

/* X and Y are zero: they are made of d. */
static struct vit_ksp_material *import(struct vit_ksp_store *store, DWORD ui_flags)
{
    uint8_t blob[8 + 3 * D_LEN] = "ECK2\x20";
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_attributes attributes = store_attributes(u"name");
    attributes.ui_flags = ui_flags;
    unmask(masked_d, D_LEN, blob + 8 + 2 * D_LEN);
    store_success(BACKEND->import(store, &attributes, BCRYPT_ECCPRIVATE_BLOB, blob, sizeof(blob),
            false, &prompt, &material));
    vit_wipe(blob, sizeof(blob));
    return material;
}

Test(store_memory, is_looked_through)
{
    uint8_t *bytes = malloc(D_LEN);
    unmask(masked_d, D_LEN, bytes);
    cr_assert_eq(count_in_memory(masked_d, D_LEN), 1);
    vit_wipe(bytes, D_LEN);
    cr_assert_eq(count_in_memory(masked_d, D_LEN), 0);
    free(bytes);
}

Test(store_memory, has_no_key_when_it_is_closed)
{
    struct vit_ksp_store *store = store_open();
    store_release(import(store, 0));
    store_release(store_find(store, u"name"));
    store_close(store);
    cr_assert_eq(count_in_memory(masked_d, D_LEN), 0);
}

Test(store_memory, has_no_passphrase_of_an_open_store)
{
    cr_assert_eq(setenv("VITRINE_KEY_STORE_PROTECTION", "passphrase", 1), 0);
    struct vit_ksp_store *store = store_open();
    store_release(import(store, 0));
    cr_assert_eq(count_in_memory(masked_word, WORD_LEN), 0);
    cr_assert_eq(count_in_memory(masked_d, D_LEN), 0);
    store_close(store);
}

Test(store_memory, has_neither_key_nor_passphrase_of_a_locked_key_between_its_uses)
{
    uint8_t blob[8 + 3 * D_LEN], z[512];
    size_t z_len = 0;
    DWORD len = 0;
    BCRYPT_KEY_HANDLE peer = NULL;
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = import(store, NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG);
    cr_assert_eq(count_in_memory(masked_d, D_LEN), 0);
    store_success(BACKEND->public_blob(material, blob, sizeof(blob), &len));
    cr_assert_eq(BCryptImportKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, NULL, BCRYPT_PUBLIC_KEY_BLOB,
                         &peer, blob, len, 0),
            0);
    store_success(BACKEND->agree(material, &prompt, peer, z, &z_len));
    cr_assert_eq(count_in_memory(masked_d, D_LEN), 0);
    cr_assert_eq(count_in_memory(masked_word, WORD_LEN), 0);
    cr_assert_eq(BCryptDestroyKey(peer), 0);
    store_release(material);
    store_close(store);
}
