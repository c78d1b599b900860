/* SPDX-License-Identifier: MIT */
/* Where the keys of a user, and those of the machine, are kept. docs/cng.md tells users. */
#ifndef CNG_KSP_SOFTWARE_PATHS_H
#define CNG_KSP_SOFTWARE_PATHS_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "ncrypt.h"

/* Absolute; free() both. */
struct vit_soft_paths {
    char *folder;
    char *key_file;
};

/* Asks the environment, which counts for nothing in a program that has more rights than its user.
 * @return NTE_INVALID_PARAMETER a variable names a path that is not absolute
 *         NTE_NOT_FOUND         this user has no home */
SECURITY_STATUS vit_soft_paths_find(bool of_machine, struct vit_soft_paths *paths);

#endif
