/* SPDX-License-Identifier: MIT */
/* What the kernel driver makes of the answers of a device, and what it leaves behind. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/opmapi.h"
#include "kmd-stub/opm.h"
#include "tests/kmd-stub/fake_link.h"

struct stage {
    struct rig rig;
    DXGK_OPM_INTERFACE opm;
    HANDLE output;
};

static void query(struct stage *stage)
{
    QUERY_INTERFACE query = { .InterfaceType = &GUID_DEVINTERFACE_OPM,
        .Size = sizeof(stage->opm),
        .Version = DXGK_OPM_INTERFACE_VERSION_1,
        .Interface = (PINTERFACE)(void *)&stage->opm };
    cr_assert_eq(vit_kmd_query_interface(stage->rig.adapter, &query), STATUS_SUCCESS);
}

static NTSTATUS create(struct stage *stage, HANDLE *output)
{
    return stage->opm.DxgkDdiOPMCreateProtectedOutput(stage->rig.adapter, 0,
            DXGKMDT_OPM_VOS_OPM_SEMANTICS, output);
}

/* The fake's certificate is none; here it counts as one whose key the device has. */
static void open_stage(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    rig_init(&stage->rig);
    stage->rig.adapter->opm.custody.state = VIT_KMD_CUSTODY_USABLE;
    query(stage);
    cr_assert_eq(create(stage, &stage->output), STATUS_SUCCESS);
}

/* As the adapter does when it goes; the rig looks at what is left before that. */
static void close_stage(struct stage *stage)
{
    vit_kmd_opm_finish(&stage->rig.adapter->opm);
    vit_kmd_opm_init(&stage->rig.adapter->opm);
    rig_finish(&stage->rig);
}

static NTSTATUS get(struct stage *stage, DXGKMDT_OPM_REQUESTED_INFORMATION *answer)
{
    static DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    memset(&request, 0x5a, sizeof(request));
    memset(answer, 0xee, sizeof(*answer));
    return stage->opm.DxgkDdiOPMGetInformation(stage->rig.adapter, stage->output, &request, answer);
}

static NTSTATUS configure(struct stage *stage, ULONG additional_len)
{
    static DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
    uint8_t *additional = additional_len != 0 ? calloc(1, additional_len) : NULL;
    memset(&command, 0x5a, sizeof(command));
    NTSTATUS status = stage->opm.DxgkDdiOPMConfigureProtectedOutput(stage->rig.adapter,
            stage->output, &command, additional_len, additional);
    free(additional);
    return status;
}

static bool all(const void *bytes, size_t len, uint8_t value)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++) {
        if (at[i] != value) {
            return false;
        }
    }
    return true;
}

static bool scratch_is_zero(const struct stage *stage)
{
    const struct vit_link_resource *scratch = &stage->rig.adapter->opm.scratch;
    return scratch->id != 0 && all(scratch->mapping, scratch->size, 0);
}

Test(opm_link, nothing_is_left_in_the_page_or_in_staging)
{
    struct stage stage;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    open_stage(&stage);
    cr_expect_eq(get(&stage, &answer), STATUS_SUCCESS);
    cr_expect(scratch_is_zero(&stage));
    cr_expect_eq(configure(&stage, 0), STATUS_SUCCESS);
    cr_expect(scratch_is_zero(&stage));
    stage.rig.link->reply_status = VIT_E_ARG;
    cr_expect_neq(get(&stage, &answer), STATUS_SUCCESS);
    cr_expect(scratch_is_zero(&stage));
    cr_expect(all(&stage.rig.adapter->staging.submission, 512, 0));
    close_stage(&stage);
}

Test(opm_link, what_comes_with_a_command_has_room_of_its_own_and_an_end)
{
    struct stage stage;
    open_stage(&stage);
    unsigned before = stage.rig.link->resource_count;
    cr_expect_eq(configure(&stage, 4096), STATUS_SUCCESS);
    cr_expect_eq(configure(&stage, 100000), STATUS_SUCCESS);
    cr_expect_eq(configure(&stage, 128 * 1024), STATUS_SUCCESS);
    unsigned submissions = stage.rig.link->submissions;
    cr_expect_eq(configure(&stage, 128 * 1024 + 1),
            STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST);
    cr_expect_eq(stage.rig.link->submissions, submissions, "not even asked");
    cr_expect_eq(stage.rig.link->resource_count, before);
    close_stage(&stage);
}

