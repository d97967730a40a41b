"""What `fer_core.jobs.kaggle.backend` asks of Kaggle: push a notebook, its state, log and files.

The only room that knows what Kaggle's notebooks are asked.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fer_core import network
from fer_core.data.download.fetch import DATASET
from fer_core.data.download.kaggle import Connection
from fer_core.errors import JobError
from fer_core.jobs.parcel import MAX_RESULT_BYTES
from fer_core.runs.store import State

MACHINE = "NvidiaTeslaT4"


@contextmanager
def client() -> Iterator[tuple[Connection, Any]]:
    """The connection and kagglesdk's client for notebooks; errors become ours."""
    import requests
    from kagglesdk.kernels.services.kernels_api_service import KernelsApiClient

    connection = Connection()
    try:
        yield connection, KernelsApiClient(connection)
    except requests.HTTPError as exc:
        status = exc.response.status_code if exc.response is not None else 0
        if status in (401, 403):
            raise JobError(
                "Kaggle refused access. Set KAGGLE_USERNAME and KAGGLE_KEY of an account whose "
                "phone number is verified, which its GPUs ask for."
            ) from None
        raise JobError(f"Kaggle answered with an error ({status}). Try again later.") from None
    except requests.RequestException as exc:
        raise JobError(f"Kaggle cannot be reached: {network.explain(exc)}") from None


def account(connection: Connection) -> str:
    """Name of the user whose credentials were found.

    Raises:
        JobError: there are none.
    """
    name = connection.account()
    if not name:
        raise JobError(
            "Training on Kaggle needs an account there. Set KAGGLE_USERNAME and KAGGLE_KEY in "
            "the environment or the app's secrets."
        )
    return name


def new_slug(run_id: str) -> str:
    """A name that no other notebook of the account has, not even of a job of that name on another
    machine: as what Kaggle makes of a title, words with one dash between.
    """
    return "-".join(["fer", *re.findall(r"[a-z0-9]+", run_id), secrets.token_hex(4)])


def push(client: Any, kernel: str, script: str) -> None:
    """Sends `script` as the private notebook `kernel` (`account/name`), which then runs.

    Raises:
        JobError: Kaggle does not take it; says why.
    """
    from kagglesdk.kernels.types.kernels_api_service import ApiSaveKernelRequest

    request = ApiSaveKernelRequest()
    request.slug = kernel
    request.new_title = kernel.partition("/")[2]
    request.text = script
    request.language = "python"
    request.kernel_type = "script"
    request.is_private = True
    request.enable_gpu = True
    request.enable_internet = False
    request.machine_shape = MACHINE
    request.dataset_data_sources = [DATASET]
    answer = client.save_kernel(request)
    if answer.error:
        raise JobError(f"Kaggle did not take the job: {answer.error}")
    if answer.invalid_dataset_sources:
        raise JobError(f"Kaggle did not attach the data set {DATASET}. Look for it on its website.")


def session_state(client: Any, kernel: str) -> tuple[State, str]:
    """Our name of Kaggle's state, and the reason where it ended without a result."""
    from kagglesdk.kernels.types.kernels_api_service import ApiGetKernelSessionStatusRequest

    request = ApiGetKernelSessionStatusRequest()
    request.user_name, request.kernel_slug = kernel.split("/")
    answer = client.get_kernel_session_status(request)
    states = {
        "QUEUED": State.QUEUED,
        "NEW_SCRIPT": State.QUEUED,
        "RUNNING": State.RUNNING,
        "COMPLETE": State.DONE,
        "CANCEL_REQUESTED": State.STOPPING,
        "CANCEL_ACKNOWLEDGED": State.STOPPED,
    }
    state = states.get(answer.status.name, State.FAILED)
    reasons = {
        State.FAILED: "Kaggle ended it with an error. The log says why.",
        State.STOPPED: "Cancelled on Kaggle.",
    }
    return state, answer.failure_message or reasons.get(state, "")


def session_output(client: Any, kernel: str) -> tuple[str, dict[str, str]]:
    """The log so far, and the addresses of the files that there are, by name."""
    from kagglesdk.kernels.types.kernels_api_service import ApiListKernelSessionOutputRequest

    files: dict[str, str] = {}
    log, token = "", ""
    while True:
        request = ApiListKernelSessionOutputRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        if token:
            request.page_token = token
        answer = client.list_kernel_session_output(request)
        log = log or answer.log or ""
        files |= {file.file_name: file.url for file in answer.files or []}
        token = answer.next_page_token
        if not token:
            return log, files


def fetch(url: str) -> bytes:
    """The result, at most `MAX_RESULT_BYTES`."""
    import requests

    with requests.get(url, stream=True, timeout=(10.0, 60.0)) as answer:
        answer.raise_for_status()
        data = bytearray()
        for chunk in answer.iter_content(1 << 20):
            data += chunk
            if len(data) > MAX_RESULT_BYTES:
                raise JobError("What came back from Kaggle is too large to be a run.")
    return bytes(data)
