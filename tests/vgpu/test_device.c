/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/key.h"
#include "tests/vgpu/guest.h"
#include "vgpu/device_state.h"
#include "wire/envelope.h"

enum { OK = VIRTIO_GPU_RESP_OK_NODATA, REPLY = 900, LEN = 65536 };

static struct guest guest;

static void finish(void)
{
    guest_close(&guest);
}

/* Creation */

static enum vit_status create(const char *chain, bool with_key, const struct vgpu_config *config)
{
    struct vgpu_config full = *config;
    uint8_t *der = chain != NULL ? guest_read_file(chain, &full.chain_len) : NULL;
    struct vit_private_key *key = with_key ? guest_key() : NULL;
    full.chain = der;
    full.key = key;
    guest_init(&guest);
    enum vit_status status = vgpu_device_create(&full, &guest.host, &guest.device);
    free(der); /* copied */
    if (status == VIT_OK) {
        struct vgpu_stats stats;
        vgpu_device_stats(guest.device, &stats);
        vgpu_device_destroy(guest.device);
    }
    vit_private_key_destroy(key);
    guest_finish(&guest);
    return status;
}

Test(device, is_created_for_either_custody)
{
    struct vgpu_config config = { .workers = 2 };
    cr_assert_eq(create("driver.der", false, &config), VIT_OK);
    cr_assert_eq(create("device.der", true, &config), VIT_OK);
}

Test(device, refuses_keys_that_do_not_belong)
{
    struct vgpu_config config = { .workers = 0 };
    cr_assert_eq(create("device.der", false, &config), VIT_E_REFUSED);
    cr_assert_eq(create("driver.der", true, &config), VIT_E_REFUSED);
}

Test(device, refuses_a_key_of_another_pair)
{
    struct vgpu_config config = { .workers = 0 };
    uint8_t *der = guest_read_file("device.der", &config.chain_len);
    config.chain = der;
    cr_assert_eq(vit_private_key_open(getenv("VGPU_OTHER_KEY"), NULL, NULL, &config.key), VIT_OK);
    guest_init(&guest);
    cr_assert_eq(vgpu_device_create(&config, &guest.host, &guest.device), VIT_E_REFUSED);
    guest_finish(&guest);
    vit_private_key_destroy(config.key);
    free(der);
}

Test(device, refuses_chains_cut_anywhere)
{
    struct vgpu_config config = { .workers = 0 };
    size_t len;
    uint8_t *der = guest_read_file("driver.der", &len);
    guest_init(&guest);
    config.chain = der;
    for (size_t cut = 0; cut < len; cut += cut < 64 ? 1 : 41) {
        config.chain_len = cut;
        enum vit_status status = vgpu_device_create(&config, &guest.host, &guest.device);
        if (status == VIT_OK) {
            vgpu_device_destroy(guest.device); /* a leaf without its issuers, whole */
        }
        cr_assert(status == VIT_E_REFUSED || status == VIT_OK);
    }
    config.chain_len = 0;
    cr_assert_eq(vgpu_device_create(&config, &guest.host, &guest.device), VIT_E_REFUSED);
    guest_finish(&guest);
    free(der);
}

Test(device, refuses_a_configuration_that_cannot_be)
{
    struct vgpu_config none = { .workers = 0 };
    struct vgpu_config outputs = { .outputs = VGPU_MAX_OUTPUTS + 1 };
    struct vgpu_config width = { .width = 16385 };
    struct vgpu_config height = { .height = 16385 };
    cr_assert_eq(create(NULL, false, &none), VIT_E_ARG);
    cr_assert_eq(create("driver.der", false, &outputs), VIT_E_ARG);
    cr_assert_eq(create("driver.der", false, &width), VIT_E_ARG);
    cr_assert_eq(create("driver.der", false, &height), VIT_E_ARG);
}

/* Features, configuration, queues */

