"""Songs from files and into files, in every format that Antiphon reads and writes.

| format   | endings         | read | written                                        |
| MIDI     | .mid .midi      | yes  | the file itself, with tracks added             |
| MusicXML | .musicxml .xml  | yes  | the document itself, with parts added          |
| MXL      | .mxl            | yes  | the archive itself, its score with parts added |
| ABC      | .abc            | yes  | the tune itself, with voices added (from ABC)  |
| Humdrum  | .krn .hum       | yes  | no: as MusicXML                                |

A song from one kind of file can be written as another kind; then what the new format has no
room for is lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from generators.music import (
    abc,
    abc_file,
    abc_symbols,
    documents,
    midi_export,
    midi_file,
    musicxml_file,
    musicxml_read,
)
from generators.music.errors import BadSong
from generators.music.song import Added, Form, Song
from generators.music.time import Ticks

ENDINGS = {
    ".mid": Form.MIDI,
    ".midi": Form.MIDI,
    ".musicxml": Form.MUSICXML,
    ".xml": Form.MUSICXML,
    ".mxl": Form.MXL,
    ".abc": Form.ABC,
    ".krn": Form.HUMDRUM,
    ".hum": Form.HUMDRUM,
}
NAMED = 6
"""How many texts that are no chords a notice names."""
MEDIA_TYPES = {
    Form.MIDI: "audio/midi",
    Form.MUSICXML: "application/vnd.recordare.musicxml+xml",
    Form.MXL: "application/vnd.recordare.musicxml",
    Form.ABC: "text/vnd.abc",
}
"""As registered with IANA, for those formats that can be written."""


def form_of(name: str) -> Form:
    """Return the format that a file's name stands for.

    Raises:
        BadSong: its ending is none that we know.

    """
    ending = PurePath(name).suffix.lower()
    if ending not in ENDINGS:
        raise BadSong(f"{ending or name!r} is no ending of a song", f"use {', '.join(ENDINGS)}")
    return ENDINGS[ending]


def written_form(song: Song) -> Form:
    """Return the format that answers to a song are written in, unless another is asked for."""
    return song.form if song.form in MEDIA_TYPES else Form.MUSICXML


def read(data: bytes, tune: int = 1) -> Song:
    """Return the song in a file, whatever the file is called.

    Raises:
        BadSong: it is no song, or damaged, or has nothing that sounds.

    """
    form = documents.kind_of(data)
    match form:
        case Form.MIDI:
            song = midi_file.read(data)
        case Form.MUSICXML:
            song = musicxml_read.read(data)
        case Form.MXL:
            song = musicxml_read.read(documents.unpacked(data)[1], form, data)
        case _:
            song = _from_notation(data, form, tune)
    if not any(part.notes for part in song.parts) and not song.chords:
        raise BadSong("the file has no notes", "there is nothing to answer")
    return song


def _from_notation(data: bytes, form: Form, tune: int) -> Song:
    from generators.music import notation

    song = musicxml_read.read(notation.as_musicxml(data, form, tune), form, data)
    told = _of_book(documents.decoded(data), tune) if form is Form.ABC else ()
    return replace(song, notices=(*song.notices, *told), tune=tune)


def _of_book(book: str, tune: int) -> Iterator[str]:
    """Say which tune of a book was read, and which of its chord symbols were not."""
    found = abc.tunes(book)
    if len(found) > 1:
        yield f"of {len(found)} tunes this is number {tune}"
    if left := abc_symbols.dropped(found[tune - 1]):
        named = ", ".join(f'"{text}"' for text in left[:NAMED]) + (
            " and more" if left[NAMED:] else ""
        )
        yield f"over its notes stands {named}, which is no chord that is known and was left out"


def write(song: Song, added: Sequence[Added], form: Form) -> bytes:
    """Return the song with parts added, as a file in this format.

    Raises:
        BadSong: the format cannot be written.

    """
    match form:
        case Form.MIDI:
            midi = song.original if song.form is Form.MIDI else midi_export.exported(song)
            return midi_file.with_parts(midi, added)
        case Form.MUSICXML | Form.MXL:
            score = _scored(song, added)
            return score if form is Form.MUSICXML else _archived(song, score)
        case Form.ABC if song.form is Form.ABC:
            return abc_file.with_voices(song, added)
        case _:
            what = "ABC is written for ABC only" if form is Form.ABC else f"{form} is not written"
            raise BadSong(what, "write .musicxml, .mxl or .mid")


def _scored(song: Song, added: Sequence[Added]) -> bytes:
    if song.form is Form.MIDI:
        song = musicxml_file.exported(song)
    return musicxml_file.with_parts(song, added)


def _archived(song: Song, score: bytes) -> bytes:
    if song.form is Form.MXL:
        return documents.repacked(song.original, documents.unpacked(song.original)[0], score)
    return documents.packed(score)


def placed(added: Added, at: Ticks) -> Added:
    """Return a part moved to a place in the song."""
    notes = tuple(note.moved(at) for note in added.notes)
    return replace(added, notes=notes, chords=tuple(span.moved(at) for span in added.chords))
