/* SPDX-License-Identifier: MIT */
/* The commands as a person uses them: seal, play, info, on good and on bad input. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/device_process.h"
#include "vitrine.h"

enum { WIDTH = 48, HEIGHT = 32, PIXELS = WIDTH * HEIGHT, CLIP_BLOCK_AT = 80, CLIP_BLOCK_LEN = 256 };

static struct support support;
static char source[SUPPORT_PATH_LEN], clip[SUPPORT_PATH_LEN], out[SUPPORT_PATH_LEN];
static uint8_t rgb[PIXELS * 3];

static void name_file(char path[SUPPORT_PATH_LEN], const char *name)
{
    int len = snprintf(path, SUPPORT_PATH_LEN, "%s/%s", support.folder, name);
    cr_assert_lt(len, SUPPORT_PATH_LEN);
}

/* A picture of random colours in a format that needs no library: each run another. */
static void write_source(void)
{
    cr_assert_eq(vitrine_random(rgb, sizeof(rgb)), VITRINE_OK);
    FILE *file = fopen(source, "wbe");
    fprintf(file, "P6\n%d %d\n255\n", WIDTH, HEIGHT);
    cr_assert_eq(fwrite(rgb, 1, sizeof(rgb), file), sizeof(rgb));
    fclose(file);
}

static void set_custody(const char *custody)
{
    support_init(&support, custody);
    name_file(source, "source.ppm");
    name_file(clip, "clip.sealed");
    name_file(out, "pictures");
    write_source();
}

static void set(void)
{
    set_custody("driver");
}

static void clear(void)
{
    support_finish(&support);
}

static int seal(const char *certificate)
{
    const char *arguments[] = { support_command(), "seal", source, "--device", certificate,
        "--root", support.root, "-o", clip, NULL };
    return support_run(&support, arguments);
}

static int play(const char *what)
{
    const char *arguments[] = { support_command(), "play", what, "--certificate",
        support.certificate, "--key", support.key, "--root", support.root, "-o", out, NULL };
    return support_run(&support, arguments);
}

static int play_vhost(const char *what)
{
    char link[SUPPORT_PATH_LEN + 8];
    snprintf(link, sizeof(link), "vhost:%s", support.socket);
    bool driver = strstr(support.key, "driver") != NULL;
    const char *key[] = { "--key", support.key, NULL };
    support_start_device(&support, driver ? NULL : key);
    const char *arguments[] = { support_command(), "play", what, "--link", link, "--root",
        support.root, "-o", out, driver ? "--key" : NULL, support.key, NULL };
    return support_run(&support, arguments);
}

/* The picture as RGB, to be freed. */
static uint8_t *read_picture(const char *name)
{
    char path[2 * SUPPORT_PATH_LEN];
    png_image image = { .version = PNG_IMAGE_VERSION };
    snprintf(path, sizeof(path), "%s/%s", out, name);
    cr_assert_neq(png_image_begin_read_from_file(&image, path), 0, "%s", path);
    image.format = PNG_FORMAT_RGB;
    cr_assert_eq(image.width, WIDTH);
    cr_assert_eq(image.height, HEIGHT);
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    cr_assert_neq(png_image_finish_read(&image, NULL, pixels, 0, NULL), 0);
    return pixels;
}

static bool picture_is(const char *name, const uint8_t *expected)
{
    uint8_t *pixels = read_picture(name);
    bool equal = memcmp(pixels, expected, PIXELS * 3) == 0;
    free(pixels);
    return equal;
}

static void expect_pictures(void)
{
    static const uint8_t black[PIXELS * 3];
    cr_assert(picture_is("display.png", rgb), "the display shows the source exactly");
    cr_assert(picture_is("capture.png", black), "a capture gets nothing");
    cr_assert_not(picture_is("control.png", black), "the same capture works on a clear frame");
    cr_assert_not(picture_is("control.png", rgb));
}

static void expect_one_line(const char *words)
{
    char *text = support_read(&support, "err");
    cr_assert_not_null(strstr(text, words), "it says: %s", text);
    cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1, "one line: %s", text);
    free(text);
}

Test(command, plays_what_it_sealed_on_every_link_and_custody)
{
    static const char *const custodies[] = { "driver", "device" };
    for (unsigned i = 0; i < 4; i++) {
        set_custody(custodies[i % 2]);
        cr_assert_eq(seal(support.certificate), 0);
        cr_assert_eq(i < 2 ? play(clip) : play_vhost(clip), 0);
        expect_pictures();
        clear();
    }
}

