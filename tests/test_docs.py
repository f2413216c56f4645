"""What is written down is true: commands, settings, addresses and links exist."""

import argparse
import re
import shlex
import tomllib
from pathlib import Path

import pytest

import bridge
from bridge.cli import COMMANDS
from bridge.config import FIELDS, Settings
from bridge.protocol import INCOMING, OUTGOING, understood
from generators.catalogue import cards
from install import cli as install

ROOT = Path(bridge.__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
ADDRESSES = {each.path for each in (*INCOMING, *OUTGOING)}


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def typed(page: Path) -> list[str]:
    """Return what a page tells people to type: lines of blocks, and words between backquotes."""
    said = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```", said, re.DOTALL | re.MULTILINE)
    plain = re.sub(r"^```.*?^```", "", said, flags=re.DOTALL | re.MULTILINE)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [*lines, *re.findall(r"`([^`\n]+)`", plain)]


def commands(page: Path) -> list[list[str]]:
    """Return the words after `antiphon` in everything that a page tells people to type."""
    start = re.compile(r"(?:pw-jack )?(?:\.venv/bin/)?antiphon(?: |$)")
    return [shlex.split(start.sub("", line)) for line in typed(page) if start.match(line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_written_down_is_understood(page: Path) -> None:
    for words in commands(page):
        if words[:1] == ["COMMAND"]:
            continue
        name = words.pop(0) if words and not words[0].startswith("-") else "play"
        parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
        COMMANDS[name].words(parser)
        if words and words[-1] != "--help":
            parser.parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_set_up_that_is_written_down_exists(page: Path) -> None:
    for line in typed(page):
        if line.startswith("python3 install "):
            assert line.split()[2] in install.COMMANDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_address_that_is_written_down_is_in_the_table(page: Path) -> None:
    for address in re.findall(r"(?<![\w.])/antiphon/[a-z/]+", page.read_text(encoding="utf-8")):
        assert address.rstrip("/") in ADDRESSES


def test_the_messages_of_the_first_pages_fit_the_table() -> None:
    lines = [shlex.split(line) for line in text("docs/getting-started.md").splitlines()
             if line.startswith("/antiphon/")]  # fmt: skip
    assert lines
    for path, *words in lines:
        understood(path, tuple(int(word) if word.isdigit() else word for word in words))


def test_every_command_has_its_row() -> None:
    said = text("docs/getting-started.md")
    assert all(f"| `antiphon {name}` |" in said for name in COMMANDS)


def test_every_setting_has_its_row() -> None:
    said = text("docs/settings.md")
    assert all(f"| `{name}` |" in said for name in FIELDS)


def test_every_address_has_its_row() -> None:
    said = text("docs/protocol.md")
    assert all(f"| `{address}` |" in said for address in ADDRESSES)


def test_every_model_on_the_shelf_has_its_place() -> None:
    said = text("docs/models.md")
    assert all(f"## {card.name}" in said for card in cards())


def test_every_library_that_is_needed_has_its_reason() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    said = text("CHANGELOG.md").lower()
    for need in project["dependencies"]:
        assert re.match(r"[\w-]+", need).group().lower() in said, need  # type: ignore[union-attr]


def test_the_settings_that_are_shown_as_an_example_are_settings() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", text("docs/getting-started.md"), re.DOTALL)
    assert blocks
    for block in blocks:
        Settings(**tomllib.loads(block))
