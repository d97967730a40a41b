"""What a configuration names besides images: other runs, and FER+ votes.

Looked at before a job is queued, so that one which cannot train is refused beside the option
at fault, and not hours later, when its turn comes.
"""

from collections.abc import Callable, Collection
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
    for option, (names, look) in _looks(config, root).items():
        if set(names) & set(coming):
            continue
        try:
            look()
        except FerError as exc:
            found[option] = str(exc)
    return found


def _looks(
    config: TrainConfig, root: Path
) -> dict[str, tuple[tuple[str, ...], Callable[[], object]]]:
    """By option the runs that it names, and what raises `FerError` where they do not serve."""
    from fer_core.data.ferplus import load_votes
    from fer_core.training.initial import find_initial
    from fer_core.training.teachers import check_served
    from fer_core.training.twin import find_twin

    def initial() -> None:
        if run := find_initial(config, root):
            check_served(run)

    def teachers() -> None:
        for name in config.teachers:
            check_served(get_run(name, root))

    def named(name: str | None) -> tuple[str, ...]:
        return () if name is None else (name,)

    looks: dict[str, tuple[tuple[str, ...], Callable[[], object]]] = {
        "twin": (named(config.twin), lambda: find_twin(config, root)),
        "initial_run": (named(config.initial_run), initial),
        "teachers": (config.teachers, teachers),
    }
    if config.labels is Labels.FERPLUS:
        looks["labels"] = ((), load_votes)
    return looks
