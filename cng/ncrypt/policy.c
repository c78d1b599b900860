/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/policy.h"

#include "cng/wide.h"

enum { POLICY_VERSION = 1, TEXTS = 3 };

SECURITY_STATUS vit_policy_to_blob(const BYTE *policy, DWORD len, unsigned char **blob,
        DWORD *blob_len)
{
    NCRYPT_UI_POLICY from;
    if (len != sizeof(from)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(&from, policy, sizeof(from));
    const LPCWSTR texts[TEXTS] = { from.pszCreationTitle, from.pszFriendlyName,
        from.pszDescription };
    size_t sizes[TEXTS], size = sizeof(NCRYPT_UI_POLICY_BLOB);
    for (size_t i = 0; i < TEXTS; i++) {
        sizes[i] = vit_wide_size(texts[i]);
        size += sizes[i];
    }
    if (from.dwVersion != POLICY_VERSION || size > NCRYPT_MAX_PROPERTY_DATA) {
        return NTE_INVALID_PARAMETER;
    }
    unsigned char *made = malloc(size);
    if (made == NULL) {
        return NTE_NO_MEMORY;
    }
    NCRYPT_UI_POLICY_BLOB head = { from.dwVersion, from.dwFlags, (DWORD)sizes[0], (DWORD)sizes[1],
        (DWORD)sizes[2] };
    memcpy(made, &head, sizeof(head));
    size_t at = sizeof(head);
    for (size_t i = 0; i < TEXTS; i++) {
        if (sizes[i] > 0) {
            memcpy(made + at, texts[i], sizes[i]);
        }
        at += sizes[i];
    }
    *blob = made;
    *blob_len = (DWORD)size;
    return ERROR_SUCCESS;
}

/* Is it nothing, or a text that ends at its end? */
static bool is_text(const unsigned char *bytes, size_t size)
{
    if (size == 0) {
        return true;
    }
    return size % sizeof(WCHAR) == 0 && bytes[size - 1] == 0 && bytes[size - 2] == 0;
}

static bool check_texts(const unsigned char *bytes, size_t len, const DWORD sizes[TEXTS])
{
    for (size_t i = 0; i < TEXTS; i++) {
        if (sizes[i] > len || !is_text(bytes, sizes[i])) {
            return false;
        }
        bytes += sizes[i];
        len -= sizes[i];
    }
    return len == 0;
}

static LPCWSTR pointer_to(const unsigned char *bytes, size_t size)
{
    return size == 0 ? NULL : (LPCWSTR)(const void *)bytes;
}

SECURITY_STATUS vit_policy_of_blob(const unsigned char *blob, DWORD len,
        const struct vit_ncrypt_room *room)
{
    NCRYPT_UI_POLICY_BLOB head;
    if (len < sizeof(head)) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    memcpy(&head, blob, sizeof(head));
    const DWORD sizes[TEXTS] = { head.cbCreationTitle, head.cbFriendlyName, head.cbDescription };
    size_t text_len = len - sizeof(head);
    if (!check_texts(blob + sizeof(head), text_len, sizes)) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    *room->result = (DWORD)(sizeof(NCRYPT_UI_POLICY) + text_len);
    if (room->bytes == NULL) {
        return ERROR_SUCCESS;
    }
    if (room->capacity < *room->result) {
        return NTE_BUFFER_TOO_SMALL;
    }
    const unsigned char *texts = room->bytes + sizeof(NCRYPT_UI_POLICY);
    NCRYPT_UI_POLICY policy = {
        .dwVersion = head.dwVersion,
        .dwFlags = head.dwFlags,
        .pszCreationTitle = pointer_to(texts, sizes[0]),
        .pszFriendlyName = pointer_to(texts + sizes[0], sizes[1]),
        .pszDescription = pointer_to(texts + sizes[0] + sizes[1], sizes[2]),
    };
    memcpy(room->bytes, &policy, sizeof(policy));
    memcpy(room->bytes + sizeof(policy), blob + sizeof(head), text_len);
    return ERROR_SUCCESS;
}