Test(opm_link, a_refusal_of_the_device_has_a_code_and_no_answer)
{
    static const struct {
        enum vit_status status;
        NTSTATUS created, asked;
    } table[] = {
        { VIT_E_NOMEM, STATUS_NO_MEMORY, STATUS_NO_MEMORY },
        { VIT_E_LIMIT, STATUS_NO_MEMORY, STATUS_NO_MEMORY },
        { VIT_E_ARG, STATUS_GRAPHICS_OPM_NO_PROTECTED_OUTPUTS_EXIST,
                STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS },
        { VIT_E_IO, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR,
                STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
        { VIT_E_UNSUPPORTED, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR,
                STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
    };
    struct stage stage;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    open_stage(&stage);
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        HANDLE other = &stage;
        stage.rig.link->reply_status = table[i].status;
        cr_expect_eq(create(&stage, &other), table[i].created, "%u", i);
        cr_expect_eq(other, (HANDLE)&stage);
        cr_expect_eq(get(&stage, &answer), table[i].asked, "%u", i);
        cr_expect(all(&answer, sizeof(answer), 0xee));
        cr_expect_eq(configure(&stage, 0), table[i].asked, "%u", i);
    }
    close_stage(&stage);
}

Test(opm_link, a_result_is_a_published_code_or_an_error_of_the_driver)
{
    static const struct {
        uint32_t result;
        NTSTATUS status;
    } table[] = {
        { 0x51d, STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST },
        { 0x516, STATUS_GRAPHICS_OPM_HDCP_SRM_NEVER_SET },
        { 0x4ff, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
        { 0x522, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
        { 1, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
        { 0x80000000, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
        { 0xffffffff, STATUS_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR },
    };
    struct stage stage;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    open_stage(&stage);
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        vit_store_le32(stage.rig.link->reply_body, table[i].result);
        cr_expect_eq(get(&stage, &answer), table[i].status, "0x%x", (unsigned)table[i].result);
        cr_expect(all(&answer, sizeof(answer), 0xee));
    }
    close_stage(&stage);
}

static NTSTATUS set_key(struct stage *stage)
{
    static const DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
    DXGKMDT_OPM_RANDOM_NUMBER random;
    const DXGK_OPM_INTERFACE *opm = &stage->opm;
    cr_assert_eq(create(stage, &stage->output), STATUS_SUCCESS);
    cr_assert_eq(opm->DxgkDdiOPMGetRandomNumber(stage->rig.adapter, stage->output, &random),
            STATUS_SUCCESS);
    return opm->DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage->rig.adapter, stage->output,
            &block);
}

Test(opm_link, a_refused_block_has_one_code)
{
    struct stage stage;
    open_stage(&stage);
    cr_expect_eq(set_key(&stage), STATUS_SUCCESS);
    cr_expect_eq(stage.rig.link->messages[0], VIT_OP_OPM_EXCHANGE, "the block as it is");
    for (unsigned i = 0; i < 2; i++) {
        HANDLE before = stage.output;
        DXGKMDT_OPM_RANDOM_NUMBER random;
        static const DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
        stage.rig.link->reply_status = VIT_OK;
        cr_assert_eq(create(&stage, &stage.output), STATUS_SUCCESS);
        cr_assert_neq(stage.output, before);
        cr_assert_eq(stage.opm.DxgkDdiOPMGetRandomNumber(stage.rig.adapter, stage.output, &random),
                STATUS_SUCCESS);
        stage.rig.link->reply_status = i == 0 ? VIT_E_REFUSED : VIT_E_STATE;
        cr_expect_eq(stage.opm.DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage.rig.adapter,
                             stage.output, &block),
                STATUS_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS);
    }
    close_stage(&stage);
}

/* A block that nobody has read yet: the adapter is none any more when somebody does. */
static struct untouched {
    struct vit_kmd_adapter *adapter;
    void *page;
    size_t len;
    uint32_t magic;
} untouched;

static void take_adapter(int number)
{
    (void)number;
    untouched.magic = untouched.adapter->magic;
    untouched.adapter->magic = 0;
    (void)mprotect(untouched.page, untouched.len, PROT_READ);
}

Test(opm_link, an_adapter_that_goes_during_the_exchange_is_looked_for_again)
{
    struct stage stage;
    DXGKMDT_OPM_RANDOM_NUMBER random;
    const struct sigaction action = { .sa_handler = take_adapter, .sa_flags = (int)SA_RESETHAND };
    open_stage(&stage);
    cr_assert_eq(stage.opm.DxgkDdiOPMGetRandomNumber(stage.rig.adapter, stage.output, &random),
            STATUS_SUCCESS);
    untouched.adapter = stage.rig.adapter;
    untouched.len = (size_t)sysconf(_SC_PAGESIZE);
    untouched.page = mmap(NULL, untouched.len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(untouched.page, MAP_FAILED);
    cr_assert_eq(sigaction(SIGSEGV, &action, NULL), 0);
    cr_expect_eq(stage.opm.DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage.rig.adapter,
                         stage.output, untouched.page),
            STATUS_INVALID_PARAMETER);
    signal(SIGSEGV, SIG_DFL);
    cr_assert_neq(untouched.magic, 0);
    stage.rig.adapter->magic = untouched.magic;
    munmap(untouched.page, untouched.len);
    close_stage(&stage);
}

Test(opm_link, outputs_of_a_lost_device_no_longer_exist)
{
    struct stage stage;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    DXGKMDT_OPM_RANDOM_NUMBER random;
    HANDLE other = &stage;
    ULONG len = 0;
    open_stage(&stage);
    const DXGK_OPM_INTERFACE *opm = &stage.opm;
    stage.rig.link->calls_left = 0;
    cr_expect_eq(get(&stage, &answer), STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS);
    cr_expect(stage.rig.adapter->lost);
    cr_expect_eq(configure(&stage, 0), STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS);
    cr_expect_eq(opm->DxgkDdiOPMGetRandomNumber(stage.rig.adapter, stage.output, &random),
            STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_NO_LONGER_EXISTS);
    cr_expect_eq(create(&stage, &other), STATUS_GRAPHICS_OPM_NO_PROTECTED_OUTPUTS_EXIST);
    cr_expect_eq(opm->DxgkDdiOPMGetCertificateSize(stage.rig.adapter, DXGKMDT_OPM_CERTIFICATE,
                         &len),
            STATUS_SUCCESS, "it is known here");
    cr_expect_eq(opm->DxgkDdiOPMDestroyProtectedOutput(stage.rig.adapter, stage.output),
            STATUS_SUCCESS, "cannot fail");
    cr_expect_eq(opm->DxgkDdiOPMDestroyProtectedOutput(stage.rig.adapter, stage.output),
            STATUS_GRAPHICS_OPM_INVALID_HANDLE);
    close_stage(&stage);
}

Test(opm_link, outputs_that_nobody_destroyed_go_with_the_adapter)
{
    struct stage stage;
    open_stage(&stage);
    HANDLE other = NULL;
    cr_assert_eq(create(&stage, &other), STATUS_SUCCESS);
    close_stage(&stage);
}

Test(opm_link, a_certificate_that_is_none_offers_nothing)
{
    struct stage stage;
    HANDLE output = &stage;
    ULONG len = 77;
    memset(&stage, 0, sizeof(stage));
    rig_init(&stage.rig);
    query(&stage);
    cr_expect_eq(create(&stage, &output), STATUS_GRAPHICS_OPM_NOT_SUPPORTED);
    cr_expect_eq(output, (HANDLE)&stage);
    cr_expect_eq(stage.opm.DxgkDdiOPMGetCertificateSize(stage.rig.adapter, DXGKMDT_OPM_CERTIFICATE,
                         &len),
            STATUS_GRAPHICS_OPM_NOT_SUPPORTED);
    cr_expect_eq(len, 77);
    close_stage(&stage);
}
