"""What can be typed after `python3 install`."""

import sys
from collections.abc import Callable
from pathlib import Path

from install import environment
from install.needs import Purpose
from install.troubles import Trouble

ROOT = Path(__file__).resolve().parent.parent
USAGE = """\
python3 install run [SETTINGS]         set Antiphon up if need be, then start it with its page
python3 install test [WORDS]           set its tests up if need be, then run them all;
                                       words go to pytest and choose among them
python3 install service on|off|show    start Antiphon whenever you log in, or no more
python3 install uninstall [--all]      remove the environment and the start-up entry;
                                       --all removes your settings and data too
"""


def run(words: list[str]) -> int:
    """Set up what playing needs and become the daemon."""
    environment.prepare(ROOT, Purpose.RUN)
    from install import start

    return start.become(start.command(ROOT, words))


def test(words: list[str]) -> int:
    """Set up what the tests need and run them."""
    from install import checks, system

    environment.prepare(ROOT, Purpose.TEST)
    system.provide()
    return checks.check(ROOT, words)


def service(words: list[str]) -> int:
    """Start Antiphon with the system, or no more, or show how."""
    from install import service

    match words:
        case ["on"]:
            environment.prepare(ROOT, Purpose.RUN)
            service.turn_on(ROOT)
        case ["off"]:
            service.turn_off()
        case ["show"] | []:
            service.show(ROOT)
        case _:
            raise Trouble(f"service does not know {' '.join(words)}", "it takes on, off or show")
    return 0


def uninstall(words: list[str]) -> int:
    """Take Antiphon off this machine."""
    from install import removal

    removal.uninstall(ROOT, words)
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "test": test,
    "service": service,
    "uninstall": uninstall,
}


def main(words: list[str]) -> int:
    """Do what was typed and give the exit code: 0 done, 1 not possible, 2 not understood."""
    if words[:1] in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    if not words or words[0] not in COMMANDS:
        print(USAGE, end="", file=sys.stderr)
        return 2
    try:
        return COMMANDS[words[0]](words[1:])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Type the same again to go on.", file=sys.stderr)
        return 130
