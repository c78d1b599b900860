/* SPDX-License-Identifier: MIT */
/** What a playback did and what it protected, for people and as JSON. */
#ifndef TOOLS_VITRINE_REPORT_H
#define TOOLS_VITRINE_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "tools/vitrine/device_options.h"
#include "tools/vitrine/player.h"

/* What an adapter says of itself: link, custody, chain, capabilities. NULL without memory. */
json_t *report_adapter(const struct device_options *options, struct vit_adapter *adapter);

/* report.json into folder (NULL: not), the report to standard output as JSON or in words. An exit
 * code: VIT_EXIT_REFUSED when a picture is not as it must be, and why on standard error. */
int report_write(const struct device_options *options, struct vit_adapter *adapter,
        const struct player_result *result, const char *clip_name, const char *folder, bool json,
        bool quiet);

#endif
