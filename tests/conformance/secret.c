/* SPDX-License-Identifier: MIT */
/*
 * Session keys in the memory of this process. The key is made and encrypted in a process of its own
 * and comes here masked, so that a hit is somebody else's copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/conformance/rig.h"

RULE_GROUP(secrets, "Keys in memory");

enum { LARGE_LEN = 256 << 20, PIECE_LEN = 1 << 16 };

struct masked {
    uint8_t bytes[16], mask[16];
};

static bool is_key(const struct masked *key, const volatile uint8_t *at)
{
    for (unsigned i = 0; i < 16; i++) {
        if (at[i] != (uint8_t)(key->bytes[i] ^ key->mask[i])) {
            return false;
        }
    }
    return true;
}

static bool piece_has(const struct masked *key, const uint8_t *piece, size_t len)
{
    uint8_t first = key->bytes[0] ^ key->mask[0];
    for (size_t at = 0; at + 16 <= len; at++) {
        if (piece[at] == first && is_key(key, piece + at)) {
            return true;
        }
    }
    return false;
}

/* Through the file, so that a page that is not there is an error and no signal. */
static bool range_has(const struct masked *key, int memory, unsigned long begin, unsigned long end)
{
    static uint8_t piece[PIECE_LEN + 16];
    bool found = false;
    for (unsigned long at = begin; at < end && !found; at += PIECE_LEN) {
        bool is_piece = at <= (unsigned long)piece && (unsigned long)piece < at + PIECE_LEN;
        ssize_t len = pread(memory, piece, sizeof(piece), (off_t)at);
        found = len > 0 && !is_piece && piece_has(key, piece, (size_t)len);
    }
    memset(piece, 0, sizeof(piece));
    return found;
}

struct mapping {
    unsigned long begin, end, inode;
    unsigned major_number, minor_number;
};

static bool is_behind(int fd, const struct mapping *mapping)
{
    struct stat info;
    return fstat(fd, &info) == 0 && info.st_ino == mapping->inode &&
            info.st_dev == makedev(mapping->major_number, mapping->minor_number);
}

/* By the mapping, which takes a right; else by a descriptor of this process. */
static int open_file_of(const struct mapping *mapping)
{
    char path[96];
    snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", mapping->begin, mapping->end);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    for (int fd = 0; file < 0 && fd < 1024; fd++) {
        if (is_behind(fd, mapping)) {
            snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
            file = open(path, O_RDONLY | O_CLOEXEC);
        }
    }
    return file;
}

/* A driver's guest memory may be large and sparse: the pages of the file that are in use. */
static bool large_has(const struct masked *key, const struct mapping *mapping)
{
    bool found = false;
    VIT_AUTO(fd) file = open_file_of(mapping);
    off_t begin = file >= 0 ? lseek(file, 0, SEEK_DATA) : -1;
    if (begin < 0 && (file < 0 || errno != ENXIO)) {
        cr_skip_test("a mapping of %lu bytes cannot be searched", mapping->end - mapping->begin);
    }
    while (!found && begin >= 0) {
        off_t end = lseek(file, begin, SEEK_HOLE);
        found = range_has(key, file, (unsigned long)begin, (unsigned long)end);
        begin = lseek(file, end, SEEK_DATA);
    }
    return found;
}

/* What the kernel keeps or shares with a device is not to be had through the file; it is all there. */
static bool is_direct(const char *line)
{
    return strstr(line, "secretmem") != NULL || strstr(line, "/dev/dri/") != NULL;
}

