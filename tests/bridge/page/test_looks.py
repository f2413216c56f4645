import re
from pathlib import Path

import pytest

import bridge
from bridge.protocol import INCOMING, OUTGOING
from tests.bridge.page.browser import Chromium, Visit

PAGE = Path(bridge.__file__).parent / "page"


def test_a_visitor_is_told_what_to_do(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        text = await visit.page.inner_text("body")
        assert "Play a few bars. Pause. Antiphon answers on the next bar." in text
        assert await visit.page.inner_text("#model") == "model echo on CPU"
        assert await visit.page.inner_text("#late") == "0 late"

    browser.visit(act)


@pytest.mark.parametrize("size", [(320, 640), (390, 844), (768, 1024), (1280, 800), (1920, 1080)])
def test_the_page_fits(browser: Chromium, size: tuple[int, int]) -> None:
    width, height = size

    async def act(visit: Visit) -> None:
        assert await visit.page.evaluate("document.documentElement.scrollWidth") <= width
        roll = await visit.page.locator("#roll").bounding_box()
        keys = await visit.page.locator("#keys").bounding_box()
        assert roll is not None
        assert keys is not None
        assert roll["height"] >= 170
        assert keys["height"] >= 100
        if height > 700:
            assert keys["y"] + keys["height"] <= height, "one can play without scrolling"

    browser.visit(act, viewport={"width": width, "height": height})


def test_everything_that_can_be_used_has_a_name(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.click("[data-ask=continue]")
        await visit.shows("li[data-id=s1]")
        nameless = await visit.page.eval_on_selector_all(
            "button, input, select, [tabindex], canvas:not([aria-hidden]), section, ol li button",
            """places => places.filter(place => !(place.labels?.length || place.title
                || place.getAttribute("aria-label") || place.innerText?.trim()))
                .map(place => place.outerHTML)""",
        )
        assert nameless == []

    browser.visit(act)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Chromium, scheme: str) -> None:
    pairs = [
        ("ink", "ground"), ("ink", "panel"), ("ink", "field"), ("quiet", "ground"),
        ("quiet", "panel"), ("faint", "paper"), ("bad", "ground"), ("call", "panel"),
        ("answer", "panel"), ("on-accent", "accent"),
    ]  # fmt: skip

    async def act(visit: Visit) -> None:
        for text, ground in pairs:
            colours = await visit.page.evaluate(
                """names => names.map(name =>
                    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim())""",
                [text, ground],
            )
            assert contrast(*colours) >= 4.5, (text, ground)  # WCAG 2.2, 1.4.3

    browser.visit(act, color_scheme=scheme)


def test_who_wants_less_motion_gets_pages_instead_of_scrolling(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.click("#play")
        still = "document.getElementById('roll').getContext('2d').getImageData(60, 10, 400, 1).data"
        before = await visit.page.evaluate(f"[...{still}].join()")
        await visit.until(lambda: visit.partner.beat > 2)
        assert await visit.page.evaluate(f"[...{still}].join()") == before

    browser.visit(act, reduced_motion="reduce")


def test_nothing_comes_from_elsewhere(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.press("a")
        assert visit.requests
        assert all(url.startswith(visit.partner.wire.url) for url in visit.requests)

    browser.visit(act)


def test_the_page_speaks_the_protocol_and_nothing_else() -> None:
    table = {address.path for address in (*INCOMING, *OUTGOING)}
    kinds = {"/antiphon/${what}"}
    for script in PAGE.glob("*.js"):
        mentioned = set(re.findall(r"/antiphon/[a-z/${}]+", script.read_text(encoding="utf-8")))
        assert mentioned - kinds <= table, script.name


def test_the_page_shows_all_that_the_daemon_says() -> None:
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    silent = {address.path for address in OUTGOING if f'"{address.path}"' not in script}
    # What is taken of these the transport and the bar line say too.
    assert silent == {"/antiphon/heard/tempo", "/antiphon/heard/downbeat"}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG 2.2 defines it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
