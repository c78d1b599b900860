/* SPDX-License-Identifier: MIT */
/* What the commands leave, replace and say when something is wrong. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/certs/shell.h"

#define SEAL "$V seal --device $A/dev.der --root $A/root.der "
#define PLAY "$V play --certificate $A/dev.der --key $A/dev.key "

static struct shell shell;

/* Each test finds a video and a clip of it. */
static void begin(void)
{
    shell_init(&shell);
    shell_run(&shell, "{ printf \"P6\\n16 16\\n255\\n\"; head -c 768 /dev/urandom; } > film.ppm");
    cr_assert_eq(shell_run(&shell, SEAL "film.ppm -o film.sealed"), 0, "%s", shell.err);
}

static void end(void)
{
    shell_finish(&shell);
}

TestSuite(outputs, .init = begin, .fini = end);

/* Ends with this code and says one line, which holds these words. */
static void must(int code, const char *words, const char *command)
{
    cr_assert_eq(shell_run(&shell, "%s", command), code, "%s: %d %s", command, shell.code,
            shell.err);
    if (words == NULL) {
        cr_assert_str_empty(shell.err, "%s", command);
        return;
    }
    const char *end = strchr(shell.err, '\n');
    cr_assert(end != NULL && end[1] == '\0', "%s: one line: %s", command, shell.err);
    cr_assert_not_null(strstr(shell.err, words), "%s: %s", command, shell.err);
}

static void must_be_there(const char *names)
{
    shell_run(&shell, "ls -A | tr \"\\n\" \" \"");
    cr_assert_str_eq(shell.out, names);
}

Test(outputs, an_input_is_not_replaced)
{
    must(1, "film.ppm: is an input", SEAL "film.ppm -o film.ppm");
    must(1, "link: is an input", "ln film.ppm link; " SEAL "film.ppm -o link");
    must(1, "d.der: is an input",
            "rm link; cp $A/dev.der d.der; $V seal --device d.der --root $A/root.der film.ppm -o d.der");
    must(1, "r.der: is an input",
            "cp $A/root.der r.der; $V seal --device $A/dev.der --root r.der film.ppm -o r.der");
    must(0, NULL, "cmp d.der $A/dev.der && cmp r.der $A/root.der && rm d.der r.der");
    must(1, "out/display.png: is an input",
            "mkdir out; cp film.sealed out/display.png; " PLAY "out/display.png -o out");
    must(0, NULL, "cmp out/display.png film.sealed && rm -r out");
    must(0, NULL, SEAL "film.ppm -o again.sealed && rm again.sealed");
    must_be_there("film.ppm film.sealed ");
}

Test(outputs, an_authority_does_not_replace_itself)
{
    must(0, NULL, "cp -r $A/intermediate.der $A/intermediate.key $A/root.der .");
    must(1, "intermediate.der: is an input", "$V cert issue -c driver -d . -f -o intermediate");
    must(1, "root.der: is an input", "$V cert issue -c driver -d . -f -o root");
    must(0, NULL, "cmp $A/intermediate.key intermediate.key && cmp $A/root.der root.der");
}

Test(outputs, what_is_no_regular_file_is_not_replaced)
{
    static const char *const makers[] = { "mkdir target", "mkfifo target",
        "ln -s film.sealed target", "mknod target c 1 7 2>/dev/null || mkfifo target" };
    static const char *const writers[] = { SEAL "film.ppm -o target",
        "$V pattern --size 16x16 --frames 1 -o target",
        ("mkdir out; mv target out/report.json; " PLAY
         "film.sealed -o out; x=$?; mv out/report.json target; rmdir out; exit $x"),
        "mv target a.der; $V cert issue -c driver -d $A -f -o a; x=$?; mv a.der target; exit $x",
        "mkdir out; mv target out/root.der; $V cert init -f -d out; x=$?; mv out/root.der target; "
        "rmdir out; exit $x" };
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        for (size_t j = 0; j < sizeof(writers) / sizeof(writers[0]); j++) {
            shell_run(&shell, "rm -rf target; %s; stat -c %%i-%%F target", makers[i]);
            char before[64];
            snprintf(before, sizeof(before), "%.60s", shell.out);
            must(1, "not a regular file", writers[j]);
            shell_run(&shell, "stat -c %%i-%%F target");
            cr_assert_str_eq(shell.out, before, "%s: %s", makers[i], writers[j]);
            must_be_there("film.ppm film.sealed target ");
        }
    }
}

Test(outputs, a_file_that_cannot_be_written_stays_and_is_named)
{
    static const char full[] = "trap \"\" XFSZ; ulimit -f 0; ";
    char command[512];
    static const char *const writers[] = { SEAL "film.ppm -o film.sealed",
        "$V pattern --size 16x16 --frames 1 -o film.sealed" };
    shell_run(&shell, "cp film.sealed before");
    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        /* Standard error is a file as well, so it goes through a pipe. */
        snprintf(command, sizeof(command), "( %s %s 2>&1; echo $? ) | cat >&2", full, writers[i]);
        shell_run(&shell, "%s", command);
        cr_assert_not_null(strstr(shell.err, "film.sealed: File too large\n3\n"), "%s", shell.err);
        must(0, NULL, "cmp film.sealed before");
    }
    must(3, "none/clip: No such file", SEAL "film.ppm -o none/clip");
    must(3, "none/clip: No such file", "$V pattern -o none/clip");
    must_be_there("before film.ppm film.sealed ");
}

