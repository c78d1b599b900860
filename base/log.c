/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log_setup.h"

enum { LINE_MAX_LEN = 1024, NO_TRACE = -1 };

/* A log belongs to the process, as the environment that switches it on does. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int threshold = VIT_LOG_OFF;
static atomic_int trace_fd = NO_TRACE;

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*_Atomic sink)(void *context, enum vit_log_level level, const char *line);
static void *sink_context;

static const char *const level_names[] = { "off", "error", "warning", "info", "debug" };

static enum vit_log_level level_from(const char *name)
{
    for (int level = VIT_LOG_OFF; name != NULL && level <= VIT_LOG_DEBUG; level++) {
        if (strcmp(name, level_names[level]) == 0) {
            return (enum vit_log_level)level;
        }
    }
    return VIT_LOG_OFF;
}

static int trace_from(const char *name)
{
    if (name == NULL || name[0] == '\0' || strcmp(name, "0") == 0) {
        return NO_TRACE;
    }
    if (strcmp(name, "1") == 0) {
        return STDERR_FILENO;
    }
    return open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
}

static void close_trace(int fd)
{
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

static void take_environment(vit_log_lookup_fn *lookup)
{
    atomic_store(&threshold, level_from(lookup("VITRINE_LOG")));
    close_trace(atomic_exchange(&trace_fd, trace_from(lookup("VITRINE_TRACE"))));
}

/* The thread that is writing a line is the parent's. */
static void renew_lock(void)
{
    pthread_mutex_init(&sink_lock, NULL);
}

static void take_process_environment(void)
{
    int saved = errno;
    (void)pthread_atfork(NULL, NULL, renew_lock);
    take_environment(secure_getenv);
    errno = saved;
}

static void ready(void)
{
    pthread_once(&once, take_process_environment);
}

void vit_log_setup(vit_log_lookup_fn *lookup)
{
    ready();
    take_environment(lookup);
}

void vit_log_set_level(enum vit_log_level level)
{
    ready();
    atomic_store(&threshold, level);
}

void vit_log_set_sink(void (*function)(void *context, enum vit_log_level level, const char *line),
        void *context)
{
    ready();
    pthread_mutex_lock(&sink_lock);
    atomic_store(&sink, NULL); /* a child of this moment has no sink, and not half of one */
    sink_context = context;
    atomic_store(&sink, function);
    pthread_mutex_unlock(&sink_lock);
}

bool vit_log_wants(enum vit_log_level level)
{
    ready();
    return level > VIT_LOG_OFF &&
            (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

bool vit_trace_wanted(void)
{
    ready();
    return atomic_load_explicit(&trace_fd, memory_order_relaxed) != NO_TRACE;
}

/* What a peer says may end up in a line: it must not make a second one or steer a terminal. */
static void flatten(char *line)
{
    for (; *line != '\0'; line++) {
        if ((unsigned char)*line < ' ' || *line == 0x7f) {
            *line = '?';
        }
    }
}

static void format_line(char line[LINE_MAX_LEN], const char *prefix, const char *format,
        va_list args)
{
    int used = snprintf(line, LINE_MAX_LEN, "%s", prefix);
    if (vsnprintf(line + used, (size_t)(LINE_MAX_LEN - used), format, args) < 0) {
        line[used] = '\0';
    }
    flatten(line);
}

/* One write, so that lines of several threads and processes do not mix. */
static void write_line(int fd, char line[LINE_MAX_LEN])
{
    size_t len = strlen(line);
    if (len > LINE_MAX_LEN - 2) {
        len = LINE_MAX_LEN - 2;
    }
    line[len++] = '\n';
    ssize_t written = write(fd, line, len);
    (void)written; /* a log that cannot be written is lost */
}

static void emit(enum vit_log_level level, const char *format, va_list args)
{
    char line[LINE_MAX_LEN];
    pthread_mutex_lock(&sink_lock);
    if (atomic_load(&sink) != NULL) {
        format_line(line, "", format, args);
        atomic_load (&sink)(sink_context, level, line);
        pthread_mutex_unlock(&sink_lock);
        return;
    }
    pthread_mutex_unlock(&sink_lock);

    char prefix[32];
    snprintf(prefix, sizeof(prefix), "vitrine: %s: ", level_names[level]);
    format_line(line, prefix, format, args);
    write_line(STDERR_FILENO, line);
}

void vit_log(enum vit_log_level level, const char *format, ...)
{
    if (!vit_log_wants(level) || level > VIT_LOG_DEBUG) {
        return;
    }
    int saved = errno;
    va_list args;
    va_start(args, format);
    emit(level, format, args);
    va_end(args);
    errno = saved;
}

void vit_trace(const char *format, ...)
{
    if (!vit_trace_wanted()) {
        return;
    }
    int saved = errno;
    char line[LINE_MAX_LEN];
    va_list args;
    va_start(args, format);
    format_line(line, "", format, args);
    va_end(args);
    write_line(atomic_load(&trace_fd), line);
    errno = saved;
}
