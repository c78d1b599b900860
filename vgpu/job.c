/* SPDX-License-Identifier: MIT */
#include "vgpu/job.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vgpu/scratch.h"

/* How far behind the others a context may be that had nothing to do: so many steps it has at once. */
enum { CREDIT = 4 };

struct list {
    struct vgpu_job *first, *last;
};

struct worker {
    struct vgpu_workers *workers;
    struct vgpu_tools tools;
    pthread_t thread;
};

struct vgpu_workers {
    pthread_mutex_t lock;
    pthread_cond_t work;  /* there is a ready job, or stop */
    pthread_cond_t ended; /* a step of a wanted job ended */
    struct list ready, finished;
    uint64_t now; /* the account of the job that was taken last, as it was then */
    atomic_uint finished_count;
    bool helped;           /* by the owner */
    atomic_bool for_owner; /* a lone job waits for its help */
    bool called;           /* the descriptor is readable */
    bool stop;
    unsigned idle_count;
    int event_fd;
    unsigned count; /* running threads */
    struct worker *all;
};

static void push(struct list *list, struct vgpu_job *job)
{
    job->next = NULL;
    if (list->first == NULL) {
        list->first = job;
    } else {
        list->last->next = job;
    }
    list->last = job;
}

static struct vgpu_job *pop(struct list *list)
{
    struct vgpu_job *job = list->first;
    if (job != NULL) {
        list->first = job->next;
    }
    return job;
}

static uint64_t *account_of(struct vgpu_job *job)
{
    return job->account != NULL ? job->account : &job->own_account;
}

static void unlink_job(struct list *list, struct vgpu_job *job)
{
    struct list kept = { NULL, NULL };
    for (struct vgpu_job *next = pop(list); next != NULL; next = pop(list)) {
        if (next != job) {
            push(&kept, next);
        }
    }
    *list = kept;
}

enum vit_status vgpu_tools_init(struct vgpu_tools *tools, struct vit_slab *slab,
        const char *backend)
{
    *tools = (struct vgpu_tools){ .scratch = calloc(1, sizeof(struct vgpu_scratch)) };
    if (tools->scratch == NULL) {
        return VIT_E_NOMEM;
    }
    return vit_cipher_create(slab, backend, &tools->cipher);
}

void vgpu_tools_finish(struct vgpu_tools *tools)
{
    vit_cipher_destroy(tools->cipher);
    free(tools->scratch);
}

/* With lock held, as everything that touches the lists or the descriptor: so it is readable exactly
 * while there is something for the owner. */
static void call_owner(struct vgpu_workers *workers)
{
    bool wanted = workers->finished.first != NULL ||
            atomic_load_explicit(&workers->for_owner, memory_order_relaxed);
    uint64_t count = 1;
    if (wanted == workers->called) {
        return;
    }
    workers->called = wanted;
    if (wanted) {
        (void)!write(workers->event_fd, &count, sizeof(count));
    } else {
        (void)!read(workers->event_fd, &count, sizeof(count));
    }
}

static void set_for_owner(struct vgpu_workers *workers, bool for_owner)
{
    atomic_store_explicit(&workers->for_owner, for_owner, memory_order_relaxed);
    call_owner(workers);
}

static void add_finished(struct vgpu_workers *workers, struct vgpu_job *job)
{
    job->state = VGPU_JOB_FINISHED;
    push(&workers->finished, job);
    atomic_fetch_add_explicit(&workers->finished_count, 1, memory_order_relaxed);
    call_owner(workers);
}

static void note_finished_taken(struct vgpu_workers *workers)
{
    atomic_fetch_sub_explicit(&workers->finished_count, 1, memory_order_relaxed);
    call_owner(workers);
}

static void wake_worker(struct vgpu_workers *workers)
{
    if (workers->idle_count > 0) {
        pthread_cond_signal(&workers->work);
    }
}

static void add_ready(struct vgpu_workers *workers, struct vgpu_job *job)
{
    job->state = VGPU_JOB_READY;
    push(&workers->ready, job);
}

