"""Are the hard wishes hard? Calls and wishes are drawn at random, and every answer is checked.

Half of the calls are cut from tunes, half are played at random; wishes are as narrow as the
contract allows. Most answers are short, so that thousands are made in minutes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, TypeVar

from generators.music.errors import BadValue
from generators.music.harmony import MODES, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import QUALITIES
from generators.music.time import QUARTER, Meter, Ticks
from generators.prompt import LARGEST_SEED, Controls, Generator, Kind, Prompt
from generators.tokens.leadsheet import METERS, STYLES
from onnx_models.workshop.corpus import load
from onnx_models.workshop.violations import broken

STRANGE = ("1/4", "13/4", "11/8", "3/16", "17/2", "1/64", "7/16")
"""Meters that the language has no word for."""
BARS = (1, 1, 1, 1, 2, 2, 3, 4, 8)
"""How long answers are."""
GRIDS = (60, 120, 160, 240, 320, 480, 700, 960, 1920, 3840)
STEPS = (1, 37, 120, 160, 240, 480)
SHOWN = 5
T = TypeVar("T")


@dataclass
class Found:
    """What became of the answers."""

    answers: int = 0
    violations: int = 0
    """How many answers broke a wish."""
    notes: int = 0
    chords: int = 0
    empty: int = 0
    """How many answers had neither notes nor chords."""
    refused: int = 0
    """How many questions were refused in a sentence: the key that is heard has no pitch in the
    range, where the answer is to keep to it."""
    kinds: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as a program may read it."""
        return {
            "answers": self.answers, "violations": self.violations, "notes": self.notes,
            "chords": self.chords, "empty": self.empty, "refused": self.refused,
            "kinds": dict(self.kinds), "examples": self.examples, "seconds": round(self.seconds, 1),
        }  # fmt: skip

    def __str__(self) -> str:
        """Say it in some lines."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        head = f"{self.answers} answers ({kinds}) with {self.notes} notes, {self.chords} chords"
        more = f"{self.empty} were empty; {self.refused} more questions were refused"
        verdict = f"{self.violations} broke a hard wish; {more}"
        return "\n".join([f"{head} in {self.seconds:.0f} s", verdict, *self.examples])


def measure(generator: Generator, count: int, seed: int, tunes: Path) -> Found:
    """Ask a generator so many questions, and count the answers that break a hard wish.

    Raises:
        BadSong: the file of tunes cannot be read.

    """
    heard = [tune.phrase for tune in load(tunes) if tune.split != "train" and tune.phrase.notes]
    return asked(generator, count, Random(seed), heard)


def asked(generator: Generator, count: int, rng: Random, heard: Sequence[Phrase]) -> Found:
    """Ask so many questions about phrases that are drawn, among them these."""
    found = Found()
    began = perf_counter()
    while found.answers < count:
        _ask(generator, drawn(rng, heard), found)
    found.seconds = perf_counter() - began
    return found


def _ask(generator: Generator, prompt: Prompt, found: Found) -> None:
    try:
        items = list(generator(prompt))
    except BadValue:
        found.refused += 1
        return
    faults = broken(prompt, items)
    notes = sum(isinstance(item, Note) for item in items)
    found.answers += 1
    found.violations += bool(faults)
    found.notes += notes
    found.chords += len(items) - notes
    found.empty += not items
    found.kinds[prompt.kind.value] += 1
    if faults and len(found.examples) < SHOWN:
        found.examples.append(f"seed {prompt.seed}, {prompt.kind}: {faults[0]}")


def drawn(rng: Random, heard: Sequence[Phrase]) -> Prompt:
    """Draw a question: what was heard, where the answer begins, how long it is, what is wished."""
    phrase = _excerpt(rng, rng.choice(heard)) if heard and rng.random() < 0.5 else _played(rng)
    meter = phrase.meter
    bars = rng.choice(BARS)
    late = rng.choice((0, 0, 0, 1, QUARTER // 2, meter.bar // 3))
    cut = rng.choice((0, 0, 0, 1, QUARTER // 2, meter.bar // 2))
    return Prompt(
        phrase,
        Ticks(meter.bar * rng.randint(0, phrase.bars + 1) + late),
        Ticks(max(1, bars * meter.bar - cut)),
        rng.choice(list(Kind)),
        rng.randint(0, LARGEST_SEED),
        _wishes(rng, meter, bars),
    )


def _excerpt(rng: Random, phrase: Phrase) -> Phrase:
    """Cut some bars out of a tune, and move them to any key."""
    bar = phrase.meter.bar
    first = rng.randrange(max(1, phrase.bars))
    part = phrase.between(Ticks(first * bar), Ticks((first + rng.randint(1, 8)) * bar))
    by = rng.randint(-6, 6)
    notes = [Note(n.onset, (n.pitch + by) % 128, n.length, n.velocity) for n in part.notes]
    chords = [ChordSpan(s.onset, s.length, s.chord.transposed(by)) for s in part.chords]
    return Phrase.of(notes, chords, phrase.meter)


def _played(rng: Random) -> Phrase:
    """Play anything: a line, clusters, both, off the beat, or nothing."""
    meter = Meter.named(rng.choice((*METERS, *STRANGE)))
    at, step, notes = 0, rng.choice(STEPS), []
    for _ in range(rng.randint(0, 24)):
        length = Ticks(step * rng.randint(1, 8))
        notes.append(Note(Ticks(at), rng.randint(0, 127), length, rng.randint(1, 127)))
        at += step * rng.randint(0, 6)
    spans = _spans(rng, meter, 4) if rng.random() < 0.5 else ()
    return Phrase.of(notes, spans, meter, _maybe(rng, _key(rng)))


def _key(rng: Random) -> Key:
    return Key(rng.randrange(12), rng.choice(sorted(MODES)))


def _spans(rng: Random, meter: Meter, bars: int) -> tuple[ChordSpan, ...]:
    """Give chords one after another, with gaps between some."""
    at, found = 0, []
    while at < bars * meter.bar and rng.random() < 0.8:
        at += meter.beat * rng.choice((0, 0, 0, 1, 2))
        length = Ticks(meter.beat * rng.randint(1, 2 * meter.beats))
        found.append(ChordSpan(Ticks(at), length, _chord(rng)))
        at += length
    return tuple(found)


def _chord(rng: Random) -> Chord:
    bass = rng.choice((None, None, rng.randrange(12)))
    return Chord(rng.randrange(12), rng.choice(QUALITIES).suffix, bass)


def _maybe(rng: Random, value: T) -> T | None:
    return value if rng.random() < 0.5 else None


def _wishes(rng: Random, meter: Meter, bars: int) -> Controls:
    """Draw wishes that something can fulfil."""
    return next(wish for wish in _tried(rng, meter, bars) if wish is not None)


def _tried(rng: Random, meter: Meter, bars: int) -> Iterator[Controls | None]:
    while True:
        low = rng.randint(0, 115)
        grid = _maybe(rng, rng.choice(GRIDS))
        try:
            yield Controls(
                key=_maybe(rng, _key(rng)),
                in_key=rng.random() < 0.5,
                pitch_classes=_maybe(rng, frozenset(rng.sample(range(12), rng.randint(1, 11)))),
                low=low,
                high=rng.randint(low, 127),
                chords=_spans(rng, meter, bars) if rng.random() < 0.4 else (),
                polyphony=rng.randint(1, 4),
                density=_maybe(rng, rng.uniform(0.01, 8)),
                grid=None if grid is None else Ticks(grid),
                temperature=rng.uniform(0.05, 5),
                top_p=rng.uniform(0.01, 1),
                closeness=rng.choice((0.0, 0.3, rng.random(), 1.0)),
                style=rng.choice(("", *STYLES)),
                activity=_maybe(rng, rng.uniform(0, 64)),
            )
        except BadValue:
            yield None
