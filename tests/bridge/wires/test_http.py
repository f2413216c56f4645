import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import InvalidStatus

from bridge.errors import PortTrouble
from bridge.wires.http import ANSWERS, LARGEST, open_http
from tests.bridge.wires.web import SECRET, SONG, Scene, play, until


def test_the_page_comes_with_the_token_and_with_headers_that_keep_strangers_out() -> None:
    async def act(scene: Scene) -> None:
        page = await scene.web.get("/")
        assert page.status_code == 200
        assert SECRET in page.text
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "server" not in page.headers

    play(act)


@pytest.mark.parametrize(
    "path", ["/nothing.js", "/../token.py", "/%2e%2e/token.py", "/%2e%2e%2ftoken.py", "/index"]
)
def test_only_the_page_s_own_files_are_served(path: str) -> None:
    async def act(scene: Scene) -> None:
        answer = await scene.web.get(path)
        assert answer.status_code == 404
        assert set(answer.json()) == {"what", "remedy"}

    play(act)


@pytest.mark.parametrize(
    ("method", "path", "code", "allowed", "remedy"),
    [
        *((m, "/", 405, {"GET", "HEAD"}, "GET") for m in ("DELETE", "POST", "PUT", "BREW")),
        ("DELETE", "/page.js", 405, {"GET", "HEAD"}, "GET"),
        ("POST", "/v1/status", 405, {"GET", "HEAD"}, "GET"),
        *((m, "/v1/infill", 405, {"POST"}, "as the body")
          for m in ("GET", "DELETE", "PUT", "OPTIONS")),
        *((m, "/v1/nothing", 404, set(), "/v1/continue") for m in ("GET", "DELETE", "POST")),
        ("DELETE", "/nothing", 404, set(), "the page is at /"),
        ("GET", "/v1/status/", 404, set(), "the page is at /"),
        ("GET", "/ws", 404, set(), "the page is at /"),
    ],
)  # fmt: skip
def test_a_wrong_verb_or_path_is_answered_with_what_is_right(
    method: str, path: str, code: int, allowed: set[str], remedy: str
) -> None:
    async def act(scene: Scene) -> None:
        answer = await scene.web.request(method, path)
        assert answer.status_code == code
        named = answer.headers.get("allow", "").split(", ")
        assert set(named) - {""} == allowed
        assert remedy in answer.json()["remedy"]
        assert answer.headers["x-content-type-options"] == "nosniff"

    play(act)


def test_the_status_can_be_read_without_the_token() -> None:
    async def act(scene: Scene) -> None:
        assert (await scene.web.get("/v1/status")).json() == {"version": 1}

    play(act)


@pytest.mark.parametrize("path", ["/", "/v1/status", "/v1/continue", "/ws"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:7770", "127.0.0.1", "127.0.0.1:1"])
def test_a_name_bound_anew_to_this_machine_is_refused(path: str, host: str) -> None:
    async def act(scene: Scene) -> None:
        if path == "/ws":
            with pytest.raises(InvalidStatus) as refused:
                await scene.socket(additional_headers={"Host": host}).__aenter__()
            assert refused.value.response.status_code in (400, 403)
        else:
            method = "POST" if path == "/v1/continue" else "GET"
            answer = await scene.web.request(
                method, path, headers={"Host": host, "Authorization": f"Bearer {SECRET}"}
            )
            assert answer.status_code == 403
            assert SECRET not in answer.text

    play(act)


def test_localhost_is_this_machine_too() -> None:
    async def act(scene: Scene) -> None:
        for host in ("localhost", "LOCALHOST", "[::1]"):
            answer = await scene.web.get("/", headers={"Host": f"{host}:{scene.wire.port}"})
            assert answer.status_code == 200

    play(act)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_another_site_s_page_may_not_act_even_with_the_token(origin: str) -> None:
    async def act(scene: Scene) -> None:
        answer = await scene.post("/v1/continue", headers={"Origin": origin})
        assert answer.status_code == 403
        with pytest.raises(InvalidStatus) as refused:
            await scene.socket(additional_headers={"Origin": origin}).__aenter__()
        assert refused.value.response.status_code == 403
        assert scene.partner.asked == []

    play(act)


def test_without_the_token_nobody_acts() -> None:
    async def act(scene: Scene) -> None:
        tries: list[dict[str, str]] = [{}] + [{"Authorization": f"Bearer {x}"} for x in ("no", "é")]
        for headers in tries:
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            answer = await scene.web.post("/v1/continue", content=SONG, headers=raw)
            assert answer.status_code == 401
            assert "token" in answer.json()["what"]
        with pytest.raises(InvalidStatus) as refused:
            await scene.socket("wrong").__aenter__()
        assert refused.value.response.status_code == 401
        assert scene.partner.asked == []

    play(act)


def test_a_file_is_answered_with_a_file() -> None:
    async def act(scene: Scene) -> None:
        origin = {"Origin": f"http://127.0.0.1:{scene.wire.port}"}
        answer = await scene.post("/v1/continue?bars=4&key=D%20minor", headers=origin)
        assert answer.status_code == 200
        assert answer.content == b"MThd answer"
        assert answer.headers["content-type"] == "audio/midi"
        assert scene.partner.asked == [("continue", SONG, {"bars": "4", "key": "D minor"})]

    play(act)


@pytest.mark.parametrize(
    ("path", "body", "code", "what"),
    [
        ("/v1/continue", b"nonsense", 422, "this is no song"),
        ("/v1/continue", b"", 422, "the request holds no file"),
        ("/v1/continue", b"bug", 500, "Antiphon has a fault"),
        ("/v1/compose", SONG, 404, "there is nothing here"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(
    path: str, body: bytes, code: int, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(scene: Scene) -> None:
        answer = await scene.post(path, body)
        assert answer.status_code == code
        assert answer.json()["what"] == what
        assert answer.json()["remedy"]

    play(act)


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_that_is_too_large_is_refused(declared: bool) -> None:
    async def act(scene: Scene) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(LARGEST // 65536 + 1):
                yield bytes(65536)

        headers = {"Authorization": f"Bearer {SECRET}"}
        if declared:
            headers["Content-Length"] = str(LARGEST + 65536)
        answer = await scene.web.post("/v1/continue", content=chunks(), headers=headers)
        assert answer.status_code == 413
        assert answer.json()["remedy"] == "send at most 16 MB"
        assert scene.partner.asked == []

    play(act)


def test_only_a_few_files_are_answered_at_once() -> None:
    async def act(scene: Scene) -> None:
        scene.partner.thinking = asyncio.Event()
        posts = [asyncio.create_task(scene.post("/v1/continue")) for _ in range(ANSWERS)]
        await until(lambda: len(scene.partner.asked) == ANSWERS)
        assert (await scene.post("/v1/continue")).status_code == 503
        scene.partner.thinking.set()
        assert {(await post).status_code for post in posts} == {200}

    play(act)


def test_signals_are_left_to_the_daemon() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def act(scene: Scene) -> None:
        await scene.web.get("/")
        assert signal.getsignal(signal.SIGTERM) == before

    play(act)


def test_a_port_in_use_is_one_sentence_with_a_remedy() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(PortTrouble, match=f"port {scene.wire.port} .* in use; .*--http-port"):
            await open_http(
                scene.wire.port, scene.partner.take, status=dict, answer_file=scene.partner.answer,
                greet=scene.partner.greet, secret=SECRET,
            )  # fmt: skip

    play(act)
