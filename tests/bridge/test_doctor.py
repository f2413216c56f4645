"""What `antiphon doctor` finds."""

import json
import socket
import sys
from pathlib import Path

import pytest

from bridge import doctor, packages
from bridge.config import Settings, settings_file
from bridge.doctor import Check, State
from bridge.token import token_file
from tests.bridge import neighbours
from tests.jack_server import jack_server


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home folder of the test's own."""
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


@pytest.fixture
def quiet() -> Settings:
    """Return settings whose network ports nobody has."""
    return Settings(
        http_port=neighbours.free(socket.SOCK_STREAM), osc_port=neighbours.free(socket.SOCK_DGRAM)
    )


def found(checks: list[Check] | tuple[Check, ...], name: str) -> Check:
    """Return the check of this name."""
    return next(check for check in checks if check.name == name)


def test_a_page_that_answers_is_found() -> None:
    with neighbours.antiphon() as (page, osc):
        checks = doctor.network(Settings(http_port=page, osc_port=osc))
    assert [check.state for check in checks] == [State.OK, State.OK]
    assert f"http://127.0.0.1:{page} answers" in found(checks, "page").says
    assert f"UDP port {osc} answers" in found(checks, "osc").says


def test_ports_that_are_free_are_well(quiet: Settings) -> None:
    checks = doctor.network(quiet)
    assert [check.state for check in checks] == [State.OK, State.OK]
    assert "free" in found(checks, "page").says


def test_a_page_of_another_program_is_a_failure_with_a_remedy() -> None:
    with neighbours.stranger() as port:
        check = doctor.page(port)
    assert check.state is State.FAIL
    assert "http_port" in check.remedy


def test_an_osc_port_of_another_program_is_a_failure_with_a_remedy() -> None:
    with neighbours.taken(socket.SOCK_DGRAM) as port:
        check = doctor.osc(port)
    assert check.state is State.FAIL
    assert "osc_port" in check.remedy


def test_the_rooms_come_from_one_folder() -> None:
    assert packages.strangers() == {}


def test_a_room_of_another_distribution_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another distribution called `generators` overwrites ours without a word from pip."""
    (tmp_path / "generators").mkdir()
    (tmp_path / "generators" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "generators")
    monkeypatch.syspath_prepend(tmp_path)
    assert packages.strangers() == {"generators": tmp_path / "generators"}
    check = found(doctor.house(), "packages")
    assert check.state is State.FAIL
    assert str(tmp_path / "generators") in check.says


def test_a_library_that_is_missing_costs_what_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "antiphon-0.1.dist-info"
    info.mkdir()
    needs = ("no-such-synth>=1", 'python-rtmidi>=99; python_version >= "3"', "mido>=1.3")
    lines = "\n".join(f"Requires-Dist: {need}" for need in needs)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: antiphon\nVersion: 0.1\n{lines}\n"
        'Requires-Dist: no-such-net; extra == "train"\n',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert packages.lacking() == ["no-such-synth"]
    check = found(doctor.house(), "libraries")
    assert check.state is State.FAIL
    assert "install no-such-synth" in check.remedy


def test_settings_that_cannot_be_read_are_a_failure_and_the_rest_is_still_looked_at(
    home: Path,
) -> None:
    file = settings_file()
    assert file.is_relative_to(home)
    file.parent.mkdir(parents=True)
    file.write_text("osc_prot = 9000", encoding="utf-8")
    said, code = doctor.report()
    assert code == 1
    assert "did you mean 'osc_port'" in said
    assert len(said.splitlines()) > 4


def test_a_program_gets_every_finding_as_json() -> None:
    said, code = doctor.report(json=True)
    checks = json.loads(said)["checks"]
    assert {"settings", "python", "packages", "data", "page", "osc"} <= {c["name"] for c in checks}
    assert all(check["state"] in set(State) and check["says"] for check in checks)
    assert code == int(any(check["state"] == "fail" for check in checks))


def test_a_data_folder_that_cannot_be_written_is_a_failure() -> None:
    """A file stands where the folder should be: not even root can write into that."""
    obstacle = token_file().parent
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.touch()
    check = doctor.data()
    assert check.state is State.FAIL
    assert str(obstacle) in check.remedy


def test_looking_writes_nothing(home: Path) -> None:
    doctor.report()
    assert list(home.iterdir()) == []


def test_a_finding_is_one_line_with_its_remedy() -> None:
    line = str(Check("page", State.FAIL, "the port is taken", "take another"))
    assert line == "fail  page       the port is taken; take another"


def test_a_system_without_midi_is_a_warning_that_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody-runs-this")
    checks = doctor.midi(Settings(backend="jack"))
    assert [check.state for check in checks] == [State.WARN]
    assert checks[0].remedy


def test_midi_that_is_switched_off_is_no_failure() -> None:
    assert all(check.state is not State.FAIL for check in doctor.midi(Settings(backend="none")))


def test_a_note_comes_back_to_itself_over_jack() -> None:
    with jack_server():
        checks = doctor.midi(Settings(backend="jack"))
    assert found(checks, "loop").state is State.OK
    assert "came back after" in found(checks, "loop").says


def test_a_port_that_was_named_and_is_not_there_is_missed() -> None:
    with jack_server():
        checks = doctor.midi(Settings(backend="jack", midi_out="Wurlitzer"))
    check = found(checks, "midi")
    assert check.state is State.WARN
    assert "'Wurlitzer'" in check.says
