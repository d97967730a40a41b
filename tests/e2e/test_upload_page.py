"""What only a browser shows of the Upload page: clicks on boxes, the clipboard, what is in view."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect
from skimage import data, io

from fer_core.bench.browser import wait_until_drawn
from pages.parts.shared import examples
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.axe import grave_violations
from tests.e2e.conftest import PATIENCE
from tests.inference.media import make_video
from tests.yunet import yunet_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VERDICT = '[data-testid="verdict"]'
BOX = "button.box"
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const image = new Image();
  image.src = "data:image/jpeg;base64,%s";
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 512, height: 512 });
  const draw = () => canvas.getContext("2d").drawImage(image, 0, 0);
  setInterval(draw, 100);
  return (window.camera = canvas.captureStream(10));
};
"""
"""A camera that sees the picture whose JPEG is put in."""


@pytest.fixture(scope="module")
def three_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    yunet_or_skip()
    face = data.astronaut()[:300, 100:400]
    file = tmp_path_factory.mktemp("pictures") / "three.png"
    io.imsave(file, np.hstack([face, face // 2, face // 3]), check_contrast=False)
    return file


def test_a_click_on_a_numbered_box_selects_its_face_and_so_does_the_keyboard(
    upload_page: "Page", three_faces: Path
) -> None:
    _bring(upload_page, three_faces)
    boxes = upload_page.locator(BOX)
    expect(boxes).to_have_count(3)
    assert [box.inner_text() for box in boxes.all()] == ["1", "2", "3"]
    chosen = upload_page.locator('[class*="st-key-face-"] [aria-checked="true"]')
    boxes.nth(2).click()
    expect(chosen).to_contain_text("3 ")
    expect(boxes.nth(2)).to_have_attribute("aria-pressed", "true")
    boxes.nth(1).focus()
    upload_page.keyboard.press("Enter")
    expect(chosen).to_contain_text("2 ")
    expect(boxes.nth(1)).to_be_focused()


def test_a_box_lies_on_its_face_and_its_number_beside_it(
    upload_page: "Page", three_faces: Path
) -> None:
    _bring(upload_page, three_faces)
    picture = upload_page.get_by_alt_text("three.png, boxes around 3 faces").bounding_box()
    assert picture is not None
    for box in upload_page.locator(BOX).all():
        place, number = box.bounding_box(), box.locator("span").bounding_box()
        assert place is not None
        assert number is not None
        assert picture["x"] <= place["x"]
        assert place["x"] + place["width"] <= picture["x"] + picture["width"] + 1
        assert number["y"] + number["height"] <= place["y"] + 5, "The number hides no face."


def test_a_number_hides_neither_a_face_nor_another_number(
    upload_page: "Page", tmp_path: Path
) -> None:
    face = data.astronaut()[:230:2, 130:310:2]
    crowd = tmp_path / "crowd.png"
    io.imsave(crowd, np.tile(face, (4, 8, 1)), check_contrast=False)
    _bring(upload_page, crowd)
    boxes = [place(box) for box in upload_page.locator(BOX).all()]
    shown = upload_page.locator(f"{BOX} span:visible")
    numbers = [place(number) for number in shown.all()]
    assert len(boxes) > 20
    assert len(numbers) > 3
    for number in numbers:
        hidden = [other for other in (*boxes, *numbers) if overlap(number, other)]
        assert len(hidden) <= 2, "Itself, and the frame of its own box."


def place(element: "Locator") -> "FloatRect":
    found = element.bounding_box()
    assert found is not None
    return found


def overlap(one: "FloatRect", other: "FloatRect") -> bool:
    """Whether they share more than the width of a frame."""
    return all(
        min(one[at] + one[size], other[at] + other[size]) - max(one[at], other[at]) > 3
        for at, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_answer_is_in_the_first_screen(
    browser: "Browser", server: AppServer, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/upload?sample=astronaut")
    page.locator(VERDICT).wait_for()
    wait_until_drawn(page)
    place = page.locator(VERDICT).bounding_box()
    assert place is not None
    assert place["y"] + place["height"] < height
    page.close()


def test_a_picture_is_pasted_from_the_clipboard(browser: "Browser", server: AppServer) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/upload")
    page.get_by_role("button", name="Paste").wait_for()
    wait_until_drawn(page)
    page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(80, 80);
            canvas.getContext("2d").fillRect(0, 0, 80, 80);
            const blob = await canvas.convertToBlob({ type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }"""
    )
    page.keyboard.press("Control+V")
    page.get_by_text("Pasted picture.png, 0 faces").wait_for()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Pasted picture.png")).to_have_count(0)
    wait_until_drawn(page)
    page.get_by_role("button", name="Paste").click()
    page.get_by_text("Pasted picture.png, 0 faces").wait_for()
    assert page.locator(EXCEPTION).count() == 0
    context.close()


def test_a_row_of_many_opens_in_view(
    upload_page: "Page", astronaut: Path, three_faces: Path
) -> None:
    _bring(upload_page, three_faces, astronaut)
    upload_page.get_by_role("radio", name="Table").click()
    table = upload_page.locator('[data-testid="stDataFrame"]')
    table.wait_for()
    wait_until_drawn(upload_page)
    place = table.bounding_box()
    assert place is not None
    upload_page.mouse.click(place["x"] + 17, place["y"] + 35 + 26)
    dialog = upload_page.get_by_role("dialog")
    expect(dialog.locator(VERDICT)).to_be_in_viewport()
    dialog.get_by_text("1 of 2").wait_for()
    upload_page.keyboard.press("ArrowRight")
    dialog.get_by_text("2 of 2").wait_for()


def test_the_annotated_video_plays(upload_page: "Page", tmp_path: Path) -> None:
    frames = [np.ascontiguousarray(data.astronaut()[..., ::-1])] * 40
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(make_video(frames))
    _bring(upload_page, clip)
    video = upload_page.locator("video")
    video.wait_for()
    video.evaluate("video => video.play()")
    upload_page.wait_for_function("document.querySelector('video').currentTime > 0.5")
    assert video.evaluate("video => video.duration") == pytest.approx(2, abs=0.3)


def test_a_video_can_be_cancelled_and_then_read_from_the_start(
    upload_page: "Page", tmp_path: Path
) -> None:
    clip = tmp_path / "long.mp4"
    clip.write_bytes(make_video([np.ascontiguousarray(data.astronaut()[..., ::-1])] * 1500))
    upload_page.locator('input[type="file"]').first.set_input_files(str(clip))
    upload_page.get_by_text("Reading long.mp4").wait_for()
    upload_page.get_by_role("button", name="Cancel").click()
    upload_page.get_by_text("Cancelled. long.mp4 was not read to its end.").wait_for()
    again = upload_page.get_by_role("button", name="Read it from the start")
    expect(upload_page.get_by_role("button", name="Cancel")).to_have_count(0)
    again.click()
    upload_page.get_by_text("Reading long.mp4").wait_for()
    expect(again).to_have_count(0)
    # No click on Cancel is lost, as where the offer goes late and moves it.
    upload_page.get_by_role("button", name="Cancel").click()
    upload_page.get_by_text("Cancelled. long.mp4 was not read to its end.").wait_for()
    assert upload_page.locator(EXCEPTION).count() == 0


def test_a_picture_is_taken_with_the_camera_which_is_off_again(
    browser: "Browser", server: AppServer
) -> None:
    jpeg = base64.b64encode(examples.BY_SLUG["astronaut"].data()).decode()
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(CAMERA % jpeg)
    page.goto(f"{server.url}/upload")
    page.get_by_role("button", name="Camera").click()
    # Before the camera shows a picture the button has none to take.
    page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
    page.get_by_role("button", name="Take Photo").click()
    page.get_by_text("Camera picture, 1 face").wait_for()
    expect(page.locator(VERDICT)).to_be_visible()
    page.wait_for_function("window.camera.getTracks().every(it => it.readyState === 'ended')")
    assert page.locator(EXCEPTION).count() == 0
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_beside_a_result(
    browser: "Browser", server: AppServer, three_faces: Path, astronaut: Path, theme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if theme == "dark" else "light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/upload")
    for files in ([three_faces], [three_faces, astronaut]):
        _bring(page, *files)
        assert not grave_violations(page)
    context.close()


def _bring(page: "Page", *files: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files([str(file) for file in files])
    page.locator("video, .stage, .st-key-view").first.wait_for()
    wait_until_drawn(page)
