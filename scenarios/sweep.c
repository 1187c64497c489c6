/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A thread takes the next replication of an open point; when no open point has one left it opens
 * the next point itself, reading the scenario with the point's values while the others go on. Who
 * ends a point's last replication turns it into numbers and appends them to the journal. So a
 * killed sweep loses at most one unfinished point a thread, and never a finished one.
 */
#include "sweep.h"

#include "journal.h"
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORD_SWEEP = 1, RECORD_POINT = 2, RECORD_BEGUN = 3 };

/* A point that is being worked on. */
struct open_point {
    struct open_point *next;
    int64_t point;
    struct fs_arena *arena;
    struct fs_study *study;
    int taken, done;
    _Atomic int64_t *progress;
};

struct pool {
    struct fs_sweep *sweep;
    struct fs_journal *journal;
    pthread_mutex_t lock;
    struct open_point *open;
    int64_t next;     /* point to open */
    int64_t old, all; /* points of the shard that were there; that it has */
    enum fs_rc rc;    /* the first that went wrong */
    int running;      /* threads */
};

/* ---- points --------------------------------------------------------------------------------- */

static bool stopped(const struct pool *pool)
{
    const _Atomic int *stop = pool->sweep->how.stop;
    return pool->rc != FS_OK || (stop && *stop);
}

static void give_up(struct pool *pool, enum fs_rc rc, const char *text)
{
    if (pool->rc == FS_OK) {
        pool->rc = rc;
        if (text) fprintf(stderr, "fleetsim: %s\n", text);
    }
}

static void append(struct pool *pool, int kind, const void *payload, size_t n)
{
    struct fs_failure failure;
    const enum fs_rc rc = fs_journal_append(pool->journal, kind, payload, n, &failure);
    if (rc != FS_OK) give_up(pool, rc, failure.text);
}

static void give_up_unread(struct pool *pool, enum fs_rc rc, const struct fs_report *report,
                           const char *label, const char *failure)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->rc == FS_OK && rc == FS_INPUT) {
        fprintf(stderr, "fleetsim: the scenario does not read at %s\n", label);
        fs_report_print(report, stderr, pool->sweep->colour);
    }
    give_up(pool, rc, failure);
    pthread_mutex_unlock(&pool->lock);
}

/* Does the point still read what the sweep began with? Points of two traces under one name would
 * stand side by side as if they were of one. */
static bool check_files(struct pool *pool, struct fs_arena *arena,
                        const struct fs_scenario *scenario)
{
    struct fs_files files = {.n = 0};
    fs_files_add(arena, &files, scenario);
    const char *changed = fs_files_differ(arena, &files, &pool->sweep->cube->files, false);
    if (!changed) return true;
    pthread_mutex_lock(&pool->lock);
    give_up(pool, FS_INPUT,
            fs_arena_format(arena,
                            "%s was changed while the sweep ran; put it back and the same command "
                            "goes on, or choose another folder with -o",
                            changed));
    pthread_mutex_unlock(&pool->lock);
    return false;
}

/* Read the scenario at the point; NULL after complaints. */
static struct open_point *open_point(struct pool *pool, int64_t number)
{
    const struct fs_sweep *sweep = pool->sweep;
    struct fs_arena *arena = fs_arena_new();
    struct open_point *point = fs_arena_alloc(arena, sizeof *point);
    struct fs_report *report = fs_report_new(arena);
    struct fs_scenario *scenario;
    struct fs_failure failure;
    int n = sweep->n_overrides;
    const struct fs_override *all =
        fs_axes_override(arena, &sweep->cube->axes, number, sweep->override, &n);
    const enum fs_rc rc =
        fs_scenario_read(arena, sweep->file, all, n, sweep->only, &scenario, report, &failure);
    if (rc != FS_OK)
        give_up_unread(pool, rc, report, fs_axes_label(arena, &sweep->cube->axes, number),
                       rc == FS_WORLD ? failure.text : NULL);
    if (rc != FS_OK || !check_files(pool, arena, scenario)) {
        fs_arena_free(arena);
        return NULL;
    }
    point->arena = arena;
    point->point = number;
    point->study = fs_study_new(scenario);
    point->progress = fs_arena_alloc(arena, (size_t)point->study->n_jobs * sizeof *point->progress);
    return point;
}

