/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tests/certs/shell.h"
#include "tools/vitrine/output.h"

static struct shell shell;
static char path[128];

static void begin(void)
{
    shell_init(&shell);
    strcpy(path, shell.folder);
    strcat(path, "/file");
}

static void end(void)
{
    shell_finish(&shell);
}

TestSuite(file, .init = begin, .fini = end);

static void expect_content(const char *text)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    cr_assert_eq(vit_file_read(path, 100, &bytes, &len), VIT_OK);
    cr_assert_eq(len, strlen(text));
    cr_assert_str_eq((const char *)bytes, text);
    free(bytes);
}

Test(file, is_written_with_its_mode_and_read_back)
{
    cr_assert_eq(vit_file_write(path, "text", 4, 0600, false), VIT_OK);
    expect_content("text");
    struct stat facts;
    cr_assert_eq(stat(path, &facts), 0);
    cr_assert_eq(facts.st_mode & 07777, 0600);
}

Test(file, is_not_replaced_unless_wished)
{
    cr_assert_eq(vit_file_write(path, "one", 3, 0600, false), VIT_OK);
    cr_assert_eq(vit_file_write(path, "two", 3, 0600, false), VIT_E_IO);
    cr_assert_eq(errno, EEXIST);
    expect_content("one");
    cr_assert_eq(vit_file_write(path, "two", 3, 0600, true), VIT_OK);
    expect_content("two");
    shell_run(&shell, "ls -A");
    cr_assert_str_eq(shell.out, "file\n");
}

Test(file, is_not_written_through_a_link_that_leads_nowhere)
{
    shell_run(&shell, "ln -s elsewhere file");
    cr_assert_eq(vit_file_write(path, "one", 3, 0600, false), VIT_E_IO);
    shell_run(&shell, "ls -A");
    cr_assert_str_eq(shell.out, "file\n");
}

Test(file, replaces_nothing_but_regular_files)
{
    static const char *const makers[] = { "mkfifo file", "mkdir file", "ln -s other file",
        "ln -s /dev/full file" };
    shell_run(&shell, "echo mine > other");
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        shell_run(&shell, "rm -rf file; %s; stat -c %%i-%%F file", makers[i]);
        char before[64];
        snprintf(before, sizeof(before), "%.60s", shell.out);
        cr_assert_eq(vit_file_write(path, "one", 3, 0600, true), VIT_E_ARG, "%s", makers[i]);
        shell_run(&shell, "stat -c %%i-%%F file");
        cr_assert_str_eq(shell.out, before, "%s", makers[i]);
        shell_run(&shell, "cat other; ls -A");
        cr_assert_str_eq(shell.out, "mine\nfile\nother\n", "%s", makers[i]);
    }
}

/* Of a user who is not root: to that one everything may be written. */
static int write_as_somebody(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 &&
                (chown(shell.folder, 65534, 65534) != 0 || setgid(65534) != 0 ||
                        setuid(65534) != 0)) {
            _exit(9);
        }
        enum vit_status status = vit_file_write(path, "one", 3, 0600, true);
        _exit(status == VIT_OK ? 0 : errno == EACCES ? 1 : 2);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(file, that_may_not_be_written_is_not_replaced)
{
    shell_run(&shell, "printf mine > file; chmod 444 file");
    cr_assert_eq(write_as_somebody(), 1);
    expect_content("mine");
    shell_run(&shell, "rm -f file");
    cr_assert_eq(write_as_somebody(), 0);
    expect_content("one");
    shell_run(&shell, "ls -A");
    cr_assert_str_eq(shell.out, "file\n");
}

/* A process that ends as the signal says, after having begun a file. */
static int begin_and_raise(int signal_number, bool is_ignored)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct output output;
        signal(signal_number, is_ignored ? SIG_IGN : SIG_DFL);
        if (output_begin(path, 0600, true, &output) != VIT_OK) {
            _exit(1);
        }
        raise(signal_number);
        _exit(output_commit(&output) == VIT_OK ? 0 : 2);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status;
}

Test(file, that_was_begun_is_gone_after_a_signal)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    shell_run(&shell, "echo mine > file");
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        int status = begin_and_raise(signals[i], false);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == signals[i], "%d", signals[i]);
        shell_run(&shell, "ls -A; cat file");
        cr_assert_str_eq(shell.out, "file\nmine\n");
    }
    cr_assert_eq(begin_and_raise(SIGHUP, true), 0, "under nohup it goes on");
    expect_content("");
}

