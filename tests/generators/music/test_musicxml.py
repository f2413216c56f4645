"""MusicXML in and out; music21 reads what we write, as a second opinion."""

from typing import Any
from xml.etree import ElementTree

import pytest

from generators.music import files, musicxml_read
from generators.music.errors import BadSong
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note
from generators.music.song import Added, Form, Song
from generators.music.time import Meter, Ticks
from tests.songs.made import line, meta, meter, midi, note, score

TIED = '<tie type="start"/>', '<tie type="stop"/>'
TIME = "<attributes><time><beats>{}</beats><beat-type>{}</beat-type></time></attributes>"
FOUR = TIME.format(4, 4)
SIX = TIME.format(6, 8)
BAR = FOUR + note("C", duration=4)


def second_opinion(data: bytes) -> Any:
    """Return the score as music21 reads it."""
    from music21 import converter

    return converter.parseData(data.decode(), format="musicxml")


def notes_in(part: Any, measure: int) -> list[tuple[float, int]]:
    """Return the notes of a measure by music21: quarters after its start, pitch; ties once."""
    found = part.measure(measure).flatten().notes
    return sorted(
        (float(n.offset), pitch.midi)
        for n in found
        if "Harmony" not in n.classes and "ChordSymbol" not in n.classes
        if n.tie is None or n.tie.type == "start"
        for pitch in n.pitches
    )


def answer(song: Song, *pitches: int) -> Added:
    """Return quarters after the song's end."""
    notes = (Note(Ticks(song.close + 960 * i), p, Ticks(960)) for i, p in enumerate(pitches))
    return Added("Antiphon melody", tuple(notes))


def test_voices_chords_and_rests_are_read_in_time() -> None:
    second = "<backup><duration>4</duration></backup>" + note("E", 3, 4)
    inner = FOUR + note("C") + note("D", more="") + "<note><rest/><duration>1</duration></note>"
    chord = note("F") + "<note><chord/>" + note("A").removeprefix("<note>")
    song = musicxml_read.read(score(inner + chord + second))
    assert [(n.onset, n.pitch, n.length) for n in song.parts[0].notes] == [
        (0, 52, 3840), (0, 60, 960), (960, 62, 960), (2880, 65, 960), (2880, 69, 960),
    ]  # fmt: skip


def test_ties_are_one_note() -> None:
    song = musicxml_read.read(
        score(FOUR + note("C", duration=4, more=TIED[0]), note("C", duration=4, more=TIED[1]))
    )
    assert song.parts[0].notes == (Note(Ticks(0), 60, Ticks(7680)),)


def test_grace_notes_and_cues_take_no_part() -> None:
    grace = note("D").replace("<pitch>", "<grace/><pitch>")
    cue = note("E").replace("<pitch>", "<cue/><pitch>")
    song = musicxml_read.read(score(FOUR + grace + cue + note("C", duration=3)))
    assert [(n.onset, n.pitch) for n in song.parts[0].notes] == [(960, 60)]


def test_a_transposing_part_is_read_as_it_sounds() -> None:
    transpose = "<attributes><key><fifths>2</fifths></key><transpose><chromatic>-2</chromatic>"
    song = musicxml_read.read(score(transpose + "</transpose></attributes>" + note("D")))
    assert song.parts[0].notes[0].pitch == 60
    assert song.key(Ticks(0)) == Key(0)


def test_tempo_key_words_and_symbols_are_read() -> None:
    key = "<attributes><key><fifths>-3</fifths><mode>minor</mode></key></attributes>"
    tempo = '<direction><sound tempo="72"/></direction>'
    harmony = "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root>"
    harmony += "<kind>dominant</kind><offset>2</offset></harmony>"
    song = musicxml_read.read(
        score(
            FOUR
            + key
            + tempo
            + harmony
            + note("C", duration=4, more="<lyric><text>la</text></lyric>")
        )
    )
    assert (song.key(Ticks(0)), song.tempo(Ticks(0))) == (Key(0, "minor"), 72)
    assert song.parts[0].lyrics == ((0, "la"),)
    assert song.chords == (ChordSpan(Ticks(1920), Ticks(1920), Chord.named("Bb7")),)


def test_a_metronome_mark_counts_in_its_own_beats() -> None:
    mark = "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
    mark += "<per-minute>c. 60</per-minute></metronome></direction-type></direction>"
    assert musicxml_read.read(score(mark + note("C"))).tempo(Ticks(0)) == 90


