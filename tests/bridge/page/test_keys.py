import pytest

from tests.bridge.page.browser import Chromium, Visit

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_keys_pressed_on_the_page_are_answered_on_the_page(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        for key in "adg":
            await visit.press(key)
        await visit.shows("#turn[data-whose=answer]")
        await visit.shows(".key[data-pitch='72'][data-lit=answer]")
        await visit.sees("loudness() > 0.003")
        await visit.sees("dots(0x1f, 0x6f, 0xd6) > 50")
        await visit.sees("dots(0xc2, 0x54, 0x06) > 50")

    browser.visit(act, bpm=100.0)


def test_the_player_hears_a_key_at_once_even_without_the_daemon(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.partner.wire.close()
        await visit.shows("#link[data-state=gone]")
        await visit.page.keyboard.down("a")
        await visit.sees("loudness() > 0.003")
        await visit.page.keyboard.up("a")
        await visit.sees("loudness() < 0.001")
        visit.complaints.clear()  # the browser says that nobody answers, as it should

    browser.visit(act)


def test_letters_play_the_rows_of_a_piano(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        for key in "awsed":
            await visit.press(key)
        await visit.notes(*[(60 + n // 2, 88 * (n % 2 == 0)) for n in range(10)])
        letters = await visit.page.inner_text(".key[data-pitch='61']")
        assert letters.strip() == "W"

    browser.visit(act)


def test_repeats_and_shortcuts_are_not_played(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        for _ in range(5):
            await visit.page.keyboard.down("a")  # after the first these are repeats
        await visit.page.keyboard.up("a")
        for shortcut in ("Control+a", "Alt+d", "Meta+f"):
            await visit.press(shortcut)
        await visit.press("s")
        await visit.notes((60, 88), (60, 0), (62, 88), (62, 0))

    browser.visit(act)


@pytest.mark.parametrize(
    "away",
    [
        "window.dispatchEvent(new Event('blur'))",
        "window.dispatchEvent(new Event('pagehide'))",
        "Object.defineProperty(document, 'hidden', {value: true});"
        "document.dispatchEvent(new Event('visibilitychange'))",
        "document.getElementById('chords').focus()",
    ],
)
def test_no_key_stays_down_when_the_player_looks_elsewhere(browser: Chromium, away: str) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.page.keyboard.down("g")
        await visit.page.evaluate(away)
        await visit.notes((60, 88), (67, 88), (60, 0), (67, 0))
        await visit.shows(".key[data-pitch='60'][data-lit='']")

    browser.visit(act)


def test_a_page_that_is_closed_lets_its_keys_up(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.notes((60, 88))
        await visit.page.close()
        await visit.until(lambda: (60, 0) in visit.notes_so_far)

    browser.visit(act)


def test_a_key_held_while_the_octave_moves_ends_as_it_began(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.press("x")
        await visit.page.keyboard.up("a")
        await visit.press("a")
        await visit.notes((60, 88), (60, 0), (72, 88), (72, 0))
        assert await visit.page.inner_text("#octave") == "octave 5"

    browser.visit(act)


def test_the_same_pitch_by_two_hands_ends_once_for_each_begin(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.page.hover(".key[data-pitch='60']", position={"x": 10, "y": 120})
        await visit.page.mouse.down()
        await visit.page.keyboard.up("a")
        await visit.page.mouse.up()
        await visit.until(lambda: len(visit.notes_so_far) == 4)
        assert [velocity > 0 for _, velocity in visit.notes_so_far] == [True, False, True, False]

    browser.visit(act)


def test_letters_typed_into_a_field_are_not_played(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.fill("#chords", "")
        await visit.page.type("#chords", "A | F")
        await visit.press("Enter")
        await visit.until(lambda: ("chords", "A | F") in visit.partner.said("/antiphon/set"))
        await visit.press("a")
        await visit.notes((60, 88), (60, 0))

    browser.visit(act)


def test_a_mouse_plays_stronger_further_down_and_slides(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        box = await visit.page.locator(".key[data-pitch='60']").bounding_box()
        assert box is not None
        await visit.page.mouse.move(box["x"] + 5, box["y"] + 10)
        await visit.page.mouse.down()
        await visit.page.mouse.up()
        await visit.page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)
        await visit.page.mouse.down()
        await visit.page.mouse.move(box["x"] + box["width"] + 8, box["y"] + box["height"] - 5)
        await visit.page.mouse.up()
        await visit.until(lambda: len(visit.notes_so_far) == 6)
        pitches, (soft, _, loud, *_) = zip(*visit.notes_so_far, strict=True)
        assert pitches == (60, 60, 60, 60, 62, 62)
        assert soft < 60
        assert loud > 100

    browser.visit(act)


def test_two_fingers_play_two_keys(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.locator("#keys").scroll_into_view_if_needed()
        devtools = await visit.page.context.new_cdp_session(visit.page)
        points = []
        for finger, pitch in enumerate((60, 64)):
            box = await visit.page.locator(f".key[data-pitch='{pitch}']").bounding_box()
            assert box is not None
            x, y = box["x"] + 6, box["y"] + box["height"] - 20
            points.append({"x": x, "y": y, "id": finger})
        touch = "Input.dispatchTouchEvent"
        await devtools.send(touch, {"type": "touchStart", "touchPoints": points[:1]})
        await devtools.send(touch, {"type": "touchStart", "touchPoints": points})
        await visit.shows(".key[data-pitch='60'][data-lit=call]")
        await visit.shows(".key[data-pitch='64'][data-lit=call]")
        await devtools.send(touch, {"type": "touchEnd", "touchPoints": []})
        await visit.until(lambda: len(visit.notes_so_far) == 4)
        assert [pitch for pitch, velocity in visit.notes_so_far if velocity] == [60, 64]

    browser.visit(act, **PHONE)


def test_midi_is_asked_for_on_a_click_only(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.press("a")
        assert await visit.page.evaluate("midi.asked") == 0
        await visit.page.click("#midi")
        assert await visit.page.evaluate("midi.asked") == 1

    browser.visit(act)


def test_a_midi_keyboard_plays_as_the_keys_do(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.click("#midi")
        await visit.page.evaluate("midi.plug('one')")
        for message in ("0x90, 60, 99", "0xB0, 64, 127", "0x91, 60, 50", "0x90, 60, 0"):
            await visit.page.evaluate(f"midi.play('one', {message})")
        for message in ("0x81, 60, 64", "0xB0, 64, 0", "0xF8", "0xE0, 0, 64"):
            await visit.page.evaluate(f"midi.play('one', {message})")
        await visit.notes((60, 99), (60, 0), (60, 50), (60, 0))
        await visit.until(lambda: visit.partner.said("/antiphon/pedal") == [(127,), (0,)])

    browser.visit(act)


def test_a_midi_keyboard_that_is_pulled_out_lets_go(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.evaluate("midi.plug('one')")
        await visit.page.click("#midi")
        await visit.page.evaluate("midi.play('one', 0x90, 60, 99)")
        await visit.page.evaluate("midi.play('one', 0xB0, 64, 127)")
        await visit.page.evaluate("midi.pull('one')")
        await visit.notes((60, 99), (60, 0))
        await visit.until(lambda: visit.partner.said("/antiphon/pedal") == [(127,), (0,)])
        await visit.page.evaluate("midi.plug('two'), midi.plug('three')")
        await visit.page.select_option("#midi-input", "three")
        await visit.page.evaluate("midi.play('two', 0x90, 61, 99)")
        await visit.page.evaluate("midi.play('three', 0x90, 62, 99)")
        await visit.until(lambda: visit.notes_so_far[2:] == [(62, 99)])

    browser.visit(act)


def test_a_browser_that_forbids_midi_gives_one_sentence(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.evaluate("void (navigator.requestMIDIAccess = () => Promise.reject())")
        await visit.page.click("#midi")
        await visit.shows("#trouble:not([hidden])")
        assert "allow it for this page" in await visit.page.inner_text("#trouble-text")

    browser.visit(act)
