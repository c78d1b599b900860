/* SPDX-License-Identifier: MIT */
#include "vgpu/resource.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"
#include "vgpu/label.h"

static enum vit_status map_storage(struct vgpu_resource *resource)
{
    size_t len = (size_t)resource->surface.size;
    void *storage = mmap(NULL, len, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (storage == MAP_FAILED) {
        return VIT_E_NOMEM;
    }
    resource->storage = storage;
    resource->storage_len = len;
    if (resource->kind != VGPU_RESOURCE_PROTECTED) {
        return VIT_OK;
    }
    return madvise(storage, len, MADV_DONTDUMP) == 0 && madvise(storage, len, MADV_DONTFORK) == 0
            ? VIT_OK
            : VIT_E_NOMEM;
}

enum { WIPE_PAGES = 4096 };

/* Only pages that are present hold anything: wiping the others would bring them into being. */
static void wipe_pages(uint8_t *start, size_t len, size_t page)
{
    unsigned char present[WIPE_PAGES];
    bool known = mincore(start, len, present) == 0;
    for (size_t at = 0; at < len; at += page) {
        if (!known || (present[at / page] & 1) != 0) {
            vit_wipe(start + at, len - at < page ? len - at : page);
        }
    }
}

static void wipe_storage(struct vgpu_resource *resource)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t stretch = WIPE_PAGES * page;
    for (size_t at = 0; at < resource->storage_len; at += stretch) {
        size_t left = (size_t)resource->storage_len - at;
        wipe_pages(resource->storage + at, left < stretch ? left : stretch, page);
    }
}

static void unmap_storage(struct vgpu_resource *resource)
{
    if (resource->storage == NULL) {
        return;
    }
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        wipe_storage(resource);
    }
    munmap(resource->storage, (size_t)resource->storage_len);
    resource->storage = NULL;
    resource->storage_len = 0;
}

enum vit_status vgpu_resource_create(uint32_t id, enum vgpu_resource_kind kind,
        const struct vit_surface *surface, struct vgpu_resource **out)
{
    struct vgpu_resource *resource = calloc(1, sizeof(*resource));
    if (resource == NULL) {
        return VIT_E_NOMEM;
    }
    resource->id = id;
    resource->references = 1;
    resource->kind = kind;
    resource->surface = *surface;
    pthread_mutex_init(&resource->lock, NULL);
    bool stored = kind == VGPU_RESOURCE_IMAGE || kind == VGPU_RESOURCE_PROTECTED;
    if (stored && map_storage(resource) != VIT_OK) {
        vgpu_resource_unref(resource);
        return VIT_E_NOMEM;
    }
    *out = resource;
    return VIT_OK;
}

struct vgpu_resource *vgpu_resource_ref(struct vgpu_resource *resource)
{
    resource->references++;
    return resource;
}

static void free_backing(struct vgpu_resource *resource)
{
    free(resource->backing);
    free(resource->backing_starts);
    resource->backing = NULL;
    resource->backing_starts = NULL;
    resource->backing_count = 0;
    resource->backing_len = 0;
}

void vgpu_resource_unref(struct vgpu_resource *resource)
{
    if (resource == NULL || --resource->references > 0) {
        return;
    }
    vgpu_label_clear(resource);
    unmap_storage(resource);
    free_backing(resource);
    pthread_mutex_destroy(&resource->lock);
    free(resource);
}

void vgpu_resource_lock(struct vgpu_resource *resource)
{
    if (pthread_mutex_trylock(&resource->lock) != 0) {
        atomic_store(&resource->wanted, true);
        pthread_mutex_lock(&resource->lock);
        atomic_store(&resource->wanted, false);
    }
}

void vgpu_resource_unlock(struct vgpu_resource *resource)
{
    pthread_mutex_unlock(&resource->lock);
}

static uint64_t *starts_of(const struct iovec *backing, size_t count)
{
    uint64_t *starts = calloc(count, sizeof(*starts));
    uint64_t at = 0;
    for (size_t i = 0; starts != NULL && i < count; i++) {
        starts[i] = at;
        at += backing[i].iov_len;
    }
    return starts;
}

enum vit_status vgpu_resource_attach_backing(struct vgpu_resource *resource, struct iovec *backing,
        size_t count)
{
    if (count == 0 || resource->kind == VGPU_RESOURCE_PROTECTED) {
        return VIT_E_ARG;
    }
    if (resource->backing != NULL || resource->gone) {
        return VIT_E_STATE;
    }
    uint64_t *starts = starts_of(backing, count);
    if (starts == NULL) {
        return VIT_E_NOMEM;
    }
    vgpu_resource_lock(resource);
    resource->backing = backing;
    resource->backing_starts = starts;
    resource->backing_count = count;
    resource->backing_len = starts[count - 1] + backing[count - 1].iov_len;
    vgpu_resource_unlock(resource);
    return VIT_OK;
}

void vgpu_resource_detach_backing(struct vgpu_resource *resource)
{
    vgpu_resource_lock(resource);
    free_backing(resource);
    vgpu_resource_unlock(resource);
}

void vgpu_resource_set_gone(struct vgpu_resource *resource)
{
    vgpu_resource_lock(resource);
    resource->gone = true;
    vgpu_resource_unlock(resource);
}

void vgpu_resource_wipe(struct vgpu_resource *resource)
{
    vgpu_resource_lock(resource);
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        wipe_storage(resource);
        /* Zeroes cost no memory. */
        (void)madvise(resource->storage, (size_t)resource->storage_len, MADV_DONTNEED);
    }
    vgpu_resource_unlock(resource);
    vgpu_label_clear(resource);
}

/* The last piece that begins at or before offset. */
static size_t piece_index(const struct vgpu_resource *resource, uint64_t offset)
{
    size_t low = 0;
    size_t high = resource->backing_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (resource->backing_starts[middle] <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool vgpu_resource_covers(const struct vgpu_resource *resource, uint64_t offset, uint64_t len)
{
    uint64_t size = resource->surface.size;
    if (resource->kind != VGPU_RESOURCE_PROTECTED && resource->backing_len < size) {
        size = resource->backing_len;
    }
    return !resource->gone && offset <= size && len <= size - offset;
}

uint8_t *vgpu_resource_piece(const struct vgpu_resource *resource, uint64_t offset, uint64_t len,
        uint64_t *piece_len)
{
    if (len == 0 || !vgpu_resource_covers(resource, offset, 1)) {
        return NULL;
    }
    uint64_t left = resource->surface.size - offset;
    left = left < len ? left : len;
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        *piece_len = left;
        return resource->storage + offset;
    }
    size_t index = piece_index(resource, offset);
    uint64_t inside = offset - resource->backing_starts[index];
    uint64_t here = resource->backing[index].iov_len - inside;
    *piece_len = here < left ? here : left;
    return (uint8_t *)resource->backing[index].iov_base + inside;
}

uint64_t vgpu_resource_piece_count(const struct vgpu_resource *resource, uint64_t offset,
        uint64_t len)
{
    if (resource->backing_count == 0 || resource->kind == VGPU_RESOURCE_PROTECTED) {
        return 1;
    }
    return piece_index(resource, offset + len - 1) - piece_index(resource, offset) + 1;
}
