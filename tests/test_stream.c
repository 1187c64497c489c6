/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#define PUT(arrivals, work)                                                                        \
    "traffic:\n  jobs:\n    arrivals: {" arrivals "}\n    client: {retry: none}\n    path: "       \
    "[stream, worker]\n    work: {worker: {io: " work "}}\ncomponents:\n"
#define STREAM(more) "  stream: {mechanism: stream, shards: 1, retention: 1d" more "}\n"
#define READER(more)                                                                               \
    "  read: {mechanism: stream_reader, from: stream, to: worker, retry_wait: 1s, "                \
    "retry_wait_max: 1s, " more "}\n"
#define WORKER                                                                                     \
    "  worker: {mechanism: function_pool, memory: 1GB, memory_per_vcpu: 1769MB, cpu_max: 6, "      \
    "timeout: 900s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, scale_rate: 0/s}\n"
#define DEAD  "  dead: {platform: aws-sqs, sink: true}\n"
#define FAILS "events: [{at: 0s, errors: {component: worker%s}}]\n"

/* Three records at .3 s, read at 1 s, worked on for .3 s in one batch. Pushed as they come: the
 * first alone until .4 s, the others together until .6 s. */
static void records_wait_for_the_next_poll(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\n" PUT("burst: {size: 3, at: 300ms}", "100ms")
                                  STREAM("") READER("batch_size: 10, poll: 1s") WORKER);
    assert_int_equal(number(&b, "components.read.invocations"), 1);
    assert_true(number(&b, "traffic.jobs/stream.latency.mean") == 1);
    assert_true(number(&b, "components.read.iterator_age.max") == 0.7);
    drop(&b);
    b = run_text("run: {length: 10s}\n" PUT("burst: {size: 3, at: 300ms}", "100ms") STREAM("")
                     READER("batch_size: 10, poll: 0s") WORKER);
    assert_int_equal(number(&b, "components.read.invocations"), 2);
    assert_true(fabs(number(&b, "traffic.jobs/stream.latency.mean") - .7 / 3) < 1e-9);
    drop(&b);
}

/* A shard is polled once a second: a thousand records of 6 s, of which the poll of that second
 * finds the first ones, are a batch of these and ten of the others at 7 s, however short the work;
 * those that come a millisecond earlier are all read at 6 s. */
static void a_shard_is_polled_once_an_interval(void **state)
{
    static const struct {
        const char *at, *work;
        int invocations;
    } cases[] = {{"6s", "0ms", 11}, {"6s", "1ms", 11}, {"5999ms", "0ms", 10}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 20s}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 1000, at: %s}}\n  "
            "  "
            "client: {retry: none}\n    path: [stream, worker]\n    work: {worker: {io: %s}}\n"
            "components:\n" STREAM("") READER("batch_size: 100, poll: 1s") WORKER,
            cases[i].at, cases[i].work);
        assert_int_equal(number(&b, "components.read.invocations"), cases[i].invocations);
        assert_int_equal(number(&b, "traffic.jobs/stream.completed"), 1000);
        drop(&b);
    }
}

/* 6 MB are 60 records of 100 kB. */
static void a_batch_of_records_is_no_larger_than_its_payload(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 20s}\n" PUT("burst: {size: 2000, at: 300ms}", "1ms")
                     STREAM(", record_size: 100kB") "  read: {platform: "
                                                    "aws-lambda-kinesis-mapping, from: "
                                                    "stream, to: worker, batch_size: "
                                                    "1000}\n" WORKER);
    assert_int_equal(number(&b, "components.read.invocations"), 34);
    assert_int_equal(number(&b, "traffic.jobs/stream.completed"), 2000);
    drop(&b);
    assert_refused(PUT("burst: {size: 1, at: 0s}", "1s") STREAM(", record_size: 7MB")
                       READER("batch_size: 1, poll: 0s, payload_max: 6MB") WORKER,
                   "'payload_max': is less than a record of 'stream'");
}

/* A worker that writes to the stream that it is read from: a round a second, and the sixteenth is
 * dropped. With two records a round, one shard works through one after the other. */