/* From the owner, who keeps a lone job and gives all away with the second. */
static void add_owners(struct vgpu_workers *workers, struct vgpu_job *job)
{
    bool keeps = workers->helped && workers->ready.first == NULL && !job->workers_only;
    add_ready(workers, job);
    set_for_owner(workers, keeps);
    if (!keeps) {
        wake_worker(workers);
    }
}

/* The first of those that cost least. */
static struct vgpu_job *cheapest(struct vgpu_workers *workers)
{
    struct vgpu_job *best = workers->ready.first;
    for (struct vgpu_job *job = best->next; job != NULL; job = job->next) {
        if (*account_of(job) < *account_of(best)) {
            best = job;
        }
    }
    unlink_job(&workers->ready, best);
    if (*account_of(best) > workers->now) {
        workers->now = *account_of(best);
    }
    return best;
}

/* A lone job that waits for the owner's help is no worker's. */
static bool has_work(const struct vgpu_workers *workers)
{
    return workers->ready.first != NULL &&
            !atomic_load_explicit(&workers->for_owner, memory_order_relaxed);
}

static struct vgpu_job *take_ready(struct vgpu_workers *workers)
{
    while (!has_work(workers) && !workers->stop) {
        workers->idle_count++;
        pthread_cond_wait(&workers->work, &workers->lock);
        workers->idle_count--;
    }
    return workers->stop ? NULL : cheapest(workers);
}

/* With lock held, but for the step. */
static enum vit_status take_step(struct vgpu_workers *workers, struct vgpu_job *job,
        const struct vgpu_tools *tools)
{
    job->state = VGPU_JOB_RUNNING;
    pthread_mutex_unlock(&workers->lock);
    enum vit_status status = job->step(job, tools);
    pthread_mutex_lock(&workers->lock);
    *account_of(job) += job->price == 0 ? 1 : job->price;
    job->status = status;
    return status;
}

static void work_on(struct worker *worker, struct vgpu_job *job)
{
    struct vgpu_workers *workers = worker->workers;
    enum vit_status status = take_step(workers, job, &worker->tools);
    if (job->wanted) {
        job->state = VGPU_JOB_IDLE;
        pthread_cond_broadcast(&workers->ended);
    } else if (status == VIT_E_BUSY) {
        add_ready(workers, job);
    } else {
        add_finished(workers, job);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct vgpu_workers *workers = worker->workers;
    pthread_mutex_lock(&workers->lock);
    for (struct vgpu_job *job = take_ready(workers); job != NULL; job = take_ready(workers)) {
        work_on(worker, job);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Signals of the process are for its own threads; SIGBUS comes from what a thread itself touches. */
static bool start_thread(struct worker *worker)
{
    sigset_t most, before;
    sigfillset(&most);
    sigdelset(&most, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &most, &before);
    int error = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        return false;
    }
    pthread_setname_np(worker->thread, "vgpu-worker");
    return true;
}

static enum vit_status add_worker(struct vgpu_workers *workers, struct vit_slab *slab,
        const char *backend)
{
    struct worker *worker = &workers->all[workers->count];
    worker->workers = workers;
    enum vit_status status = vgpu_tools_init(&worker->tools, slab, backend);
    if (status == VIT_OK && !start_thread(worker)) {
        status = VIT_E_NOMEM;
    }
    if (status != VIT_OK) {
        vgpu_tools_finish(&worker->tools);
        return status;
    }
    workers->count++;
    return VIT_OK;
}

enum vit_status vgpu_workers_create(struct vit_slab *slab, const char *backend, unsigned count,
        struct vgpu_workers **workers)
{
    VIT_AUTO(vgpu_workers) made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->ended, NULL);
    made->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    made->all = calloc(count, sizeof(*made->all));
    if (made->event_fd < 0 || made->all == NULL) {
        return VIT_E_NOMEM;
    }
    for (unsigned i = 0; i < count; i++) {
        VIT_TRY(add_worker(made, slab, backend));
    }
    *workers = made;
    made = NULL; /* ownership moved to *workers */
    return VIT_OK;
}

static void stop_threads(struct vgpu_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->stop = true;
    pthread_cond_broadcast(&workers->work);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->count; i++) {
        pthread_join(workers->all[i].thread, NULL);
        vgpu_tools_finish(&workers->all[i].tools);
    }
}

