/* SPDX-License-Identifier: MIT */
#include "crypto-session/opm.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto-session/guid.h"
#include "crypto-session/omac.h"
#include "crypto/random.h"

enum {
    /* GET_INFO_PARAMETERS: tag, random number, GUID, number, size, parameters */
    INFO_RANDOM_AT = 16,
    INFO_PARAMETERS_AT = 56,
    /* CONFIGURE_PARAMETERS: tag, GUID, number, size, parameters */
    CONFIGURE_GUID_AT = 16,
    CONFIGURE_PARAMETERS_AT = 40,
    /* REQUESTED_INFORMATION: tag, size, information */
    ANSWER_SIZE_AT = 16,
    ANSWER_AT = 20,

    FORMAT_X8R8G8B8 = 22,
    INTERLEAVE_PROGRESSIVE = 2,
    DVI_1_1_OR_LATER = 2,
};

struct vit_opm {
    struct vit_slab *slab;
    bool tried, keyed;
    uint8_t random[VIT_OPM_RANDOM_LEN];
    uint8_t key[VIT_AES_LEN];
    struct vit_equal_sequence requests, commands;
};

enum vit_status vit_opm_output_id(uint64_t *id)
{
    return vit_random(id, sizeof(*id));
}

enum vit_status vit_opm_create(struct vit_slab *slab, struct vit_opm **opm)
{
    struct vit_opm *created = vit_slab_alloc(slab, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->slab = slab;
    enum vit_status status = vit_random(created->random, sizeof(created->random));
    if (status != VIT_OK) {
        vit_slab_free(slab, created, sizeof(*created));
        return status;
    }
    *opm = created;
    return VIT_OK;
}

void vit_opm_destroy(struct vit_opm *opm)
{
    if (opm != NULL) {
        vit_slab_free(opm->slab, opm, sizeof(*opm));
    }
}

const uint8_t *vit_opm_random(const struct vit_opm *opm)
{
    return opm->random;
}

enum vit_status vit_opm_begin_exchange(struct vit_opm *opm)
{
    if (opm->tried) {
        return VIT_E_STATE;
    }
    opm->tried = true;
    return VIT_OK;
}

void vit_opm_set_keys(struct vit_opm *opm, const struct vit_opm_exchange *keys)
{
    memcpy(opm->key, keys->signing_key, sizeof(opm->key));
    opm->requests.next = keys->status_sequence;
    opm->commands.next = keys->command_sequence;
    opm->keyed = true;
}

/* What stands in a request, and what goes into its answer behind random number and status flags. */
typedef enum vit_opm_result answer_fn(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out);

static enum vit_opm_result standard(struct vit_writer *out, uint32_t information)
{
    vit_put_u32(out, information);
    vit_put_zeros(out, 8);
    return VIT_OPM_OK;
}

static enum vit_opm_result srm_version(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)in;
    if ((facts->supported & VIT_OPM_TYPE_HDCP) == 0) {
        return VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP;
    }
    return facts->has_srm ? standard(out, facts->srm_version) : VIT_OPM_HDCP_SRM_NEVER_SET;
}

static enum vit_opm_result connector_type(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)in;
    return standard(out, facts->connector);
}

static enum vit_opm_result supported_types(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)in;
    return standard(out, facts->supported);
}

/* Is it one type, of OPM, that the output has? */
static enum vit_opm_result check_type(uint32_t supported, uint32_t type,
        enum vit_opm_result otherwise)
{
    switch (type) {
    case VIT_OPM_TYPE_HDCP:
        return (supported & type) != 0 ? VIT_OPM_OK : VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP;
    case VIT_OPM_TYPE_DPCP:
        return (supported & type) != 0 ? VIT_OPM_OK : otherwise;
    case VIT_OPM_TYPE_ACP:
        return VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_ACP;
    case VIT_OPM_TYPE_CGMSA:
        return VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_CGMSA;
    default:
        return otherwise;
    }
}

static enum vit_opm_result level(const struct vit_opm_facts *facts, uint32_t on,
        struct vit_reader *in, struct vit_writer *out)
{
    uint32_t type = vit_get_u32(in);
    enum vit_opm_result result =
            check_type(facts->supported, type, VIT_OPM_INVALID_INFORMATION_REQUEST);
    if (result != VIT_OPM_OK) {
        return result;
    }
    return standard(out, (on & type) != 0 ? VIT_OPM_LEVEL_ON : VIT_OPM_LEVEL_OFF);
}

static enum vit_opm_result virtual_level(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    return level(facts, facts->virtual_on, in, out);
}

static enum vit_opm_result actual_level(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    return level(facts, facts->actual_on, in, out);
}

