/* SPDX-License-Identifier: MIT */
/* What reading and writing of a folder's files have in common. */
#ifndef CNG_KSP_SOFTWARE_FOLDER_IMPL_H
#define CNG_KSP_SOFTWARE_FOLDER_IMPL_H

#include "cng/ksp/software/folder.h"

/* Of an errno. */
SECURITY_STATUS vit_folder_status(int error);
/* A file as the folder must have it. */
SECURITY_STATUS vit_folder_open_file(int folder, const char *name, int flags, int *file);

#endif
