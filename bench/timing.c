/* SPDX-License-Identifier: MIT */
/*
 * Can it be told from its duration what was wrong with a block? Welch's t of kinds of blocks in
 * random order:
 *
 * exchange.timing_t          the unwrapping itself: four kinds of bad blocks against good ones
 * exchange.timing_null_t     good blocks against other good ones: what chance and the machine make
 * exchange.timing_refused_t  the whole call: three kinds of bad blocks against badly padded ones.
 *                            (A good one is told by the call's result and by what then goes on.)
 *
 * The largest |t| of the kinds counts, of all durations, of those without the slowest tenth and of
 * the faster half: what other processes and the renewal of the blinding add would hide a difference.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "crypto-session/exchange.h"

enum { VARIANTS = 32, DEFAULT_COUNT = 20000, LIMIT_COUNT = 3 };

enum kind { GOOD, GOOD_AGAIN, BAD_PADDING, WRONG_LENGTH, ZERO, TOO_LARGE, KIND_COUNT };

static const char *const kind_names[] = { "good", "good again", "bad padding", "wrong length",
    "zero", "not below the modulus" };

struct series {
    double *values;
    uint32_t count;
};

struct subject {
    const struct bench *bench;
    struct vit_private_key *key; /* NULL: the whole call */
    struct vit_session *session;
    uint8_t blocks[KIND_COUNT][VARIANTS][BENCH_BLOCK_LEN];
    struct series series[KIND_COUNT];
};

static void make_block(const struct bench *bench, enum kind kind, uint8_t *block)
{
    uint8_t plaintext[24];
    bench_random(plaintext, sizeof(plaintext));
    switch (kind) {
    case GOOD:
    case GOOD_AGAIN:
        bench_block(bench, plaintext, BENCH_KEY_LEN, block);
        return;
    case WRONG_LENGTH:
        bench_block(bench, plaintext, sizeof(plaintext), block);
        return;
    case ZERO:
        memset(block, 0, BENCH_BLOCK_LEN);
        return;
    case TOO_LARGE:
        bench_random(block, BENCH_BLOCK_LEN);
        memset(block, 0xff, 16);
        return;
    default:
        bench_random(block, BENCH_BLOCK_LEN);
        block[0] &= 0x7f; /* below the modulus */
    }
}

static double time_one(const struct subject *subject, enum kind kind)
{
    uint8_t block[BENCH_BLOCK_LEN], key[BENCH_KEY_LEN];
    const struct vit_device *device = subject->bench->device;
    memcpy(block, subject->blocks[kind][bench_random_below(VARIANTS)], sizeof(block));
    bool refused;
    uint64_t start = vit_now_ns(), end;
    if (subject->key != NULL) {
        enum vit_status status = vit_exchange_session_key(subject->key, block, key);
        end = vit_now_ns();
        refused = status != VIT_OK;
    } else {
        HRESULT hr = device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle,
                subject->session->handle, sizeof(block), block);
        end = vit_now_ns();
        refused = hr == E_INVALIDARG;
        bench_check(refused ? S_OK : hr, "NegotiateCryptoSessionKeyExchange");
    }
    if (refused != (kind > GOOD_AGAIN)) {
        bench_fail("a block that is \"%s\" is %s", kind_names[kind], refused ? "refused" : "taken");
    }
    return (double)(end - start);
}

static void measure(struct subject *subject, const enum kind *kinds, unsigned kind_count,
        uint32_t count)
{
    for (unsigned i = 0; i < kind_count; i++) {
        subject->series[kinds[i]].values = bench_alloc(count, sizeof(double));
        for (unsigned variant = 0; variant < VARIANTS; variant++) {
            make_block(subject->bench, kinds[i], subject->blocks[kinds[i]][variant]);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        enum kind kind = kinds[bench_random_below(kind_count)];
        struct series *series = &subject->series[kind];
        series->values[series->count++] = time_one(subject, kind);
    }
}

/* Durations that a share of all is not above. */
static void find_limits(const struct subject *subject, uint32_t count, double limits[LIMIT_COUNT])
{
    double *all = bench_alloc(count, sizeof(double));
    size_t at = 0;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        const struct series *series = &subject->series[kind];
        for (uint32_t i = 0; i < series->count; i++) {
            all[at++] = series->values[i];
        }
    }
    (void)bench_median(all, at);
    limits[0] = INFINITY;
    limits[1] = all[at * 9 / 10];
    limits[2] = all[at / 2];
    free(all);
}