Test(device, offers_what_it_can_and_takes_no_more)
{
    guest_open_plain(&guest);
    uint64_t offered = vgpu_device_features(guest.device);
    cr_assert_eq(offered,
            UINT64_C(1) << VIRTIO_F_VERSION_1 | UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX |
                    UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC | UINT64_C(1) << VIRTIO_GPU_F_VIRGL |
                    UINT64_C(1) << VIRTIO_GPU_F_EDID);
    cr_assert_eq(vgpu_device_set_features(guest.device, offered), VIT_OK);
    cr_assert_eq(vgpu_device_set_features(guest.device, UINT64_C(1) << VIRTIO_F_VERSION_1), VIT_OK);
    uint64_t blobs = UINT64_C(1) << VIRTIO_GPU_F_RESOURCE_BLOB;
    cr_assert_eq(vgpu_device_set_features(guest.device, offered | blobs), VIT_E_ARG);
    uint64_t of_transport = UINT64_C(1) << VIRTIO_F_RING_RESET;
    cr_assert_eq(vgpu_device_set_features(guest.device, offered | of_transport), VIT_OK);
    cr_assert_eq(guest.device->features, offered);
    finish();
}

Test(device, its_configuration_names_outputs_and_one_capset)
{
    uint8_t config[VGPU_CONFIG_LEN];
    guest_open(&guest, &(struct vgpu_config){ .outputs = 3 }, VIT_CUSTODY_DRIVER);
    vgpu_device_config(guest.device, config);
    cr_assert_eq(vit_load_le32(config), 0);
    cr_assert_eq(vit_load_le32(config + 4), 0);
    cr_assert_eq(vit_load_le32(config + 8), 3);
    cr_assert_eq(vit_load_le32(config + 12), 1);
    finish();
}

Test(device, refuses_queues_that_are_not_there)
{
    guest_open_plain(&guest);
    struct vgpu_ring ring = guest_ring_of(&guest, 0);
    cr_assert_eq(vgpu_device_start_queue(guest.device, 2, &ring), VIT_E_ARG);
    cr_assert_eq(vgpu_device_stop_queue(guest.device, 2), 0);
    vgpu_device_kick(guest.device, 2);
    ring.size = 0;
    cr_assert_eq(vgpu_device_start_queue(guest.device, 0, &ring), VIT_E_ARG);
    finish();
}

Test(device, a_stopped_queue_is_not_served_and_goes_on_where_it_stopped)
{
    guest_open_plain(&guest);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL), 1);
    struct virtio_gpu_ctx_create ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE,
                                                 .ctx_id = 2 } };
    struct guest_request posted = guest_post(&guest, &ask, sizeof(ask), 24);
    cr_assert_not(guest_answered(&guest, &posted));
    cr_assert_eq(vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL), 1);
    struct vgpu_ring ring = guest_ring_of(&guest, VGPU_QUEUE_CONTROL);
    ring.base = 1;
    cr_assert_eq(vgpu_device_start_queue(guest.device, VGPU_QUEUE_CONTROL, &ring), VIT_OK);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CONTROL);
    cr_assert(guest_answered(&guest, &posted));
    cr_assert_eq(guest_answer_type(&guest, &posted), OK);
    finish();
}

Test(device, serves_without_event_index_and_indirect_tables)
{
    guest_open_plain(&guest);
    (void)vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL);
    cr_assert_eq(vgpu_device_set_features(guest.device, UINT64_C(1) << VIRTIO_F_VERSION_1), VIT_OK);
    struct vgpu_ring ring = guest_ring_of(&guest, VGPU_QUEUE_CONTROL);
    cr_assert_eq(vgpu_device_start_queue(guest.device, VGPU_QUEUE_CONTROL, &ring), VIT_OK);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest.interrupts[VGPU_QUEUE_CONTROL], 1);
    finish();
}

