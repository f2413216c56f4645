"""A part as MusicXML: for what Antiphon adds to a score, and for scores made from MIDI."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from generators.music.harmony import Chord, Key
from generators.music.names import octave_of, raised
from generators.music.notes import ChordSpan, Note, chord_at
from generators.music.song import Measure, Part, in_force
from generators.music.spelling import Accidentals, letters, note_name
from generators.music.time import QUARTER, Meter, Ticks
from generators.music.written import MOST_VOICES, Pitch, Voice, Written, voices_of

PIANO = "Piano"
STAVES = {"G": (64, 77), "F": (43, 57)}
"""The lowest and the highest pitch that need no ledger line in each clef."""
MIDDLE, FAR = 60, 8
"""A part that goes so far on both sides of middle C is written on two staves, parted there."""
DRUM_CHANNEL = 10
SIGNS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
Spelled = tuple[str, int, int | None]
"""A name, its octave, and by how much the accidental before it alters it, if it needs one."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper that parts are written on: measures, and the meters, keys and tempi in force."""

    measures: tuple[Measure, ...]
    meters: tuple[Meter, ...]
    keys: tuple[tuple[Ticks, Key], ...] = ()
    tempi: tuple[tuple[Ticks, float], ...] = ()
    one_staff: bool = False
    """Whether a part stands on one staff however wide it is, as on a lead sheet."""
    harmony: tuple[ChordSpan, ...] = ()
    """The chords, in order, that notes are spelled by."""

    def key(self, measure: Measure) -> Key:
        """Return the key of a measure; C major where none is told."""
        return in_force(self.keys, measure.start, Key(0))


def entry(part_id: str, part: Part, instrument: str = PIANO) -> str:
    """Return a part's entry in the list of parts, with a name and a sound."""
    channel = DRUM_CHANNEL if part.drums else 1 + (part.channel or 0)
    name = escape(part.name or instrument)
    pitches = sorted({note.pitch for note in part.notes}) if part.drums else [0]
    instruments = [(f"{part_id}-I{pitch + 1}", pitch) for pitch in pitches or [0]]
    lines = [f'<score-part id="{part_id}"><part-name>{name}</part-name>']
    for each, _ in instruments:
        lines.append(
            f'<score-instrument id="{each}"><instrument-name>{escape(instrument)}'
            "</instrument-name></score-instrument>"
        )
    for each, pitch in instruments:
        drum = f"<midi-unpitched>{pitch + 1}</midi-unpitched>" if part.drums else ""
        lines.append(
            f'<midi-instrument id="{each}"><midi-channel>{channel}</midi-channel>'
            f"<midi-program>{(part.program or 0) + 1}</midi-program>{drum}</midi-instrument>"
        )
    return "\n".join([*lines, "</score-part>\n"])


def written_part(
    part_id: str, part: Part, sheet: Sheet, chords: Sequence[ChordSpan] = (), *, leads: bool = False
) -> str:
    """Return a part with its measures; the one that leads carries the tempi."""
    pen = Pen(part_id, part, sheet, chords, leads)
    measures = [pen.measure(number) for number in range(len(sheet.measures))]
    return "\n".join([f'<part id="{part_id}">', *measures, "</part>\n"])


def hands(part: Part) -> list[tuple[Note, ...]]:
    """Return the notes of each staff that a part is written on: one, or two as for a piano."""
    pitches = [note.pitch for note in part.notes]
    wide = pitches and min(pitches) < MIDDLE - FAR and max(pitches) > MIDDLE + FAR
    if part.drums or not wide:
        return [part.notes]
    upper = tuple(note for note in part.notes if note.pitch >= MIDDLE)
    return [upper, tuple(note for note in part.notes if note.pitch < MIDDLE)]