def test_a_pick_up_comes_before_the_first_bar() -> None:
    song = musicxml_read.read(score(FOUR + note("G"), note("C", duration=4), note("C", duration=3)))
    assert (song.pickup, song.bars, song.bar(1)) == (960, 2, (960, 4800))
    assert (song.end, song.close) == (7680, 8640)


def test_a_bar_that_a_repeat_cuts_in_two_stays_one() -> None:
    song = musicxml_read.read(
        score(FOUR + note("C", duration=4), note("C", duration=3), note("D"), note("E", duration=4))
    )
    assert len(song.sections) == 1
    assert song.bars == 3


def test_added_meters_and_changes_make_sections() -> None:
    mixed = TIME.format("3+2", 8) + note("C", duration=5)
    song = musicxml_read.read(score(mixed, TIME.format(6, 8) + note("C", duration=6), divisions=2))
    assert [(s.start, s.meter) for s in song.sections] == [
        (0, Meter(5, 8)), (2400, Meter(6, 8)),
    ]  # fmt: skip


def test_the_rest_of_a_whole_measure_is_as_long_as_the_measure() -> None:
    breve = "<note><rest/><duration>8</duration></note>"
    assert musicxml_read.read(score(FOUR + breve, note("C", duration=4))).end == 7680


def test_a_timewise_score_is_read_too() -> None:
    inner = FOUR + note("C", duration=4)
    data = score(inner).decode().replace("partwise", "timewise")
    part = data[data.index('<part id="P1">') : data.index("</part></score")]
    measure = part.removeprefix('<part id="P1">')
    turned = measure.replace('<measure number="1">', '<measure number="1"><part id="P1">')
    turned = turned.replace("</measure>", "</part></measure>")
    song = musicxml_read.read(data.replace(part + "</part>", turned).encode())
    assert song.parts[0].notes[0].pitch == 60
    assert files.write(song, [answer(song, 60)], Form.MUSICXML)


@pytest.mark.parametrize("body", ["<duration>x</duration>", "<duration>1e9</duration>"])
def test_numbers_that_are_none_are_refused(body: str) -> None:
    with pytest.raises(BadSong):
        musicxml_read.read(score(note("C").replace("<duration>1</duration>", body)))


def test_a_score_keeps_every_byte_when_parts_are_added() -> None:
    data = score(BAR, note("D", duration=4))
    song = files.read(data)
    made = files.write(song, [answer(song, 72, 74)], Form.MUSICXML)
    position = 0
    for tag in data.replace(b">", b">\n").splitlines():
        position = made.index(tag, position) + len(tag)
    again = files.read(made)
    assert again.parts[0].notes == song.parts[0].notes
    assert [(n.onset, n.pitch) for n in again.parts[1].notes] == [(7680, 72), (8640, 74)]


def test_music21_finds_the_answer_in_a_part_with_a_sound() -> None:
    song = files.read(score(BAR))
    chords = (ChordSpan(song.close, Ticks(3840), Chord.named("F#m7b5/A")),)
    added = [answer(song, 72, 74), Added("Antiphon chords", answer(song, 48).notes, chords)]
    read = second_opinion(files.write(song, added, Form.MUSICXML))
    assert [part.partName for part in read.parts] == ["Voice", "Antiphon melody", "Antiphon chords"]
    assert notes_in(read.parts[1], 2) == [(0.0, 72), (1.0, 74)]
    assert [c.figure for c in read.recurse().getElementsByClass("ChordSymbol")] == ["F#ø7/A"]
    assert read.parts[1].getInstrument(returnDefault=False) is not None


def test_a_short_last_bar_is_made_whole_before_the_song_goes_on() -> None:
    song = files.read(score(FOUR + note("G"), note("C", duration=4), note("C", duration=3)))
    made = files.write(song, [answer(song, 72)], Form.MUSICXML)
    again = files.read(made)
    assert [m.length for m in again.measures] == [960, 3840, 3840, 3840]
    assert again.parts[1].notes[0].onset == song.close
    lengths = [float(m.duration.quarterLength) for m in second_opinion(made).parts[0]["Measure"]]
    assert lengths == [1, 4, 4, 4]


def test_an_answer_to_an_answer_has_names_of_its_own() -> None:
    song = files.read(score(BAR))
    once = files.write(song, [answer(song, 72)], Form.MUSICXML)
    longer = files.read(once)
    twice = files.write(longer, [answer(longer, 74)], Form.MUSICXML)
    assert [len(part.notes) for part in files.read(twice).parts] == [1, 1, 1]
    assert twice.count(b'<part id="antiphon') == 2


