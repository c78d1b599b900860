/* SPDX-License-Identifier: MIT */
#include "tests/e2e/stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/secret.h"

static uint8_t *read_file(const char *path, size_t *len)
{
    uint8_t *bytes = malloc(65536);
    FILE *file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    *len = fread(bytes, 1, 65536, file);
    fclose(file);
    return bytes;
}

static void verify(struct stage *stage)
{
    VIT_AUTO(bytes) chain = NULL;
    UINT len;
    size_t root_len;
    char reason[VITRINE_REASON_LEN];
    VIT_AUTO(bytes) root = read_file(stage->support.root, &root_len);
    cr_assert_eq(vit_session_certificate(stage->device, &chain, &len), S_OK);
    cr_assert_eq(vitrine_device_verify(chain, len, root, root_len, 0, reason, &stage->verified),
            VITRINE_OK, "%s", reason);
}

void stage_open(struct stage *stage, const char *link, const char *custody)
{
    char error[256] = "", socket[SUPPORT_PATH_LEN + 8];
    *stage = (struct stage){ .link = link, .custody = custody, .next_iv = 1 };
    support_init(&stage->support, custody);
    bool driver = strcmp(custody, "driver") == 0;
    struct vit_adapter_config config = { .umd = getenv("VITRINE_UMD"),
        .host = getenv("VITRINE_HOST"),
        .link = { .certificate = stage->support.certificate, .key = stage->support.key } };
    if (strcmp(link, "vhost") == 0) {
        const char *key[] = { "--key", stage->support.key, NULL };
        support_start_device(&stage->support, driver ? NULL : key);
        snprintf(socket, sizeof(socket), "vhost:%s", stage->support.socket);
        config.link = (struct vitrine_host_config){ .link = socket,
            .key = driver ? stage->support.key : NULL };
    }
    cr_assert_eq(vit_adapter_open(&config, &stage->adapter, error, sizeof(error)), S_OK, "%s",
            error);
    cr_assert_eq(vit_device_open(stage->adapter, &stage->device), S_OK);
    cr_assert_eq(vitrine_cipher_create(&stage->cipher), VITRINE_OK);
    verify(stage);
}

void stage_close(struct stage *stage)
{
    vitrine_cipher_destroy(stage->cipher);
    vitrine_device_destroy(stage->verified);
    vit_device_close(stage->device);
    vit_adapter_close(stage->adapter);
    support_finish(&stage->support);
}

bool stage_next(struct stage *stage, unsigned *index)
{
    static const char *const links[] = { "embedded", "vhost" };
    static const char *const custodies[] = { "driver", "device" };
    if (*index > 0) {
        stage_close(stage);
    }
    if (*index == 4) {
        return false;
    }
    stage_open(stage, links[*index / 2], custodies[*index % 2]);
    ++*index;
    return true;
}

HRESULT stage_negotiate(struct stage *stage, struct vit_session *session, const uint8_t key[16])
{
    uint8_t block[VITRINE_BLOCK_LEN];
    cr_assert_eq(vitrine_exchange_block(stage->verified, key, 16, block), VITRINE_OK);
    return session->device->video.pfnNegotiateCryptoSessionKeyExchange(session->device->handle,
            session->handle, sizeof(block), block);
}

struct vit_session *stage_session(struct stage *stage, struct vit_device *device,
        const uint8_t key[16])
{
    struct vit_session *session = NULL;
    cr_assert_eq(vit_session_create(device, &session), S_OK);
    cr_assert_eq(stage_negotiate(stage, session, key), S_OK);
    return session;
}

struct vit_resource *stage_resource(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height)
{
    struct vit_resource *resource = NULL;
    cr_assert_eq(vit_resource_create(device, use, format, width, height, &resource), S_OK);
    return resource;
}

uint8_t *stage_noise(size_t len)
{
    uint8_t *bytes = malloc(len);
    cr_assert_eq(vitrine_random(bytes, len), VITRINE_OK);
    return bytes;
}

HRESULT stage_decrypt(struct stage *stage, struct vit_session *session, const uint8_t key[16],
        const uint8_t *clear, size_t len, struct vit_resource *into)
{
    struct vit_device *device = session->device;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    uint8_t iv[16];
    VIT_AUTO(resource)
    staging = stage_resource(device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, (UINT)len, 1);
    cr_assert_eq(vitrine_iv_bytes(stage->next_iv++, 0, iv), VITRINE_OK);
    VIT_AUTO(bytes) sealed = malloc(len);
    memcpy(sealed, clear, len);
    cr_assert_eq(vitrine_frame_seal(stage->cipher, key, iv, NULL, sealed, len), VITRINE_OK);
    cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK);
    memcpy(mapped.pData, sealed, len);
    vit_resource_unmap(staging);
    device->video.pfnDecryptionBlt(device->handle, session->handle, staging->handle, into->handle,
            NULL, 0, NULL, sizeof(iv), iv);
    return vit_device_take_error(device);
}

void stage_settle(struct vit_device *device)
{
    VIT_AUTO(event) event = NULL;
    cr_assert_eq(vit_event_create(device, &event), S_OK);
    cr_assert_eq(vit_event_wait(event, 10000), S_OK);
}

bool stage_contains(const void *haystack, size_t haystack_len, const void *needle, size_t len)
{
    return memmem(haystack, haystack_len, needle, len) != NULL;
}

/* Compares with the inverse, so that looking leaves no copy of what is looked for. */
static bool is_inverse(const uint8_t *bytes, const uint8_t *inverted, size_t len)
{
    size_t equal = 0;
    while (equal < len && (bytes[equal] ^ inverted[equal]) == 0xff) {
        equal++;
    }
    return equal == len;
}

