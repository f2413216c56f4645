import json
from pathlib import Path

import pytest

from generators.music.errors import BadSong
from onnx_models.workshop.chorales import jobs, read
from onnx_models.workshop.job import Job
from onnx_models.workshop.tune import Refused, Tune
from tests.onnx_models.written import part, score

VOICES = {
    "Soprano": "C5 D5 E5 F5 | G5 F5 E5:2! | D5 E5 F5 D5 | E5 D5 C5:2!",
    "Alto": "G4 G4 C5 C5 | D5 B4 C5:2 | B4 C5 A4 B4 | C5 B4 G4:2",
    "Tenor": "E4 D4 G4 A4 | B4 G4 G4:2 | G4 G4 D4 G4 | G4 F4 E4:2",
    "Bass": "C3 B2 C3 F3 | G3 D3 C3:2 | G3 C3 D3 G2 | C3 G2 C3:2",
}
NUMERALS = """m1 C: I b2 V6 b3 I b4 IV
m2 V b2 V4/3 b3 I ||
m3 V b2 I b3 ii b4 V
m4 I b2 V7 b3 I"""
TABLE = "jsb_chorales/Jsb16thSeparated.json"


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    folder = tmp_path / "wir_bach_chorales" / "Chorales" / "001"
    folder.mkdir(parents=True)
    about = {"tune": "Ein Lied", "remote_score_music21": "bach/bwv269.mxl"}
    (folder / "remote.json").write_text(json.dumps(about), encoding="utf-8")
    write_split(tmp_path, {"train": [], "valid": [], "test": []})
    return tmp_path


def write_split(corpora: Path, sides: dict[str, list[list[list[float]]]]) -> None:
    (corpora / TABLE).parent.mkdir(exist_ok=True)
    (corpora / TABLE).write_text(json.dumps(sides), encoding="utf-8")


def chorale(corpora: Path, numerals: str = NUMERALS, fifths: int = 0) -> Tune:
    analysis = corpora / "wir_bach_chorales" / "Chorales" / "001" / "analysis.txt"
    analysis.write_text(numerals, encoding="utf-8")
    parts = {name: part(bars, fifths=fifths, sung=False) for name, bars in VOICES.items()}
    path = score(corpora / "chorale.xml", parts)
    (tune,), refused = read(Job("wir_bach_chorales", "train", str(path), str(analysis), "chorale"))
    assert refused == []
    return tune


def symbols(tune: Tune) -> list[str]:
    return [str(span.chord) for span in tune.phrase.chords]


def test_a_chorale_is_its_soprano_under_the_analysts_chords(corpora: Path) -> None:
    tune = chorale(corpora)
    assert (tune.title, tune.style, str(tune.phrase.key)) == ("Ein Lied", "chorale", "C major")
    assert tune.phrase.notes[0].pitch == 72
    assert symbols(tune)[:6] == ["C", "G/B", "C", "F", "G", "G7/D"]
    assert tune.closes == {1, 3}


def test_an_analysis_in_another_key_is_brought_into_the_scores(corpora: Path) -> None:
    tune = chorale(corpora, NUMERALS.replace("C:", "D:"))
    assert str(tune.phrase.key) == "C major"
    assert symbols(tune)[:4] == ["C", "G/B", "C", "F"]


def test_an_analysis_with_a_repeat_is_laid_on_a_score_that_writes_it_out(corpora: Path) -> None:
    played = {name: f"{bars} | {bars}" for name, bars in VOICES.items()}
    analysis = corpora / "wir_bach_chorales" / "Chorales" / "001" / "analysis.txt"
    analysis.write_text(NUMERALS + " :||", encoding="utf-8")
    parts = {name: part(bars, sung=False) for name, bars in played.items()}
    path = score(corpora / "twice.xml", parts)
    (tune,), _ = read(Job("wir_bach_chorales", "train", str(path), str(analysis)))
    half = tune.phrase.meter.bar * 4
    onsets = [span.onset for span in tune.phrase.chords]
    assert [at - half for at in onsets if at > half] == [at for at in onsets if 0 < at < half]


def test_an_analysis_of_other_music_is_refused(corpora: Path) -> None:
    with pytest.raises(Refused, match="does not fit"):
        chorale(corpora, "m1 C: viio7\nm3 b2 bVI")


def test_a_chorale_stays_on_its_side_of_the_published_split(corpora: Path) -> None:
    numbers = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    voices = [
        [12 * int(word[1]) + 12 + numbers[word[0]] for word in bars.split() if word != "|"]
        for bars in VOICES.values()
    ]
    steps = [[float(pitch) for pitch in chord] for chord in zip(*voices, strict=True)]
    write_split(corpora, {"train": [], "valid": [], "test": [steps]})
    assert chorale(corpora).split == "test"


def test_each_score_is_read_once(corpora: Path) -> None:
    folder = corpora / "wir_bach_chorales" / "Chorales"
    (folder / "002").mkdir()
    text = (folder / "001" / "remote.json").read_text(encoding="utf-8")
    (folder / "002" / "remote.json").write_text(text, encoding="utf-8")
    (job,) = jobs(corpora, "wir_bach_chorales")
    assert Path(job.first).exists()
    assert (Path(job.first).name, Path(job.second).parent.name) == ("bwv269.mxl", "001")


def test_missing_chorales_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadSong, match="antiphon-workshop fetch"):
        list(jobs(tmp_path, "wir_bach_chorales"))
