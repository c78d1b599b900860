/* SPDX-License-Identifier: MIT */
/* What a device consists of. Only device.c, device_queue.c, the files of control.h and their tests
 * include this. */
#ifndef VGPU_DEVICE_STATE_H
#define VGPU_DEVICE_STATE_H

#include "certs/chain.h"
#include "vgpu/cursor.h"
#include "vgpu/device.h"
#include "vgpu/engine.h"
#include "vgpu/fence.h"
#include "vgpu/memory.h"
#include "vgpu/objects.h"
#include "vgpu/protection.h"
#include "vgpu/renderer.h"
#include "vgpu/scanout.h"
#include "vgpu/virtq.h"
#include "wire/envelope.h"

/* Of the control queue. */
struct vgpu_gathering {
    bool on;          /* served when the timer fires, without kicks */
    bool worth_it;    /* several requests came between two turns */
    uint32_t backoff; /* how many requests to leave alone after it was not */
    uint32_t rest;    /* and how many of them are left */
};

struct vgpu_device {
    struct vgpu_host *host;         /* borrowed */
    struct vgpu_renderer *renderer; /* borrowed; NULL: none */
    struct vit_chain *chain;
    struct vgpu_engine *engine;
    struct vgpu_mode modes[VGPU_MAX_OUTPUTS];
    /* Of a guest that asks for the modes: the control queue waits while the display is asked. */
    enum { VGPU_MODES_KNOWN, VGPU_MODES_ASKED, VGPU_MODES_FRESH } modes_state;

    uint8_t *capset; /* encoded once */
    size_t capset_len;

    uint64_t features; /* accepted */
    struct vgpu_memory memory;
    struct vgpu_virtq queues[VGPU_QUEUE_COUNT];
    struct vgpu_fences fences;
    struct vgpu_completion unfenced; /* of submissions that were answered when they came */

    struct vgpu_objects objects;
    struct vgpu_protection protection;
    struct vgpu_outputs outputs;
    struct vgpu_cursors cursors;

    int poll_fd, again_fd; /* epoll over the engine's, again_fd and timer_fd; eventfd */
    int timer_fd;          /* for links that start */
    uint64_t timer_ns;     /* when it is set for; 0: it is not */
    bool again;            /* again_fd was set, to be called for what is owed */
    uint64_t gather_ns;    /* as configured */
    int gather_fd;         /* timerfd; -1: never used */
    struct vgpu_gathering gathering;
    bool owes_queue[VGPU_QUEUE_COUNT];
    bool serving;
    bool tell_anyway; /* a reply is there whose fence is not */

    uint64_t render_fence; /* the last one */

    struct vgpu_chain request; /* being served */
    /* Copied out of guest memory. */
    _Alignas(uint32_t) uint8_t submission[VIT_SUBMISSION_MAX_LEN];
};

#endif
