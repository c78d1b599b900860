/* SPDX-License-Identifier: MIT */
/* The seam between the log and the environment. Only base/log.c and its tests include this. */
#ifndef BASE_LOG_SETUP_H
#define BASE_LOG_SETUP_H

/* Returns the value of an environment variable, or NULL: secure_getenv() in real use. */
typedef char *vit_log_lookup_fn(const char *name);

/* Forgets level and trace and takes them from lookup. */
void vit_log_setup(vit_log_lookup_fn *lookup);

#endif
