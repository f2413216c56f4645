from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music import midi_events as smf
from generators.music import midi_file
from generators.music.errors import BadSong
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note
from generators.music.song import Added, Song
from generators.music.time import Meter, Ticks
from tests.songs.made import MAJOR, chord, file_of, line, meta, meter, midi

ANSWER = Added("Antiphon melody", (Note(Ticks(15360), 72, Ticks(960)),), program=4)


def pitches(song: Song) -> list[int]:
    return [note.pitch for part in song.parts for note in part.notes]


def answered(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=BytesIO(midi_file.with_parts(data, [ANSWER])))


def seconds(file: mido.MidiFile, name: str) -> float:
    """Return when the first note of a track sounds, as mido plays the file."""
    alone = [track for track in file.tracks if track.name == name][-1]
    first = next(message for message in alone if message.type == "note_on")
    passed = 0.0
    for message in file:
        passed += float(message.time)
        if message.type == "note_on" and (message.note, message.channel) == (
            first.note,
            first.channel,
        ):
            return passed
    raise AssertionError("it never sounds")


def test_notes_are_read_with_their_places_and_lengths() -> None:
    song = midi_file.read(midi(line()))
    assert song.parts[0].notes[1] == Note(Ticks(960), 64, Ticks(960), 80)
    assert (song.end, song.close, song.bars) == (15360 - 240, 15360, 4)


@pytest.mark.parametrize("division", [24, 96, 192, 480, 960, 1024, 10080])
def test_any_resolution_gives_the_same_song(division: int) -> None:
    song = midi_file.read(midi(line(step=division), division=division))
    assert [note.onset for note in song.parts[0].notes] == list(range(0, 15360, 960))


def test_a_file_that_is_added_to_keeps_its_tracks_byte_for_byte() -> None:
    data = midi([meter(3, 4), meta("lyrics", text="la"), *line()], line(channel=2))
    kept = smf.split(midi_file.with_parts(data, [ANSWER])).tracks
    assert kept[:2] == smf.split(data).tracks


def test_what_mido_would_lose_is_kept() -> None:
    """Mido forgets the time of unknown meta events, and makes escapes out of nothing."""
    body = (
        b"\x00\x90\x3c\x50\x83\x60\xff\x60\x01\x07\x00\xf7\x02\xf3\x01\x00\x3c\x00\x00\xff\x2f\x00"
    )
    data = file_of(body)
    assert midi_file.read(data).parts[0].notes == (Note(Ticks(0), 60, Ticks(960), 80),)
    assert smf.split(midi_file.with_parts(data, [ANSWER])).tracks[0].body == body


def test_foreign_chunks_and_a_longer_header_are_kept() -> None:
    data = midi(line())
    longer = (
        data[:4]
        + b"\x00\x00\x00\x08"
        + data[8:14]
        + b"\xab\xcd"
        + data[14:]
        + b"XFIH\x00\x00\x00\x02hi"
    )
    made = midi_file.with_parts(longer, [ANSWER])
    assert made[14:16] == b"\xab\xcd"
    assert made.endswith(b"XFIH\x00\x00\x00\x02hi")
    assert [t.name for t in mido.MidiFile(file=BytesIO(made)).tracks] == ["", "Antiphon melody"]


def test_type_0_becomes_type_1() -> None:
    made = answered(midi(line(), kind=0))
    assert (made.type, len(made.tracks)) == (1, 2)


def test_the_sequences_of_type_2_are_laid_end_to_end() -> None:
    data = midi(
        [meter(3, 4), *line(MAJOR[:6])],
        [meta("set_tempo", tempo=400_000), *line(MAJOR[:5])],
        kind=2,
    )
    song = midi_file.read(data)
    assert [part.notes[0].onset for part in song.parts] == [0, 6 * 960]
    assert song.tempo(Ticks(6 * 960)) == 150
    made = answered(data)
    assert made.type == 1
    assert [track.name for track in made.tracks][-1] == "Antiphon melody"
    assert seconds(made, "Antiphon melody") == pytest.approx(6 * 0.5 + 10 * 0.4)
    assert song.notices == ("type 2: its sequences were laid end to end",)


