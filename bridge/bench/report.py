"""All figures in one run: as text, as JSON, and what a plot is drawn from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Any, Protocol

from bridge.bench import notochord
from bridge.bench.bars import CLOCKS, Bars, parts, played_all
from bridge.bench.cache import replan
from bridge.bench.compare import compare
from bridge.bench.figures import machine, milliseconds, percentiles, spread
from bridge.bench.host import Unevenness
from bridge.bench.idle import idle
from bridge.bench.plot import Curve, Panel, draw, drawable
from bridge.bench.precision import Precision, precision
from bridge.bench.takeover import Waits, naive_waits, waits
from bridge.bench.tempo import step_error, tempo_error
from bridge.config import Settings
from bridge.errors import Unmeasured
from generators.catalogue import default_name, generator

VERSION = 1


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    messages: int = 10_000
    calls: int = 40
    bars: int = 10_000
    rounds: int = 4
    idle: float = 10.0
    others: int = 200
    time_out: float = 3600.0


FULL = Amount()
QUICK = Amount(messages=1_500, calls=8, bars=500, rounds=1, idle=3.0, others=30, time_out=300.0)


@dataclass(slots=True)
class Measured:
    """What was measured, and what a plot needs of it."""

    told: dict[str, Any] = field(default_factory=dict)
    precision: Precision = field(default_factory=lambda: Precision(""))
    waits: Waits = field(default_factory=Waits)
    naive: Waits = field(default_factory=Waits)
    bars: Bars = field(default_factory=Bars)
    naive_bars: Bars = field(default_factory=Bars)


class Words(Protocol):
    """What was typed after `antiphon bench`."""

    quick: bool
    compare: bool
    json: bool
    plot: str | None


def bench(settings: Settings, words: Words, say: Callable[[str], None]) -> str:
    """Measure everything; return what to print.

    Raises:
        Unmeasured: the model does not answer, or the machine does not get done.
        PlayerError: the plot cannot be drawn, or the model cannot play.

    """
    path = None if words.plot is None else Path(words.plot)
    if path is not None:
        drawable(path)  # before all the work
    folder = Path(settings.models) if settings.models else None
    generator(settings.model or default_name(folder), folder)  # the daemon would go on without it
    try:
        found = measure(settings, QUICK if words.quick else FULL, say)
        if words.compare:
            say("the model in a thread")
            found.told["compare"] = compare(settings, 1_000 if words.quick else 4_000)
    except TimeoutError as error:
        raise Unmeasured(str(error), "try again with less going on here") from None
    if path is not None:
        plotted(found, path)
    return dumps(found.told, indent=2) if words.json else readable(found.told)


def measure(settings: Settings, amount: Amount, say: Callable[[str], None]) -> Measured:
    """Measure everything, one thing after another; `say` is told what is being measured."""
    found = Measured()
    told: dict[str, Any] = {"version": VERSION, "machine": machine()}
    say("how exactly notes leave under full load")
    found.precision = precision(settings, amount.messages)
    say("how long the player waits for an answer")
    found.waits = waits(settings, amount.calls)
    found.naive = naive_waits(settings, amount.calls)
    say("what the kept cache saves")
    cache = replan(settings, amount.rounds)
    say("how many bars are answered in time")
    bars(found, amount)
    say("what it uses when idle")
    used = idle(settings, amount.idle)
    say("Notochord beside it")
    other = notochord.beside(amount.others)
    told |= _ours(found, cache, used)
    told["naive"] = _naive(found, cache)
    told["notochord"] = other
    told["machine"] |= _beside(found)
    found.told = told
    return found


def _beside(found: Measured) -> dict[str, Any]:
    """Return what the machine itself gave, where the messages were timed."""
    seen = found.precision
    return {"port": seen.port, "loop_ms": spread(seen.bare), "cycle_ms": spread(seen.cycles)}


def bars(found: Measured, amount: Amount) -> None:
    """Play bars in virtual time with the latencies that were measured."""
    found.bars = played_all(parts(amount.bars, found.waits.answers), amount.time_out)
    wanted = parts(amount.bars, found.naive.answers, naive=True)
    found.naive_bars = played_all(wanted, amount.time_out)


def _ours(found: Measured, cache: dict[str, Any] | None, used: float | None) -> dict[str, Any]:
    return {
        "schedule_error_ms": spread([abs(each) for each in found.precision.errors]),
        "handed_over_late": found.precision.late,
        "bars": found.bars.told(),
        "takeover_ms": percentiles(milliseconds(found.waits.takeover), ("p50", "p95")),
        "planned_ms": percentiles(milliseconds(found.waits.planned), ("p50", "p95")),
        "replan_over_prefill": None if cache is None else cache["ratio"],
        "replan": cache,
        "tempo_error_bpm": tempo(),
        "note_offs_lost": found.bars.lost + found.precision.missing,
        "echoes": found.bars.echoes,
        "virtual_hours": round(found.bars.seconds / 3600, 2),
        "idle_cpu_percent": used,
    }


def _naive(found: Measured, cache: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "bars": found.naive_bars.told(),
        "takeover_ms": percentiles(milliseconds(found.naive.takeover), ("p50", "p95")),
        "replan_over_prefill": None if cache is None else cache["naive_ratio"],
        "note_offs_lost": found.naive_bars.lost,
        "echoes": found.naive_bars.echoes,
    }


def tempo() -> dict[str, Any]:
    """Return the error of the tempo for each unevenness: steady, and after a step of 20 BPM."""
    uneven = (*CLOCKS, Unevenness(0.003, normal=True))
    steady = {str(each): tempo_error(each) for each in uneven}
    steps = {f"step, {each}": step_error(each) for each in uneven}
    return steady | steps


def readable(told: dict[str, Any]) -> str:
    """Return the figures as lines for a person."""
    naive, other, here = told["naive"], told["notochord"], told["machine"]
    lines = [
        f"on         {here['processor']}, {here['cores']} cores, load {here['load']}; "
        f"Python {here['python']}, {here['system']}",
        _punctual(told, here),
        *_bars("bars", told["bars"]),
        *_bars("  naive", naive["bars"]),
        f"takeover   {_row(told['takeover_ms'])} ms; naive {_row(naive['takeover_ms'])} ms"
        + (f"; Notochord {_row(other['takeover_ms'])} ms" if _well(other) else ""),
        f"planned    {_row(told['planned_ms'])} ms",
        f"replanning {told['replan_over_prefill']} of a full prefill; naive "
        f"{naive['replan_over_prefill']}"
        + (f"; Notochord {other['replan_over_prefill']}" if _well(other) else ""),
        *(f"tempo      {n}: off by {_row(e)} BPM" for n, e in told["tempo_error_bpm"].items()),
        f"notes      {told['note_offs_lost']} note-offs lost, {told['echoes']} echoes "
        f"in {told['virtual_hours']} hours of virtual time",
        f"idle       {told['idle_cpu_percent']} % of a core",
    ]
    for name, each in told.get("compare", {}).items():
        off = _row(each["schedule_error_ms"])
        lines.append(
            f"in a {name:<8} starts in {each['start_ms']} ms, holds {each['memory_mb']} MB more, "
            f"handing over takes {each['hand_over_ms']} ms; schedule off by {off} ms"
        )
    if other is None:
        lines.append(notochord.MISSING)
    elif not _well(other):
        lines.append(f"Notochord could not be measured: {other['trouble']}")
    return "\n".join(lines)


def _punctual(told: dict[str, Any], here: dict[str, Any]) -> str:
    """Say how exactly messages left, and what the machine itself gave meanwhile."""
    beside = [f"an empty loop here {_row(here['loop_ms'])} ms"]
    if here["cycle_ms"]:
        beside.append(f"JACK's cycles here late by {_row(here['cycle_ms'])} ms")
    off = f"off by {_row(told['schedule_error_ms'])} ms at {here['port']}"
    return f"schedule   {off}; {told['handed_over_late']} handed over late; {'; '.join(beside)}"


def _well(other: dict[str, Any] | None) -> bool:
    return other is not None and "trouble" not in other


def _row(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in figures.items()) or "not measured"


def _bars(name: str, bars: dict[str, Any]) -> list[str]:
    rungs = ", ".join(f"{count} {rung}" for rung, count in bars["rungs"].items() if count)
    share = "" if bars["share"] is None else f" ({100 * bars['share']:.2f} %)"
    return [
        f"{name:<10} {bars['on_time']} of {bars['total']} in time{share}: {rungs or 'none'}; "
        f"off by {_row(bars['off_ms'])} ms"
    ]


def plotted(found: Measured, path: Path) -> None:
    """Draw the histograms.

    Raises:
        PlayerError: what draws is not installed, or the file cannot be written.

    """
    draw(
        (
            Panel(
                "How far notes are off at the port, all cores busy", "ms",
                (
                    Curve("Antiphon", milliseconds([abs(e) for e in found.precision.errors])),
                    Curve("an empty loop here", milliseconds(found.precision.bare)),
                ),
            ),
            Panel(
                "From the last note to the answer's first", "ms",
                (
                    Curve("planned", milliseconds(found.waits.planned)),
                    Curve("asked on the spot", milliseconds(found.waits.takeover)),
                    Curve("no plan, no kept cache", milliseconds(found.naive.takeover)),
                ),
            ),
            Panel(
                "How far answers are off their bar, in virtual time", "ms",
                (
                    Curve("Antiphon", milliseconds([abs(e) for e in found.bars.errors])),
                    Curve("naive", milliseconds([abs(e) for e in found.naive_bars.errors])),
                ),
            ),
        ),
        path,
    )  # fmt: skip
