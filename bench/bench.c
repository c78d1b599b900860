/* SPDX-License-Identifier: MIT */
#include "bench/bench.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/chain.h"
#include "crypto/oaep.h"
#include "crypto/random.h"

void bench_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void bench_check(HRESULT hr, const char *what)
{
    if (FAILED(hr)) {
        bench_fail("%s: 0x%08x", what, (unsigned)hr);
    }
}

void *bench_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        bench_fail("out of memory");
    }
    return memory;
}

static uint32_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > INT32_MAX) {
        bench_fail("%s: not a number", text);
    }
    return (uint32_t)value;
}

void bench_parse(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        { "link", required_argument, NULL, 'l' },
        { "certificate", required_argument, NULL, 'c' },
        { "key", required_argument, NULL, 'k' },
        { "count", required_argument, NULL, 'n' },
        { "peer", required_argument, NULL, 'p' },
        { NULL, 0, NULL, 0 },
    };
    *bench = (struct bench){ .link = "embedded:" };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'l':
            bench->link = optarg;
            break;
        case 'c':
            bench->certificate = optarg;
            break;
        case 'k':
            bench->key = optarg;
            break;
        case 'n':
            bench->count = number(optarg);
            break;
        case 'p':
            bench->peer = (pid_t)number(optarg);
            break;
        default:
            exit(2);
        }
    }
}

void bench_open(struct bench *bench)
{
    struct vit_adapter_config config = {
        .link = { .link = bench->link, .certificate = bench->certificate, .key = bench->key },
    };
    char error[256] = "";
    if (FAILED(vit_adapter_open(&config, &bench->adapter, error, sizeof(error)))) {
        bench_fail("%s", error);
    }
    bench_check(vit_device_open(bench->adapter, &bench->device), "CreateDevice");
}

void bench_close(struct bench *bench)
{
    vit_device_close(bench->device);
    vit_adapter_close(bench->adapter);
}

static enum vit_status wrap(const uint8_t *chain_bytes, size_t chain_len, const void *plaintext,
        size_t len, uint8_t block[BENCH_BLOCK_LEN])
{
    VIT_AUTO(chain) chain = NULL;
    VIT_AUTO(public_key) leaf = NULL;
    VIT_TRY(vit_chain_parse(chain_bytes, chain_len, &chain));
    VIT_TRY(vit_chain_leaf_key(chain, &leaf));
    return vit_oaep_wrap(leaf, plaintext, len, block);
}

void bench_block(const struct bench *bench, const void *plaintext, size_t len,
        uint8_t block[BENCH_BLOCK_LEN])
{
    VIT_AUTO(bytes) chain = NULL;
    UINT chain_len = 0;
    bench_check(vit_session_certificate(bench->device, &chain, &chain_len), "GetCertificate");
    enum vit_status status = wrap(chain, chain_len, plaintext, len, block);
    if (status != VIT_OK) {
        bench_fail("a block for the device: %s", vit_status_name(status));
    }
}

struct vit_session *bench_keyed_session(const struct bench *bench, uint8_t key[BENCH_KEY_LEN])
{
    struct vit_session *session;
    uint8_t block[BENCH_BLOCK_LEN];
    bench_random(key, BENCH_KEY_LEN);
    bench_block(bench, key, BENCH_KEY_LEN, block);
    bench_check(vit_session_create(bench->device, &session), "CreateCryptoSession");
    bench_check(bench->device->video.pfnNegotiateCryptoSessionKeyExchange(bench->device->handle,
                        session->handle, sizeof(block), block),
            "NegotiateCryptoSessionKeyExchange");
    return session;
}

void bench_random(void *bytes, size_t len)
{
    if (vit_random(bytes, len) != VIT_OK) {
        bench_fail("no random numbers");
    }
}

uint32_t bench_random_below(uint32_t limit)
{
    uint32_t number;
    bench_random(&number, sizeof(number));
    return (uint32_t)((uint64_t)number * limit >> 32);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void bench_figure(const char *name, double value, const char *unit, const char *detail, ...)
{
    printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"detail\": \"", name, value,
            unit);
    if (detail != NULL) {
        va_list arguments;
        va_start(arguments, detail);
        vprintf(detail, arguments);
        va_end(arguments);
    }
    puts("\"}");
    fflush(stdout);
}
