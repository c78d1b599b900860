/* SPDX-License-Identifier: MIT */
/**
 * Scope cleanup: an owner declared with VIT_AUTO() is destroyed when its scope is left.
 *
 *     VIT_DEFINE_AUTO(session, struct vit_session *, vit_session_destroy)    in the type's header
 *     VIT_AUTO(session) session = NULL;                                      at the use
 *
 * The destroy function must accept NULL. Ownership moves by setting the variable to NULL.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define VIT_DEFINE_AUTO(name, type, destroy)                                                       \
    typedef type vit_auto_type_##name;                                                             \
    static inline void vit_auto_##name(vit_auto_type_##name *owner)                                \
    {                                                                                              \
        if (*owner) {                                                                              \
            destroy(*owner);                                                                       \
        }                                                                                          \
    }

#define VIT_AUTO(name) __attribute__((cleanup(vit_auto_##name))) vit_auto_type_##name

VIT_DEFINE_AUTO(memory, void *, free)
VIT_DEFINE_AUTO(bytes, unsigned char *, free)
VIT_DEFINE_AUTO(string, char *, free)
VIT_DEFINE_AUTO(stream, FILE *, fclose)

/* File descriptors: -1 owns nothing. */
typedef int vit_auto_type_fd;

static inline void vit_auto_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

#endif