/* Large mappings without a file are a sanitizer's. */
static bool line_has(const struct masked *key, int memory, const char *line)
{
    struct mapping mapping;
    char rights[8];
    if (sscanf(line, "%lx-%lx %7s %*x %x:%x %lu", &mapping.begin, &mapping.end, rights,
                &mapping.major_number, &mapping.minor_number, &mapping.inode) != 6 ||
            rights[0] != 'r' || strstr(line, "[v") != NULL) {
        return false;
    }
    if (mapping.end - mapping.begin > LARGE_LEN) {
        return mapping.inode != 0 && large_has(key, &mapping);
    }
    if (is_direct(line)) {
        return piece_has(key, (const uint8_t *)mapping.begin, mapping.end - mapping.begin);
    }
    return range_has(key, memory, mapping.begin, mapping.end);
}

static bool memory_has(const struct masked *key)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    cr_assert(maps != NULL && memory >= 0);
    while (!found && fgets(line, sizeof(line), maps) != NULL) {
        found = line_has(key, memory, line);
    }
    fclose(maps);
    close(memory);
    return found;
}

/* In the child. */
static void make_block(const struct rig *rig, int out)
{
    uint8_t key[16], block[PROVIDER_BLOCK_LEN];
    struct masked masked;
    provider_random(key, sizeof(key));
    provider_random(masked.mask, sizeof(masked.mask));
    for (unsigned i = 0; i < 16; i++) {
        masked.bytes[i] = key[i] ^ masked.mask[i];
    }
    rig_block(rig, key, block);
    bool sent = write(out, &masked, sizeof(masked)) == (ssize_t)sizeof(masked) &&
            write(out, block, sizeof(block)) == (ssize_t)sizeof(block);
    _exit(sent ? 0 : 1);
}

static void get_block(const struct rig *rig, struct masked *key, uint8_t block[PROVIDER_BLOCK_LEN])
{
    int ends[2], status;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        make_block(rig, ends[1]);
    }
    cr_assert_gt(child, 0);
    close(ends[1]);
    cr_assert_eq(read(ends[0], key, sizeof(*key)), (ssize_t)sizeof(*key));
    cr_assert_eq(read(ends[0], block, PROVIDER_BLOCK_LEN), (ssize_t)PROVIDER_BLOCK_LEN);
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

/* In memory that the driver has of the kernel, which may lie in a large mapping. */
static void expect_found_in_a_resource(struct rig *rig, const struct masked *key)
{
    uint8_t bytes[64] = { 0 };
    struct vit_resource *staging =
            rig_resource(rig->device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, sizeof(bytes), 1);
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    expect_code(vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK, "ResourceMap");
    for (unsigned i = 0; i < 16; i++) {
        ((volatile uint8_t *)mapped.pData)[5 + i] = key->bytes[i] ^ key->mask[i];
    }
    vit_resource_unmap(staging);
    cr_assert(memory_has(key), "the search does not find a copy of the key in a resource");
    rig_write(staging, bytes, sizeof(bytes));
    vit_resource_destroy(staging);
    cr_assert_not(memory_has(key), "the key is there after its copies are gone");
}

RULE(secrets, session_key_is_gone_after_destroy, "CB-7-01",
        "DestroyCryptoSession leaves no copy of the session key in the process",
        "PFND3D11_1DDI_DESTROYCRYPTOSESSION")
{
    struct rig rig;
    struct masked key;
    uint8_t block[PROVIDER_BLOCK_LEN];
    rig_open(&rig);
    get_block(&rig, &key, block);
    cr_assert_not(memory_has(&key), "the key is there before the exchange: the search is wrong");
    uint8_t *copy = rig_memory(&rig, 64);
    for (unsigned i = 0; i < 16; i++) {
        copy[5 + i] = key.bytes[i] ^ key.mask[i];
    }
    cr_assert(memory_has(&key), "the search does not find a copy of the key");
    memset(copy, 0, 64);
    expect_found_in_a_resource(&rig, &key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, rig.device);
    expect_code(rig_negotiate(rig.device, session, block), S_OK,
            "NegotiateCryptoSessionKeyExchange");
    rig_destroy_session(rig.device, session);
    cr_assert_not(memory_has(&key), "a copy of the session key is in memory after the session");
    rig_close(&rig);
}
