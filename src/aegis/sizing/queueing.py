"""Queues in closed form: what a simulation must agree with, and a first guess."""

from __future__ import annotations

import math


def erlang_c(servers: int, offered: float) -> float:
    """Probability that a request waits in M/M/c; `offered` is arrival rate times service time.

    Erlang's C formula, by the recursion of his B formula. 1 where the load is too much.

    >>> round(erlang_c(1, 0.8), 6), round(erlang_c(2, 1.0), 6)
    (0.8, 0.333333)
    """
    if offered >= servers:
        return 1.0
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    busy = offered / servers
    return blocked / (1 - busy * (1 - blocked))


def mean_wait_s(servers: int, rate: float, service_s: float, cv: float) -> float:
    """Mean wait in M/G/c (Allen-Cunneen); exact for M/M/c and for one server.

    Endless where the load is too much.

    >>> round(mean_wait_s(1, 80.0, 0.01, 1.0), 6), mean_wait_s(1, 200.0, 0.01, 1.0)
    (0.04, inf)
    """
    offered = rate * service_s
    if offered >= servers:
        return math.inf
    waiting = erlang_c(servers, offered) * service_s / (servers - offered)
    return waiting * (1 + cv * cv) / 2
