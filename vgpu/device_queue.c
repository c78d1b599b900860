/* SPDX-License-Identifier: MIT */
/* How a device serves its queues, and ends what is at work in them. */
#include "vgpu/device.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "vgpu/control.h"
#include "vgpu/device_state.h"

/* How long work in flight may go on when its queue is stopped, and again after it was cancelled. */
#define FINISH_NS UINT64_C(500000000)

/* How long one call serves a ring, so that no guest keeps the owner's thread for itself: that long,
 * and so many rounds of the ring. */
#define SERVE_NS UINT64_C(2000000)
enum { ROUNDS = 4 };

/* So many answers that nobody looked at: the driver does not wait for each. */
enum { GATHER_FROM = 4 };

/* Requests that are served at their kicks after one more came in no time; twice as many each time. */
enum { GATHER_BACKOFF = 8, GATHER_REST = 1024 };

static void tell(struct vgpu_device *device, unsigned queue)
{
    bool wants = vgpu_virtq_wants_interrupt(&device->queues[queue]);
    if (queue == VGPU_QUEUE_CONTROL) {
        /* Replies of submissions count before their fences do; whoever waits looks at those. */
        wants |= device->tell_anyway || device->fences.held_back;
        device->tell_anyway = false;
        device->fences.held_back = false;
    }
    if (wants && device->queues[queue].running) {
        device->host->impl->interrupt(device->host, queue);
    }
}

static void tell_all(struct vgpu_device *device)
{
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        tell(device, queue);
    }
}

static void serve_one(struct vgpu_device *device, unsigned queue)
{
    if (queue == VGPU_QUEUE_CURSOR) {
        vgpu_cursor_serve(device, &device->request);
        vgpu_cursors_draw(&device->cursors);
        return;
    }
    if (!vgpu_control_serve(device, &device->request)) {
        vgpu_virtq_unpop(&device->queues[queue]);
        return;
    }
    vgpu_outputs_draw(&device->outputs);
}

static void come_back(struct vgpu_device *device, unsigned queue)
{
    uint64_t one = 1;
    device->owes_queue[queue] = true;
    device->again = true;
    (void)!write(device->again_fd, &one, sizeof(one));
}

struct turn {
    const struct vgpu_device *device;
    uint64_t end;
    uint32_t left; /* requests */
};

static bool goes_on(const struct turn *turn)
{
    return turn->left > 0 && !vgpu_engine_spent(turn->device->engine) && vit_now_ns() < turn->end;
}

/* The display was asked, and what comes behind the question waits with it. */
static bool is_held(const struct vgpu_device *device, unsigned queue)
{
    return queue == VGPU_QUEUE_CONTROL && device->modes_state == VGPU_MODES_ASKED;
}

static bool set_timer(const struct vgpu_device *device)
{
    const struct itimerspec once = { .it_value = { (time_t)(device->gather_ns / 1000000000),
                                             (long)(device->gather_ns % 1000000000) } };
    return timerfd_settime(device->gather_fd, 0, &once, NULL) == 0;
}

/* A driver that looks for replies in its memory, and not at the ring, may wait for each all the same:
 * it is tried less and less often. */
static void stop_gathering(struct vgpu_gathering *gathering)
{
    uint32_t longer = gathering->backoff == 0 ? GATHER_BACKOFF : gathering->backoff * 2;
    gathering->backoff = gathering->worth_it ? 0 : longer < GATHER_REST ? longer : GATHER_REST;
    gathering->rest = gathering->backoff;
    gathering->on = false;
}

/* Each kick costs the guest an exit and the wake of a thread, and each interrupt as much: while it
 * submits one request after the other, neither is needed for each of them. Ends with a turn in which
 * one came at most. */
static bool gathers(struct vgpu_device *device, unsigned index, uint32_t served)
{
    struct vgpu_gathering *gathering = &device->gathering;
    if (device->gather_ns == 0 || index != VGPU_QUEUE_CONTROL) {
        return false;
    }
    if (gathering->on && served < 2) {
        stop_gathering(gathering);
        return false;
    }
    if (!gathering->on && gathering->rest > served) {
        gathering->rest -= served;
        return false;
    }
    gathering->worth_it = gathering->on;
    gathering->rest = 0;
    gathering->on = (gathering->on || vgpu_virtq_unseen(&device->queues[index]) >= GATHER_FROM) &&
            set_timer(device);
    return gathering->on;
}

static bool timer_fired(const struct vgpu_device *device)
{
    uint64_t count;
    return device->gather_fd >= 0 &&
            read(device->gather_fd, &count, sizeof(count)) == sizeof(count) && device->gathering.on;
}

static void serve_queue(struct vgpu_device *device, unsigned index)
{
    struct vgpu_virtq *queue = &device->queues[index];
    struct turn turn = { .device = device,
        .end = vit_now_ns() + SERVE_NS,
        .left = (uint32_t)queue->ring.size * ROUNDS };
    const uint32_t most = turn.left;
    vgpu_engine_refill(device->engine);
    device->owes_queue[index] = false;
    bool more;
    do {
        while (!is_held(device, index) && goes_on(&turn) &&
                vgpu_virtq_pop(queue, &device->request) == VIT_OK) {
            vgpu_engine_relieve(device->engine);
            serve_one(device, index);
            turn.left--;
        }
        if (!is_held(device, index) && goes_on(&turn) && gathers(device, index, most - turn.left)) {
            return; /* not armed */
        }
        more = !is_held(device, index) && vgpu_virtq_arm(queue);
    } while (more && goes_on(&turn));
    if (more) { /* and not merely because the turn is over */
        come_back(device, index);
    }
}