static void free_point(struct open_point *point)
{
    fs_study_free(point->study);
    fs_arena_free(point->arena);
}

static void unlink_point(struct pool *pool, const struct open_point *point)
{
    struct open_point **link = &pool->open;
    while (*link != point)
        link = &(*link)->next;
    *link = point->next;
}

/* `until` may want more replications; then the point stays open. */
static bool goes_on(struct pool *pool, struct open_point *point)
{
    pthread_mutex_lock(&pool->lock);
    const bool more = !stopped(pool) && fs_study_more(point->study);
    if (more) {
        point->progress =
            fs_arena_alloc(point->arena, (size_t)point->study->n_jobs * sizeof *point->progress);
        for (int i = 0; i < point->study->old_jobs; i++)
            point->progress[i] = point->study->variant[0].variant->spec.run.length;
    }
    pthread_mutex_unlock(&pool->lock);
    return more;
}

/* All replications are done: numbers into the journal. */
static void close_point(struct pool *pool, struct open_point *point)
{
    struct fs_cube *cube = pool->sweep->cube;
    struct fs_views *views = fs_alloc((size_t)cube->n_variants * sizeof *views, "a point");
    fs_study_end(point->study);
    if (point->study->complete) {
        for (int i = 0; i < cube->n_variants; i++)
            views[i] = fs_views_all(point->arena, &point->study->variant[i]);
    }
    pthread_mutex_lock(&pool->lock);
    unlink_point(pool, point);
    if (point->study->complete && pool->rc == FS_OK) {
        struct fs_pack pack = {0};
        fs_cube_add(cube, point->point, point->study, views);
        fs_cube_pack_point(cube, point->point, &pack);
        append(pool, RECORD_POINT, pack.data, pack.n);
        free(pack.data);
    }
    pthread_mutex_unlock(&pool->lock);
    free(views);
    free_point(point);
}

/* The next point of the shard that is not there yet, -1 when there is none (under the lock). */
static int64_t next_point(struct pool *pool)
{
    const struct fs_cube *cube = pool->sweep->cube;
    const int n = pool->sweep->shard.n;
    while (pool->next < cube->axes.points && cube->point[pool->next])
        pool->next += n;
    if (pool->next >= cube->axes.points) return -1;
    const int64_t point = pool->next;
    pool->next += n;
    return point;
}

/* A point with a job to do, its job taken; NULL when there is none (under the lock). */
static struct open_point *take_open(struct pool *pool, int *job)
{
    for (struct open_point *point = pool->open; point; point = point->next) {
        if (point->taken == point->study->n_jobs) continue;
        *job = point->taken++;
        return point;
    }
    return NULL;
}

