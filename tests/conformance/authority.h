/* SPDX-License-Identifier: MIT */
/**
 * A private folder for a run, with a device certificate made for it where the options name none:
 * the layout is that of tests/support (ca/root.der, CUSTODY.der, CUSTODY.key), so that its devices
 * find them.
 */
#ifndef TESTS_CONFORMANCE_AUTHORITY_H
#define TESTS_CONFORMANCE_AUTHORITY_H

#include "tests/conformance/options.h"

enum { RUN_PATH_LEN = 128 };

struct run_folder {
    char path[RUN_PATH_LEN]; /* "": not made */
    char ca[RUN_PATH_LEN], root[RUN_PATH_LEN], certificate[RUN_PATH_LEN], key[RUN_PATH_LEN];
};

/* Fills in what the options leave open; their new members point into the folder.
 * @return 0, or CONFORM_NO_START after a line on standard error */
int run_folder_make(struct run_folder *folder, struct options *options);
/* Removes all that is in it. */
void run_folder_remove(struct run_folder *folder);

#endif
