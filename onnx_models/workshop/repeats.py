"""Writes the repeats of an ABC tune out as they are played.

A section between |: and :| is played twice, its first ending the first time and its second the
second time (the ABC standard 2.1, sections 4.8 and 4.9). Where |: is missing, the repeat goes
back to the last double bar or repeat.
"""

import re
from collections.abc import Sequence

from onnx_models.workshop.abc import Item
from onnx_models.workshop.tune import Refused

JUMPS = re.compile(r"D\.?\s*C|D\.?\s*S|segno|fine|coda", re.IGNORECASE)
"""Words that send the player elsewhere; such a tune is not written out."""


def repeated(items: Sequence[Item]) -> bool:
    """Return whether anything is played twice."""
    return any(_turns_back(item) for item in items)


def unrolled(items: Sequence[Item]) -> list[Item]:
    """Return the items of a tune in the order in which they are played.

    Raises:
        Refused: where to go on is not clear: a jump, a third ending, a key that changes within
            a repeat.

    """
    played: list[Item] = []
    start, ending, opened = 0, 0, False
    for index, item in enumerate(items):
        _check(item)
        if _is(item, "ending"):
            ending = index if _first(item) else ending
            continue
        played.append(item)
        if _turns_back(item):
            played += _second_time(items[start : ending or index + 1])
        if _begins(item, opened):
            opened = "|:" in _bar(item) or "::" in _bar(item)
            start, ending = index + 1, 0
    return played


def _second_time(items: Sequence[Item]) -> list[Item]:
    again = [item for item in items if not _is(item, "ending")]
    if any(isinstance(item, tuple) and item[0] in "KML" for item in _after_head(again)):
        raise Refused("a change within a repeat")
    return [item for item in again if not isinstance(item, tuple)]


def _after_head(items: Sequence[Item]) -> Sequence[Item]:
    """Return what follows the fields that stand before the first note."""
    first = next((i for i, item in enumerate(items) if not isinstance(item, tuple)), len(items))
    return items[first:]


def _check(item: Item) -> None:
    if isinstance(item, tuple):
        if item[0] == "P" and len(re.sub(r"\W", "", item[1])) > 1:
            raise Refused("an order of parts")
        return
    if item["text"] and JUMPS.search(item["text"]):
        raise Refused("a jump")
    if item["ending"] and not re.fullmatch(r"[12]", item["ending"].strip("[ ")):
        raise Refused("endings that are not first and second")


def _is(item: Item, kind: str) -> bool:
    return not isinstance(item, tuple) and item[kind] is not None


def _first(item: Item) -> bool:
    return not isinstance(item, tuple) and item["ending"].strip("[ ").startswith("1")


def _bar(item: Item) -> str:
    return "" if isinstance(item, tuple) else (item["bar"] or "")


def _turns_back(item: Item) -> bool:
    return ":|" in _bar(item) or "::" in _bar(item)


def _begins(item: Item, opened: bool) -> bool:
    """Return whether a section begins after this item: a double bar is none inside of |: and :|."""
    sign = _bar(item)
    return ":" in sign or (not opened and ("||" in sign or "]" in sign))