static struct open_point *take(struct pool *pool, int *job)
{
    pthread_mutex_lock(&pool->lock);
    struct open_point *point = stopped(pool) ? NULL : take_open(pool, job);
    const int64_t number = point || stopped(pool) ? -1 : next_point(pool);
    pthread_mutex_unlock(&pool->lock);
    if (number < 0) return point;
    point = open_point(pool, number);
    if (!point) return NULL;
    *job = 0;
    point->taken = 1;
    pthread_mutex_lock(&pool->lock);
    struct open_point **end = &pool->open;
    while (*end)
        end = &(*end)->next;
    *end = point;
    append(pool, RECORD_BEGUN, &number, sizeof number);
    pthread_mutex_unlock(&pool->lock);
    return point;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    struct open_point *point;
    int job;
    while ((point = take(pool, &job))) {
        fs_study_job(point->study, job, &pool->sweep->how, &point->progress[job]);
        pthread_mutex_lock(&pool->lock);
        const bool last = ++point->done == point->study->n_jobs;
        pthread_mutex_unlock(&pool->lock);
        if (last && !goes_on(pool, point)) close_point(pool, point);
    }
    pthread_mutex_lock(&pool->lock);
    pool->running--;
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- progress ------------------------------------------------------------------------------- */

/* Points that are done and the done parts of the open ones, of this run (under the lock). */
static double points_done(const struct pool *pool)
{
    double done = (double)(pool->sweep->cube->n_points - pool->old);
    for (const struct open_point *point = pool->open; point; point = point->next) {
        double part = 0, whole = 0;
        int job = 0;
        for (int i = 0; i < point->study->n_variants; i++) {
            const struct fs_study_variant *v = &point->study->variant[i];
            for (int j = 0; j < v->n; j++, job++) {
                part += (double)atomic_load_explicit(&point->progress[job], memory_order_relaxed);
                whole += (double)v->variant->spec.run.length;
            }
        }
        if (whole > 0) done += part / whole;
    }
    return done;
}

static void print_progress(struct pool *pool, double elapsed)
{
    char eta[48] = "";
    pthread_mutex_lock(&pool->lock);
    const double done = points_done(pool), left = (double)(pool->all - pool->old) - done;
    const long long there = (long long)pool->sweep->cube->n_points;
    pthread_mutex_unlock(&pool->lock);
    if (done > 0.05) snprintf(eta, sizeof eta, ", %.0f s left", elapsed * left / done);
    fprintf(stderr, "\r\033[K%lld of %lld points%s", there, (long long)pool->all, eta);
    fflush(stderr);
}

static void watch(struct pool *pool)
{
    const struct timespec nap = {0, 100000000};
    bool shown = false;
    int running = 1;
    for (int tick = 1; running > 0; tick++) {
        nanosleep(&nap, NULL);
        if (tick > 10) print_progress(pool, 0.1 * tick);
        shown = shown || tick > 10;
        pthread_mutex_lock(&pool->lock);
        running = pool->running;
        pthread_mutex_unlock(&pool->lock);
    }
    if (shown) fprintf(stderr, "\r\033[K");
}

static void run_threads(struct pool *pool)
{
    pthread_t thread[256];
    const int64_t jobs = (pool->all - pool->old) * 1000;
    const int n = fs_study_threads(&pool->sweep->how, jobs > 256 ? 256 : (int)jobs);
    const bool show = pool->sweep->how.progress;
    int started = 0;
    pool->running = n;
    while (started < (show ? n : n - 1) && pthread_create(&thread[started], NULL, work, pool) == 0)
        started++;
    pthread_mutex_lock(&pool->lock);
    pool->running = show && started ? started : started + 1;
    pthread_mutex_unlock(&pool->lock);
    if (show && started)
        watch(pool);
    else
        work(pool);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

/* ---- what is there -------------------------------------------------------------------------- */

struct reading {
    struct fs_arena *arena;
    struct fs_cube *cube; /* NULL: the first journal's becomes it */
    struct fs_cube_texts texts;
    const char *wrong;
    struct fs_shard shard;
    int heads;
};

static void pack_head(const struct fs_cube *cube, const struct fs_shard *shard,
                      struct fs_pack *pack)
{
    fs_pack_int(pack, shard->i);
    fs_pack_int(pack, shard->n);
    fs_cube_pack(cube, pack);
}

/* The first record says what the journal belongs to. */
static bool read_head(struct reading *r, const void *payload, size_t n)
{
    struct fs_unpack in = {payload, (const char *)payload + n, false};
    r->shard.i = (int)fs_unpack_int(&in);
    r->shard.n = (int)fs_unpack_int(&in);
    struct fs_cube *cube = fs_cube_unpack(r->arena, in.at, (size_t)(in.end - in.at));
    r->heads++;
    if (!cube || r->shard.i < 1 || r->shard.i > r->shard.n || r->shard.n > FS_SHARDS_MAX) {
        r->wrong = "it is damaged";
        return false;
    }
    if (!r->cube)
        r->cube = cube;
    else
        r->wrong = fs_cube_differs(r->cube, cube);
    return r->wrong == NULL;
}

static bool visit(void *self, int kind, const void *payload, size_t n)
{
    struct reading *r = self;
    int64_t point;
    if (r->heads == 0 && kind == RECORD_SWEEP) return read_head(r, payload, n);
    if (r->heads > 0 && kind == RECORD_BEGUN) return true;
    if (r->heads == 0 || kind != RECORD_POINT ||
        !fs_cube_unpack_point(r->cube, &r->texts, payload, n, &point)) {
        r->wrong = "it is damaged";
        return false;
    }
    return true;
}

static enum fs_rc begin(struct pool *pool, const struct reading *r, const char *path)
{
    struct fs_sweep *sweep = pool->sweep;
    struct fs_failure failure;
    if (r->wrong) {
        fprintf(stderr,
                "fleetsim: %s belongs to another sweep (%s); choose another folder with -o, or "
                "remove it\n",
                path, r->wrong);
        return FS_INPUT;
    }
    sweep->cube->n_packed = sweep->cube->n_text;
    if (r->heads > 0) return FS_OK;
    struct fs_pack pack = {0};
    pack_head(sweep->cube, &sweep->shard, &pack);
    const enum fs_rc rc =
        fs_journal_append(pool->journal, RECORD_SWEEP, pack.data, pack.n, &failure);
    free(pack.data);
    if (rc != FS_OK) fprintf(stderr, "fleetsim: %s\n", failure.text);
    return rc;
}

enum fs_rc fs_sweep_run(struct fs_sweep *sweep, const char *path)
{
    struct pool pool = {.sweep = sweep, .next = sweep->shard.i - 1};
    struct reading reading = {.arena = sweep->cube->arena, .cube = sweep->cube};
    struct fs_failure failure;
    enum fs_rc rc = fs_journal_open(path, visit, &reading, &pool.journal, &failure);
    if (rc != FS_OK) {
        fprintf(stderr, "fleetsim: %s\n", failure.text);
        return rc;
    }
    pthread_mutex_init(&pool.lock, NULL);
    rc = begin(&pool, &reading, path);
    free(reading.texts.number);
    pool.old = sweep->cube->n_points;
    pool.all = (sweep->cube->axes.points - sweep->shard.i + sweep->shard.n) / sweep->shard.n;
    if (rc == FS_OK && pool.old > 0 && sweep->how.progress)
        fprintf(stderr, "%lld of %lld points are there already\n", (long long)pool.old,
                (long long)pool.all);
    if (rc == FS_OK && pool.old < pool.all) run_threads(&pool);
    while (pool.open) { /* cut short by a signal */
        struct open_point *point = pool.open;
        pool.open = point->next;
        free_point(point);
    }
    pthread_mutex_destroy(&pool.lock);
    const enum fs_rc closed = fs_journal_close(pool.journal, &failure);
    if (closed != FS_OK && rc == FS_OK && pool.rc == FS_OK)
        fprintf(stderr, "fleetsim: %s\n", failure.text);
    if (rc == FS_OK) rc = pool.rc != FS_OK ? pool.rc : closed;
    if (rc == FS_OK && sweep->cube->n_points < pool.all) rc = FS_INTERRUPTED;
    return rc;
}

/* ---- merging -------------------------------------------------------------------------------- */

struct part {
    const char *path;
    struct fs_shard shard;
};

struct parts {
    struct fs_arena *arena;
    struct part *part;
    int n, room;
};

static void add_part(struct parts *parts, const char *path)
{
    if (parts->n == parts->room) {
        parts->room = parts->room ? 2 * parts->room : 16;
        parts->part =
            fs_realloc(parts->part, (size_t)parts->room * sizeof *parts->part, "journals");
    }
    parts->part[parts->n++] = (struct part){.path = path};
}

static bool find_parts(struct parts *parts, const char *folder)
{
    struct dirent **entry;
    const int n = scandir(folder, &entry, NULL, alphasort);
    const int before = parts->n;
    for (int i = 0; i < n; i++) {
        const size_t length = strlen(entry[i]->d_name);
        if (length > 8 && strcmp(entry[i]->d_name + length - 8, ".journal") == 0)
            add_part(parts, fs_arena_format(parts->arena, "%s/%s", folder, entry[i]->d_name));
        free(entry[i]);
    }
    if (n >= 0) free(entry);
    if (parts->n > before) return true;
    fprintf(stderr, "fleetsim: %s: %s\n", folder,
            n < 0 ? strerror(errno) : "there is no journal of a sweep in it");
    return false;
}

static enum fs_rc read_part(struct parts *parts, struct part *part, struct fs_cube **cube)
{
    struct reading reading = {.arena = parts->arena, .cube = *cube};
    struct fs_failure failure;
    const enum fs_rc rc = fs_journal_read(part->path, visit, &reading, &failure);
    free(reading.texts.number);
    if (rc != FS_OK) {
        fprintf(stderr, "fleetsim: %s\n", failure.text);
        return rc;
    }
    if (!reading.wrong && reading.heads == 0) reading.wrong = "it is no journal of a sweep";
    if (reading.wrong) {
        fprintf(stderr, "fleetsim: %s cannot be merged%s%s: %s\n", part->path,
                *cube ? " with " : "", *cube ? parts->part[0].path : "", reading.wrong);
        return FS_INPUT;
    }
    *cube = reading.cube;
    part->shard = reading.shard;
    return FS_OK;
}

/* Every shard once, of one and the same number. */
static bool check_parts(const struct parts *parts)
{
    const int n = parts->part[0].shard.n;
    bool good = true;
    for (int i = 1; i < parts->n; i++) {
        if (parts->part[i].shard.n == n) continue;
        fprintf(stderr, "fleetsim: %s is one of %d shards, %s one of %d\n", parts->part[0].path, n,
                parts->part[i].path, parts->part[i].shard.n);
        return false;
    }
    for (int shard = 1; shard <= n; shard++) {
        const char *path = NULL;
        for (int i = 0; i < parts->n; i++) {
            if (parts->part[i].shard.i != shard) continue;
            if (path) {
                fprintf(stderr, "fleetsim: shard %d of %d is there twice: %s and %s\n", shard, n,
                        path, parts->part[i].path);
                good = false;
            }
            path = parts->part[i].path;
        }
        if (path) continue;
        fprintf(stderr, "fleetsim: shard %d of %d is missing\n", shard, n);
        good = false;
    }
    return good;
}

static bool check_points(const struct parts *parts, const struct fs_cube *cube)
{
    bool good = true;
    for (int i = 0; i < parts->n; i++) {
        const struct fs_shard *shard = &parts->part[i].shard;
        int64_t missing = 0, all = 0;
        for (int64_t p = shard->i - 1; p < cube->axes.points; p += shard->n, all++)
            missing += cube->point[p] == NULL;
        if (missing == 0) continue;
        fprintf(stderr,
                "fleetsim: shard %d of %d is unfinished, %lld of its %lld points are missing; run "
                "it again and it goes on: %s\n",
                shard->i, shard->n, (long long)missing, (long long)all, parts->part[i].path);
        good = false;
    }
    return good;
}

enum fs_rc fs_sweep_merge(struct fs_arena *arena, const char *const *folder, int n,
                          struct fs_cube **cube)
{
    struct parts parts = {.arena = arena};
    enum fs_rc rc = FS_OK;
    *cube = NULL;
    for (int i = 0; i < n; i++) {
        if (!find_parts(&parts, folder[i])) rc = FS_INPUT;
    }
    for (int i = 0; i < parts.n && rc == FS_OK; i++)
        rc = read_part(&parts, &parts.part[i], cube);
    if (rc == FS_OK && (!check_parts(&parts) || !check_points(&parts, *cube))) rc = FS_INPUT;
    free(parts.part);
    return rc;
}
