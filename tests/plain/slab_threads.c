/* SPDX-License-Identifier: MIT */
/* Threads share a slab and never see each other's bytes. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/secret.h"
#include "tests/plain/check.h"

enum { THREADS = 4, ROUNDS = 300, HELD = 24, MAX_SIZE = 1024 };

struct worker {
    pthread_t thread;
    struct vit_slab *slab;
    uint8_t mark;
};

struct held {
    uint8_t *memory;
    size_t size;
};

static void check_filled(const struct held *held, uint8_t byte)
{
    for (size_t i = 0; i < held->size; i++) {
        CHECK(held->memory[i] == byte);
    }
}

static void give_back(struct vit_slab *slab, struct held *held, uint8_t mark)
{
    if (held->memory != NULL) {
        check_filled(held, mark);
        vit_slab_free(slab, held->memory, held->size);
        held->memory = NULL;
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct held held[HELD] = { 0 };
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct held *one = &held[round * 7 % HELD];
        give_back(worker->slab, one, worker->mark);
        one->size = 1 + (round * 37 + worker->mark) % MAX_SIZE;
        one->memory = vit_slab_alloc(worker->slab, one->size);
        CHECK(one->memory != NULL);
        check_filled(one, 0);
        memset(one->memory, worker->mark, one->size);
    }
    for (unsigned i = 0; i < HELD; i++) {
        give_back(worker->slab, &held[i], worker->mark);
    }
    return NULL;
}

int main(void)
{
    VIT_AUTO(slab) slab = NULL;
    CHECK(vit_slab_create(&slab) == VIT_OK);
    struct worker workers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .slab = slab, .mark = (uint8_t)(i + 1) };
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
    }
    return 0;
}
