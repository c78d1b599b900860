/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/guest_memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "vgpu/vhost/fault.h"

static void unmap(void *address, size_t len)
{
    if (munmap(address, len) != 0) {
        vit_log(VIT_LOG_ERROR, "memory of a front-end stays mapped");
    }
}

void vhost_guest_memory_unmap(struct vhost_guest_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++) {
        vhost_fault_forget(memory->mappings[i].address);
        unmap(memory->mappings[i].address, memory->mappings[i].len);
    }
    memory->count = 0;
}

/* From the start of the file, since the offset need not be a multiple of a page, to the end of the
 * region's last block: a mapping of huge pages can be replaced and unmapped by whole ones only.
 * A file that is shorter than its region from the start is a mistake worth telling: false. */
static bool mapping_len(int fd, const struct vhost_region *region, struct stat *info, size_t *len)
{
    uint64_t end, rounded;
    if (region->size == 0 || __builtin_add_overflow(region->mmap_offset, region->size, &end)) {
        return false;
    }
    if (fstat(fd, info) != 0 || info->st_size < 0 || (uint64_t)info->st_size < end) {
        return false;
    }
    uint64_t block = info->st_blksize > 0 ? (uint64_t)info->st_blksize : 1;
    if (__builtin_add_overflow(end, block - 1, &rounded)) {
        return false;
    }
    *len = rounded - rounded % block;
    return true;
}

static enum vit_status map_one(struct vhost_guest_memory *memory, int fd,
        const struct vhost_region *region)
{
    size_t len;
    struct stat info;
    if (!mapping_len(fd, region, &info, &len)) {
        return VIT_E_PROTOCOL;
    }
    uint8_t *address = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (address == MAP_FAILED) {
        return VIT_E_IO;
    }
    enum vit_status watched = vhost_fault_watch(address, len);
    if (watched != VIT_OK) {
        unmap(address, len);
        return watched;
    }
    /* A guest's memory has no place in our core file or in a child. */
    (void)madvise(address, len, MADV_DONTDUMP);
    (void)madvise(address, len, MADV_DONTFORK);
    memory->mappings[memory->count].address = address;
    memory->mappings[memory->count].len = len;
    memory->mappings[memory->count].device = info.st_dev;
    memory->mappings[memory->count].file = info.st_ino;
    memory->regions[memory->count] = (struct vgpu_region){
        .guest_address = region->guest_address,
        .user_address = region->user_address,
        .size = region->size,
        .mapping = address + region->mmap_offset,
    };
    memory->count++;
    return VIT_OK;
}

static bool counts_agree(const struct vhost_message *message)
{
    const struct vhost_memory *table = &message->payload.memory;
    size_t head = offsetof(struct vhost_memory, regions);
    return message->header.size >= head && table->count >= 1 && table->count <= VHOST_MAX_REGIONS &&
            table->count == message->fd_count &&
            message->header.size >= head + table->count * sizeof(struct vhost_region);
}

enum vit_status vhost_guest_memory_map(struct vhost_guest_memory *memory,
        struct vhost_message *message)
{
    struct vhost_guest_memory fresh = { .count = 0 };
    if (!counts_agree(message)) {
        return VIT_E_PROTOCOL;
    }
    for (size_t i = 0; i < message->payload.memory.count; i++) {
        VIT_AUTO(fd) fd = vhost_message_take_fd(message, i);
        enum vit_status status = map_one(&fresh, fd, &message->payload.memory.regions[i]);
        if (status != VIT_OK) {
            vhost_guest_memory_unmap(&fresh);
            return status;
        }
    }
    *memory = fresh;
    return VIT_OK;
}

static bool region_same(const struct vhost_guest_memory *a, const struct vhost_guest_memory *b,
        size_t i)
{
    const uint8_t *start_a = a->mappings[i].address, *start_b = b->mappings[i].address;
    const struct vgpu_region *region_a = &a->regions[i], *region_b = &b->regions[i];
    return a->mappings[i].device == b->mappings[i].device &&
            a->mappings[i].file == b->mappings[i].file &&
            region_a->guest_address == region_b->guest_address &&
            region_a->user_address == region_b->user_address && region_a->size == region_b->size &&
            (const uint8_t *)region_a->mapping - start_a ==
            (const uint8_t *)region_b->mapping - start_b;
}

bool vhost_guest_memory_same(const struct vhost_guest_memory *a, const struct vhost_guest_memory *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (!region_same(a, b, i)) {
            return false;
        }
    }
    return true;
}
