#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes transport_fixtures.txt: what POT (python3-pot, 0.8.2) finds for 200 transport problems.

    python3 tests/fusion/make_transport_fixtures.py

The problems themselves are not in the file: both sides make them from (kind, n, m, seed) with the
generator of lib/base/random.h, see transport_problem.h. Lines:
    exact    KIND N M MARGINALS SEED COST
    sinkhorn KIND N M MARGINALS SEED EPSILON ENTRIES...     (plan, row-major)
"""
import pathlib
import sys

import numpy
import ot

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent.parent / "models" / "train"))
from noise import random_bits  # noqa: E402

KINDS = ("random", "planted", "ties", "constant", "range")


def uniform(seed, count):
    return ((random_bits(seed, count) >> numpy.uint64(32)).astype(numpy.float64) + 0.5) / 2.0**32


def cost_matrix(kind, n, m, seed):
    u = uniform(seed, n * m).reshape(n, m)
    if kind == "planted":
        rows, columns = numpy.indices((n, m))
        return u + (rows * 7 % m != columns)
    if kind == "ties":
        return numpy.floor(4 * u)
    if kind == "constant":
        return numpy.full((n, m), 0.75)
    if kind == "range":
        return u**8 * 1048576.0
    return u


def marginals(weighted, n, m, seed):
    if not weighted:
        return numpy.full(n, 1 / n), numpy.full(m, 1 / m)
    mu, nu = 0.1 + uniform(seed + 1000, n), 0.1 + uniform(seed + 2000, m)
    return mu / mu.sum(), nu / nu.sum()


def problems():
    """(kind, n, m, weighted, seed): squares, oblongs both ways, single rows and columns."""
    sizes = [(1, 1), (1, 9), (12, 1), (2, 2), (8, 8), (16, 16), (33, 33), (24, 8), (8, 24), (20, 15),
             (7, 13), (40, 40), (50, 2), (3, 47), (64, 48), (31, 62), (5, 5), (64, 64), (90, 30), (17, 1)]
    for index in range(200):
        n, m = sizes[index % len(sizes)]
        kind = KINDS[(index // len(sizes)) % len(KINDS)]
        yield kind, n, m, int(index >= 100), 5000 + index


def main():
    lines = []
    for kind, n, m, weighted, seed in problems():
        cost = cost_matrix(kind, n, m, seed)
        mu, nu = marginals(weighted, n, m, seed)
        found = ot.emd2(mu, nu, cost, numItermax=10_000_000)
        lines.append(f"exact {kind} {n} {m} {weighted} {seed} {float(found):.17g}")
    for kind, n, m, weighted, seed, epsilon in [
            ("random", 6, 6, 0, 1, 0.05), ("random", 5, 8, 1, 2, 0.02), ("planted", 7, 7, 0, 3, 0.1),
            ("ties", 6, 4, 1, 4, 0.3), ("random", 1, 5, 1, 5, 0.01), ("constant", 4, 6, 1, 6, 0.1)]:
        cost = cost_matrix(kind, n, m, seed)
        mu, nu = marginals(weighted, n, m, seed)
        plan = ot.bregman.sinkhorn_log(mu, nu, cost, epsilon, numItermax=1_000_000, stopThr=1e-13)
        entries = " ".join(f"{value:.12g}" for value in plan.ravel())
        lines.append(f"sinkhorn {kind} {n} {m} {weighted} {seed} {epsilon} {entries}")
    (FOLDER / "transport_fixtures.txt").write_text("\n".join(lines) + "\n")


main()
