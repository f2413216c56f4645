"""Every way in which a chord may lie in the hands."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations, pairwise

from generators.music.harmony import Chord
from generators.voicing.bass import basses
from generators.voicing.tones import needed, ranked, rootless
from generators.voicing.voicing import OCTAVE, SPREADS, Hand, Voicing

LOWERED = dict(zip(SPREADS, ((), (2,), (3,), (2, 4)), strict=True))
"""Which voices sound an octave lower, counted from the top."""

REACH = 16  # semitones around the middle of a wide register in which a choir sings


@lru_cache(maxsize=2048)
def positions(chord: Chord, voicing: Voicing) -> tuple[Hand, ...]:
    """Return every hand for a chord: the bass, and above it the upper voices in their register."""
    upper = {
        "full": _full, "parts": _parts, "rootless": _rootless, "shell": _shell, "root": _root,
    }[voicing.kind](chord, voicing)  # fmt: skip
    low = basses(chord, voicing)
    return tuple(sorted((bass, *each) for bass in low for each in upper if bass < each[0]))


def _full(chord: Chord, voicing: Voicing) -> list[Hand]:
    return _spread(_close(ranked(chord)[: voicing.voices], voicing), voicing)


def _shell(chord: Chord, voicing: Voicing) -> list[Hand]:
    return _spread(_close(ranked(chord)[: min(2, voicing.voices)], voicing), voicing)


def _rootless(chord: Chord, voicing: Voicing) -> list[Hand]:
    """Return the A form, its third lowest, and the B form, its seventh lowest."""
    close = list(_close(rootless(chord, voicing.key)[: voicing.voices], voicing))
    guides = needed(chord)
    forms = [each for each in close if each[0] % OCTAVE in guides]
    return _spread(forms if len(guides) == 2 and forms else close, voicing)


def _root(chord: Chord, voicing: Voicing) -> list[Hand]:
    """Return the root position that is nearest to the bottom of the register."""
    others = [each for each in ranked(chord) if each != chord.root]
    classes = [chord.root, *others[: voicing.voices - 1]]
    close = (each for each in _close(classes, voicing) if each[0] % OCTAVE == chord.root)
    return [min(close)]


def _parts(chord: Chord, voicing: Voicing) -> list[Hand]:
    """Return every choice of as many voices as are sung, at most an octave apart."""
    tones = ranked(chord)
    pool = tones[: max(4, voicing.voices)]
    must = set(tones[: min(2, voicing.voices)]) & needed(chord)
    must -= {chord.bass} if voicing.voices <= len(must) else set()
    middle = (voicing.low + voicing.high) // 2
    low, high = max(voicing.low, middle - REACH), min(voicing.high, middle + REACH)
    sung = [p for p in range(low, high + 1) if p % OCTAVE in pool]
    return [
        each
        for each in combinations(sung, min(voicing.voices, len(sung)))
        if all(b - a <= OCTAVE for a, b in pairwise(each)) and must <= {p % OCTAVE for p in each}
    ]


def _close(classes: Iterable[int], voicing: Voicing) -> Iterator[Hand]:
    """Give every close position in the register."""
    order = sorted(classes)
    for lowest in range(voicing.low, voicing.high + 1):
        if lowest % OCTAVE not in order:
            continue
        turn = order.index(lowest % OCTAVE)
        pitches = [lowest]
        for each in order[turn + 1 :] + order[:turn]:
            pitches.append(pitches[-1] + (each - pitches[-1]) % OCTAVE)
        if pitches[-1] <= voicing.high:
            yield tuple(pitches)


def _spread(close: Iterable[Hand], voicing: Voicing) -> list[Hand]:
    """Return the positions opened as the spread says; those that lie too low stay close."""
    whole = list(close)
    opened = [_lowered(each, LOWERED[voicing.spread]) for each in whole]
    return [each for each in opened if each[0] >= voicing.low] or whole


def _lowered(hand: Hand, voices: tuple[int, ...]) -> Hand:
    lower = {len(hand) - voice for voice in voices}
    return tuple(sorted(p - OCTAVE if at in lower else p for at, p in enumerate(hand)))
