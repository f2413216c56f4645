"""Percentiles, and what machine it is."""

import os
import platform
from collections.abc import Sequence
from typing import Any

Percentiles = dict[str, float]
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def percentiles(values: Sequence[float], names: Sequence[str], digits: int = 3) -> Percentiles:
    """Return these percentiles of some values; of none, nothing."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return {n: round(ordered[round(SHARES[n] * last)], digits) for n in names if ordered}


def milliseconds(seconds: Sequence[float]) -> list[float]:
    """Return seconds as milliseconds."""
    return [each * 1000 for each in seconds]


def spread(seconds: Sequence[float]) -> Percentiles:
    """Return the middle, the 99th percentile and the largest of seconds, in milliseconds."""
    return percentiles(milliseconds(seconds), ("p50", "p99", "max"))


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": None if load is None else round(load, 2),
        "python": platform.python_version(),
    }


def _processor() -> str:
    """Return the processor's name; Linux keeps it where `platform` does not look."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model na")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
