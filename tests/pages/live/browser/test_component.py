"""What a visitor sees and does with live video in their own browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.classes import CLASS_NAMES
from pages.parts.live import words
from pages.parts.live.browser import modules
from tests.pages.live.browser.mounted import ADDRESS, mount, see

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
WORDS = words.browser(servable=True)
LONG_WITHOUT_FACE = re.compile(r"([2-9]|\d\d)\d frames read, a face in [1-4]?\d\.\d")
"""More than two of the session's points apart."""
YES, NO = "Yes, this is the expression I show", "No, this is not the expression I show"


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def live(page: "Page", tmp_path: Path) -> "Page":
    mount(page, tmp_path / "js")
    return page


def start(page: "Page") -> None:
    page.get_by_role("button", name="Start camera").click()


def verdict(page: "Page") -> str:
    return page.locator(".live-verdict").inner_text()


def test_the_video_plays_and_the_face_is_named(live: "Page") -> None:
    place = live.locator(".live-stage").bounding_box()
    assert place is not None
    assert place["height"] > 0.5 * place["width"]
    see(live, "sad")
    start(live)
    expect(live.locator(".live-verdict")).to_have_text("Sad 80.0\xa0%")
    rows = live.locator(".fer-bars tbody tr")
    assert [row.split()[0] for row in rows.all_inner_texts()] == list(CLASS_NAMES)
    expect(live.locator(".fer-bars tr.top")).to_contain_text("sad")
    figures = live.locator(".live-figures")
    expect(figures).to_contain_text("Read by compact-int8")
    expect(figures).to_contain_text("(detect 2, crop 1, classify 3)")
    assert live.locator(".live-stage").bounding_box() == place, "Its place was kept."
    assert not live.evaluate("fetch(script).then(() => true, () => false)"), "A copy stays."
    live.get_by_role("button", name="Stop camera").click()
    expect(live.locator(".live-now")).to_contain_text("appear here while the camera runs")
    assert live.evaluate("live()") == 0


def test_a_click_before_the_code_has_come_cannot_be_lost(page: "Page") -> None:
    page.set_content((modules.FOLDER.parent / "live.html").read_text(encoding="utf-8"))
    expect(page.get_by_role("button", name="Start camera")).to_be_disabled()


def test_a_double_click_starts_the_camera(live: "Page") -> None:
    see(live, "sad")
    live.get_by_role("button", name="Start camera").dblclick()
    expect(live.locator(".live-verdict")).to_contain_text("Sad")


@pytest.mark.slow
def test_a_face_that_has_gone_is_told_to_screen_readers_and_not_asked_about(live: "Page") -> None:
    heard = live.locator(".live-heard")
    see(live, "happy")
    start(live)
    expect(heard).to_have_text("happy")
    see(live)
    expect(heard).to_have_text("no face")
    for answer in (YES, NO):
        live.get_by_role("button", name=answer).click()
        expect(live.locator(".live-agreed")).to_contain_text("nothing to answer")
    live.get_by_role("button", name="Stop camera").click()
    expect(heard).to_be_empty()


@pytest.mark.slow
def test_several_faces_are_numbered(live: "Page") -> None:
    see(live, "happy", "angry")
    start(live)
    seen = "The bars are of face 1. Also seen: face 2 angry, 80.0\xa0%."
    expect(live.locator(".live-others")).to_have_text(seen)