class Pen:
    """Writes the measures of one part."""

    def __init__(
        self, part_id: str, part: Part, sheet: Sheet, chords: Sequence[ChordSpan], leads: bool
    ) -> None:
        """Take what is to be written."""
        self._id = part_id
        self._part = part
        self._sheet = sheet
        self._chords = chords
        self._leads = leads
        self._words = dict(part.lyrics)
        self._hands = [part.notes] if sheet.one_staff else hands(part)
        self._staves = [voices_of(hand, sheet.measures, sheet.meters) for hand in self._hands]
        self._held: dict[tuple[int, int], str] = {}

    def measure(self, number: int) -> str:
        """Return one measure."""
        measure = self._sheet.measures[number]
        length, meter = measure.length, self._sheet.meters[number]
        short = ' implicit="yes"' if number == 0 and length < meter.bar else ""
        lines = [f"<measure number={quoteattr(measure.number)}{short}>", *self._attributes(number)]
        if self._leads:
            lines += self._tempi(measure)
        for staff, written in enumerate(self._staves):
            names = self._names(staff, measure, written[number])
            for count, voice in enumerate(written[number]):
                if staff or count:
                    lines.append(f"<backup><duration>{length}</duration></backup>")
                lines += self._voice(number, voice, 1 + staff * MOST_VOICES + count, names)
        return "\n".join([*lines, "</measure>"])

    def _names(
        self, staff: int, measure: Measure, voices: Sequence[Voice]
    ) -> dict[tuple[int, Pitch], Spelled]:
        """Return how the pitches of a measure on one staff are spelled, by where they stand.

        A tied note keeps the name that it had, and needs no sign after the bar line.
        """
        key, found = self._sheet.key(measure), {}
        signs = Accidentals(key)
        standing = ((w.onset, pitch) for voice in voices for w in voice for pitch in w.pitches)
        for onset, pitch in sorted(set(standing)):
            place = staff, pitch.number
            name, octave = note_name(
                pitch.number, key, chord_at(self._sheet.harmony, measure.start + onset)
            )
            if pitch.tied_from and place in self._held:
                name = self._held[place]
                octave = octave_of(pitch.number, name)
            self._held[place] = name
            carried = pitch.tied_from and not onset
            sign = None if carried else signs.needed(name, octave)
            found[onset, pitch] = name, octave, sign
        return found

    def _attributes(self, number: int) -> Iterator[str]:
        """Give the clef, and the key and the meter where they change."""
        measure, meter = self._sheet.measures[number], self._sheet.meters[number]
        before = self._sheet.measures[number - 1] if number else None
        inner = ""
        if before is None:
            inner += f"<divisions>{QUARTER}</divisions>"
        key = _key(self._sheet.key(measure))
        if before is None or _key(self._sheet.key(before)) != key:
            inner += key
        if before is None or self._sheet.meters[number - 1] != meter:
            inner += f"<time><beats>{meter.beats}</beats><beat-type>{meter.unit}</beat-type></time>"
        if before is None:
            inner += self._clefs()
        if inner:
            yield f"<attributes>{inner}</attributes>"

    def _clefs(self) -> str:
        if len(self._hands) == 1 and not self._part.drums:
            return clef_for([note.pitch for note in self._hands[0]])
        if len(self._hands) == 1:
            return _clef("", "percussion")
        clefs = enumerate(("G", "F"), 1)
        return "<staves>2</staves>" + "".join(_clef(f' number="{n}"', sign) for n, sign in clefs)

    def _staff(self, voice: int) -> str:
        number = (voice - 1) // MOST_VOICES + 1
        return f"<staff>{number}</staff>" if len(self._hands) > 1 else ""

    def _tempi(self, measure: Measure) -> Iterator[str]:
        over = measure.start + measure.length
        for at, tempo in self._sheet.tempi:
            if measure.start <= at < over:
                yield (
                    f'<direction placement="above"><direction-type><metronome><beat-unit>quarter'
                    f"</beat-unit><per-minute>{tempo:g}</per-minute></metronome></direction-type>"
                    f'<offset>{at - measure.start}</offset><sound tempo="{tempo:g}"/></direction>'
                )

    def _voice(
        self, place: int, voice: Voice, number: int, names: Mapping[tuple[int, Pitch], Spelled]
    ) -> Iterator[str]:
        measure = self._sheet.measures[place]
        whole = measure.length == self._sheet.meters[place].bar  # else it is no measure's rest
        if whole and all(not written.pitches for written in voice):
            yield from self._symbols(measure, 0, measure.length if number == 1 else 0)
            yield _rest(measure.length, number, ' measure="yes"', self._staff(number))
            return
        for written in voice:
            yield from self._symbols(measure, written.onset, written.end if number == 1 else 0)
            if not written.pitches:
                marks = f"<notations>{_tuplet(written)}</notations>" if written.tuplet else ""
                told = shape(written) + self._staff(number) + marks
                yield _rest(written.length, number, "", told)
            for count, pitch in enumerate(written.pitches):
                words = "" if count or number > 1 else self._lyric(measure, written)
                spelled = names[written.onset, pitch]
                yield self._note(written, pitch, spelled, (number, count, words))

    def _note(
        self, written: Written, pitch: Pitch, spelled: Spelled, place: tuple[int, int, str]
    ) -> str:
        voice, count, words = place
        ties = ["stop"] * pitch.tied_from + ["start"] * pitch.tied_to
        marks = "".join(f'<tied type="{tie}"/>' for tie in ties)
        marks += "" if count else _tuplet(written)
        return (
            f"<note>{'<chord/>' if count else ''}{self._sounding(spelled)}"
            f"<duration>{written.length}</duration>"
            + "".join(f'<tie type="{tie}"/>' for tie in ties)
            + (f'<instrument id="{self._id}-I{pitch.number + 1}"/>' if self._part.drums else "")
            + f"<voice>{voice}</voice>{shape(written, self._sign(spelled))}{self._staff(voice)}"
            + ("" if count else _beams(written))
            + (f"<notations>{marks}</notations>" if marks else "")
            + f"{words}</note>"
        )

    def _sign(self, spelled: Spelled) -> str:
        sign = spelled[2]
        return "" if sign is None or self._part.drums else f"<accidental>{SIGNS[sign]}</accidental>"

    def _sounding(self, spelled: Spelled) -> str:
        name, octave, _ = spelled
        if self._part.drums:
            return (
                f"<unpitched><display-step>{name[0]}</display-step>"
                f"<display-octave>{octave}</display-octave></unpitched>"
            )
        return f"<pitch>{_stepped('', name)}<octave>{octave}</octave></pitch>"

    def _lyric(self, measure: Measure, written: Written) -> str:
        word = self._words.get(Ticks(measure.start + written.onset), "")
        text = f"<syllabic>single</syllabic><text>{escape(word)}</text>"
        return f'<lyric number="1">{text}</lyric>' if word and not written.pitches[0][1] else ""

    def _symbols(self, measure: Measure, start: int, end: int) -> Iterator[str]:
        """Give the chord symbols in a stretch of a measure."""
        for span in self._chords:
            at = span.onset - measure.start
            if start <= at < end:
                yield symbol(span.chord, at - start, self._sheet.key(measure))


