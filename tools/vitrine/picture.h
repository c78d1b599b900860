/* SPDX-License-Identifier: MIT */
/** Pictures as files: rows of B, G, R, X without padding become PNG (RGB, 8 bits). */
#ifndef TOOLS_VITRINE_PICTURE_H
#define TOOLS_VITRINE_PICTURE_H

#include <stdint.h>

#include "base/status.h"

/* Written at once or not at all. @return VIT_E_IO, errno says why; VIT_E_NOMEM */
VIT_RESULT picture_write(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height);

#endif
