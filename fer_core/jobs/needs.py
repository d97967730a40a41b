"""What a configuration names besides images: other runs, and FER+ votes.

Checked before a job is queued, so that one which cannot train is refused beside the option
at fault, and not hours later, when its turn comes.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from fer_core.config import Labels, TrainConfig
from fer_core.errors import FerError
from fer_core.models.temporal import is_temporal


def missing_needs(config: TrainConfig, root: Path, coming: Collection[str] = ()) -> dict[str, str]:
    """What `config` needs and would not find in the runs folder: a sentence for each option at
    fault. Jobs that wait or run before it, `coming`, are not checked: a teacher may be queued
    together with the run that learns from it.
    """
    found: dict[str, str] = {}
    for option, look in _looks(config, root, coming):
        try:
            look()
        except FerError as exc:
            found.setdefault(option, str(exc))
    return found


def _looks(
    config: TrainConfig, root: Path, coming: Collection[str]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """An option, and what raises `FerError` where that which it names does not serve."""
    from fer_core.data.ferplus import load_votes
    from fer_core.training.other_runs import find_features, find_initial, find_source

    if is_temporal(config) and config.features_of not in coming:
        yield "features_of", partial(find_features, config, root)

    if config.initial_run not in coming:
        yield "initial_run", partial(find_initial, config, root)
    for name in config.all_teachers():
        if name not in coming:
            option = "teachers" if name in config.teachers else "phases"
            yield option, partial(find_source, name, config, root)
    if config.uses_ferplus:
        yield "labels" if config.labels is Labels.FERPLUS else "phases", load_votes
