from generators.music.harmony import Key
from tests.bridge.page.browser import Chromium, Visit
from tests.bridge.page.echo_partner import EchoPartner


def test_silence_ends_everything(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.press("Escape")
        await visit.notes((60, 88), (60, 0))
        await visit.until(lambda: visit.partner.said("/antiphon/panic") == [()])

    browser.visit(act)


def test_space_and_the_button_start_and_stop(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.press("Space")
        await visit.shows("#play[aria-pressed=true]")
        await visit.page.click("#play")
        await visit.shows("#play[aria-pressed=false]")
        assert len(visit.partner.said("/antiphon/transport/play")) == 1
        assert len(visit.partner.said("/antiphon/transport/stop")) == 1

    browser.visit(act)


def test_settings_go_both_ways(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.click("text=Accompany")
        await visit.page.select_option("#key", "F# minor")
        await visit.page.select_option("#meter", "7/8")
        await visit.page.fill("#tempo", "97.5")
        await visit.press("Enter")
        wanted = {("role", "accompany"), ("key", "F# minor"), ("meter", "7/8"), ("tempo", 97.5)}
        await visit.until(lambda: wanted <= set(visit.partner.said("/antiphon/set")))
        for name, value in (("role", "suggest"), ("key", "D dorian"), ("temperature", 1.2)):
            visit.partner.wire.tell("/antiphon/setting", (name, value))
        await visit.shows("input[value=suggest]:checked")
        await visit.sees("document.getElementById('key').value === 'D dorian'")
        await visit.sees("document.getElementById('temperature').value == 1.2")

    browser.visit(act)


def test_every_key_on_the_list_is_a_key(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        names = await visit.page.eval_on_selector_all(
            "#key option", "options => options.map(option => option.value)"
        )
        assert names[0] == "auto"
        assert len({(key.tonic, key.mode) for key in map(Key.named, names[1:])}) == 24

    browser.visit(act)


def test_what_is_refused_is_said_in_one_sentence_with_its_remedy(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.fill("#chords", "H7")
        await visit.press("Enter")
        await visit.shows("#trouble:not([hidden])")
        sentence = await visit.page.inner_text("#trouble-text")
        assert sentence == "'H7' is no chord; write it as in Am | F | C G."
        await visit.page.click("#trouble-close")
        await visit.page.wait_for_selector("#trouble", state="hidden")
        visit.partner.wire.counts.refused = 0

    browser.visit(act)


def test_the_page_comes_back_when_the_daemon_does_even_with_a_new_token(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.notes((60, 88))
        await visit.partner.wire.close()
        await visit.shows("#link[data-state=gone]")
        assert await visit.page.is_disabled("#play")
        async with EchoPartner(port=visit.partner.port, secret="B" * 40) as another:
            await visit.shows("#link[data-state=here]")
            await visit.until(lambda: another.said("/antiphon/note") == [(60, 88)])
            await visit.page.keyboard.up("a")
            await visit.until(lambda: another.said("/antiphon/note")[1:] == [(60, 0)])
            visit.complaints.clear()  # the browser says that nobody answered for a while

    browser.visit(act)


def test_the_end_of_the_daemon_is_the_end_of_its_notes(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        visit.partner.wire.tell("/antiphon/played/note", (72, 90, 1, 0.0))
        await visit.shows(".key[data-pitch='72'][data-lit=answer]")
        await visit.partner.wire.close()
        await visit.shows(".key[data-pitch='72'][data-lit='']")
        visit.complaints.clear()

    browser.visit(act)


def test_suggestions_are_heard_kept_dropped_and_taken_back(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        said = visit.partner.said
        await visit.page.select_option("#ask-bars", "2")
        await visit.page.click("[data-ask=continue]")
        await visit.page.click("[data-ask=harmonize]")
        await visit.shows("li[data-id=s2]")
        assert said("/antiphon/ask") == [("continue", 2), ("harmonize", 2)]
        await visit.page.click("li[data-id=s1] [data-do=audition]")
        await visit.page.click("li[data-id=s1] [data-do=accept]")
        await visit.page.click("li[data-id=s2] [data-do=reject]")
        await visit.shows("li[data-id=s1][data-state=accepted]")
        await visit.shows("li[data-id=s2][data-state=rejected]")
        assert await visit.page.is_disabled("li[data-id=s1] [data-do=accept]")
        await visit.page.click("#undo")
        await visit.until(lambda: said("/antiphon/undo") == [()])
        assert said("/antiphon/audition") == [("s1",)]
        assert "Am · F" in await visit.page.inner_text("li[data-id=s1]")

    browser.visit(act)


def test_the_click_clicks_with_the_song(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.check("#click")
        await visit.page.click("#play")
        await visit.sees("loudness() > 0.01")

    browser.visit(act)


def test_muted_it_is_silent(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        await visit.page.keyboard.down("a")
        await visit.sees("loudness() > 0.003")
        await visit.page.check("#mute")
        await visit.sees("loudness() < 0.0001")
        await visit.shows(".key[data-pitch='60'][data-lit=call]")

    browser.visit(act)


def test_taps_are_counted_by_the_daemon_alone(browser: Chromium) -> None:
    async def act(visit: Visit) -> None:
        for _ in range(3):
            await visit.page.click("#tap")
        await visit.page.focus("#tap")
        await visit.press("Enter")
        await visit.until(lambda: visit.partner.said("/antiphon/tap") == [()] * 4)
        assert visit.partner.said("/antiphon/tempo") == []

    browser.visit(act)
