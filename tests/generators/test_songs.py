from dataclasses import replace

import pytest

from generators.ear import Ear, Stretch
from generators.lead import lead, melody
from generators.music import files, musicxml_read
from generators.music.errors import BadSong, BadValue
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note
from generators.music.song import Form, Part, Section, Song, Span
from generators.music.time import Meter, Ticks
from generators.prompt import Kind
from generators.rules import Rules
from generators.songs import Answer, Wish, answered
from tests.fakes import Scripted
from tests.music import chords, line
from tests.songs.made import chord, meta, meter, midi, note, score
from tests.songs.made import line as track

C_MAJOR = "C4 E4 G4 E4 D4 F4 A4 F4 E4 G4 C5 B4 A4 G4 F4 D4"


def song(text: str = C_MAJOR, name: str = "4/4", under: str = "") -> Song:
    """Return a song of one part."""
    phrase = line(text, name)
    return Song(
        Form.MIDI, b"", (Part("", phrase.notes),), phrase.end, (Section(Ticks(0), phrase.meter),),
        chords=chords(under, name) if under else (),
    )  # fmt: skip


def ask(
    about: Song, kind: Kind, *bars: int, parts: tuple[str, ...] = ()
) -> tuple[Answer, Scripted]:
    """Return the answer of a generator that says one note and one chord."""
    scripted = Scripted(
        ChordSpan(Ticks(0), Ticks(1920), Chord.named("F")), Note(Ticks(480), 65, Ticks(480))
    )
    first, last = (bars[0], bars[-1]) if bars else (None, None)
    return answered(about, Wish(kind, 2, first, last, parts), scripted), scripted


def test_a_continuation_begins_at_the_end_and_hears_the_song() -> None:
    answer, asked = ask(song(), Kind.CONTINUE)
    prompt = asked.prompts[0]
    assert (prompt.start, prompt.length, prompt.kind) == (15360, 7680, Kind.CONTINUE)
    assert prompt.heard.notes == line(C_MAJOR).notes
    assert [part.name for part in answer.parts] == ["Antiphon melody", "Antiphon chords"]
    assert answer.parts[0].notes == (Note(Ticks(15840), 65, Ticks(480)),)
    assert answer.parts[1].chords == (ChordSpan(Ticks(15360), Ticks(1920), Chord.named("F")),)
    assert min(note.onset for note in answer.parts[1].notes) == 15360


def test_a_long_song_is_heard_from_its_last_bars_only() -> None:
    long = song(" ".join([C_MAJOR] * 20))
    prompt = ask(long, Kind.CONTINUE)[1].prompts[0]
    assert prompt.start == 32 * 3840
    assert len(prompt.heard.notes) == 128


def test_the_meter_in_force_at_the_end_holds() -> None:
    waltz = files.read(midi([*track(), meter(3, 4), *track((60, 62, 64, 65, 67, 69))]))
    answer, asked = ask(waltz, Kind.CONTINUE)
    assert (answer.meter, answer.start) == (Meter(3, 4), 21120)
    assert [n.pitch for n in asked.prompts[0].heard.notes] == [60, 62, 64, 65, 67, 69]


def test_bars_in_another_meter_are_left_out_of_what_was_heard() -> None:
    odd = [
        *track((60, 62, 64, 65)),
        meter(2, 4),
        *track((72, 72)),
        meter(4, 4),
        *track((67, 65, 64, 62)),
    ]
    prompt = ask(files.read(midi(odd)), Kind.CONTINUE)[1].prompts[0]
    assert [n.pitch for n in prompt.heard.notes] == [60, 62, 64, 65, 67, 65, 64, 62]
    assert prompt.start == 7680


def test_a_pick_up_is_heard_as_the_end_of_a_first_bar() -> None:
    data = midi([meter(1, 4), *track((67,)), meter(4, 4), *track((72, 71, 69, 67))])
    prompt = ask(files.read(data), Kind.CONTINUE)[1].prompts[0]
    assert [(n.onset, n.pitch) for n in prompt.heard.notes][:2] == [(2880, 67), (3840, 72)]
    assert prompt.start == 7680


def test_the_chords_are_those_that_sound_beside_the_melody() -> None:
    data = midi(track((72, 76, 79, 76)), chord((48, 52, 55)))
    heard = ask(files.read(data), Kind.CONTINUE)[1].prompts[0].heard
    assert [str(span.chord) for span in heard.chords] == ["C"]
    assert [n.pitch for n in heard.notes] == [72, 76, 79, 76]