static enum vit_opm_result output_format(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)in;
    vit_put_u32(out, facts->width);
    vit_put_u32(out, facts->height);
    vit_put_u32(out, INTERLEAVE_PROGRESSIVE);
    vit_put_u32(out, FORMAT_X8R8G8B8);
    vit_put_u32(out, facts->refresh_hz);
    vit_put_u32(out, 1);
    return VIT_OPM_OK;
}

static enum vit_opm_result bus_type(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)in;
    return standard(out, facts->bus);
}

static enum vit_opm_result output_id(const struct vit_opm_facts *facts, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)in;
    vit_put_u64(out, facts->id);
    return VIT_OPM_OK;
}

static enum vit_opm_result dvi_characteristics(const struct vit_opm_facts *facts,
        struct vit_reader *in, struct vit_writer *out)
{
    (void)in;
    return facts->connector == VIT_OPM_CONNECTOR_DVI ? standard(out, DVI_1_1_OR_LATER)
                                                     : VIT_OPM_INVALID_INFORMATION_REQUEST;
}

/* All others are for COPP semantics, for codecs, or not published. */
static const struct request {
    struct vit_guid guid;
    uint32_t parameters_len;
    answer_fn *answer;
} requests[] = {
    { VIT_GUID(0x99c5ceff, 0x5f1d, 0x4879, 0x81, 0xc1, 0xc5, 0x24, 0x43, 0xc9, 0x48, 0x2b), 0,
            srm_version },
    { VIT_GUID(0x81d0bfd5, 0x6afe, 0x48c2, 0x99, 0xc0, 0x95, 0xa0, 0x8f, 0x97, 0xc5, 0xda), 0,
            connector_type },
    { VIT_GUID(0x38f2a801, 0x9a6c, 0x48bb, 0x91, 0x07, 0xb6, 0x69, 0x6e, 0x6f, 0x17, 0x97), 0,
            supported_types },
    { VIT_GUID(0xb2075857, 0x3eda, 0x4d5d, 0x88, 0xdb, 0x74, 0x8f, 0x8c, 0x1a, 0x05, 0x49), 4,
            virtual_level },
    { VIT_GUID(0x1957210a, 0x7766, 0x452a, 0xb9, 0x9a, 0xd2, 0x7a, 0xed, 0x54, 0xf0, 0x3a), 4,
            actual_level },
    { VIT_GUID(0xd7bf1ba3, 0xad13, 0x4f8e, 0xaf, 0x98, 0x0d, 0xcb, 0x3c, 0xa2, 0x04, 0xcc), 0,
            output_format },
    { VIT_GUID(0xc6f4d673, 0x6174, 0x4184, 0x8e, 0x35, 0xf6, 0xdb, 0x52, 0x00, 0xbc, 0xba), 0,
            bus_type },
    { VIT_GUID(0x72cb6df3, 0x244f, 0x40ce, 0xb0, 0x9e, 0x20, 0x50, 0x6a, 0xf6, 0x30, 0x2f), 0,
            output_id },
    { VIT_GUID(0xa470b3bb, 0x5dd7, 0x4172, 0x83, 0x9c, 0x3d, 0x37, 0x76, 0xe0, 0xeb, 0xf5), 0,
            dvi_characteristics },
};

static const struct request *find_request(const uint8_t guid[16])
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (vit_guid_equal(&requests[i].guid, guid)) {
            return &requests[i];
        }
    }
    return NULL;
}

/* GUID, number, size of the parameters: both kinds of message carry these in a row. */
struct header {
    uint8_t guid[16];
    uint32_t number;
    uint32_t parameters_len;
};

static struct header read_header(const uint8_t *at)
{
    struct header header;
    struct vit_reader in;
    vit_reader_init(&in, at, 24);
    vit_get_bytes(&in, header.guid, sizeof(header.guid));
    header.number = vit_get_u32(&in);
    header.parameters_len = vit_get_u32(&in);
    return header;
}

/* Authentic first, then in order; only then is the number spent. */
static bool is_next(struct vit_opm *opm, struct vit_cipher *cipher, const uint8_t *message,
        size_t len, struct vit_equal_sequence *sequence, uint32_t number)
{
    return opm->keyed && vit_omac_check(cipher, opm->key, message, len) == VIT_OK &&
            vit_equal_sequence_take(sequence, number) == VIT_OK;
}

static enum vit_opm_result compose(const struct request *request, const uint8_t *message,
        const struct vit_opm_facts *facts, uint8_t *answer)
{
    struct vit_reader in;
    struct vit_writer out;
    memset(answer, 0, VIT_OPM_ANSWER_LEN);
    vit_reader_init(&in, message + INFO_PARAMETERS_AT, request->parameters_len);
    vit_writer_init(&out, answer + ANSWER_AT, VIT_OPM_ANSWER_LEN - ANSWER_AT);
    vit_put_bytes(&out, message + INFO_RANDOM_AT, VIT_OPM_RANDOM_LEN);
    vit_put_u32(&out, facts->status);
    enum vit_opm_result result = request->answer(facts, &in, &out);
    vit_store_le32(answer + ANSWER_SIZE_AT, (uint32_t)out.at);
    return result;
}

