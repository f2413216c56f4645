"""What the words after `antiphon continue`, `harmonize`, `improvise` and `infill` come to."""

import argparse
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bridge.config import COMPING, load
from bridge.errors import Misunderstood
from bridge.headless import PIPE, Done, Nearest, Order, Task, planned
from generators.catalogue import FALLBACK, RULES, default_name, generator
from generators.choose import drafts
from generators.music import files
from generators.music.errors import BadSong
from generators.music.harmony import Key
from generators.music.song import Form
from generators.origins import origins_of
from generators.prompt import Generator, Kind
from generators.songs import Wish

USUAL_BEST_OF = {Kind.CONTINUE: 4, Kind.HARMONIZE: 1, Kind.IMPROVISE: 2, Kind.INFILL: 2}
"""From how many answers of a quick model one is chosen. Chords for a melody come out of a search
already, bars that fill a gap are the best of several, and improvising answers all of a song."""
BARS = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?$")


def order_of(options: argparse.Namespace, say: Callable[[str], None]) -> Order:
    """Return what is asked of every song, and of whom; `say` hears what the player must know.

    Raises:
        Misunderstood: the words do not go together.
        BadValue: a word is outside what music, or Antiphon, knows.
        BadSetting: the chords cannot be played so.
        BadModel: the model cannot be run, or what it has learnt from cannot be read.

    """
    given = {name: value for name, value in vars(options).items() if name in COMPING}
    settings = load(changes=given)
    wish = replace(_wish(options), comping=settings.comping)
    folder = Path(settings.models) if settings.models else None
    name = options.model or settings.model or default_name(folder)
    if not (options.model or settings.model) and name == FALLBACK:
        say(f"no model is on the shelf; the answer is made by {FALLBACK}")
    made = generator(name, folder)
    if options.best_of is None:
        wish = replace(wish, best_of=min(USUAL_BEST_OF[wish.kind], drafts(made)))
    nearest = _nearest(made, say) if options.explain else None
    return Order(wish, made, options.tune, nearest)


def _nearest(made: Generator, say: Callable[[str], None]) -> Nearest | None:
    """Return what names the training pieces that a melody is like, or say why nothing can."""
    card, name = getattr(made, "card", None), made.name
    index = None if card is None else origins_of(card)
    if index is not None:
        return index.nearest
    by_rule = card is None and name in RULES
    say(f"{name} has learnt from no piece" if by_rule else f"what {name} has learnt is not known")
    return None


def _wish(options: argparse.Namespace) -> Wish:
    kind = Kind(options.command)
    bars, first, last = 8, None, None
    if options.bars is not None:
        match = BARS.match(options.bars)
        if match is None:
            raise Misunderstood(f"--bars cannot be {options.bars!r}", "write 8, or 5-8")
        first = int(match.group(1))
        last = int(match.group(2) or first)
    if kind is Kind.CONTINUE and first is not None:
        if first != last:
            raise Misunderstood("a continuation has a number of bars", "write --bars 8")
        bars, first, last = first, None, None
    parts = tuple(part.strip() for part in options.parts.split(",")) if options.parts else ()
    key = Key.named(options.key) if options.key else None
    best_of = 1 if options.best_of is None else options.best_of
    return Wish(kind, bars, first, last, parts, options.seed, key, best_of=best_of)


def plan_of(options: argparse.Namespace) -> list[Task | Done]:
    """Return every song with the place of its answer.

    Raises:
        Misunderstood: it cannot be told where the answers go, or as what.

    """
    form = _form(options)
    if (options.out is None) == (options.out_dir is None):
        raise Misunderstood("say where the answer goes", "add -o OUT, or --out-dir FOLDER")
    if options.json and options.out == PIPE:
        raise Misunderstood("--json and the answer both want standard output", "choose a file")
    if options.songs.count(PIPE) > 1:
        raise Misunderstood("standard input is one song", "name it once")
    if options.out is None:
        return list(planned(options.songs, Path(options.out_dir), form))
    if len(options.songs) > 1 or Path(options.songs[0]).is_dir():
        raise Misunderstood("several songs do not fit into one file", "write --out-dir FOLDER")
    return [Task(options.songs[0], options.out, form)]


def _form(options: argparse.Namespace) -> Form | None:
    """Return the format of the answers: the one that is named, else that of OUT's ending.

    Raises:
        Misunderstood: there is no such format, or it cannot be written.

    """
    if options.format is not None:
        known = [str(form) for form in files.MEDIA_TYPES]
        if options.format not in known:
            raise Misunderstood(
                f"--format cannot be {options.format!r}", f"it is one of {', '.join(known)}"
            )
        return Form(options.format)
    if options.out is None or options.out == PIPE:
        return None
    try:
        form = files.form_of(options.out)
    except BadSong as error:
        raise Misunderstood(error.what, error.remedy) from None
    if form not in files.MEDIA_TYPES:
        raise Misunderstood(f"{form} is read but not written", "write .musicxml, .mxl or .mid")
    return form
