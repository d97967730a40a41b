"""Jobs on a GPU that Kaggle lends: pushed, watched and fetched, exported at home.

    python -m fer_core jobs submit --preset compact --place kaggle

A run becomes a private notebook of the user's Kaggle account: a script that carries this
package and the configuration inside, with the data set attached and the internet off. Its
log is read for the curve, and its output (`fer_core.jobs.kaggle.remote`) becomes a run folder that
a local job then exports and evaluates, as if it had been trained here.

Credentials are those of the kaggle package: `KAGGLE_USERNAME` and `KAGGLE_KEY`, an access
token, or its file in the home folder.

Kaggle's public interface names no session, so a running one can be ended on its website
only (github.com/Kaggle/kaggle-cli, issue 1169): `stop` says where, and gives it up here.
"""

import base64
import json
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core.config import TrainConfig
from fer_core.data.label_review import Review
from fer_core.errors import JobError, RunError
from fer_core.files import write_text
from fer_core.jobs import parcel
from fer_core.jobs.base import DataSource, Job, JobSpec, KerasBackend, Place, read_spec, write_spec
from fer_core.jobs.detached import LOG_FILE
from fer_core.jobs.kaggle import notebooks
from fer_core.jobs.local import LocalBackend, with_review
from fer_core.jobs.needs import missing_needs
from fer_core.jobs.weights import check_weights
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from fer_core.models.transfer import is_transfer
from fer_core.runs.store import State, Status, check_run_id, write_status

HOST = "Kaggle"
_SCRIPT = '''\
"""One training of the facial-expression dashboard, sent by `jobs submit --place kaggle`."""
import base64, io, os, pathlib, sys, zipfile

ROOT = pathlib.Path(os.environ.get("FER_KAGGLE_ROOT", "/kaggle"))
HOME = ROOT / "temp-fer"
zipfile.ZipFile(io.BytesIO(base64.b64decode("{package}"))).extractall(HOME)
os.environ["FER_CACHE_DIR"] = str(HOME / "cache")
os.environ["KERAS_BACKEND"] = "{backend}"
sys.path.insert(0, str(HOME))
from fer_core.jobs.kaggle.remote import main

main({config!r}, {run_id!r}, ROOT / "input", ROOT / "working")
'''