def test_a_mirror_shows_the_face_on_its_own_side(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    colored = """() => {
      const canvas = document.querySelector('.live-marks');
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let sum = 0, count = 0;
      for (let i = 3; i < pixels.length; i += 4)
        if (pixels[i]) { sum += (i - 3) / 4 % canvas.width; count++; }
      return sum / count / canvas.width;
    }"""
    assert live.evaluate(colored) > 0.6, "The box is at the left of the frame."
    live.evaluate("show({settings: {...data.settings, mirrored: false}})")
    live.wait_for_function(f"({colored})() < 0.4")


@pytest.mark.parametrize(
    "name",
    [
        "NotAllowedError",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("NotFoundError", "NotReadableError", "WhoKnowsError")
        ),
    ],
)
def test_a_camera_that_does_not_start_is_told_with_what_to_do(live: "Page", name: str) -> None:
    live.evaluate("name => window.denial = name", name)
    start(live)
    expect(live.get_by_role("alert")).to_have_text(WORDS.get(name, WORDS["otherwise"]))
    assert not live.get_by_text("raw words").count()
    live.evaluate("window.denial = ''")
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    expect(live.locator(".live-told")).to_be_empty()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("delete window.WebAssembly", WORDS["noWebAssembly"]),
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", WORDS["insecure"]),
        (
            "window.refusal = 'Nothing to be had.'",
            'Nothing to be had. Meanwhile choose "On the server" above, or take a picture on the '
            "Upload page.",
        ),
        ("window.see({broken: true})", WORDS["broken"]),
    ],
    ids=["no WebAssembly", "insecure", "not loaded", "does not run"],
)
def test_what_cannot_be_done_here_is_told_and_no_camera_stays_on(
    live: "Page", script: str, told: str
) -> None:
    live.evaluate(script)
    start(live)
    expect(live.get_by_role("alert")).to_have_text(told)
    expect(live.get_by_role("button", name="Start camera")).to_be_enabled()
    live.wait_for_function("live() === 0")
    expect(live.get_by_role("button", name="Open Upload")).to_be_visible()
    servable = live.get_by_role("button", name="Read faces on the server")
    expect(servable).to_be_visible(visible=told != WORDS["insecure"])


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("delete window.WebAssembly", "cannot read faces itself. Use another browser."),
        ("window.refusal = 'No.'", "No. Meanwhile take a picture on the Upload page."),
    ],
    ids=["no WebAssembly", "not loaded"],
)
def test_a_server_that_reads_no_faces_is_not_named(
    page: "Page", tmp_path: Path, script: str, told: str
) -> None:
    mount(page, tmp_path / "js", servable=False, words=words.browser(servable=False))
    page.evaluate(script)
    start(page)
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.get_by_role("button", name="Open Upload")).to_be_visible()
    expect(page.get_by_role("button", name="Read faces on the server")).to_be_hidden()


