"""The `antiphon` command: it reads its words, calls one function, and gives an exit code.

0 is done, 1 is that something could not be done, 2 that the words were not understood. Only what
a command needs is imported: `antiphon --help` loads nothing of the rest.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import BadSetting, Misunderstood
from generators.music.errors import BadValue, PlayerError

if TYPE_CHECKING:
    from bridge.config import Settings
    from bridge.headless import Done, Task

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
ABOUT = "A composing partner: it answers what you play, and goes on from what you wrote."
EPILOG = "`antiphon COMMAND --help` says more; without a command, antiphon plays."
VERSION = 1
"""Of what --json prints."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it does, the words it takes, and the function that does it."""

    help: str
    words: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(words: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="antiphon: %(message)s")
    try:
        return _run(list(sys.argv[1:] if words is None else words))
    except (Misunderstood, BadValue, BadSetting) as error:
        return _complain(error, USAGE)
    except PlayerError as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone; Python must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _complain(error: object, code: int) -> int:
    print(f"antiphon: {error}", file=sys.stderr)
    return code


def _run(words: list[str]) -> int:
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "play")
    parser = argparse.ArgumentParser("antiphon", description=ABOUT, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=_version(words[0]))
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name, help=command.help, description=command.help, allow_abbrev=False
        )
        if name == words[0]:
            command.words(sub)
            sub.set_defaults(run=command.run, command=name)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        _refuse(options.command, unknown[0].partition("=")[0])
    code: int = options.run(options)
    return code


def _refuse(command: str, word: str) -> None:
    """Raise for a word that a command does not take."""
    if command in ("play", "record") and word.startswith("--"):
        from bridge.config import known

        known(word)
    raise Misunderstood(f"{command} does not take {word}", f"see `antiphon {command} --help`")


def _version(word: str) -> str:
    if word != "--version":
        return ""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"antiphon {version('antiphon')}"
    except PackageNotFoundError:
        return "antiphon, run from its source"


def _settings(changes: dict[str, object] | None = None, path: str | None = None) -> "Settings":
    from bridge.config import load

    return load(Path(path) if path else None, changes)


# The daemon


def _play_words(parser: argparse.ArgumentParser) -> None:
    from bridge.config import FIELDS

    _setting_words(parser, FIELDS)
    parser.add_argument("--settings", metavar="FILE", help="take the settings from this file")


