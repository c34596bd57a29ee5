#!/usr/bin/env python3
"""Counts of OpenDP's samples, to compare with: python3 sample.py > counts.txt

Needs OpenDP from PyPI (made with 0.16.0). OpenDP draws from the operating system's generator, so that every run gives
other counts. A line: the distribution; its variance, or its scale as a quotient; the width of a cell; the last cell to
either side, which takes in all beyond it; the counts.
"""

from collections import Counter
from math import sqrt

import opendp.prelude as dp

dp.enable_features("contrib")
SAMPLES = 200_000
INTEGERS = dp.vector_domain(dp.atom_domain(T=int))


def line(name, numerator, denominator, scale, cells, measurement):
    width = max(1, int(scale / 4))
    counts = Counter(max(-cells, min(cells, x // width)) for x in measurement([0] * SAMPLES))
    shown = " ".join(str(counts[cell]) for cell in range(-cells, cells + 1))
    print(name, numerator, denominator, width, cells, shown)


for variance in [1, 9, 100, 10_000, 1 << 40]:
    scale = sqrt(variance)
    measurement = dp.m.make_gaussian(INTEGERS, dp.l2_distance(T=int), scale=scale)
    line("gaussian", variance, 1, scale, 16 if scale >= 4 else int(4 * scale), measurement)
for numerator, denominator in [(1, 2), (1, 1), (7, 2), (20, 1), (1 << 20, 1)]:
    scale = numerator / denominator
    measurement = dp.m.make_laplace(INTEGERS, dp.l1_distance(T=int), scale=scale)
    line("laplace", numerator, denominator, scale, 28 if scale >= 4 else int(7 * scale), measurement)
