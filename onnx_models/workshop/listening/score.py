"""A phrase as it is printed: one staff of MusicXML, chord symbols above, four bars to the line."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from generators.music.harmony import Key
from generators.music.musicxml_file import HEAD
from generators.music.musicxml_part import Sheet, written_part
from generators.music.notes import Note, Phrase
from generators.music.song import Measure, Part
from generators.music.time import Ticks
from onnx_models.workshop.listening.drawing import pickup_of

BARS_IN_LINE = 4
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
    spans = tuple(span.moved(-early) for span in phrase.chords if span.onset >= early)
    keys, meters = ((Ticks(0), key),), (meter,) * len(measures)
    sheet = Sheet(measures, meters, keys, one_staff=True, harmony=spans)
    part = Part("", tuple(moved(phrase.notes, -early)))
    body = fromstring(written_part("P1", part, sheet, spans))  # noqa: S314  (our own text)
    laid_out(body, len(firsts), answer_at)
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
