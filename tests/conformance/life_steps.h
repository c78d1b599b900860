/* SPDX-License-Identifier: MIT */
/* The steps of a life. Each returns what the function said: its result, or its first report. */
#ifndef TESTS_CONFORMANCE_LIFE_STEPS_H
#define TESTS_CONFORMANCE_LIFE_STEPS_H

#include "tests/conformance/life.h"

/* The step could not be made, because one before it failed. */
enum { LIFE_SKIPPED = S_FALSE };

/* Notes the first thing that must not be. */
void life_must(struct life *life, bool kept, const char *what);
HRESULT life_reported(struct life *life);
/* Maps the staging texture. */
HRESULT life_map(struct life *life, D3D10_DDI_MAP how, D3D10DDI_MAPPED_SUBRESOURCE *mapped);

HRESULT life_create_device(struct life *life);
HRESULT life_create_session(struct life *life);
HRESULT life_negotiate(struct life *life);
HRESULT life_create_staging(struct life *life);
HRESULT life_create_picture(struct life *life);
HRESULT life_create_primary(struct life *life);
HRESULT life_write_frame(struct life *life);
HRESULT life_decrypt(struct life *life);
HRESULT life_flush(struct life *life);
HRESULT life_blt(struct life *life);
HRESULT life_present(struct life *life);
HRESULT life_get_readback_key(struct life *life);
HRESULT life_encrypt(struct life *life);
HRESULT life_read_frame(struct life *life);
HRESULT life_start_refresh(struct life *life);
HRESULT life_finish_refresh(struct life *life);
HRESULT life_create_event(struct life *life);
HRESULT life_end_event(struct life *life);
HRESULT life_get_data(struct life *life);
HRESULT life_create_plain(struct life *life);
HRESULT life_update_plain(struct life *life);
HRESULT life_update_picture(struct life *life);
HRESULT life_copy(struct life *life);
HRESULT life_ask_busy(struct life *life);
HRESULT life_create_dynamic(struct life *life);
HRESULT life_map_discard(struct life *life);
HRESULT life_copy_dynamic(struct life *life);
HRESULT life_destroy_dynamic(struct life *life);
HRESULT life_destroy_staging(struct life *life);
HRESULT life_destroy_plain(struct life *life);
HRESULT life_destroy_session(struct life *life);
HRESULT life_destroy_picture(struct life *life);
HRESULT life_destroy_primary(struct life *life);
HRESULT life_destroy_event(struct life *life);
HRESULT life_destroy_device(struct life *life);

#endif
