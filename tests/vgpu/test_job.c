/* SPDX-License-Identifier: MIT */
#include "vgpu/job.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

/* A job that counts its steps; each waits until the gate is open. */
struct counted {
    struct vgpu_job job;
    char name;
    unsigned left;
    enum vit_status ends;
    sem_t *taken;     /* may be NULL: told when a step begins */
    pthread_t thread; /* that took the last step */
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stepped = PTHREAD_COND_INITIALIZER;
static char trace[64];
static unsigned trace_len;

static enum vit_status step(struct vgpu_job *job, const struct vgpu_tools *tools)
{
    struct counted *counted = (struct counted *)job;
    cr_assert_not_null(tools->cipher);
    counted->thread = pthread_self();
    if (counted->taken != NULL) {
        sem_post(counted->taken);
    }
    pthread_mutex_lock(&gate);
    if (trace_len < sizeof(trace) - 1) {
        trace[trace_len++] = counted->name;
    }
    pthread_cond_broadcast(&stepped);
    pthread_mutex_unlock(&gate);
    return --counted->left > 0 ? VIT_E_BUSY : counted->ends;
}

static struct counted job(char name, unsigned steps)
{
    return (struct counted){ .job = { .step = step }, .name = name, .left = steps };
}

static struct vit_slab *slab;
static struct vgpu_workers *workers;

static void start(void)
{
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    cr_assert_eq(vgpu_workers_create(slab, "openssl", 1, &workers), VIT_OK);
}

static void stop(void)
{
    vgpu_workers_destroy(workers);
    vit_slab_destroy(slab);
}

TestSuite(job, .init = start, .fini = stop);

static bool is_readable(int timeout)
{
    struct pollfd fd = { .fd = vgpu_workers_event_fd(workers), .events = POLLIN };
    return poll(&fd, 1, timeout) == 1;
}

static struct vgpu_job *next(void)
{
    cr_assert(is_readable(20000));
    return vgpu_workers_next(workers);
}

Test(job, comes_back_finished)
{
    struct counted one = job('a', 3);
    one.ends = VIT_E_REFUSED;
    vgpu_workers_start(workers, &one.job);
    cr_assert_eq(next(), &one.job);
    cr_assert_eq(one.job.status, VIT_E_REFUSED);
    cr_assert_eq(one.left, 0);
    cr_assert_null(vgpu_workers_next(workers));
}

Test(job, is_told_by_the_descriptor_as_long_as_it_is_there)
{
    struct counted one = job('a', 1), two = job('b', 1);
    cr_assert_not(is_readable(0));
    vgpu_workers_finish(workers, &one.job, VIT_OK);
    vgpu_workers_finish(workers, &two.job, VIT_E_GONE);
    cr_assert(is_readable(0));
    cr_assert_eq(vgpu_workers_next(workers), &one.job);
    cr_assert(is_readable(0));
    cr_assert_eq(vgpu_workers_next(workers), &two.job);
    cr_assert_eq(two.job.status, VIT_E_GONE);
    cr_assert_not(is_readable(0));
    vgpu_workers_finish(workers, &one.job, VIT_OK);
    cr_assert(is_readable(0));
    vgpu_workers_withdraw(workers, &one.job);
    cr_assert_not(is_readable(0));
    cr_assert_null(vgpu_workers_next(workers));
}

Test(job, takes_turns_step_by_step)
{
    struct counted a = job('a', 3), b = job('b', 3), c = job('c', 2);
    pthread_mutex_lock(&gate); /* the worker waits in the first step of a */
    vgpu_workers_start(workers, &a.job);
    vgpu_workers_start(workers, &b.job);
    vgpu_workers_start(workers, &c.job);
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_not_null(next());
    }
    cr_assert_str_eq(trace, "abcabcab");
}

Test(job, that_costs_more_waits_longer)
{
    struct counted a = job('a', 2), b = job('b', 4);
    a.job.price = 3;
    pthread_mutex_lock(&gate);
    vgpu_workers_start(workers, &a.job);
    vgpu_workers_start(workers, &b.job);
    pthread_mutex_unlock(&gate);
    cr_assert_not_null(next());
    cr_assert_not_null(next());
    cr_assert_str_eq(trace, "abbbab");
}

Test(job, of_a_newcomer_comes_first_but_not_for_long)
{
    uint64_t busy = 0, fresh = 0;
    struct counted a = job('a', 20), d = job('d', 3), c = job('c', 8);
    a.job.account = d.job.account = &busy;
    c.job.account = &fresh;
    sem_t taken;
    sem_init(&taken, 0, 0);
    d.taken = &taken;
    vgpu_workers_start(workers, &a.job);
    cr_assert_eq(next(), &a.job);
    memset(trace, 0, sizeof(trace));
    trace_len = 0;
    pthread_mutex_lock(&gate);
    vgpu_workers_start(workers, &d.job);
    sem_wait(&taken);
    vgpu_workers_start(workers, &c.job);
    pthread_mutex_unlock(&gate);
    cr_assert_not_null(next());
    cr_assert_not_null(next());
    cr_assert_str_eq(trace, "dcccccdcdcc");
}

