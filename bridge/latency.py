"""How much earlier a message is sent by each way out, so that it is heard in time.

The setting is one text, `JACK=5.33; USB Synth=12`: a part of a port's name, and milliseconds.
"""

from collections.abc import Iterable, Mapping

from bridge.errors import BadSetting
from generators.music.time import Seconds

MOST = 1000.0  # milliseconds


def latencies(text: str) -> dict[str, Seconds]:
    """Read the setting.

    Raises:
        BadSetting: it cannot be read.

    """
    found = {}
    for each in filter(None, (part.strip() for part in text.split(";"))):
        name, _, number = each.rpartition("=")
        try:
            milliseconds = float(number)
        except ValueError:
            milliseconds = -1.0
        if not name.strip() or not 0 <= milliseconds <= MOST:
            raise BadSetting(
                f"latency cannot be {each!r}", f"write PORT=MS, with 0 to {MOST:g} ms, as in JACK=5"
            )
        found[name.strip()] = Seconds(milliseconds / 1000)
    return found


def ahead(known: Mapping[str, Seconds], names: Iterable[str]) -> Seconds:
    """Return how much earlier is sent by a way out with these names; the longest part wins."""
    called = [name.casefold() for name in names]
    fitting = [part for part in known if any(part.casefold() in name for name in called)]
    return known[max(fitting, key=len)] if fitting else Seconds(0.0)


def with_port(text: str, name: str, milliseconds: float) -> str:
    """Return the setting with one port's latency changed; 0 takes it out.

    Raises:
        BadSetting: the name or the number cannot be written.

    """
    latencies(f"{name}={milliseconds:g}")
    others = {
        part: seconds
        for part, seconds in latencies(text).items()
        if part.casefold() != name.casefold()
    }
    mine = {name: Seconds(milliseconds / 1000)} if milliseconds else {}
    return "; ".join(f"{part}={seconds * 1000:g}" for part, seconds in {**others, **mine}.items())
