/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests travel by plain calls: enter and forward go down the path, reply comes back up. There
 * are no events between hops, so what happens at one instant happens in one order.
 */
#include "request.h"

#include "component.h"

#include <string.h>

const char *const fs_outcome_name[FS_OUTCOMES] = {
#define XX(upper, lower, doc) #lower,
    FS_OUTCOME_MAP(XX)
#undef XX
};

const char *const fs_part_name[FS_LATENCY_PARTS + 1] = {"queue",      "backoff",  "cold_start",
                                                        "downstream", "upstream", "execution"};

void fs_path_new(struct fs_path *path, struct fs_arena *arena, struct fs_class *class,
                 struct fs_component *const *hop, int n, int legs)
{
    *path = (struct fs_path){.n = n, .hop = hop, .legs = legs, .class = class};
    if (n == 0) return;
    struct fs_path *tail = fs_arena_alloc(arena, sizeof *tail);
    fs_path_new(tail, arena, class, hop + 1, n - 1, legs - 1);
    path->tail = tail;
}

static void accept(struct fs_request *request)
{
    struct fs_component *hop = request->path->hop[request->step];
    hop->type->accept(hop, request);
}

void fs_request_enter(struct fs_request *request)
{
    request->step = 0;
    accept(request);
}

void fs_request_forward(struct fs_request *request)
{
    request->step++;
    accept(request);
}

void fs_request_copy(struct fs_request **asker, struct fs_request *call, struct fs_caller *caller)
{
    const struct fs_request *request = *asker;
    const struct fs_path *rest = request->path;
    for (int i = 0; i <= request->step; i++)
        rest = rest->tail;
    memcpy(call, request, sizeof *call);
    memcpy(call->leg, &request->leg[request->step + 1], (size_t)rest->legs * sizeof call->leg[0]);
    call->next = NULL;
    call->caller = caller;
    call->path = rest;
    call->step = call->abandoned = call->has_parts = call->cold = 0;
    call->called = true;
    call->asker = asker;
}

void fs_request_call(struct fs_request **asker, struct fs_request *call, struct fs_caller *caller)
{
    fs_request_copy(asker, call, caller);
    fs_request_enter(call);
}

void fs_request_inherit(struct fs_request *request, const struct fs_request *call)
{
    for (int i = 0; call->has_parts && i < FS_LATENCY_PARTS; i++)
        fs_request_spent(request, (enum fs_part)i, call->part[i]);
}

void fs_request_starts_cold(struct fs_request *request)
{
    while (request && !request->abandoned) {
        request->cold = true;
        request = request->called ? *request->asker : NULL;
    }
}

void fs_request_reply(struct fs_request *request, enum fs_outcome outcome)
{
    if (request->step == 0) {
        request->caller->done(request->caller, request, outcome);
        return;
    }
    struct fs_component *hop = request->path->hop[--request->step];
    hop->type->done(hop, request, outcome);
}
