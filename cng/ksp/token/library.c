/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/library.h"

#include <stdlib.h>

#include "base/log.h"

static bool load_one(struct vit_token_library *library, const char *path)
{
    struct ck_function_list **modules = calloc(2, sizeof(*modules));
    if (modules == NULL) {
        return false;
    }
    struct ck_function_list *module = p11_kit_module_load(path, 0);
    if (module != NULL && p11_kit_module_initialize(module) != CKR_OK) {
        p11_kit_module_release(module);
        module = NULL;
    }
    if (module == NULL) {
        vit_log(VIT_LOG_ERROR, "VITRINE_PKCS11_MODULE: %s: cannot be used", path);
    }
    modules[0] = module;
    library->modules = modules;
    library->single = true;
    return true;
}

bool vit_token_library_load(struct vit_token_library *library)
{
    const char *path = secure_getenv("VITRINE_PKCS11_MODULE");
    if (path != NULL && path[0] != 0) {
        return load_one(library, path);
    }
    library->modules = p11_kit_modules_load_and_initialize(0);
    library->single = false;
    return library->modules != NULL;
}

void vit_token_library_unload(struct vit_token_library *library)
{
    if (library->modules == NULL) {
        return;
    }
    if (!library->single) {
        p11_kit_modules_finalize_and_release(library->modules);
    } else {
        if (library->modules[0] != NULL) {
            (void)p11_kit_module_finalize(library->modules[0]);
            p11_kit_module_release(library->modules[0]);
        }
        free(library->modules);
    }
    library->modules = NULL;
}
