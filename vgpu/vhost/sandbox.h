/* SPDX-License-Identifier: MIT */
/**
 * What the device process may still ask of the kernel once it has started: work with the
 * descriptors that it has or is sent, and with memory. No new files, sockets, programs, processes
 * or threads, no executable memory, no other process. Rendering needs some of that: see the kinds.
 */
#ifndef VGPU_VHOST_SANDBOX_H
#define VGPU_VHOST_SANDBOX_H

#include "base/status.h"

/* What happens to a system call that is not allowed. */
enum vhost_seccomp {
    VHOST_SECCOMP_KILL, /* the process ends by SIGSYS */
    VHOST_SECCOMP_LOG,  /* the kernel's audit log tells of it, and it is made */
    VHOST_SECCOMP_NONE, /* there is no filter */
};

/* Rendering also makes threads and executable memory: compiled shaders. */
enum vhost_sandbox_kind { VHOST_SANDBOX_PLAIN, VHOST_SANDBOX_RENDERING };

/* "kill", "log", "none". @return VIT_E_ARG another word */
VIT_RESULT vhost_seccomp_from_name(const char *name, enum vhost_seccomp *mode);

/**
 * Before threads are made and memory is had: what the C library and others would look up in files
 * when they first need it is looked up now, and no core file is written.
 */
void vhost_sandbox_prepare(void);

/**
 * For all threads, for good; also takes the right to gain privileges by running a program.
 *
 * @return VIT_E_UNSUPPORTED the kernel has no such filter, or forbids it: run without
 */
VIT_RESULT vhost_sandbox_enter(enum vhost_seccomp mode, enum vhost_sandbox_kind kind);

#endif
