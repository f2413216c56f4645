"""The reference pages, made from the tables that the program runs by.

`python -m bridge.reference` writes them anew into docs/; a test holds them to the tables.
"""

from dataclasses import Field
from pathlib import Path
from typing import Any

from bridge.config import FIELDS
from bridge.protocol import INCOMING, OUTGOING, VERSION, Address, Arg

PROTOCOL_HEAD = f"""# The protocol, version {VERSION}

Made from the table in `bridge/protocol.py`; `python -m bridge.reference` writes it anew.

The same messages go over OSC and over the WebSocket of the page. Beats are quarters, counted
from the start of the song, as floats; ids are strings; pitches, velocities and channels are
those of MIDI, channels from 1. Types: `i` whole number, `f` number, `s` text, `*` any of them;
arguments in brackets may be left out. Numbers are read as the type that is wanted, so that Pure
Data may send floats and SuperCollider may send true as 1.

## Ways in

**OSC** on UDP 127.0.0.1:7771. Whoever sends `/antiphon/subscribe PORT` hears every answer at
that port of 127.0.0.1; subscribing twice does no harm, and of more than 32 programs the oldest is
forgotten. The last eight programs that have sent something without subscribing are answered at
the port they send from. An error goes to its sender alone, a few a second at most. Messages of a
bundle are taken in order; a time tag up to 60 s ahead is waited for. A message has at most
8192 bytes.

**WebSocket** on ws://127.0.0.1:7770/ws: a JSON array for each message, the address first, such as
`["/antiphon/key", "A minor"]`. Whoever connects is told the transport, the settings and the
status, and hears every answer from then on. Keys that it holds down are let up when it goes.

**HTTP** on http://127.0.0.1:7770: `GET /` is the page, `GET /v1/status` the status as JSON.
`POST /v1/continue`, `/v1/harmonize`, `/v1/improvise` and `/v1/infill` take a MIDI or MusicXML
file of up to 16 MB as the body and give one back; `bars`, `seed`, `key`, `parts` and `model` may
stand in the query, and the settings of the chords, from `style` to `chord_high`. What is wrong is
said as JSON, `{{"what": …, "remedy": …}}`, with a code of 4xx.

    curl --data-binary @song.mid -H "Authorization: Bearer $(cat TOKENFILE)" \\
      "http://127.0.0.1:7770/v1/continue?bars=8" -o more.mid

## Who may act

Only programs on this machine reach Antiphon, and a web page that is not its own may do nothing:
the Host must be `127.0.0.1`, `localhost` or `[::1]` with the port, the Origin the same or absent,
and whoever opens the WebSocket or posts a file must know the token of this installation.
`antiphon status` says which file it is kept in. It is sent as `Authorization: Bearer TOKEN`; where
a WebSocket client cannot send headers, as the subprotocol `antiphon.token.TOKEN` beside
`antiphon.v1`, or as `?token=TOKEN`. The page has it already. The token keeps strangers' web pages
out, not programs of the same user. OSC needs none: no web page can send it.
"""

SETTINGS_HEAD = """# The settings

Made from `bridge/config.py`; `python -m bridge.reference` writes it anew.

Each can stand in the settings file as TOML (`tempo = 92`, `key = "A minor"`), on the command line
as `--name value` with dashes for underscores (what is true or false as `--thru` or `--no-thru`),
and, where it is live, be changed while Antiphon plays: on the page, or by
`/antiphon/set name value`. The file is

* Linux: `~/.config/antiphon/settings.toml`
* macOS: `~/Library/Application Support/antiphon/settings.toml`
* Windows: `%LOCALAPPDATA%\\antiphon\\settings.toml`
"""


def protocol_page() -> str:
    """Return docs/protocol.md."""
    return "\n".join(
        (
            PROTOCOL_HEAD,
            *_messages("What Antiphon understands", INCOMING),
            *_messages("What Antiphon says", OUTGOING),
        )
    )


def settings_page() -> str:
    """Return docs/settings.md."""
    return "\n".join(
        (
            SETTINGS_HEAD,
            "| setting | default | takes | live | meaning |",
            "| --- | --- | --- | --- | --- |",
            *(_setting(name, each) for name, each in FIELDS.items()),
            "",
        )
    )


def _messages(title: str, addresses: tuple[Address, ...]) -> tuple[str, ...]:
    rows = (
        f"| `{each.path}` | {', '.join(_argument(arg) for arg in each.args) or '-'} "
        f"| {_cell(each.meaning)} |"
        for each in addresses
    )
    return (
        f"## {title}",
        "",
        "| address | arguments | meaning |",
        "| --- | --- | --- |",
        *rows,
        "",
    )


def _argument(arg: Arg) -> str:
    text = f"{arg.name} {arg.type}"
    if arg.choices:
        text += f" ({', '.join(arg.choices)})"
    if arg.span:
        text += f" ({arg.span[0]:.10g} to {arg.span[1]:.10g})"
    return f"[{text}]" if arg.optional else text


def _setting(name: str, each: Field[Any]) -> str:
    notes = each.metadata
    live = "yes" if notes["live"] else ""
    return (
        f"| `{name}` | {_value(each.default)} | {_takes(each)} | {live} | {_cell(notes['help'])} |"
    )


def _value(default: object) -> str:
    if default == "":
        return "-"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _takes(each: Field[Any]) -> str:
    notes = each.metadata
    if notes["choices"]:
        return ", ".join(f"`{choice}`" for choice in notes["choices"])
    kind = {bool: "true, false", int: "whole number", float: "number"}.get(
        type(each.default), "text"
    )
    if notes["span"]:
        return f"{kind}, {notes['span'][0]:.10g} to {notes['span'][1]:.10g}"
    return kind


def _cell(text: str) -> str:
    """Return text as a table's cell holds it: a bar would end the cell."""
    return text.replace("|", "\\|")


PAGES = {"protocol.md": protocol_page, "settings.md": settings_page}


def write(folder: Path) -> None:
    """Write every page that is made from a table into a folder."""
    for name, made in PAGES.items():
        (folder / name).write_text(made(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(__file__).parent.parent / "docs")
