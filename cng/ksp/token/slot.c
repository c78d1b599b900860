/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/slot.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cng/ksp/token/pin.h"

/* More slots than any module of sense shows. */
enum { MAX_SLOTS = 256 };

struct wanted {
    const char *reader;
    P11KitUri *uri;
};

/* What was seen of all slots that are meant. */
struct seen {
    struct vit_token_slot ready;
    unsigned ready_count;
    unsigned empty_count; /* no token in it */
    unsigned unset_count; /* a token that nobody has set up */
};

static bool is_text(const unsigned char *padded, size_t size, const char *text)
{
    size_t len = p11_kit_space_strlen(padded, size);
    return len == strlen(text) && memcmp(padded, text, len) == 0;
}

static bool matches_uri(P11KitUri *uri, struct ck_function_list *module,
        const struct ck_slot_info *slot, const struct ck_token_info *token)
{
    struct ck_info info;
    return module->C_GetInfo(&info) == CKR_OK && p11_kit_uri_match_module_info(uri, &info) == 1 &&
            p11_kit_uri_match_slot_info(uri, slot) == 1 &&
            p11_kit_uri_match_token_info(uri, token) == 1;
}

/* token: of zeros when there is none in the slot. */
static bool is_meant(const struct wanted *wanted, struct ck_function_list *module,
        const struct ck_slot_info *slot, const struct ck_token_info *token)
{
    if (wanted->reader != NULL) {
        return is_text(slot->slot_description, sizeof(slot->slot_description), wanted->reader) ||
                is_text(token->label, sizeof(token->label), wanted->reader);
    }
    return wanted->uri == NULL || matches_uri(wanted->uri, module, slot, token);
}

static void remember(struct seen *seen, struct ck_function_list *module, ck_slot_id_t id,
        const struct ck_token_info *token)
{
    seen->ready_count++;
    seen->ready = (struct vit_token_slot){ module, id, token->flags, { 0 },
        p11_kit_space_strlen(token->label, sizeof(token->label)) };
    memcpy(seen->ready.label, token->label, seen->ready.label_len);
}

static void look_at_slot(const struct wanted *wanted, struct ck_function_list *module,
        ck_slot_id_t id, struct seen *seen)
{
    struct ck_slot_info slot;
    struct ck_token_info token;
    if (module->C_GetSlotInfo(id, &slot) != CKR_OK) {
        return;
    }
    bool present =
            (slot.flags & CKF_TOKEN_PRESENT) != 0 && module->C_GetTokenInfo(id, &token) == CKR_OK;
    if (!present) {
        memset(&token, 0, sizeof(token));
    }
    if (!is_meant(wanted, module, &slot, &token)) {
        return;
    }
    if (!present) {
        seen->empty_count++;
    } else if ((token.flags & CKF_TOKEN_INITIALIZED) == 0) {
        seen->unset_count++;
    } else {
        remember(seen, module, id, &token);
    }
}

static void look_at_module(const struct wanted *wanted, struct ck_function_list *module,
        struct seen *seen)
{
    ck_slot_id_t ids[MAX_SLOTS];
    unsigned long count = MAX_SLOTS;
    if (module->C_GetSlotList(0, ids, &count) != CKR_OK || count > MAX_SLOTS) {
        return;
    }
    for (unsigned long i = 0; i < count; i++) {
        look_at_slot(wanted, module, ids[i], seen);
    }
}

/* Certificates that the system trusts come as a token too; it has no keys. */
static bool is_of_trust(struct ck_function_list *module)
{
    return (p11_kit_module_get_flags(module) & P11_KIT_MODULE_TRUSTED) != 0;
}

static SECURITY_STATUS judge(const struct wanted *wanted, const struct seen *seen)
{
    bool named = wanted->reader != NULL || wanted->uri != NULL;
    if (seen->ready_count == 1) {
        return ERROR_SUCCESS;
    }
    if (seen->ready_count == 0 && (seen->unset_count > 0 || (named && seen->empty_count > 0))) {
        return NTE_DEVICE_NOT_READY;
    }
    return NTE_DEVICE_NOT_FOUND;
}

static SECURITY_STATUS look_around(const struct vit_token_library *library,
        const struct wanted *wanted, struct vit_token_slot *slot)
{
    struct seen seen = { .ready_count = 0 };
    for (size_t i = 0; library->modules[i] != NULL; i++) {
        if (!is_of_trust(library->modules[i])) {
            look_at_module(wanted, library->modules[i], &seen);
        }
    }
    SECURITY_STATUS status = judge(wanted, &seen);
    if (status == ERROR_SUCCESS) {
        *slot = seen.ready;
    }
    return status;
}

SECURITY_STATUS vit_token_slot_choose(const struct vit_token_library *library, const char *reader,
        const char *uri, struct vit_token_slot *slot)
{
    VIT_AUTO(token_uri) parsed = NULL;
    if (reader == NULL && uri != NULL) {
        parsed = p11_kit_uri_new();
        if (parsed == NULL) {
            return NTE_NO_MEMORY;
        }
        if (p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, parsed) != P11_KIT_URI_OK) {
            return NTE_INVALID_PARAMETER;
        }
    }
    const struct wanted wanted = { reader, parsed };
    return look_around(library, &wanted, slot);
}
