/* SPDX-License-Identifier: MIT */
#include "vgpu/protection.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto-session/omac.h"
#include "crypto-session/opm.h"
#include "crypto/dsa.h"
#include "tests/crypto-session/srm_maker.h"
#include "tests/vgpu/guest.h"
#include "vgpu/device_state.h"
#include "vgpu/opm.h"

enum {
    LOST = VIT_OPM_STATUS_LINK_LOST,
    RENEGOTIATE = VIT_OPM_STATUS_RENEGOTIATION_REQUIRED,
    TAMPERED = VIT_OPM_STATUS_TAMPERING_DETECTED,
    REVOKED = VIT_OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED | LOST,
    HDCP = VGPU_LINK_HDCP,
    DPCP = VGPU_LINK_DPCP,
};

static const struct vgpu_monitor good_monitor = {
    .plugged = true,
    .has_hdcp = true,
    .ksv = { 0x0f, 0x0f, 0x0f, 0x0f, 0xf0 },
};
static const uint8_t other_ksv[VGPU_KSV_LEN] = { 0x0f, 0x0f, 0x0f, 0x0f, 0x0f };

/* Two outputs, two objects on the first and one on the second. */
struct rig {
    struct vgpu_protection protection;
    struct vgpu_demand a, b, elsewhere;
};

static void begin(struct rig *rig, const struct vgpu_config *config)
{
    *rig = (struct rig){ .elsewhere = { .output = 1 } };
    cr_assert_eq(vgpu_protection_init(&rig->protection, config), VIT_OK);
    vgpu_protection_add(&rig->protection, &rig->a);
    vgpu_protection_add(&rig->protection, &rig->b);
    vgpu_protection_add(&rig->protection, &rig->elsewhere);
    vgpu_protection_set_monitor(&rig->protection, 0, &good_monitor);
}

static void begin_plain(struct rig *rig)
{
    begin(rig, &(struct vgpu_config){ .outputs = 2, .connector = VGPU_CONNECTOR_DISPLAYPORT });
}

static void command(struct rig *rig, struct vgpu_demand *demand, unsigned link, bool on)
{
    vgpu_protection_command(&rig->protection, demand, link, on);
}

static void set_monitor(struct rig *rig, struct vgpu_monitor monitor)
{
    vgpu_protection_set_monitor(&rig->protection, 0, &monitor);
}

/* As an object's next get-info does. */
static uint32_t take(struct vgpu_demand *demand)
{
    uint32_t status = demand->status;
    demand->status = 0;
    return status;
}

/* Each object of the output hears of it once, nobody else does. */
static void told_once(struct rig *rig, uint32_t status)
{
    cr_assert_eq(take(&rig->a), status);
    cr_assert_eq(rig->b.status, status, "the other's is its own");
    cr_assert_eq(take(&rig->b), status);
    cr_assert_eq(rig->elsewhere.status, 0);
    vgpu_protection_poll(&rig->protection);
    cr_assert_eq(rig->a.status | rig->b.status, 0);
}

static bool is_on(struct rig *rig, unsigned link)
{
    return vgpu_protection_is_on(&rig->protection, 0, link);
}

static bool is_seen(struct rig *rig)
{
    return vgpu_protection_allows(&rig->protection, 0, false);
}

Test(protection, nothing_is_commanded_at_first)
{
    struct rig rig;
    begin_plain(&rig);
    cr_assert(is_seen(&rig));
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(is_on(&rig, DPCP));
    cr_assert_eq(vgpu_protection_level(&rig.protection, 0), VGPU_LEVEL_NONE);
    cr_assert_not(vgpu_protection_allows(&rig.protection, 0, true));
    cr_assert_eq(rig.a.status, 0);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_connector_has_the_links_that_it_can_have)
{
    static const struct {
        enum vgpu_connector connector;
        uint32_t types;
    } rows[] = {
        { VGPU_CONNECTOR_VGA, 0 },
        { VGPU_CONNECTOR_DVI, VIT_OPM_TYPE_HDCP },
        { VGPU_CONNECTOR_HDMI, VIT_OPM_TYPE_HDCP },
        { VGPU_CONNECTOR_DISPLAYPORT, VIT_OPM_TYPE_HDCP | VIT_OPM_TYPE_DPCP },
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vgpu_protection protection = { .connector = rows[i].connector };
        cr_assert_eq(vgpu_protection_types(&protection), rows[i].types);
    }
}

