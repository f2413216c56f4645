"""Prompts of every sort; what a hard wish forbids is told by the workshop's checker."""

from hypothesis import strategies as st

from generators.music.harmony import MODES, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import QUALITIES
from generators.music.time import QUARTER, Meter, Ticks
from generators.prompt import Controls, Kind, Prompt
from generators.tokens.leadsheet import STYLES

METERS = tuple(
    Meter.named(name)
    for name in ("4/4", "3/4", "2/4", "6/8", "12/8", "5/4", "7/8", "9/8", "3/8", "1/4", "2/2")
)
GRIDS = (None, None, 60, 120, 160, 240, 320, 480, 960, 1920, 3840, 700)


chords = st.builds(
    Chord,
    st.integers(0, 11),
    st.sampled_from([quality.suffix for quality in QUALITIES]),
    st.none() | st.integers(0, 11),
)
keys = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(MODES)))


@st.composite
def spans(draw: st.DrawFn, meter: Meter, bars: int) -> tuple[ChordSpan, ...]:
    """Draw chords that follow one another, with gaps between some."""
    at, found = 0, []
    while at < bars * meter.bar and draw(st.integers(0, 5)):
        at += meter.beat * draw(st.sampled_from((0, 0, 0, 1, 2)))
        length = Ticks(meter.beat * draw(st.integers(1, 2 * meter.beats)))
        found.append(ChordSpan(Ticks(at), length, draw(chords)))
        at += length
    return tuple(found)


@st.composite
def controls(draw: st.DrawFn, meter: Meter, bars: int) -> Controls:
    """Draw wishes, among them hard ones that leave hardly anything."""
    low = draw(st.integers(0, 115))
    grid = draw(st.sampled_from(GRIDS))
    return Controls(
        key=draw(st.none() | keys),
        in_key=draw(st.booleans()),
        pitch_classes=draw(st.none() | st.just(frozenset(range(12)) - {draw(st.integers(0, 11))})),
        low=low,
        high=draw(st.integers(low + 12, 127)),
        chords=draw(st.just(()) | spans(meter, bars)),
        polyphony=draw(st.integers(1, 4)),
        density=draw(st.none() | st.floats(0.01, 8)),
        grid=None if grid is None else Ticks(grid),
        temperature=draw(st.floats(0.05, 5)),
        top_p=draw(st.floats(0.01, 1)),
        closeness=draw(st.floats(0, 1)),
        style=draw(st.sampled_from(("", *STYLES))),
        activity=draw(st.none() | st.floats(0, 64)),
    )


@st.composite
def phrases(draw: st.DrawFn, meter: Meter) -> Phrase:
    """Draw what a player may do: a line, chords, both at once, off the beat, or nothing."""
    at, notes = 0, []
    step = draw(st.sampled_from((1, 37, 120, 160, 240, 480)))
    for pitch in draw(st.lists(st.integers(0, 127), max_size=24)):
        length = Ticks(step * draw(st.integers(1, 8)))
        notes.append(Note(Ticks(at), pitch, length, draw(st.integers(1, 127))))
        at += step * draw(st.integers(0, 6))
    return Phrase.of(notes, draw(st.just(()) | spans(meter, 4)), meter, draw(st.none() | keys))


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    """Draw a prompt: any kind, any meter, whole bars or a part of one."""
    meter = draw(st.sampled_from(METERS))
    bars = draw(st.integers(1, 6))
    heard = draw(phrases(meter))
    cut = draw(st.sampled_from((0, 0, 0, 1, QUARTER // 2, meter.bar // 2)))
    return Prompt(
        heard,
        start=Ticks(meter.bar * draw(st.integers(0, heard.bars + 1))),
        length=Ticks(max(1, bars * meter.bar - cut)),
        kind=draw(st.sampled_from(Kind)),
        seed=draw(st.integers(0, 2**63 - 1)),
        controls=draw(controls(meter, bars)),
    )
