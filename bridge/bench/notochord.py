"""Notochord beside us: its own package runs a network of its own size, with random weights.

What it costs does not depend on what it has learnt. Its size is the one that the package makes
when nothing is said (two layers of 1024 units). It predicts one event ahead and keeps its state,
so it has neither plans nor bars: only what it takes to answer, and to hear one event more, compare.

    python -m bridge.bench.notochord ROUNDS
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from bridge.bench.figures import milliseconds, percentiles

MISSING = "to measure Notochord beside it, type: pip install notochord (it brings torch)"
EVENTS = 512
PIANO = 1
LONGEST = 0.5  # seconds for one round, with its share of loading torch


def beside(rounds: int) -> dict[str, Any] | None:
    """Measure it in a process of its own; None where the package or torch is not installed."""
    if find_spec("notochord") is None or find_spec("torch") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run(  # noqa: S603  (our own module)
            [sys.executable, "-P", "-m", "bridge.bench.notochord", str(rounds)],
            capture_output=True,
            check=False,
            timeout=180 + LONGEST * rounds,
            # One thread, as its own programs ask for; and its cache is not the user's.
            env={**os.environ, "OMP_NUM_THREADS": "1", "XDG_DATA_HOME": folder},
        )
    if told.returncode:
        last = told.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return {"trouble": last[0] if last else "it ended without a word"}
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def measured(rounds: int) -> dict[str, Any]:
    """Play to it and ask it, in this process."""
    from importlib.metadata import version

    from notochord import Notochord

    network = Notochord()
    network.eval()
    network.reset()
    feeds, takeovers = [], []
    began = perf_counter()
    for nth in range(EVENTS):
        network.feed(PIANO, 48 + nth % 24, 0.1, 80 * (nth % 2))
    prefill = perf_counter() - began
    for nth in range(rounds):
        began = perf_counter()
        network.feed(PIANO, 48 + nth % 24, 0.1, 80)
        fed = perf_counter()
        network.query(next_inst=PIANO)
        takeovers.append(perf_counter() - began)
        feeds.append(fed - began)
    return {
        "version": version("notochord"),
        "parameters": sum(each.numel() for each in network.parameters()),
        "takeover_ms": percentiles(milliseconds(takeovers), ("p50", "p95")),
        "replan_over_prefill": round(sorted(feeds)[len(feeds) // 2] / prefill, 4),
    }


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))  # noqa: T201  (its answer)
