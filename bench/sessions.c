/* SPDX-License-Identifier: MIT */
/*
 * With 10 000 sessions open against with 10 open, in turns:
 *
 * session.create_10k_vs_10   to create a session and to destroy it
 * session.replace_10k_vs_10  to destroy one of those that are open, whichever, and to create another:
 *                            what memory that no cache holds adds is in this one
 */
#include "base/clock.h"
#include "bench/bench.h"

enum { FEW = 10, MANY = 10000, WARM_UP = 2, TURNS = 5, DEFAULT_COUNT = 1000 };

struct sessions {
    struct vit_device *device;
    struct vit_session *open[MANY];
    uint32_t count;
};

/* Medians of one, in nanoseconds. */
struct times {
    double create, replace;
};

static struct vit_session *create(const struct sessions *sessions)
{
    struct vit_session *session;
    bench_check(vit_session_create(sessions->device, &session), "CreateCryptoSession");
    return session;
}

static void set_count(struct sessions *sessions, uint32_t count)
{
    for (uint32_t i = sessions->count; i < count; i++) {
        sessions->open[i] = create(sessions);
    }
    for (uint32_t i = count; i < sessions->count; i++) {
        vit_session_destroy(sessions->open[i]);
    }
    sessions->count = count;
}

static double time_create(const struct sessions *sessions)
{
    uint64_t start = vit_now_ns();
    vit_session_destroy(create(sessions));
    return (double)(vit_now_ns() - start);
}

static double time_replace(struct sessions *sessions)
{
    struct vit_session **victim = &sessions->open[bench_random_below(sessions->count)];
    uint64_t start = vit_now_ns();
    vit_session_destroy(*victim);
    *victim = create(sessions);
    return (double)(vit_now_ns() - start);
}

static struct times measure(struct sessions *sessions, uint32_t open, uint32_t count)
{
    double *values = bench_alloc(count, sizeof(double));
    struct times times;
    set_count(sessions, open);
    for (uint32_t i = 0; i < count; i++) {
        values[i] = time_create(sessions);
    }
    times.create = bench_median(values, count);
    for (uint32_t i = 0; i < count; i++) {
        values[i] = time_replace(sessions);
    }
    times.replace = bench_median(values, count);
    free(values);
    return times;
}

static void report(const char *name, double many[TURNS], double few[TURNS])
{
    double with_many = bench_median(many, TURNS), with_few = bench_median(few, TURNS);
    bench_figure(name, with_many / with_few, "ratio", "%.2f and %.2f us", with_many / 1000,
            with_few / 1000);
}

int main(int argc, char **argv)
{
    static struct sessions sessions;
    double create_few[TURNS], create_many[TURNS], replace_few[TURNS], replace_many[TURNS];
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    sessions.device = bench.device;
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    for (int turn = -WARM_UP; turn < TURNS; turn++) {
        struct times few = measure(&sessions, FEW, count);
        struct times many = measure(&sessions, MANY, count);
        if (turn < 0) {
            continue;
        }
        create_few[turn] = few.create;
        replace_few[turn] = few.replace;
        create_many[turn] = many.create;
        replace_many[turn] = many.replace;
    }
    set_count(&sessions, 0);
    report("session.create_10k_vs_10", create_many, create_few);
    report("session.replace_10k_vs_10", replace_many, replace_few);
    bench_close(&bench);
    return 0;
}