Test(protection, each_output_has_an_id_of_its_own)
{
    struct rig rig;
    begin_plain(&rig);
    cr_assert_neq(rig.protection.ids[0], rig.protection.ids[1]);
    cr_assert_eq(rig.protection.ids[0], rig.protection.ports[0].id);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_command_acts_on_its_output_and_link_alone)
{
    for (unsigned link = 0; link < VGPU_LINK_COUNT; link++) {
        struct rig rig;
        begin_plain(&rig);
        command(&rig, &rig.a, link, true);
        cr_assert(is_on(&rig, link));
        cr_assert_not(is_on(&rig, link == HDCP ? DPCP : HDCP));
        cr_assert_not(vgpu_protection_is_on(&rig.protection, 1, link));
        cr_assert(rig.a.reached[link]);
        cr_assert_not(rig.b.reached[link], "what others command is not this object's");
        cr_assert(is_seen(&rig));
        command(&rig, &rig.a, link, false);
        cr_assert_not(is_on(&rig, link));
        cr_assert_not(rig.a.reached[link]);
        cr_assert(is_seen(&rig));
        vgpu_protection_finish(&rig.protection);
    }
}

Test(protection, a_link_stays_on_while_anybody_commands_it)
{
    for (unsigned link = 0; link < VGPU_LINK_COUNT; link++) {
        struct rig rig;
        begin_plain(&rig);
        command(&rig, &rig.a, link, true);
        command(&rig, &rig.b, link, true);
        cr_assert(rig.b.reached[link], "it was on already");
        command(&rig, &rig.a, link, false);
        cr_assert(is_on(&rig, link));
        cr_assert_not(rig.a.reached[link]);
        cr_assert(rig.b.reached[link]);
        vgpu_protection_remove(&rig.protection, &rig.b);
        cr_assert_not(is_on(&rig, link), "an object that goes commands no more");
        vgpu_protection_finish(&rig.protection);
    }
}

Test(protection, an_object_that_goes_leaves_the_others_as_they_are)
{
    struct rig rig;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    vgpu_protection_remove(&rig.protection, &rig.b);
    cr_assert(is_on(&rig, HDCP));
    vgpu_protection_tamper(&rig.protection, 0);
    cr_assert_eq(rig.a.status, TAMPERED);
    cr_assert_eq(rig.b.status, 0, "it is out of the list");
    vgpu_protection_remove(&rig.protection, &rig.a);
    cr_assert_null(rig.protection.ports[0].demands);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, unplugging_ends_what_is_on_until_it_is_commanded_again)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    command(&rig, &rig.b, DPCP, true);
    monitor.plugged = false;
    set_monitor(&rig, monitor);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(is_on(&rig, DPCP));
    cr_assert_not(is_seen(&rig));
    cr_assert_eq(vgpu_protection_level(&rig.protection, 0), VGPU_LEVEL_LOST);
    told_once(&rig, LOST);
    set_monitor(&rig, monitor);
    told_once(&rig, 0);
    command(&rig, &rig.a, HDCP, true);
    cr_assert_not(is_on(&rig, HDCP), "there is no monitor");

    monitor.plugged = true;
    set_monitor(&rig, monitor);
    told_once(&rig, RENEGOTIATE);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(is_seen(&rig));
    command(&rig, &rig.a, HDCP, true);
    cr_assert(is_on(&rig, HDCP));
    cr_assert_not(is_seen(&rig), "DPCP is still commanded, and off");
    command(&rig, &rig.b, DPCP, true);
    cr_assert(is_seen(&rig));
    vgpu_protection_finish(&rig.protection);
}