Test(device, asks_for_the_next_kick)
{
    guest_open_plain(&guest);
    const struct vring_used *used = guest_at(&guest, guest.rings[VGPU_QUEUE_CONTROL].used);
    const uint16_t *event = (const uint16_t *)(const void *)&used->ring[GUEST_RING_SIZE];
    for (uint16_t i = 1; i < 5; i++) {
        cr_assert_eq(guest_context_create(&guest, i), OK);
        cr_assert_eq(*event, i);
    }
    finish();
}

/* Work in flight */

static size_t build_copy(uint8_t *bytes, size_t len, uint64_t sequence)
{
    struct vit_writer out;
    struct vit_envelope envelope = {
        .length = VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN + 40,
        .count = 1,
        .sequence = sequence,
        .reply_resource = REPLY,
        .reply_capacity = 64,
    };
    struct vit_msg_copy copy = { .source = 10, .destination = 11, .row_len = LEN, .rows = 1 };
    vit_writer_init(&out, bytes, len);
    vit_put_envelope(&out, &envelope);
    vit_put_copy(&out, &copy);
    cr_assert(vit_writer_ok(&out));
    return out.at;
}

/* Copies go to a worker and are done when the device is polled. */
static uint8_t *open_slow(void)
{
    guest_open(&guest, &(struct vgpu_config){ .inline_len = 1 }, VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    (void)guest_make_buffer(&guest, 1, REPLY, 4096);
    memset(guest_at(&guest, guest_make_buffer(&guest, 1, 10, LEN)), 0x5a, LEN);
    return guest_at(&guest, guest_make_buffer(&guest, 1, 11, LEN));
}

static struct guest_request post_copy(uint64_t sequence)
{
    uint8_t bytes[256];
    size_t len = build_copy(bytes, sizeof(bytes), sequence);
    return guest_post_submit(&guest, 1, bytes, len, true);
}

Test(device, its_event_is_readable_when_there_is_something_to_take)
{
    (void)open_slow();
    struct pollfd ready = { vgpu_device_event_fd(guest.device), POLLIN, 0 };
    cr_assert_eq(poll(&ready, 1, 0), 0);
    struct guest_request posted = post_copy(1);
    cr_assert(vgpu_device_busy(guest.device));
    cr_assert_eq(poll(&ready, 1, 30000), 1);
    cr_assert_eq(guest_wait(&guest, &posted), OK);
    cr_assert_not(vgpu_device_busy(guest.device));
    cr_assert_eq(poll(&ready, 1, 0), 0, "and not before the next");
    finish();
}

Test(device, stopping_a_queue_finishes_what_is_in_work)
{
    const uint8_t *destination = open_slow();
    struct guest_request posted[8];
    for (unsigned i = 0; i < 8; i++) {
        posted[i] = post_copy(1 + i);
    }
    uint16_t offered = guest.rings[VGPU_QUEUE_CONTROL].offered;
    unsigned interrupts = guest.interrupts[VGPU_QUEUE_CONTROL];
    cr_assert_eq(vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL), offered);
    for (unsigned i = 0; i < 8; i++) {
        cr_assert(guest_answered(&guest, &posted[i]));
        cr_assert_eq(guest_answer_type(&guest, &posted[i]), OK);
    }
    cr_assert_gt(guest.interrupts[VGPU_QUEUE_CONTROL], interrupts);
    cr_assert_eq(destination[LEN - 1], 0x5a);
    cr_assert_not(vgpu_device_busy(guest.device));
    finish();
}

Test(device, is_destroyed_with_work_in_flight)
{
    (void)open_slow();
    for (unsigned i = 0; i < 8; i++) {
        (void)post_copy(1 + i);
    }
    finish();
}

