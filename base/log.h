/* SPDX-License-Identifier: MIT */
/**
 * Logging, silent by default, to standard error. VITRINE_LOG=error|warning|info|debug turns it on,
 * VITRINE_TRACE=1 (or a file name) records decoded wire messages; both are ignored in a process
 * that runs with raised privileges (AT_SECURE). No secret is ever passed to it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum vit_log_level { VIT_LOG_OFF, VIT_LOG_ERROR, VIT_LOG_WARNING, VIT_LOG_INFO, VIT_LOG_DEBUG };

/* One line, no newline at its end. Errno is preserved. */
void vit_log(enum vit_log_level level, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Would a line of this level be written? */
bool vit_log_wants(enum vit_log_level level);

/* One line of the wire trace. */
void vit_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool vit_trace_wanted(void);

/* Raises or lowers what VITRINE_LOG said, for programs with an option of their own. */
void vit_log_set_level(enum vit_log_level level);

/* Replaces the sink (NULL: standard error again); for hosts with a log of their own and tests. It is
 * called by one thread at a time, and must not log. */
void vit_log_set_sink(void (*sink)(void *context, enum vit_log_level level, const char *line),
        void *context);

#endif
