/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/picture.h"

#include <png.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "tools/vitrine/file.h"

enum vit_status picture_write(const char *path, const uint8_t *pixels, uint32_t width,
        uint32_t height)
{
    size_t count = (size_t)width * height;
    VIT_AUTO(bytes) rgb = malloc(count * 3);
    if (rgb == NULL) {
        return VIT_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        rgb[i * 3] = pixels[i * 4 + 2];
        rgb[i * 3 + 1] = pixels[i * 4 + 1];
        rgb[i * 3 + 2] = pixels[i * 4];
    }
    png_image image = { .version = PNG_IMAGE_VERSION,
        .width = width,
        .height = height,
        .format = PNG_FORMAT_RGB };
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    VIT_AUTO(bytes) file = malloc(size);
    if (file == NULL || !png_image_write_to_memory(&image, file, &size, 0, rgb, 0, NULL)) {
        return VIT_E_NOMEM;
    }
    return vit_file_write(path, file, size, 0644, true);
}