def test_midi_becomes_a_score() -> None:
    head = [meta("track_name", name="A & B"), meter(6, 8), meta("key_signature", key="Bb")]
    data = midi([*head, *line((58, 62, 65, 70, 65, 62), step=240)], line((36,), channel=9))
    song = files.read(data)
    read = second_opinion(files.write(song, [answer(song, 70)], Form.MUSICXML))
    first = read.parts[0]
    assert first.partName == "A & B"
    assert first["TimeSignature"][0].ratioString == "6/8"
    assert first["KeySignature"][0].sharps == -2
    assert notes_in(first, 1) == [(i / 2, p) for i, p in enumerate((58, 62, 65, 70, 65, 62))]
    assert read.parts[1]["PercussionClef"]
    assert notes_in(read.parts[2], 2) == [(0.0, 70)]


def test_a_score_becomes_midi_with_its_pick_up_and_its_words() -> None:
    sung = note("G", more="<lyric><text>la</text></lyric>")
    song = files.read(score(FOUR + sung, note("C", duration=4)))
    again = files.read(files.write(song, [answer(song, 72)], Form.MIDI))
    assert (again.form, again.pickup, again.parts[0].lyrics) == (Form.MIDI, 960, ((0, "la"),))
    assert again.parts[0].notes == song.parts[0].notes
    assert again.parts[1].notes[0].onset == song.close


def test_a_wide_part_is_written_for_two_hands() -> None:
    data = midi(line((36, 84, 40, 80)))
    song = files.read(data)
    read = second_opinion(files.write(song, [], Form.MUSICXML))
    assert len(read.parts) == 2
    assert [notes_in(part, 1) for part in read.parts] == [
        [(1.0, 84), (3.0, 80)], [(0.0, 36), (2.0, 40)],
    ]  # fmt: skip


def test_rests_that_are_added_are_played_by_who_played_before() -> None:
    instrument = '<instrument id="P1-I1"/>'
    song = files.read(score(FOUR + note("C", duration=4, more=instrument)))
    made = files.write(song, [answer(song, 72)], Form.MUSICXML)
    assert made.count(instrument.encode()) == 2


def rests_in(made: bytes, measure: int) -> list[tuple[str, int, str, int]]:
    """Return the rests of a measure of the first part: staff, length, type and dots."""
    part = next(ElementTree.fromstring(made).iter("part"))  # noqa: S314 - our own
    return [
        (
            rest.findtext("staff") or "1",
            int(rest.findtext("duration") or 0),
            rest.findtext("type") or "measure",
            len(rest.findall("dot")),
        )
        for rest in part.findall("measure")[measure].iterfind("note[rest]")
    ]


@pytest.mark.parametrize(
    ("head", "left", "rests"),
    [
        (FOUR, 3, [("1", 1, "quarter", 0)]),
        (FOUR, 1, [("1", 1, "quarter", 0), ("1", 2, "half", 0)]),
        (SIX, 3, [("1", 3, "quarter", 1)]),
    ],
)
def test_a_last_bar_is_made_whole_with_rests_that_can_be_read(
    head: str, left: int, rests: list[tuple[str, int, str, int]]
) -> None:
    divisions = 2 if head == SIX else 1
    bars = (head + note("G"), note("C", duration=6 if head == SIX else 4))
    song = files.read(score(*bars, note("C", duration=left), divisions=divisions))
    assert rests_in(files.write(song, [answer(song, 72)], Form.MUSICXML), 2) == rests


def test_every_staff_of_a_part_rests_while_an_answer_sounds() -> None:
    staves = "<attributes><staves>2</staves></attributes>"
    left = "<backup><duration>3</duration></backup>" + note(
        "C", duration=3, more="<voice>5</voice><staff>2</staff>"
    )
    song = files.read(score(FOUR + staves + note("C", duration=4), note("C", duration=3) + left))
    made = files.write(song, [answer(song, 72)], Form.MUSICXML)
    assert rests_in(made, 1) == [("1", 1, "quarter", 0), ("2", 1, "quarter", 0)]
    assert rests_in(made, 2) == [("1", 4, "measure", 0), ("2", 4, "measure", 0)]
    assert {m.length for m in files.read(made).measures} == {3840}
