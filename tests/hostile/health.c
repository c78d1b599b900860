/* SPDX-License-Identifier: MIT */
/* Is the device as well as it was? */
#include <criterion/criterion.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "tests/hostile/front.h"
#include "wire/message.h"

enum {
    WIDTH = 32,
    HEIGHT = 16,
    LEN = WIDTH * HEIGHT * 4,
    CONTEXT = 1,
    REPLY = 1,
    SOURCE = 2,
    SCREEN = 3,
    REPLY_AT = FRONT_FREE,
    SOURCE_AT = FRONT_FREE + 0x1000,
    UPDATE_HEAD = 32,
    FDS_MAX = 64,
    LIMIT_MS = 20000,
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef WITH_ADDRESS_SANITIZER
    GROWTH_KIB = 512 * 1024, /* it keeps what was freed for a while */
#else
    GROWTH_KIB = 48 * 1024,
#endif
};

static const uint8_t key[16] = "the honest one's";

static void seal(const uint8_t iv[16], const uint8_t *clear, uint8_t *sealed)
{
    int len = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    cr_assert_eq(EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, key, iv), 1);
    cr_assert_eq(EVP_EncryptUpdate(cipher, sealed, &len, clear, LEN), 1);
    EVP_CIPHER_CTX_free(cipher);
}

/* From the display socket. */
static void receive(struct front *front, void *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        struct pollfd ready = { .fd = front->display, .events = POLLIN };
        cr_assert_eq(poll(&ready, 1, LIMIT_MS), 1, "no picture");
        ssize_t got = recv(front->display, (uint8_t *)out + at, len - at, 0);
        cr_assert_gt(got, 0, "the display's end");
        at += (size_t)got;
    }
}

static void expect_picture(struct front *front, const uint8_t *clear)
{
    static uint8_t message[UPDATE_HEAD + LEN];
    uint32_t head[3];
    do {
        receive(front, head, sizeof(head));
        cr_assert_leq(head[2], sizeof(message));
        receive(front, message, head[2]);
    } while (head[2] != 20 + LEN);
    cr_assert_eq(memcmp(message + 20, clear, LEN), 0, "the picture that was sealed");
}

static void show(struct front *front)
{
    const struct virtio_gpu_set_scanout set = { .hdr = { .type = VIRTIO_GPU_CMD_SET_SCANOUT },
        .r = { 0, 0, WIDTH, HEIGHT },
        .resource_id = SCREEN };
    const struct virtio_gpu_resource_flush flush = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_FLUSH },
        .r = { 0, 0, WIDTH, HEIGHT },
        .resource_id = SCREEN
    };
    cr_assert_eq(front_call(front, &set, sizeof(set)), FRONT_OK);
    cr_assert_eq(front_call(front, &flush, sizeof(flush)), FRONT_OK);
}

static void play(struct front *front)
{
    const struct front_place place = { CONTEXT, REPLY, REPLY_AT };
    struct vit_msg_decrypt msg = { .source = SOURCE,
        .destination = SCREEN,
        .length = LEN,
        .iv = { 1, 2, 3 } };
    uint8_t clear[LEN], bytes[128];
    uint32_t status;
    struct vit_writer out;
    for (size_t i = 0; i < LEN; i++) {
        clear[i] = (uint8_t)(i * 7 + i / 256 + 1);
    }
    seal(msg.iv, clear, front_at(front, SOURCE_AT));
    cr_assert_eq(front_context(front, CONTEXT), FRONT_OK);
    cr_assert_eq(front_buffer(front, CONTEXT, REPLY, REPLY_AT, 4096), FRONT_OK);
    cr_assert_eq(front_buffer(front, CONTEXT, SOURCE, SOURCE_AT, LEN), FRONT_OK);
    cr_assert_eq(front_protected(front, CONTEXT, SCREEN, 2, WIDTH, HEIGHT), FRONT_OK);
    msg.session = front_session(front, &place, key);
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_decrypt(&out, &msg);
    cr_assert_eq(front_submit(front, &place, bytes, out.at, &status), FRONT_OK);
    cr_assert_eq(status, VIT_OK);
    show(front);
    expect_picture(front, clear);
}

/* 0 where nobody may look. */
static unsigned count_fds(pid_t pid)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return count;
}

static long memory_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    VIT_AUTO(stream) status = fopen(path, "re");
    cr_assert_not_null(status, "the device is gone");
    while (kib < 0 && fgets(line, sizeof(line), status) != NULL) {
        (void)sscanf(line, "VmRSS: %ld kB", &kib);
    }
    return kib;
}

/* S: it sleeps, so that nothing keeps it busy that nobody asked for. */
static char state_of(pid_t pid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    VIT_AUTO(stream) stat = fopen(path, "re");
    cr_assert_not_null(stat, "the device is gone");
    (void)!fgets(line, sizeof(line), stat);
    const char *behind = strrchr(line, ')');
    return behind != NULL && strlen(behind) > 2 ? behind[2] : '?';
}

static bool is_as_well(const struct support *support, const struct front_health *health)
{
    return state_of(support->device) == 'S' &&
            (health->fds == 0 || count_fds(support->device) <= health->fds);
}

void front_expect_idle(const struct support *support, const char *after)
{
    for (int waited = 0; state_of(support->device) != 'S'; waited += 10) {
        cr_assert_lt(waited, LIMIT_MS, "after %s: state %c, never idle", after,
                state_of(support->device));
        poll(NULL, 0, 10);
    }
}

static void play_and_go(const struct support *support)
{
    struct front front;
    front_open(&front, support);
    play(&front);
    front_close(&front);
}

void front_start_device(struct support *support, const char *const *extra,
        struct front_health *health)
{
    struct rlimit before, few;
    support_init(support, "driver");
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = FDS_MAX;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    support_start_device(support, extra);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    *health = (struct front_health){ 0, 0 };
    unsigned idle = count_fds(support->device);
    play_and_go(support);
    *health = (struct front_health){ idle, memory_kib(support->device) };
}

void front_expect_well(const struct support *support, const struct front_health *health,
        const char *after)
{
    play_and_go(support);
    int waited = 0;
    while (!is_as_well(support, health)) {
        cr_assert_lt(waited, LIMIT_MS, "after %s: state %c, %u descriptors instead of %u", after,
                state_of(support->device), count_fds(support->device), health->fds);
        poll(NULL, 0, 10);
        waited += 10;
    }
    long grown = memory_kib(support->device) - health->memory_kib;
    cr_assert_lt(grown, GROWTH_KIB, "after %s: %ld KiB more", after, grown);
}

unsigned front_log_count(const struct support *support, const char *words)
{
    unsigned count = 0;
    char *text = support_read(support, "log");
    for (char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words)) {
        count++;
    }
    free(text);
    return count;
}
