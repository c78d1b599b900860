/* SPDX-License-Identifier: MIT */
/*
 * opm.getinfo_added_us: DxgkDdiOPMGetInformation with GET_CONNECTOR_TYPE, less the two OMACs that it
 * contains (4096 bytes of the request, 4080 of the answer), by the same kind of cipher in turn; medians.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "crypto-session/omac.h"
#include <dispmprt.h>
#include <opmapi.h>

enum { DEFAULT_COUNT = 10000, PLAINTEXT_LEN = 40 };

struct end {
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    DXGK_OPM_INTERFACE driver;
    PVOID context;
    HANDLE output;
    uint8_t key[BENCH_KEY_LEN];
    ULONG number;
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
};

static void check(NTSTATUS status, const char *what)
{
    if (!NT_SUCCESS(status)) {
        bench_fail("%s: 0x%08x", what, (unsigned)status);
    }
}

static void query(const struct bench *bench, struct end *end)
{
    const struct vitrine_host_tables *host = vit_adapter_host(bench->adapter);
    QUERY_INTERFACE query = {
        .InterfaceType = &GUID_DEVINTERFACE_OPM,
        .Size = sizeof(end->driver),
        .Version = DXGK_OPM_INTERFACE_VERSION_1,
        .Interface = (PINTERFACE)(void *)&end->driver,
    };
    end->context = host->hRTAdapter;
    check(host->query_interface(end->context, &query), "DxgkDdiQueryInterface");
}

static void agree(const struct bench *bench, struct end *end)
{
    DXGKMDT_OPM_RANDOM_NUMBER random;
    DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
    uint8_t plaintext[PLAINTEXT_LEN] = { 0 };
    check(end->driver.DxgkDdiOPMGetRandomNumber(end->context, end->output, &random),
            "GetRandomNumber");
    bench_random(end->key, sizeof(end->key));
    memcpy(plaintext, &random, sizeof(random));
    memcpy(plaintext + sizeof(random), end->key, sizeof(end->key)); /* both numbers begin at 0 */
    bench_block(bench, plaintext, sizeof(plaintext), block.abEncryptedParameters);
    check(end->driver.DxgkDdiOPMSetSigningKeyAndSequenceNumbers(end->context, end->output, &block),
            "SetSigningKeyAndSequenceNumbers");
}

static void open_end(const struct bench *bench, struct end *end)
{
    if (vit_slab_create(&end->slab) != VIT_OK ||
            vit_cipher_create(end->slab, NULL, &end->cipher) != VIT_OK) {
        bench_fail("no cipher");
    }
    query(bench, end);
    check(end->driver.DxgkDdiOPMCreateProtectedOutput(end->context, 0,
                  DXGKMDT_OPM_VOS_OPM_SEMANTICS, &end->output),
            "CreateProtectedOutput");
    agree(bench, end);
}

static void close_end(struct end *end)
{
    check(end->driver.DxgkDdiOPMDestroyProtectedOutput(end->context, end->output),
            "DestroyProtectedOutput");
    vit_cipher_destroy(end->cipher);
    vit_slab_destroy(end->slab);
}

static double time_call(struct end *end)
{
    memset(&end->request, 0, sizeof(end->request));
    end->request.guidInformation = OPM_GET_CONNECTOR_TYPE;
    end->request.ulSequenceNumber = end->number++;
    if (vit_omac_sign(end->cipher, end->key, &end->request, sizeof(end->request)) != VIT_OK) {
        bench_fail("a request cannot be signed");
    }
    uint64_t start = vit_now_ns();
    NTSTATUS status = end->driver.DxgkDdiOPMGetInformation(end->context, end->output, &end->request,
            &end->answer);
    uint64_t stop = vit_now_ns();
    check(status, "GetInformation");
    return (double)(stop - start);
}

/* Both once more: they must be right. */
static double time_omacs(struct end *end)
{
    uint64_t start = vit_now_ns();
    enum vit_status asked =
            vit_omac_check(end->cipher, end->key, &end->request, sizeof(end->request));
    enum vit_status answered =
            vit_omac_check(end->cipher, end->key, &end->answer, sizeof(end->answer));
    uint64_t stop = vit_now_ns();
    if (asked != VIT_OK || answered != VIT_OK) {
        bench_fail("an answer is not signed");
    }
    return (double)(stop - start);
}

int main(int argc, char **argv)
{
    struct bench bench;
    static struct end end;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    open_end(&bench, &end);
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    double *of_call = bench_alloc(count, sizeof(double));
    double *of_omacs = bench_alloc(count, sizeof(double));
    for (uint32_t i = 0; i < count; i++) {
        of_call[i] = time_call(&end);
        of_omacs[i] = time_omacs(&end);
    }
    double call = bench_median(of_call, count), omacs = bench_median(of_omacs, count);
    bench_figure("opm.getinfo_added_us", (call - omacs) / 1000, "us", "%.2f with, %.2f the OMACs",
            call / 1000, omacs / 1000);
    free(of_call);
    free(of_omacs);
    close_end(&end);
    bench_close(&bench);
    return 0;
}