Test(device, reset_goes_back_to_the_beginning)
{
    (void)open_slow();
    guest_make_protected(&guest, 1, 5, VIT_FORMAT_BGRX, 64, 64);
    cr_assert_eq(guest_set_scanout(&guest, 0, 5, 0, 0, 64, 64), OK);
    cr_assert_eq(guest_flush(&guest, 5, 0, 0, 64, 64), OK);
    cr_assert_eq(vgpu_device_set_level(guest.device, 0, VGPU_LEVEL_HDCP), VIT_OK);
    for (unsigned i = 0; i < 4; i++) {
        (void)post_copy(1 + i);
    }
    struct vgpu_stats stats;
    vgpu_device_stats(guest.device, &stats);
    cr_assert_eq(stats.contexts, 1);
    cr_assert_eq(stats.resources, 4);
    cr_assert_eq(stats.protected_bytes, 64 * 64 * 4);
    cr_assert_eq(stats.submissions, 4);

    vgpu_device_reset(guest.device);
    vgpu_device_stats(guest.device, &stats);
    cr_assert_eq(stats.contexts, 0);
    cr_assert_eq(stats.resources, 0);
    cr_assert_eq(stats.sessions, 0);
    cr_assert_eq(stats.protected_bytes, 0);
    cr_assert_eq(guest.pictures[0].width, 0, "off");
    cr_assert_not(vgpu_device_busy(guest.device));
    enum vgpu_level level;
    cr_assert_eq(vgpu_device_get_level(guest.device, 0, &level), VIT_OK);
    cr_assert_eq(level, VGPU_LEVEL_HDCP, "levels are the host's");

    struct vgpu_ring ring = guest_ring_of(&guest, 0);
    cr_assert_eq(vgpu_device_start_queue(guest.device, 0, &ring), VIT_E_ARG, "no memory");
    finish();
}

/* A new memory table */

Test(device, a_new_table_drops_contexts_and_resources_and_keeps_the_rings)
{
    (void)open_slow();
    cr_assert_eq(guest_create_image(&guest, 3, VIT_FORMAT_BGRX, 16, 16), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, 3, 0, 0, 16, 16), OK);
    struct guest_request posted = post_copy(1);
    struct vgpu_region regions[2];
    guest_regions(&guest, regions);
    cr_assert_eq(vgpu_device_set_memory(guest.device, regions, 2), VIT_OK);
    cr_assert(guest_answered(&guest, &posted), "what was in work is answered");
    struct vgpu_stats stats;
    vgpu_device_stats(guest.device, &stats);
    cr_assert_eq(stats.contexts, 0);
    cr_assert_eq(stats.resources, 0);
    cr_assert_eq(guest.pictures[0].width, 0);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    finish();
}

/* As when the front-end maps the same memory elsewhere. */
Test(device, rings_are_found_again_in_another_mapping)
{
    guest_open_plain(&guest);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    struct guest moved;
    guest_init(&moved);
    memcpy(moved.low, guest.low, GUEST_LOW_LEN);
    struct vgpu_region regions[2];
    guest_regions(&moved, regions);
    cr_assert_eq(vgpu_device_set_memory(guest.device, regions, 2), VIT_OK);
    uint8_t *old = guest.low;
    guest.low = moved.low;
    memset(old, 0xff, GUEST_LOW_LEN);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(old[GUEST_LOW_LEN - 1], 0xff);
    guest.low = old;
    finish();
    guest_finish(&moved);
}

Test(device, a_table_without_the_ring_stops_the_queue)
{
    guest_open_plain(&guest);
    struct vgpu_region regions[2];
    guest_regions(&guest, regions);
    cr_assert_eq(vgpu_device_set_memory(guest.device, regions + 1, 1), VIT_OK);
    struct virtio_gpu_ctrl_hdr ask = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
    struct guest_request posted = guest_post(&guest, &ask, sizeof(ask), 408);
    cr_assert_not(guest_answered(&guest, &posted));
    finish();
}