Test(protection, who_commands_no_more_is_not_black)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    monitor.plugged = false;
    set_monitor(&rig, monitor);
    command(&rig, &rig.a, HDCP, false);
    cr_assert(is_seen(&rig));
    cr_assert_eq(vgpu_protection_level(&rig.protection, 0), VGPU_LEVEL_NONE);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, tampering_is_told_and_ends_both_links)
{
    struct rig rig;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    command(&rig, &rig.a, DPCP, true);
    vgpu_protection_tamper(&rig.protection, 0);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(is_on(&rig, DPCP));
    cr_assert_not(is_seen(&rig));
    told_once(&rig, TAMPERED);
    vgpu_protection_tamper(&rig.protection, 0);
    told_once(&rig, TAMPERED);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_monitor_that_becomes_revoked_ends_hdcp_only)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    command(&rig, &rig.a, DPCP, true);
    monitor.revoked = true;
    set_monitor(&rig, monitor);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert(is_on(&rig, DPCP));
    cr_assert_not(is_seen(&rig));
    cr_assert_eq(vgpu_protection_level(&rig.protection, 0), VGPU_LEVEL_REVOKED);
    told_once(&rig, REVOKED);
    command(&rig, &rig.b, HDCP, true);
    cr_assert_not(is_on(&rig, HDCP));
    told_once(&rig, REVOKED);
    monitor.revoked = false;
    set_monitor(&rig, monitor);
    cr_assert_not(is_on(&rig, HDCP), "not by itself");
    command(&rig, &rig.b, HDCP, true);
    cr_assert(is_seen(&rig));
    told_once(&rig, 0);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_revoked_monitor_is_no_event_while_hdcp_is_off)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    command(&rig, &rig.a, DPCP, true);
    monitor.revoked = true;
    set_monitor(&rig, monitor);
    told_once(&rig, 0);
    cr_assert(is_seen(&rig));
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_monitor_without_hdcp_has_none)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    command(&rig, &rig.a, DPCP, true);
    monitor.has_hdcp = false;
    set_monitor(&rig, monitor);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert(is_on(&rig, DPCP));
    told_once(&rig, LOST);
    command(&rig, &rig.a, HDCP, true);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(rig.a.reached[HDCP]);
    cr_assert_not(is_seen(&rig));
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_list_of_revoked_receivers_acts_at_once)
{
    struct rig rig;
    begin_plain(&rig);
    command(&rig, &rig.a, HDCP, true);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 3, other_ksv, 1), VIT_OK);
    cr_assert(is_on(&rig, HDCP), "another one's");
    told_once(&rig, 0);
    uint8_t both[2][VGPU_KSV_LEN];
    memcpy(both[0], other_ksv, VGPU_KSV_LEN);
    memcpy(both[1], good_monitor.ksv, VGPU_KSV_LEN);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 4, both[0], 2), VIT_OK);
    cr_assert_not(is_on(&rig, HDCP));
    told_once(&rig, REVOKED);
    cr_assert_eq(vgpu_protection_level(&rig.protection, 0), VGPU_LEVEL_REVOKED);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 4, both[0], 2), VIT_OK, "the same again");
    told_once(&rig, 0);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_list_that_comes_while_hdcp_is_off_acts_later)
{
    struct rig rig;
    begin_plain(&rig);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 1, good_monitor.ksv, 1), VIT_OK);
    told_once(&rig, 0);
    command(&rig, &rig.a, HDCP, true);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(is_seen(&rig));
    told_once(&rig, REVOKED);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 2, NULL, 0), VIT_OK);
    command(&rig, &rig.a, HDCP, true);
    cr_assert(is_on(&rig, HDCP), "not revoked any more");
    vgpu_protection_finish(&rig.protection);
}

Test(protection, an_older_list_is_refused)
{
    struct rig rig;
    begin_plain(&rig);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 0, NULL, 0), VIT_OK);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 7, good_monitor.ksv, 1), VIT_OK);
    cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 6, NULL, 0), VIT_E_REFUSED);
    cr_assert_eq(rig.protection.srm_version, 7);
    cr_assert_eq(rig.protection.revoked_count, 1);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, hdcp_may_be_required_of_all_protected_content)
{
    struct rig rig;
    begin(&rig,
            &(struct vgpu_config){ .outputs = 2,
                    .connector = VGPU_CONNECTOR_HDMI,
                    .require_hdcp = true });
    cr_assert_not(is_seen(&rig));
    command(&rig, &rig.a, HDCP, true);
    cr_assert(is_seen(&rig));
    cr_assert_not(vgpu_protection_allows(&rig.protection, 1, false));
    vgpu_protection_remove(&rig.protection, &rig.a);
    cr_assert_not(is_seen(&rig));
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_statement_goes_before_what_is_commanded)
{
    struct rig rig;
    begin_plain(&rig);
    cr_assert_eq(vgpu_protection_state_level(&rig.protection, 0, VGPU_LEVEL_HDCP), VIT_OK);
    cr_assert(is_on(&rig, HDCP));
    cr_assert(vgpu_protection_allows(&rig.protection, 0, true));
    cr_assert_not(is_on(&rig, DPCP));
    command(&rig, &rig.a, HDCP, true);
    command(&rig, &rig.a, DPCP, true);
    cr_assert(is_seen(&rig), "a statement about HDCP says nothing of DPCP");

    cr_assert_eq(vgpu_protection_state_level(&rig.protection, 0, VGPU_LEVEL_LOST), VIT_OK);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(is_on(&rig, DPCP));
    cr_assert_not(is_seen(&rig));
    told_once(&rig, LOST);
    cr_assert_eq(vgpu_protection_state_level(&rig.protection, 0, VGPU_LEVEL_LOST), VIT_OK);
    told_once(&rig, 0);

    cr_assert_eq(vgpu_protection_state_level(&rig.protection, 0, VGPU_LEVEL_REVOKED), VIT_OK);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert(is_on(&rig, DPCP));
    told_once(&rig, REVOKED);

    cr_assert_eq(vgpu_protection_state_level(&rig.protection, 0, VGPU_LEVEL_NONE), VIT_OK);
    cr_assert(is_seen(&rig), "taken back: what was commanded holds");
    vgpu_protection_finish(&rig.protection);
}

