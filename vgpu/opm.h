/* SPDX-License-Identifier: MIT */
/**
 * The protected output objects of a context: who signs commands about an output's protection, and
 * what they command. Ids are generation and slot and mean nothing in another context.
 */
#ifndef VGPU_OPM_H
#define VGPU_OPM_H

#include <stdint.h>

#include "base/status.h"
#include "crypto-session/opm.h"
#include "vgpu/context.h"
#include "vgpu/protection.h"

struct vgpu_opm {
    uint64_t id;
    struct vit_opm *crypto;
    struct vgpu_demand demand;
};

/* @return VIT_E_ARG no such output, VIT_E_LIMIT objects of the context, VIT_E_NOMEM, VIT_E_IO */
VIT_RESULT vgpu_opm_create(struct vgpu_context *context, uint32_t output, struct vgpu_opm **opm);
/* NULL: not a living object of this context. */
struct vgpu_opm *vgpu_opm_find(const struct vgpu_context *context, uint64_t id);
/* What it commanded is commanded no more. */
void vgpu_opm_destroy(struct vgpu_context *context, struct vgpu_opm *opm);
void vgpu_opm_destroy_all(struct vgpu_context *context);

enum vit_opm_result vgpu_opm_information(struct vgpu_context *context, struct vgpu_opm *opm,
        const uint8_t request[VIT_OPM_GET_INFO_LEN], uint8_t answer[VIT_OPM_ANSWER_LEN]);
enum vit_opm_result vgpu_opm_configure(struct vgpu_context *context, struct vgpu_opm *opm,
        const uint8_t request[VIT_OPM_CONFIGURE_LEN], const uint8_t *additional,
        size_t additional_len);

#endif
