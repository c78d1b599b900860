/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/log_setup.h"

struct heard {
    unsigned count;
    enum vit_log_level level;
    char line[4096];
};

static void hear(void *context, enum vit_log_level level, const char *line)
{
    struct heard *heard = context;
    heard->count++;
    heard->level = level;
    snprintf(heard->line, sizeof(heard->line), "%s", line);
}

static char *empty_environment(const char *name)
{
    (void)name;
    return NULL;
}

static char warnings[] = "warning";

static char *wants_warnings(const char *name)
{
    return strcmp(name, "VITRINE_LOG") == 0 ? warnings : NULL;
}

static char nonsense[] = "loud";

static char *wants_nonsense(const char *name)
{
    (void)name;
    return strcmp(name, "VITRINE_LOG") == 0 ? nonsense : NULL;
}

static char *trace_path;

static char *wants_trace(const char *name)
{
    return strcmp(name, "VITRINE_TRACE") == 0 ? trace_path : NULL;
}

Test(log, is_silent_by_default)
{
    struct heard heard = { 0 };
    vit_log_setup(empty_environment);
    vit_log_set_sink(hear, &heard);
    vit_log(VIT_LOG_ERROR, "nobody asked");
    cr_assert_eq(heard.count, 0);
    cr_assert_not(vit_log_wants(VIT_LOG_ERROR));
    cr_assert_not(vit_trace_wanted());
}

Test(log, writes_what_the_environment_asks_for_and_no_more)
{
    struct heard heard = { 0 };
    vit_log_setup(wants_warnings);
    vit_log_set_sink(hear, &heard);
    vit_log(VIT_LOG_INFO, "too quiet");
    cr_assert_eq(heard.count, 0);
    vit_log(VIT_LOG_WARNING, "number %d", 7);
    cr_assert_eq(heard.count, 1);
    cr_assert_eq(heard.level, VIT_LOG_WARNING);
    cr_assert_str_eq(heard.line, "number 7");
    vit_log(VIT_LOG_ERROR, "louder");
    cr_assert_eq(heard.count, 2);
}

Test(log, unknown_level_is_silence)
{
    vit_log_setup(wants_nonsense);
    cr_assert_not(vit_log_wants(VIT_LOG_ERROR));
}

Test(log, program_can_change_the_level)
{
    vit_log_setup(empty_environment);
    vit_log_set_level(VIT_LOG_DEBUG);
    cr_assert(vit_log_wants(VIT_LOG_DEBUG));
    cr_assert_not(vit_log_wants(VIT_LOG_OFF));
    vit_log_set_level(VIT_LOG_ERROR);
    cr_assert_not(vit_log_wants(VIT_LOG_DEBUG));
}

Test(log, one_call_is_one_line_whatever_is_in_it)
{
    struct heard heard = { 0 };
    vit_log_set_level(VIT_LOG_DEBUG);
    vit_log_set_sink(hear, &heard);
    vit_log(VIT_LOG_DEBUG, "%s", "a\nvitrine: error: forged\r\033[2J\x7f");
    cr_assert_eq(heard.count, 1);
    cr_assert_str_eq(heard.line, "a?vitrine: error: forged??[2J?");
}

