/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "include/vitrine.h"
#include "tests/kmd-stub/host_rig.h"

static struct vitrine_host_config plain_config(bool custody_device)
{
    return (struct vitrine_host_config){ .version = VITRINE_HOST_VERSION,
        .certificate = host_chain(custody_device),
        .key = host_key() };
}

static void open_rig(struct host_rig *rig)
{
    HRESULT result = host_open_plain(rig);
    cr_assert_eq(result, S_OK, "%08x %s", (unsigned)result, rig->error);
}

static D3DKMT_HANDLE allocate(struct host_rig *rig, enum vit_allocation_kind kind)
{
    bool picture = kind >= VIT_ALLOCATION_PRIMARY;
    D3DKMT_HANDLE handle = 0;
    cr_assert_eq(host_allocate(rig, kind, picture ? VIT_FORMAT_BGRX : VIT_FORMAT_BYTES,
                         picture ? 64 : 8192, picture ? 32 : 1, &handle),
            S_OK);
    return handle;
}

static void paint(struct host_rig *rig, D3DKMT_HANDLE handle, uint8_t seed)
{
    uint8_t *bytes;
    cr_assert_eq(host_lock(rig, handle, &bytes), S_OK);
    for (unsigned i = 0; i < 8192; i++) {
        bytes[i] = (uint8_t)(i * 7 + seed);
    }
    cr_assert_eq(host_unlock(rig, handle), S_OK);
}

/* X of a pixel means nothing. */
static bool is_painted(const struct vitrine_host_picture *picture, uint8_t seed)
{
    for (unsigned i = 0; i < 8192; i++) {
        if (i % 4 != 3 && picture->pixels[i] != (uint8_t)(i * 7 + seed)) {
            return false;
        }
    }
    return picture->width == 64 && picture->height == 32;
}

static void expect_refused(const struct vitrine_host_config *config, HRESULT expected)
{
    struct vitrine_host_tables tables = { 0 };
    char line[256] = "";
    cr_expect_eq(VitrineOpenHost(config, &tables, line, sizeof(line)), expected, "%s", line);
    cr_expect_null(tables.host);
    cr_expect_str_not_empty(line);
    cr_expect_null(strchr(line, '\n'), "one line");
    cr_expect_eq(VitrineOpenHost(config, &tables, NULL, 0), expected, "nobody wants the line");
}

Test(host, tells_custody_and_key_as_the_certificate_wants_it)
{
    for (unsigned device = 0; device < 2; device++) {
        struct host_rig rig;
        struct vitrine_host_config config = plain_config(device != 0);
        cr_assert_eq(host_open(&rig, &config), S_OK, "%s", rig.error);
        cr_assert_str_empty(rig.error);
        static uint8_t block[VIT_ADAPTER_INFO_LEN];
        struct vit_adapter_info info;
        vit_adapter_info_ask(block);
        D3DDDICB_QUERYADAPTERINFO data = { block, sizeof(block) };
        const D3DDDI_ADAPTERCALLBACKS *table = rig.tables.adapter_callbacks;
        cr_assert_eq(table->pfnQueryAdapterInfoCb(rig.tables.hRTAdapter, &data), S_OK);
        cr_assert_eq(vit_adapter_info_decode(block, sizeof(block), &info), VIT_OK);
        cr_assert_eq(info.capset.custody,
                (unsigned)(device ? VITRINE_CUSTODY_DEVICE : VITRINE_CUSTODY_DRIVER));
        cr_assert_str_eq(info.key_uri, device ? "" : host_key());
        host_close(&rig);
    }
}

Test(host, a_configuration_of_another_version_is_refused)
{
    struct vitrine_host_config config = plain_config(false);
    config.version = VITRINE_HOST_VERSION + 1;
    expect_refused(&config, E_INVALIDARG);
    expect_refused(NULL, E_INVALIDARG);
    config.version = VITRINE_HOST_VERSION;
    cr_expect_eq(VitrineOpenHost(&config, NULL, NULL, 0), E_INVALIDARG);
}

Test(host, a_link_that_is_none_is_refused)
{
    static const char *const links[] = { "", "embedded", "embedded:x", "nowhere:/run/x",
        "Embedded:" };
    for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct vitrine_host_config config = plain_config(false);
        config.link = links[i];
        expect_refused(&config, E_INVALIDARG);
    }
}

Test(host, a_certificate_that_is_missing_or_none_is_refused)
{
    struct vitrine_host_config config = plain_config(false);
    config.certificate = NULL;
    expect_refused(&config, E_INVALIDARG);
    config.certificate = "/nonexistent/chain.der";
    expect_refused(&config, E_FAIL);
    config.certificate = "/";
    expect_refused(&config, E_FAIL);
    config.certificate = host_key();
    expect_refused(&config, E_FAIL);
    config.certificate = "/dev/zero";
    expect_refused(&config, E_FAIL);
}

