"""What the benchmark of live video in a browser prints, and that it counts a frame once."""

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from fer_core.bench.browser_live.peers import PEERS, serve_peers
from fer_core.bench.browser_live.play import Played, play
from fer_core.bench.browser_live.run import remarks_of, table_of, times_of, verdicts_of
from fer_core.bench.film import write_film

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MILLISECONDS = {"detect": 16.04, "frame": 1.0, "classify": 3.9, "total": 22.0}
OWN = Played("In the browser, tiny", 28.0, 55.0, 1.0, MILLISECONDS, 2.5, 1.25, 18.2, 0.001)
HUMAN = Played("human 3.3.6", 11.3, 12.5, 0.99, {"total": 80.0}, 1.5, 0.9, 4.0)
_LIBRARY = """
export default class Human {
  async load() {}
  // Each frame is read twice as long as the camera takes for it.
  async detect() {
    await new Promise(done => setTimeout(done, 66));
    return {face: [{box: [1, 2, 3, 4], emotion: [{emotion: 'happy', score: 1}]}]};
  }
}"""


def _printed(*played: Played) -> str:
    out = io.StringIO()
    console = Console(file=out, width=80)
    console.print(table_of(list(played)))
    console.print(times_of(list(played)))
    return out.getvalue()


def test_a_row_shows_each_figure_with_its_unit() -> None:
    printed = " ".join(_printed(OWN, HUMAN).split())
    assert "In the browser, tiny 28.0 55.0 100.0 % 2.5 s 1.2 s 18.2 MB 0.1 %" in printed
    assert "human 3.3.6 11.3 12.5 99.0 % 1.5 s 0.9 s 4.0 MB" in printed
    assert "…" not in printed, "Nothing is cut off at 80 columns."


def test_stages_stand_where_a_page_tells_them() -> None:
    printed = " ".join(_printed(OWN, HUMAN).split("Milliseconds a frame")[1].split())
    assert "In the browser, tiny 16.0 1.0 3.9 22.0 human 3.3.6 80.0" in printed


def test_what_was_not_measured_says_why_and_has_no_verdict() -> None:
    absent = Played("human 3.3.6", missing="npm is not installed")
    assert "not measured" in _printed(absent)
    assert remarks_of([OWN, absent]) == ["human 3.3.6: npm is not installed."]
    assert not any("human" in line for line in verdicts_of([OWN, absent]))
    assert verdicts_of([absent]) == []


def test_verdicts_compare_with_targets_and_peers() -> None:
    lines = verdicts_of([OWN, HUMAN])
    assert "tiny: 25 frames a second: met" in lines
    times = "tiny: 2 times human 3.3.6: met, 4.40 times the frames a second (3.64 by their time)"
    assert times in lines
    assert "tiny: first frame within 3 s, cached: met" in lines
    slow = replace(OWN, name="In the browser, compact-int8", fps=19.9, most=24.9, first_cached=3.1)
    lines = verdicts_of([slow, HUMAN])
    assert "compact-int8: 20 frames a second: missed" in lines
    assert any(line.startswith("compact-int8: 2 times human 3.3.6: missed, 1.99") for line in lines)
    assert "compact-int8: first frame within 3 s, cached: missed" in lines


def test_figures_of_a_lighter_network_are_told_as_such() -> None:
    changed = replace(OWN, name="In the browser, compact-int8", changed=True)
    (remark,) = remarks_of([OWN, changed])
    assert "compact-int8" in remark
    assert "lighter network" in remark
    assert "compact-int8: 20 frames a second: missed" in verdicts_of([changed])


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_is_played_and_what_it_reads_counted(browser: "Browser", tmp_path: Path) -> None:
    film = write_film(tmp_path / "camera.y4m")
    library = tmp_path / "node_modules" / "@vladmandic" / "human" / "dist" / "human.esm.js"
    library.parent.mkdir(parents=True)
    library.write_text(_LIBRARY, encoding="utf-8")
    with serve_peers(tmp_path) as url:
        seen = play(
            PEERS["human"],
            f"{url}?human",
            lambda page: page.get_by_role("button", name="Start camera").click(),
            film=film,
            folder=tmp_path / "visitor",
            seconds=3,
        )
    assert seen.missing == ""
    most = 1000 / 66 + 1 / 3  # the first of the three seconds may begin just before a reading
    assert 0 < seen.fps <= most
    assert 0 < seen.most <= most
    assert seen.found == 1
    assert seen.milliseconds["total"] >= 66
    assert seen.first > 0.066
    assert seen.first_cached > 0.066
    assert seen.server is None
    assert seen.megabytes == pytest.approx(
        sum(len(text) for text in (_LIBRARY, *_pages())) / 1e6, rel=0.2
    )


def _pages() -> list[str]:
    from fer_core.bench.browser_live.peers import PAGES

    names = ("index.html", "play.js", "human.js")
    return [(PAGES / name).read_text(encoding="utf-8") for name in names]


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_that_fails_says_why(browser: "Browser", tmp_path: Path) -> None:
    with serve_peers(tmp_path) as url:  # without any library
        seen = play(
            PEERS["human"],
            f"{url}?human",
            lambda page: page.get_by_role("button", name="Start camera").click(),
            film=write_film(tmp_path / "camera.y4m"),
            folder=tmp_path / "visitor",
            seconds=1,
        )
    assert "dynamically imported module" in seen.missing