def test_written_chords_are_believed() -> None:
    heard = ask(song(under="Am | F | C | G"), Kind.CONTINUE)[1].prompts[0].heard
    assert [str(span.chord) for span in heard.chords] == ["Am", "F", "C", "G"]


def test_harmonizing_goes_under_the_whole_song_in_windows() -> None:
    answer, asked = ask(song(" ".join([C_MAJOR] * 9)), Kind.HARMONIZE)
    assert [(p.start, p.length) for p in asked.prompts] == [
        (0, 61440), (8 * 3840, 61440), (8 * 3840, 4 * 3840),
    ]  # fmt: skip
    assert [p.heard.chords for p in asked.prompts] == [(), (), ()]
    assert [part.name for part in answer.parts] == ["Antiphon chords"]
    assert [span.onset for span in answer.parts[0].chords] == [0, 61440, 122880]


def test_a_window_hears_the_chords_before_it() -> None:
    scripted = Scripted(ChordSpan(Ticks(0), Ticks(61440), Chord.named("G")))
    answered(song(" ".join([C_MAJOR] * 5)), Wish(Kind.HARMONIZE), scripted)
    assert scripted.prompts[1].heard.chords == (
        ChordSpan(Ticks(0), Ticks(30720), Chord.named("G")),
    )


def test_harmonizing_may_be_asked_for_some_bars() -> None:
    answer, asked = ask(song(), Kind.HARMONIZE, 2, 3)
    assert (answer.start, answer.end) == (3840, 11520)
    assert (asked.prompts[0].start, asked.prompts[0].length) == (3840, 7680)


def test_chords_under_a_pick_up_begin_with_the_song() -> None:
    data = midi([meter(1, 4), *track((67,)), meter(4, 4), *track((72, 71, 69, 67))])
    scripted = Scripted(ChordSpan(Ticks(0), Ticks(7680), Chord.named("G")))
    answer = answered(files.read(data), Wish(Kind.HARMONIZE), scripted)
    assert answer.start == 0
    assert answer.parts[0].chords == (ChordSpan(Ticks(0), Ticks(4800), Chord.named("G")),)
    assert min(n.onset for n in answer.parts[0].notes) >= 0


def test_improvising_is_over_the_songs_chords() -> None:
    answer, asked = ask(song(under="Am | F | C | G"), Kind.IMPROVISE)
    given = asked.prompts[0].controls.chords
    assert [str(span.chord) for span in given] == ["Am", "F", "C", "G"]
    assert [part.name for part in answer.parts] == ["Antiphon melody"]


def test_a_song_without_chords_is_harmonized_before_it_is_improvised_over() -> None:
    answer, asked = ask(song(), Kind.IMPROVISE, parts=("melody", "chords"))
    assert [p.kind for p in asked.prompts] == [Kind.HARMONIZE, Kind.IMPROVISE]
    assert [str(span.chord) for span in answer.parts[1].chords] == ["F"]


def test_infilling_hears_what_is_around_but_not_what_it_replaces() -> None:
    answer, asked = ask(song(under="Am | F | C | G"), Kind.INFILL, 2, 3)
    heard = asked.prompts[0].heard
    assert [n.onset for n in heard.notes] == [0, 960, 1920, 2880, 11520, 12480, 13440, 14400]
    assert [str(span.chord) for span in heard.chords] == ["Am", "G"]
    assert (answer.start, answer.end) == (3840, 11520)


def test_a_chord_that_is_held_into_the_gap_ends_there_and_one_held_out_of_it_begins_after() -> None:
    bar = Ticks(3840)
    long = ChordSpan(Ticks(0), Ticks(3 * bar), Chord.named("Am"))
    written = (long, ChordSpan(long.end, bar, Chord.named("G")))
    heard = ask(replace(song(), chords=written), Kind.INFILL, 2, 2)[1].prompts[0].heard
    assert [(s.onset, s.end, str(s.chord)) for s in heard.chords] == [
        (0, bar, "Am"), (2 * bar, 3 * bar, "Am"), (3 * bar, 4 * bar, "G"),
    ]  # fmt: skip


def test_a_melody_keeps_to_the_scale_of_a_key_that_is_named() -> None:
    for named, kept in ((None, False), (Key.named("D major"), True)):
        for kind in (Kind.CONTINUE, Kind.INFILL, Kind.IMPROVISE):
            asked = Scripted(Note(Ticks(480), 65, Ticks(480)))
            answered(song(under="Am | F | C | G"), Wish(kind, 2, 1, 2, key=named), asked)
            assert asked.prompts[-1].controls.in_key is kept


