/* SPDX-License-Identifier: MIT */
/* --wrap: __wrap_X stands where our objects call X, and __real_X is X. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "tests/faults/fault.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define WRAP(type, failure, code, name, parameters, arguments)                                     \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (fault_now(FAULT_MEMORY, #name, __builtin_return_address(0))) {                         \
            errno = (code);                                                                        \
            return failure;                                                                        \
        }                                                                                          \
        return __real_##name arguments;                                                            \
    }

WRAP(void *, NULL, ENOMEM, malloc, (size_t size), (size))
WRAP(void *, NULL, ENOMEM, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, NULL, ENOMEM, realloc, (void *memory, size_t size), (memory, size))
WRAP(void *, NULL, ENOMEM, reallocarray, (void *memory, size_t count, size_t size),
        (memory, count, size))
WRAP(void *, NULL, ENOMEM, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
WRAP(char *, NULL, ENOMEM, strdup, (const char *text), (text))
WRAP(char *, NULL, ENOMEM, strndup, (const char *text, size_t len), (text, len))
WRAP(int, -1, ENOMEM, vasprintf, (char **out, const char *format, va_list list),
        (out, format, list))
WRAP(FILE *, NULL, ENOMEM, fopen, (const char *path, const char *mode), (path, mode))
WRAP(FILE *, NULL, ENOMEM, fopen64, (const char *path, const char *mode), (path, mode))
WRAP(void *, (void *)-1, ENOMEM, mmap, (void *at, size_t len, int p, int f, int fd, off_t offset),
        (at, len, p, f, fd, offset))
WRAP(void *, (void *)-1, ENOMEM, mmap64, (void *at, size_t len, int p, int f, int fd, off_t offset),
        (at, len, p, f, fd, offset))
WRAP(int, -1, ENOMEM, madvise, (void *at, size_t len, int advice), (at, len, advice))
WRAP(int, -1, EMFILE, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP(int, -1, EMFILE, eventfd, (unsigned count, int flags), (count, flags))
WRAP(int, -1, EMFILE, epoll_create1, (int flags), (flags))
WRAP(int, -1, EMFILE, socketpair, (int domain, int type, int protocol, int *ends),
        (domain, type, protocol, ends))
WRAP(int, -1, ENOSPC, ftruncate, (int fd, off_t len), (fd, len))
WRAP(int, -1, ENOSPC, ftruncate64, (int fd, off_t len), (fd, len))
WRAP(int, EAGAIN, EAGAIN, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*start)(void *),
                void *argument),
        (thread, attributes, start, argument))

int __wrap_asprintf(char **out, const char *format, ...);
int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list list;
    if (fault_now(FAULT_MEMORY, "asprintf", __builtin_return_address(0))) {
        errno = ENOMEM;
        return -1;
    }
    va_start(list, format);
    int len = __real_vasprintf(out, format, list);
    va_end(list);
    return len;
}
