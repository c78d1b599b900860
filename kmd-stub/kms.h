/* SPDX-License-Identifier: MIT */
/**
 * Screens by kernel mode setting: a card of which we are master, or a lease.
 *
 * Output numbers are those of the device's scanouts, which is the order of the card's CRTCs.
 */
#ifndef KMD_STUB_KMS_H
#define KMD_STUB_KMS_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "wire/surface.h"

struct vit_kms;

/* Takes the descriptor, on failure too.
 * @return VIT_E_DENIED somebody else is master; VIT_E_UNSUPPORTED no connected output; VIT_E_NOMEM */
VIT_RESULT vit_kms_create(int fd, struct vit_kms **kms);
/* Gives the screens back. */
void vit_kms_destroy(struct vit_kms *kms);
VIT_DEFINE_AUTO(kms, struct vit_kms *, vit_kms_destroy)

/* A picture that a program may write, in memory of the guest; its bytes lie without row padding
 * when the width allows. prime: a descriptor for other files, owned by the caller.
 * @return VIT_E_LIMIT the kernel gives none; VIT_E_UNSUPPORTED rows with padding */
VIT_RESULT vit_kms_create_picture(struct vit_kms *kms, const struct vit_surface *surface,
        int *prime);

/* A buffer that is named by a prime descriptor, ready to be shown.
 * @return VIT_E_UNSUPPORTED the card shows no picture of that size; VIT_E_LIMIT */
struct vit_kms_buffer {
    uint32_t handle, framebuffer;
};
VIT_RESULT vit_kms_import(struct vit_kms *kms, int prime, const struct vit_surface *surface,
        struct vit_kms_buffer *buffer);
void vit_kms_release(struct vit_kms *kms, struct vit_kms_buffer *buffer);

/* @return VIT_E_ARG no such output, VIT_E_DENIED, VIT_E_REFUSED the picture fits no mode */
VIT_RESULT vit_kms_show(struct vit_kms *kms, uint32_t output, const struct vit_kms_buffer *buffer,
        const struct vit_surface *surface);

#endif
