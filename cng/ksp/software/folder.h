/* SPDX-License-Identifier: MIT */
/**
 * A folder of small files that only their owner may read: each is there whole or not at all, whatever
 * fails and whenever the process dies, and stays after a loss of power once a call has succeeded.
 *
 * Several processes and threads use one folder. A file is changed by putting another one in its
 * place, with the present one locked; what a dead writer left is found by its lock, which nobody
 * holds any more.
 *
 * @return NTE_PERM     not the owner's alone, a link, no folder, a name that is no file; or the
 *                      system refuses
 *         NTE_SYS_ERR  the system fails: no room, a broken disk
 */
#ifndef CNG_KSP_SOFTWARE_FOLDER_H
#define CNG_KSP_SOFTWARE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "ncrypt.h"

/* Opens, or makes it with what of its path is missing. @return NTE_NOT_FOUND not there, not made */
SECURITY_STATUS vit_folder_open(const char *path, bool make, int *folder);
/* The same of one that may be anybody's, such as one for files of settings; its files are checked. */
SECURITY_STATUS vit_folder_open_common(const char *path, bool make, int *folder);

struct vit_file {
    uint8_t *bytes; /* free() */
    size_t len;
};

/* Is there such a file? @return NTE_NOT_FOUND */
SECURITY_STATUS vit_folder_probe(int folder, const char *name);

/* Up to max_len bytes. @return NTE_NOT_FOUND, NTE_BAD_DATA longer */
SECURITY_STATUS vit_folder_read(int folder, const char *name, size_t max_len,
        struct vit_file *file);
/* Exactly len bytes, which pass through no other memory. @return NTE_BAD_DATA another length */
SECURITY_STATUS vit_folder_read_into(int folder, const char *name, uint8_t *bytes, size_t len);
/* As vit_folder_read(), of a file that is open. */
SECURITY_STATUS vit_file_read(int fd, size_t max_len, struct vit_file *file);

/* @return NTE_EXISTS */
SECURITY_STATUS vit_folder_add(int folder, const char *name, const void *bytes, size_t len);

/**
 * The file as it is now, which nobody else replaces or removes until it is closed; may wait for
 * others to do so. @return NTE_NOT_FOUND
 */
SECURITY_STATUS vit_folder_lock(int folder, const char *name, int *file);
/* Of a file that is locked. */
SECURITY_STATUS vit_folder_replace(int folder, const char *name, const void *bytes, size_t len);
SECURITY_STATUS vit_folder_remove(int folder, const char *name);

/* Takes away what dead writers left, and calls visit with each other name. */
SECURITY_STATUS vit_folder_list(int folder,
        SECURITY_STATUS (*visit)(void *context, const char *name), void *context);
/* The first half of it. */
void vit_folder_sweep(int folder);

#endif
