/* SPDX-License-Identifier: MIT */
/**
 * The key exchange of a crypto session or of a channel, as custody says: the 256 bytes go to the
 * device as they are, or the driver unwraps them and programs the key.
 */
#ifndef UMD_EXCHANGE_H
#define UMD_EXCHANGE_H

#include <stdint.h>

#include "base/status.h"

struct umd_device;

enum umd_exchange_for { UMD_EXCHANGE_SESSION, UMD_EXCHANGE_CHANNEL };

/**
 * @param object  the session or channel on the device
 * @param data    256 bytes; other threads of the application may write them
 * @return VIT_E_REFUSED  padding or length, one answer for all; VIT_E_STATE keyed already
 */
VIT_RESULT umd_exchange(struct umd_device *device, enum umd_exchange_for exchange_for,
        uint64_t object, const void *data);

#endif
