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
  change(name, why = '') { live.wanted = name; live.told.push([name, why]); },
};
const lighter = new Lighter(live);
let slow = false;
for (const [now, isSlow, act] of moments) {
  slow = isSlow;
  if (act) lighter[act]();
  lighter.look(now);
}
return live.told;
"""
_ACCURACY = {"compact": "70.2 %", "tiny": "66.9 %"}


def _told(js: Modules, *moments: Any, accuracy: dict[str, str] = _ACCURACY) -> Any:
    return js.run(_PLAY, moments=moments, accuracy=accuracy)


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