def test_infilling_a_melody_keeps_the_chords() -> None:
    asked = ask(song(under="Am | F | C | G"), Kind.INFILL, 2, parts=("melody",))[1]
    assert [str(s.chord) for s in asked.prompts[0].heard.chords] == ["Am", "F", "C", "G"]


def test_harmonizing_writes_no_melody_and_a_part_is_added_once() -> None:
    with pytest.raises(BadValue, match="no melody"):
        ask(song(), Kind.HARMONIZE, parts=("melody",))
    answer = ask(song(), Kind.CONTINUE, parts=("melody", "melody"))[0]
    assert [part.name for part in answer.parts] == ["Antiphon melody"]


@pytest.mark.parametrize("bars", [(0, 1), (4, 5), (3, 2), (9, 9)])
def test_bars_that_the_song_has_not_are_refused(bars: tuple[int, int]) -> None:
    with pytest.raises(BadValue):
        ask(song(), Kind.INFILL, *bars)


def test_bars_across_two_meters_are_refused() -> None:
    both = files.read(midi([*track(), meter(3, 4), *track((60, 62, 64, 65, 67, 69))]))
    with pytest.raises(BadValue, match="one meter"):
        ask(both, Kind.INFILL, 4, 5)


def test_what_lies_outside_the_answer_is_cut() -> None:
    scripted = Scripted(
        ChordSpan(Ticks(0), Ticks(99_999), Chord.named("F")), Note(Ticks(7200), 65, Ticks(5000))
    )
    answer = answered(song(), Wish(Kind.CONTINUE, 2), scripted)
    assert max(part.end for part in answer.parts) == answer.end == 15360 + 7680


def test_a_generator_without_an_answer_is_told() -> None:
    with pytest.raises(BadSong, match="had no answer"):
        answered(song(), Wish(Kind.CONTINUE), Scripted())


def test_drums_alone_are_refused() -> None:
    with pytest.raises(BadSong, match="only drums"):
        ask(files.read(midi(track(channel=9))), Kind.CONTINUE)


def test_chords_alone_can_be_continued_and_improvised_over() -> None:
    alone = replace(song(under="Am | F | C | G"), parts=())
    assert ask(alone, Kind.CONTINUE)[0].start == 15360
    assert ask(alone, Kind.IMPROVISE)[0].parts[0].notes


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_wish_has_the_same_answer(kind: Kind) -> None:
    wish = Wish(kind, first=2, last=3, seed=7)
    assert answered(song(), wish, Rules()) == answered(song(), wish, Rules())


def test_another_seed_has_another_answer() -> None:
    one, other = (answered(song(), Wish(Kind.CONTINUE, seed=n), Rules()) for n in (1, 2))
    assert one.parts != other.parts


@pytest.mark.parametrize("wish", [{"bars": 0}, {"bars": 999}, {"parts": ("drums",)}])
def test_impossible_wishes_are_refused(wish: dict[str, object]) -> None:
    with pytest.raises(BadValue):
        Wish(Kind.CONTINUE, **wish)  # type: ignore[arg-type]


def test_infilling_without_bars_is_refused() -> None:
    with pytest.raises(BadValue, match="which bars"):
        Wish(Kind.INFILL)


def test_a_named_part_leads() -> None:
    low, high = line("C3 D3 E3 F3").notes, line("C5 D5 E5 F5").notes
    named = replace(song(), parts=(Part("Strings", high), Part("Lead vocal", low)))
    assert lead(named) == named.parts[1]


def test_the_higher_single_line_leads_where_nothing_is_named() -> None:
    parts = (Part("", line("C3+E3+G3:4 F3+A3+C4:4").notes), Part("", line(C_MAJOR).notes))
    assert lead(replace(song(), parts=parts)) == parts[1]


def test_drums_never_lead() -> None:
    parts = (Part("Melody", line(C_MAJOR).notes, drums=True), Part("", line("C3 D3").notes))
    assert lead(replace(song(), parts=parts)) == parts[1]


def test_the_melody_of_a_piano_is_its_top_line() -> None:
    piano = replace(song(), parts=(Part("", line("C4+E4+G4:2 C4+F4+A4:2").notes),))
    assert [n.pitch for n in melody(piano)] == [67, 69]


def heard_key(fifths: int | None, text: str, form: Form = Form.MUSICXML) -> Key:
    """Return the key of a song with this signature."""
    keys = () if fifths is None else ((Ticks(0), Key(fifths * 7 % 12)),)
    signed = replace(song(text), keys=keys, form=form)
    return Ear(signed).key(Stretch(0, 15360, Meter()))