def test_running_status_goes_on_across_meta_events() -> None:
    body = b"\x00\x90\x3c\x50\x60\xff\x01\x01x\x60\x3c\x00\x00\x40\x50\x60\x40\x00\x00\xff\x2f\x00"
    song = midi_file.read(file_of(body, b"\x00\x60"))
    assert [(n.onset, n.pitch, n.length) for n in song.parts[0].notes] == [
        (0, 60, 1920),
        (1920, 64, 960),
    ]


@pytest.mark.parametrize(
    ("frames", "rate"), [(24, 24.0), (25, 25.0), (29, 30_000 / 1001), (30, 30.0)]
)
def test_smpte_time_is_measured_by_the_tempo(frames: int, rate: float) -> None:
    step = round(rate * 100 * 0.4)
    division = ((256 - frames) << 8 | 100) - 65536
    data = midi([meta("set_tempo", tempo=400_000), *line(step=step)], division=division)
    onsets = [note.onset for note in midi_file.read(data).parts[0].notes]
    assert onsets == pytest.approx(range(0, 15360, 960), abs=3)
    first = smf.read(smf.split(midi_file.with_parts(data, [ANSWER])).tracks[1].body)[0][2]
    assert first.tick == pytest.approx(16 * step, abs=3)  # a step is rounded to a tick


def test_a_tempo_in_the_middle_holds_for_smpte_too() -> None:
    division = ((256 - 25) << 8 | 40) - 65536
    track = [
        *line(MAJOR[:4], step=500),
        meta("set_tempo", tempo=1_000_000),
        *line(MAJOR[:4], step=1000),
    ]
    onsets = [note.onset for note in midi_file.read(midi(track, division=division)).parts[0].notes]
    assert onsets == [0, 960, 1920, 2880, 3840, 4800, 5760, 6720]


def test_an_answer_has_a_channel_of_its_own_and_never_the_drums() -> None:
    tracks = [line(channel=channel) for channel in range(9)]
    made = answered(midi(*tracks, line(channel=9)))
    assert {m.channel for m in made.tracks[-1] if not m.is_meta} == {10}


def test_where_all_channels_are_taken_the_least_used_is_shared() -> None:
    tracks = [line(MAJOR[: 16 - channel], channel=channel) for channel in range(16)]
    made = answered(midi(*tracks))
    assert {m.channel for m in made.tracks[-1] if not m.is_meta} == {15}


def test_drums_are_no_melody() -> None:
    song = midi_file.read(midi(line(channel=9), line()))
    assert [part.drums for part in song.parts] == [True, False]
    assert len(song.pitched) == 1


def test_a_short_first_bar_is_a_pick_up() -> None:
    track = [meter(1, 4), *line((67,)), meter(4, 4), *line()]
    song = midi_file.read(midi(track))
    assert (song.pickup, song.bars, song.bar(1)) == (960, 4, (960, 4800))


def test_meters_make_sections_and_the_last_holds_at_the_end() -> None:
    track = [meter(7, 8), *line(MAJOR[:14], step=240), meter(12, 8), *line(MAJOR[:12], step=240)]
    song = midi_file.read(midi(track))
    assert [(span.start, str(span.meter), span.bars) for span in song.spans] == [
        (0, "7/8", 2), (6720, "12/8", 1),
    ]  # fmt: skip
    assert song.section(song.close).meter == Meter(12, 8)


def test_signatures_that_cannot_be_are_passed_over() -> None:
    bad = b"\x00\xff\x58\x04\x00\x02\x18\x08\x00\xff\x59\x02\x09\x01\x00\xff\x51\x03\x00\x00\x00"
    song = midi_file.read(file_of(bad + b"\x00\x90\x3c\x50\x83\x60\x3c\x00\x00\xff\x2f\x00"))
    assert (song.sections[0].meter, song.keys, song.tempi) == (Meter(4, 4), (), ())


