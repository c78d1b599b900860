/* SPDX-License-Identifier: MIT */
/* An open provider. */
#ifndef CNG_KSP_PROVIDER_H
#define CNG_KSP_PROVIDER_H

#include <pthread.h>

#include "cng/handle.h"
#include "cng/ksp/ksp.h"
#include "cng/ksp/room.h"

/* Of the kinds that have handles, see cng/handle.h. */
enum { VIT_KSP_TAG_PROVIDER = 0x21, VIT_KSP_TAG_KEY = 0x22, VIT_KSP_TAG_SECRET = 0x23 };

/* What a program tells an object for as long as the object lives. */
struct vit_ksp_context {
    WCHAR *use;      /* "Use Context"; NULL: not told */
    bool has_window; /* "HWND Handle" */
    uint64_t window;
};

struct vit_ksp_provider {
    struct vit_object base;
    const struct vit_ksp_backend *backend;
    struct vit_ksp_store *store;
    pthread_mutex_t lock; /* of what follows */
    VITRINE_NCRYPT_PROMPT prompt;
    struct vit_ksp_context context;
};

/* With a reference. NULL: no such provider. */
struct vit_ksp_provider *vit_ksp_provider_get(NCRYPT_PROV_HANDLE handle);
void vit_ksp_provider_unref(struct vit_ksp_provider *provider);
VIT_DEFINE_AUTO(ksp_provider, struct vit_ksp_provider *, vit_ksp_provider_unref)

bool vit_ksp_is_provider(NCRYPT_PROV_HANDLE handle);

/* Who is asked during a call with these flags. */
struct vit_ksp_prompt vit_ksp_provider_prompt(struct vit_ksp_provider *provider, DWORD flags);

/* Handles of this library as the interface has them. */
SECURITY_STATUS vit_ksp_handle_add(struct vit_object *object, ULONG_PTR *handle);

/* Of providers and of keys, under their locks. NTE_NOT_SUPPORTED: another property. */
SECURITY_STATUS vit_ksp_context_get(const struct vit_ksp_context *context, LPCWSTR name,
        const struct vit_ksp_room *room);
SECURITY_STATUS vit_ksp_context_set(struct vit_ksp_context *context, LPCWSTR name,
        const uint8_t *bytes, DWORD len);
void vit_ksp_context_finish(struct vit_ksp_context *context);

/* len bytes that are a text with or without its NUL, of 1 to max_len code units; to be freed.
 * NTE_INVALID_PARAMETER */
SECURITY_STATUS vit_ksp_text_of(const void *bytes, size_t len, size_t max_len, WCHAR **text);

/* Flags of calls about properties, and the limits of names and values. NTE_BAD_FLAGS,
 * NTE_INVALID_PARAMETER */
SECURITY_STATUS vit_ksp_property_check(LPCWSTR name, DWORD flags, DWORD allowed);

/* Members of the function table. */
SECURITY_STATUS WINAPI vit_ksp_open_provider(NCRYPT_PROV_HANDLE *phProvider,
        LPCWSTR pszProviderName, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_free_provider(NCRYPT_PROV_HANDLE hProvider);
SECURITY_STATUS WINAPI vit_ksp_get_provider_property(NCRYPT_PROV_HANDLE hProvider,
        LPCWSTR pszProperty, PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_set_provider_property(NCRYPT_PROV_HANDLE hProvider,
        LPCWSTR pszProperty, PBYTE pbInput, DWORD cbInput, DWORD dwFlags);

/* The library's; NULL before vit_ksp_interface(). */
const struct vit_ksp_backend *vit_ksp_backend_here(void);

#endif
