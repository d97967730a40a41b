"""What Overview shows, worked out before its first visitor comes."""

from pages.parts.overview import answered, ranking
from pages.parts.shared import cached, examples


def prepare() -> None:
    """Has the first example answered, in the background, and both charts drawn once."""
    if (run := cached.default_run()) is not None:
        answered.of_example(run, examples.EXAMPLES[0].slug)
        cached.history(run)
    ranking.prepare(run)
