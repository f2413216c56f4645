"""The whole bench, with as little as possible of each: what it prints, not how fast we are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.bench import notochord
from bridge.bench.compare import compare
from bridge.bench.figures import percentiles
from bridge.bench.forgetful import Forgetful
from bridge.bench.load import loop
from bridge.bench.report import Amount, Measured, measure, plotted, readable
from bridge.cli import main
from bridge.config import Settings
from bridge.plans import RUNGS
from generators.catalogue import default_name, generator
from generators.choose import whole
from generators.music.time import Ticks
from generators.prompt import Item, Prompt
from tests.music import line

pytestmark = pytest.mark.timeout(900)
LITTLE = Amount(messages=60, calls=1, bars=24, rounds=1, idle=0.2, others=2, time_out=250.0)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(Settings(backend="none"), LITTLE, lambda _: None)


def test_everything_is_measured_in_one_run(measured: Measured) -> None:
    told: dict[str, Any] = json.loads(json.dumps(measured.told))
    assert set(told["schedule_error_ms"]) == {"p50", "p99", "max"}
    for part in (told, told["naive"]):
        assert set(part["takeover_ms"]) == {"p50", "p95"}
        assert part["bars"]["total"] > 0
        assert tuple(part["bars"]["rungs"]) == RUNGS
        assert (part["note_offs_lost"], part["echoes"]) == (0, 0)
    assert set(told["planned_ms"]) == {"p50", "p95"}
    assert told["bars"]["on_time"] == told["bars"]["total"]
    assert 0 < told["replan_over_prefill"] < told["naive"]["replan_over_prefill"]
    assert told["idle_cpu_percent"] >= 0
    assert told["machine"]["loop_ms"]["max"] > 0
    assert {"3 ms", "512 frames", "step, 1 ms", "step, 3 ms normal"} <= set(told["tempo_error_bpm"])


def test_all_messages_left_and_the_model_was_at_work(measured: Measured) -> None:
    assert len(measured.precision.errors) == LITTLE.messages
    assert measured.precision.missing == 0


def test_the_figures_can_be_read(measured: Measured) -> None:
    said = readable(measured.told)
    assert f"{measured.told['bars']['total']} in time (100.00 %)" in said
    assert str(measured.told["takeover_ms"]["p95"]).rstrip("0").rstrip(".")[:4] in said


def test_the_figures_can_be_plotted(measured: Measured, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    plotted(measured, tmp_path / "bench.png")
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_without_a_place_is_told_before_all_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    assert main(["bench", "--plot", str(tmp_path / "none" / "bench.png")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_a_model_that_cannot_play_is_told_before_all_the_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "--model", "nobody"]) == 2
    said = capsys.readouterr()
    assert "nobody" in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out


def test_without_notochord_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notochord, "find_spec", lambda name: None)
    assert notochord.beside(1) is None


def test_a_forgetful_model_answers_as_one_that_remembers() -> None:
    made = generator(default_name())
    prompt = Prompt(line("C4 D4 E4 F4 G4 A4 G4:2"), Ticks(2 * 3840), Ticks(3840), seed=3)
    whole(made, Prompt(line("C4 D4 E4 F4 G4 A4 B4:2"), Ticks(2 * 3840), Ticks(3840)))
    kept = whole(made, prompt)
    assert whole(Forgetful(made), prompt) == kept
    assert list(items(Forgetful(made), prompt)) == [*kept.chords, *kept.notes]


def items(made: Forgetful, prompt: Prompt) -> Iterator[Item]:
    return made(prompt)


def test_a_thread_and_a_process_are_measured_alike() -> None:
    told = compare(Settings(backend="none"), 40)
    assert set(told) == {"process", "thread"}
    for each in told.values():
        assert set(each) == {"start_ms", "memory_mb", "hand_over_ms", "schedule_error_ms"}
        assert each["hand_over_ms"] > 0
        assert set(each["schedule_error_ms"]) == {"p50", "p99", "max"}


def test_an_empty_loop_counts_every_moment_that_it_waited_for() -> None:
    missed = loop(20, 0.001)
    assert len(missed) == 20
    assert min(missed) >= 0


def test_percentiles_are_values_that_were_there() -> None:
    assert percentiles([3.0, 1.0, 2.0], ("p50", "max")) == {"p50": 2.0, "max": 3.0}
    assert percentiles([], ("p50",)) == {}
