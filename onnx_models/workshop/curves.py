"""The learning curves of training runs, as a picture."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generators.music.errors import BadSong

SHOWN = ("nottingham", "openewld", "pop909", "rs200", "oneills1850")
WIDE, HIGH, DOTS = 11, 4.5, 110


def read(path: Path) -> list[dict[str, float]]:
    """Return the lines of a run's curve, in the order in which they were written.

    Raises:
        BadSong: there is none, or it is damaged.

    """
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise BadSong(f"{path} cannot be read", "train a recipe first") from error


def series(lines: Sequence[dict[str, float]], what: str) -> tuple[list[float], list[float]]:
    """Return the minutes and the values of one measure, where it was taken."""
    rows = [(line["minutes"], line[what]) for line in lines if what in line]
    return [minute for minute, _ in rows], [value for _, value in rows]


def draw(runs: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Draw bits a melody note and bits a chord on valid tunes over the minutes of training."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE, HIGH), dpi=DOTS, layout="constrained")
    sides: Any = figure.subplots(1, 2)
    for side, what in zip(sides, ("note", "chord"), strict=True):
        for number, (run, lines) in enumerate(runs.items()):
            for colour, source in enumerate(SHOWN):
                at, values = series(lines, f"{source} {what}")
                if values:
                    style, label = ("-", "--", ":")[number % 3], f"{source}, {run}"
                    side.plot(at, values, style, color=f"C{colour}", marker=".", label=label)
        side.set_xlabel("minutes of training")
        side.set_ylabel(f"bits a {'melody note' if what == 'note' else what}, valid tunes")
        side.grid(alpha=0.3)
    sides[0].legend(fontsize=7, ncols=len(runs))
    part = path.with_suffix(".part.png")
    figure.savefig(part)
    part.replace(path)
