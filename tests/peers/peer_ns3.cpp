/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The work of bench_engine mm1 and bench_world pool-5000 on the event core of ns-3: its scheduler,
 * its random variables, its default settings.
 *   peer_ns3 mm1|pool COUNT     prints ns per unit, units, 0, answer
 */
#include "ns3/core-module.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>

using namespace ns3;

namespace
{

uint64_t to_come, done;
double sum;

int64_t now()
{
    return Simulator::Now().GetNanoSeconds();
}

Time in(double seconds)
{
    return NanoSeconds(static_cast<int64_t>(seconds * 1e9 + .5));
}

/* ---- M/M/1 at 90 % load, services of a mean of 1 ms ------------------------------------------- */

Ptr<ExponentialRandomVariable> gap, service;
std::deque<int64_t> waiting;

void Depart()
{
    sum += static_cast<double>(now() - waiting.front()) / 1e6;
    done++;
    waiting.pop_front();
    if (!waiting.empty())
        Simulator::Schedule(in(service->GetValue()), &Depart);
}

void Arrive()
{
    if (--to_come > 0)
        Simulator::Schedule(in(gap->GetValue()), &Arrive);
    waiting.push_back(now());
    if (waiting.size() == 1)
        Simulator::Schedule(in(service->GetValue()), &Depart);
}

void Mm1()
{
    gap = CreateObjectWithAttributes<ExponentialRandomVariable>("Mean", DoubleValue(1e-3 / .9));
    service = CreateObjectWithAttributes<ExponentialRandomVariable>("Mean", DoubleValue(1e-3));
    Simulator::Schedule(in(gap->GetValue()), &Arrive);
}

/* ---- the pool: 5,000/s, most recently used first, kept 600 s ---------------------------------- */

Ptr<LogNormalRandomVariable> work, start_up;
std::deque<EventId> idle; /* their expiries, the oldest first */

void Expire()
{
    idle.pop_front();
}

void End(int64_t arrived)
{
    sum += static_cast<double>(now() - arrived) / 1e6;
    done++;
    idle.push_back(Simulator::Schedule(Seconds(600), &Expire));
}

void Request()
{
    if (--to_come > 0)
        Simulator::Schedule(in(gap->GetValue()), &Request);
    double delay = work->GetValue();
    if (idle.empty())
    {
        delay += start_up->GetValue();
    }
    else
    {
        idle.back().Cancel();
        idle.pop_back();
    }
    Simulator::Schedule(in(delay), &End, now());
}

Ptr<LogNormalRandomVariable> LogNormal(double mean)
{
    const double s2 = std::log(1.25);
    return CreateObjectWithAttributes<LogNormalRandomVariable>(
        "Mu", DoubleValue(std::log(mean) - s2 / 2), "Sigma", DoubleValue(std::sqrt(s2)));
}

void Pool()
{
    gap = CreateObjectWithAttributes<ExponentialRandomVariable>("Mean", DoubleValue(1. / 5000));
    work = LogNormal(.1);
    start_up = LogNormal(.4);
    Simulator::Schedule(in(gap->GetValue()), &Request);
}

double Cpu()
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3)
        return 2;
    to_come = std::strtoull(argv[2], nullptr, 10);
    const double start = Cpu();
    if (std::strcmp(argv[1], "mm1") == 0)
        Mm1();
    else
        Pool();
    Simulator::Run();
    const double cost = Cpu() - start;
    std::printf("%.3f %llu 0 %.9g\n", cost / static_cast<double>(done),
                static_cast<unsigned long long>(done), sum / static_cast<double>(done));
    Simulator::Destroy();
    return 0;
}