Test(host, a_device_that_keeps_its_key_needs_one)
{
    struct vitrine_host_config config = plain_config(true);
    config.key = NULL;
    expect_refused(&config, E_INVALIDARG);
    config.key = "/nonexistent/key.pem";
    expect_refused(&config, E_FAIL);
    config.key = host_chain(true);
    expect_refused(&config, E_FAIL);
}

Test(host, a_key_for_lists_of_revoked_receivers_must_be_one)
{
    struct vitrine_host_config config = plain_config(false);
    config.srm_key = "/nonexistent/key.pem";
    expect_refused(&config, E_FAIL);
    config.srm_key = host_chain(false);
    expect_refused(&config, E_FAIL);
}

Test(host, a_long_line_is_cut)
{
    char line[20];
    struct vitrine_host_tables tables;
    struct vitrine_host_config config = plain_config(false);
    config.certificate = "/nonexistent/a-rather-long-name-of-a-file";
    memset(line, 'x', sizeof(line));
    cr_assert_eq(VitrineOpenHost(&config, &tables, line, sizeof(line)), E_FAIL);
    cr_assert_eq(strlen(line), sizeof(line) - 1);
}

Test(host, shows_what_was_presented_and_nothing_before)
{
    struct host_rig rig;
    struct vitrine_host_picture picture;
    open_rig(&rig);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, &picture), E_FAIL);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 1, &picture), E_INVALIDARG);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, NULL), E_INVALIDARG);
    D3DKMT_HANDLE primary = allocate(&rig, VIT_ALLOCATION_PRIMARY);
    paint(&rig, primary, 1);
    cr_assert_eq(host_present(&rig, primary), S_OK);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, &picture), S_OK);
    cr_assert(is_painted(&picture, 1));
    uint64_t updates = picture.updates;
    paint(&rig, primary, 2);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, &picture), S_OK);
    cr_assert(is_painted(&picture, 1), "not presented yet");
    cr_assert_eq(host_present(&rig, primary), S_OK);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, &picture), S_OK);
    cr_assert(is_painted(&picture, 2));
    cr_assert_gt(picture.updates, updates);
    host_close(&rig);
}

Test(host, a_copy_goes_through_the_device)
{
    struct host_rig rig;
    struct vitrine_host_picture picture;
    open_rig(&rig);
    D3DKMT_HANDLE source = allocate(&rig, VIT_ALLOCATION_SHARED);
    D3DKMT_HANDLE primary = allocate(&rig, VIT_ALLOCATION_PRIMARY);
    paint(&rig, source, 9);
    cr_assert_eq(host_copy(&rig, source, primary, 8192), S_OK);
    cr_assert_eq(host_finish(&rig), S_OK);
    cr_assert_eq(host_present(&rig, primary), S_OK);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, &picture), S_OK);
    cr_assert(is_painted(&picture, 9));
    host_close(&rig);
}

Test(host, long_copies_go_to_workers_and_come_back)
{
    enum { LEN = 4 << 20, ROUNDS = 8 };
    struct host_rig rig;
    struct vitrine_host_config config = plain_config(false);
    config.workers = 2;
    config.inline_len = 4096;
    cr_assert_eq(host_open(&rig, &config), S_OK, "%s", rig.error);
    D3DKMT_HANDLE source, destination;
    uint8_t *bytes;
    cr_assert_eq(host_allocate(&rig, VIT_ALLOCATION_SHARED, VIT_FORMAT_BYTES, LEN, 1, &source),
            S_OK);
    cr_assert_eq(host_allocate(&rig, VIT_ALLOCATION_SHARED, VIT_FORMAT_BYTES, LEN, 1, &destination),
            S_OK);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        cr_assert_eq(host_lock(&rig, source, &bytes), S_OK, "waits for the round before");
        memset(bytes, (int)i, LEN);
        cr_assert_eq(host_unlock(&rig, source), S_OK);
        cr_assert_eq(host_copy(&rig, source, destination, LEN), S_OK);
    }
    cr_assert_eq(host_lock(&rig, destination, &bytes), S_OK);
    for (unsigned i = 0; i < LEN; i += 997) {
        cr_assert_eq(bytes[i], ROUNDS);
    }
    cr_assert_eq(host_unlock(&rig, destination), S_OK);
    host_close(&rig);
}

Test(host, an_allocation_may_go_right_behind_its_last_use)
{
    struct host_rig rig;
    struct vitrine_host_config config = plain_config(false);
    config.inline_len = 4096;
    cr_assert_eq(host_open(&rig, &config), S_OK, "%s", rig.error);
    for (unsigned i = 0; i < 20; i++) {
        D3DKMT_HANDLE handles[2];
        for (unsigned j = 0; j < 2; j++) {
            cr_assert_eq(host_allocate(&rig, VIT_ALLOCATION_SHARED, VIT_FORMAT_BYTES, 1 << 20, 1,
                                 &handles[j]),
                    S_OK);
        }
        cr_assert_eq(host_copy(&rig, handles[0], handles[1], 1 << 20), S_OK);
        cr_assert_eq(host_deallocate(&rig, handles[1]), S_OK);
        cr_assert_eq(host_deallocate(&rig, handles[0]), S_OK);
    }
    struct vitrine_host_stats stats;
    rig.tables.stats(rig.tables.host, &stats);
    cr_assert_eq(stats.refusals, 0);
    host_close(&rig);
}

