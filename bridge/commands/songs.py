"""Files: `continue`, `harmonize`, `improvise` and `infill`."""

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bridge.commands.saying import DONE, FAILED, print_json, say
from bridge.commands.words import json_word, setting_words
from generators.command_line import whole
from generators.prompt import LARGEST_SEED

if TYPE_CHECKING:
    from bridge.headless import Done, Task


def song_words(parser: argparse.ArgumentParser) -> None:
    """Take songs, where the answers go, and what is wished of them."""
    from bridge.config import COMPING

    add = parser.add_argument
    add("songs", nargs="+", metavar="SONG", help="a file, a folder, or - for standard input")
    add("-o", "--out", metavar="OUT", help="where the answer goes; - for standard output")
    add("--out-dir", metavar="FOLDER", help="where the answers to several songs go")
    add("--format", metavar="FORMAT", help="midi, musicxml, mxl or abc, whatever OUT is called")
    add("--bars", metavar="N|A-B", help="how many bars to go on (8), or which bars to answer")
    add("--parts", metavar="PARTS", help="melody, chords, or both as melody,chords")
    add(
        "--seed",
        type=whole(0, LARGEST_SEED),
        default=1,
        metavar="N",
        help="another number gives another answer (1)",
    )
    add(
        "--key",
        metavar="KEY",
        help="the key of the answer, such as 'D minor'; its melody and its chords keep to it",
    )
    add("--model", metavar="NAME", help="which model answers; `antiphon models` lists them")
    add(
        "--best-of",
        type=whole(1),
        metavar="N",
        help="choose from N answers: more is better, and slower",
    )
    add(
        "--explain",
        action="store_true",
        help="tell by what the answer was chosen, and which training pieces it is like",
    )
    add("--tune", type=whole(1), default=1, metavar="N", help="which tune of an ABC book (1)")
    setting_words(parser, COMPING)
    json_word(parser)


def songs(options: argparse.Namespace) -> int:
    """Answer each song."""
    from bridge.headless import Done, run
    from bridge.orders import order_of, plan_of

    plan = plan_of(options)
    order = order_of(options, say)
    batch = options.out is None
    done = [each if isinstance(each, Done) else run(each, order) for each in _shown(plan, batch)]
    if options.json:
        print_json(songs=[each.as_json() for each in done])
    return _told(done, batch, options.explain)


def _shown(plan: "list[Task | Done]", batch: bool) -> "Iterable[Task | Done]":
    """Give the tasks, with a bar that shows how far they are where somebody looks on."""
    if not batch:
        return plan
    from tqdm import tqdm

    bar: Iterable[Task | Done] = tqdm(plan, unit="song", file=sys.stderr, disable=None)
    return bar


def _told(done: "list[Done]", batch: bool, explain: bool) -> int:
    """Say what became of the songs, the failures last, and return the exit code."""
    failed = [each for each in done if each.trouble is not None]
    for each in done:
        for notice in each.notices:
            say(f"{each.task.song}: {notice}")
        if each.trouble is None and not batch:
            say(each)
        for line in each.reasons() if explain else ():
            say(line)
    if batch:
        say(f"{len(done) - len(failed)} of {len(done)} answered")
    for each in failed:
        say(each)
    return FAILED if failed else DONE
