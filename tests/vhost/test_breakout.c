/* SPDX-License-Identifier: MIT */
/* The sandbox of the real device process. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/device_process.h"
#include "wire/vhost_message.h"

static struct support support;

static void start(const char *mode, bool broken)
{
    const char *extra[] = { "--seccomp", mode, NULL };
    support_init(&support, "driver");
    if (broken) {
        setenv("LD_PRELOAD", getenv("VITRINE_BREAKOUT"), 1);
    }
    support_start_device(&support, mode == NULL ? NULL : extra);
    unsetenv("LD_PRELOAD");
}

/* Does the device answer a front-end? */
static bool answers(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct vhost_header header = { VHOST_GET_QUEUE_NUM, VHOST_VERSION, 0 };
    struct vhost_message reply;
    strcpy(address.sun_path, support.socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    vhost_message_init(&reply);
    bool told = vhost_message_write(fd, &header, NULL, NULL, 0) == VIT_OK &&
            vhost_message_read(fd, &reply) == VIT_OK;
    close(fd);
    return told;
}

static void ends_by_sigsys(const char *mode)
{
    int status = 0;
    start(mode, true);
    cr_assert_not(answers());
    cr_assert_eq(waitpid(support.device, &status, 0), support.device);
    support.device = 0;
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    support_finish(&support);
}

Test(breakout, ends_the_device)
{
    ends_by_sigsys(NULL);
    ends_by_sigsys("kill");
}

static void lives(const char *mode)
{
    start(mode, true);
    cr_assert(answers(), "--seccomp %s", mode);
    int status = support_end_device(&support, SIGTERM);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    support_finish(&support);
}

Test(breakout, is_let_pass_where_the_operator_says_so)
{
    lives("log");
    lives("none");
}

static bool file_says(const char *path, const char *line)
{
    char text[256];
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "%s", path);
    bool found = false;
    while (!found && fgets(text, sizeof(text), file) != NULL) {
        found = strncmp(text, line, strlen(line)) == 0;
    }
    fclose(file);
    return found;
}

Test(breakout, is_forbidden_to_every_thread)
{
    start(NULL, false);
    cr_assert(answers());
    char path[512];
    unsigned count = 0;
    struct dirent *entry;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)support.device);
    DIR *tasks = opendir(path);
    cr_assert_not_null(tasks);
    while ((entry = readdir(tasks)) != NULL) {
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)support.device,
                    entry->d_name);
            cr_assert(file_says(path, "Seccomp:\t2"), "%s", path);
            cr_assert(file_says(path, "NoNewPrivs:\t1"), "%s", path);
            count++;
        }
    }
    closedir(tasks);
    cr_assert_geq(count, 2, "the device and a worker");
    support_finish(&support);
}
