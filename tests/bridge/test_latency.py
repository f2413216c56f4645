"""How much earlier is sent: read, written, and kept in the settings file."""

import tomllib
from pathlib import Path

import pytest

from bridge.calibrate import calibrate
from bridge.cli import main
from bridge.config import Settings, load, settings_file
from bridge.errors import BadSetting
from bridge.keeping import keep
from bridge.latency import ahead, latencies, with_port

FILE = """# mine
tempo = 92  # slow
latency = "JACK=1"

[some.table]
latency = "not ours"
"""


def test_each_way_out_has_its_own() -> None:
    known = latencies("JACK=5.5; USB Synth = 12;")
    assert known == {"JACK": 0.0055, "USB Synth": 0.012}
    assert ahead(known, ("jack", "Antiphon:out")) == 0.0055
    assert ahead(known, ("ALSA", "usb synth MIDI 1")) == 0.012
    assert ahead(known, ("ALSA", "Antiphon out")) == 0.0


def test_the_longest_part_of_a_name_wins() -> None:
    assert ahead(latencies("USB=1; USB Synth=2"), ("USB Synth 1",)) == 0.002


@pytest.mark.parametrize("text", ["JACK", "JACK=", "=5", "JACK=-1", "JACK=2000", "JACK=nan", "5"])
def test_what_is_no_latency_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadSetting, match="as in JACK=5"):
        Settings(latency=text)


def test_one_port_is_changed_and_the_others_stay() -> None:
    assert with_port("", "JACK", 5.25) == "JACK=5.25"
    assert with_port("JACK=1; Synth=2", "jack", 3) == "Synth=2; jack=3"
    assert with_port("JACK=1; Synth=2", "JACK", 0) == "Synth=2"


def test_a_setting_is_kept_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    place = tmp_path / "settings.toml"
    place.write_text("# mine\ntempo = 92  # slow\n", encoding="utf-8")
    keep("latency", "JACK=5", place)
    assert place.read_text(encoding="utf-8") == '# mine\ntempo = 92  # slow\nlatency = "JACK=5"\n'
    keep("latency", 'Ä "x"=5', place)
    assert load(place).latency == 'Ä "x"=5'
    assert load(place).tempo == 92
    assert [each.name for each in tmp_path.iterdir()] == ["settings.toml"]


def test_a_setting_is_put_before_the_tables(tmp_path: Path) -> None:
    from bridge.keeping import _with

    written = _with(FILE, "latency", "JACK=2")
    assert tomllib.loads(written)["latency"] == "JACK=2"
    assert tomllib.loads(written)["some"] == tomllib.loads(FILE)["some"]
    without = FILE.replace('latency = "JACK=1"\n', "")
    assert tomllib.loads(_with(without, "latency", "JACK=2"))["latency"] == "JACK=2"


def test_a_broken_settings_file_is_told_and_not_touched(tmp_path: Path) -> None:
    place = tmp_path / "settings.toml"
    place.write_text("tempo = = 92\n", encoding="utf-8")
    with pytest.raises(BadSetting, match="mend or move the file"):
        keep("latency", "JACK=5", place)
    assert place.read_text(encoding="utf-8") == "tempo = = 92\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings file of a home of its own."""
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return settings_file()


def test_what_is_typed_is_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "USB Synth", "--ms", "12"]) == 0
    assert "kept in" in capsys.readouterr().out
    assert load().latency == "USB Synth=12"
    assert main(["calibrate", "USB Synth", "--ms", "0"]) == 0
    assert load().latency == ""


def test_what_cannot_be_is_refused_and_nothing_is_written(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "JACK", "--ms", "-3"]) == 2
    assert "0 to 1000" in capsys.readouterr().err
    assert not home.exists()


def test_without_any_midi_the_remedy_is_told(home: Path) -> None:
    with pytest.raises(BadSetting, match="not measured where MIDI is switched off"):
        calibrate(Settings(backend="none"))