@pytest.mark.slow
def test_a_camera_that_is_pulled_out_is_told(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    live.evaluate("streams[0].getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(live.get_by_role("alert")).to_have_text(WORDS["ended"])


def test_settings_networks_and_stopping_while_loading_leave_one_camera(live: "Page") -> None:
    see(live, "happy")
    live.evaluate("() => { window.hold = new Promise(done => window.release = done); }")
    start(live)
    expect(live.locator(".live-why")).to_have_text("Loading what reads faces: 5.0 of 20.0 MB")
    live.get_by_role("button", name="Stop camera").click()
    start(live)
    live.evaluate("release()")
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    for change in ("{network: 'tiny'}", "{settings: {...data.settings, halfLife: 1}}", "{}"):
        live.evaluate(f"show({change})")
    expect(live.locator(".live-figures")).to_contain_text("Read by tiny")
    assert live.evaluate("live()") == 1


def test_leaving_the_page_ends_the_camera(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    live.evaluate("document.getElementById('place').remove()")
    live.wait_for_function("live() === 0", timeout=1000)


def test_a_component_that_is_drawn_anew_goes_on(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    live.evaluate(
        "() => { const place = document.getElementById('place'), copy = place.cloneNode(true);"
        "place.replaceWith(copy); leave(); show(); }"
    )
    see(live, "sad")
    expect(live.locator(".live-verdict")).to_contain_text("Sad")
    assert live.evaluate("live()") == 1


@pytest.mark.slow
def test_a_camera_that_falls_silent_is_told(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    live.evaluate("streams[0].getVideoTracks()[0].stop()")
    expect(live.locator(".live-verdict")).to_have_text(WORDS["silent"], timeout=15_000)


def test_nothing_is_read_while_the_tab_is_hidden(live: "Page") -> None:
    see(live, "happy", wait=150)
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    hide = (
        "value => { Object.defineProperty(document, 'hidden', {value, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    live.evaluate(hide, True)
    expect(live.locator(".live-verdict")).to_have_text(WORDS["hidden"])
    assert not live.evaluate("streams[0].getVideoTracks()[0].enabled")
    see(live, "sad")
    live.wait_for_timeout(300)  # in which an answer that was under way would come
    expect(live.locator(".live-verdict")).to_have_text(WORDS["hidden"])
    live.evaluate(hide, False)
    expect(live.locator(".live-verdict")).to_contain_text("Sad")


@pytest.mark.slow
def test_a_slow_machine_goes_on_with_the_lighter_network_and_may_go_back(live: "Page") -> None:
    see(live, "happy", wait=150)
    start(live)
    told = live.get_by_text("fewer than 15 frames a second with compact-int8")
    expect(told).to_be_visible(timeout=20_000)
    expect(live.locator(".live-figures")).to_contain_text("Read by tiny")
    live.wait_for_function(
        """() => {
          const canvas = document.querySelector('.live-marks');
          const [x, y] = [canvas.width / 2, canvas.height / 2];
          return canvas.getContext('2d').getImageData(x, y, 1, 1).data[3] === 255;
        }"""
    )  # the frame that was read, with its boxes
    note = live.locator(".live-note")
    expect(note).to_contain_text("compact-int8 70.0 %, tiny 66.9 %")
    expect(note).to_contain_text("In half a minute compact-int8 is tried once more.")
    live.get_by_role("button", name="Use compact-int8 all the same").click()
    expect(live.locator(".live-figures")).to_contain_text("Read by compact-int8")
    expect(told).not_to_be_visible()


RECURRENT = {"recurrent": {"compact-int8": "temporal"}}
CHOOSE = "value => show({settings: {...data.settings, recurrent: value}})"


def test_a_recurrent_network_is_fetched_only_when_it_is_chosen(
    page: "Page", tmp_path: Path
) -> None:
    mount(page, tmp_path / "js", **RECURRENT)
    see(page, "happy")
    start(page)
    figures = page.locator(".live-figures")
    expect(figures).to_contain_text("Read by compact-int8; runtime")
    assert page.evaluate("loads") == ["compact-int8"]
    page.evaluate(CHOOSE, True)
    expect(figures).to_contain_text(
        "Read by compact-int8, smoothed by the recurrent network temporal; runtime"
    )
    page.evaluate("show({network: 'tiny'})")
    expect(figures).to_contain_text("Read by tiny; runtime")
    page.evaluate("show({network: 'compact-int8'})")
    expect(figures).to_contain_text(
        "Read by compact-int8, smoothed by the recurrent network temporal; runtime"
    )
    page.evaluate(CHOOSE, False)
    expect(figures).to_contain_text("Read by compact-int8; runtime")


def test_a_recurrent_network_that_does_not_start_is_told_and_the_video_goes_on(
    page: "Page", tmp_path: Path
) -> None:
    settings = {"minConfidence": 0.6, "halfLife": 0.3, "mirrored": True, "recurrent": True}
    mount(page, tmp_path / "js", **RECURRENT, settings=settings)
    see(page, "happy", refuses=True)
    start(page)
    expect(page.locator(".live-verdict")).to_contain_text("Happy")
    expect(page.locator(".live-note")).to_have_text(WORDS["noRecurrent"])
    expect(page.locator(".live-figures")).to_contain_text("Read by compact-int8; runtime")


@pytest.mark.slow
def test_a_lighter_network_without_a_recurrent_one_says_so(page: "Page", tmp_path: Path) -> None:
    mount(page, tmp_path / "js", **RECURRENT)
    see(page, "happy", wait=150)
    start(page)
    page.evaluate(CHOOSE, True)
    told = page.locator(".live-note")
    expect(told).to_contain_text("goes on with tiny", timeout=20_000)
    expect(told).to_contain_text(WORDS["lighterOverTime"])
    expect(page.locator(".live-figures")).to_contain_text("Read by tiny; runtime")
    page.get_by_role("button", name="Use compact-int8 all the same").click()
    expect(page.locator(".live-figures")).to_contain_text(
        "smoothed by the recurrent network temporal"
    )


def test_the_visitor_says_what_they_showed(live: "Page") -> None:
    see(live, "sad")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Sad")
    agreed = live.locator(".live-agreed")
    for _ in range(2):
        live.get_by_role("button", name=NO).click()
        expect(agreed).to_have_text("It read sad. What did you show?")
        live.get_by_role("button", name="neutral").click()
        expect(agreed).to_contain_text("Kept: it read sad, you showed neutral.")
    live.get_by_role("button", name=YES).click()
    expect(agreed).to_have_text(
        "Kept: it read sad, you agree. "
        "On your face compact-int8 agreed in 1 of 3 answers (33.3 %). "
        "Most often it read sad where you showed neutral: 2 times."
    )
    live.get_by_role("button", name=NO).click()
    live.keyboard.press("Escape")
    expect(live.get_by_role("button", name="neutral")).to_be_hidden()
    assert live.evaluate("sent") == [], "Answers stay in the browser."
    live.get_by_role("button", name="Remove my answers").click()
    expect(agreed).to_be_empty()
    assert live.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("answer", [YES, NO])
def test_a_reading_that_was_not_sure_is_no_answer(live: "Page", answer: str) -> None:
    see(live, "sad", label="not sure", unsure=True)
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Not sure")
    live.get_by_role("button", name=answer).click()
    expect(live.locator(".live-agreed")).to_contain_text("It was not sure")
    assert live.evaluate("localStorage.length") == 0


def test_the_session_is_saved_as_a_table(live: "Page") -> None:
    save = live.get_by_role("button", name="Save session (CSV)")
    expect(save).to_be_disabled()
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    see(live)
    expect(live.locator(".live-verdict")).to_have_text(WORDS["noFace"])
    expect(live.locator(".live-figures")).to_have_text(LONG_WITHOUT_FACE)
    live.get_by_role("button", name="Stop camera").click()
    with live.expect_download() as download:
        save.click()
    assert re.fullmatch(r"live-session-20\d\d(-\d\d){5}\.csv", download.value.suggested_filename)
    head, first, *others = download.value.path().read_text(encoding="utf-8").splitlines()
    assert head == ",".join(["seconds", "face", "expression", "network", "smoothing", *CLASS_NAMES])
    smoothing = "exponential with half-life 0.3 s"
    assert (
        first
        == f"0.00,1,happy,compact-int8,{smoothing},0.0333,0.0333,0.0333,0.8000,0.0333,0.0333,0.0333"
    )
    assert re.fullmatch(r"\d+\.\d\d,{11}", others[-1]), "Without a face: the seconds alone."


def test_a_new_session_is_told_before_and_another_camera_begins_none(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    live.get_by_role("button", name="Stop camera").click()
    expect(live.locator(".live-note")).to_have_text(WORDS["newSession"])
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    expect(live.locator(".live-note")).to_be_empty()
    seen = re.compile("most recently happy$")
    timeline = live.locator(".live-timeline canvas")
    expect(timeline).to_have_attribute("aria-label", seen)
    see(live)
    live.evaluate("document.querySelector('select').dispatchEvent(new Event('change'))")
    expect(live.locator(".live-verdict")).to_have_text(WORDS["noFace"])
    expect(timeline).to_have_attribute("aria-label", seen)  # the session goes on
    live.get_by_role("button", name="Stop camera").click()
    expect(live.locator(".live-note")).to_have_text(WORDS["newSession"])
    live.evaluate("document.querySelector('select').dispatchEvent(new Event('change'))")
    expect(live.locator(".live-verdict")).to_have_text(WORDS["noFace"])
    expect(timeline).to_have_attribute("aria-label", re.compile("still empty$"))


@pytest.mark.slow
def test_what_speaks_for_the_expression_is_laid_over_the_face(live: "Page") -> None:
    see(live, "happy")
    start(live)
    explain = live.get_by_role("button", name="Explanation")
    explain.click()
    expect(explain).to_have_attribute("aria-pressed", "true")
    expect(live.get_by_text(WORDS["explains"])).to_be_visible()
    see(live)
    expect(live.get_by_text(WORDS["explains"])).to_have_count(0)
    see(live, "happy", blind=True)
    told = WORDS["noActivations"].replace("{network}", "compact-int8")
    expect(live.get_by_text(told)).to_be_visible()


def test_only_a_snapshot_is_sent_and_it_is_a_picture(live: "Page") -> None:
    see(live, "happy")
    start(live)
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    assert live.evaluate("sent") == []
    live.get_by_role("button", name="Take snapshot").click()
    ((name, sent),) = live.evaluate("sent")
    assert (name, sent["network"]) == ("snapshot", "compact-int8")
    assert sent["picture"].startswith("iVBORw0KGgo"), "PNG"


@pytest.mark.slow
def test_another_camera_is_chosen_and_the_one_before_ends(page: "Page", tmp_path: Path) -> None:
    page.route(ADDRESS, lambda route: route.fulfill(body="<body>", content_type="text/html"))
    page.add_init_script(
        "navigator.mediaDevices.enumerateDevices = async () => ['Left', 'Right'].map(label => "
        "({kind: 'videoinput', deviceId: label, label}))"
    )
    mount(page, tmp_path / "js")
    see(page, "happy")
    start(page)
    page.get_by_label("Camera", exact=True).select_option("Right")
    page.wait_for_function("asked.video.deviceId?.exact === 'Right' && streams.length === 2")
    page.wait_for_function("live() === 1")


@pytest.mark.slow
def test_a_phone_turns_to_the_other_side_and_shows_that_as_it_is(
    browser: "Browser", tmp_path: Path
) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = phone.new_page()
    page.add_init_script(
        "navigator.mediaDevices.enumerateDevices = async () => "
        "[1, 2].map(deviceId => ({kind: 'videoinput', deviceId, label: ''}));"
        "MediaStreamTrack.prototype.getSettings = () => "
        "({facingMode: window.asked.video.facingMode?.ideal ?? 'user'})"
    )
    mount(page, tmp_path / "js")
    see(page, "happy")
    start(page)
    turn = page.get_by_role("button", name="Switch camera")
    for side in ("environment", "user"):
        turn.click()
        page.wait_for_function(f"asked.video.facingMode?.ideal === '{side}' && live() === 1")
        mirrored = page.locator(".live-stage.mirrored.seen")
        expect(mirrored).to_have_count(1 if side == "user" else 0)
    for side in ("environment", "user"):
        page.get_by_role("button", name="Stop camera").click()
        turn.click()
        page.wait_for_function(f"asked.video.facingMode?.ideal === '{side}' && live() === 1")
    expect(page.get_by_label("Camera", exact=True)).to_be_hidden()
    phone.close()


def test_everything_is_reached_by_keyboard(live: "Page") -> None:
    see(live, "happy")
    live.keyboard.press("Tab")
    live.keyboard.press("Enter")
    expect(live.locator(".live-verdict")).to_contain_text("Happy")
    reached = []
    for _ in range(6):
        reached.append(live.evaluate("document.activeElement.textContent"))
        live.keyboard.press("Tab")
    assert reached == [
        "Stop camera",
        "Explanation",
        "Take snapshot",
        "Save session (CSV)",
        "Yes",
        "No",
    ]
