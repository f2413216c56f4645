"""Scores in MusicXML as notation programs write them, made from a few words."""

import re
from pathlib import Path

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0"><movement-title>{title}</movement-title><part-list>{names}
</part-list>{parts}</score-partwise>"""
NOTE = re.compile(r"([A-G])([#b]?)(\d)(?::([\d.]+))?(~?)(!?)")
DIVISIONS = 4
ATTRIBUTES = """<attributes><divisions>4</divisions><key><fifths>{fifths}</fifths></key>
<time><beats>{beats}</beats><beat-type>{unit}</beat-type></time></attributes>"""


def note(word: str, *, sung: bool) -> str:
    """Write `C#5:2` (quarters), with ~ a stop of a tie and ! a fermata; `r:2` is a rest."""
    if word.startswith("r"):
        return f"<note><rest/>{_duration(word[2:] or '1')}</note>"
    match = NOTE.fullmatch(word)
    assert match, word
    step, sign, octave, quarters, tie, held = match.groups()
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>", "": ""}[sign]
    return (
        f"<note><pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch>"
        f"{_duration(quarters or '1')}"
        + ('<tie type="stop"/>' if tie else "")
        + "<voice>1</voice>"
        + ("<notations><fermata/></notations>" if held else "")
        + ("<lyric><text>la</text></lyric>" if sung else "")
        + "</note>"
    )


def _duration(quarters: str) -> str:
    return f"<duration>{int(float(quarters) * DIVISIONS)}</duration>"


def part(bars: str, meter: str = "4/4", fifths: int = 0, first: int = 1, sung: bool = True) -> str:
    """Write bars parted by |; `[M 3/4]` changes the meter, `[1` opens a first ending."""
    written = []
    for number, bar in enumerate(bars.split("|"), first):
        words = bar.split()
        head = _attributes(meter, fifths) if number == first else ""
        if words and words[0] == "[M":
            head, words = _attributes(words[1].strip("]"), fifths), words[2:]
        tail = ""
        if words and words[0] == "[1":
            words = words[1:]
            head += '<barline location="left"><ending number="1" type="start"/></barline>'
            tail = (
                '<barline location="right"><ending number="1" type="stop"/>'
                '<repeat direction="backward"/></barline>'
            )
        notes = "".join(note(word, sung=sung) for word in words)
        written.append(f'<measure number="{number}">{head}{notes}{tail}</measure>')
    return "".join(written)


def _attributes(meter: str, fifths: int) -> str:
    beats, unit = meter.split("/")
    return ATTRIBUTES.format(beats=beats, unit=unit, fifths=fifths)


def score(path: Path, parts: dict[str, str], title: str = "A Song") -> Path:
    """Write a score of named parts."""
    names = "".join(
        f'<score-part id="P{n}"><part-name>{name}</part-name></score-part>'
        for n, name in enumerate(parts)
    )
    bodies = "".join(f'<part id="P{n}">{body}</part>' for n, body in enumerate(parts.values()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(title=title, names=names, parts=bodies), encoding="utf-8")
    return path
