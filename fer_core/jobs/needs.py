"""What a configuration asks for: a model that there is, other runs, and FER+ votes.

Checked before a job is queued, so that one which cannot train is refused beside the option
at fault, and not hours later, when its turn comes.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from fer_core.config import Labels, TrainConfig
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Review
from fer_core.errors import ConfigError, DataError, FerError
from fer_core.jobs.base import DataSource
from fer_core.models.temporal import is_temporal


def missing_needs(
    config: TrainConfig,
    root: Path,
    coming: Collection[str] = (),
    dataset: Dataset | None = None,
    review: Review | None = None,
) -> dict[str, str]:
    """What `config` needs and would not find in the runs folder, what has no effect on its model,
    or what does not suit the images of `dataset` and their `review`, where these are known: a
    sentence for each option at fault.
    Jobs that wait or run before it, `coming`, are not checked: a teacher may be queued together
    with the run that learns from it.
    """
    found: dict[str, str] = {}
    for option, look in _looks(config, root, coming, dataset, review):
        try:
            look()
        except FerError as exc:
            found.setdefault(option, str(exc))
    return found


def images_of(config: TrainConfig, data: DataSource) -> Dataset | None:
    """The images that other runs and votes have to suit; None where `config` names none of these,
    or they are drawn, or not to be read here.
    """
    named = config.initial_run or config.all_teachers() or config.uses_ferplus
    if data is not DataSource.FER2013 or not (named or is_temporal(config)):
        return None
    with suppress(DataError):
        return fer2013.load()
    return None


def _looks(
    config: TrainConfig,
    root: Path,
    coming: Collection[str],
    dataset: Dataset | None,
    review: Review | None,
) -> Iterator[tuple[str, Callable[[], object]]]:
    """An option, and what raises `FerError` where that which it names does not serve."""
    from fer_core.data.ferplus import load_votes
    from fer_core.training.create import check_system
    from fer_core.training.other_runs import find_features, find_initial, find_source
    from fer_core.training.targets import check_labels, check_review

    fingerprint = None if dataset is None else dataset.fingerprint
    yield "model", partial(check_system, config)
    if config.exclude_list is not None:
        why = "A job leaves no images out. Use `python -m fer_core train --exclude-list FILE`."
        yield "exclude_list", partial(_refuse, why)
    if config.label_review is not None and review is None:
        why = "label_review follows from the file. Give it as --label-review FILE."
        yield "label_review", partial(_refuse, why)
    if is_temporal(config) and config.features_of not in coming:
        yield "features_of", partial(find_features, config, root, fingerprint)

    if config.initial_run not in coming:
        yield "initial_run", partial(find_initial, config, root, dataset)
    for name in config.all_teachers():
        if name not in coming:
            option = "teachers" if name in config.teachers else "phases"
            yield option, partial(find_source, name, config, root, dataset)
    if config.uses_ferplus:
        option = "labels" if config.labels is Labels.FERPLUS else "phases"
        if fingerprint is not None:
            yield option, partial(check_labels, config, fingerprint)
        yield option, load_votes
        if dataset is not None and review is not None:
            yield option, partial(check_review, config, dataset, review)


def _refuse(why: str) -> None:
    raise ConfigError(why)
