import struct
import zipfile
from io import BytesIO

import pytest

from generators.music import documents, files
from generators.music.errors import BadSong
from generators.music.song import Form
from tests.songs.made import HUMDRUM, TUNE, line, midi, note, score

PLAIN = score(note("C", duration=4))
DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]>'


def archive(*members: tuple[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in members:
            opened.writestr(name, body)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (midi(line()), Form.MIDI),
        (b"RIFF\x00\x00\x00\x00RMIDdata\x00\x00\x00\x00" + midi(line()), Form.MIDI),
        (PLAIN, Form.MUSICXML),
        (b"\xef\xbb\xbf" + PLAIN, Form.MUSICXML),
        (documents.packed(PLAIN), Form.MXL),
        (TUNE.encode(), Form.ABC),
        (b"% a book\n\n" + TUNE.encode(), Form.ABC),
        (HUMDRUM.encode(), Form.HUMDRUM),
        (b"!!!COM: Bach\n" + HUMDRUM.encode(), Form.HUMDRUM),
    ],
)
def test_a_song_is_known_by_what_it_holds(data: bytes, form: Form) -> None:
    assert documents.kind_of(data) is form


@pytest.mark.parametrize("data", [b"", b" \n", b"hello", b"\x00\x01\x02", b"\x89PNG\r\n"])
def test_what_is_no_song_is_refused(data: bytes) -> None:
    with pytest.raises(BadSong):
        documents.kind_of(data)


def test_a_file_beyond_all_music_is_refused() -> None:
    with pytest.raises(BadSong, match="larger than"):
        documents.kind_of(b"MThd" + bytes(documents.LARGEST))


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE, PARAMETER])
def test_entities_are_refused_before_they_are_opened(head: str) -> None:
    with pytest.raises(BadSong, match="entities of its own"):
        files.read(score(note("C"), head=head))


def test_the_doctype_of_musicxml_is_welcome() -> None:
    assert files.read(score(note("C"), head=DOCTYPE)).parts[0].notes


def test_an_archive_with_entities_is_refused() -> None:
    with pytest.raises(BadSong, match="entities of its own"):
        files.read(documents.packed(score(note("C"), head=LAUGHS)))


def test_bottomless_nesting_is_refused() -> None:
    with pytest.raises(BadSong, match="nested too deeply"):
        files.read(b"<score-partwise>" + b"<a>" * 100_000)


@pytest.mark.parametrize("data", [PLAIN[:-30], b"<score-partwise>", b"<html></html>", b"<a/><b/>"])
def test_broken_or_other_xml_is_refused(data: bytes) -> None:
    with pytest.raises(BadSong):
        files.read(data)


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig", "latin-1"])
def test_xml_is_read_in_the_encoding_that_it_names(coding: str) -> None:
    text = score(note("C"), name="Flöte").decode().replace("UTF-8", coding.removesuffix("-sig"))
    assert files.read(text.encode(coding)).parts[0].name == "Flöte"


def test_an_archive_that_declares_too_much_is_refused() -> None:
    bomb = archive(("score.xml", b" " * (documents.LARGEST + 1)))
    assert len(bomb) < 100_000
    with pytest.raises(BadSong, match="unpacks to more"):
        files.read(bomb)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(archive(("score.xml", b" " * (documents.LARGEST + 1))))
    central = bomb.find(b"PK\x01\x02")
    for at in (22, central + 24):
        bomb[at : at + 4] = struct.pack("<L", 100)
    with pytest.raises(BadSong):
        files.read(bytes(bomb))


@pytest.mark.parametrize(
    "data",
    [
        documents.packed(PLAIN)[:-40],
        b"PK\x03\x04" + bytes(40),
        archive(("readme.txt", b"hello")),
        archive((documents.CONTAINER, b"<container/>")),
    ],
)
def test_damaged_or_empty_archives_are_refused(data: bytes) -> None:
    with pytest.raises(BadSong):
        files.read(data)


def test_an_archive_without_a_container_is_read() -> None:
    assert files.read(archive(("song.xml", PLAIN))).parts[0].notes


def test_a_container_that_is_no_xml_is_passed_over() -> None:
    container = b'<container><rootfiles><rootfile full-path="I&m.xml"/></rootfiles></container>'
    data = archive((documents.CONTAINER, container), ("I&m.xml", PLAIN))
    assert files.read(data).parts[0].notes


def test_the_rest_of_an_archive_is_kept() -> None:
    data = archive(("song.xml", PLAIN), ("cover.png", b"\x89PNG"))
    with zipfile.ZipFile(BytesIO(files.write(files.read(data), [], Form.MXL))) as made:
        assert made.namelist() == ["song.xml", "cover.png"]
        assert (made.read("cover.png"), made.read("song.xml")) == (b"\x89PNG", PLAIN)
