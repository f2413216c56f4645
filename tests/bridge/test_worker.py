"""The model's process goes wrong, really: it is cut off, replaced, and everyone is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from shutil import copytree

import pytest

from bridge.answers import Answered
from bridge.events import Ask
from bridge.usage import resident
from bridge.worker import Care, Worker
from generators.music.time import Ticks
from generators.prompt import Prompt
from tests.jack_server import until
from tests.music import line

SHIPPED = Path(str(files("onnx_models"))) / "small"
PROMPT = Prompt(line("C4 D4 E4 F4 G4 A4 G4:2"), Ticks(2 * 3840), Ticks(3840))


class Desk:
    """A worker, and all that it says."""

    def __init__(self, how: str, place: Path, care: Care) -> None:
        self.answers: list[Answered] = []
        self.troubles: list[tuple[str, str]] = []
        self.worker = Worker(how, str(place), self.answers.append, self._troubled, care)

    def _troubled(self, what: str, remedy: str) -> None:
        self.troubles.append((what, remedy))

    def ask(self, number: int) -> None:
        self.worker.ask(Ask(number, "plan", PROMPT))

    def answered(self, number: int) -> bool:
        return any(each.id == number and each.suggestion for each in self.answers)


@contextmanager
def desk(how: str, folder: Path, care: Care) -> Iterator[Desk]:
    one = Desk(how, folder / "was here", care)
    with one.worker:
        yield one


def care(patience: float = 60.0, loading: float = 60.0, memory: int = 0) -> Care:
    return Care(patience, loading, memory, "tests.bridge.failing_thinker")


@pytest.mark.parametrize(
    ("how", "given", "what"),
    [
        ("hangs", care(patience=1.0), "said nothing for 1 s"),
        ("crashes", care(), "the model's process ended"),
        ("babbles", care(), "talks rubbish"),
        ("eats", care(memory=300), "took more than 300 MB"),
    ],
)
def test_a_process_that_goes_wrong_is_replaced_and_everyone_is_told(
    how: str, given: Care, what: str, tmp_path: Path
) -> None:
    with desk(how, tmp_path, given) as one:
        one.ask(1)
        until(lambda: one.troubles, 60, f"for a process that {how} to be cut off")
        assert what in one.troubles[0][0]
        assert what in one.worker.report()["trouble"]
        one.ask(2)
        until(lambda: one.answered(2), 60, "for the next process to answer")
        report = one.worker.report()
        assert (report["restarts"], report["trouble"]) == (1, "")
        assert not one.answered(1)


def test_a_model_that_never_loads_is_cut_off(tmp_path: Path) -> None:
    with desk("loads for ever", tmp_path, care(loading=0.5)) as one:
        until(lambda: one.troubles, 60, "for the process to be cut off")
        assert "did not load within 0.5 s" in one.troubles[0][0]


@pytest.mark.parametrize(
    ("model", "models", "what"),
    [
        ("nosuch", "", "no generator is called 'nosuch'"),
        ("small", "nosuch", "there is no folder nosuch"),
        ("mine", "", "model.onnx of the model mine has the wrong checksum"),
    ],
)
def test_a_model_that_does_not_load_is_told_once_and_the_rules_play(
    model: str, models: str, what: str, tmp_path: Path
) -> None:
    copytree(SHIPPED, tmp_path / "mine")
    card = tmp_path / "mine" / "card.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace('name = "small"', 'name = "mine"'), encoding="utf-8")
    (tmp_path / "mine" / "model.onnx").write_bytes(b"spoilt")
    troubles: list[tuple[str, str]] = []
    worker = Worker(
        model, models or str(tmp_path), lambda _: None, lambda *told: troubles.append(told)
    )
    with worker:
        until(lambda: worker.ready, 60, "for what plays instead")
        until(lambda: troubles, 5, "for the trouble")
    assert worker.report()["name"] == "rules"
    assert worker.report()["trouble"] == "; ".join(troubles[0])
    assert len(troubles) == 1
    assert what in troubles[0][0]
    assert "rules plays instead" in troubles[0][1]


def test_an_answer_that_cannot_be_played_is_none(tmp_path: Path) -> None:
    with desk("lies", tmp_path, care()) as one:
        one.ask(1)
        until(lambda: one.answers, 60, "for an answer")
        assert one.answers[0].suggestion is None
        assert "cannot be played" in one.answers[0].trouble
        assert one.worker.report()["failures"] == 1
        assert one.worker.report()["restarts"] == 0


def test_nothing_is_left_of_a_process_that_hangs_when_the_worker_ends(tmp_path: Path) -> None:
    with desk("hangs", tmp_path, care()) as one:
        one.ask(1)
        until(lambda: one.worker.ready, 60, "for the process")
        process = one.worker._process
        assert process is not None
    assert process.poll() is not None
    assert resident(process.pid) == 0
