/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of the bill from small runs of the mechanisms, by arithmetic. */
#include "build.h"

#define TRAFFIC(arrivals, path)                                                                    \
    "traffic:\n  web:\n    arrivals: {" arrivals "}\n    client: {retry: none}\n    path: " path   \
    "\n    work: {it: {io: 100ms}}\n"
#define FUNCTION(more)                                                                             \
    "  it: {mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, cpu_max: 6, "        \
    "timeout: 10s, cold_start: 0s, keep_alive: 60s, scale_burst: 100, scale_rate: 1/s" more "}\n"

/* A request a second for an hour, each its own connection, 300 kB: 1.08 GB an hour, which is 1.08
 * units; 250 rules for each of them would be a quarter of a unit in the vendor's example, here 0.25
 * of a thousandth. The price page has 0.0225 + 0.00864 for the hour. */
static void a_balancer_costs_what_the_page_says(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "constant: {rate: 1/s, start: 1ms}",
        "[door, it]") "components:\n  door: {mechanism: gateway, request_size: 300kB, rules: 250, "
                      "price_hours: "
                      "alb.hour, price_capacity: alb.capacity}\n" FUNCTION(""));
    assert_near(&b, "cost.door.hours.usd", 0.0225);
    assert_near(&b, "cost.door.capacity.usd", 0.00864);
    drop(&b);
}

/* With functions behind, a GB an hour is 2.5 units. */
static void functions_behind_a_balancer_get_less_data_from_a_unit(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "constant: {rate: 1/s, start: 1ms}",
        "[door, it]") "components:\n  door: {platform: aws-alb, request_size: "
                      "300kB}\n" FUNCTION(""));
    assert_near(&b, "cost.door.capacity.usd", 0.00864 * 2.5);
    drop(&b);
}

/* 100 requests a second of which each is a connection: 4 units, with small answers. A service's own
 * balancer counts the same way. */
static void connections_ask_for_units_too(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 2h, intervals: 8}\n" TRAFFIC(
        "constant: {rate: 100/s, start: 1ms}",
        "[it]") "components:\n  it: {mechanism: service, tasks: 3, cpu: 1, request_size: 1kB, "
                "storage: "
                "10GB, price_capacity: alb.capacity, price_storage: fargate.storage, "
                "price_address: "
                "ipv4.hour, price_egress: transfer.regions}\n");
    assert_near(&b, "cost.it.capacity.usd", 2 * 4 * 0.008);
    assert_near(&b, "cost.it.storage.usd", 2 * 3 * 10 * 0.000111);
    assert_near(&b, "cost.it.addresses.usd", 2 * 3 * 0.005);
    assert_near(&b, "cost.it.egress.usd", 720000e3 / (1 << 30) * 0.02);
    drop(&b);
}

/* 3,000 requests held for an hour are 3,000 connections, a unit, whether tasks work on them or they
 * wait there. */
static void requests_that_wait_are_open_connections(void **state)
{
    static const char *const room[] = {"max_in_flight: 3000", "max_in_flight: 1, backlog: 3000"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 1h, intervals: 4}\ntraffic:\n  web: {arrivals: {burst: {size: 3000, at: "
            "0s}}, client: {retry: none}, path: [it], work: {it: {io: 2h}}}\ncomponents:\n  it: "
            "{mechanism: service, tasks: 1, cpu: 1, %s, price_capacity: alb.capacity}\n",
            room[i]);
        assert_near(&b, "cost.it.capacity.usd", 0.008);
        drop(&b);
    }
}

/* 50 clients that keep their connections open no more than 50: what asks for most is the data of
 * 720,000 requests of a kB, at a GB an hour. */
static void kept_connections_are_opened_once(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 2h, intervals: 8}\n" TRAFFIC(
        "constant: {rate: 100/s, start: 1ms}",
        "[it]") "components:\n  it: {mechanism: service, tasks: 3, cpu: 1, request_size: 1kB, "
                "connections: {clients: 50}, price_capacity: alb.capacity}\n");
    assert_near(&b, "components.it.balancer_connections", 50 * 1000);
    assert_near(&b, "cost.it.capacity.usd", 0.72 * 0.008);
    drop(&b);
}

