/* SPDX-License-Identifier: MIT */
/* Several threads, each with a device of its own, on one host; and all with one device. Plain, so
 * that ThreadSanitizer sees it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/kmd-stub/host_rig.h"

enum { THREADS = 4, ROUNDS = 200 };

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "host_threads:%d: %s\n", __LINE__, #condition);                        \
            return (void *)1;                                                                      \
        }                                                                                          \
    } while (0)

/* Rounds of allocate, write, copy on the device, read, free. */
static void *own_device(void *argument)
{
    const struct host_rig *first = argument;
    struct host_rig rig;
    CHECK(SUCCEEDED(host_add_device(first, &rig)));
    for (unsigned i = 0; i < ROUNDS; i++) {
        D3DKMT_HANDLE handles[2];
        uint8_t *bytes;
        enum vit_status status;
        uint64_t session;
        for (unsigned j = 0; j < 2; j++) {
            CHECK(host_allocate(&rig, VIT_ALLOCATION_SHARED, VIT_FORMAT_BYTES, 20000, 1,
                          &handles[j]) == S_OK);
        }
        CHECK(host_lock(&rig, handles[0], &bytes) == S_OK);
        memset(bytes, (int)i, 20000);
        CHECK(host_unlock(&rig, handles[0]) == S_OK);
        CHECK(host_copy(&rig, handles[0], handles[1], 20000) == S_OK);
        CHECK(host_create_session(&rig, &status, &session) == S_OK && status == VIT_OK);
        CHECK(host_finish(&rig) == S_OK);
        CHECK(host_lock(&rig, handles[1], &bytes) == S_OK);
        CHECK(bytes[0] == (uint8_t)i && bytes[19999] == (uint8_t)i);
        CHECK(host_unlock(&rig, handles[1]) == S_OK);
        CHECK(host_deallocate(&rig, handles[0]) == S_OK);
        CHECK(host_deallocate(&rig, handles[1]) == S_OK);
    }
    host_drop_device(&rig);
    return NULL;
}

/* What is free-threaded on one device: allocations and locks. */
static void *shared_device(void *argument)
{
    struct host_rig *rig = argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        D3DKMT_HANDLE handle;
        uint8_t *bytes;
        CHECK(host_allocate(rig, VIT_ALLOCATION_SHARED, VIT_FORMAT_BYTES, 4096, 1, &handle) ==
                S_OK);
        CHECK(host_lock(rig, handle, &bytes) == S_OK);
        CHECK(bytes[0] == 0 && bytes[4095] == 0);
        memset(bytes, 0xff, 4096);
        CHECK(host_unlock(rig, handle) == S_OK);
        CHECK(host_deallocate(rig, handle) == S_OK);
    }
    return NULL;
}

static int run_all(void *(*work)(void *), struct host_rig *rig)
{
    pthread_t threads[THREADS];
    int failed = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, rig);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        failed |= result != NULL;
    }
    return failed;
}

int main(void)
{
    struct host_rig rig;
    struct vitrine_host_config config = { .version = VITRINE_HOST_VERSION,
        .certificate = host_chain(false),
        .key = host_key(),
        .workers = 2,
        .inline_len = 4096 };
    if (FAILED(host_open(&rig, &config))) {
        fprintf(stderr, "host_threads: %s\n", rig.error);
        return 1;
    }
    int failed = run_all(own_device, &rig) | run_all(shared_device, &rig);
    host_close(&rig);
    return failed;
}
