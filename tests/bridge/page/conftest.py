"""One browser for all tests of the page."""

from collections.abc import Iterator

import pytest

from tests.bridge.page.browser import Chromium, chromium, installed


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    place = installed()
    if place is None:
        pytest.skip("no Chromium on this machine")
    with chromium(place) as started:
        yield started