def _setting_words(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Take settings as flags."""
    from bridge.config import FIELDS

    for name in names:
        flag, usual, notes = (
            "--" + name.replace("_", "-"),
            FIELDS[name].default,
            FIELDS[name].metadata,
        )
        help_ = f"{notes['help']} ({usual})".replace("%", "%%")
        if isinstance(usual, bool):
            parser.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=help_
            )
        else:
            word = "|".join(notes["choices"]) or type(usual).__name__.upper()
            parser.add_argument(flag, default=argparse.SUPPRESS, metavar=word, help=help_)


def _record_words(parser: argparse.ArgumentParser) -> None:
    from bridge.config import FIELDS

    parser.add_argument("record", metavar="LOG", help="the file that the session is written to")
    _setting_words(parser, (name for name in FIELDS if name != "record"))
    parser.add_argument("--settings", metavar="FILE", help="take the settings from this file")


def _play(options: argparse.Namespace) -> int:
    from bridge.daemon import run

    given = {k: v for k, v in vars(options).items() if k not in ("run", "command", "settings")}
    logging.getLogger().setLevel(logging.INFO)
    return run(_settings(given, options.settings), print)


def _json_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print it for a program to read")


def _doctor(options: argparse.Namespace) -> int:
    from bridge.doctor import report

    text, code = report(options.json)
    print(text)
    return code


def _status_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--http-port", metavar="PORT", help="ask the daemon with its page there")
    _json_word(parser)


def _status(options: argparse.Namespace) -> int:
    from bridge.status import report

    given = {} if options.http_port is None else {"http_port": options.http_port}
    text, code = report(_settings(given), options.json)
    print(text)
    return code


def _ports(options: argparse.Namespace) -> int:
    from bridge.ports import listing

    reports = listing(_settings())
    if options.json:
        told = [asdict(report) for report in reports]
        print(json.dumps({"version": VERSION, "ports": told}, indent=2))
        return DONE
    for report in reports:
        remedy = f"; {report.remedy}" if report.remedy else ""
        print(f"{report.wire:<8} {report.direction:<5} {report.port:<24} {report.state}{remedy}")
    return DONE


def _calibrate_words(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("port", nargs="?", metavar="PORT", default="", help="the way out: JACK, or a port's name")
    add("--ms", type=float, metavar="MS", help="take this instead of measuring; 0 takes it out")
    _setting_words(parser, ("backend", "midi_in", "midi_out"))


def _calibrate(options: argparse.Namespace) -> int:
    from bridge.calibrate import calibrate

    given = {k: v for k, v in vars(options).items() if k in ("backend", "midi_in", "midi_out")}
    print(calibrate(_settings(given), options.port, options.ms))
    return DONE


def _models_words(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("action", nargs="?", choices=("list", "add"), default="list", help="list them, or add one")
    add("source", nargs="?", metavar="SOURCE", help="a folder, or OWNER/NAME on the hub, to add")
    add("--name", metavar="NAME", default="", help="what the added model is called")
    add("--into", metavar="FOLDER", default="", help="where it goes (the setting models)")
    add("--yes", action="store_true", help="fetch it from the hub without being asked")
    _json_word(parser)


def _models(options: argparse.Namespace) -> int:
    return _added(options) if options.action == "add" else _listed(options)


def _added(options: argparse.Namespace) -> int:
    from bridge.adoption import Wanted, add

    if not options.source:
        raise Misunderstood("models add needs a model", "name its folder, or OWNER/NAME on the hub")
    into = options.into or _settings().models
    return add(Wanted(options.source, into, options.name, options.yes))


def _listed(options: argparse.Namespace) -> int:
    from generators.catalogue import RULES, cards

    settings = _settings()
    found = cards(Path(settings.models) if settings.models else None)
    if options.json:
        keys = ("name", "family", "parameters", "licence", "default", "about", "sha256")
        told = [
            {**{key: getattr(card, key) for key in keys}, "scores": card.table} for card in found
        ]
        print(json.dumps({"version": VERSION, "models": told, "rules": list(RULES)}, indent=2))
        return DONE
    for card in found:
        usual = "*" if card.default else " "
        size = f"{card.parameters / 1e6:.1f} M parameters, {card.licence}"
        print(f"{usual} {card.name:<12} {size}; {card.about}")
    print(*(f"  {name:<12} needs no model" for name in RULES), sep="\n")
    return DONE


def _evaluate_words(parser: argparse.ArgumentParser) -> None:
    from bridge.evaluation import FLAGS

    for name, (metavar, meaning) in FLAGS.items():
        parser.add_argument(f"--{name}", metavar=metavar, help=meaning)
    parser.add_argument("--keep", action="store_true", help="write the scores on the cards")
    _json_word(parser)


def _evaluate(options: argparse.Namespace) -> int:
    from bridge.evaluation import FLAGS, evaluate

    options.models = options.models or _settings().models or None
    told = {name: getattr(options, name) for name in FLAGS}
    words = [word for name, value in told.items() if value for word in (f"--{name}", value)]
    words += ["--json"] * options.json + ["--keep"] * options.keep
    return evaluate(words)


def _replay_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", metavar="LOG", help="a file that `antiphon record LOG` has made")
    parser.add_argument("--model", metavar="NAME", help="ask this generator again, and compare")
    _json_word(parser)


def _replay(options: argparse.Namespace) -> int:
    from bridge.replay import replay_file

    again = None
    if options.model:
        from generators.catalogue import generator

        again = generator(options.model)
    heard = replay_file(Path(options.log), again)
    well = heard.same and not heard.differing
    told = {
        "version": VERSION,
        "same": heard.same,
        "messages": len(heard.messages),
        "answers": heard.answers,
        "differing": list(heard.differing),
        "digest": heard.digest,
    }
    if options.json:
        print(json.dumps(told, indent=2))
    else:
        verdict = "the same bytes as live" if heard.same else "other bytes than live"
        print(f"{len(heard.messages)} messages, {heard.answers} answers: {verdict}")
        if heard.differing:
            print(f"{options.model} answers {len(heard.differing)} questions otherwise")
    return DONE if well else FAILED


def _bench_words(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--quick", action="store_true", help="measure less, in about a minute")
    add("--plot", metavar="FILE", help="draw histograms to this PNG file")
    add("--compare", action="store_true", help="measure the model in a thread as well")
    _setting_words(parser, ("model", "models", "backend"))
    _json_word(parser)


def _bench(options: argparse.Namespace) -> int:
    from bridge.bench.report import bench

    given = {k: v for k, v in vars(options).items() if k in ("model", "models", "backend")}
    text = bench(_settings(given), options, lambda line: print(line, file=sys.stderr))
    print(text)
    return DONE


# Files


def _song_words(parser: argparse.ArgumentParser) -> None:
    from bridge.config import COMPING

    add = parser.add_argument
    add("songs", nargs="+", metavar="SONG", help="a file, a folder, or - for standard input")
    add("-o", "--out", metavar="OUT", help="where the answer goes; - for standard output")
    add("--out-dir", metavar="FOLDER", help="where the answers to several songs go")
    add("--format", metavar="FORMAT", help="midi, musicxml, mxl or abc, whatever OUT is called")
    add("--bars", metavar="N|A-B", help="how many bars to go on (8), or which bars to answer")
    add("--parts", metavar="PARTS", help="melody, chords, or both as melody,chords")
    add("--seed", type=int, default=1, metavar="N", help="another number gives another answer (1)")
    add("--key", metavar="KEY", help="the key of the answer, such as 'D minor'")
    add("--model", metavar="NAME", help="which model answers; `antiphon models` lists them")
    add(
        "--best-of", type=int, metavar="N", help="choose from N answers: more is better, and slower"
    )
    add(
        "--explain",
        action="store_true",
        help="tell by what the answer was chosen, and which training pieces it is like",
    )
    add("--tune", type=int, default=1, metavar="N", help="which tune of an ABC book (1)")
    _setting_words(parser, COMPING)
    _json_word(parser)


def _songs(options: argparse.Namespace) -> int:
    from bridge.headless import Done, run
    from bridge.orders import order_of, plan_of

    plan = plan_of(options)
    order = order_of(options, lambda sentence: print(f"antiphon: {sentence}", file=sys.stderr))
    batch = options.out is None
    done = [each if isinstance(each, Done) else run(each, order) for each in _shown(plan, batch)]
    if options.json:
        print(json.dumps({"version": VERSION, "songs": [d.as_json() for d in done]}, indent=2))
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
            print(f"antiphon: {each.task.song}: {notice}", file=sys.stderr)
        if each.trouble is None and not batch:
            print(f"antiphon: {each}", file=sys.stderr)
        for line in each.reasons() if explain else ():
            print(f"antiphon: {line}", file=sys.stderr)
    if batch:
        print(f"antiphon: {len(done) - len(failed)} of {len(done)} answered", file=sys.stderr)
    for each in failed:
        _complain(each, FAILED)
    return FAILED if failed else DONE


def _nothing(parser: argparse.ArgumentParser) -> None:
    """Take no words."""


COMMANDS = {
    "play": Command("answer what is played, live", _play_words, _play),
    "record": Command("play, and write the session down for replay", _record_words, _play),
    "continue": Command("write new bars after a song's end", _song_words, _songs),
    "harmonize": Command("write chords for a melody", _song_words, _songs),
    "improvise": Command("write a melody over a song's chords", _song_words, _songs),
    "infill": Command("write other bars for some of a song", _song_words, _songs),
    "ports": Command("list the MIDI ports, and what is missing", _json_word, _ports),
    "calibrate": Command("measure how long a note is on its way", _calibrate_words, _calibrate),
    "doctor": Command("look at everything, and say what to mend", _json_word, _doctor),
    "status": Command("ask the daemon that is running how it is", _status_words, _status),
    "models": Command("list the models, or add one of other people", _models_words, _models),
    "evaluate": Command("measure the models beside baselines", _evaluate_words, _evaluate),
    "bench": Command("measure how well it keeps time here", _bench_words, _bench),
    "replay": Command("play a recorded session again, and compare", _replay_words, _replay),
}
