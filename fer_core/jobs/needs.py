"""What a configuration names besides images: other runs, and FER+ votes.

Looked at before a job is queued, so that one which cannot train is refused beside the option
at fault, and not hours later, when its turn comes.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from fer_core.config import Labels, TrainConfig
from fer_core.errors import FerError
from fer_core.runs.store import get_run


def missing_needs(config: TrainConfig, root: Path, coming: Collection[str] = ()) -> dict[str, str]:
    """What `config` needs and would not find.

    Args:
        config: of a job that is to be queued.
        root: the runs folder.
        coming: names of the jobs that wait or run before it. They are not looked at: a twin
            may be queued together with the run that it is for.

    Returns:
        A sentence for each option at fault; empty where nothing is missing.
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
    from fer_core.training.initial_weights import find_initial
    from fer_core.training.teachers import check_served
    from fer_core.training.twin import find_twin

    def initial() -> None:
        if run := find_initial(config, root):
            check_served(run)

    def teacher(name: str) -> None:
        check_served(get_run(name, root))

    if config.twin not in coming:
        yield "twin", partial(find_twin, config, root)
    if config.initial_run not in coming:
        yield "initial_run", initial
    for name in config.teachers:
        if name not in coming:
            yield "teachers", partial(teacher, name)
    if config.labels is Labels.FERPLUS:
        yield "labels", load_votes