/* Tasks that read a queue pay for their vCPU alone, whatever their platform says of balancers. */
static void workers_have_no_balancer(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "constant: {rate: 1/s, start: 1ms}",
        "[queue, it]") "components:\n  queue: {mechanism: queue, visibility_timeout: 30s, "
                       "retention: 1h}\n  it: {mechanism: service, from: queue, tasks: 1, cpu: 1, "
                       "max_in_flight: 1, price_vcpu: fargate.vcpu.x86, price_balancer: alb.hour, "
                       "price_capacity: alb.capacity}\n");
    assert_near(&b, "cost.total_usd", 0.04048);
    drop(&b);
}

/* A second task is wanted for the whole hour and never gets a vCPU: it has neither an address nor
 * storage. Of ten requests at once the one task takes three. */
static void what_does_not_run_is_not_charged(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1h, intervals: 4}\naccount: {launch_vcpus: 1}\n" TRAFFIC(
            "burst: {size: 10, at: 1min}",
            "[it]") "components:\n  it: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 3, "
                    "launches: on_demand, scaling: {minimum: 1, maximum: 2, policies: [scheduled: "
                    "{at: 0s, minimum: 2, maximum: 2}]}, storage: 10GB, price_storage: "
                    "fargate.storage, price_address: ipv4.hour, price_requests: "
                    "lambda.managed.requests}\n");
    assert_near(&b, "components.it.tasks.mean", 2);
    assert_near(&b, "cost.it.storage.usd", 10 * 0.000111);
    assert_near(&b, "cost.it.addresses.usd", 0.005);
    assert_near(&b, "cost.it.requests.usd", 3 * 2e-7);
    drop(&b);
}

/* Nothing is interrupted in this hour, and nothing else tells them apart. */
static void both_ways_to_spare_capacity_cost_the_same(void **state)
{
    static const char *const it[] = {"aws-fargate, purchase: spot", "aws-fargate-spot"};
    double usd[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
                                      "constant: {rate: 100/s}",
                                      "[it]") "components:\n  it: {platform: %s, tasks: 2, cpu: "
                                              "1, memory: 2GB, storage: 10GB}\n",
                                  it[i]);
        usd[i] = number(&b, "cost.total_usd");
        assert_near(&b, "cost.it.storage.usd", 2 * 10 * 0.000111);
        assert_true(number(&b, "cost.it.capacity.usd") >= 4 * 0.008 - 1e-6);
        drop(&b);
    }
    assert_true(fabs(usd[1] / usd[0] - 1) < 1e-12);
}

/* A field report: 0.02 USD a GB between regions. A thousand objects of 50 MiB are 48.828125 GB. */
static void data_between_regions_costs_two_cents_a_gb(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "burst: {size: 1000, at: 1min}",
        "[far, it]") "account: {concurrency: 1000}\n"
                     "components:\n  far: {platform: aws-other-region, request_size: "
                     "50MiB}\n" FUNCTION(""));
    assert_near(&b, "cost.far.data.usd", 50000.0 / 1024 * 0.02);
    drop(&b);
}

/* 1,000 executions that log 2 kB and answer with 100 kB. */
static void executions_log_and_answer(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "constant: {rate: 1000/h, start: 1ms}",
        "[it]") "components:\n" FUNCTION(", log_size: 2kB, price_logs: logs.ingest.functions, "
                                         "response_size: 100kB, price_egress: "
                                         "transfer.internet"));
    assert_near(&b, "cost.it.logs.usd", 2e6 / (1 << 30) * 0.5);
    assert_near(&b, "cost.it.egress.usd", 1e8 / (1 << 30) * 0.09);
    drop(&b);
}

/* To the other region in the east: half of it. */
static void a_pair_of_regions_may_have_its_own_price(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "burst: {size: 1000, at: 1min}",
        "[far, it]") "account: {concurrency: 1000}\n"
                     "components:\n  far: {platform: aws-other-region, request_size: "
                     "50MiB, price_data: transfer.regions.us-east-2}\n" FUNCTION(""));
    assert_near(&b, "cost.far.data.usd", 50000.0 / 1024 * 0.01);
    drop(&b);
}

