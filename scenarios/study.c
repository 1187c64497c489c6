/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads take the next (variant, replication) from a counter and put the record into its own
 * place, so results never depend on which thread was faster. Progress is simulated time done over
 * simulated time to do; it is read from atomics that a run stores at every interval's end.
 */
#include "study.h"

#include "until.h"
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct work {
    struct fs_study *study;
    const struct fs_study_options *options;
    atomic_int next, done;
    _Atomic int64_t *progress; /* [n_jobs], simulated ns */
    double total;              /* simulated ns of all jobs */
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- one job -------------------------------------------------------------------------------- */

static void run_one(struct fs_study_variant *v, int replication, const struct fs_study_options *how,
                    _Atomic int64_t *progress)
{
    const struct fs_variant_spec *spec = &v->variant->spec;
    char label[256];
    snprintf(label, sizeof label, "%s, replication %d, seed %lld", spec->name, replication,
             (long long)spec->run.seed);
    const struct fs_world_options options = {
        .sim = {.label = label, .one_heap = how->one_heap, .fingerprint = how->fingerprint},
        .stop = how->stop,
        .progress = progress};
    struct fs_world *world =
        fs_world_new(spec, (uint64_t)spec->run.seed, (uint64_t)replication, &options);
    v->record[replication] = fs_world_run(world);
    v->bill[replication] = fs_bill_new(spec, v->record[replication]);
    v->alarms[replication] =
        fs_alarms_new(&(struct fs_alarm_view){spec, v->record[replication], v->bill[replication]});
    fs_world_free(world);
}

void fs_study_job(struct fs_study *study, int job, const struct fs_study_options *options,
                  _Atomic int64_t *progress)
{
    struct fs_study_variant *v = study->variant;
    job -= study->old_jobs;
    while (job >= v->n - v->from) {
        job -= v->n - v->from;
        v++;
    }
    run_one(v, v->from + job, options, progress);
}

static bool stopped(const struct work *work)
{
    return work->options->stop && *work->options->stop;
}

static void *take_jobs(void *arg)
{
    struct work *work = arg;
    int job;
    while (!stopped(work) && (job = atomic_fetch_add(&work->next, 1)) < work->study->n_jobs) {
        fs_study_job(work->study, job, work->options, &work->progress[job - work->study->old_jobs]);
        atomic_fetch_add(&work->done, 1);
    }
    return NULL;
}

static bool is_complete(const struct fs_study *study)
{
    for (int i = 0; i < study->n_variants; i++) {
        for (int j = 0; j < study->variant[i].n; j++) {
            const struct fs_record *record = study->variant[i].record[j];
            if (!record || !record->complete) return false;
        }
    }
    return true;
}

/* ---- more replications ---------------------------------------------------------------------- */

static void add_replications(struct fs_study *study, int n)
{
    study->old_jobs = study->n_jobs;
    for (int i = 0; i < study->n_variants; i++) {
        struct fs_study_variant *v = &study->variant[i];
        v->from = v->n;
        v->n = n > v->n ? n : v->n;
        const size_t size = (size_t)v->n * sizeof(void *);
        v->record = fs_realloc(v->record, size, "a study's records");
        v->bill = fs_realloc(v->bill, size, "a study's bills");
        v->alarms = fs_realloc(v->alarms, size, "a study's alarms");
        for (int j = v->from; j < v->n; j++) {
            v->record[j] = NULL;
            v->bill[j] = NULL;
            v->alarms[j] = NULL;
        }
        study->n_jobs += v->n - v->from;
    }
}

bool fs_study_more(struct fs_study *study)
{
    if (!is_complete(study)) return false;
    const int n = fs_until_next(study);
    if (n > 0) add_replications(study, n);
    return n > 0;
}

/* ---- progress ------------------------------------------------------------------------------- */

static double share_done(const struct work *work)
{
    double done = 0;
    for (int i = 0; i < work->study->n_jobs - work->study->old_jobs; i++)
        done += (double)atomic_load_explicit(&work->progress[i], memory_order_relaxed);
    return work->total > 0 ? done / work->total : 1;
}

static void print_progress(const struct work *work, double elapsed)
{
    const double share = share_done(work);
    char eta[32] = "";
    if (share > 0.01) snprintf(eta, sizeof eta, ", %.0f s left", elapsed * (1 - share) / share);
    fprintf(stderr, "\r\033[K%d of %d runs, %3.0f %%%s", atomic_load(&work->done),
            work->study->n_jobs, 100 * share, eta);
    fflush(stderr);
}

static void watch(const struct work *work)
{
    const struct timespec nap = {0, 100000000};
    const double start = seconds();
    bool shown = false;
    while (!stopped(work) && atomic_load(&work->done) < work->study->n_jobs) {
        nanosleep(&nap, NULL);
        const double elapsed = seconds() - start;
        if (elapsed < 1) continue;
        print_progress(work, elapsed);
        shown = true;
    }
    if (shown) fprintf(stderr, "\r\033[K");
}

/* ---- all of them ---------------------------------------------------------------------------- */

struct fs_study *fs_study_new(const struct fs_scenario *scenario)
{
    struct fs_study *study = fs_alloc(sizeof *study, "a study");
    study->scenario = scenario;
    study->n_variants = scenario->n_variants;
    study->variant =
        fs_alloc((size_t)scenario->n_variants * sizeof *study->variant, "a study's variants");
    for (int i = 0; i < scenario->n_variants; i++) {
        struct fs_study_variant *v = &study->variant[i];
        v->variant = &scenario->variant[i];
        v->n = (int)fs_until_first(&v->variant->spec.run);
        v->record = fs_alloc((size_t)v->n * sizeof(struct fs_record *), "a study's records");
        v->bill = fs_alloc((size_t)v->n * sizeof(struct fs_bill *), "a study's bills");
        v->alarms = fs_alloc((size_t)v->n * sizeof(struct fs_alarms *), "a study's alarms");
        study->n_jobs += v->n;
    }
    return study;
}

int fs_study_threads(const struct fs_study_options *options, int n_jobs)
{
    long n = options->threads > 0 ? options->threads : sysconf(_SC_NPROCESSORS_ONLN);
    if (n > n_jobs) n = n_jobs;
    return n < 1 ? 1 : n > 256 ? 256 : (int)n;
}

/* The caller's own thread works too unless it has progress to show. */
static void run_threads(struct work *work, int n)
{
    pthread_t thread[256];
    int started = 0;
    const int wanted = work->options->progress ? n : n - 1;
    while (started < wanted && pthread_create(&thread[started], NULL, take_jobs, work) == 0)
        started++;
    if (work->options->progress && started > 0) watch(work);
    take_jobs(work);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

/* An interrupted study keeps, of every variant, the replications that did run, in order. */
static void drop_missing(struct fs_study *study)
{
    for (int i = 0; i < study->n_variants; i++) {
        struct fs_study_variant *v = &study->variant[i];
        int kept = 0;
        for (int j = 0; j < v->n; j++) {
            if (!v->record[j]) continue;
            v->record[kept] = v->record[j];
            v->alarms[kept] = v->alarms[j];
            v->bill[kept++] = v->bill[j];
        }
        v->n = kept;
    }
}

void fs_study_end(struct fs_study *study)
{
    study->complete = is_complete(study);
    drop_missing(study);
}

static void run_round(struct work *work)
{
    struct fs_study *study = work->study;
    const int jobs = study->n_jobs - study->old_jobs;
    work->total = 0;
    for (int i = 0; i < study->n_variants; i++) {
        const struct fs_study_variant *v = &study->variant[i];
        work->total += (double)(v->n - v->from) * (double)v->variant->spec.run.length;
    }
    work->progress = fs_alloc((size_t)jobs * sizeof *work->progress, "progress");
    atomic_store(&work->next, study->old_jobs);
    atomic_store(&work->done, study->old_jobs);
    run_threads(work, fs_study_threads(work->options, jobs));
    free((void *)work->progress);
}

struct fs_study *fs_study_run(const struct fs_scenario *scenario,
                              const struct fs_study_options *options)
{
    struct fs_study *study = fs_study_new(scenario);
    struct work work = {.study = study, .options = options};
    do {
        run_round(&work);
    } while (!stopped(&work) && fs_study_more(study));
    fs_study_end(study);
    return study;
}

void fs_study_free(struct fs_study *study)
{
    if (!study) return;
    for (int i = 0; i < study->n_variants; i++) {
        struct fs_study_variant *v = &study->variant[i];
        for (int j = 0; j < v->n; j++) {
            fs_record_free(v->record[j]);
            fs_bill_free(v->bill[j]);
            fs_alarms_free(v->alarms[j]);
        }
        free(v->record);
        free(v->bill);
        free(v->alarms);
    }
    free(study->variant);
    free(study);
}
