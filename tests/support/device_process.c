/* SPDX-License-Identifier: MIT */
#include "tests/support/device_process.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_LIMIT_MS = 30000 };

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    cr_assert_not_null(value, "%s is not set: run by meson test", name);
    return value;
}

const char *support_command(void)
{
    return from_environment("VITRINE_COMMAND");
}

const char *support_gpu(void)
{
    return from_environment("VITRINE_GPU");
}

static void name_file(const struct support *support, char out[SUPPORT_PATH_LEN], const char *name)
{
    int len = snprintf(out, SUPPORT_PATH_LEN, "%s/%s", support->folder, name);
    cr_assert_lt(len, SUPPORT_PATH_LEN);
}

static void redirect(const char *path, int fd)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, fd) < 0) {
        _exit(126);
    }
}

static pid_t spawn(const char *const *arguments, const char *out, const char *err)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        /* A test that fails must not leave its device behind. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (out != NULL) {
            redirect(out, STDOUT_FILENO);
        }
        if (out != NULL && strcmp(out, err) == 0) {
            dup2(STDOUT_FILENO, STDERR_FILENO);
        } else {
            redirect(err, STDERR_FILENO);
        }
        execv(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    return pid;
}

int support_run(struct support *support, const char *const *arguments)
{
    char out[SUPPORT_PATH_LEN], err[SUPPORT_PATH_LEN];
    int status = 0;
    name_file(support, out, "out");
    name_file(support, err, "err");
    pid_t pid = spawn(arguments, out, err);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "%s ended by signal %d", arguments[0], WTERMSIG(status));
    return WEXITSTATUS(status);
}

char *support_read(const struct support *support, const char *name)
{
    char path[SUPPORT_PATH_LEN];
    struct stat info;
    name_file(support, path, name);
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fstat(fileno(file), &info), 0);
    char *text = calloc(1, (size_t)info.st_size + 1);
    cr_assert_eq(fread(text, 1, (size_t)info.st_size, file), (size_t)info.st_size);
    fclose(file);
    return text;
}

static void name_folder(struct support *support, const char *above)
{
    int len = snprintf(support->folder, SUPPORT_PATH_LEN, "%s/vitrine-XXXXXX", above);
    cr_assert_lt(len, SUPPORT_PATH_LEN);
}

void support_init(struct support *support, const char *custody)
{
    const char *certificates = from_environment("VITRINE_CERTIFICATES");
    const char *above = getenv("VITRINE_TEST_FOLDER");
    *support = (struct support){ .device = 0 };
    name_folder(support, above != NULL ? above : "/tmp");
    cr_assert_not_null(mkdtemp(support->folder));
    name_file(support, support->socket, "gpu");
    name_file(support, support->control, "control");
    name_file(support, support->log, "log");
    snprintf(support->root, SUPPORT_PATH_LEN, "%s/ca/root.der", certificates);
    snprintf(support->certificate, SUPPORT_PATH_LEN, "%s/%s.der", certificates, custody);
    snprintf(support->key, SUPPORT_PATH_LEN, "%s/%s.key", certificates, custody);
}

static void wait_until_there(const struct support *support)
{
    struct stat info;
    int waited = 0;
    while (stat(support->socket, &info) != 0) {
        int status;
        cr_assert_eq(waitpid(support->device, &status, WNOHANG), 0, "vitrine-gpu ended");
        cr_assert_lt(waited, START_LIMIT_MS, "vitrine-gpu does not listen");
        poll(NULL, 0, 10);
        waited += 10;
    }
}

void support_start_device(struct support *support, const char *const *extra)
{
    const char *arguments[32] = { support_gpu(), "--socket-path", support->socket,
        "--control-socket", support->control, "--certificate", support->certificate, "--seccomp",
        support_seccomp() };
    unsigned count = 9;
    for (unsigned i = 0; extra != NULL && extra[i] != NULL; i++) {
        arguments[count++] = extra[i];
        cr_assert_lt(count, 31);
    }
    support->device = spawn(arguments, support->log, support->log);
    wait_until_there(support);
}

int support_end_device(struct support *support, int signal_number)
{
    int status = 0;
    cr_assert_gt(support->device, 0);
    kill(support->device, signal_number);
    cr_assert_eq(waitpid(support->device, &status, 0), support->device);
    support->device = 0;
    return status;
}

void support_remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char name[2 * SUPPORT_PATH_LEN + 256];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            support_remove_folder(name);
        } else {
            unlink(name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(path);
}

void support_finish(struct support *support)
{
    if (support->device > 0) {
        support_end_device(support, SIGKILL);
    }
    support_remove_folder(support->folder);
}