Test(log, long_line_is_cut)
{
    struct heard heard = { 0 };
    char text[3000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    vit_log_set_level(VIT_LOG_DEBUG);
    vit_log_set_sink(hear, &heard);
    vit_log(VIT_LOG_DEBUG, "%s", text);
    cr_assert_gt(strlen(heard.line), 500);
    cr_assert_lt(strlen(heard.line), 1024);
}

Test(log, keeps_errno)
{
    vit_log_set_level(VIT_LOG_DEBUG);
    int saved = dup(STDERR_FILENO);
    close(STDERR_FILENO); /* so that writing fails */
    errno = EXDEV;
    vit_log(VIT_LOG_DEBUG, "anything");
    int after = errno;
    dup2(saved, STDERR_FILENO);
    close(saved);
    cr_assert_eq(after, EXDEV);
}

/* What a file holds, as text. */
static void read_file(const char *path, char *text, size_t capacity)
{
    VIT_AUTO(stream) file = fopen(path, "r");
    size_t len = file == NULL ? 0 : fread(text, 1, capacity - 1, file);
    text[len] = '\0';
}

static char *temporary_folder(void)
{
    char *folder = strdup("/tmp/vitrine-log-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

static char *path_in(const char *folder, const char *name)
{
    char *path = NULL;
    cr_assert_gt(asprintf(&path, "%s/%s", folder, name), 0);
    return path;
}

Test(log, trace_goes_to_the_named_file_that_others_cannot_read)
{
    VIT_AUTO(string) folder = temporary_folder();
    VIT_AUTO(string) path = path_in(folder, "trace");
    trace_path = path;
    vit_log_setup(wants_trace);
    cr_assert(vit_trace_wanted());
    vit_trace("message %d", 1);
    vit_trace("message %d\n", 2);
    char text[200];
    read_file(path, text, sizeof(text));
    cr_assert_str_eq(text, "message 1\nmessage 2?\n");
    struct stat stat;
    cr_assert_eq(lstat(path, &stat), 0);
    cr_assert_eq(stat.st_mode & 0777, 0600);

    vit_log_setup(empty_environment);
    cr_assert_not(vit_trace_wanted());
    vit_trace("message 3");
    read_file(path, text, sizeof(text));
    cr_assert_null(strstr(text, "message 3"));
    unlink(path);
    rmdir(folder);
}

Test(log, trace_is_off_for_zero_and_for_nothing)
{
    char zero[] = "0";
    char nothing[] = "";
    trace_path = zero;
    vit_log_setup(wants_trace);
    cr_assert_not(vit_trace_wanted());
    trace_path = nothing;
    vit_log_setup(wants_trace);
    cr_assert_not(vit_trace_wanted());
}

enum { THREADS = 4, LINES = 200 };

static void *log_many(void *context)
{
    for (int i = 0; i < LINES; i++) {
        vit_trace("%s", (const char *)context);
    }
    return NULL;
}

Test(log, lines_of_several_threads_do_not_mix)
{
    VIT_AUTO(string) folder = temporary_folder();
    VIT_AUTO(string) path = path_in(folder, "trace");
    trace_path = path;
    vit_log_setup(wants_trace);
    static char words[THREADS][301];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        memset(words[i], 'a' + i, 300);
        cr_assert_eq(pthread_create(&threads[i], NULL, log_many, words[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    vit_log_setup(empty_environment);

    VIT_AUTO(stream) file = fopen(path, "r");
    char line[400];
    unsigned count = 0;
    for (; fgets(line, sizeof(line), file) != NULL; count++) {
        cr_assert_eq(strlen(line), 301);
        cr_assert_eq(strspn(line, (char[]){ line[0], '\0' }), 300);
    }
    cr_assert_eq(count, THREADS * LINES);
    unlink(path);
    rmdir(folder);
}

/* Copies the helper program, gives it to another user with the set-user-id bit if asked to. */
static char *copy_helper(const char *folder, bool raised)
{
    char *path = path_in(folder, raised ? "raised" : "plain");
    VIT_AUTO(string) command = NULL;
    cr_assert_gt(asprintf(&command, "cp '%s' '%s'", getenv("LOG_HELPER"), path), 0);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(chmod(folder, 0755), 0);
    if (raised) {
        cr_assert_eq(chown(path, 65534, 65534), 0);
        cr_assert_eq(chmod(path, 04755), 0);
    }
    return path;
}

/* Runs it with log and trace asked for; its exit code, and what it wrote. */
static int run_helper(const char *helper, const char *folder, char *text, size_t capacity)
{
    VIT_AUTO(string) out = path_in(folder, "out");
    VIT_AUTO(string) command = NULL;
    cr_assert_gt(asprintf(&command, "VITRINE_LOG=debug VITRINE_TRACE=1 '%s' 2>'%s'", helper, out),
            0);
    int status = system(command);
    read_file(out, text, capacity);
    unlink(out);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(log, environment_is_heard)
{
    VIT_AUTO(string) folder = temporary_folder();
    VIT_AUTO(string) helper = copy_helper(folder, false);
    char text[300];
    cr_assert_eq(run_helper(helper, folder, text, sizeof(text)), 0);
    cr_assert_str_eq(text, "vitrine: error: a logged line\na traced line\n");
    unlink(helper);
    rmdir(folder);
}

Test(log, environment_is_ignored_with_raised_privileges)
{
    if (geteuid() != 0) {
        cr_skip_test("only root can make a program of another user");
    }
    VIT_AUTO(string) folder = temporary_folder();
    VIT_AUTO(string) helper = copy_helper(folder, true);
    char text[300];
    int code = run_helper(helper, folder, text, sizeof(text));
    unlink(helper);
    rmdir(folder);
    if (code != 3) {
        cr_skip_test("set-user-id programs have no effect here");
    }
    cr_assert_str_empty(text);
}
