/* SPDX-License-Identifier: MIT */
/* A process forks while its threads are inside calls that lock something of the process: what they
 * hold is held by nobody in the child, so the same calls end there. */
#include <bcrypt.h>
#include <ncrypt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/irql.h"
#include "base/log.h"
#include "tests/plain/check.h"

enum { FORKS = 120, CHILD_SECONDS = 10 };

static atomic_bool over;

__attribute__((unused)) static void ask_lengths(void)
{
    BCRYPT_KEY_LENGTHS_STRUCT lengths;
    ULONG len;
    CHECK(BCryptGetProperty(BCRYPT_ECDH_P256_ALG_HANDLE, BCRYPT_KEY_LENGTHS, (PUCHAR)&lengths,
                  sizeof(lengths), &len, 0) == STATUS_SUCCESS);
    CHECK(lengths.dwMinLength == 256);
}

__attribute__((unused)) static void make_key(void)
{
    BYTE secret[16] = "a key of sixteen";
    BCRYPT_KEY_HANDLE key;
    CHECK(BCryptGenerateSymmetricKey(BCRYPT_AES_CBC_ALG_HANDLE, &key, NULL, 0, secret, 16, 0) ==
            STATUS_SUCCESS);
    CHECK(BCryptDestroyKey(key) == STATUS_SUCCESS);
}

/* What is no handle is looked up too. */
static void miss(void)
{
    ULONG len;
    BYTE value[8];
    CHECK(BCryptGetProperty((BCRYPT_HANDLE)&over, BCRYPT_OBJECT_LENGTH, value, sizeof(value), &len,
                  0) == STATUS_INVALID_HANDLE);
    CHECK(NCryptFreeBuffer(&over) == NTE_INVALID_PARAMETER);
}

__attribute__((unused)) static void lock_memory(void)
{
    BYTE memory[16] = { 0 };
    CHECK(vit_irql_lock(memory, sizeof(memory)));
    CHECK(vit_irql_unlock(memory, sizeof(memory)));
}

static void drop(void *context, enum vit_log_level level, const char *line)
{
    (void)context;
    CHECK(level == VIT_LOG_ERROR && strcmp(line, "a line") == 0);
}

static void say(void)
{
    vit_log(VIT_LOG_ERROR, "%s", "a line");
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ALLOCATOR_IS_LOST 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ALLOCATOR_IS_LOST 1
#endif

/* First what uses no handle, so that nothing was done for handles before it. AddressSanitizer's own
 * allocator may stay locked in a child: with it, only what allocates nothing. */
static void (*const calls[])(void) = { miss, say,
#ifndef ALLOCATOR_IS_LOST
    ask_lengths, lock_memory, make_key
#endif
};
enum { CALL_COUNT = sizeof(calls) / sizeof(calls[0]) };

static void *repeat(void *call)
{
    while (!atomic_load(&over)) {
        (*(void (**)(void))call)();
    }
    return NULL;
}

/* alarm() ends a child that waits for a lock. One that does not ends itself in a way that nobody looks
 * for leaks: what a thread of the parent was just making is nobody's in the child. */
static void fork_and_call(void (*call)(void))
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        call();
        (void)raise(SIGKILL);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void fork_during(void (*const *call)(void))
{
    pthread_t threads[2];
    atomic_store(&over, false);
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, repeat, (void *)(uintptr_t)call) == 0);
    }
    for (int i = 0; i < FORKS; i++) {
        fork_and_call(*call);
    }
    atomic_store(&over, true);
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

int main(void)
{
    vit_log_set_level(VIT_LOG_ERROR);
    vit_log_set_sink(drop, NULL);
    for (size_t i = 0; i < CALL_COUNT; i++) {
        fork_during(&calls[i]);
    }
    return 0;
}
