"""How times and their ratios are measured and written."""

import time


def fastest(runs: int, work):
    """Seconds of the fastest of some runs, and what the last of them gave: what else the machine does only adds."""
    least = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        found = work()
        least = min(least, time.perf_counter() - began)
    return least, found


def seconds(value: float) -> str:
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def row(work: str, peer: str, ours_s: float, theirs_s: float, **more):
    """One line of a table: the times (s) of the same work, and how many times as long the peer took."""
    ratio = theirs_s / ours_s
    return {
        "work": work,
        "peer": peer,
        "ours_s": ours_s,
        "theirs_s": theirs_s,
        "ours": seconds(ours_s),
        "theirs": seconds(theirs_s),
        "ratio": f"{ratio:.3g}",
        **more,
    }
