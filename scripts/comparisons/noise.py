"""Discrete Gaussian noise, beside OpenDP's exact sampler."""

import importlib.metadata
import math

import opendp.prelude as dp
from figures import fastest, row

dp.enable_features("contrib")


def compare(programs):
    values = 10_000 if programs.quick else 1_000_000
    theirs = 200 if programs.quick else 10_000
    peer = f"opendp {importlib.metadata.version('opendp')}"
    rows = []
    for ours in programs.run("figures", "noise", values)["noise"]:
        deviation = ours["deviation"]
        space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
        measurement = dp.m.make_gaussian(*space, scale=float(deviation))
        zeros = [0] * theirs
        took, drawn = fastest(3, lambda: measurement(zeros))
        # Both draw from the same distribution: five standard errors of a deviation.
        for found, count in ((ours["deviation_found"], values), (spread(drawn), theirs)):
            assert abs(found / deviation - 1) < 5 / math.sqrt(2 * count) + (0.02 if deviation == 1 else 0), found
        work = f"a value of deviation {deviation}"
        rows.append(row(work, peer, ours["ns"] / 1e9, took / theirs, values=[values, theirs]))
    return rows


def spread(values) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values))
