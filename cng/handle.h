/* SPDX-License-Identifier: MIT */
/**
 * The handles that CNG gives to applications: opaque numbers, checked at each use. A handle is slot,
 * kind and generation, never an address; one that is garbage, of another kind or destroyed is found
 * out without touching memory that is not ours.
 *
 * Handles name objects that are counted: a call holds a reference as long as it works, so another
 * thread may destroy the handle meanwhile. The table belongs to the process, since the interface has
 * nothing else that it could belong to; it is the only state of its kind here. A child process
 * (fork) starts with an empty one, because the secret pages of its parent are not inherited.
 */
#ifndef CNG_HANDLE_H
#define CNG_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/status.h"

struct vit_object;

struct vit_object_kind {
    const char *name;
    unsigned char
            tag; /* 1..255, different for every kind of every CNG library: stands in the handle */
    void (*destroy)(struct vit_object *object);
};

/* First member of everything that has a handle. */
struct vit_object {
    const struct vit_object_kind *kind;
    atomic_uint references;
    bool at_dispatch; /* descends from a provider opened with BCRYPT_PROV_DISPATCH */
};

/* With one reference, the caller's. */
void vit_object_init(struct vit_object *object, const struct vit_object_kind *kind,
        bool at_dispatch);
void vit_object_ref(struct vit_object *object);
/* Destroys the object with its last reference. NULL is fine. */
void vit_object_unref(struct vit_object *object);
VIT_DEFINE_AUTO(object, struct vit_object *, vit_object_unref)

/* Takes the caller's reference on success only. @return VIT_E_NOMEM, VIT_E_LIMIT */
VIT_RESULT vit_handle_add(struct vit_object *object, void **handle);

/* The object with a reference for the caller; NULL: no such handle, another kind, or (at
 * DISPATCH_LEVEL) an object that may not be used there. */
struct vit_object *vit_handle_get(const void *handle, const struct vit_object_kind *kind);
/* Of whatever kind. */
struct vit_object *vit_handle_get_any(const void *handle);
/* The same, and the handle is one no more; the table's reference goes to the caller. */
struct vit_object *vit_handle_take(const void *handle, const struct vit_object_kind *kind);

#endif
