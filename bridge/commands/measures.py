"""Whether it keeps its word: `bench` measures time, `replay` compares a recorded session."""

import argparse
import sys
from pathlib import Path

from bridge.commands.saying import DONE, FAILED, print_json
from bridge.commands.words import json_word, setting_words, settings

MEASURED = ("model", "models", "backend")
"""The settings that a measure may be of."""


def bench_words(parser: argparse.ArgumentParser) -> None:
    """Take how much is measured, and of what."""
    add = parser.add_argument
    add("--quick", action="store_true", help="measure less, in about a minute")
    add("--plot", metavar="FILE", help="draw histograms to this PNG file")
    add("--compare", action="store_true", help="measure the model in a thread as well")
    setting_words(parser, MEASURED)
    json_word(parser)


def bench(options: argparse.Namespace) -> int:
    """Measure how well it keeps time."""
    from bridge.bench.report import bench

    wished = settings(options, *MEASURED)
    text = bench(wished, options, lambda line: print(line, file=sys.stderr))
    print(text)
    return DONE


def replay_words(parser: argparse.ArgumentParser) -> None:
    """Take a log, and who is to be asked again."""
    parser.add_argument("log", metavar="LOG", help="a file that `antiphon record LOG` has made")
    parser.add_argument("--model", metavar="NAME", help="ask this generator again, and compare")
    json_word(parser)


def replay(options: argparse.Namespace) -> int:
    """Play a log again, and say whether the same bytes leave."""
    from bridge.replay import replay_file

    again = None
    if options.model:
        from generators.catalogue import generator

        again = generator(options.model)
    heard = replay_file(Path(options.log), again)
    if options.json:
        print_json(
            same=heard.same,
            messages=len(heard.messages),
            answers=heard.answers,
            differing=list(heard.differing),
            digest=heard.digest,
        )
    else:
        verdict = "the same bytes as live" if heard.same else "other bytes than live"
        print(f"{len(heard.messages)} messages, {heard.answers} answers: {verdict}")
        if heard.differing:
            print(f"{options.model} answers {len(heard.differing)} questions otherwise")
    return DONE if heard.same and not heard.differing else FAILED
