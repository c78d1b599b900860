/* SPDX-License-Identifier: MIT */
/**
 * A protected output object of OPM at the end that holds its key: the handshake's result, the two
 * counters, requests and commands in the order of checks of docs/OPM.md, and the signed answers. The
 * structures are the published ones (include/opmapi.h), packed, read and written by offset.
 *
 * What an output is and does is the caller's to know: facts go in, an authentic command comes out.
 */
#ifndef CRYPTO_SESSION_OPM_H
#define CRYPTO_SESSION_OPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto-session/exchange.h"
#include "crypto/cipher.h"

enum {
    VIT_OPM_RANDOM_LEN = 16,
    VIT_OPM_GET_INFO_LEN = 4112,  /* OPM_GET_INFO_PARAMETERS */
    VIT_OPM_ANSWER_LEN = 4096,    /* OPM_REQUESTED_INFORMATION */
    VIT_OPM_CONFIGURE_LEN = 4096, /* OPM_CONFIGURE_PARAMETERS */
};

/* The low half of ERROR_GRAPHICS_x (0xC0262xxx) and of STATUS_GRAPHICS_x (0xC01E0xxx). */
enum vit_opm_result {
    VIT_OPM_OK = 0,
    VIT_OPM_NOT_SUPPORTED = 0x500,
    VIT_OPM_COPP_NOT_SUPPORTED = 0x501,
    VIT_OPM_INVALID_ENCRYPTED_PARAMETERS = 0x503,
    VIT_OPM_INVALID_SRM = 0x512,
    VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP = 0x513,
    VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_ACP = 0x514,
    VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_CGMSA = 0x515,
    VIT_OPM_HDCP_SRM_NEVER_SET = 0x516,
    VIT_OPM_INVALID_INFORMATION_REQUEST = 0x51d,
    VIT_OPM_DRIVER_INTERNAL_ERROR = 0x51e,
    VIT_OPM_INVALID_CONFIGURATION_REQUEST = 0x521,
};

/* Published bits and values (page "OPM Protection Type Flags" and those beside it). */
enum {
    VIT_OPM_TYPE_COPP_HDCP = 0x1,
    VIT_OPM_TYPE_ACP = 0x2,
    VIT_OPM_TYPE_CGMSA = 0x4,
    VIT_OPM_TYPE_HDCP = 0x8,
    VIT_OPM_TYPE_DPCP = 0x10,

    VIT_OPM_LEVEL_OFF = 0,
    VIT_OPM_LEVEL_ON = 1,

    VIT_OPM_STATUS_LINK_LOST = 1,
    VIT_OPM_STATUS_RENEGOTIATION_REQUIRED = 2,
    VIT_OPM_STATUS_TAMPERING_DETECTED = 4,
    VIT_OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED = 8,

    VIT_OPM_CONNECTOR_DVI = 4,
};

/* An output as an object sees it now. */
struct vit_opm_facts {
    uint64_t id;
    uint32_t connector;                 /* OPM_CONNECTOR_TYPE */
    uint32_t bus;                       /* OPM_BUS_TYPE */
    uint32_t supported;                 /* protection types */
    uint32_t virtual_on, actual_on;     /* protection types that are on */
    uint32_t status;                    /* status flags not reported to this object yet */
    uint32_t width, height, refresh_hz; /* 0: off */
    bool has_srm;
    uint32_t srm_version;
};

struct vit_opm_command {
    enum { VIT_OPM_SET_LEVEL, VIT_OPM_SET_SRM } kind;
    uint32_t type; /* one protection type */
    uint32_t level;
    uint32_t srm_version;
};

struct vit_opm;

/* A name for an output, which channels use too. @return VIT_E_IO */
VIT_RESULT vit_opm_output_id(uint64_t *id);

/* @return VIT_E_NOMEM, VIT_E_IO no entropy */
VIT_RESULT vit_opm_create(struct vit_slab *slab, struct vit_opm **opm);
void vit_opm_destroy(struct vit_opm *opm);
VIT_DEFINE_AUTO(opm, struct vit_opm *, vit_opm_destroy)

/* The number that the other side has to encrypt. */
const uint8_t *vit_opm_random(const struct vit_opm *opm);
/* One attempt only, also a failed one. @return VIT_E_STATE it was made before */
VIT_RESULT vit_opm_begin_exchange(struct vit_opm *opm);
/* The result of that attempt. */
void vit_opm_set_keys(struct vit_opm *opm, const struct vit_opm_exchange *keys);

/* On VIT_OPM_OK the answer is there, and facts->status counts as reported. */
enum vit_opm_result vit_opm_information(struct vit_opm *opm, struct vit_cipher *cipher,
        const uint8_t request[VIT_OPM_GET_INFO_LEN], const struct vit_opm_facts *facts,
        uint8_t answer[VIT_OPM_ANSWER_LEN]);

/* Authentic, and its number spent: what to do. @param additional_len of what comes with it */
enum vit_opm_result vit_opm_configure(struct vit_opm *opm, struct vit_cipher *cipher,
        const uint8_t request[VIT_OPM_CONFIGURE_LEN], size_t additional_len, uint32_t supported,
        struct vit_opm_command *command);

#endif