class KaggleBackend(LocalBackend):
    """Jobs on Kaggle; their folders stand beside the local ones."""

    def submit(
        self,
        config: TrainConfig,
        run_id: str | None = None,
        data: DataSource = DataSource.FER2013,
        backend: KerasBackend | None = None,
        weights: Path | None = None,
        label_review: Review | None = None,
    ) -> Job:
        check_suited(with_review(config, data, label_review), data)
        if weights is not None:
            check_weights(config, weights)  # refuses: what starts from ImageNet stays here
        self.root.mkdir(parents=True, exist_ok=True)
        active = sum(map(_is_there, self.list()))
        self._limits.check(config, self.root, active)
        if missing := missing_needs(config, self.root):
            raise JobError(" ".join(missing.values()))
        with notebooks.client() as (connection, client):
            owner = notebooks.account(connection)
            name = self._reserve(config, run_id, data)
            kernel = f"{owner}/{notebooks.new_slug(name)}"
            where = {"place": Place.KAGGLE, "remote": kernel}
            library = backend or KerasBackend.TENSORFLOW
            spec = JobSpec(run_id=name, train=config, data=data, backend=library, **where)
            try:
                notebooks.push(client, kernel, script_for(spec))
            except BaseException:
                (self.root / name).rmdir()
                raise
        folder = self.root / name
        write_spec(folder, spec)
        queued = Status(state=State.QUEUED, epochs=config.epochs, host=HOST, stage="On Kaggle")
        write_status(folder, queued)
        return super().status(name)

    def resume(self, run_id: str) -> Job:
        """Continues here: what came back from Kaggle is a run like any other.

        Raises:
            JobError: it waits or runs, there or here, is done, or left nothing.
        """
        before, job = super().status(run_id), self.status(run_id)
        if _is_there(job):
            raise JobError(f"'{run_id}' waits or runs on Kaggle. There is nothing to resume.")
        if _is_there(before) and job.is_active:  # it has just come home
            return job
        if job.run is None:
            raise JobError(f"Nothing of '{run_id}' came back from Kaggle. Submit it again.")
        return super().resume(run_id)

    def stop(self, run_id: str, *, at_once: bool = False) -> Job:
        """Says where it can be ended; `at_once` gives it up here, so that nobody waits for a
        notebook that was deleted.
        """
        kernel = self._kernel(run_id)
        job = super().status(run_id)
        if not _is_there(job):
            return super().stop(run_id, at_once=at_once)
        if not at_once:
            raise JobError(
                "Kaggle lets nobody end a session from outside. Open "
                f"https://www.kaggle.com/code/{kernel} and choose Cancel there; what it trained "
                "until then is lost. To wait for it no longer: `--now`."
            )
        given_up = {
            "state": State.STOPPED,
            "message": "No longer followed here. Kaggle was not told.",
        }
        write_status(self.root / run_id, job.status.model_copy(update=given_up))
        return super().status(run_id)

    def status(self, run_id: str) -> Job:
        """As Kaggle says at this moment; a finished run is fetched and exported here. Where
        somebody else asks, as the job was when they began.

        Raises:
            JobError: Kaggle cannot be asked.
        """
        job = super().status(run_id)
        if not _is_there(job):
            return job
        try:
            with FileLock(str(self.root / run_id / ".fetch.lock"), timeout=0):
                return self._ask(run_id)
        except Timeout:
            return job

    def _ask(self, run_id: str) -> Job:
        job = super().status(run_id)
        if not _is_there(job):  # somebody else has just fetched it
            return job
        folder, kernel = self.root / run_id, self._kernel(run_id)
        with notebooks.client() as (_, client):
            state, reason = notebooks.session_state(client, kernel)
            log, files = notebooks.session_output(client, kernel)
            epoch = _take_log(folder, log)
            if state is State.DONE and parcel.RESULT not in files:
                state, reason = State.FAILED, "Kaggle left no result. The log says why."
            if state is State.DONE:
                try:
                    parcel.unpack(folder, notebooks.fetch(files[parcel.RESULT]), HOST)
                except JobError as exc:  # it would be the same whenever it is asked for
                    state, reason = State.FAILED, str(exc)
        if state is State.DONE:
            assert job.spec is not None  # it names the notebook
            # The export needs TensorFlow, whatever trained it.
            update = {"backend": KerasBackend.TENSORFLOW}
            write_spec(folder, job.spec.model_copy(update=update))
            epochs = job.status.epochs
            fetched = Status(state=State.STOPPED, epoch=epoch, epochs=epochs, message="Fetched.")
            write_status(folder, fetched)
            return super().resume(run_id)
        now = {"state": state, "epoch": epoch, "message": reason}
        write_status(folder, job.status.model_copy(update=now))
        return super().status(run_id)

    def _kernel(self, run_id: str) -> str:
        check_run_id(run_id)
        spec = read_spec(self.root / run_id)
        if spec is None or spec.remote is None:
            raise RunError(f"'{run_id}' is no job on Kaggle.")
        return spec.remote


def _is_there(job: Job) -> bool:
    """Whether it waits or runs on Kaggle, or has a result there that was not fetched yet."""
    return job.status.host == HOST and job.is_active


def check_suited(config: TrainConfig, data: DataSource) -> None:
    """Refuses what Kaggle, which gets this package and the data set only, cannot train.

    Raises:
        JobError: says why.
    """
    if data is not DataSource.FER2013:
        raise JobError("Drawn faces are trained on this machine; Kaggle has the data set only.")
    if config.model in CLASSIC:
        raise JobError(f"'{config.model}' is no network and gains nothing on a GPU: train it here.")
    if config.model == TEMPORAL:
        raise JobError("It takes minutes and reads what a run of this machine sees: train it here.")
    if is_transfer(config):
        raise JobError(
            f"'{config.model}' starts from ImageNet weights, which cannot be fetched there "
            "without the internet: train it here."
        )
    if config.uses_ferplus:
        raise JobError("The FER+ votes are not on Kaggle. Train on them here.")
    if config.all_teachers() or config.initial_run or config.exclude_list:
        raise JobError("Runs that learn from other runs or leave images out are trained here.")
    if config.label_review:
        raise JobError(
            "Runs on reviewed labels are trained here: the review stays on this machine."
        )


def script_for(spec: JobSpec) -> str:
    """The script that Kaggle is to run: this package, the configuration and a call."""
    assert spec.backend is not None
    return _SCRIPT.format(
        package=base64.b64encode(parcel.code()).decode(),
        backend=spec.backend.value,
        config=spec.train.model_dump_json(),
        run_id=spec.run_id,
    )


def _take_log(folder: Path, log: str) -> int:
    """Writes the log and the history that it tells; returns the last finished epoch."""
    try:
        text = "".join(str(entry.get("data", "")) for entry in json.loads(log))
    except (ValueError, AttributeError, TypeError):
        text = log
    write_text(folder / LOG_FILE, text)
    return parcel.take_history(folder, text)
