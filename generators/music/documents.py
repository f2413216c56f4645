"""What kind of file some bytes are, whatever its name; XML and zip that are safe to open.

MusicXML comes from anywhere, so what an XML parser or a zip archive could be made to do is
refused before it is done: entities (external ones and "billion laughs"), bottomless nesting,
archives that unpack to more than music needs.
"""

import re
import zipfile
import zlib
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers import expat

from generators.music.errors import BadSong
from generators.music.song import Form

LARGEST = 64 * 1024 * 1024
"""How many bytes a song has at most, packed or unpacked: symphonies in MusicXML have 30 MB."""
DEEPEST = 64  # MusicXML 4.0 nests about ten deep
CONTAINER = "META-INF/container.xml"
DECLARATION = re.compile(r"^(<\?xml[^>]*?encoding\s*=\s*[\"'])([A-Za-z0-9._-]+)")
ABC_HEAD = re.compile(rb"(?m)^(X:\s*\d+|K:\s*[A-Ga-gHn])")
HUMDRUM_HEAD = re.compile(rb"(?m)^(?:[^\n]*\t)?\*\*[a-z]")
MEANT = "give a MIDI, MusicXML, MXL, ABC or Humdrum file"
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip
"""What `zipfile` raises for archives that are damaged, encrypted or packed in unknown ways."""


def kind_of(data: bytes) -> Form:
    """Return the format of a song by what it holds.

    Raises:
        BadSong: it is empty, too large, or no song.

    """
    if not data.strip():
        raise BadSong("the file is empty", "there is nothing to continue")
    if len(data) > LARGEST:
        raise BadSong(f"the file is larger than {LARGEST >> 20} MB", "give a smaller part of it")
    if b"MThd" in data[:256]:
        return Form.MIDI
    if data.startswith(b"PK"):
        return Form.MXL
    if is_xml(data):
        return Form.MUSICXML
    if HUMDRUM_HEAD.search(data[:LARGEST]):
        return Form.HUMDRUM
    if ABC_HEAD.search(data) and b"\0" not in data:
        return Form.ABC
    raise BadSong("this is no song that can be read", MEANT)


def is_xml(data: bytes) -> bool:
    """Return whether the bytes begin as XML does, in any of its encodings."""
    return data[:2] in BOMS or data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def decoded(data: bytes) -> str:
    """Return text in the encoding that it begins with, else UTF-8, else Latin-1."""
    bom = next((name for mark, name in BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(bom)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def as_utf8(data: bytes) -> bytes:
    """Return an XML document in UTF-8; one that is already stays as it is.

    Raises:
        BadSong: it is not in the encoding that it declares.

    """
    head = data[:200].decode("latin-1")
    declared = DECLARATION.match(head)
    name = declared.group(2).lower() if declared else "utf-8"
    if data[:2] not in BOMS and name in ("utf-8", "us-ascii", "ascii"):
        return data
    try:
        text = decoded(data) if data[:2] in BOMS else data.decode(name)
    except (LookupError, UnicodeDecodeError):
        raise BadSong("this XML is not in the encoding that it names", "save as UTF-8") from None
    return DECLARATION.sub(r"\1UTF-8", text.lstrip("\ufeff")).encode()


def safe_xml(data: bytes) -> ElementTree.Element:
    """Return the root of an XML document that declares no entities.

    MusicXML's own DOCTYPE, which names a public DTD that is never fetched, is welcome.

    Raises:
        BadSong: it declares anything of its own, is nested without end, or is not well-formed.

    """
    parser = expat.ParserCreate()
    depth = 0

    def doctype(_name: str, _system: str | None, _public: str | None, own: int) -> None:
        if own:
            raise BadSong("this XML declares entities of its own", "export it again without them")

    def entity(*_: object) -> None:
        raise BadSong("this XML declares entities of its own", "export it again without them")

    def opened(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise BadSong("this XML is nested too deeply to be a score", "export it again")

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = doctype, entity
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(data, True)
        return ElementTree.fromstring(data)  # noqa: S314 - entities have been refused
    except (expat.ExpatError, ElementTree.ParseError, ValueError) as error:
        raise BadSong(f"this XML breaks off or is damaged ({error})", "export it again") from None


def unpacked(data: bytes) -> tuple[str, bytes]:
    """Return the name and the bytes of the score in an MXL archive.

    Raises:
        BadSong: it is damaged, holds no score, or unpacks to more than a score has.

    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            name = _score_name(archive)
            return name, _member(archive, name)
    except DAMAGED_ZIP as error:
        raise BadSong(f"this MXL archive is damaged ({error})", "export it again") from None


def repacked(data: bytes, name: str, score: bytes) -> bytes:
    """Return an MXL archive with another score in it, the rest as it was.

    Every entry carries the same date, so that the same score makes the same bytes.
    """
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            body = score if info.filename == name else _member(old, info.filename)
            new.writestr(zipfile.ZipInfo(info.filename), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def packed(score: bytes) -> bytes:
    """Return a new MXL archive that holds a score."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles><rootfile '
        'full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>'
        "</rootfiles></container>\n"
    )
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, body in ((CONTAINER, container.encode()), ("score.musicxml", score)):
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member; neither its declared nor its real size may be beyond all music."""
    too_large = BadSong(
        f"this MXL archive unpacks to more than {LARGEST >> 20} MB", "export it again"
    )
    if sum(info.file_size for info in archive.infolist()) > LARGEST:
        raise too_large
    with archive.open(name) as member:
        body = member.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise too_large
    return body


def _score_name(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    named = _names_in_container(archive) if CONTAINER in names else []
    scores = [n for n in names if n.endswith((".xml", ".musicxml")) and not n.startswith("META")]
    found = next((name for name in [*named, *scores] if name in names), None)
    if found is None:
        raise BadSong("this archive holds no score", MEANT)
    return found


def _names_in_container(archive: zipfile.ZipFile) -> list[str]:
    """Return what the container names; some programs write one that is no XML."""
    try:
        container = safe_xml(_member(archive, CONTAINER))
    except BadSong:
        return []
    return [file.get("full-path", "") for file in container.iter() if _is_rootfile(file)]


def _is_rootfile(element: ElementTree.Element) -> bool:
    return element.tag.rpartition("}")[2] == "rootfile"