Test(device, a_table_that_is_wrong_changes_nothing)
{
    guest_open_plain(&guest);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    struct vgpu_region regions[2];
    guest_regions(&guest, regions);
    regions[1].guest_address = 4096;
    cr_assert_eq(vgpu_device_set_memory(guest.device, regions, 2), VIT_E_ARG);
    cr_assert_eq(guest_context_create(&guest, 1), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
    finish();
}

/* A driver that offers the same request again and again while it is served. */
static void count_interrupt(struct vgpu_host *host, unsigned queue)
{
    (void)host;
    guest.interrupts[queue]++;
}

static unsigned updates;

static enum vit_status offer_from_display(struct vgpu_host *host, const struct iovec *parts,
        size_t count)
{
    (void)host;
    (void)parts;
    (void)count;
    updates++;
    guest_offer(&guest, VGPU_QUEUE_CONTROL, 0);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CONTROL);
    return VIT_OK;
}

Test(device, no_guest_keeps_the_thread_for_itself)
{
    static const struct vgpu_host_impl impl = { count_interrupt, offer_from_display, NULL, NULL };
    guest_open_plain(&guest);
    cr_assert_eq(guest_create_image(&guest, 3, VIT_FORMAT_BGRX, 16, 16), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, 3, 0, 0, 16, 16), OK);
    guest.host.impl = &impl;
    struct virtio_gpu_resource_flush ask = { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_FLUSH },
        .r = { 0, 0, 16, 16 },
        .resource_id = 3 };
    uint64_t place = guest_alloc(&guest, 4096);
    memcpy(guest_at(&guest, place), &ask, sizeof(ask));
    guest_describe(&guest, 0, 0, &(struct vring_desc){ place, sizeof(ask), VRING_DESC_F_NEXT, 1 });
    guest_describe(&guest, 0, 1, &(struct vring_desc){ place + 512, 24, VRING_DESC_F_WRITE, 0 });
    guest_offer(&guest, 0, 0);
    vgpu_device_kick(guest.device, 0);
    for (unsigned round = 1; round < 4; round++) {
        unsigned before = updates;
        struct pollfd ready = { vgpu_device_event_fd(guest.device), POLLIN, 0 };
        cr_assert_gt(before, 1);
        cr_assert(vgpu_device_busy(guest.device));
        cr_assert_eq(poll(&ready, 1, 0), 1, "it comes back for the rest");
        vgpu_device_poll(guest.device);
        cr_assert_gt(updates, before);
    }
    finish();
}

static bool wants_a_poll(void)
{
    struct pollfd ready = { vgpu_device_event_fd(guest.device), POLLIN, 0 };
    return poll(&ready, 1, 0) == 1;
}

Test(device, a_kick_of_a_stopped_queue_asks_for_nothing)
{
    guest_open_plain(&guest);
    (void)vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CURSOR);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CURSOR);
    cr_assert(!vgpu_device_busy(guest.device));
    cr_assert(!wants_a_poll());
    vgpu_device_reset(guest.device);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CONTROL);
    cr_assert(!vgpu_device_busy(guest.device));
    cr_assert(!wants_a_poll());
    finish();
}

/* A submission of much work, offered again and again: ring and workers are not to blame, only the
 * sum of it. */
