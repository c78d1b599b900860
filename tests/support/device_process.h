/* SPDX-License-Identifier: MIT */
/**
 * A folder of its own and a real vitrine-gpu process in it, with certificates that the real command
 * made once for the build. Everything is ended and removed by support_finish().
 *
 * Paths come from the environment: VITRINE_COMMAND, VITRINE_GPU, VITRINE_CERTIFICATES (in it
 * ca/root.der, driver.der and .key, device.der and .key, other/root.der, other-driver.der and .key).
 * Folders are made in VITRINE_TEST_FOLDER, by default in /tmp.
 */
#ifndef TESTS_SUPPORT_DEVICE_PROCESS_H
#define TESTS_SUPPORT_DEVICE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/support/seccomp.h"

enum { SUPPORT_PATH_LEN = 256 };

struct support {
    char folder[SUPPORT_PATH_LEN];      /* short: sockets live in it */
    char socket[SUPPORT_PATH_LEN];      /* of the device */
    char control[SUPPORT_PATH_LEN];     /* its control socket */
    char log[SUPPORT_PATH_LEN];         /* its standard error */
    char root[SUPPORT_PATH_LEN];        /* root certificate */
    char certificate[SUPPORT_PATH_LEN]; /* chain of the device */
    char key[SUPPORT_PATH_LEN];
    pid_t device; /* 0: not running */
};

/* custody: "driver" or "device", or "other-driver". */
void support_init(struct support *support, const char *custody);
void support_finish(struct support *support);

/* Starts vitrine-gpu and waits until its socket is there. extra ends with NULL; NULL:
 * none; an option given again counts. */
void support_start_device(struct support *support, const char *const *extra);
/* Sends a signal and returns the exit status as waitpid() tells it. */
int support_end_device(struct support *support, int signal_number);

/* Runs a program with its output in files of the folder ("out", "err"); its exit status. A NULL ends
 * the arguments. */
int support_run(struct support *support, const char *const *arguments);
/* What such a file, or the device's log, holds; to be freed. */
char *support_read(const struct support *support, const char *name);

void support_remove_folder(const char *path);

const char *support_command(void);
const char *support_gpu(void);

#endif