static void a_loop_may_go_through_a_stream(void **state)
{
#define LOOP_IN(length, loop, stream)                                                              \
    "run: {length: " length "}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 1, at: 0s}}\n    " \
    "client: {retry: none}\n    path: [events, worker, stream, worker]\n    work: {worker: {io: "  \
    "1s}}\n    allow_loop: {" loop "}\ncomponents:\n" stream READER(                               \
        "batch_size: 1, poll: 0s") "  events: {platform: aws-lambda-async}\n" WORKER
#define LOOP(loop) LOOP_IN("25.5s", loop, STREAM(""))
    (void)state;
    struct built b = run_text(LOOP("sends: 1, stop_after: 16"));
    assert_int_equal(number(&b, "components.worker.invocations"), 16);
    assert_int_equal(number(&b, "components.stream.put"), 15);
    assert_int_equal(number(&b, "traffic.jobs/events/stream.dropped"), 1);
    drop(&b);
    b = run_text(LOOP("sends: 2"));
    assert_int_equal(number(&b, "components.worker.invocations"), 26);
    assert_int_equal(number(&b, "components.stream.put"), 2 * 25);
    drop(&b);
}

/* Each round's record lies in a shard of its own, whose reader is told of it. */
static void a_loop_goes_through_all_shards_of_a_stream(void **state)
{
    (void)state;
    struct built b = run_text(LOOP_IN("25.5s", "sends: 1, stop_after: 16",
                                      "  stream: {mechanism: stream, shards: 4, retention: 1d}\n"));
    assert_int_equal(number(&b, "components.worker.invocations"), 16);
    assert_int_equal(number(&b, "components.stream.put"), 15);
    assert_int_equal(number(&b, "traffic.jobs/events/stream.dropped"), 1);
    drop(&b);
}

/* A shard that takes one record a second: of the four of the first round, at 1 s, three are
 * refused, and with them the worker's call. */
static void each_record_of_a_round_is_a_write(void **state)
{
    (void)state;
    struct built b = run_text(LOOP_IN("1.5s", "sends: 4", STREAM(", write_rate: 1/s")));
    assert_int_equal(number(&b, "components.stream.put"), 1);
    assert_int_equal(number(&b, "components.stream.throttled"), 3);
    assert_int_equal(number(&b, "traffic.jobs/events/stream.arrived"), 4);
    assert_int_equal(number(&b, "traffic.jobs/events/stream.throttled"), 3);
    assert_int_equal(number(&b, "traffic.jobs/events.completed"), 0);
    drop(&b);
}

/* A record has its shard by what was sent, behind a queue as in front: of twenty records put there,
 * one after another into 100 shards, each is worked on. */
static void records_that_come_from_a_queue_are_read_too(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 20, at: 0s, "
        "over: 20s}}\n    client: {retry: none}\n    path: [events, first, stream, worker]\n"
        "components:\n  events: {platform: aws-lambda-async}\n  first: {platform: "
        "aws-lambda}\n  stream: {mechanism: stream, shards: 100, retention: 1d}\n" READER(
            "batch_size: 1, poll: 0s") WORKER);
    assert_int_equal(number(&b, "components.stream.put"), 20);
    assert_int_equal(number(&b, "components.stream.completed"), 20);
    drop(&b);
}

/* One record at 0 and one at 2 s, a window of 5 s from the first read: one batch at 5 s. A batch
 * that is full does not wait. */
static void a_batch_waits_its_window(void **state)
{
    static const struct {
        int size, invocations;
        double last;
    } cases[] = {{10, 1, 5.2}, {2, 1, 2.2}, {1, 2, 2.1}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b =
            run_text("run: {length: 20s}\n" PUT("burst: {size: 2, at: 0s, over: 4s}", "100ms")
                         STREAM("") READER("batch_size: %d, poll: 0s, batch_window: 5s") WORKER,
                     cases[i].size);
        assert_int_equal(number(&b, "components.read.invocations"), cases[i].invocations);
        assert_true(fabs(number(&b, "components.worker.busy.mean") * 20 - .2) < 1e-9);
        const double last = i < 2 ? number(&b, "traffic.jobs/stream.latency.max") : 2.1;
        assert_true(fabs(last - cases[i].last) < 1e-9);
        drop(&b);
    }
}

