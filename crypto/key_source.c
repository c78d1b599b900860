/* SPDX-License-Identifier: MIT */
#include "crypto/key_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than any file with a key of ours; what is longer is left to OpenSSL. */
enum { TEXT_MAX_LEN = 65536 };

/* "file:" and its three ways to go on, or a path as it is; NULL: neither. */
static const char *path_of(const char *uri)
{
    if (strncmp(uri, "file:", 5) != 0) {
        return uri;
    }
    const char *rest = uri + 5;
    if (strncmp(rest, "//", 2) != 0) {
        return rest;
    }
    rest += strncmp(rest, "//localhost/", 12) == 0 ? 11 : 2;
    return *rest == '/' ? rest : NULL;
}

static int open_file(const char *uri, size_t *len)
{
    const char *path = path_of(uri);
    VIT_AUTO(fd) fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0 ||
            info.st_size > TEXT_MAX_LEN) {
        return -1;
    }
    *len = (size_t)info.st_size;
    int result = fd;
    fd = -1;
    return result;
}

static bool read_text(int fd, uint8_t *text, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(fd, text + done, len - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

/* The text of a file into secret memory; false: it is none, or there is no such memory. */
static bool take_file(struct vit_key_source *source, const char *uri)
{
    VIT_AUTO(fd) fd = open_file(uri, &source->len);
    if (fd < 0 || vit_slab_create(&source->slab) != VIT_OK) {
        return false;
    }
    source->text = vit_slab_alloc(source->slab, source->len);
    if (source->text == NULL || !read_text(fd, source->text, source->len)) {
        return false;
    }
    source->bio = BIO_new_mem_buf(source->text, (int)source->len);
    return source->bio != NULL;
}

void vit_key_source_open(struct vit_key_source *source, const char *uri, OSSL_LIB_CTX *libctx,
        const UI_METHOD *method, void *method_data)
{
    *source = (struct vit_key_source){ .store = NULL };
    if (take_file(source, uri)) {
        source->store = OSSL_STORE_attach(source->bio, "file", libctx, NULL, method, method_data,
                NULL, NULL, NULL);
        return;
    }
    source->store = OSSL_STORE_open_ex(uri, libctx, NULL, method, method_data, NULL, NULL, NULL);
}

void vit_key_source_close(struct vit_key_source *source)
{
    OSSL_STORE_close(source->store);
    BIO_free(source->bio);
    if (source->slab != NULL) {
        vit_slab_free(source->slab, source->text, source->len);
        vit_slab_destroy(source->slab);
    }
}