/* A thousandth of the Lambda page's example, which has 100 M requests and 2,000 h of an instance of
 * 0.1632 an hour, 72 % off: 100,000 requests and 2 h; and 15 % of the 0.1632, not of the rest. */
static void managed_instances_cost_fifteen_per_cent_more(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 2h, intervals: 4}\n" TRAFFIC(
        "burst: {size: 100000, at: 1min, over: 1h}",
        "[it]") "components:\n  it: {platform: aws-lambda-managed-instances, tasks: 4, cpu: 1, "
                "memory: 2GB, instances: 1, instance_cpu: 4, instance_memory: 16GB, purchase: "
                "reserved}\n");
    assert_near(&b, "cost.it.requests.usd", 0.020);
    assert_near(&b, "cost.it.instances.usd", 2 * 0.1632 * 0.28);
    assert_near(&b, "cost.it.fee.usd", 0.04896);
    assert_near(&b, "cost.total_usd", 0.020 + 2 * 0.1632 * 0.28 + 0.04896);
    drop(&b);
}

/* Published per second: 0.0000254167 a vCPU, 0.0000127778 for its licence, 0.0000027778 a GB; two
 * tasks of 2 vCPUs and 4 GB for an hour. */
static void windows_has_a_licence_to_pay(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "burst: {size: 1, at: 1s}",
        "[it]") "components:\n  it: {platform: aws-fargate-windows, tasks: 2, cpu: 2, memory: "
                "4GB}\n");
    assert_near(&b, "cost.it.vcpu.usd", 4 * 3600 * 0.0000254167);
    assert_near(&b, "cost.it.system.usd", 4 * 3600 * 0.0000127778);
    assert_near(&b, "cost.it.memory.usd", 8 * 3600 * 0.0000027778);
    drop(&b);
}

/* A version past its 14 months: six times as much, of a cluster by itself and of one with nodes. */
static void extended_support_costs_six_times_as_much(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10h, intervals: 4}\n" TRAFFIC(
        "burst: {size: 1, at: 1s}",
        "[it]") "components:\n  plane: {platform: aws-eks-control-plane, price_hours: "
                "eks.control_plane.extended}\n"
                "  cluster: {platform: aws-eks-cluster, price_control_plane: "
                "eks.control_plane.extended}\n"
                "  nodes: {platform: aws-m5-large, cluster: cluster, nodes: 1}\n"
                "  it: {mechanism: service, cluster: cluster, tasks: 1, cpu: 1, memory: 2GB}\n");
    assert_near(&b, "cost.plane.hours.usd", 6);
    assert_near(&b, "cost.cluster.control_plane.usd", 6);
    drop(&b);
}

static void what_stands_is_paid_for(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 73h, intervals: 4}\n" TRAFFIC(
        "burst: {size: 1, at: 1s}",
        "[it]") "components:\n" FUNCTION("") "  disks: {platform: aws-ebs-gp3, count: 2, size: "
                                             "20GB}\n"
                                             "  cluster: {platform: aws-eks-control-plane}\n"
                                             "  watch: {platform: aws-metric-alarms, count: 30}\n"
                                             "  addresses: {platform: aws-public-ipv4, count: "
                                             "3}\n");
    assert_near(&b, "cost.disks.storage.usd", 0.1 * 40 * 0.08);
    assert_near(&b, "cost.cluster.hours.usd", 7.3);
    assert_near(&b, "cost.watch.months.usd", 0.1 * 30 * 0.10);
    assert_near(&b, "cost.addresses.hours.usd", 73 * 3 * 0.005);
    assert_near(&b, "cost.not_priced", 1); /* the function, of which no price is named */
    drop(&b);
}

/* Tasks on instances that have a price and of which there are none: a balancer is not all that they
 * cost. With an instance, on a cluster, or where it is named free, nothing is left out. */
