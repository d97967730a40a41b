"""When the page changes to a lighter network by itself, and back."""

from typing import Any

import pytest

from tests.pages.live.reading.conftest import Modules

pytestmark = pytest.mark.browser

_PLAY = """
const {Lighter} = await import('/lighter.js');
const words = {lighter: '{network} is slow, {lighter} reads.', again: 'Again.',
  accuracies: '{of network} and {of lighter}', lighterOverTime: 'Exponential.'};
const live = {
  state: 'playing', wanted: 'compact', pace: {isSlow: () => slow}, told: [],
  data: {network: 'compact', lighter: 'tiny', words, accuracy, settings: {}, recurrent: {}},
  network: {name: 'compact'}, view: {describe() { live.offers = lighter.isOn; }},
  async change(name, why = '') {
    live.wanted = name;
    live.told.push([name, why]);
    if (!gone.includes(name)) live.network.name = name;
    return live.network.name === name;
  },
};
const lighter = new Lighter(live);
let slow = false, gone = [];
for (const [now, isSlow, act, missing] of moments) {
  slow = isSlow;
  gone = missing ?? [];
  if (act) lighter[act]();
  lighter.look(now);
  await new Promise((done) => setTimeout(done));
}
return [live.told, {uses: live.network.name, offers: live.offers}];
"""
_ACCURACY = {"compact": "70.2 %", "tiny": "66.9 %"}


def _play(js: Modules, *moments: Any, accuracy: dict[str, str] = _ACCURACY) -> Any:
    """What is changed to, and why; and how it ends. A moment: seconds, whether the machine is slow,
    what the visitor does, and the networks that cannot be had.
    """
    return js.run(_PLAY, moments=moments, accuracy=accuracy)


def _told(js: Modules, *moments: Any, accuracy: dict[str, str] = _ACCURACY) -> Any:
    return _play(js, *moments, accuracy=accuracy)[0]


def test_a_machine_that_was_slow_for_a_moment_goes_back(js: Modules) -> None:
    told = _told(
        js, (1, False, ""), (2, True, ""), (31, False, ""), (33, False, ""), (90, False, "")
    )
    assert told == [
        ["tiny", "compact is slow, tiny reads. 70.2 % and 66.9 % Again."],
        ["compact", ""],
    ]


def test_a_machine_that_stays_slow_is_not_tried_for_ever(js: Modules) -> None:
    moments = [(second, second != 33, "") for second in range(1, 200)]
    told = _told(js, *moments)
    assert [name for name, _ in told] == ["tiny", "compact", "tiny"]
    assert "Again" not in told[-1][1]


def test_who_insists_keeps_the_chosen_network(js: Modules) -> None:
    told = _told(js, (1, True, ""), (2, True, "insist"), *((now, True, "") for now in (3, 50, 99)))
    assert [name for name, _ in told] == ["tiny", "compact"]


def test_without_both_accuracies_none_is_told(js: Modules) -> None:
    (told,) = _told(js, (1, True, ""), accuracy={"compact": "70.2 %", "tiny": ""})
    assert told == ["tiny", "compact is slow, tiny reads. Again."]


def test_a_network_that_cannot_be_had_is_tried_again(js: Modules) -> None:
    slow = [(second, True, "", ["tiny"] if second < 50 else []) for second in range(1, 70)]
    told, end = _play(js, *slow[:40])
    assert [name for name, _ in told] == ["tiny", "tiny"], "At 1 and 31 seconds."
    assert end == {"uses": "compact", "offers": False}, "No way back from what never came."
    told, end = _play(js, *slow)
    assert [name for name, _ in told] == ["tiny"] * 3
    assert "Again" in told[-1][1]
    assert end["uses"] == "tiny"


def test_where_the_way_back_cannot_be_had_it_stays_on_offer(js: Modules) -> None:
    slow = [(1, True, ""), (2, True, "insist", ["compact"])]
    assert _play(js, *slow)[1] == {"uses": "tiny", "offers": True}
    quick = [(second, False, "", ["compact"] if second < 60 else []) for second in range(2, 100)]
    told, end = _play(js, slow[0], *quick)
    assert [name for name, _ in told] == ["tiny", "compact", "compact"]
    assert end["uses"] == "compact"