void vgpu_workers_destroy(struct vgpu_workers *workers)
{
    if (workers == NULL) {
        return;
    }
    stop_threads(workers);
    if (workers->event_fd >= 0) {
        close(workers->event_fd);
    }
    pthread_cond_destroy(&workers->ended);
    pthread_cond_destroy(&workers->work);
    pthread_mutex_destroy(&workers->lock);
    free(workers->all);
    free(workers);
}

/* Time without work is not saved up. */
static void catch_up(const struct vgpu_workers *workers, struct vgpu_job *job)
{
    uint64_t *account = account_of(job);
    uint64_t least = workers->now > CREDIT ? workers->now - CREDIT : 0;
    if (*account < least) {
        *account = least;
    }
}

void vgpu_workers_start(struct vgpu_workers *workers, struct vgpu_job *job)
{
    pthread_mutex_lock(&workers->lock);
    job->wanted = false;
    catch_up(workers, job);
    add_owners(workers, job);
    pthread_mutex_unlock(&workers->lock);
}

void vgpu_workers_finish(struct vgpu_workers *workers, struct vgpu_job *job, enum vit_status status)
{
    pthread_mutex_lock(&workers->lock);
    job->status = status;
    add_finished(workers, job);
    pthread_mutex_unlock(&workers->lock);
}

void vgpu_workers_expect_help(struct vgpu_workers *workers)
{
    workers->helped = true;
}

void vgpu_workers_help(struct vgpu_workers *workers, const struct vgpu_tools *tools)
{
    if (!atomic_load_explicit(&workers->for_owner, memory_order_relaxed)) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    struct vgpu_job *job = cheapest(workers);
    if (take_step(workers, job, tools) == VIT_E_BUSY) {
        add_owners(workers, job);
    } else {
        atomic_store_explicit(&workers->for_owner, false, memory_order_relaxed);
        add_finished(workers, job);
    }
    pthread_mutex_unlock(&workers->lock);
}

void vgpu_workers_relieve(struct vgpu_workers *workers)
{
    if (!atomic_load_explicit(&workers->for_owner, memory_order_relaxed)) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    set_for_owner(workers, false);
    wake_worker(workers);
    pthread_mutex_unlock(&workers->lock);
}

unsigned vgpu_workers_finished(const struct vgpu_workers *workers)
{
    return atomic_load_explicit(&workers->finished_count, memory_order_relaxed);
}

struct vgpu_job *vgpu_workers_next(struct vgpu_workers *workers)
{
    if (vgpu_workers_finished(workers) == 0) {
        return NULL;
    }
    pthread_mutex_lock(&workers->lock);
    struct vgpu_job *job = pop(&workers->finished);
    if (job != NULL) {
        job->state = VGPU_JOB_IDLE;
        note_finished_taken(workers);
    }
    pthread_mutex_unlock(&workers->lock);
    return job;
}

void vgpu_workers_withdraw(struct vgpu_workers *workers, struct vgpu_job *job)
{
    pthread_mutex_lock(&workers->lock);
    job->wanted = true;
    while (job->state == VGPU_JOB_RUNNING) {
        pthread_cond_wait(&workers->ended, &workers->lock);
    }
    if (job->state == VGPU_JOB_READY) {
        unlink_job(&workers->ready, job);
        set_for_owner(workers, false);
        wake_worker(workers);
    }
    if (job->state == VGPU_JOB_FINISHED) {
        unlink_job(&workers->finished, job);
        note_finished_taken(workers);
    }
    job->state = VGPU_JOB_IDLE;
    pthread_mutex_unlock(&workers->lock);
}

int vgpu_workers_event_fd(const struct vgpu_workers *workers)
{
    return workers->event_fd;
}
