"""How chords are played: in which pattern, with which tones, how wide and how high."""

from dataclasses import dataclass

from generators.music.errors import BadValue
from generators.music.harmony import Key

PATTERNS = (
    "pad", "block", "comp", "arpeggio", "alberti", "waltz", "strum", "stride", "walk",
)  # fmt: skip
KINDS = ("full", "parts", "rootless", "shell", "root")
"""`full` holds the tones that say most, `parts` is written as for a choir, `rootless` is the left
hand of a jazz pianist (Bill Evans's A and B forms), `shell` the third and the seventh, `root`
blocks in root position."""
SPREADS = ("close", "drop2", "drop3", "open")
"""Which voices of a close position, counted from the top, sound an octave lower; `open` lowers the
second and the fourth."""
MOST_VOICES = 5
ROOM = 23  # semitones in which every close position of every chord lies somewhere
OCTAVE = 12

Hand = tuple[int, ...]
"""The pitches of one chord: the bass first, then the upper voices from low to high."""


@dataclass(frozen=True, slots=True)
class Voicing:
    """How chords are played.

    The bass lies in the octave from `bass`, or a little above it; the upper voices, at most
    `voices` of them, from `low` to `high`.
    """

    pattern: str = "comp"
    kind: str = "full"
    spread: str = "close"
    bass: int = 36
    low: int = 48
    high: int = 72
    voices: int = 3
    velocity: int = 62
    strict: bool = False
    """Whether parallel fifths and octaves are avoided."""
    key: Key | None = None
    """The key that colours which the symbols leave open are taken from."""

    def __post_init__(self) -> None:
        """Refuse names that are not known, and registers too small for a chord."""
        for what, name, known in (
            ("pattern", self.pattern, PATTERNS),
            ("kind of voicing", self.kind, KINDS),
            ("spread", self.spread, SPREADS),
        ):
            if name not in known:
                raise BadValue(f"{name!r} is no {what}", f"it is one of {', '.join(known)}")
        if self.bass < 0 or self.high > 127 or self.high - self.low < ROOM:
            raise BadValue(
                f"the register {self.low} to {self.high} is too small for chords",
                "leave two octaves",
            )
        if self.low - self.bass < OCTAVE:
            raise BadValue(
                f"chords from {self.low} leave no room for a bass from {self.bass}",
                "leave an octave",
            )
        if not 1 <= self.voices <= MOST_VOICES or not 1 <= self.velocity <= 127:
            raise BadValue("a chord has 1 to 5 upper voices and a velocity of 1 to 127")