Test(device, work_of_many_submissions_is_done_in_turns)
{
    enum { COPIES = 15, COUNT = 20, COPY_LEN = 65536 - 64 };
    uint8_t bytes[VIT_ENVELOPE_LEN + COPIES * 48];
    struct vit_writer out;
    guest_open(&guest, &(struct vgpu_config){ .workers = 1 }, VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_buffer(&guest, 1, 5, 65536);
    guest_make_buffer(&guest, 1, 6, 65536);
    guest_make_buffer(&guest, 1, REPLY, 4096);
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_envelope(&out, &(struct vit_envelope){ sizeof(bytes), COPIES, 1, REPLY, 32, 0 });
    for (unsigned i = 0; i < COPIES; i++) {
        vit_put_copy(&out, &(struct vit_msg_copy){ 5, 6, 0, 0, COPY_LEN, 1, COPY_LEN, COPY_LEN });
    }
    cr_assert_eq(out.at, sizeof(bytes));
    struct virtio_gpu_cmd_submit ask = { .hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = 1 },
        .size = sizeof(bytes) };
    uint64_t place = guest_alloc(&guest, 4096);
    memcpy(guest_at(&guest, place), &ask, sizeof(ask));
    memcpy((uint8_t *)guest_at(&guest, place) + sizeof(ask), bytes, sizeof(bytes));
    struct vgpu_stats before, after;
    vgpu_device_stats(guest.device, &before);
    for (uint16_t i = 0; i < COUNT; i++) {
        uint16_t head = (uint16_t)(2 * i);
        guest_describe(&guest, 0, head,
                &(struct vring_desc){ place, sizeof(ask) + sizeof(bytes), VRING_DESC_F_NEXT,
                        head + 1 });
        guest_describe(&guest, 0, head + 1,
                &(struct vring_desc){ place + 3072, 24, VRING_DESC_F_WRITE, 0 });
        guest_offer(&guest, 0, head);
    }
    vgpu_device_kick(guest.device, 0);
    vgpu_device_stats(guest.device, &after);
    cr_assert_leq(after.submissions - before.submissions, 3, "then others have their turn");
    guest_settle(&guest);
    vgpu_device_stats(guest.device, &after);
    cr_assert_eq(after.submissions - before.submissions, COUNT, "and all is done in the end");
    cr_assert_eq(after.refused, before.refused);
    finish();
}

static enum vit_status kick_from_display(struct vgpu_host *host, const struct iovec *parts,
        size_t count)
{
    (void)host;
    (void)parts;
    (void)count;
    guest_offer(&guest, VGPU_QUEUE_CURSOR, 0);
    vgpu_device_kick(guest.device, VGPU_QUEUE_CURSOR);
    return VIT_OK;
}

Test(device, a_kick_while_it_serves_is_kept_for_the_next_poll)
{
    static const struct vgpu_host_impl impl = { count_interrupt, kick_from_display, NULL, NULL };
    guest_open_plain(&guest);
    guest_describe(&guest, VGPU_QUEUE_CURSOR, 0,
            &(struct vring_desc){ guest_alloc(&guest, 4096), 56, 0, 0 });
    cr_assert_eq(guest_create_image(&guest, 3, VIT_FORMAT_BGRX, 16, 16), OK);
    guest.host.impl = &impl;
    cr_assert_eq(guest_set_scanout(&guest, 0, 3, 0, 0, 16, 16), OK);
    cr_assert_not(guest_collect(&guest, VGPU_QUEUE_CURSOR, 0));
    cr_assert(vgpu_device_busy(guest.device));
    struct pollfd ready = { vgpu_device_event_fd(guest.device), POLLIN, 0 };
    cr_assert_eq(poll(&ready, 1, 0), 1);
    vgpu_device_poll(guest.device);
    cr_assert(guest_collect(&guest, VGPU_QUEUE_CURSOR, 0));
    cr_assert_eq(guest.interrupts[VGPU_QUEUE_CURSOR], 1);
    cr_assert_not(vgpu_device_busy(guest.device));
    finish();
}

Test(device, what_a_stopped_queue_was_owed_is_asked_for_once)
{
    static const struct vgpu_host_impl impl = { count_interrupt, kick_from_display, NULL, NULL };
    guest_open_plain(&guest);
    cr_assert_eq(guest_create_image(&guest, 3, VIT_FORMAT_BGRX, 16, 16), OK);
    guest.host.impl = &impl;
    cr_assert_eq(guest_set_scanout(&guest, 0, 3, 0, 0, 16, 16), OK);
    cr_assert(wants_a_poll());
    (void)vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CURSOR);
    vgpu_device_poll(guest.device);
    cr_assert(!wants_a_poll());
    finish();
}

/* Modes */

