"""How chords are usually played in a style, and in a meter where no style is known."""

from dataclasses import dataclass, replace

from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.time import Meter
from generators.voicing.voicing import Voicing

DANCE = Voicing("comp")
WALTZ = Voicing("waltz")
CHOIR = Voicing("block", "parts", "drop2", strict=True)
USUAL = {
    "reel": DANCE,
    "jig": DANCE,
    "slip jig": DANCE,
    "hornpipe": DANCE,
    "waltz": WALTZ,
    "polka": DANCE,
    "march": DANCE,
    "strathspey": DANCE,
    "air": Voicing("arpeggio"),
    "folk": Voicing("strum"),
    "hymn": CHOIR,
    "chorale": CHOIR,
    "song": replace(CHOIR, pattern="arpeggio", spread="close"),
    "standard": Voicing("walk", "rootless", voices=4),
    "pop": Voicing("arpeggio"),
    "rock": Voicing("strum"),
}
"""By style, in the words of the tunes that the models learn from."""
AUTO = "auto"


def usual(style: str, meter: Meter) -> Voicing:
    """Return how chords are played in a style; `auto` goes by the meter.

    Raises:
        BadValue: nobody knows the style.

    """
    if style == AUTO:
        return WALTZ if meter.beats == 3 else DANCE
    if style not in USUAL:
        raise BadValue(f"{style!r} is no style", f"it is auto, {', '.join(USUAL)}")
    return USUAL[style]


@dataclass(frozen=True, slots=True)
class Comping:
    """What a player wishes of the chords; `auto`, and 0 voices, leave it to the style."""

    style: str = AUTO
    pattern: str = AUTO
    kind: str = AUTO
    spread: str = AUTO
    voices: int = 0
    bass: int = 36
    low: int = 48
    high: int = 72

    def voicing(self, meter: Meter, key: Key | None = None) -> Voicing:
        """Return how chords are played in this meter and key.

        Raises:
            BadValue: the style is not known, or the voicing refuses a wish.

        """
        style = usual(self.style, meter)
        return replace(
            style,
            pattern=style.pattern if self.pattern == AUTO else self.pattern,
            kind=style.kind if self.kind == AUTO else self.kind,
            spread=style.spread if self.spread == AUTO else self.spread,
            voices=self.voices or style.voices,
            bass=self.bass,
            low=self.low,
            high=self.high,
            key=key,
        )