Test(host, a_refused_submission_is_seen_in_the_figures_only)
{
    struct host_rig rig;
    struct vitrine_host_stats stats;
    open_rig(&rig);
    D3DKMT_HANDLE source = allocate(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(host_copy(&rig, source, source, 1 << 20), S_OK, "far too long");
    cr_assert_eq(host_finish(&rig), S_OK);
    rig.tables.stats(rig.tables.host, &stats);
    cr_assert_eq(stats.submissions, 1);
    cr_assert_eq(stats.refusals, 1);
    cr_assert_neq(stats.last_status, VIT_OK);
    host_close(&rig);
}

Test(host, a_protected_primary_that_nobody_filled_is_black)
{
    struct host_rig rig;
    struct vitrine_host_picture picture;
    open_rig(&rig);
    D3DKMT_HANDLE primary = allocate(&rig, VIT_ALLOCATION_PROTECTED_PRIMARY);
    uint8_t *bytes;
    cr_assert_eq(host_lock(&rig, primary, &bytes), E_INVALIDARG);
    cr_assert_eq(host_present(&rig, primary), S_OK);
    cr_assert_eq(rig.tables.picture(rig.tables.host, 0, &picture), S_OK);
    for (unsigned i = 0; i < 8192; i++) {
        cr_assert(i % 4 == 3 || picture.pixels[i] == 0);
    }
    host_close(&rig);
}

Test(host, levels_have_names)
{
    struct host_rig rig;
    open_rig(&rig);
    static const char *const names[] = { "none", "hdcp", "lost", "revoked" };
    for (unsigned i = 0; i < 4; i++) {
        cr_expect_eq(rig.tables.set_output_level(rig.tables.host, 0, names[i]), S_OK);
    }
    cr_expect_eq(rig.tables.set_output_level(rig.tables.host, 0, "HDCP"), E_INVALIDARG);
    cr_expect_eq(rig.tables.set_output_level(rig.tables.host, 0, NULL), E_INVALIDARG);
    cr_expect_eq(rig.tables.set_output_level(rig.tables.host, 1, "hdcp"), E_INVALIDARG);
    host_close(&rig);
}

Test(host, the_virtual_monitor_is_told_in_words)
{
    struct host_rig rig;
    open_rig(&rig);
    static const char *const good[] = { "unplug", "plug", "tamper", "revoke", "unrevoke", "no-hdcp",
        "hdcp", "slow 0", "slow 60000" };
    static const char *const bad[] = { "", "plugs", "PLUG", "slow", "slow ", "slow x", "slow 1x",
        "slow -1", "slow 60001", "slow 4294967296", NULL };
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_expect_eq(rig.tables.set_monitor(rig.tables.host, 0, good[i]), S_OK, "%s", good[i]);
        cr_expect_eq(rig.tables.set_monitor(rig.tables.host, 1, good[i]), E_INVALIDARG);
    }
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_eq(rig.tables.set_monitor(rig.tables.host, 0, bad[i]), E_INVALIDARG, "%u", i);
    }
    host_close(&rig);
}

Test(host, ten_thousand_sessions_are_open_at_once)
{
    enum { COUNT = 10000 };
    static uint64_t sessions[COUNT];
    struct host_rig rig;
    enum vit_status status;
    open_rig(&rig);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(host_create_session(&rig, &status, &sessions[i]), S_OK);
        cr_assert_eq(status, VIT_OK, "session %u", i);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(host_ask_session(&rig, VIT_OP_SESSION_DESTROY, sessions[i], &status), S_OK);
        cr_assert_eq(status, VIT_OK);
    }
    cr_assert_eq(host_ask_session(&rig, VIT_OP_SESSION_STATE, sessions[0], &status), S_OK);
    cr_assert_neq(status, VIT_OK, "it is gone");
    host_close(&rig);
}

Test(host, a_session_is_of_one_device_only)
{
    struct host_rig rig, other;
    enum vit_status status;
    uint64_t session;
    open_rig(&rig);
    cr_assert_eq(host_add_device(&rig, &other), S_OK);
    cr_assert_eq(host_create_session(&rig, &status, &session), S_OK);
    cr_assert_eq(status, VIT_OK);
    cr_assert_eq(host_ask_session(&rig, VIT_OP_SESSION_STATE, session, &status), S_OK);
    cr_assert_eq(status, VIT_OK);
    cr_assert_eq(host_ask_session(&other, VIT_OP_SESSION_STATE, session, &status), S_OK);
    cr_assert_neq(status, VIT_OK);
    host_drop_device(&other);
    host_close(&rig);
}