static void wait_until(uint64_t due_ns)
{
    struct timespec until = { (time_t)(due_ns / 1000000000u), (long)(due_ns % 1000000000u) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {
    }
}

Test(protection, a_slow_monitor_is_not_on_before_its_time)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    monitor.delay_ms = VGPU_MAX_DELAY_MS;
    set_monitor(&rig, monitor);
    command(&rig, &rig.a, HDCP, true);
    cr_assert_neq(vgpu_protection_due(&rig.protection), 0);
    vgpu_protection_poll(&rig.protection);
    cr_assert_not(is_on(&rig, HDCP));
    cr_assert_not(rig.a.reached[HDCP]);
    cr_assert_not(is_seen(&rig));
    uint64_t due = vgpu_protection_due(&rig.protection);
    command(&rig, &rig.b, HDCP, true);
    cr_assert_eq(vgpu_protection_due(&rig.protection), due, "a second wish does not begin again");

    command(&rig, &rig.b, HDCP, false);
    command(&rig, &rig.a, HDCP, false);
    cr_assert_eq(vgpu_protection_due(&rig.protection), 0);
    vgpu_protection_finish(&rig.protection);
}

Test(protection, a_slow_monitor_is_on_when_its_time_has_come)
{
    struct rig rig;
    struct vgpu_monitor monitor = good_monitor;
    begin_plain(&rig);
    monitor.delay_ms = 1;
    set_monitor(&rig, monitor);
    command(&rig, &rig.a, HDCP, true);
    wait_until(vgpu_protection_due(&rig.protection));
    vgpu_protection_poll(&rig.protection);
    cr_assert(is_on(&rig, HDCP));
    cr_assert(rig.a.reached[HDCP]);
    cr_assert_not(rig.b.reached[HDCP]);
    cr_assert_eq(vgpu_protection_due(&rig.protection), 0);
    vgpu_protection_finish(&rig.protection);
}

/* While it authenticates, everything can still go wrong. */
Test(protection, a_start_that_is_interrupted_does_not_end_on)
{
    enum { UNPLUG, TAMPER, REVOKE, NO_HDCP, LIST, COUNT };
    static const uint32_t told[COUNT] = { LOST, TAMPERED, REVOKED, LOST, REVOKED };
    for (unsigned what = 0; what < COUNT; what++) {
        struct rig rig;
        struct vgpu_monitor monitor = good_monitor;
        begin_plain(&rig);
        monitor.delay_ms = 1;
        set_monitor(&rig, monitor);
        command(&rig, &rig.a, HDCP, true);
        uint64_t due = vgpu_protection_due(&rig.protection);
        monitor.plugged = what != UNPLUG;
        monitor.revoked = what == REVOKE;
        monitor.has_hdcp = what != NO_HDCP;
        if (what == TAMPER) {
            vgpu_protection_tamper(&rig.protection, 0);
        } else if (what == LIST) {
            cr_assert_eq(vgpu_protection_set_srm(&rig.protection, 1, monitor.ksv, 1), VIT_OK);
        } else {
            set_monitor(&rig, monitor);
        }
        cr_assert_eq(vgpu_protection_due(&rig.protection), 0);
        wait_until(due);
        vgpu_protection_poll(&rig.protection);
        cr_assert_not(is_on(&rig, HDCP), "%u", what);
        told_once(&rig, told[what]);
        vgpu_protection_finish(&rig.protection);
    }
}

