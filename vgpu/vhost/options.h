/* SPDX-License-Identifier: MIT */
/** The command line of vitrine-gpu. */
#ifndef VGPU_VHOST_OPTIONS_H
#define VGPU_VHOST_OPTIONS_H

#include <stdbool.h>

#include "vgpu/device.h"
#include "vgpu/vhost/sandbox.h"

struct vhost_options {
    const char *socket_path; /* NULL: fd */
    int fd;                  /* -1: socket_path */
    const char *control_socket;
    const char *certificate;
    const char *key;
    int passphrase_fd;   /* -1: none */
    const char *srm_key; /* NULL: none */
    enum vhost_seccomp seccomp;
    bool print_capabilities;
    bool virgl;
    bool virgl_told;           /* by an option of its own */
    const char *render_node;   /* NULL: virgl in software */
    struct vgpu_config device; /* chain and key not yet loaded */
};

/* Exits by itself on --help, --version and on a wrong line (status 2). */
void vhost_options_parse(int argc, char **argv, struct vhost_options *options);

#endif
