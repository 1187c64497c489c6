#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of bench_engine mm1 and bench_world pool-5000 in SimPy, 2 (Debian's SimPy) or later
(simpy): one process a customer, as its manuals teach.

    peer_simpy.py mm1|pool COUNT     prints ns per unit, units, 0, answer
"""
import collections
import math
import random
import sys
import time

try:
    import simpy
    NAME = "SimPy " + simpy.__version__
except ImportError:
    import SimPy
    import SimPy.Simulation as old
    simpy = None
    NAME = "SimPy " + SimPy.__version__


class Run:
    """What both interfaces share: a clock, processes, and one server with a queue."""

    def __init__(self):
        self.answers = [0, 0.0]
        if simpy:
            self.env = simpy.Environment()
            self.server = simpy.Resource(self.env, 1)
        else:
            old.initialize()
            self.server = old.Resource(1)

    def now(self):
        return self.env.now if simpy else old.now()

    def start(self, generator_of):
        if simpy:
            self.env.process(generator_of(None))
            return
        process = old.Process()
        old.activate(process, generator_of(process))

    def hold(self, process, delay):
        return self.env.timeout(delay) if simpy else (old.hold, process, delay)

    def go(self):
        if simpy:
            self.env.run()
        else:
            old.simulate(until=1e18)

    def done(self, took):
        self.answers[0] += 1
        self.answers[1] += took


def mm1(run, count):
    """At 90 % load, in service times."""
    def customer(process):
        arrived = run.now()
        if simpy:
            with run.server.request() as request:
                yield request
                yield run.hold(process, random.expovariate(1))
        else:
            yield old.request, process, run.server
            yield run.hold(process, random.expovariate(1))
            yield old.release, process, run.server
        run.done(run.now() - arrived)

    def source(process):
        for _ in range(count):
            yield run.hold(process, random.expovariate(.9))
            run.start(customer)
    run.start(source)


def pool(run, count):
    """5,000/s, work and start-up lognormal with cv 0.5, most recently used first, kept 600 s; in
    ms. An environment is dropped when a request finds it too old."""
    sigma = math.sqrt(math.log(1.25))
    idle = collections.deque()

    def request(process):
        arrived = run.now()
        while idle and idle[0] + 600 < arrived:
            idle.popleft()
        delay = random.lognormvariate(math.log(.1) - sigma ** 2 / 2, sigma)
        if idle:
            idle.pop()
        else:
            delay += random.lognormvariate(math.log(.4) - sigma ** 2 / 2, sigma)
        yield run.hold(process, delay)
        idle.append(run.now())
        run.done(1000 * (run.now() - arrived))

    def source(process):
        for _ in range(count):
            yield run.hold(process, random.expovariate(5000))
            run.start(request)
    run.start(source)


def main():
    if sys.argv[1] == "name":
        print(NAME + ", Python " + sys.version.split()[0])
        return
    random.seed(1)
    run, count = Run(), int(sys.argv[2])
    start = time.process_time()
    {"mm1": mm1, "pool": pool}[sys.argv[1]](run, count)
    run.go()
    cost = time.process_time() - start
    print(f"{cost * 1e9 / count:.3f} {run.answers[0]} 0 {run.answers[1] / run.answers[0]:.9g}")


main()