static unsigned asked;
static enum vit_status modes_answer;

static enum vit_status count_asked(struct vgpu_host *host)
{
    (void)host;
    asked++;
    return modes_answer;
}

static struct guest_request post_display_info(void)
{
    struct virtio_gpu_ctrl_hdr ask = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
    return guest_post(&guest, &ask, sizeof(ask), sizeof(struct virtio_gpu_resp_display_info));
}

static uint32_t width_told(const struct guest_request *posted)
{
    struct virtio_gpu_resp_display_info info;
    memcpy(&info, guest_at(&guest, posted->answer), sizeof(info));
    cr_assert_eq(info.hdr.type, VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
    return info.pmodes[0].r.width;
}

static void open_asking(enum vit_status answer)
{
    guest_open_plain(&guest);
    static struct vgpu_host_impl impl;
    impl = *guest.host.impl;
    impl.ask_modes = count_asked;
    guest.host.impl = &impl;
    modes_answer = answer;
    asked = 0;
}

Test(device, waits_with_the_modes_for_the_display)
{
    const struct vgpu_mode modes[VGPU_MAX_OUTPUTS] = { { 1024, 768 } };
    open_asking(VIT_E_BUSY);
    struct guest_request info = post_display_info();
    struct virtio_gpu_ctx_create create = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE,
                                                    .ctx_id = 5 } };
    struct guest_request behind = guest_post(&guest, &create, sizeof(create), 24);
    cr_assert_eq(asked, 1);
    cr_assert_not(guest_answered(&guest, &info));
    cr_assert_not(guest_answered(&guest, &behind), "in order");
    vgpu_device_set_modes(guest.device, modes, VGPU_MAX_OUTPUTS);
    cr_assert(guest_answered(&guest, &info));
    cr_assert(guest_answered(&guest, &behind));
    cr_assert_eq(width_told(&info), 1024);
    cr_assert_eq(asked, 1);
    info = post_display_info();
    cr_assert_eq(asked, 2, "each question is asked anew");
    vgpu_device_set_modes(guest.device, NULL, 0);
    cr_assert(guest_answered(&guest, &info));
    cr_assert_eq(width_told(&info), 1024, "what was known stays");
    finish();
}

Test(device, tells_the_modes_itself_when_nobody_can_be_asked)
{
    open_asking(VIT_E_GONE);
    struct guest_request info = post_display_info();
    cr_assert(guest_answered(&guest, &info));
    cr_assert_eq(width_told(&info), 1280);
    finish();
}

Test(device, a_stopped_queue_waits_for_no_modes)
{
    open_asking(VIT_E_BUSY);
    (void)post_display_info();
    uint16_t index = vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL);
    cr_assert_eq(index, 0, "the question was not taken");
    vgpu_device_set_modes(guest.device, NULL, 0);
    cr_assert_eq(guest_used_index(&guest, VGPU_QUEUE_CONTROL), 0);
    finish();
}

/* Gathering */

enum { GATHER_MS = 20 };

static void open_gathering(uint64_t gather_ns)
{
    guest_open(&guest, &(struct vgpu_config){ .inline_len = SIZE_MAX, .gather_ns = gather_ns },
            VIT_CUSTODY_DRIVER);
}

/* The driver's end of the control queue: how far it looked. */
static void look(uint16_t at)
{
    struct vring_avail *available = guest_at(&guest, guest.rings[VGPU_QUEUE_CONTROL].available);
    available->ring[GUEST_RING_SIZE] = at;
}

/* Will the next request be kicked? */
static bool wants_kick(void)
{
    const struct guest_ring *ring = &guest.rings[VGPU_QUEUE_CONTROL];
    const struct vring_used *used = guest_at(&guest, ring->used);
    uint16_t event;
    memcpy(&event, &used->ring[GUEST_RING_SIZE], sizeof(event));
    return event == ring->offered;
}

