"""Histograms as a PNG: the only place where matplotlib is needed, and the extra `bench` has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from bridge.errors import Misunderstood, Unwritable
from bridge.whole import write_whole

BINS = 60
LEAST = 1e-3  # what is smaller is drawn there: the scale is logarithmic


@dataclass(frozen=True, slots=True)
class Curve:
    """Values of one kind, and what they are called."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Panel:
    """A histogram of several curves over one scale."""

    title: str
    unit: str
    curves: tuple[Curve, ...]


def drawable(path: Path) -> None:
    """Make sure that a plot can be drawn to a file.

    Raises:
        Misunderstood: matplotlib is not installed.
        Unwritable: there is no such folder.

    """
    if find_spec("matplotlib") is None:
        raise Misunderstood(
            "--plot needs matplotlib", "type: pip install matplotlib, or leave --plot out"
        )
    if not path.absolute().parent.is_dir():
        raise Unwritable(f"there is no folder {path.absolute().parent}", "plot elsewhere")


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Draw panels one below the other.

    Raises:
        Unwritable: the file cannot be written.

    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3 * len(panels)), layout="constrained")
    for panel, axes in zip(panels, figure.subplots(len(panels), squeeze=False)[:, 0], strict=True):
        known = [curve for curve in panel.curves if curve.values]
        axes.set(title=panel.title, xlabel=panel.unit, ylabel="share", xscale="log")
        edges = _edges([value for curve in known for value in curve.values])
        for curve in known:
            values = [max(LEAST, value) for value in curve.values]
            weights = [1 / len(values)] * len(values)
            axes.hist(values, edges, weights=weights, alpha=0.6, label=curve.name)
        if known:
            axes.legend()
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    try:
        write_whole(path, drawn.getvalue())
    except OSError as error:
        raise Unwritable(f"{path} cannot be written ({error.strerror})", "plot elsewhere") from None


def _edges(values: Sequence[float]) -> list[float]:
    """Return the edges of bins that are equally wide on a logarithmic scale."""
    low = max(LEAST, min(values, default=LEAST))
    high = max([*values, 10 * low])
    return [low * (high / low) ** (n / BINS) for n in range(BINS + 1)]
