from pathlib import Path

import pytest

import bridge
from bridge.config import FIELDS
from bridge.protocol import INCOMING, OUTGOING
from bridge.reference import PAGES, protocol_page, settings_page, write

DOCS = Path(bridge.__file__).parent.parent / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_its_table_says_now(name: str) -> None:
    made = PAGES[name]()
    assert (DOCS / name).read_text(encoding="utf-8") == made, "run python -m bridge.reference"


def test_every_message_and_every_setting_has_its_row() -> None:
    messages, settings = protocol_page(), settings_page()
    assert all(messages.count(f"| `{each.path}` |") >= 1 for each in (*INCOMING, *OUTGOING))
    assert all(settings.count(f"| `{name}` |") == 1 for name in FIELDS)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(tmp_path: Path) -> None:
    write(tmp_path)
    for page in tmp_path.iterdir():
        width = 0
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = line.replace("\\|", "").count("|")
            width = 0 if not cells else width or cells
            assert cells == width, line
