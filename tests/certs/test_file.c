/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "tests/certs/shell.h"

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
    cr_assert_eq(vit_folder_make(deep), VIT_OK);
    cr_assert_eq(vit_folder_make(deep), VIT_OK);
    struct stat facts;
    cr_assert_eq(stat(deep, &facts), 0);
    cr_assert_eq(facts.st_mode & 07777, 0700);
    cr_assert_eq(vit_file_write(path, "", 0, 0600, false), VIT_OK);
    cr_assert_eq(vit_folder_make(path), VIT_E_IO);
    cr_assert_eq(errno, ENOTDIR);
}
