/* SPDX-License-Identifier: MIT */
/** The arguments by which play and info choose a device and a driver. */
#ifndef TOOLS_VITRINE_DEVICE_OPTIONS_H
#define TOOLS_VITRINE_DEVICE_OPTIONS_H

#include <argp.h>

#include "runtime/ddi.h"
#include "tools/vitrine/passphrase.h"

struct device_options {
    struct vit_adapter_config adapter;
    struct vit_passphrase_source passphrase;
    char *default_certificate, *default_key; /* owned */
};

extern const struct argp device_argp;

void device_options_init(struct device_options *options);
void device_options_finish(struct device_options *options);

/* Opens, or says why not on standard error. An exit code of command.h. */
int device_options_open(struct device_options *options, const char *command,
        struct vit_adapter **adapter);

#endif