/* What is seen of it. */

enum { WIDTH = 32, HEIGHT = 16, PROTECTED = 2, OK = VIRTIO_GPU_RESP_OK_NODATA };

static struct guest guest;
static struct vgpu_demand demand;

static void open_device(bool require_hdcp)
{
    guest_open(&guest,
            &(struct vgpu_config){ .inline_len = SIZE_MAX,
                    .require_hdcp = require_hdcp,
                    .connector = VGPU_CONNECTOR_DISPLAYPORT },
            VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_protected(&guest, 1, PROTECTED, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    memset(vgpu_objects_resource(&guest.device->objects, PROTECTED)->storage, 0x5a,
            WIDTH * HEIGHT * 4);
    cr_assert_eq(guest_set_scanout(&guest, 0, PROTECTED, 0, 0, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, PROTECTED, 0, 0, WIDTH, HEIGHT), OK);
    demand = (struct vgpu_demand){ 0 };
    vgpu_protection_add(&guest.device->protection, &demand);
}

static void close_device(void)
{
    guest_close(&guest);
}

static void shows(uint8_t byte)
{
    for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        cr_assert((byte == 0 && i % 4 == 3) || guest.pictures[0].pixels[i] == byte, "byte %zu", i);
    }
}

static void shows_picture(void)
{
    shows(0x5a);
}

static void is_black(void)
{
    shows(0);
}

static void set(unsigned link, bool on)
{
    vgpu_protection_command(&guest.device->protection, &demand, link, on);
    vgpu_device_poll(guest.device);
}

static struct vgpu_monitor monitor_now(void)
{
    struct vgpu_monitor monitor;
    cr_assert_eq(vgpu_device_get_monitor(guest.device, 0, &monitor), VIT_OK);
    return monitor;
}

static void put_monitor(const struct vgpu_monitor *monitor)
{
    cr_assert_eq(vgpu_device_set_monitor(guest.device, 0, monitor), VIT_OK);
}

Test(shown, faults_blacken_at_once_and_commands_bring_it_back, .fini = close_device)
{
    open_device(true);
    is_black();
    set(HDCP, true);
    shows_picture();
    struct vgpu_monitor monitor = monitor_now();

    monitor.plugged = false;
    put_monitor(&monitor);
    is_black();
    monitor.plugged = true;
    put_monitor(&monitor);
    is_black();
    set(HDCP, true);
    shows_picture();

    cr_assert_eq(vgpu_device_tamper(guest.device, 0), VIT_OK);
    is_black();
    set(HDCP, true);
    shows_picture();

    monitor.revoked = true;
    put_monitor(&monitor);
    is_black();
    set(HDCP, true);
    is_black();
    monitor.revoked = false;
    put_monitor(&monitor);
    set(HDCP, true);
    shows_picture();

    monitor.has_hdcp = false;
    put_monitor(&monitor);
    is_black();
}

Test(shown, an_object_that_goes_takes_what_is_required_with_it, .fini = close_device)
{
    open_device(true);
    set(HDCP, true);
    shows_picture();
    vgpu_protection_remove(&guest.device->protection, &demand);
    vgpu_device_poll(guest.device);
    is_black();
}

Test(shown, what_is_commanded_is_needed_though_nothing_else_requires_it, .fini = close_device)
{
    open_device(false);
    shows_picture();
    set(HDCP, true);
    shows_picture();
    cr_assert_eq(vgpu_device_tamper(guest.device, 0), VIT_OK);
    is_black();
    set(HDCP, false);
    shows_picture();
}

Test(shown, a_displayport_link_has_dpcp, .fini = close_device)
{
    open_device(false);
    set(DPCP, true);
    shows_picture();
    struct vgpu_monitor monitor = monitor_now();
    monitor.plugged = false;
    put_monitor(&monitor);
    is_black();
    monitor.plugged = true;
    put_monitor(&monitor);
    set(DPCP, true);
    shows_picture();
    set(HDCP, true);
    monitor.has_hdcp = false;
    put_monitor(&monitor);
    is_black();
    set(HDCP, false);
    shows_picture();
}

Test(shown, a_stated_level_that_returns_shows_it_again, .fini = close_device)
{
    open_device(false);
    set(HDCP, true);
    cr_assert_eq(vgpu_device_set_level(guest.device, 0, VGPU_LEVEL_LOST), VIT_OK);
    is_black();
    cr_assert_eq(vgpu_device_set_level(guest.device, 0, VGPU_LEVEL_HDCP), VIT_OK);
    shows_picture();
}

/* The embedding side only waits for the device's descriptor. */
Test(shown, a_slow_monitor_shows_it_when_it_has_authenticated, .fini = close_device)
{
    open_device(true);
    struct vgpu_monitor monitor = monitor_now();
    monitor.delay_ms = 20;
    put_monitor(&monitor);
    set(HDCP, true);
    struct pollfd ready = { .fd = vgpu_device_event_fd(guest.device), .events = POLLIN };
    for (int turns = 0; !vgpu_protection_is_on(&guest.device->protection, 0, HDCP); turns++) {
        is_black();
        cr_assert_lt(turns, 100, "it is called again and again for nothing");
        cr_assert_eq(poll(&ready, 1, 20000), 1);
        vgpu_device_poll(guest.device);
    }
    shows_picture();
    cr_assert_eq(poll(&ready, 1, 0), 0, "the timer is off");
}

Test(shown, monitors_that_are_not_there_are_refused, .fini = close_device)
{
    open_device(true);
    struct vgpu_monitor monitor = monitor_now();
    cr_assert_eq(vgpu_device_get_monitor(guest.device, 1, &monitor), VIT_E_ARG);
    cr_assert_eq(vgpu_device_set_monitor(guest.device, 1, &monitor), VIT_E_ARG);
    cr_assert_eq(vgpu_device_tamper(guest.device, 1), VIT_E_ARG);
    monitor.delay_ms = VGPU_MAX_DELAY_MS + 1;
    cr_assert_eq(vgpu_device_set_monitor(guest.device, 0, &monitor), VIT_E_ARG);
    cr_assert_eq(monitor_now().delay_ms, 0);
}

/* By signed messages of protected output objects. */

static const uint8_t get_srm_version[16] = { 0xff, 0xce, 0xc5, 0x99, 0x1d, 0x5f, 0x79, 0x48, 0x81,
    0xc1, 0xc5, 0x24, 0x43, 0xc9, 0x48, 0x2b };
static const uint8_t get_connector_type[16] = { 0xd5, 0xbf, 0xd0, 0x81, 0xfe, 0x6a, 0xc2, 0x48,
    0x99, 0xc0, 0x95, 0xa0, 0x8f, 0x97, 0xc5, 0xda };
static const uint8_t set_protection_level[16] = { 0x7c, 0x32, 0xb9, 0x9b, 0xb5, 0x4e, 0x27, 0x47,
    0x9f, 0x00, 0xb4, 0x2b, 0x09, 0x19, 0xc0, 0xda };
static const uint8_t set_srm_guid[16] = { 0xd1, 0xf5, 0x5e, 0x8b, 0x0d, 0xc3, 0xff, 0x44, 0x84,
    0xa5, 0xea, 0x71, 0xdc, 0xe7, 0x8f, 0x13 };

struct object {
    struct vgpu_opm *opm;
    uint8_t key[VIT_AES_LEN];
    uint32_t requests, commands;
};

static EVP_PKEY *signer;
static struct vit_dsa_key *srm_key;
static struct vit_slab *slab;
static struct vit_cipher *cipher;

static struct vgpu_context *context(void)
{
    return vgpu_objects_context(&guest.device->objects, 1);
}

static struct object open_object(uint8_t seed)
{
    struct object object = { .requests = seed, .commands = seed + 100u };
    struct vit_opm_exchange keys = { .status_sequence = object.requests,
        .command_sequence = object.commands };
    memset(object.key, seed, sizeof(object.key));
    memcpy(keys.signing_key, object.key, sizeof(object.key));
    cr_assert_eq(vgpu_opm_create(context(), 0, &object.opm), VIT_OK);
    cr_assert_eq(vit_opm_begin_exchange(object.opm->crypto), VIT_OK);
    vit_opm_set_keys(object.opm->crypto, &keys);
    return object;
}

static enum vit_opm_result ask(struct object *object, const uint8_t guid[16], uint32_t *flags,
        uint32_t *information)
{
    uint8_t request[VIT_OPM_GET_INFO_LEN] = { 0 };
    uint8_t answer[VIT_OPM_ANSWER_LEN];
    memset(request + 16, 0x77, 16);
    memcpy(request + 32, guid, 16);
    vit_store_le32(request + 48, object->requests++);
    cr_assert_eq(vit_omac_sign(cipher, object->key, request, sizeof(request)), VIT_OK);
    enum vit_opm_result result = vgpu_opm_information(context(), object->opm, request, answer);
    if (result == VIT_OPM_OK) {
        cr_assert_eq(vit_omac_check(cipher, object->key, answer, sizeof(answer)), VIT_OK);
        *flags = vit_load_le32(answer + 36);
        *information = vit_load_le32(answer + 40);
    }
    return result;
}

static enum vit_opm_result configure(struct object *object, const uint8_t guid[16],
        const uint32_t *words, size_t count, const uint8_t *additional, size_t additional_len)
{
    uint8_t request[VIT_OPM_CONFIGURE_LEN] = { 0 };
    memcpy(request + 16, guid, 16);
    vit_store_le32(request + 32, object->commands++);
    vit_store_le32(request + 36, (uint32_t)(count * 4));
    for (size_t i = 0; i < count; i++) {
        vit_store_le32(request + 40 + i * 4, words[i]);
    }
    cr_assert_eq(vit_omac_sign(cipher, object->key, request, sizeof(request)), VIT_OK);
    enum vit_opm_result result =
            vgpu_opm_configure(context(), object->opm, request, additional, additional_len);
    vgpu_device_poll(guest.device);
    return result;
}

static enum vit_opm_result set_hdcp(struct object *object, bool on)
{
    const uint32_t words[4] = { VIT_OPM_TYPE_HDCP, on };
    return configure(object, set_protection_level, words, 4, NULL, 0);
}

static enum vit_opm_result send_srm(struct object *object, uint32_t version, const uint8_t *srm,
        size_t len)
{
    return configure(object, set_srm_guid, &version, 1, srm, len);
}

static uint32_t flags_of(struct object *object)
{
    uint32_t flags;
    uint32_t information;
    cr_assert_eq(ask(object, get_connector_type, &flags, &information), VIT_OPM_OK);
    return flags;
}

static void open_signed(enum vgpu_connector connector, bool with_key)
{
    char pem[4096];
    signer = srm_make_key(1024, 160);
    size_t len = srm_write_key(signer, pem, sizeof(pem));
    cr_assert_eq(vit_dsa_key_read(pem, len, &srm_key), VIT_OK);
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(slab, "openssl", &cipher), VIT_OK);
    guest_open(&guest,
            &(struct vgpu_config){ .inline_len = SIZE_MAX,
                    .require_hdcp = true,
                    .connector = connector,
                    .srm_key = with_key ? srm_key : NULL },
            VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_protected(&guest, 1, PROTECTED, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    memset(vgpu_objects_resource(&guest.device->objects, PROTECTED)->storage, 0x5a,
            WIDTH * HEIGHT * 4);
    cr_assert_eq(guest_set_scanout(&guest, 0, PROTECTED, 0, 0, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, PROTECTED, 0, 0, WIDTH, HEIGHT), OK);
}

static void close_signed(void)
{
    guest_close(&guest);
    vit_cipher_destroy(cipher);
    vit_slab_destroy(slab);
    vit_dsa_key_destroy(srm_key);
    EVP_PKEY_free(signer);
}

/* Revokes the monitor that is there, or nobody. */
static size_t make_srm(uint8_t *srm, uint16_t version, bool revokes)
{
    struct vgpu_monitor monitor = monitor_now();
    uint8_t vector[1 + VGPU_KSV_LEN] = { revokes };
    memcpy(vector + 1, monitor.ksv, VGPU_KSV_LEN);
    return srm_sign(signer, srm, srm_begin(srm, version, vector, revokes ? sizeof(vector) : 1));
}

Test(objects, each_is_told_once_what_happened, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_HDMI, true);
    struct object a = open_object(1);
    struct object b = open_object(2);
    is_black();
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    shows_picture();
    struct vgpu_monitor monitor = monitor_now();
    monitor.plugged = false;
    put_monitor(&monitor);
    is_black();
    cr_assert_eq(flags_of(&a), LOST);
    cr_assert_eq(flags_of(&a), 0);
    cr_assert_eq(flags_of(&b), LOST);
    cr_assert_eq(flags_of(&b), 0);
    monitor.plugged = true;
    put_monitor(&monitor);
    is_black();
    cr_assert_eq(flags_of(&a), RENEGOTIATE);
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    shows_picture();
    vgpu_opm_destroy(context(), a.opm);
    vgpu_device_poll(guest.device);
    is_black();
    cr_assert_eq(flags_of(&b), RENEGOTIATE);
}

Test(objects, a_refused_request_tells_nothing, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_HDMI, true);
    struct object a = open_object(1);
    uint32_t flags = 0;
    uint32_t information;
    cr_assert_eq(vgpu_device_tamper(guest.device, 0), VIT_OK);
    cr_assert_eq(ask(&a, get_srm_version, &flags, &information), VIT_OPM_HDCP_SRM_NEVER_SET);
    cr_assert_eq(flags_of(&a), TAMPERED);
}

