"""What `antiphon doctor` looks at: everything that could keep an answer from being heard."""

import os
import platform
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata
from importlib.resources.abc import Traversable
from json import dumps
from pathlib import Path
from typing import Protocol, runtime_checkable

from bridge import packages, status
from bridge.config import Settings, load, settings_file
from bridge.errors import BadSetting
from bridge.portnames import missing
from bridge.ports import listing, self_loop
from bridge.token import token_file
from bridge.wire import PortReport
from generators import catalogue
from generators.card import Card, read_card, shelf
from generators.model import Decoder
from generators.music.errors import BadModel, PlayerError

LOOPBACK = "127.0.0.1"
# What python-osc would write for ("/antiphon/status",): doctor asks as a stranger would.
QUESTION = b"/antiphon/status\0\0\0\0,\0\0\0"


class State(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARN = "warn"
    """Antiphon plays, without something that one may miss."""
    FAIL = "fail"
    """Antiphon cannot play like this."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, how it is, and what to do about it."""

    name: str
    state: State
    says: str
    remedy: str = ""

    def __str__(self) -> str:
        """Give it as one line."""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.state:<4}  {self.name:<9}  {self.says}{remedy}"


def report(json: bool = False) -> tuple[str, int]:
    """Return what to print, and the exit code: 1 where something keeps Antiphon from playing."""
    try:
        settings, first = load(), _settings_are_well()
    except BadSetting as error:
        settings, first = Settings(), Check("settings", State.FAIL, error.what, error.remedy)
    found = (first, *checks(settings))
    code = int(any(check.state is State.FAIL for check in found))
    if json:
        return dumps({"version": 1, "checks": [asdict(c) for c in found]}, indent=2), code
    return "\n".join(map(str, found)), code


def checks(settings: Settings) -> tuple[Check, ...]:
    """Look at everything; a look that goes wrong is a finding too, never an end."""
    looks: tuple[Callable[[Settings], list[Check]], ...] = (
        lambda _: [python(), *house(), data()],
        network,
        midi,
        models,
        answers,
    )
    return tuple(check for look in looks for check in _looked(look, settings))


def _looked(look: Callable[[Settings], list[Check]], settings: Settings) -> list[Check]:
    try:
        return look(settings)
    except Exception as error:
        return [Check("doctor", State.WARN, f"a look went wrong: {error!r}", "please report it")]


def _settings_are_well() -> Check:
    file = settings_file()
    says = f"read from {file}" if file.exists() else f"none of your own; {file} may hold some"
    return Check("settings", State.OK, says)


def python() -> Check:
    """Say which Python this is."""
    says = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("python", State.WARN, says, "Antiphon is tried with 3.11, 3.12 and 3.13")
    return Check("python", State.OK, says)


def house() -> list[Check]:
    """Say whether our packages are ours, and whether the libraries are there."""
    return [_rooms(), *_libraries()]


def _rooms() -> Check:
    strangers = packages.strangers()
    if not strangers:
        return Check("packages", State.OK, f"all come from {packages.home()}")
    says = ", ".join(f"{room} comes from {place or 'nowhere'}" for room, place in strangers.items())
    remedy = "give Antiphon an environment of its own: `python3 install run`"
    return Check("packages", State.FAIL, f"{says}, not from {packages.home()}", remedy)


def _libraries() -> list[Check]:
    try:
        lacking = packages.lacking()
    except metadata.PackageNotFoundError:
        says = "Antiphon runs from a folder and was not installed"
        return [Check("libraries", State.WARN, says, "`python3 install run` does it properly")]
    if not lacking:
        return [Check("libraries", State.OK, "all are there")]
    return [_lacking(name) for name in lacking]


def _lacking(name: str) -> Check:
    what = packages.OPTIONAL.get(name)
    state = State.WARN if what else State.FAIL
    says = f"{name} is not installed{f', so there is no {what}' if what else ''}"
    return Check("libraries", state, says, f"type `{sys.executable} -m pip install {name}`")


def data() -> Check:
    """Say whether Antiphon can keep what it has to keep."""
    folder = token_file().parent
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if _can_be_written(there):
        return Check("data", State.OK, f"{folder} can be written")
    return Check("data", State.FAIL, f"{folder} cannot be written", f"make {there} yours")