def _rest(length: int, voice: int, whole: str, shape: str) -> str:
    return f"<note><rest{whole}/><duration>{length}</duration><voice>{voice}</voice>{shape}</note>"


def shape(written: Written, sign: str = "") -> str:
    """Return the type, the dots, the accidental and the triplet of what is written."""
    if written.value is None:
        return sign
    triplet = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes>"
    return f"<type>{written.value.type}</type>{'<dot/>' * written.value.dots}{sign}" + (
        f"{triplet}</time-modification>" if written.value.triplet else ""
    )


def _tuplet(written: Written) -> str:
    return f'<tuplet type="{written.tuplet}"/>' if written.tuplet else ""


def _beams(written: Written) -> str:
    levels: Iterable[tuple[int, str]] = enumerate(written.beams, 1)
    return "".join(f'<beam number="{level}">{beam}</beam>' for level, beam in levels)


def _key(key: Key) -> str:
    return f"<key><fifths>{key.fifths}</fifths><mode>{key.mode}</mode></key>"


def clef_for(pitches: Sequence[int]) -> str:
    """Return the clef in which pitches are written: where they are less off the staff."""
    return _clef("", min(STAVES, key=lambda sign: sum(_off(pitch, sign) for pitch in pitches)))


def _off(pitch: int, sign: str) -> int:
    """Return how many semitones a pitch lies off the staff."""
    low, high = STAVES[sign]
    return max(0, low - pitch, pitch - high)


def _clef(number: str, sign: str) -> str:
    line = {"G": "<line>2</line>", "F": "<line>4</line>"}.get(sign, "")
    return f"<clef{number}><sign>{sign}</sign>{line}</clef>"


def _stepped(prefix: str, name: str) -> str:
    """Return the step and the alteration of a name such as Bb."""
    alter = raised(name)
    altered = f"<{prefix}alter>{alter}</{prefix}alter>" if alter else ""
    return f"<{prefix}step>{name[0]}</{prefix}step>{altered}"


def symbol(chord: Chord, offset: int, key: Key) -> str:
    """Return a chord symbol, so many ticks after where it is written."""
    kind, degrees = chord.musicxml
    text = "N.C." if kind == "none" else chord.quality
    root, bass = letters(chord, key)
    parts = [f"<harmony><root>{_stepped('root-', root)}</root>"]
    parts.append(f"<kind text={quoteattr(text)}>{kind}</kind>")
    if bass is not None:
        parts.append(f"<bass>{_stepped('bass-', bass)}</bass>")
    parts += (
        f"<degree><degree-value>{degree}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{how}</degree-type></degree>"
        for how, degree, alter in degrees
    )
    parts.append(f"<offset>{offset}</offset>" if offset else "")
    return "".join([*parts, "</harmony>"])
