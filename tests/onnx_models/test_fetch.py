import os
import subprocess
from pathlib import Path

import pytest

from generators.music.errors import BadSong, BadValue
from onnx_models.workshop import cli, corpus
from onnx_models.workshop.fetch import fetch
from onnx_models.workshop.sources import LICENCES, Part, Repository, Source, described, page


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return tmp_path / "host"


def published(host: Path, name: str, files: dict[str, str]) -> str:
    """Make a repository with these files; return the commit before its last."""
    folder = host / name
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as published")
    commit = git(folder, "rev-parse", "HEAD")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "later")
    return commit


def git(folder: Path, *words: str) -> str:
    somebody = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.org"))
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        env=os.environ | somebody, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def songs(host: Path) -> Source:
    scores = published(
        host, "singer/songs",
        {"songs/a/one.mxl": "one", "songs/a/one.pdf": "page", "LICENSE": "free", "code.py": "-"},
    )  # fmt: skip
    chords = published(host, "listener/chords", {"heard/a/one.txt": "I V I", "heard/b.md": "-"})
    return Source(
        "songs", "songs and their chords", "CC0",
        (
            Repository("singer/songs", scores, (
                Part("songs", "songs/scores", "*.mxl"), Part("LICENSE", "songs/LICENSE"),
            )),
            Repository("listener/chords", chords, (Part("heard", "songs/scores", "*.txt"),)),
        ),
        1, "a table",
    )  # fmt: skip


def kept(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_only_what_is_read_is_fetched_and_laid_where_it_is_read(host: Path, tmp_path: Path) -> None:
    corpora, source = tmp_path / "corpora", songs(host)
    assert fetch(source, corpora, host.as_uri()) == [
        "songs/scores", "songs/LICENSE", "songs/scores",
    ]  # fmt: skip
    assert kept(corpora) == {
        "songs/scores/a/one.mxl", "songs/scores/a/one.txt", "songs/LICENSE",
    }  # fmt: skip
    assert (corpora / "songs/scores/a/one.mxl").read_text(encoding="utf-8") == "one"


def test_what_is_there_stays_as_it_is(host: Path, tmp_path: Path) -> None:
    corpora, source = tmp_path / "corpora", songs(host)
    fetch(source, corpora, host.as_uri())
    mine = corpora / "songs/scores/a/one.txt"
    mine.write_text("mine", encoding="utf-8")
    assert fetch(source, corpora, "file:///nowhere") == []
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_repository_that_cannot_be_reached_is_told_and_leaves_nothing(
    host: Path, tmp_path: Path
) -> None:
    corpora, source = tmp_path / "corpora", songs(host)
    with pytest.raises(BadSong, match=r"singer/songs cannot be fetched .*check the network"):
        fetch(source, corpora, (tmp_path / "nowhere").as_uri())
    assert kept(corpora) == set()
    assert list(corpora.iterdir()) == []


def test_a_repository_without_the_files_is_told(host: Path, tmp_path: Path) -> None:
    commit = published(host, "singer/songs", {"other/one.mxl": "one"})
    part = Part("songs", "songs/scores")
    source = Source("songs", "songs", "CC0", (Repository("singer/songs", commit, (part,)),))
    with pytest.raises(BadSong, match="singer/songs has no songs"):
        fetch(source, tmp_path / "corpora", host.as_uri())


def test_without_git_it_is_said(
    host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = songs(host)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadSong, match="git is missing"):
        fetch(source, tmp_path / "corpora", host.as_uri())


def test_every_source_that_can_be_read_is_described() -> None:
    assert set(LICENCES) == set(corpus.SOURCES)
    for source in described(LICENCES):
        for repository in source.repositories:
            assert len(repository.commit) == 40
            assert repository.name.count("/") == 1


def test_the_table_says_where_a_source_is_published(host: Path) -> None:
    text = page([songs(host)])
    assert "| songs | songs and their chords | CC0 | singer/songs at " in text
    assert "* songs: a table" in text
    with pytest.raises(BadValue, match="no source is called 'nothing'"):
        described(["nothing"])


def test_the_command_tells_the_sources_of_a_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('sources = ["open_hymnal", "airdsAirs"]', encoding="utf-8")
    assert cli.main(["fetch", "--recipe", str(recipe), "--corpora", str(tmp_path / "c")]) == 0
    told = capsys.readouterr().out
    assert "jclements3/tutor at 1c42d4459542c5b88053e90b816fea2667d0523d" in told
    assert "with music21" in told
    assert not (tmp_path / "c").exists()
