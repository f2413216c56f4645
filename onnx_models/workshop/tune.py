"""A tune of a corpus, whatever it was read from."""

from dataclasses import dataclass
from itertools import pairwise

from generators.music.notes import Phrase
from generators.tokens.grid import REST, UNIT, grid_bar, melody_events


class Refused(Exception):
    """A tune that cannot be learnt from; its text is the reason, and is counted."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody, perhaps with chords, and the bars in which its sections end."""

    title: str
    source: str
    split: str
    phrase: Phrase
    closes: frozenset[int]
    """Bars, counted from 0, in which a section comes to its end."""
    style: str = ""
    """What it is to a player, one of `generators.tokens.leadsheet.STYLES`; empty where unsaid."""
    tempo: float | None = None
    """Quarters a minute, where the source gives it."""
    sections: tuple[tuple[int, str], ...] = ()
    """The bars in which sections begin, and which they are (of the `SECTIONS` there)."""
    played: Phrase | None = None
    """The phrase with its repeats written out, where it has any."""
    played_closes: frozenset[int] = frozenset()
    """The same as `closes`, for the phrase as it is played."""


def resting_bars(phrase: Phrase) -> frozenset[int]:
    """Return the bars in which the melody comes to rest, where no double bar says it.

    They are those in whose last half no note begins, at least four bars apart.
    """
    size = grid_bar(phrase.meter) // UNIT
    onsets = [place for place, pitch in melody_events(phrase.notes) if pitch != REST]
    if not onsets:
        return frozenset()
    found: list[int] = []
    for place, after in pairwise([*onsets, (onsets[-1] // size + 1) * size]):
        bar = place // size
        rests = after >= (bar + 1) * size and place - bar * size <= size / 2
        if rests and bar - (found[-1] if found else -1) >= 4:
            found.append(bar)
    return frozenset(found)


def fingerprint(phrase: Phrase) -> frozenset[tuple[int, ...]]:
    """Return the set of five successive intervals of a melody: the same in every key."""
    pitches = [pitch for _, pitch in melody_events(phrase.notes) if pitch != REST]
    steps = [b - a for a, b in pairwise(pitches)]
    return frozenset(tuple(steps[i : i + 5]) for i in range(len(steps) - 4))