/* AWS: 100 shards and a parallelisation factor of 2 are 200 concurrent invocations (developer
 * guide, with-kinesis). */
static void shards_times_factor_bound_the_concurrency(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\n" PUT(
        "burst: {size: 10000, at: 0s}",
        "20s") "  stream: {mechanism: "
               "stream, shards: 100, "
               "retention: 1d}\n" READER("batch_size: 1, poll: 1s, parallelization_factor: 2")
                                  WORKER);
    assert_int_equal(number(&b, "components.read.in_flight.peak"), 200);
    drop(&b);
}

/* Ten lanes, but one key: one after another. Ten keys that fall into several lanes are not. */
static void records_of_a_key_are_worked_on_one_after_another(void **state)
{
    (void)state;
    for (int keys = 1; keys <= 100; keys += 99) {
        struct built b = run_text(
            "run: {length: 2min}\n" PUT(
                "burst: {size: 50, at: 0s}",
                "1s") "  stream: {mechanism: "
                      "stream, shards: 1, "
                      "retention: 1d, keys: "
                      "{count: %d}}\n" READER("batch_size: 1, poll: 0s, parallelization_factor: 10")
                          WORKER,
            keys);
        assert_int_equal(number(&b, "components.read.in_flight.peak"), keys == 1 ? 1 : 10);
        if (keys == 1) assert_true(number(&b, "traffic.jobs/stream.latency.max") == 50);
        drop(&b);
    }
}

/* 1,500 records a second on one key, of 1,000 that its shard takes with an allowance of 1,000: of
 * 30,000 in 20 s 21,000 are taken, of 10 shards or of one. Records of 4 kB: by bytes, 250 a second.
 */
static void a_hot_key_is_refused_at_its_shard(void **state)
{
    static const struct {
        const char *size;
        double taken;
    } cases[] = {{"1kB", 21000}, {"4kB", 250 * 21}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 20s}\ntraffic:\n  jobs:\n    arrivals: {constant: {rate: 1500/s}}\n    "
            "client: {retry: none}\n    path: [stream, worker]\ncomponents:\n  stream: {mechanism: "
            "stream, shards: 10, retention: 1d, keys: {count: 1}, write_rate: 1000/s, write_bytes: "
            "1MB, record_size: %s}\n" READER("batch_size: 1000, poll: 1s") WORKER,
            cases[i].size);
        assert_true(fabs(number(&b, "components.stream.put") - cases[i].taken) <= 1);
        assert_true(number(&b, "traffic.jobs.throttled") ==
                    number(&b, "components.stream.throttled"));
        drop(&b);
    }
}

/* Ten records read at 1 s, for which an environment is started; they fail at 2 s. Within a second
 * they are tried again where one is warm: it was started for them all the same. */
static void a_batch_that_fails_had_its_cold_start(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\n" PUT("burst: {size: 10, at: 300ms}", "100ms")
                                  STREAM("") READER("batch_size: 10, poll: 1s") WORKER FAILS,
                              ", for: 2500ms");
    assert_int_equal(number(&b, "components.read.failed"), 1);
    assert_int_equal(number(&b, "components.worker.cold_starts"), 1);
    assert_int_equal(number(&b, "traffic.jobs/stream.completed"), 10);
    assert_int_equal(number(&b, "traffic.jobs/stream.cold_starts"), 10);
    drop(&b);
}