def test_keys_tempi_names_and_words_are_read() -> None:
    head = [meta("track_name", name="Lead"), meta("key_signature", key="Bbm")]
    head += [meta("set_tempo", tempo=600_000), meta("lyrics", text="sing")]
    song = midi_file.read(midi([*head, mido.Message("program_change", program=73), *line()]))
    part = song.parts[0]
    assert (part.name, part.program, part.lyrics) == ("Lead", 73, ((0, "sing"),))
    assert (song.key(Ticks(0)), song.tempo(Ticks(0))) == (Key(10, "minor"), 100)


def test_a_note_that_never_ends_ends_with_its_track() -> None:
    data = midi([mido.Message("note_on", note=60), *line((64,))])
    assert midi_file.read(data).parts[0].notes[0].length == 960


def test_a_last_note_may_ring_a_little_over_the_bar_line() -> None:
    ringing = [*line(MAJOR[:3]), *line((60,), step=560)]
    assert midi_file.read(midi(ringing)).close == 3840
    after = [*line(MAJOR[:4]), *line((60,), step=100)]
    assert midi_file.read(midi(after)).close == 7680


def test_notes_of_one_pitch_do_not_swallow_each_other() -> None:
    repeated = Added("A", tuple(Note(Ticks(at), 60, Ticks(2000)) for at in (0, 960, 1920)))
    made = mido.MidiFile(file=BytesIO(midi_file.with_parts(midi(line()), [repeated])))
    sounds = [(m.type, m.time) for m in made.tracks[-1] if m.type.startswith("note")]
    assert sounds == [
        ("note_on", 0), ("note_off", 480), ("note_on", 0), ("note_off", 480),
        ("note_on", 0), ("note_off", 1000),
    ]  # fmt: skip


def test_chord_symbols_are_written_as_cue_points() -> None:
    chords = (ChordSpan(Ticks(0), Ticks(3840), Chord.named("F#m7b5/A")),)
    made = mido.MidiFile(file=BytesIO(midi_file.with_parts(midi(line()), [Added("A", (), chords)])))
    assert [m.text for m in made.tracks[-1] if m.type == "cue_marker"] == ["F#m7b5/A"]


def test_a_track_that_breaks_off_gives_what_is_there() -> None:
    whole = midi(line())
    song = midi_file.read(whole[:-20])
    assert pitches(song)[:12] == list(MAJOR[:12])
    assert song.notices == ("the file breaks off; what is there was taken",)
    made = mido.MidiFile(file=BytesIO(midi_file.with_parts(whole[:-20], [ANSWER])))
    assert made.tracks[-1].name == "Antiphon melody"


@pytest.mark.parametrize(
    "data",
    [
        b"MThd",
        b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0",
        b"MThd\x00\x00\x00\x06\x00\x07\x00\x01\x01\xe0MTrk\x00\x00\x00\x00",
        b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x00MTrk\x00\x00\x00\x00",
        file_of(b"\x00\x3c\x50"),
        file_of(b"\x00\x90\xbc\x50"),
        file_of(b"\xff\xff\xff\xff\xff\x90\x3c\x50"),
        file_of(b"\x00\x90\x3c\x50\xff\xff\xff\x7f\x3c\x00", b"\x00\x01"),
    ],
)
def test_what_is_no_music_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(BadSong) as refused:
        midi_file.read(data)
    assert str(refused.value).count("\n") == 0


@given(st.binary(max_size=80))
def test_random_bytes_are_a_song_or_are_refused(body: bytes) -> None:
    try:
        song = midi_file.read(file_of(body))
    except BadSong:
        return
    assert song.close >= song.end


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(1, 2000)), min_size=1, max_size=30))
def test_a_file_by_mido_is_read_as_it_was_written(notes: list[tuple[int, int]]) -> None:
    track = [message for pitch, length in notes for message in line((pitch,), step=length)]
    song = midi_file.read(midi(track, division=960))
    assert [(note.pitch, note.length) for note in song.parts[0].notes] == notes


def test_chords_sound_together() -> None:
    song = midi_file.read(midi(chord((48, 52, 55))))
    assert [(note.onset, note.length) for note in song.parts[0].notes] == [(0, 3840)] * 3
