/* SPDX-License-Identifier: MIT */
/**
 * The two stores of an open provider: its user's and the machine's. A store is a folder with a file
 * "store" and one file for each key. It is looked for at its first use, and made for the first key
 * that is kept; once open, its keys stay in secret memory until the provider is closed.
 */
#ifndef CNG_KSP_SOFTWARE_STORE_H
#define CNG_KSP_SOFTWARE_STORE_H

#include "cng/ksp/backend.h"
#include "cng/ksp/software/keyring.h"

SECURITY_STATUS vit_soft_store_create(struct vit_ksp_store **store);
/* NULL is fine. */
void vit_soft_store_destroy(struct vit_ksp_store *store);
VIT_DEFINE_AUTO(soft_store, struct vit_ksp_store *, vit_soft_store_destroy)

/* One of the two, open. Borrowed, as long as the provider is. */
struct vit_soft_access {
    const struct vit_keyring *ring;
    int folder;
    enum vit_wrap_method method;
};

/**
 * @param make       for a key that is to be kept: it is made when there is none
 * @param operation  what for, when a person is asked: u"open", u"create"
 * @return NTE_NOT_FOUND           there is none
 *         NTE_NO_KEY              its key file is missing
 *         NTE_BAD_KEY             the key file is that of another store
 *         NTE_INCORRECT_PASSWORD, NTE_SILENT_CONTEXT, NTE_UI_REQUIRED, NTE_USER_CANCELLED
 *         NTE_BAD_DATA            its file is none of ours, or of a later version
 *         NTE_PERM                somebody else may read it; or (make) it has a key file, and a
 *                                 passphrase was wished for
 *         NTE_BAD_KEYSET          (make) its file is gone, and keys are there
 *         NTE_INVALID_PARAMETER   (make) the wish is not understood, and it has no passphrase
 */
SECURITY_STATUS vit_soft_store_access(struct vit_ksp_store *store, bool machine, bool make,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct vit_soft_access *access);

/* Before a key is kept: is it still the store that was opened, so that the key will be found again?
 * @return NTE_BAD_KEYSET somebody has taken it away meanwhile */
SECURITY_STATUS vit_soft_store_check(const struct vit_soft_access *access);

/* After a key was replaced or removed: takes away what others left who died at that, once for each
 * open provider. */
void vit_soft_store_tidy(struct vit_ksp_store *store, bool machine);

/* How the user's store is protected, or would be if it were made now. */
SECURITY_STATUS vit_soft_store_protection(struct vit_ksp_store *store,
        enum vit_wrap_method *method);
/* How stores are protected that this provider makes. @return NTE_EXISTS the user's is there already
 * and protected otherwise */
SECURITY_STATUS vit_soft_store_protect(struct vit_ksp_store *store, enum vit_wrap_method method);

/* What a person is asked about a key (NULL: about the store) becomes bytes of secret memory.
 * @return NTE_INCORRECT_PASSWORD nothing was entered */
SECURITY_STATUS vit_soft_ask(const struct vit_ksp_prompt *prompt, VITRINE_NCRYPT_QUESTION_KIND kind,
        LPCWSTR operation, const struct vit_ksp_attributes *about,
        struct vit_soft_bytes *passphrase);

#endif
