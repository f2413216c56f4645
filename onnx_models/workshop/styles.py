"""Which style a tune of a dance book is in, and which styles there are."""

import re
from collections.abc import Iterable

from generators.music.errors import BadValue
from generators.music.time import Meter
from generators.tokens.leadsheet import STYLES

DANCES = {
    "slip jig": "slip jig", "slipjig": "slip jig", "hop jig": "slip jig", "double jig": "jig",
    "single jig": "jig", "slide": "jig", "jig": "jig", "reel": "reel", "hornpipe": "hornpipe",
    "clog": "hornpipe", "waltz": "waltz", "polka": "polka", "march": "march", "quick step": "march",
    "quickstep": "march", "strathspey": "strathspey", "highland": "strathspey",
    "fling": "strathspey", "schottische": "strathspey", "slow air": "air", "air": "air",
    "lament": "air", "planxty": "air",
}  # fmt: skip
"""A clog is a hornpipe, a fling goes like a strathspey, a slide like a single jig."""
BOOKS = {
    "reels": "reel", "jigs": "jig", "hpps": "hornpipe", "waltzes": "waltz", "slip": "slip jig",
    "morris": "folk", "playford": "folk", "ashover": "folk", "xmas": "folk",
}  # fmt: skip
"""The books of the Nottingham collection, by how their names begin."""
O_NEILL = (
    (701, "air"), (1116, "jig"), (1176, "slip jig"), (1556, "reel"), (1781, "hornpipe"),
    (1801, ""), (1851, "march"),
)  # fmt: skip
"""O'Neill's Music of Ireland is in order of dances: up to which number each goes."""
METERS = {
    "reel": ("4/4", "2/2", "2/4"), "hornpipe": ("4/4", "2/2", "2/4", "3/2"),
    "waltz": ("3/4", "3/8"),
    "jig": ("6/8", "12/8"), "slip jig": ("9/8",), "polka": ("2/4", "4/4"),
    "strathspey": ("4/4", "2/2"), "march": ("4/4", "2/2", "2/4", "6/8"),
}  # fmt: skip
"""In which meters a dance can be; another meter belies the name."""


def dance_named(text: str) -> str:
    """Return the style that a text names, such as the R: field or a title; else nothing."""
    small = text.lower()
    for name, style in DANCES.items():
        if re.search(rf"\b{name}s?\b", small):
            return style
    return ""


def book_style(book: str) -> str:
    """Return the style of a Nottingham book."""
    return next((style for name, style in BOOKS.items() if book.startswith(name)), "folk")


def o_neill_style(number: int) -> str:
    """Return the style of a number of O'Neill's book."""
    return next((style for end, style in O_NEILL if number < end), "")


def fitting(style: str, meter: Meter) -> str:
    """Return a style that can be in this meter: the one told, or what the meter says.

    9/8 is a slip jig in a dance book, and nothing else is sure; such a tune is `folk`.
    """
    if str(meter) in METERS.get(style, (str(meter),)):
        return style or ("slip jig" if str(meter) == "9/8" else "folk")
    return "slip jig" if str(meter) == "9/8" else "folk"


def known_styles(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of styles as they are.

    Raises:
        BadValue: there is no such style.

    """
    found = tuple(names)
    if unknown := set(found) - set(STYLES):
        raise BadValue(f"no style is called {min(unknown)!r}", f"there are {', '.join(STYLES)}")
    return found