Test(job, taken_back_while_it_waits_takes_no_step)
{
    struct counted a = job('a', 1), b = job('b', 1), c = job('c', 1);
    pthread_mutex_lock(&gate);
    vgpu_workers_start(workers, &a.job);
    vgpu_workers_start(workers, &b.job);
    vgpu_workers_start(workers, &c.job);
    vgpu_workers_withdraw(workers, &b.job);
    pthread_mutex_unlock(&gate);
    cr_assert_eq(next(), &a.job);
    cr_assert_eq(next(), &c.job);
    cr_assert_str_eq(trace, "ac");
    cr_assert_eq(b.left, 1);
}

Test(job, taken_back_at_work_ends_its_step)
{
    struct counted a = job('a', UINT_MAX);
    pthread_mutex_lock(&gate);
    vgpu_workers_start(workers, &a.job);
    while (trace_len == 0) {
        pthread_cond_wait(&stepped, &gate);
    }
    pthread_mutex_unlock(&gate);
    vgpu_workers_withdraw(workers, &a.job);
    unsigned left = a.left;
    struct counted b = job('b', 1);
    vgpu_workers_start(workers, &b.job);
    cr_assert_eq(next(), &b.job, "and another job follows");
    cr_assert_eq(a.left, left);
}

Test(job, can_be_given_away_again)
{
    struct counted a = job('a', 1);
    vgpu_workers_start(workers, &a.job);
    vgpu_workers_withdraw(workers, &a.job);
    a = job('a', 2);
    vgpu_workers_start(workers, &a.job);
    cr_assert_eq(next(), &a.job);
    cr_assert_eq(a.left, 0);
}

static struct vgpu_tools owners_tools(void)
{
    struct vgpu_tools tools;
    cr_assert_eq(vgpu_tools_init(&tools, slab, "openssl"), VIT_OK);
    vgpu_workers_expect_help(workers);
    return tools;
}

static bool is_mine(const struct counted *counted)
{
    return pthread_equal(counted->thread, pthread_self()) != 0;
}

Test(job, that_is_alone_is_for_the_owner_who_helps)
{
    struct vgpu_tools tools = owners_tools();
    struct counted one = job('a', 3);
    one.ends = VIT_E_REFUSED;
    vgpu_workers_start(workers, &one.job);
    for (unsigned left = 3; left > 0; left--) {
        cr_assert_eq(one.left, left);
        cr_assert(is_readable(0));
        cr_assert_null(vgpu_workers_next(workers));
        vgpu_workers_help(workers, &tools);
        cr_assert(is_mine(&one));
    }
    cr_assert(is_readable(0));
    cr_assert_eq(vgpu_workers_next(workers), &one.job);
    cr_assert_eq(one.job.status, VIT_E_REFUSED);
    cr_assert_not(is_readable(0));
    vgpu_workers_help(workers, &tools); /* nothing is there */
    vgpu_tools_finish(&tools);
}

Test(job, goes_to_the_workers_with_the_second_one)
{
    struct vgpu_tools tools = owners_tools();
    struct counted one = job('a', 2), two = job('b', 2);
    vgpu_workers_start(workers, &one.job);
    vgpu_workers_start(workers, &two.job);
    cr_assert_not_null(next());
    cr_assert_not_null(next());
    cr_assert(!is_mine(&one) && !is_mine(&two));
    vgpu_tools_finish(&tools);
}

Test(job, goes_to_the_workers_when_the_owner_has_something_else)
{
    struct vgpu_tools tools = owners_tools();
    struct counted one = job('a', 3);
    vgpu_workers_relieve(workers); /* nothing is there */
    vgpu_workers_start(workers, &one.job);
    vgpu_workers_help(workers, &tools);
    cr_assert(is_mine(&one));
    vgpu_workers_relieve(workers);
    cr_assert_eq(next(), &one.job);
    cr_assert_eq(one.left, 0);
    cr_assert_not(is_mine(&one));
    vgpu_tools_finish(&tools);
}

Test(job, that_takes_long_is_never_the_owners)
{
    struct vgpu_tools tools = owners_tools();
    struct counted one = job('a', 2);
    one.job.workers_only = true;
    vgpu_workers_start(workers, &one.job);
    vgpu_workers_help(workers, &tools);
    cr_assert_eq(next(), &one.job);
    cr_assert_not(is_mine(&one));
    vgpu_tools_finish(&tools);
}

Test(job, taken_back_from_the_owner_leaves_nothing_to_help_with)
{
    struct vgpu_tools tools = owners_tools();
    struct counted one = job('a', 2);
    vgpu_workers_start(workers, &one.job);
    vgpu_workers_withdraw(workers, &one.job);
    cr_assert_not(is_readable(0));
    vgpu_workers_help(workers, &tools);
    cr_assert_eq(one.left, 2);
    vgpu_tools_finish(&tools);
}

Test(job, needs_a_cipher_that_is_there)
{
    struct vgpu_workers *none = NULL;
    cr_assert_eq(vgpu_workers_create(slab, "rot13", 2, &none), VIT_E_UNSUPPORTED);
    cr_assert_null(none);
}
