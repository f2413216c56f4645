"""Chords, meters and voicings that hypothesis makes up."""

from hypothesis import strategies as st

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan
from generators.music.qualities import QUALITIES
from generators.music.time import Meter, Ticks
from generators.voicing.voicing import KINDS, PATTERNS, SPREADS, Voicing

CHORDS = st.builds(
    Chord,
    st.integers(0, 11),
    st.sampled_from([q.suffix for q in QUALITIES]),
    st.none() | st.integers(0, 11),
)
METERS = st.sampled_from(
    [Meter(*m) for m in ((4, 4), (2, 4), (3, 4), (6, 8), (9, 8), (12, 8), (5, 4), (7, 8), (2, 2))]
)
KEYS = st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"]))
PROGRESSIONS = st.lists(st.tuples(CHORDS | st.just(NO_CHORD), st.integers(1, 9000)), max_size=6)


def spans_of(wanted: list[tuple[Chord, int]]) -> list[ChordSpan]:
    """Return chords of these lengths, one after the other."""
    at, spans = 0, []
    for chord, length in wanted:
        spans.append(ChordSpan(Ticks(at), Ticks(length), chord))
        at += length
    return spans


@st.composite
def voicings(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> Voicing:
    """Return any voicing that a player may ask for."""
    bass = draw(st.integers(0, 60))
    low = draw(st.integers(bass + 12, 90))
    return Voicing(
        pattern=draw(st.sampled_from(PATTERNS)),
        kind=draw(st.sampled_from(kinds)),
        spread=draw(st.sampled_from(SPREADS)),
        bass=bass,
        low=low,
        high=draw(st.integers(low + 23, 127)) if low < 104 else 127,
        voices=draw(st.integers(1, 5)),
        strict=draw(st.booleans()),
        key=draw(KEYS),
    )
