"""The chords as the player wishes them: live, in files and on the page."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

import bridge
from bridge.cli import main
from bridge.config import COMPING, FIELDS, LIVE, Settings
from bridge.errors import BadSetting
from generators.music import files
from generators.rules import Rules
from tests.jam import Jam
from tests.music import line as melody
from tests.songs.made import line, midi

BAR = 3840
PAGE = Path(bridge.__file__).parent / "page" / "index.html"


class Choices(HTMLParser):
    """What the page offers for each setting: its options, or its least and greatest number."""

    def __init__(self) -> None:
        super().__init__()
        self.offered: dict[str, list[str]] = {}
        self.spans: dict[str, tuple[float, float]] = {}
        self._open = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._open = told.get("data-setting", "")
        if tag == "option" and self._open:
            self.offered.setdefault(self._open, []).append(told.get("value", ""))
            self._text = "" if "value" in told else self._open
        if tag == "input" and told.get("type") == "number" and "data-setting" in told:
            self.spans[told["data-setting"]] = float(told["min"]), float(told["max"])

    def handle_data(self, data: str) -> None:
        if self._text:
            self.offered[self._text][-1] = data
            self._text = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._open = self._text = ""


def jam_over(chords: str, **wishes: str | int) -> Jam:
    """Return a jam in which Antiphon accompanies twelve bars of a melody with these chords."""
    settings = Settings(tempo=120.0, role="accompany", chords=chords)
    for name, value in wishes.items():
        settings = settings.changed(name, value)
    jam = Jam(Rules(), settings)
    for start in (1.0, 9.0, 17.0):
        jam.play(melody("C5 D5 E5 F5 G5 A5 G5 F5 E5 F5 G5 E5 D5 D5 C5:2"), at=start)
    return jam


def struck(jam: Jam, bar: int) -> list[tuple[int, int]]:
    """Return when the chords of a bar are struck, and their pitches."""
    return [(t % BAR, p) for t, p in jam.starts(channel=2) if t // BAR == bar]


def test_the_pattern_changes_while_it_plays() -> None:
    jam = jam_over("C", pattern="pad")
    jam.tell(8.5, "/antiphon/set", "pattern", "arpeggio")
    jam.run(20)
    assert {at for at, _ in struck(jam, 2)} == {0}
    assert {at for at, _ in struck(jam, 7)} == {0, *range(480, BAR, 480)}


def test_the_register_changes_while_it_plays() -> None:
    jam = jam_over("Am", pattern="pad")
    jam.tell(8.5, "/antiphon/set", "chord_high", 100)
    jam.tell(8.5, "/antiphon/set", "chord_low", 76)
    jam.run(20)
    assert all(p <= 72 for _, p in struck(jam, 2))
    assert sorted(p >= 76 for _, p in struck(jam, 7)) == [False, True, True, True]


@pytest.mark.parametrize("style", ["waltz", "standard", "hymn", "rock"])
def test_a_style_is_heard_and_every_note_ends(style: str) -> None:
    jam = jam_over("Dm7 | G7 | C", style=style)
    jam.tell(24.5, "/antiphon/transport/stop")
    jam.run(28)
    assert struck(jam, 2)
    assert jam.port.hanging() == {}


def test_every_wish_for_the_chords_may_change_live() -> None:
    assert set(COMPING) <= LIVE


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("pattern", "polka", "pattern"),
        ("style", "waltzes", "waltz"),
        ("chord_low", 60, "two octaves"),
        ("bass", 40, "octave"),
    ],
)
def test_chords_that_cannot_be_played_so_are_refused(name: str, value: object, what: str) -> None:
    with pytest.raises(BadSetting, match=what):
        Settings().changed(name, value)


def test_the_old_names_of_patterns_still_work() -> None:
    for name in ("pad", "block", "comp", "arpeggio"):
        assert Settings(pattern=name).comping.pattern == name


def test_the_page_offers_what_the_settings_take() -> None:
    page = Choices()
    page.feed(PAGE.read_text(encoding="utf-8"))
    for name in COMPING:
        notes = FIELDS[name].metadata
        assert tuple(page.offered.get(name, ())) == notes["choices"]
        assert page.spans.get(name) == notes["span"]


@pytest.mark.parametrize("style", ["auto", "standard"])
def test_a_file_is_accompanied_in_a_style(tmp_path: Path, style: str) -> None:
    song, out = tmp_path / "tune.mid", tmp_path / "out.mid"
    song.write_bytes(midi(line()))
    words = ["harmonize", str(song), "-o", str(out), "--style", style, "--model", "rules"]
    assert main(words) == 0
    again = tmp_path / "again.mid"
    assert main([*words[:3], str(again), *words[4:], "--pattern", "pad"]) == 0
    one, other = (files.read(each.read_bytes()).parts[-1] for each in (out, again))
    assert len(one.notes) != len(other.notes)


def test_a_wrong_style_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["harmonize", "tune.mid", "-o", "out.mid", "--style", "polonaise"]) == 2
    assert "style cannot be 'polonaise'" in capsys.readouterr().err
