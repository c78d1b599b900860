/* SPDX-License-Identifier: MIT */
/**
 * PKCS#11 modules, loaded and initialised: those of p11-kit's configuration, or the one file that
 * VITRINE_PKCS11_MODULE names. p11-kit shares them with the rest of the process, and initialises them
 * again in a child.
 */
#ifndef CNG_KSP_TOKEN_LIBRARY_H
#define CNG_KSP_TOKEN_LIBRARY_H

#include <stdbool.h>

#include "cng/ksp/token/pkcs11.h"

struct vit_token_library {
    struct ck_function_list **modules; /* NULL ends the list; NULL: not loaded */
    bool single;                       /* a list of our own, of one */
};

/* None that works: an empty list. false: no memory */
bool vit_token_library_load(struct vit_token_library *library);
/* Nothing of the modules may be in use. */
void vit_token_library_unload(struct vit_token_library *library);

#endif