def test_a_signature_tells_the_scale_and_the_ear_the_tonic() -> None:
    assert heard_key(1, "E4 F#4 G4 B4 A4 G4 F#4 D#4 E4 B3 E4 G4 F#4 D#4 E4:2") == Key(4, "minor")
    assert heard_key(1, "G4 A4 B4 D5 C5 B4 A4 F#4 G4 D4 G4 B4 A4 F#4 G4:2") == Key(7)


def test_a_signature_that_was_never_set_is_not_believed() -> None:
    text = "D4 E4 F#4 A4 G4 F#4 E4 C#4 D4 A3 D4 F#4 E4 C#4 D4:2"
    assert heard_key(0, text, Form.MIDI) == heard_key(0, text) == heard_key(None, text) == Key(2)


def test_a_mode_that_is_written_is_believed() -> None:
    dorian = "<attributes><key><fifths>0</fifths><mode>dorian</mode></key></attributes>"
    read = musicxml_read.read(score(dorian + note("D", duration=4)))
    assert Ear(read).key(Stretch(0, 3840, Meter())) == Key(2, "dorian")


def test_sections_and_their_bars_are_counted_after_the_pick_up() -> None:
    read = files.read(midi([meter(1, 4), *track((67,)), meter(3, 4), *track((60, 62, 64) * 3)]))
    assert read.spans == (Span(Ticks(960), Ticks(960 + 3 * 2880), Meter(3, 4)),)
    assert (read.bar(0), read.bar(3)) == ((0, 960), (6720, 9600))


def test_the_tempo_in_force_is_told() -> None:
    slow = files.read(midi([*track(), meta("set_tempo", tempo=1_000_000), *track()]))
    assert ask(slow, Kind.CONTINUE)[0].tempo == 60


def test_each_window_is_in_the_key_of_its_bars() -> None:
    up = "D4 F#4 A4 F#4 E4 G4 B4 G4 F#4 A4 D5 C#5 B4 A4 G4 E4"
    keys = ((Ticks(0), Key(0)), (Ticks(15360), Key(2)))
    asked = ask(replace(song(f"{C_MAJOR} {up}"), keys=keys), Kind.HARMONIZE)[1]
    assert [(p.start, p.length, p.controls.key) for p in asked.prompts] == [
        (0, 15360, Key(0)), (15360, 15360, Key(2)),
    ]  # fmt: skip


def test_a_song_that_was_harmonized_first_is_said_to_have_been() -> None:
    told = ask(song(), Kind.IMPROVISE)[0].sentence
    assert told.startswith("scripted improvises in C major over F and ends on F4")
    assert told.endswith(", having harmonized the song first")
    assert "harmonized" not in ask(song(under="Am | F | C | G"), Kind.IMPROVISE)[0].sentence


def test_of_several_stretches_only_their_number_is_told() -> None:
    long = song(" ".join([C_MAJOR] * 12))
    told = ask(long, Kind.HARMONIZE)[0]
    assert told.sentence == f"scripted has answered in {len(told.choices)} stretches"
    assert len(told.choices) > 1


CUT = (Section(Ticks(0), Meter()), Section(Ticks(5760), Meter()), Section(Ticks(9600), Meter(3, 4)))
"""A bar, half a bar, a bar, and bars of another meter."""


@pytest.mark.parametrize("kind", [Kind.HARMONIZE, Kind.IMPROVISE])
def test_a_bar_that_is_cut_short_in_the_middle_is_answered_too(kind: Kind) -> None:
    cut = replace(song("C4 E4 G4 E4 F4 A4 G4 B4 D5 B4 C5 E5 G4 C5 G4:2"), sections=CUT)
    answer = answered(cut, Wish(kind, parts=("chords",)), Rules())
    spans = answer.parts[0].chords
    assert [a.end for a in spans] == [*(b.onset for b in spans[1:]), cut.close]
    assert spans[0].onset == 0


def test_a_song_of_half_a_bar_between_others_is_harmonized_there() -> None:
    half = (
        Section(Ticks(0), Meter()),
        Section(Ticks(3840), Meter()),
        Section(Ticks(5760), Meter()),
    )
    cut = replace(song("C4 E4 G4 E4 F4 A4 G4 B4 D5 B4"), sections=half)
    assert len(answered(cut, Wish(Kind.HARMONIZE), Rules()).choices) == 3
