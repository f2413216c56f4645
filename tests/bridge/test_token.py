import os
import stat
from pathlib import Path

import pytest

from bridge.errors import PortTrouble
from bridge.token import token


def test_the_token_is_made_once_and_kept_for_the_player_alone(tmp_path: Path) -> None:
    place = tmp_path / "antiphon" / "token"
    secret = token(place)
    assert len(secret) >= 32
    assert token(place) == secret
    assert [each.name for each in place.parent.iterdir()] == ["token"]
    if os.name == "posix":
        place.chmod(0o644)
        token(place)
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"short", b"\xff" * 50, b"<script>" * 20])
def test_a_damaged_token_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    place = tmp_path / "token"
    place.write_bytes(damage)
    assert len(token(place)) >= 32
    assert token(place) == place.read_text(encoding="ascii").strip()


def test_a_token_that_cannot_be_kept_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PortTrouble, match="cannot be kept"):
        token(tmp_path / "file" / "token")