static void tasks_on_no_instances_are_not_priced(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        double left_out;
    } cases[] = {{"", 1},
                 {", instances: 1", 0},
                 {", price_instance: free", 0},
                 {", cluster: c}\n  c: {platform: aws-ecs-cluster}\n  n: {platform: "
                  "aws-m5-large, cluster: c, nodes: 1",
                  0}};
    for (int i = 0; i < 4; i++) {
        char text[512];
        snprintf(
            text, sizeof text,
            "run: {length: 1h, intervals: 4}\n" TRAFFIC(
                "burst: {size: 1, at: 1s}",
                "[it]") "components:\n  it: {platform: aws-ecs, tasks: 1, cpu: 1, memory: 2GB%s}\n",
            cases[i].said);
        struct built b = run_text(text);
        const struct fs_bill *bill = b.study->variant[0].bill[0];
        assert_near(&b, "cost.not_priced", cases[i].left_out);
        if (cases[i].left_out > 0) assert_string_equal(bill->unpriced[0], "it.instances");
        drop(&b);
    }
}

/* Below the first tier's end a month is 730 such hours, its interval as many times as wide; without
 * `represents` it is not projected. */
static void a_month_has_an_interval(void **state)
{
    (void)state;
    struct fs_view hour, month;
    struct built b =
        run_text("run: {length: 1h, intervals: 4, replications: 5, represents: once per "
                 "hour}\n" TRAFFIC("poisson: {rate: 2/s}", "[it]") "components:\n" FUNCTION(
                     ", price_requests: lambda.requests, price_duration: "
                     "lambda.duration.x86"));
    assert_true(fs_view_get(b.arena, &b.study->variant[0], "cost.total_usd", &hour));
    assert_true(fs_view_get(b.arena, &b.study->variant[0], "cost.usd_per_month", &month));
    assert_true(month.estimate.low < month.estimate.value);
    assert_true(month.estimate.high > month.estimate.value);
    assert_near(&b, "cost.usd_per_month", 730 * hour.estimate.value);
    assert_true(fabs(month.estimate.low / (730 * hour.estimate.low) - 1) < 1e-9);
    assert_true(fabs(month.estimate.high / (730 * hour.estimate.high) - 1) < 1e-9);
    drop(&b);
    b = run_text("run: {length: 1h, intervals: 4}\n" TRAFFIC(
        "poisson: {rate: 2/s}",
        "[it]") "components:\n" FUNCTION(", price_requests: lambda.requests"));
    assert_true(fs_view_get(b.arena, &b.study->variant[0], "cost.usd_per_month", &month));
    assert_true(isnan(month.estimate.value));
    assert_string_equal(month.estimate.why, "not projected");
    drop(&b);
}

/* 0.20 and 0.40 USD a million of the very same requests. */
static void twice_the_price_costs_twice_as_much(void **state)
{
    static const char *const price[] = {"lambda.requests", "sqs.standard.requests"};
    double usd[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 1h, intervals: 7}\n" TRAFFIC(
                "poisson: {rate: 3/s}", "[it]") "components:\n" FUNCTION(", price_requests: %s"),
            price[i]);
        usd[i] = number(&b, "cost.it.requests.usd");
        drop(&b);
    }
    assert_true(usd[0] > 0 && fabs(usd[1] / usd[0] - 2) < 1e-15);
}

/* Two tasks for an hour, bought in three ways. */
static void terms_choose_the_price(void **state)
{
    static const struct {
        const char *terms;
        double vcpu_h;
    } terms[] = {{"", 0.04048},
                 {", architecture: arm64", 0.03238},
                 {", purchase: spot", 0.012144},
                 {", architecture: arm64, purchase: spot", 0.03238 * 0.3}};
    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct built b = run_text(
            "run: {length: 1h, intervals: 4}\n" TRAFFIC(
                "burst: {size: 1, at: 1s}",
                "[it]") "components:\n  it: {mechanism: service, tasks: 2, cpu: 1, price_vcpu: "
                        "fargate.vcpu.x86%s}\n",
            terms[i].terms);
        assert_near(&b, "cost.it.vcpu.usd", 2 * terms[i].vcpu_h);
        drop(&b);
    }
    struct built b =
        run_text("run: {length: 1h, intervals: 4}\naccount: {savings_plan: 60%%}\n" TRAFFIC(
            "burst: {size: 1, at: 1s}", "[it]") "components:\n  it: {mechanism: service, tasks: 2, "
                                                "cpu: 1, price_vcpu: fargate.vcpu.x86}\n");
    assert_near(&b, "cost.it.vcpu.usd", 2 * 0.04048 * 0.7); /* half off 60 % of it */
    drop(&b);
}

