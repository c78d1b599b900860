/* SPDX-License-Identifier: MIT */
/* A defect on purpose: two threads count without a lock. The sanitizer run must see it. */
#include <pthread.h>
#include <stddef.h>

static void *count_up(void *counter)
{
    for (int i = 0; i < 1000; i++) {
        ++*(volatile int *)counter;
    }
    return NULL;
}

int main(void)
{
    int counter = 0;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, count_up, &counter) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