Test(file, a_new_folder_is_gone_after_a_signal)
{
    char deep[160], *new_from = NULL;
    snprintf(deep, sizeof(deep), "%s/a/b", shell.folder);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, SIG_DFL);
        struct output output;
        char inside[170];
        snprintf(inside, sizeof(inside), "%s/file", deep);
        if (vit_folder_make(deep, &new_from) == VIT_OK &&
                output_begin(inside, 0600, true, &output) == VIT_OK) {
            raise(SIGTERM);
        }
        _exit(1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    shell_run(&shell, "ls -A");
    cr_assert_str_empty(shell.out);
}

Test(file, is_told_from_others_by_what_it_is)
{
    char other[160];
    snprintf(other, sizeof(other), "%s/other", shell.folder);
    shell_run(&shell, "touch file third; ln file other");
    cr_assert(output_is(path, other));
    shell_run(&shell, "ln -sf third other");
    cr_assert_not(output_is(path, other));
    cr_assert_not(output_is(path, NULL));
    shell_run(&shell, "rm other");
    cr_assert_not(output_is(path, other));
}

Test(file, is_not_read_beyond_the_limit)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    cr_assert_eq(vit_file_write(path, "12345", 5, 0600, false), VIT_OK);
    cr_assert_eq(vit_file_read(path, 5, &bytes, &len), VIT_OK);
    cr_assert_eq(len, 5);
    free(bytes);
    bytes = NULL;
    cr_assert_eq(vit_file_read(path, 4, &bytes, &len), VIT_E_IO);
    cr_assert_eq(errno, EFBIG);
    cr_assert_null(bytes);
}

Test(file, that_is_not_there_says_so)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    cr_assert_eq(vit_file_read(path, 4, &bytes, &len), VIT_E_IO);
    cr_assert_eq(errno, ENOENT);
}

Test(file, folders_are_made_for_this_user_alone)
{
    char deep[160];
    strcpy(deep, shell.folder);
    strcat(deep, "/a/b/c");
    char *new_from = NULL;
    cr_assert_eq(vit_folder_make(deep, &new_from), VIT_OK);
    deep[strlen(shell.folder) + 2] = '\0';
    cr_assert_str_eq(new_from, deep);
    deep[strlen(shell.folder) + 2] = '/';
    char *again = NULL;
    cr_assert_eq(vit_folder_make(deep, &again), VIT_OK);
    cr_assert_null(again);
    struct stat facts;
    cr_assert_eq(stat(deep, &facts), 0);
    cr_assert_eq(facts.st_mode & 07777, 0700);
    cr_assert_eq(vit_file_write(path, "", 0, 0600, false), VIT_OK);
    cr_assert_eq(vit_folder_make(path, &again), VIT_E_IO);
    cr_assert_eq(errno, ENOTDIR);
    vit_folder_settle(deep, again);
    cr_assert_eq(stat(deep, &facts), 0, "what was there stays");
    vit_folder_settle(deep, new_from);
    cr_assert_neq(stat(deep, &facts), 0);
}

Test(file, folders_that_were_made_go_again_when_they_are_empty)
{
    static const char *const names[] = { "/a/b", "/a/b/", "/a//b", "/a/./b" };
    char *new_from = NULL, deep[160];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(deep, sizeof(deep), "%s%s", shell.folder, names[i]);
        cr_assert_eq(vit_folder_make(deep, &new_from), VIT_OK, "%s", names[i]);
        vit_folder_settle(deep, new_from);
        shell_run(&shell, "ls -A");
        cr_assert_str_empty(shell.out, "%s", names[i]);
    }
    snprintf(deep, sizeof(deep), "%s/a/b", shell.folder);
    cr_assert_eq(vit_folder_make(deep, &new_from), VIT_OK);
    shell_run(&shell, "touch a/mine");
    vit_folder_settle(deep, new_from);
    shell_run(&shell, "ls -A a");
    cr_assert_str_eq(shell.out, "mine\n");
    snprintf(deep, sizeof(deep), "%s/a/mine/b", shell.folder);
    cr_assert_eq(vit_folder_make(deep, &new_from), VIT_E_IO);
    cr_assert_null(new_from);
}