/* A link that starts has its time; the timer says when it is over. */
static void set_link_timer(struct vgpu_device *device)
{
    uint64_t due = vgpu_protection_due(&device->protection);
    if (due == device->timer_ns) {
        return;
    }
    const struct itimerspec when = { .it_value = { (time_t)(due / 1000000000u),
                                             (long)(due % 1000000000u) } };
    device->timer_ns = due;
    (void)timerfd_settime(device->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void vgpu_device_kick(struct vgpu_device *device, unsigned queue)
{
    if (queue >= VGPU_QUEUE_COUNT || !device->queues[queue].running) {
        return;
    }
    if (device->serving) {
        come_back(device, queue); /* called by the host while it is called */
        return;
    }
    device->serving = true;
    serve_queue(device, queue);
    device->serving = false;
    set_link_timer(device);
    tell_all(device);
}

static void clear_again(struct vgpu_device *device)
{
    uint64_t count;
    device->again = false;
    (void)!read(device->again_fd, &count, sizeof(count));
}

/* What workers and the renderer finished. */
static void take_finished(struct vgpu_device *device)
{
    vgpu_engine_poll(device->engine);
    if (device->renderer != NULL) {
        vgpu_fences_reached(&device->fences, device->renderer->impl->poll(device->renderer));
    }
}

void vgpu_device_poll(struct vgpu_device *device)
{
    if (device->serving) {
        return;
    }
    device->serving = true;
    take_finished(device);
    if (device->again) {
        clear_again(device);
    }
    device->owes_queue[VGPU_QUEUE_CONTROL] |= timer_fired(device);
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        if (device->owes_queue[queue]) {
            serve_queue(device, queue);
        }
    }
    vgpu_protection_poll(&device->protection);
    vgpu_outputs_draw(&device->outputs);
    vgpu_cursors_draw(&device->cursors);
    device->serving = false;
    set_link_timer(device);
    tell_all(device);
}

void vgpu_device_set_modes(struct vgpu_device *device, const struct vgpu_mode *modes,
        unsigned count)
{
    for (unsigned i = 0; i < device->outputs.count && count > 0; i++) {
        device->modes[i] = i < count ? modes[i] : (struct vgpu_mode){ 0, 0 };
    }
    if (device->modes_state == VGPU_MODES_ASKED) {
        device->modes_state = VGPU_MODES_FRESH;
        vgpu_device_kick(device, VGPU_QUEUE_CONTROL);
    }
}

int vgpu_device_event_fd(const struct vgpu_device *device)
{
    return device->poll_fd;
}

bool vgpu_device_busy(const struct vgpu_device *device)
{
    return device->gathering.on || device->fences.count > 0 ||
            device->owes_queue[VGPU_QUEUE_CONTROL] || device->owes_queue[VGPU_QUEUE_CURSOR] ||
            vgpu_engine_busy(device->engine);
}

static bool work_left(const struct vgpu_device *device)
{
    return device->fences.count > 0 || vgpu_engine_busy(device->engine);
}

static void work_until(struct vgpu_device *device, uint64_t limit_ns)
{
    uint64_t end = vit_now_ns() + limit_ns;
    const struct vgpu_renderer *renderer = device->renderer;
    take_finished(device);
    for (uint64_t now = vit_now_ns(); work_left(device) && now < end; now = vit_now_ns()) {
        struct pollfd ready[] = { { .fd = vgpu_engine_event_fd(device->engine), .events = POLLIN },
            { .fd = renderer == NULL ? -1 : renderer->event_fd, .events = POLLIN } };
        (void)poll(ready, 2, (int)((end - now) / 1000000) + 1);
        take_finished(device);
    }
}

/* What does not end in time is cancelled; what does not end then loses its context. */
static void finish_work(struct vgpu_device *device)
{
    work_until(device, FINISH_NS);
    if (work_left(device)) {
        vgpu_objects_cancel(&device->objects);
        work_until(device, FINISH_NS);
    }
    if (work_left(device)) {
        vit_log(VIT_LOG_ERROR, "work does not end: contexts are dropped");
        vgpu_outputs_reset(&device->outputs);
        vgpu_objects_clear(&device->objects);
    }
}

enum vit_status vgpu_device_start_queue(struct vgpu_device *device, unsigned queue,
        const struct vgpu_ring *ring)
{
    if (queue >= VGPU_QUEUE_COUNT) {
        return VIT_E_ARG;
    }
    (void)vgpu_device_stop_queue(device, queue);
    struct vgpu_virtq *started = &device->queues[queue];
    VIT_TRY(vgpu_virtq_start(started, &device->memory, ring, device->features));
    enum vit_status status =
            queue == VGPU_QUEUE_CONTROL ? vgpu_fences_start(&device->fences, started) : VIT_OK;
    started->running = status == VIT_OK;
    return status;
}

uint16_t vgpu_device_stop_queue(struct vgpu_device *device, unsigned queue)
{
    if (queue >= VGPU_QUEUE_COUNT) {
        return 0;
    }
    if (queue == VGPU_QUEUE_CONTROL && device->queues[queue].running) {
        finish_work(device);
        tell(device, queue);
    }
    device->owes_queue[queue] = false;
    device->gathering.on &= queue != VGPU_QUEUE_CONTROL;
    device->modes_state = VGPU_MODES_KNOWN;
    return vgpu_virtq_stop(&device->queues[queue]);
}