Test(command, plays_a_clear_file_in_one_process, .init = set, .fini = clear)
{
    cr_assert_eq(play(source), 0);
    expect_pictures();
}

/* Puts a block for another session key into the clip. */
static void exchange_the_key(void)
{
    char reason[VITRINE_REASON_LEN];
    uint8_t chain[16384], root[16384], block[VITRINE_BLOCK_LEN];
    struct vitrine_device *device = NULL;
    FILE *file = fopen(support.certificate, "rbe");
    size_t chain_len = fread(chain, 1, sizeof(chain), file);
    fclose(file);
    file = fopen(support.root, "rbe");
    size_t root_len = fread(root, 1, sizeof(root), file);
    fclose(file);
    cr_assert_eq(vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &device),
            VITRINE_OK);
    cr_assert_eq(vitrine_exchange_block(device, "another key, 16B", 16, block), VITRINE_OK);
    vitrine_device_destroy(device);
    file = fopen(clip, "r+be");
    fseek(file, CLIP_BLOCK_AT, SEEK_SET);
    cr_assert_eq(fwrite(block, 1, sizeof(block), file), sizeof(block));
    fclose(file);
}

Test(command, with_a_wrong_session_key_the_display_does_not_show_it, .init = set, .fini = clear)
{
    cr_assert_eq(seal(support.certificate), 0);
    exchange_the_key();
    cr_assert_eq(play(clip), 1);
    expect_one_line("the display differs from the source frame");
    cr_assert_not(picture_is("display.png", rgb));
}

Test(command, refuses_a_damaged_exchange_block, .init = set, .fini = clear)
{
    cr_assert_eq(seal(support.certificate), 0);
    FILE *file = fopen(clip, "r+be");
    fseek(file, CLIP_BLOCK_AT + 100, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, CLIP_BLOCK_AT + 100, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
    cr_assert_eq(play(clip), 1);
    expect_one_line("the device refuses its exchange block: damaged");
}

Test(command, refuses_a_clip_of_another_device, .init = set, .fini = clear)
{
    char other[SUPPORT_PATH_LEN];
    snprintf(other, sizeof(other), "%s/device.der", getenv("VITRINE_CERTIFICATES"));
    cr_assert_eq(seal(other), 0);
    cr_assert_eq(play(clip), 1);
    expect_one_line("was sealed for another device");
}

Test(command, refuses_a_truncated_clip, .init = set, .fini = clear)
{
    static const off_t lengths[] = { 0, 1, 8, 431, 432, 479, 480, 1000 };
    for (unsigned i = 2; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        cr_assert_eq(seal(support.certificate), 0);
        cr_assert_eq(truncate(clip, lengths[i]), 0);
        cr_assert_eq(play(clip), 1, "%ld bytes", (long)lengths[i]);
        expect_one_line(clip);
        unlink(clip);
    }
}

Test(command, says_which_file_is_missing_or_none, .init = set, .fini = clear)
{
    cr_assert_eq(play("/nonexistent"), 3);
    expect_one_line("/nonexistent: No such file or directory");
    cr_assert_eq(seal("/nonexistent"), 3);
    expect_one_line("/nonexistent");
    cr_assert_eq(seal(support.key), 1);
    cr_assert_neq(access(clip, F_OK), 0, "nothing was left");
}

Test(command, seals_only_for_a_device_that_it_trusts, .init = set, .fini = clear)
{
    char stranger[SUPPORT_PATH_LEN];
    snprintf(stranger, sizeof(stranger), "%s/other-driver.der", getenv("VITRINE_CERTIFICATES"));
    cr_assert_eq(seal(stranger), 1);
    expect_one_line("not trusted");
    cr_assert_neq(access(clip, F_OK), 0);
}

Test(command, seals_only_for_the_custody_that_was_demanded, .init = set, .fini = clear)
{
    const char *arguments[] = { support_command(), "seal", source, "--device", support.certificate,
        "--root", support.root, "--custody", "device", "-o", clip, NULL };
    cr_assert_eq(support_run(&support, arguments), 1);
    expect_one_line("custody \"device\" was demanded");
    cr_assert_neq(access(clip, F_OK), 0);
}

Test(command, refuses_to_seal_what_is_no_video, .init = set, .fini = clear)
{
    FILE *file = fopen(source, "wbe");
    fputs("not a video", file);
    fclose(file);
    cr_assert_eq(seal(support.certificate), 1);
    expect_one_line("source.ppm: the picture is too large or empty");
    cr_assert_neq(access(clip, F_OK), 0);
}

Test(command, a_wrong_command_line_is_status_two, .init = set, .fini = clear)
{
    const char *nothing[] = { support_command(), "play", NULL };
    const char *unknown[] = { support_command(), "dance", NULL };
    const char *seal_nothing[] = { support_command(), "seal", NULL };
    const char *custody[] = { support_command(), "seal", source, "--custody", "nobody", NULL };
    cr_assert_eq(support_run(&support, nothing), 2);
    cr_assert_eq(support_run(&support, unknown), 2);
    cr_assert_eq(support_run(&support, seal_nothing), 2);
    cr_assert_eq(support_run(&support, custody), 2);
}

Test(command, the_report_is_json_and_says_what_was_protected, .init = set, .fini = clear)
{
    cr_assert_eq(seal(support.certificate), 0);
    const char *arguments[] = { support_command(), "play", clip, "--certificate",
        support.certificate, "--key", support.key, "--json", NULL };
    cr_assert_eq(support_run(&support, arguments), 0);
    char *text = support_read(&support, "out");
    json_t *report = json_loads(text, 0, NULL);
    static const char *const names[] = { "link", "custody", "protects", "does_not_protect", "chain",
        "frames", "bytes", "seconds", "refusals", "source_sha256", "display_sha256" };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cr_assert_not_null(json_object_get(report, names[i]), "%s", names[i]);
    }
    cr_assert_eq(json_integer_value(json_object_get(report, "frames")), 1);
    cr_assert_str_eq(json_string_value(json_object_get(report, "source_sha256")),
            json_string_value(json_object_get(report, "display_sha256")));
    json_decref(report);
    free(text);
}

