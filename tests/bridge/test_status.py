"""What `antiphon status` says."""

import json
import socket

import pytest

from bridge import status
from bridge.config import Settings
from bridge.errors import PortTrouble
from bridge.token import token_file
from tests.bridge import neighbours


def test_a_running_daemon_is_told_of_in_lines() -> None:
    with neighbours.antiphon() as (page, _):
        said, code = status.report(Settings(http_port=page))
    assert code == 0
    assert f"http://127.0.0.1:{page} for 1 h 2 min" in said
    assert "plays at beat 17.5, 96.0 bpm, 6/8, by the midi clock" in said
    assert "7 (6 plan, 1 recall)" in said
    assert "JACK: no JACK server runs; start one" in said
    assert str(token_file()) in said


def test_the_provider_that_was_asked_for_and_the_one_that_runs_are_told_apart() -> None:
    said = status.readable(neighbours.SAID, 7770)
    expected = "on CPUExecutionProvider (asked for CUDAExecutionProvider, CPUExecutionProvider)"
    assert expected in said


def test_what_is_heard_of_the_playing_is_told_in_one_line() -> None:
    tempo = {"bpm": 92.4, "sure": 0.97, "sure_of_beat": 0.9}
    bar = {"meter": "3/4", "sure": 0.962, "sure_of_meter": 0.958}
    said = status.readable({**neighbours.SAID, "played_tempo": tempo}, 7770)
    assert "you play   at about 92.4 bpm (97% sure)\n" in said
    said = status.readable({**neighbours.SAID, "played_tempo": tempo, "played_bar": bar}, 7770)
    assert "92.4 bpm (97% sure); 3/4 96% sure, its downbeat 96% sure\n" in said


def test_a_program_gets_the_status_as_it_was_given() -> None:
    with neighbours.antiphon() as (page, _):
        said, code = status.report(Settings(http_port=page), json=True)
    assert code == 0
    assert json.loads(said) == neighbours.SAID


def test_no_daemon_is_one_sentence_and_exit_code_1() -> None:
    said, code = status.report(Settings(http_port=neighbours.free(socket.SOCK_STREAM)))
    assert code == 1
    assert said.startswith("Antiphon is not running")
    assert "\n" not in said


def test_no_daemon_is_json_for_a_program() -> None:
    port = neighbours.free(socket.SOCK_STREAM)
    said, code = status.report(Settings(http_port=port), json=True)
    assert code == 1
    assert json.loads(said)["running"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"hello": "world"}', 200),
        (b"[1, 2]", 200),
        (b"<html>", 200),
        (b"\xff\x00", 200),
        (b"no", 404),
        (b"no", 500),
    ],
)
def test_another_program_is_not_taken_for_antiphon(body: bytes, code: int) -> None:
    with neighbours.stranger(body, code) as port, pytest.raises(status.Stranger):
        status.ask(port)


def test_a_program_that_speaks_no_http_is_not_taken_for_antiphon() -> None:
    with neighbours.taken(socket.SOCK_STREAM) as port, pytest.raises(PortTrouble):
        status.ask(port)


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with neighbours.antiphon() as (page, _), neighbours.stranger() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert status.ask(page) == neighbours.SAID


@pytest.mark.parametrize("part", [None, [], {}])
def test_a_status_with_parts_missing_is_still_readable(part: object) -> None:
    said = status.readable({"version": 1, "role": "off", "model": part, "transport": part}, 1)
    assert "still loading" in said
