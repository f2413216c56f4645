"""A phrase as it is printed: one staff of MusicXML, chord symbols above, four bars to the line."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from generators.music.harmony import Key
from generators.music.musicxml_file import HEAD
from generators.music.musicxml_part import Sheet, written_part
from generators.music.names import LETTERS
from generators.music.notes import Note, Phrase
from generators.music.song import Measure, Part
from generators.music.time import Ticks
from onnx_models.workshop.listening.drawing import pickup_of

BARS_IN_LINE = 4
SHARP_ORDER = "FCGDAEB"
SIGNS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
BEFORE_SIGN = ("type", "dot")
"""The elements that an accidental follows in a note, where there are any."""
LIST = '<part-list><score-part id="P1"><part-name/></score-part></part-list>'
DOUBLE, FINAL = "light-light", "light-heavy"


def score(phrase: Phrase, bars: int, answer_at: int = 0) -> bytes:
    """Return a phrase of so many bars as MusicXML; a double bar line parts a call and its answer.

    A pick-up is written as one; `answer_at` is the number of bars before the answer, a pick-up
    not counted, or 0 where there is no answer.
    """
    pickup = pickup_of(phrase)
    early = phrase.meter.bar - pickup if pickup else 0
    key, meter = phrase.key or Key(0), phrase.meter
    firsts = [(0, Ticks(0), pickup)] if pickup else []
    full = [(n + 1, Ticks(pickup + n * meter.bar), meter.bar) for n in range(bars)]
    measures = tuple(Measure(str(number), at, length) for number, at, length in firsts + full)
    sheet = Sheet(measures, (meter,) * len(measures), ((Ticks(0), key),), one_staff=True)
    spans = tuple(span.moved(-early) for span in phrase.chords if span.onset >= early)
    part = Part("", tuple(moved(phrase.notes, -early)))
    body = fromstring(written_part("P1", part, sheet, spans))  # noqa: S314  (our own text)
    laid_out(body, len(firsts), answer_at)
    signed(body, key)
    return f"{HEAD}{LIST}{tostring(body, 'unicode')}</score-partwise>\n".encode()


def moved(notes: tuple[Note, ...], by: int) -> Iterator[Note]:
    """Give notes earlier or later."""
    return (note.moved(by) for note in notes)


def laid_out(part: Element, pickups: int, answer_at: int) -> None:
    """Break lines, and draw the bar lines that part the answer from the call and end it."""
    measures = part.findall("measure")
    for number, measure in enumerate(measures):
        full = number - pickups
        if full > 0 and full % BARS_IN_LINE == 0:
            measure.insert(0, Element("print", {"new-system": "yes"}))
        if full + 1 == answer_at:
            _bar_line(measure, DOUBLE)
    _bar_line(measures[-1], FINAL)


def _bar_line(measure: Element, style: str) -> None:
    line = SubElement(measure, "barline", {"location": "right"})
    SubElement(line, "bar-style").text = style


def signed(part: Element, key: Key) -> None:
    """Write the accidentals that a reader needs: those that the key and the bar do not tell."""
    usual = signature(key)
    for measure in part.iter("measure"):
        now: dict[tuple[str, str], int] = {}
        for note in measure.iter("note"):
            pitch = note.find("pitch")
            if pitch is None or _tied(note):
                continue
            step = pitch.findtext("step", "C")
            place = step, pitch.findtext("octave", "4")
            alter = int(pitch.findtext("alter", "0"))
            if now.get(place, usual[step]) != alter:
                _sign(note, SIGNS[alter])
            now[place] = alter


def signature(key: Key) -> dict[str, int]:
    """Return how a key's signature alters each step."""
    sharps = SHARP_ORDER[: max(0, key.fifths)]
    flats = SHARP_ORDER[::-1][: max(0, -key.fifths)]
    return {step: (step in sharps) - (step in flats) for step in LETTERS}


def _tied(note: Element) -> bool:
    return any(tie.get("type") == "stop" for tie in note.findall("tie"))


def _sign(note: Element, sign: str) -> None:
    places = [n for n, each in enumerate(note) if each.tag in BEFORE_SIGN]
    after = places[-1] if places else [each.tag for each in note].index("voice")
    element = Element("accidental")
    element.text = sign
    note.insert(after + 1, element)