enum vit_opm_result vit_opm_information(struct vit_opm *opm, struct vit_cipher *cipher,
        const uint8_t request[VIT_OPM_GET_INFO_LEN], const struct vit_opm_facts *facts,
        uint8_t answer[VIT_OPM_ANSWER_LEN])
{
    struct header header = read_header(request + INFO_RANDOM_AT + VIT_OPM_RANDOM_LEN);
    if (!is_next(opm, cipher, request, VIT_OPM_GET_INFO_LEN, &opm->requests, header.number)) {
        return VIT_OPM_INVALID_INFORMATION_REQUEST;
    }
    const struct request *found = find_request(header.guid);
    if (found == NULL || header.parameters_len != found->parameters_len) {
        return VIT_OPM_INVALID_INFORMATION_REQUEST;
    }
    enum vit_opm_result result = compose(found, request, facts, answer);
    if (result != VIT_OPM_OK) {
        return result;
    }
    return vit_omac_sign(cipher, opm->key, answer, VIT_OPM_ANSWER_LEN) == VIT_OK
            ? VIT_OPM_OK
            : VIT_OPM_DRIVER_INTERNAL_ERROR;
}

static enum vit_opm_result set_level(struct vit_reader *in, size_t additional_len,
        uint32_t supported, struct vit_opm_command *command)
{
    command->kind = VIT_OPM_SET_LEVEL;
    command->type = vit_get_u32(in);
    command->level = vit_get_u32(in);
    uint64_t reserved = vit_get_u64(in);
    enum vit_opm_result result =
            check_type(supported, command->type, VIT_OPM_INVALID_CONFIGURATION_REQUEST);
    if (result != VIT_OPM_OK) {
        return result;
    }
    bool fits = command->level <= VIT_OPM_LEVEL_ON && reserved == 0 && additional_len == 0;
    return fits ? VIT_OPM_OK : VIT_OPM_INVALID_CONFIGURATION_REQUEST;
}

static enum vit_opm_result set_srm(struct vit_reader *in, size_t additional_len, uint32_t supported,
        struct vit_opm_command *command)
{
    command->kind = VIT_OPM_SET_SRM;
    command->srm_version = vit_get_u32(in);
    if ((supported & VIT_OPM_TYPE_HDCP) == 0) {
        return VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP;
    }
    bool fits = command->srm_version <= UINT16_MAX && additional_len != 0;
    return fits ? VIT_OPM_OK : VIT_OPM_INVALID_SRM;
}

typedef enum vit_opm_result command_fn(struct vit_reader *in, size_t additional_len,
        uint32_t supported, struct vit_opm_command *command);

/* The second is "according to CSS for DVDs", which asks for levels in the same way. */
static const struct setting {
    struct vit_guid guid;
    uint32_t parameters_len;
    command_fn *read;
} settings[] = {
    { VIT_GUID(0x9bb9327c, 0x4eb5, 0x4727, 0x9f, 0x00, 0xb4, 0x2b, 0x09, 0x19, 0xc0, 0xda), 16,
            set_level },
    { VIT_GUID(0x39ce333e, 0x4cc0, 0x44ae, 0xbf, 0xcc, 0xda, 0x50, 0xb5, 0xf8, 0x2e, 0x72), 16,
            set_level },
    { VIT_GUID(0x8b5ef5d1, 0xc30d, 0x44ff, 0x84, 0xa5, 0xea, 0x71, 0xdc, 0xe7, 0x8f, 0x13), 4,
            set_srm },
};

static const struct setting *find_setting(const uint8_t guid[16])
{
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (vit_guid_equal(&settings[i].guid, guid)) {
            return &settings[i];
        }
    }
    return NULL;
}

enum vit_opm_result vit_opm_configure(struct vit_opm *opm, struct vit_cipher *cipher,
        const uint8_t request[VIT_OPM_CONFIGURE_LEN], size_t additional_len, uint32_t supported,
        struct vit_opm_command *command)
{
    struct header header = read_header(request + CONFIGURE_GUID_AT);
    if (!is_next(opm, cipher, request, VIT_OPM_CONFIGURE_LEN, &opm->commands, header.number)) {
        return VIT_OPM_INVALID_CONFIGURATION_REQUEST;
    }
    const struct setting *found = find_setting(header.guid);
    if (found == NULL || header.parameters_len != found->parameters_len) {
        return VIT_OPM_INVALID_CONFIGURATION_REQUEST;
    }
    struct vit_reader in;
    vit_reader_init(&in, request + CONFIGURE_PARAMETERS_AT, found->parameters_len);
    return found->read(&in, additional_len, supported, command);
}
