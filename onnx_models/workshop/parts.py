"""The parts of dance tunes that are known only as they are played.

A dance has parts of eight bars, most of them played twice. Where files hold what is played, a
part that comes again is found by its notes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, chain, pairwise

from generators.music.notes import Note, Phrase
from generators.music.time import Ticks
from onnx_models.workshop.tune import Tune, resting_bars

BARS = {"12/8": 4}
"""How many bars a part has, where they are not eight."""
Line = list[tuple[int, int, int]]
"""The notes of a bar: onset in it, pitch and length."""


def in_parts(tune: Tune) -> Tune:
    """Return a tune with each part written once; `played` is as it was.

    A part that comes twice keeps the ending that leads on. A tune that is not a whole number of
    parts, but for its last note, stays as it is and closes where it rests.
    """
    bars = lines_of(tune.phrase)
    size = BARS.get(str(tune.phrase.meter), 8)
    first = int(bool(bars) and not any(at == 0 for at, _, _ in bars[0]))
    count, over = divmod(len(bars) - first, size)
    if not count or over > 1:
        return replace(tune, closes=resting_bars(tune.phrase))
    lead = bars[:first]
    parts = [bars[start : start + size] for start in range(first, first + count * size, size)]
    parts[-1] += bars[len(bars) - over :]
    once = [part for part, after in pairwise(parts) if not _comes_again(part, after)]
    once.append(parts[-1])
    written = _divided(tune, [lead, *once])
    if len(once) == count:
        return written
    return replace(written, played=tune.phrase, played_closes=_ends([lead, *parts]))


def lines_of(phrase: Phrase) -> list[Line]:
    """Return the notes of each bar of a melody."""
    size = phrase.meter.bar
    bars: list[Line] = [[] for _ in range(phrase.bars)]
    for note in phrase.notes:
        bars[note.onset // size].append((note.onset % size, note.pitch, note.length))
    return bars


def _comes_again(part: Sequence[Line], after: Sequence[Line]) -> bool:
    """Return whether the next part is this one: its last bar may lead somewhere else."""
    size = len(part) - 1
    return all(
        [(at, pitch) for at, pitch, _ in one] == [(at, pitch) for at, pitch, _ in other]
        for one, other in zip(part[:size], after[:size], strict=True)
    )


def _divided(tune: Tune, parts: Sequence[Sequence[Line]]) -> Tune:
    """Return these parts as a tune that closes with each of them; the first is the pick-up."""
    phrase, ends = _phrase(chain.from_iterable(parts), tune.phrase), _ends(parts)
    begins = sorted({0, *(bar + 1 for bar in ends)})[:-1]
    sections = tuple((bar, "part") for bar in begins)
    return replace(tune, phrase=phrase, closes=ends, sections=sections)


def _ends(parts: Sequence[Sequence[Line]]) -> frozenset[int]:
    ends = [end - 1 for end in accumulate(len(part) for part in parts)]
    return frozenset(ends[1:])


def _phrase(bars: Iterable[Line], like: Phrase) -> Phrase:
    notes = [
        Note(Ticks(number * like.meter.bar + at), pitch, Ticks(length))
        for number, bar in enumerate(bars)
        for at, pitch, length in bar
    ]
    return replace(like, notes=tuple(notes))
