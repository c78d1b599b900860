/* SPDX-License-Identifier: MIT */
/*
 * channel.query_added_us: QueryAuthenticatedChannel with PROTECTION, less the OMAC of its answer,
 * which the same cipher makes here. Calls alternate; medians.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "crypto-session/omac.h"

enum { DEFAULT_COUNT = 10000 };

struct end {
    struct vit_channel_object *channel;
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    uint8_t key[BENCH_KEY_LEN];
    UINT number;
};

static void initialize(const struct bench *bench, struct end *end)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT output;
    memset(&input, 0, sizeof(input));
    input.Parameters.ConfigureType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID;
    input.Parameters.hChannel = end->channel->hChannel;
    if (vit_omac_sign(end->cipher, end->key, &input, sizeof(input)) != VIT_OK) {
        bench_fail("no OMAC");
    }
    bench_check(bench->device->video.pfnConfigureAuthenticatedChannel(bench->device->handle,
                        end->channel->handle, sizeof(input), &input, &output),
            "INITIALIZE");
}

static void open_end(const struct bench *bench, struct end *end)
{
    uint8_t block[BENCH_BLOCK_LEN];
    bench_random(end->key, sizeof(end->key));
    bench_block(bench, end->key, sizeof(end->key), block);
    if (vit_slab_create(&end->slab) != VIT_OK ||
            vit_cipher_create(end->slab, NULL, &end->cipher) != VIT_OK) {
        bench_fail("no cipher");
    }
    bench_check(vit_channel_open(bench->device, D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE,
                        &end->channel),
            "CreateAuthenticatedChannel");
    bench_check(bench->device->video
                        .pfnNegotiateAuthenticatedChannelKeyExchange(bench->device->handle,
                                end->channel->handle, sizeof(block), block),
            "NegotiateAuthenticatedChannelKeyExchange");
    initialize(bench, end);
}

static void close_end(struct end *end)
{
    vit_channel_close(end->channel);
    vit_cipher_destroy(end->cipher);
    vit_slab_destroy(end->slab);
}

static double time_query(const struct bench *bench, struct end *end,
        D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT *output)
{
    const D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION,
        end->channel->hChannel, end->number++ };
    uint64_t start = vit_now_ns();
    HRESULT hr = bench->device->video.pfnQueryAuthenticatedChannel(bench->device->handle,
            end->channel->handle, sizeof(input), &input, sizeof(*output), output);
    uint64_t stop = vit_now_ns();
    bench_check(hr, "QueryAuthenticatedChannel");
    return (double)(stop - start);
}

/* The answer's OMAC once more: it must be right. */
static double time_omac(struct end *end,
        const D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT *output)
{
    uint64_t start = vit_now_ns();
    enum vit_status status = vit_omac_check(end->cipher, end->key, output, sizeof(*output));
    uint64_t stop = vit_now_ns();
    if (status != VIT_OK) {
        bench_fail("an answer is not signed");
    }
    return (double)(stop - start);
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct end end = { .number = 0 };
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT output;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    open_end(&bench, &end);
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    double *of_query = bench_alloc(count, sizeof(double));
    double *of_omac = bench_alloc(count, sizeof(double));
    for (uint32_t i = 0; i < count; i++) {
        of_query[i] = time_query(&bench, &end, &output);
        of_omac[i] = time_omac(&end, &output);
    }
    double query = bench_median(of_query, count), omac = bench_median(of_omac, count);
    bench_figure("channel.query_added_us", (query - omac) / 1000, "us", "%.2f with, %.2f the OMAC",
            query / 1000, omac / 1000);
    free(of_query);
    free(of_omac);
    close_end(&end);
    bench_close(&bench);
    return 0;
}
