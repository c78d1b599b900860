/* SPDX-License-Identifier: MIT */
/**
 * Guest memory that vanishes: a front-end can shorten the file behind a mapping at any time, and the
 * next touch raises SIGBUS. The handler puts zeroes in the place of the whole mapping and tells, so
 * that this front-end is lost and nothing else. A fault anywhere else ends the process as ever.
 *
 * Signals belong to the process: so does what is here. Mappings are watched and forgotten by one
 * thread; all threads may touch them between.
 */
#ifndef VGPU_VHOST_FAULT_H
#define VGPU_VHOST_FAULT_H

#include <stddef.h>

#include "base/status.h"

/* Once, before anything is watched. @return VIT_E_NOMEM */
VIT_RESULT vhost_fault_install(void);

/* An eventfd, readable when a mapping was replaced; -1 without a handler. */
int vhost_fault_fd(void);

/* A mapping of whole pages. @return VIT_E_LIMIT too many */
VIT_RESULT vhost_fault_watch(void *address, size_t len);
/* Before it is unmapped. What was not watched is ignored. */
void vhost_fault_forget(void *address);

#endif
