"""Starting Antiphon with the system: a systemd user unit, a launchd agent, a start-up entry."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape

from install import start
from install.troubles import Trouble

TEMPLATES = Path(__file__).parent / "services"
LABEL = "antiphon.daemon"


@dataclass(frozen=True, slots=True)
class System:
    """How one kind of system starts a program when its player logs in.

    `place` is where the entry goes, `quoted` writes a command as that entry wants it, and `on`
    and `off` are what makes the system take the entry up, or let it go, at once.
    """

    template: str
    place: Path
    quoted: Callable[[Sequence[str]], str]
    on: tuple[tuple[str, ...], ...] = ()
    off: tuple[tuple[str, ...], ...] = ()

    def entry(self, command: Sequence[str]) -> str:
        """Return the text of the entry."""
        text = (TEMPLATES / self.template).read_text(encoding="utf-8")
        log = escape(str(Path.home() / "Library/Logs/antiphon.log"))
        return Template(text).substitute(command=self.quoted(command), log=log)


def here() -> System:
    """Return the system that this is.

    Raises:
        Trouble: it is one whose way of starting programs is not known.

    """
    if sys.platform not in SYSTEMS:
        raise Trouble(
            f"how {sys.platform} starts programs is not known here",
            "have it start `antiphon play` when you log in",
        )
    return SYSTEMS[sys.platform]()


def turn_on(root: Path) -> None:
    """Have the daemon start now, where the system can be told, and at every log-in."""
    system = here()
    _write(system.place, system.entry(start.command(root, ())))
    print(f"Written: {system.place}")
    _tell(system.on, "Antiphon runs now, and again whenever you log in.")


def turn_off() -> None:
    """Have it start no more, and end the one that the system started."""
    system = here()
    if not system.place.exists():
        print("Antiphon does not start with the system.")
        return
    _tell(system.off, "The daemon that the system started has ended.")
    system.place.unlink()
    print(f"Removed: {system.place}")


def show(root: Path) -> None:
    """Print the entry and where it is, or where it would go."""
    system = here()
    is_on = system.place.exists()
    print(f"{'On' if is_on else 'Off'}: {system.place}{'' if is_on else ' (not written)'}\n")
    entry = system.place.read_text(encoding="utf-8") if is_on else ""
    print(entry or system.entry(start.command(root, ())), end="")


def linux() -> System:
    """Describe systemd, which starts a user's services."""
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    systemctl = ("systemctl", "--user")
    return System(
        template="antiphon.service",
        place=settings / "systemd/user/antiphon.service",
        quoted=lambda command: " ".join(_for_systemd(word) for word in command),
        on=((*systemctl, "daemon-reload"), (*systemctl, "enable", "--now", "antiphon.service")),
        off=((*systemctl, "disable", "--now", "antiphon.service"),),
    )


def macos() -> System:
    """Describe launchd, which starts a user's agents."""
    place = Path.home() / "Library/LaunchAgents" / f"{LABEL}.plist"
    domain = f"gui/{_user()}"
    return System(
        template="antiphon.plist",
        place=place,
        quoted=lambda command: "\n".join(
            f"        <string>{escape(word)}</string>" for word in command
        ),
        on=(("launchctl", "bootstrap", domain, str(place)),),
        off=(("launchctl", "bootout", f"{domain}/{LABEL}"),),
    )


def windows() -> System:
    """Describe the Startup folder, whose entries Windows runs at log-in."""
    roaming = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    startup = "Microsoft/Windows/Start Menu/Programs/Startup"
    return System(
        template="antiphon.cmd",
        place=roaming / startup / "antiphon.cmd",
        quoted=lambda command: " ".join(f'"{word}"' for word in command).replace("%", "%%"),
    )


SYSTEMS: dict[str, Callable[[], System]] = {"linux": linux, "darwin": macos, "win32": windows}


def _for_systemd(word: str) -> str:
    """Quote a word; systemd reads % and $ inside quotes too."""
    for special, meant in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(special, meant)
    return f'"{word}"'


def _user() -> int:
    if sys.platform == "win32":
        return 0
    return os.getuid()


def _write(place: Path, text: str) -> None:
    """Write beside and rename, so that the system never reads half an entry."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(place.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(place)
    except OSError as error:
        raise Trouble(f"{place} cannot be written ({error.strerror})", "see who owns it") from None


def _tell(lines: Sequence[Sequence[str]], done: str) -> None:
    """Let the system act at once; where it does not listen, give the lines to type."""
    if not lines:
        print("Windows acts on it when you next log in.")
        return
    if all(_obeyed(line) for line in lines):
        print(done)
    else:
        typed = " && ".join(" ".join(line) for line in lines)
        print(f"{lines[0][0]} does not answer here. Where it does, type: {typed}")


def _obeyed(line: Sequence[str]) -> bool:
    try:
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