Test(outputs, only_new_folders_and_only_empty_ones_go_after_a_failure)
{
    must(0, NULL, "$V cert issue -c driver -d $A -o other && rm film.ppm");
    must(1, "another device", "$V play film.sealed --certificate other.der --key other.key -o a/b");
    must(2, "no device certificate", "$V play film.sealed -o a/b");
    must(3, "none", "$V play film.sealed --certificate none --key none -o a/b");
    must_be_there("film.sealed other.der other.key ");
    must(1, "another device",
            "mkdir a; $V play film.sealed --certificate other.der --key other.key -o a/b");
    must(1, "another device", "$V play film.sealed --certificate other.der --key other.key -o a");
    must(0, NULL, "rmdir a");
    must(0, NULL, PLAY "film.sealed -o a/b >/dev/null && test -s a/b/report.json");
}

Test(outputs, an_authority_is_made_whole_or_not_at_all)
{
    /* Its standard error is a file as well, so it goes through a pipe. */
    shell_run(&shell,
            "( trap \"\" XFSZ; ulimit -f 0; $V cert init -d a/b 2>&1; echo $? ) | cat >&2");
    cr_assert_not_null(strstr(shell.err, "a/b/root.key: File too large\n3\n"), "%s", shell.err);
    must_be_there("film.ppm film.sealed ");
    /* A limit that the keys pass, whatever the unit, and the link that is in the way stays. */
    must(1, "not a regular file",
            "mkdir a; cp $A/*.key a; ln -s none a/intermediate.der; $V cert init -f -d a");
    must(0, NULL, "cmp a/root.key $A/root.key && cmp a/intermediate.key $A/intermediate.key");
}

/* The film is a pipe that nobody feeds: the clip has been begun, and waits. */
Test(outputs, a_clip_that_was_begun_is_gone_after_a_signal)
{
    static const char *const signals[] = { "INT", "TERM", "HUP" };
    for (size_t i = 0; i < 3; i++) {
        shell_run(&shell,
                "mkfifo pipe; env --default-signal=INT " SEAL
                "pipe -o film.sealed --serve server & "
                "n=0; until ls -A | grep -q ^.vitrine- || [ $n -gt 600 ]; do n=$((n+1)); sleep 0.05; "
                "done; kill -%s $!; wait $!; x=$?; rm pipe; exit $x",
                signals[i]);
        cr_assert_gt(shell.code, 128, "%s: %d %s", signals[i], shell.code, shell.err);
        must_be_there("film.ppm film.sealed ");
    }
}

Test(outputs, a_picture_that_is_wrong_is_said_even_if_quiet)
{
    must(1, "the display is black", PLAY "film.sealed --require-hdcp --quiet");
    cr_assert_str_empty(shell.out);
    must(1, "the display is black", PLAY "film.sealed --require-hdcp");
    cr_assert_not_null(strstr(shell.out, "BLACK"), "%s", shell.out);
    must(0, NULL, PLAY "film.sealed --quiet");
}

Test(inputs, that_are_no_clip_are_said_to_be_none, .init = begin, .fini = end)
{
    static const char *const makers[] = { "printf VITCLIP > what", ": > what",
        "echo some text > what", "rm what; mkdir what",
        ("cp film.sealed x; rmdir what; "
         "{ printf VITCLIPX; tail -c +9 x; } > what") };
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        must(0, NULL, makers[i]);
        must(1, "what: not a sealed clip, and no video", PLAY "what");
        must(1, "what: not a sealed clip, and no video", PLAY "what --root $A/root.der -o out");
        must(1, "what: no video", SEAL "what -o clip");
        cr_assert_eq(shell_run(&shell, "ls -d out clip"), 2);
    }
}

Test(inputs, that_should_be_certificates_are_told_from_missing_ones, .init = begin, .fini = end)
{
    must(3, "none: No such file", "$V seal film.ppm --device none --root $A/root.der -o clip");
    must(3, "none: No such file", "$V seal film.ppm --device $A/dev.der --root none -o clip");
    must(1, "not trusted", "$V seal film.ppm --device film.ppm --root $A/root.der -o clip");
    must(1, "film.ppm: not one certificate",
            "$V seal film.ppm --device $A/dev.der --root film.ppm -o clip");
    must_be_there("film.ppm film.sealed ");
}

/* A WAVE file of silence: media, and no video. */
Test(inputs, with_sound_alone_have_no_video, .init = begin, .fini = end)
{
    must(0, NULL,
            "{ printf \"RIFF\\144\\000\\000\\000WAVEfmt \\020\\000\\000\\000\\001\\000\\001\\000\"; "
            "printf \"\\100\\037\\000\\000\\100\\037\\000\\000\\001\\000\\010\\000data\\100\\000\\000\\000\"; "
            "head -c 64 /dev/zero; } > sound");
    must(1, "sound: not a sealed clip, and no video that can be decoded", PLAY "sound");
    must(1, "sound: no video that can be decoded", SEAL "sound -o clip");
    must_be_there("film.ppm film.sealed sound ");
}

/* A path is a path, whatever it looks like. */
Test(inputs, are_files_and_no_protocols, .init = begin, .fini = end)
{
    must(0, NULL,
            "cp film.ppm concat:film.ppm; " SEAL "concat:film.ppm -o x && $V pattern --size "
            "16x16 --frames 1 -o file:a && test -s file:a");
    must(3, "file:film.ppm: No such file", SEAL "file:film.ppm -o film.ppm");
}
