/* SPDX-License-Identifier: MIT */
/** From a picture to the screen: the two DXGI calls of a player. */
#ifndef TOOLS_VITRINE_SCREEN_H
#define TOOLS_VITRINE_SCREEN_H

#include "runtime/ddi.h"

/* Converts all of source into all of primary. */
HRESULT screen_blt(const struct vit_resource *source, const struct vit_resource *primary);
/* Shows a primary. */
HRESULT screen_present(const struct vit_resource *primary);

#endif