static void post_some(uint32_t first, unsigned count)
{
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(guest_context_create(&guest, first + i), OK);
    }
}

static void let_timer_fire(void)
{
    struct pollfd ready = { vgpu_device_event_fd(guest.device), POLLIN, 0 };
    cr_assert_eq(poll(&ready, 1, 30000), 1);
    vgpu_device_poll(guest.device);
}

/* Only where nothing is gathered: the timer may have fired again. */
static void expect_quiet(void)
{
    struct pollfd ready = { vgpu_device_event_fd(guest.device), POLLIN, 0 };
    cr_assert_eq(poll(&ready, 1, 0), 0);
}

Test(device, spares_a_driver_that_does_not_look_its_kicks_and_comes_back)
{
    open_gathering(GATHER_MS * UINT64_C(1000000));
    post_some(1, 3);
    cr_assert(wants_kick(), "it may wait for each");
    post_some(4, 1);
    cr_assert_not(wants_kick());
    cr_assert(vgpu_device_busy(guest.device));
    let_timer_fire();
    cr_assert(wants_kick(), "nothing more came");
    cr_assert_not(vgpu_device_busy(guest.device));
    expect_quiet();
    finish();
}

Test(device, serves_what_came_without_a_kick_in_its_next_turn)
{
    open_gathering(GATHER_MS * UINT64_C(1000000));
    post_some(1, 4);
    cr_assert_not(wants_kick());
    struct guest_ring *ring = &guest.rings[VGPU_QUEUE_CONTROL];
    /* The chains of the first requests again, which are now refused. */
    guest_offer(&guest, VGPU_QUEUE_CONTROL, 0);
    guest_offer(&guest, VGPU_QUEUE_CONTROL, 2);
    cr_assert_eq(guest_used_index(&guest, VGPU_QUEUE_CONTROL), 4);
    let_timer_fire();
    cr_assert_eq(guest_used_index(&guest, VGPU_QUEUE_CONTROL), ring->offered);
    cr_assert_not(wants_kick(), "there may be more");
    let_timer_fire();
    cr_assert(wants_kick());
    expect_quiet();
    finish();
}

Test(device, tries_less_and_less_often_when_one_request_comes_at_a_time)
{
    open_gathering(1000);
    unsigned spared = 0;
    for (uint32_t i = 0; i < 256; i++) {
        cr_assert_eq(guest_context_create(&guest, 1), OK);
        look((uint16_t)(guest_used_index(&guest, VGPU_QUEUE_CONTROL) - 8));
        cr_assert_eq(guest_context_destroy(&guest, 1), OK);
        spared += !wants_kick();
        guest_settle(&guest);
    }
    cr_assert_gt(spared, 1);
    cr_assert_lt(spared, 8, "%u", spared);
    finish();
}

Test(device, wants_every_kick_of_a_driver_that_looks)
{
    open_gathering(GATHER_MS * UINT64_C(1000000));
    for (uint16_t i = 0; i < 12; i++) {
        post_some(1u + i, 1);
        look((uint16_t)(i + 1));
        cr_assert(wants_kick());
    }
    finish();
}

Test(device, wants_every_kick_unless_it_is_to_gather)
{
    open_gathering(0);
    for (uint16_t i = 0; i < 12; i++) {
        post_some(1u + i, 1);
        cr_assert(wants_kick());
    }
    cr_assert_not(vgpu_device_busy(guest.device));
    finish();
}

Test(device, a_stopped_queue_is_not_gathered_from)
{
    open_gathering(GATHER_MS * UINT64_C(1000000));
    post_some(1, 4);
    cr_assert_eq(vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL), 4);
    cr_assert_not(vgpu_device_busy(guest.device));
    guest_offer(&guest, VGPU_QUEUE_CONTROL, 0);
    let_timer_fire();
    cr_assert_eq(guest_used_index(&guest, VGPU_QUEUE_CONTROL), 4);
    expect_quiet();
    finish();
}
