#!/usr/bin/env python3
"""Writes reference.csv: what Google's dp-accounting says about the settings that the Rust accountants are tested on.

    python3 generate.py            # in a virtual environment of its own; takes some ten minutes

One line per setting. `sampling` is the probability of Poisson sampling, or, without replacement, the fraction drawn;
`noise` is the noise multiplier of the Gaussian mechanism or the scale of the Laplace mechanism in sensitivities; `rdp`
is ε by Rényi divergences at dp-accounting's default orders, `rdp_whole` at the whole ones among them up to 128; `pld` is
ε by its pessimistic privacy loss distributions (connect the dots), empty where it has none or needs too fine a grid.
"""

import csv
import itertools
import math
import pathlib
import subprocess
import sys
import tempfile

VERSION = "0.6.0"
HERE = pathlib.Path(__file__).resolve().parent


def in_virtual_environment():
    """Runs this script again where dp-accounting is installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.check_call([sys.executable, "-m", "venv", folder])
        python = pathlib.Path(folder, "bin", "python")
        subprocess.check_call([python, "-m", "pip", "install", "--quiet", f"dp-accounting=={VERSION}"])
        subprocess.check_call([python, __file__, "--installed"])


def settings():
    """(mechanism, sampling, noise, steps, delta)"""
    yield "gaussian", 256 / 60000, 1.1, 10_000, 1e-5
    samplings = [1e-4, 1e-3, 256 / 60000, 0.01, 0.05, 0.3, 0.6, 1.0]
    noises = [0.5, 0.8, 1.1, 2.0, 5.0, 20.0, 100.0]
    for sampling, noise, steps in itertools.product(samplings, noises, [1, 10, 100, 1_000, 10_000]):
        yield "gaussian", sampling, noise, steps, 1e-5
    for sampling, noise, steps in itertools.product([1e-3, 0.02, 1.0], [0.7, 1.3, 8.0], [1, 50, 2_000]):
        yield "gaussian", sampling, noise, steps, 1e-2
        yield "gaussian", sampling, noise, steps, 1e-9
    for noise, steps, delta in itertools.product([0.5, 1.0, 5.0, 40.0], [1, 10, 300], [1e-3, 1e-6]):
        yield "laplace", 1.0, noise, steps, delta
    for sampling, noise, steps in itertools.product([1e-3, 0.01, 0.1], [0.8, 1.5, 4.0, 30.0], [1, 100, 3_000]):
        yield "without-replacement", sampling, noise, steps, 1e-5


def epsilons(mechanism, sampling, noise, steps, delta):
    import dp_accounting as dp
    from dp_accounting.pld import privacy_loss_distribution as pld
    from dp_accounting.rdp import RdpAccountant
    from dp_accounting.rdp.rdp_privacy_accountant import DEFAULT_RDP_ORDERS

    relation = dp.NeighboringRelation.ADD_OR_REMOVE_ONE
    if mechanism == "laplace":
        event = dp.LaplaceDpEvent(noise)
    elif mechanism == "gaussian":
        event = dp.PoissonSampledDpEvent(sampling, dp.GaussianDpEvent(noise))
    else:
        relation = dp.NeighboringRelation.REPLACE_ONE
        event = dp.SampledWithoutReplacementDpEvent(10**6, round(sampling * 10**6), dp.GaussianDpEvent(noise))
    def by_renyi(orders):
        accountant = RdpAccountant(orders, neighboring_relation=relation)
        return accountant.compose(event, steps).get_epsilon(delta)

    def by_loss_distribution(interval):
        if mechanism == "laplace":
            single = pld.from_laplace_mechanism(noise, value_discretization_interval=interval)
        else:
            single = pld.from_gaussian_mechanism(noise, sampling_prob=sampling, value_discretization_interval=interval)
        return single.self_compose(steps).get_epsilon_for_delta(delta)

    whole = [order for order in DEFAULT_RDP_ORDERS if float(order).is_integer() and order <= 128]
    rdp = by_renyi(None), by_renyi(whole)
    # Beyond that nobody is protected, and dp-accounting's grid grows with ε.
    if mechanism == "without-replacement" or not 0.01 < rdp[0] < 40:
        return *rdp, None
    # Connecting the dots over an interval h errs by about steps · (1 + order) · h² / 12.
    epsilon = by_loss_distribution(1e-4)
    if epsilon < 0.01:
        return *rdp, None
    interval = math.sqrt(12e-4 * epsilon**2 / (steps * (epsilon + 2 * math.log(1 / delta))))
    if interval < 2e-6:
        return *rdp, None
    return *rdp, by_loss_distribution(min(interval, 1e-4))


def main():
    seen = {}
    for setting in settings():
        if setting in seen:
            continue
        rdp, whole, pld = epsilons(*setting)
        # Whatever cannot be told apart from nothing or from everything says nothing about an accountant.
        if 0.003 < rdp < 2_000:
            seen[setting] = (f"{rdp:.9g}", f"{whole:.9g}", "" if pld is None else f"{pld:.9g}")
            print(*setting, *seen[setting], flush=True)
    with open(HERE / "reference.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["mechanism", "sampling", "noise", "steps", "delta", "rdp", "rdp_whole", "pld"])
        for setting, found in seen.items():
            writer.writerow([*map(str, setting), *found])


if __name__ == "__main__":
    main() if "--installed" in sys.argv else in_virtual_environment()