/* A batch of eight bad records is cut into all its parts: 15 invocations, 7 cuts, 8 lost. */
static void a_failed_batch_is_cut_in_two(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 5min}\n" PUT("burst: {size: 8, at: 300ms}", "1s") STREAM("") READER(
            "batch_size: 8, poll: 1s, bisect: true, poison: 100%%, maximum_retries: 0, on_failure: "
            "dead") WORKER DEAD);
    assert_int_equal(number(&b, "components.read.invocations"), 15);
    assert_int_equal(number(&b, "components.read.bisected"), 7);
    assert_int_equal(number(&b, "traffic.jobs/stream.dead_lettered"), 8);
    assert_int_equal(number(&b, "components.dead.visible.last"), 8);
    drop(&b);
}

/* Cutting finds the bad ones and loses no good one; without it they lose their batches. */
static void cutting_spares_the_good_records(void **state)
{
    double lost[2];
    (void)state;
    for (int bisect = 0; bisect < 2; bisect++) {
        struct built b = run_text(
            "run: {length: 60min, replications: 100}\n" PUT("burst: {size: 2000, at: 0s}", "1ms")
                STREAM("")
                    READER("batch_size: 16, poll: 1s, bisect: %s, poison: 2%%, maximum_retries: 0")
                        WORKER,
            bisect ? "true" : "false");
        lost[bisect] = number(&b, "traffic.jobs/stream.failed");
        if (bisect) assert_theory(&b, "traffic.jobs/stream.failed", 40, 0);
        /* 125 batches of 16, each lost with probability 1 - .98^16 */
        if (!bisect) assert_theory(&b, "traffic.jobs/stream.failed", 2000 * 0.276202, 0);
        drop(&b);
    }
    assert_true(lost[0] > lost[1]);
}

/* With partial responses what stands before a bad record is done, the bad one is tried again. */
static void what_stands_before_a_bad_record_is_done(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 30min, replications: 10}\n" PUT("burst: {size: 500, at: 0s}", "1ms")
            STREAM("")
                READER("batch_size: 20, poll: 1s, record_errors: 10%%, partial_responses: true")
                    WORKER);
    assert_int_equal(number(&b, "traffic.jobs/stream.completed"), 500);
    assert_int_equal(number(&b, "components.read.given_up"), 0);
    assert_true(number(&b, "components.read.failed") > 0);
    drop(&b);
}

/* Three attempts and no more. */
static void a_batch_is_given_up_after_its_retries(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 5min}\n" PUT("burst: {size: 3, at: 300ms}", "100ms") STREAM("")
                     READER("batch_size: 10, poll: 1s, maximum_retries: 2") WORKER FAILS,
                 "");
    assert_int_equal(number(&b, "components.read.invocations"), 3);
    assert_int_equal(number(&b, "components.read.given_up"), 3);
    assert_int_equal(number(&b, "traffic.jobs/stream.failed"), 3);
    drop(&b);
}

/* An error that lasts 10 s holds the shard back; then everything is done, and nothing is lost. */
static void a_failing_batch_holds_back_its_shard(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\n" PUT("constant: {rate: 10/s}", "10ms")
                                  STREAM("") READER("batch_size: 10, poll: 1s") WORKER FAILS,
                              ", for: 10s");
    const double age = number(&b, "components.read.iterator_age.max");
    assert_true(age > 8 && age < 12);
    assert_int_equal(number(&b, "traffic.jobs/stream.failed"), 0);
    assert_true(number(&b, "traffic.jobs/stream.in_flight.last") <= 20);
    assert_int_equal(number(&b, "components.worker.busy.peak"), 1);
    drop(&b);
}

/* Nothing works: all records end at their retention, or at most one attempt of .3 s later. With a
 * maximum age below it they end when they would be tried at a greater age: within the wait. */
static void records_that_never_succeed_grow_too_old(void **state)
{
    (void)state;
    for (int by_age = 0; by_age < 2; by_age++) {
        struct built b = run_text(
            "run: {length: 5min}\n" PUT("burst: {size: 3, at: 0s}",
                                        "100ms") "  stream: {mechanism: "
                                                 "stream, shards: 1, "
                                                 "retention: %s}\n" READER(
                                                     "batch_size: 10, poll: 1s%s") WORKER FAILS,
            by_age ? "1d" : "60s", by_age ? ", maximum_age: 60s" : "", "");
        const struct fs_record *record = b.study->variant[0].record[0];
        const double area =
            (double)fs_record_series(record, "traffic", "jobs/stream", "in_flight")->area / 1e9;
        assert_int_equal(number(&b, "traffic.jobs/stream.expired"), 3);
        assert_int_equal(number(&b, "components.stream.records.last"), 0);
        assert_true(area >= 180 && area <= 3 * 61.4);
        drop(&b);
    }
}