static bool block_has(const uint8_t *block, size_t block_len, const uint8_t *inverted, size_t len)
{
    const uint8_t *at = block, *end = block + block_len;
    while ((size_t)(end - at) >= len) {
        at = memchr(at, (uint8_t)~inverted[0], (size_t)(end - at) - len + 1);
        if (at == NULL) {
            return false;
        }
        if (is_inverse(at, inverted, len)) {
            return true;
        }
        at++;
    }
    return false;
}

static bool range_has(int memory, uint64_t begin, uint64_t end, const uint8_t *inverted, size_t len)
{
    enum { CHUNK = 1 << 16, OVERLAP = 64 };
    uint8_t *chunk = calloc(1, CHUNK + OVERLAP);
    bool found = false;
    for (uint64_t at = begin; at < end && !found; at += CHUNK) {
        uint64_t wanted = end - at < CHUNK + OVERLAP ? end - at : CHUNK + OVERLAP;
        ssize_t got = pread(memory, chunk, wanted, (off_t)at);
        found = got > 0 && block_has(chunk, (size_t)got, inverted, len);
    }
    vit_wipe(chunk, CHUNK + OVERLAP);
    free(chunk);
    return found;
}

/* What a file holds; holes are left out. */
static bool file_has(int file, const uint8_t *inverted, size_t len)
{
    bool found = false;
    off_t begin = lseek(file, 0, SEEK_DATA);
    cr_assert(begin >= 0 || errno == ENXIO, "a file that cannot be searched");
    while (!found && begin >= 0) {
        off_t end = lseek(file, begin, SEEK_HOLE);
        found = range_has(file, (uint64_t)begin, (uint64_t)end, inverted, len);
        begin = lseek(file, end, SEEK_DATA);
    }
    return found;
}

struct range {
    unsigned long begin, end;
    dev_t device; /* of the file behind it */
    ino_t inode;  /* 0: none */
    bool readable;
    bool dumped; /* into a core file */
};

/* The next range of an smaps file; false at its end. */
static bool next_range(FILE *maps, struct range *range)
{
    char line[512], rights[8];
    bool found = false;
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long begin, end, inode;
        unsigned major_number, minor_number;
        if (sscanf(line, "%lx-%lx %7s %*x %x:%x %lu", &begin, &end, rights, &major_number,
                    &minor_number, &inode) == 6) {
            range->begin = begin;
            range->end = end;
            range->device = makedev(major_number, minor_number);
            range->inode = inode;
            range->readable = rights[0] == 'r' && strstr(line, "[v") == NULL;
            found = true;
        }
        if (found && strncmp(line, "VmFlags:", 8) == 0) {
            range->dumped = strstr(line, " dd") == NULL;
            return true;
        }
    }
    return false;
}

/* The file behind a mapping; where that takes a right that we lack, by a descriptor of ours: a device
 * process maps large files that it got from us. */
static int open_file_of(int pid, const struct range *range)
{
    char path[96], owner[16] = "self";
    struct stat info;
    if (pid != 0) {
        snprintf(owner, sizeof(owner), "%d", pid);
    }
    snprintf(path, sizeof(path), "/proc/%s/map_files/%lx-%lx", owner, range->begin, range->end);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    for (int fd = 0; file < 0 && fd < 1024; fd++) {
        if (fstat(fd, &info) == 0 && info.st_dev == range->device && info.st_ino == range->inode) {
            snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
            file = open(path, O_RDONLY | O_CLOEXEC); /* with a place of its own in the file */
        }
    }
    cr_assert_geq(file, 0, "a mapping of %lu bytes cannot be searched", range->end - range->begin);
    return file;
}

/* A large mapping is the arena of a link, sparse and of a file: its pages in use are read. Large ones
 * without a file are a sanitizer's. */
static bool mapping_has(int pid, int memory, const struct range *range, const uint8_t *inverted,
        size_t len)
{
    if (range->end - range->begin <= (256ul << 20)) {
        return range_has(memory, range->begin, range->end, inverted, len);
    }
    if (range->inode == 0) {
        return false;
    }
    VIT_AUTO(fd) file = open_file_of(pid, range);
    return file_has(file, inverted, len);
}

static bool process_has(int pid, bool dumped_only, const uint8_t *inverted, size_t len)
{
    char path[64];
    struct range range;
    snprintf(path, sizeof(path), pid == 0 ? "/proc/self/smaps" : "/proc/%d/smaps", pid);
    FILE *maps = fopen(path, "re");
    cr_assert_not_null(maps, "%s", path);
    snprintf(path, sizeof(path), pid == 0 ? "/proc/self/mem" : "/proc/%d/mem", pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(memory, 0, "%s", path);
    bool found = false;
    while (!found && next_range(maps, &range)) {
        bool wanted = range.readable && (range.dumped || !dumped_only);
        found = wanted && mapping_has(pid, memory, &range, inverted, len);
    }
    fclose(maps);
    close(memory);
    return found;
}

bool stage_memory_has(int pid, const uint8_t *inverted, size_t len)
{
    return process_has(pid, false, inverted, len);
}

bool stage_core_has(int pid, const uint8_t *inverted, size_t len)
{
    return process_has(pid, true, inverted, len);
}

bool stage_file_has(const char *path, const uint8_t *inverted, size_t len)
{
    VIT_AUTO(fd) file = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(file, 0, "%s", path);
    return file_has(file, inverted, len);
}