Test(command, info_speaks_to_people_and_machines, .init = set, .fini = clear)
{
    const char *words[] = { support_command(), "info", "--certificate", support.certificate,
        "--key", support.key, NULL };
    const char *json[] = { support_command(), "info", "--certificate", support.certificate, "--key",
        support.key, "--json", NULL };
    cr_assert_eq(support_run(&support, words), 0);
    char *text = support_read(&support, "out");
    cr_assert_not_null(strstr(text, "custody          driver"), "%s", text);
    free(text);
    cr_assert_eq(support_run(&support, json), 0);
    text = support_read(&support, "out");
    json_t *info = json_loads(text, 0, NULL);
    cr_assert_str_eq(json_string_value(json_object_get(info, "custody")), "driver");
    json_decref(info);
    free(text);
}

Test(command, a_key_that_is_not_the_certificates_gives_no_session, .init = set, .fini = clear)
{
    cr_assert_eq(seal(support.certificate), 0);
    snprintf(support.key, sizeof(support.key), "%s/other-driver.key",
            getenv("VITRINE_CERTIFICATES"));
    cr_assert_eq(play(clip), 1);
    expect_one_line("the driver offers no content protection");
}

Test(command, the_trace_shows_messages_and_no_key, .init = set, .fini = clear)
{
    cr_assert_eq(seal(support.certificate), 0);
    setenv("VITRINE_TRACE", "1", 1);
    cr_assert_eq(play(clip), 0);
    unsetenv("VITRINE_TRACE");
    char *text = support_read(&support, "err");
    cr_assert_not_null(strstr(text, "session_create"), "%s", text);
    cr_assert_not_null(strstr(text, "decrypt session="), "%s", text);
    /* The wrapped content key and the IV of the clip's frame. */
    uint8_t frame[32];
    FILE *file = fopen(clip, "rbe");
    fseek(file, 432 + 8, SEEK_SET);
    cr_assert_eq(fread(frame, 1, sizeof(frame), file), sizeof(frame));
    fclose(file);
    for (unsigned at = 0; at + 4 <= sizeof(frame); at += 4) {
        char hex[9];
        snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", frame[at], frame[at + 1], frame[at + 2],
                frame[at + 3]);
        cr_assert(strcmp(hex, "00000000") == 0 || strstr(text, hex) == NULL, "%s", hex);
    }
    free(text);
}