static void mistakes_are_said(void **state)
{
    (void)state;
#define LIST TRAFFIC("burst: {size: 1, at: 1s}", "[it]") "components:\n"
    assert_refused(LIST FUNCTION(", price_requests: alb.hour"),
                   "'alb.hour' is a price for 'h', but requests is metered in '1'");
    assert_refused(LIST FUNCTION(", price_requests: lambda.request"), "lambda.requests");
    assert_refused(LIST FUNCTION(", price_requests: lambda.requests, purchase: spot"),
                   "has no such price for 'it'");
    assert_refused(LIST FUNCTION(", purchase: stolen"), "'purchase'");
    /* each term for itself: arm64 has a price, reserved has none */
    assert_refused(LIST
                   "  it: {mechanism: service, tasks: 2, cpu: 1, price_vcpu: fargate.vcpu.x86, "
                   "architecture: arm64, purchase: reserved}\n",
                   "has no such price for 'it'");
    assert_refused(LIST FUNCTION("") "account: {region: mars-north-1}\n",
                   "write prices/aws-mars-north-1-2026-11.yaml beside the scenario");
    /* a region of which a source has no more than balancers */
#define FARGATE                                                                                    \
    LIST "  it: {platform: aws-fargate, tasks: 1, cpu: 1, memory: 2GB}\n"                          \
         "account: {region: ap-northeast-1}\n"
    assert_refused(FARGATE, "no price in aws-ap-northeast-1-2026-11 for 'it': vcpu: "
                            "fargate.vcpu.x86, memory: fargate.memory.x86, storage: "
                            "fargate.storage\n");
    assert_refused(FARGATE, "add them to prices/aws-ap-northeast-1-2026-11.yaml beside the "
                            "scenario or to a list that stands 'after' it, each with unit, "
                            "price, source and date; or set price_<line> of 'it' to null: the "
                            "bill then says \"not priced\"");
}

/* What has a price in that region is charged, what is left out on purpose is said to be. */
static void a_region_has_its_own_prices(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 10h, intervals: 4}\naccount: {region: ap-northeast-1}\n" TRAFFIC(
            "burst: {size: 1, at: 1s}",
            "[door, it]") "components:\n  door: {platform: aws-alb}\n"
                          "  it: {platform: aws-fargate, tasks: 1, cpu: 1, memory: 2GB, "
                          "price_vcpu: null, price_memory: null, price_storage: null, "
                          "price_balancer: null, price_capacity: null}\n");
    assert_near(&b, "cost.door.hours.usd", 0.243);
    assert_near(&b, "cost.not_priced", 1);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_balancer_costs_what_the_page_says),
        cmocka_unit_test(functions_behind_a_balancer_get_less_data_from_a_unit),
        cmocka_unit_test(connections_ask_for_units_too),
        cmocka_unit_test(requests_that_wait_are_open_connections),
        cmocka_unit_test(kept_connections_are_opened_once),
        cmocka_unit_test(workers_have_no_balancer),
        cmocka_unit_test(what_does_not_run_is_not_charged),
        cmocka_unit_test(both_ways_to_spare_capacity_cost_the_same),
        cmocka_unit_test(data_between_regions_costs_two_cents_a_gb),
        cmocka_unit_test(executions_log_and_answer),
        cmocka_unit_test(a_pair_of_regions_may_have_its_own_price),
        cmocka_unit_test(managed_instances_cost_fifteen_per_cent_more),
        cmocka_unit_test(windows_has_a_licence_to_pay),
        cmocka_unit_test(extended_support_costs_six_times_as_much),
        cmocka_unit_test(a_region_has_its_own_prices),
        cmocka_unit_test(what_stands_is_paid_for),
        cmocka_unit_test(tasks_on_no_instances_are_not_priced),
        cmocka_unit_test(a_month_has_an_interval),
        cmocka_unit_test(twice_the_price_costs_twice_as_much),
        cmocka_unit_test(terms_choose_the_price),
        cmocka_unit_test(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