Test(objects, a_list_revokes_the_monitor_while_hdcp_is_on, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_HDMI, true);
    uint8_t srm[256];
    struct object a = open_object(1);
    uint32_t flags;
    uint32_t version;
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    cr_assert_eq(send_srm(&a, 3, srm, make_srm(srm, 3, false)), VIT_OPM_OK);
    shows_picture();
    cr_assert_eq(ask(&a, get_srm_version, &flags, &version), VIT_OPM_OK);
    cr_assert_eq(version, 3);
    cr_assert_eq(send_srm(&a, 4, srm, make_srm(srm, 4, true)), VIT_OPM_OK);
    is_black();
    cr_assert_eq(flags_of(&a), REVOKED);
    cr_assert_eq(flags_of(&a), 0);
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    is_black();
    cr_assert_eq(flags_of(&a), REVOKED);
}

Test(objects, a_list_revokes_the_monitor_when_hdcp_is_wanted_later, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_HDMI, true);
    uint8_t srm[256];
    struct object a = open_object(1);
    cr_assert_eq(send_srm(&a, 4, srm, make_srm(srm, 4, true)), VIT_OPM_OK);
    cr_assert_eq(flags_of(&a), 0);
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    is_black();
    cr_assert_eq(flags_of(&a), REVOKED);
    cr_assert_eq(send_srm(&a, 5, srm, make_srm(srm, 5, false)), VIT_OPM_OK);
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    shows_picture();
}

