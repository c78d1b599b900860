/* SPDX-License-Identifier: MIT */
#ifndef APP_DEVICE_H
#define APP_DEVICE_H

#include "certs/chain.h"
#include "vitrine.h"

struct vitrine_device {
    struct vit_verified verified;
};

#endif
