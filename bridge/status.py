"""What `antiphon status` prints: what the daemon that is running says about itself."""

import http.client
from json import dumps, loads
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from bridge.config import Settings
from bridge.errors import PortTrouble
from bridge.token import token_file

PATIENCE = 3.0  # seconds; a daemon that is alive answers in milliseconds
LONGEST = 1_000_000  # bytes


def report(settings: Settings, json: bool = False) -> tuple[str, int]:
    """Return what to print about the daemon, and the exit code: 1 where none is running."""
    try:
        said = ask(settings.http_port)
    except PortTrouble as trouble:
        absent = {"running": False, "what": trouble.what, "remedy": trouble.remedy}
        return (_as_json(absent) if json else str(trouble)), 1
    return (_as_json(said) if json else readable(said, settings.http_port)), 0


def ask(port: int) -> dict[str, Any]:
    """Return the status that the daemon on this port gives.

    Raises:
        PortTrouble: nobody answers there, or somebody else does.

    """
    try:
        # A proxy has no business between two programs on one machine.
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/v1/status", timeout=PATIENCE) as answer:
            said = loads(answer.read(LONGEST))
    except (HTTPError, http.client.HTTPException, ValueError, TimeoutError):
        raise _stranger(port) from None
    except URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            raise _nobody(port) from None
        raise _stranger(port) from None
    except OSError:
        raise _stranger(port) from None
    if not isinstance(said, dict) or "version" not in said or "role" not in said:
        raise _stranger(port)
    return said


class Nobody(PortTrouble):
    """No program answers on this port."""


class Stranger(PortTrouble):
    """Another program than Antiphon answers on this port."""


def _nobody(port: int) -> Nobody:
    return Nobody(
        f"Antiphon is not running (nothing answers on port {port})",
        "start it with `antiphon`; if its page has another port, type that: --http-port",
    )


def _stranger(port: int) -> Stranger:
    return Stranger(
        f"what answers on port {port} is not Antiphon", "type the port of its page: --http-port"
    )


def readable(said: dict[str, Any], port: int) -> str:
    """Return a status as lines for a person."""
    transport, model = _part(said, "transport"), _part(said, "model")
    lines = [
        f"Antiphon is running at http://127.0.0.1:{port} for {_lasting(said.get('uptime_s', 0))}",
        f"role       {said['role']}",
        f"song       {_song(transport)}",
        *_played(said.get("played_tempo"), said.get("played_bar")),
        f"model      {_model(model)}",
        f"answer in  {_times(_part(model, 'answer_ms'))}",
        f"answers    {_answers(said)}",
        f"notes      {_figures(said, ('sent', 'sounding', 'late', 'echoes'))}",
        *_ports(said.get("ports", [])),
        f"token      {token_file()}",
    ]
    return "\n".join(lines)


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}


def _lasting(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _song(transport: dict[str, Any]) -> str:
    state = "plays" if transport.get("playing") else "stands"
    beat, bpm, meter = (transport.get(name, "?") for name in ("beat", "bpm", "meter"))
    uneven = f", {transport['jitter_ms']} ms of jitter" if transport.get("jitter_ms") else ""
    by = f"by the {transport.get('source')} clock{uneven}"
    return f"{state} at beat {beat}, {bpm} bpm, {meter}, {by}{_others(transport)}"


def _played(tempo: dict[str, Any] | None, bar: dict[str, Any] | None) -> list[str]:
    """Say which tempo and which bars are heard in what is played, where nobody else gives them."""
    if not tempo:
        return []
    said = f"you play   at about {tempo.get('bpm')} bpm ({tempo.get('sure', 0):.0%} sure)"
    if not bar:
        return [said]
    sure, of_meter = bar.get("sure", 0), bar.get("sure_of_meter", 0)
    return [f"{said}; {bar.get('meter')} {of_meter:.0%} sure, its downbeat {sure:.0%} sure"]


def _others(transport: dict[str, Any]) -> str:
    """Name the other sources that play, and their tempi."""
    others = [
        f"{name} plays at {each.get('bpm')} bpm"
        for name, each in _part(transport, "sources").items()
        if name != transport.get("source") and each.get("playing")
    ]
    return f"; {', '.join(others)}" if others else ""


def _model(model: dict[str, Any]) -> str:
    """Say which model plays, and on what: asked for and got are different things."""
    if not model.get("name"):
        return "still loading"
    asked, got = (", ".join(model.get(f"providers_{each}") or ()) for each in ("asked", "got"))
    on = f" on {got}" if got else ""
    instead = f" (asked for {asked})" if asked != got else ""
    trouble = f"; {model['trouble']}" if model.get("trouble") else ""
    counts = _figures(model, ("failures", "restarts"))
    return f"{model['name']}{on}{instead}{trouble}; {counts}"


def _times(times: dict[str, Any]) -> str:
    known = {name: value for name, value in times.items() if value is not None}
    return ", ".join(f"{name} {value} ms" for name, value in known.items()) or "nothing asked yet"


def _answers(said: dict[str, Any]) -> str:
    rungs = {name: count for name, count in _part(said, "rungs").items() if count}
    by = ", ".join(f"{count} {name}" for name, count in rungs.items())
    return f"{said.get('answers', 0)}{f' ({by})' if by else ''}"


def _figures(said: dict[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(f"{said[name]} {name}" for name in names if name in said)


def _ports(ports: list[dict[str, Any]]) -> list[str]:
    """Say each port's state, and what to type where something is missing."""
    lines = []
    for port in ports:
        name = " ".join(filter(None, (port.get("wire"), port.get("port"))))
        remedy = f"; {port['remedy']}" if port.get("remedy") else ""
        lines.append(f"port       {name}: {port.get('state')}{remedy}")
    return lines


def _as_json(said: dict[str, Any]) -> str:
    return dumps(said, indent=2, ensure_ascii=False)
