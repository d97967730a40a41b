"""`predict ... --ray`: the same results as a table in a folder, read by all cores of a cluster."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from fer_core import __version__
from fer_core.cli.progress import CountBar, ShardBar
from fer_core.errors import AddressError, ScaleError
from fer_core.formats import count, counted
from fer_core.runs.store import Run, get_run
from fer_core.scale.places import as_path, is_address, is_there, shown

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor
    from fer_core.scale.shards import Manifest

_SENTENCES = 10  # on files that could not be read; all stand in the table


@dataclass(frozen=True)
class Asked:
    """What is to be read: paths and addresses of pictures, videos, ZIPs, folders and lists; into
    which folder, a path or address, new or begun by the same command; the settings of reading by
    the names of the command's options; most pictures in a shard.
    """

    sources: Sequence[str]
    out: str
    settings: dict[str, Any]
    size: int


def predict_on_ray(
    address: str,
    asked: Asked,
    predictor: "Predictor",
    workers: int | None,
    say: Callable[[str], None],
) -> int:
    """Reads on the cluster at `address`, by so many `workers` at a time (None: one a core), which
    get the predictor's model. `say` is called with sentences on what happens.

    Returns:
        The exit code, 0 where all could be read.

    Raises:
        FerError: the cluster, the sources or the folder cannot be used.
    """
    from fer_core.scale import cluster
    from fer_core.scale.folder import Folder
    from fer_core.scale.parts import all_counts

    run = get_run(predictor.classifier.run_id)
    temporal = get_run(predictor.temporal.run_id) if predictor.temporal else None
    manifest = _manifest(asked, predictor, run, temporal)
    for sentence in manifest.remarks:
        say(sentence)
    if not manifest.shards:
        say("Nothing was read. Name a picture, a video, a ZIP, a list or a folder that holds some.")
        return 1
    heard = _Heard(manifest, say)
    done = all_counts(Folder(asked.out), manifest.shards, manifest.digest)
    if done is not None:  # nothing is left for a cluster
        for counts in done:
            heard.add(vars(counts), kept=True)
        return heard.end(shown(asked.out), [])
    request = {
        "out": asked.out if is_address(asked.out) else str(Path(asked.out).resolve()),
        "run": str(run.folder),
        "temporal": str(temporal.folder) if temporal else None,
        "detector": _detector_file(predictor),
        "workers": workers,
    }
    with ShardBar(manifest.inputs) as bar:
        heard.bar = bar
        answer = cluster.run_on(address, "fer_core.scale.reading", request, heard.tell)
    return heard.end(shown(asked.out), answer["unread"])


def _manifest(asked: Asked, predictor: "Predictor", run: Run, temporal: Run | None) -> "Manifest":
    """The folder's manifest, written now unless it is there."""
    from fer_core.scale.folder import Folder
    from fer_core.scale.shards import read_manifest, write_manifest

    folder = Folder(asked.out)
    if folder.local is not None and folder.local.is_file():
        raise AddressError(f"{folder} is a file. Name a folder for the results by --out.")
    request: dict[str, Any] = {
        "sources": [as_path(source) for source in asked.sources],
        "settings": asked.settings,
        "run": run.run_id,
        "model": run.model_stamp(),
        "over_time": f"by network {temporal.model_stamp()}" if temporal else "exponential",
        "detector": predictor.detector.name,
        "version": __version__,
    }
    found = read_manifest(folder)
    if found is not None:
        there = found.asked | {"sources": _absolute(found.asked["sources"], found.here)}
        here = request | {"sources": _absolute(request["sources"], str(Path.cwd()))}
        _check_same(asked.out, there, here)
        return found
    if any(name.startswith("part-") for name in folder.names()):
        raise ScaleError(f"{folder} holds a table that this command did not write. Choose another.")
    _check_there(asked.sources)
    folder.make()
    with CountBar("Listing", on=Console(stderr=True)) as bar:
        return write_manifest(folder, request, asked.size, lambda done: bar.step(done, 0))


def _absolute(sources: Sequence[str], here: str) -> list[str]:
    """As `sources` are called in any folder; relative paths begin in `here`."""
    return [source if is_address(source) else str(Path(here, source)) for source in sources]


def _check_there(sources: Sequence[str]) -> None:
    """Raises `ScaleError` where none of the sources is there, before anything is begun."""
    if not any(is_there(as_path(source)) for source in sources):
        names = " nor ".join(map(shown, sources[:_SENTENCES]))
        raise ScaleError(f"There is no {names}. Name pictures, videos, ZIPs, lists or folders.")


def _check_same(out: str, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Raises `ScaleError` where the folder's results were asked for in another way."""
    pairs = {**there, **there["settings"]}, {**here, **here["settings"]}
    for name, now in pairs[1].items():
        if name != "settings" and now != pairs[0].get(name):
            was, now = (_in_words(pair.get(name)) for pair in pairs)
            raise ScaleError(
                f"{out} holds results of another request: {name.replace('_', ' ')} was {was} and "
                f"is {now} now. Ask for the same, or choose another folder."
            )


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _detector_file(predictor: "Predictor") -> str | None:
    from fer_core.inference import detector_file

    return str(detector_file.locate()) if predictor.detector.name == "YuNet" else None


class _Heard:
    """What the workers said, added up."""

    def __init__(self, manifest: "Manifest", say: Callable[[str], None]) -> None:
        self._manifest = manifest
        self._say = say
        self._sentences: list[str] = []
        self._sums = dict.fromkeys(("inputs", "failed", "faces", "rows"), 0)
        self._kept = 0
        self._problems: list[str] = []
        self._begun = time.monotonic()
        self.bar: ShardBar | None = None

    def tell(self, said: dict[str, Any]) -> None:
        if said["problem"]:
            self._problems.append(said["problem"])
            return
        self.add(said, kept=said["kept"])
        self._sentences += said["remarks"]
        if self.bar is not None:
            self.bar.step(said["inputs"], seconds=None if said["kept"] else said["seconds"])

    def add(self, counts: dict[str, Any], *, kept: bool) -> None:
        """Adds what one shard's file holds, `kept` where it was there before."""
        for name in self._sums:
            self._sums[name] += counts[name]
        self._kept += kept

    def end(self, out: str, unread: list[int]) -> int:
        """Says what was read; the exit code."""
        for sentence in self._sentences[:_SENTENCES]:
            self._say(sentence)
        sums, shards = self._sums, self._manifest.shards
        seconds = time.monotonic() - self._begun
        read = shards - len(unread)
        those = "all" if self._kept == read else count(self._kept)
        kept = f", {those} of which were there" if self._kept else ""
        self._say(
            f"{count(sums['inputs'])} read, {counted(sums['faces'], 'face')}, in {seconds:,.0f} s. "
            f"{out} holds {counted(read, 'shard')}{kept}; read them all by "
            f'pandas.read_parquet("{out}").'
        )
        if sums["failed"]:
            self._say(f"{count(sums['failed'])} could not be read; the column `error` says why.")
        if unread:
            why = self._problems[-1] if self._problems else "Their worker process ended each time"
            self._say(
                f"{len(unread)} of {counted(shards, 'shard')} were not read, as number "
                f"{unread[0]}. {why}. Run the same command again to read them."
            )
        return int(bool(unread or sums["failed"] or self._manifest.empty))