struct moments {
    double count, mean, variance;
};

static struct moments moments_of(const struct series *series, double limit)
{
    struct moments moments = { 0, 0, 0 };
    double squares = 0;
    for (uint32_t i = 0; i < series->count; i++) {
        if (series->values[i] > limit) {
            continue;
        }
        double from_old = series->values[i] - moments.mean;
        moments.count++;
        moments.mean += from_old / moments.count;
        squares += from_old * (series->values[i] - moments.mean);
    }
    moments.variance = moments.count > 1 ? squares / (moments.count - 1) : 0;
    return moments;
}

static double error_of(const struct moments *a, const struct moments *b)
{
    return sqrt(a->variance / a->count + b->variance / b->count);
}

static double welch(const struct subject *subject, enum kind a, enum kind b, double limit)
{
    struct moments left = moments_of(&subject->series[a], limit);
    struct moments right = moments_of(&subject->series[b], limit);
    return fabs(left.mean - right.mean) / error_of(&left, &right);
}

struct verdict {
    double t;
    enum kind kind;
    double visible_ns; /* the difference that t = 4.5 would stand for, among the faster half */
};

static struct verdict judge(const struct subject *subject, enum kind reference,
        const enum kind *kinds, unsigned kind_count, uint32_t count)
{
    double limits[LIMIT_COUNT];
    find_limits(subject, count, limits);
    struct verdict verdict = { .kind = kinds[0] };
    for (unsigned i = 0; i < kind_count; i++) {
        for (unsigned j = 0; j < LIMIT_COUNT; j++) {
            double t = welch(subject, kinds[i], reference, limits[j]);
            if (t > verdict.t) {
                verdict.t = t;
                verdict.kind = kinds[i];
            }
        }
    }
    struct moments a = moments_of(&subject->series[reference], limits[2]);
    struct moments b = moments_of(&subject->series[verdict.kind], limits[2]);
    verdict.visible_ns = 4.5 * error_of(&a, &b);
    return verdict;
}

static void report(const char *name, const struct verdict *verdict)
{
    bench_figure(name, verdict->t, "t", "%s; %.0f ns would be seen", kind_names[verdict->kind],
            verdict->visible_ns);
}

static void run_unwrap(struct subject *subject, uint32_t count)
{
    static const enum kind all[] = { GOOD, GOOD_AGAIN, BAD_PADDING, WRONG_LENGTH, ZERO, TOO_LARGE };
    static const enum kind again[] = { GOOD_AGAIN };
    VIT_AUTO(private_key) key = NULL;
    enum vit_status status = vit_private_key_open(subject->bench->key, NULL, NULL, &key);
    if (status != VIT_OK) {
        bench_fail("%s: %s", subject->bench->key, vit_status_name(status));
    }
    subject->key = key;
    measure(subject, all, KIND_COUNT, count);
    struct verdict bad = judge(subject, GOOD, all + 2, KIND_COUNT - 2, count);
    struct verdict null = judge(subject, GOOD, again, 1, count);
    report("exchange.timing_t", &bad);
    report("exchange.timing_null_t", &null);
}

static void run_call(struct subject *subject, uint32_t count)
{
    static const enum kind bad[] = { BAD_PADDING, WRONG_LENGTH, ZERO, TOO_LARGE };
    bench_check(vit_session_create(subject->bench->device, &subject->session),
            "CreateCryptoSession");
    measure(subject, bad, 4, count);
    struct verdict verdict = judge(subject, BAD_PADDING, bad + 1, 3, count);
    report("exchange.timing_refused_t", &verdict);
    vit_session_destroy(subject->session);
}

static void finish(struct subject *subject)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        free(subject->series[kind].values);
    }
}

int main(int argc, char **argv)
{
    static struct subject unwrap, call;
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    unwrap.bench = call.bench = &bench;
    if (bench.peer == 0) {
        run_unwrap(&unwrap, count);
    }
    run_call(&call, count);
    finish(&unwrap);
    finish(&call);
    bench_close(&bench);
    return 0;
}