Test(objects, lists_that_are_wrong_or_old_change_nothing, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_HDMI, true);
    uint8_t srm[256];
    struct object a = open_object(1);
    uint32_t flags;
    uint32_t version;
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OK);
    cr_assert_eq(send_srm(&a, 4, srm, make_srm(srm, 4, false)), VIT_OPM_OK);

    size_t len = make_srm(srm, 3, true);
    cr_assert_eq(send_srm(&a, 3, srm, len), VIT_OPM_INVALID_SRM, "older");
    len = make_srm(srm, 5, true);
    cr_assert_eq(send_srm(&a, 6, srm, len), VIT_OPM_INVALID_SRM, "not the version that was said");
    cr_assert_eq(send_srm(&a, 0x10005, srm, len), VIT_OPM_INVALID_SRM);
    cr_assert_eq(send_srm(&a, 5, srm, len - 1), VIT_OPM_INVALID_SRM);
    cr_assert_eq(send_srm(&a, 5, NULL, 0), VIT_OPM_INVALID_SRM);
    srm[len - 1] ^= 1;
    cr_assert_eq(send_srm(&a, 5, srm, len), VIT_OPM_INVALID_SRM, "signature");
    shows_picture();
    cr_assert_eq(ask(&a, get_srm_version, &flags, &version), VIT_OPM_OK);
    cr_assert_eq(version, 4);
}

Test(objects, without_a_key_no_list_counts, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_HDMI, false);
    uint8_t srm[256];
    struct object a = open_object(1);
    cr_assert_eq(send_srm(&a, 4, srm, make_srm(srm, 4, false)), VIT_OPM_INVALID_SRM);
}

Test(objects, an_analogue_connector_has_no_hdcp, .fini = close_signed)
{
    open_signed(VGPU_CONNECTOR_VGA, true);
    uint8_t srm[256];
    struct object a = open_object(1);
    uint32_t flags;
    uint32_t information = 1;
    cr_assert_eq(ask(&a, get_connector_type, &flags, &information), VIT_OPM_OK);
    cr_assert_eq(information, 0);
    cr_assert_eq(set_hdcp(&a, true), VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP);
    cr_assert_eq(send_srm(&a, 4, srm, make_srm(srm, 4, false)),
            VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP);
    is_black();
}