/* Two shards for ten hours at $0.015, and records of 60 kB are three units of 25 kB at $0.014 a
 * million (https://aws.amazon.com/kinesis/data-streams/pricing/). */
static void shards_and_puts_are_paid(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10h}\naccount: {platform: aws}\n" PUT(
        "burst: {size: 1000, at: 0s}",
        "1ms") "  stream: {platform: "
               "aws-kinesis, shards: 2, "
               "record_size: 60kB, "
               "write_bytes: 1GB}\n" READER("batch_size: 100, poll: 1s") WORKER);
    const struct fs_bill *bill = b.study->variant[0].bill[0];
    double usd[2] = {0, 0};
    for (int i = 0; i < bill->n_lines; i++) {
        if (strcmp(bill->line[i].line, "shards") == 0) usd[0] = bill->line[i].usd;
        if (strcmp(bill->line[i].line, "puts") == 0) usd[1] = bill->line[i].usd;
    }
    assert_true(fabs(usd[0] - .3) < 1e-12 && fabs(usd[1] - 3000 * .014e-6) < 1e-12);
    drop(&b);
}

#define ASKED                                                                                      \
    "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: [stream, "    \
    "worker]}}\ncomponents:\n" STREAM("") WORKER

/* Two readers of two shards. One works on each record for 1 s, the other fails for ever and gives
 * up after three attempts; neither holds the other back, and each record is put and paid for once.
 */
static void readers_of_a_stream_go_their_own_pace(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 2min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 10, at: 300ms}}\n    "
        "client: {retry: none}\n    path: [stream, worker]\n    work: {worker: {io: 1s}, index: "
        "{io: 100ms}}\ncomponents:\n  stream: {mechanism: stream, shards: 1, retention: 1d, "
        "targets: [{path: [index]}]}\n" READER("batch_size: 1, poll: 0s") WORKER
        "  index: {platform: aws-lambda, cold_start: 0s}\n"
        "  other: {mechanism: stream_reader, from: stream, to: index, batch_size: 5, poll: 500ms, "
        "maximum_retries: 2, retry_wait: 1ms, retry_wait_max: 1ms, on_failure: dead}\n" DEAD
        "events: [{at: 0s, errors: {component: index}}]\n");
    assert_int_equal(number(&b, "components.stream.put"), 10);
    assert_int_equal(number(&b, "components.stream.units"), 10);
    assert_int_equal(number(&b, "components.stream.deliveries"), 20);
    assert_int_equal(number(&b, "traffic.jobs/stream.completed"), 10);
    assert_true(number(&b, "traffic.jobs/stream.latency.max") == 10);
    assert_int_equal(number(&b, "traffic.jobs/stream:index.dead_lettered"), 10);
    assert_int_equal(number(&b, "components.other.invocations"), 6);
    assert_int_equal(number(&b, "components.index.errors"), 6);
    drop(&b);
}

/* A stream may be read by targets alone, and by readers that start behind it in the file or not. */
static void a_stream_needs_no_rest_of_the_path(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 2min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 10, at: 0s}}\n    "
        "client: {retry: none}\n    path: [stream]\n    work: {worker: {io: 1s}, index: "
        "{io: 2s}}\ncomponents:\n" READER("batch_size: 10, poll: 0s") WORKER
        "  index: {platform: aws-lambda, cold_start: 0s}\n  stream: {mechanism: stream, shards: "
        "10, "
        "retention: 1d, keys: {count: 1}, targets: [{path: [index]}, {path: [worker]}]}\n"
        "  other: {mechanism: stream_reader, from: stream, to: index, batch_size: 1, poll: 0s, "
        "retry_wait: 1ms, retry_wait_max: 1ms}\n");
    assert_true(number(&b, "traffic.jobs/stream:worker.latency.max") == 1 + 9);
    assert_true(number(&b, "traffic.jobs/stream:index.latency.max") == 20);
    drop(&b);
}

