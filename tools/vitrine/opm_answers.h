/* SPDX-License-Identifier: MIT */
/* What an output says of itself, as JSON. A refused request is {"refused": code, "name": ..}. */
#ifndef TOOLS_VITRINE_OPM_ANSWERS_H
#define TOOLS_VITRINE_OPM_ANSWERS_H

#include <jansson.h>

#include "tools/vitrine/opm_client.h"

struct opm_request {
    const char *name;
    json_t *(*answer)(struct opm_client *client);
};

/* The first ones tell outputs apart. */
enum { OPM_REQUEST_COUNT = 9, OPM_REQUEST_LISTED = 3 };
extern const struct opm_request opm_requests[OPM_REQUEST_COUNT];
/* NULL: no such request. */
const struct opm_request *opm_request_find(const char *word);

/* "hdcp", "dpcp"; 0: no such type. */
ULONG opm_type_find(const char *word);

/* By type of protection. */
json_t *opm_virtual_level(struct opm_client *client);
json_t *opm_actual_level(struct opm_client *client);
json_t *opm_status_names(ULONG flags);

#endif