def _can_be_written(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def network(settings: Settings) -> list[Check]:
    """Say whether the page and OSC are, or can be, where the settings want them."""
    return [page(settings.http_port), osc(settings.osc_port)]


def page(port: int) -> Check:
    """Say whether the page answers, or its port is free."""
    try:
        status.ask(port)
    except status.Stranger:
        remedy = "end that program, or set http_port to another number"
        return Check("page", State.FAIL, f"port {port} is taken by another program", remedy)
    except status.Nobody:
        return _free("page", port, socket.SOCK_STREAM)
    return Check("page", State.OK, f"Antiphon is running: http://{LOOPBACK}:{port} answers")


def osc(port: int) -> Check:
    """Say whether OSC is answered, or its port is free."""
    free = _free("osc", port, socket.SOCK_DGRAM)
    if free.state is State.OK:
        return free
    if _answers_osc(port):
        return Check("osc", State.OK, f"Antiphon is running: UDP port {port} answers")
    return free


def _free(name: str, port: int, kind: socket.SocketKind) -> Check:
    if port == 0:
        return Check(name, State.OK, "any free port will do")
    try:
        with closing(socket.socket(socket.AF_INET, kind)) as line:
            if kind is socket.SOCK_STREAM and sys.platform != "win32":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind((LOOPBACK, port))
    except OSError as error:
        says = f"port {port} cannot be had ({error.strerror})"
        remedy = f"end the program that has it, or set {_setting(name)} to another number"
        return Check(name, State.FAIL, says, remedy)
    return Check(name, State.OK, f"port {port} is free; Antiphon is not running")


def _setting(name: str) -> str:
    return "http_port" if name == "page" else "osc_port"


def _answers_osc(port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as line:
        line.settimeout(1.0)
        try:
            line.sendto(QUESTION, (LOOPBACK, port))
            return line.recv(65535).startswith(b"/antiphon/status\0")
        except OSError:
            return False


def midi(settings: Settings) -> list[Check]:
    """Say which ports there are, what is missing, and whether a note comes back to itself."""
    listed, looped = listing(settings), self_loop(settings)
    known = {report.state for report in listed if not report.works}
    trips = [report for report in looped if report.state not in known]
    return [*_back_ends(listed), *_named(settings, listed), *(_loop(each) for each in trips)]


def _back_ends(listed: tuple[PortReport, ...]) -> list[Check]:
    """Say how many ports each back end has, or why it has none."""
    found = [_trouble(report) for report in listed if not report.works]
    working = [report for report in listed if report.works and report.port]
    for wire in dict.fromkeys(report.wire for report in working):
        ways = [report.direction for report in working if report.wire == wire]
        says = f"{wire}: {ways.count('in')} ports to listen to, {ways.count('out')} to play to"
        found.append(Check("midi", State.OK, says))
    return found


def _trouble(report: PortReport) -> Check:
    """Tell a name that two ports share, which stops the start, from a back end that is not here."""
    state = State.WARN if report.direction == "both" else State.FAIL
    return Check("midi", state, f"{report.wire}: {report.state}", report.remedy)


def _named(settings: Settings, listed: tuple[PortReport, ...]) -> list[Check]:
    """Say that a port which the player named is not there."""
    found = []
    for way, part in (("in", settings.midi_in), ("out", settings.midi_out)):
        ours = [report for report in listed if report.direction == way]
        if part and not any(f"midi_{way} names it" in r.state or not r.works for r in ours):
            trouble = missing(
                part, [report.port for report in ours], "in" if way == "in" else "out"
            )
            found.append(Check("midi", State.WARN, trouble.what, trouble.remedy))
    return found


def _loop(report: PortReport) -> Check:
    state = State.OK if report.works else State.WARN
    return Check("loop", state, f"{report.wire}: {report.state}", report.remedy)


def models(settings: Settings) -> list[Check]:
    """Say of each model whether it is the one that was exported, runs, and where."""
    try:
        folders = list(shelf(_own(settings)))
        return [_model(folder) for folder in folders] or [_no_model()]
    except BadModel as error:
        return [Check("model", State.FAIL, error.what, error.remedy)]


def _no_model() -> Check:
    says = "there is none on the shelf, so rules and the player's own phrases answer"
    return Check("model", State.WARN, says, "name a folder of your own with the setting models")


def _model(folder: Traversable) -> Check:
    try:
        card = read_card(folder)
        decoder = _running(card)
        said = decoder.golden()
    except BadModel as error:
        return Check("model", State.FAIL, error.what, error.remedy)
    if said != card.proof.answer:
        says = f"{card.name} answers its golden prompt otherwise than its card says"
        return Check("model", State.WARN, says, "another onnxruntime may round otherwise")
    asked, got = (", ".join(each) for each in (decoder.providers_asked, decoder.providers_got))
    says = f"{card.name} is as its card says and runs on {got} (asked for {asked})"
    state = State.OK if decoder.providers_got[:1] == decoder.providers_asked[:1] else State.WARN
    return Check("model", state, says)


def _running(card: Card) -> "Proved":
    """Return a model at work: one of ours, or one of other people's, which proves itself."""
    made = catalogue.played(card) if card.family in catalogue.FAMILIES else None
    return made if isinstance(made, Proved) else Decoder(card)


@runtime_checkable
class Proved(Protocol):
    """A model that knows how its own golden prompt goes on."""

    providers_asked: tuple[str, ...]
    providers_got: tuple[str, ...]

    def golden(self) -> tuple[int, ...]:
        """Return what it goes on with after its card's golden prompt."""


def answers(settings: Settings) -> list[Check]:
    """Say which generator answers, and whether it loads."""
    try:
        name = settings.model or catalogue.default_of(catalogue.readable(_own(settings)))
        made = catalogue.generator(name, _own(settings))
    except PlayerError as error:
        return [Check("answers", State.FAIL, error.what, error.remedy)]
    return [Check("answers", State.OK, f"{made.name} makes them")]


def _own(settings: Settings) -> Path | None:
    return Path(settings.models) if settings.models else None
