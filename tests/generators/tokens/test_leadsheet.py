from hypothesis import given
from hypothesis import strategies as st

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import Note
from generators.music.qualities import BY_SUFFIX
from generators.music.time import QUARTER, Meter, Ticks
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar, bars_of
from generators.tokens.leadsheet import Frame, Manner, Wished, frame_for
from tests.music import line

FRAMES = st.builds(
    Frame,
    st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(words.MODES))),
    st.integers(-3, 3),
)


def test_the_vocabulary_is_the_one_that_models_were_trained_with() -> None:
    assert words.DIGEST.startswith("sha256:53f3312e252f5c7d")
    assert words.SIZE == len(set(words.NAMES)) == 294


@given(FRAMES, st.integers(0, 127))
def test_every_pitch_keeps_its_name_in_every_key(frame: Frame, pitch: int) -> None:
    token = frame.pitch_token(pitch)
    assert words.FIRST_PITCH <= token < words.REST_TOKEN
    assert frame.pitch(token) % 12 == pitch % 12


@given(FRAMES, st.integers(-24, 36))
def test_pitches_within_reach_are_read_back_as_they_were(frame: Frame, away: int) -> None:
    pitch = frame.zero + away
    assert frame.pitch(frame.pitch_token(pitch)) == pitch


@given(FRAMES, st.integers(0, 11), st.sampled_from(words.KINDS), st.integers(0, 11))
def test_chords_are_read_back_as_they_were(frame: Frame, root: int, kind: str, bass: int) -> None:
    chord = Chord(root, kind, bass)
    events = [(0, chord), (48, Chord((root + 5) % 12, "m"))]
    assert list(words.read_chords(words.chords_tokens(events, frame), frame)) == events


def test_every_quality_becomes_the_kind_that_sounds_most_like_it() -> None:
    near = {suffix: words.KINDS[words.nearest_kind(suffix)] for suffix in BY_SUFFIX}
    assert (near["13"], near["7#9"], near["maj7#11"], near["m11"]) == ("9", "7", "maj7", "m9")
    assert all(near[kind] == kind for kind in words.KINDS)


def test_a_melody_is_the_same_in_every_key() -> None:
    written = []
    for moved in range(12):
        notes = [Note(n.onset, n.pitch + moved, n.length) for n in line("C4 E4 G4 C5").notes]
        key = Key(moved)
        bars = bars_of(line("C4").__class__.of(notes, (), Meter(), key))
        written.append(words.bar_tokens(bars[0], frame_for(notes, key), chords_first=True))
    assert all(tokens == written[0] for tokens in written)


def test_a_bar_is_read_back_as_it_was() -> None:
    frame = Frame(Key.named("A minor"))
    bar = Bar(((0, 69), (36, 72), (48, -1), (72, 76)), ((0, Chord.named("Am")),))
    tokens = words.bar_tokens(bar, frame, chords_first=False)
    line_, turn = len(words.PLAIN.words), tokens.index(words.TURN_TOKEN)
    assert tuple(words.read_melody(tokens[line_:turn], frame)) == bar.melody
    assert tuple(words.read_chords(tokens[turn + 1 :], frame)) == bar.chords


def test_meters_outside_the_table_go_by_the_length_of_their_bar() -> None:
    near = words.NAMES[words.meter_token(Meter(11, 8))]
    assert near == "meter 12/8"
    assert words.NAMES[words.meter_token(Meter(1, 4))] == "meter 3/8"


def test_bars_with_unknown_chords_say_so() -> None:
    assert words.chords_tokens(None, Frame(Key(0))) == [words.UNKNOWN_TOKEN]


def test_a_note_is_one_event_and_so_is_a_chord() -> None:
    frame = Frame(Key.named("A minor"))
    bar = Bar(((0, 69), (36, 72), (48, -1)), ((0, Chord.named("Am/C")), (48, NO_CHORD)))
    events = list(words.events(words.bar_tokens(bar, frame, chords_first=True)))
    assert [len(event) for event in events] == [4, 4, 2, 1, 2, 2, 2]


def test_a_bar_line_says_what_is_wished_of_its_bar() -> None:
    names = [words.NAMES[token] for token in Wished(3, "chorus", 5).words]
    assert names == ["bar", "left 3", "section chorus", "density 4"]
    left = [words.NAMES[Wished(count).words[1]] for count in (1, 8, 9, 40)]
    assert left == ["left 1", "left 8", "left more", "left more"]
    assert words.NAMES[words.PLAIN.words[1]] == "any left"


def test_the_head_of_a_sheet_says_style_tempo_and_span_or_leaves_them_open() -> None:
    told = words.header(True, Meter(6, 8), Key(2, "dorian"), Manner("jig", tempo=180, span=13))
    names = [words.NAMES[token] for token in told]
    assert names[:4] == ["chords first", "meter 6/8", "mode dorian", "style jig"]
    assert names[4:] == ["manner", "tempo 4", "span 3"]
    open_ = [words.NAMES[token] for token in words.header(False, Meter(), Key(0))]
    assert open_[3:] == ["any style", "manner", "any tempo", "any span"]


def test_a_low_melody_is_moved_to_where_melodies_lie() -> None:
    low = [Note(Ticks(0), 36, QUARTER), Note(Ticks(960), 40, QUARTER)]
    frame = frame_for(low, Key(0))
    assert 1 <= frame.pitch_token(38) - words.FIRST_PITCH + words.LOWEST <= 13
    assert frame.pitch(frame.pitch_token(38)) == 38
