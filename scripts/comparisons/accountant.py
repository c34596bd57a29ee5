"""The ε of many releases, beside Google's dp-accounting."""

import importlib.metadata

import absl.logging
import dp_accounting
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant
from figures import fastest, row

# It says of some orders that it leaves them out; that costs it no accuracy here.
absl.logging.set_verbosity(absl.logging.ERROR)
# The grid of dp-accounting's loss distributions; its default.
INTERVAL = 1e-4


def event(setting):
    gaussian = dp_accounting.GaussianDpEvent(setting["noise"])
    if setting["sampling"] < 1:
        gaussian = dp_accounting.PoissonSampledDpEvent(setting["sampling"], gaussian)
    return dp_accounting.SelfComposedDpEvent(gaussian, setting["steps"])


def compare(programs):
    peer = f"dp-accounting {importlib.metadata.version('dp-accounting')}"
    rows = []
    for ours in programs.run("figures", "accountant")["accountant"]:
        releases, delta = event(ours), ours["delta"]
        rdp_s, rdp = fastest(3, lambda: RdpAccountant().compose(releases).get_epsilon(delta))
        pld_s, pld = fastest(
            1, lambda: PLDAccountant(value_discretization_interval=INTERVAL).compose(releases).get_epsilon(delta)
        )
        # Ours takes more orders, and may not be above theirs; its upper bound by distributions is tighter than their grid.
        assert ours["rdp"] <= rdp * (1 + 1e-6), (ours, rdp)
        assert ours["pld"]["lower"] <= pld * (1 + 1e-6) and ours["pld"]["upper"] <= pld * (1 + 1e-3), (ours, pld)
        setting = f"q = {ours['sampling']:.4g}, σ = {ours['noise']}, {ours['steps']} steps"
        rows.append(
            row(f"{setting}: Rényi", peer, ours["rdp_ms"] / 1e3, rdp_s, epsilon={"ours": ours["rdp"], "theirs": rdp})
        )
        rows.append(
            row(
                f"{setting}: loss distributions",
                peer,
                ours["pld_ms"] / 1e3,
                pld_s,
                epsilon={"ours": ours["pld"], "theirs": pld},
            )
        )
    return rows