static void a_stream_has_one_reader_for_each_who_reads(void **state)
{
    (void)state;
    assert_refused(
        ASKED READER("batch_size: 1, poll: 1s") "  again: {platform: aws-lambda-kinesis-mapping, "
                                                "from: stream, to: worker}\n",
        "'from': 'again' reads 'stream' for 'worker' already");
#define TWO(targets, to)                                                                           \
    "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: [stream, "    \
    "worker]}}\ncomponents:\n  stream: {platform: aws-kinesis, shards: 1, targets: " targets       \
    "}\n  other: {platform: aws-lambda}\n" WORKER READER(                                          \
        "batch_size: 1, poll: 1s") "  more: {platform: aws-lambda-kinesis-mapping, from: stream, " \
                                   "to: " to "}\n"
    assert_refused(TWO("[{path: [other]}, {path: [other]}]", "other"),
                   "another target begins with 'other'");
    assert_refused(TWO("[{path: []}]", "other"), "a path needs at least one component");
    assert_refused(TWO("[{path: [worker]}]", "other"), "'worker' stands twice behind 'stream'");
    assert_refused(TWO("[]", "other"),
                   "'more' pulls from 'stream' into 'other', not into 'worker'");
    assert_refused(TWO("[{path: [other]}]", "worker"),
                   "nothing pulls from 'stream', so 'other' would never be asked");
    assert_refused(ASKED "  pull: {platform: aws-lambda-sqs-mapping, from: stream, to: worker}\n",
                   "'stream' is a stream; 'from' needs a queue");
    assert_refused(ASKED, "nothing pulls from 'stream', so 'worker' would never be asked");
    assert_refused(ASKED "  read: {platform: aws-lambda-kinesis-mapping, from: stream, to: worker, "
                         "retry_wait: 1min, retry_wait_max: 1s}\n",
                   "'retry_wait_max': must not be below retry_wait");
    assert_refused(ASKED "  read: {platform: aws-lambda-kinesis-mapping, from: stream, to: worker, "
                         "parallelization_factor: 11}\n",
                   "parallelization_factor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_wait_for_the_next_poll),
        cmocka_unit_test(a_shard_is_polled_once_an_interval),
        cmocka_unit_test(a_batch_of_records_is_no_larger_than_its_payload),
        cmocka_unit_test(a_loop_may_go_through_a_stream),
        cmocka_unit_test(a_loop_goes_through_all_shards_of_a_stream),
        cmocka_unit_test(each_record_of_a_round_is_a_write),
        cmocka_unit_test(records_that_come_from_a_queue_are_read_too),
        cmocka_unit_test(a_batch_waits_its_window),
        cmocka_unit_test(shards_times_factor_bound_the_concurrency),
        cmocka_unit_test(records_of_a_key_are_worked_on_one_after_another),
        cmocka_unit_test(a_hot_key_is_refused_at_its_shard),
        cmocka_unit_test(a_batch_that_fails_had_its_cold_start),
        cmocka_unit_test(a_failed_batch_is_cut_in_two),
        cmocka_unit_test(cutting_spares_the_good_records),
        cmocka_unit_test(what_stands_before_a_bad_record_is_done),
        cmocka_unit_test(a_batch_is_given_up_after_its_retries),
        cmocka_unit_test(a_failing_batch_holds_back_its_shard),
        cmocka_unit_test(records_that_never_succeed_grow_too_old),
        cmocka_unit_test(shards_and_puts_are_paid),
        cmocka_unit_test(readers_of_a_stream_go_their_own_pace),
        cmocka_unit_test(a_stream_needs_no_rest_of_the_path),
        cmocka_unit_test(a_stream_has_one_reader_for_each_who_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
