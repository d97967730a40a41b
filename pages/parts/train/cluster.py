"""A Ray cluster to train on: its address, what it has, what a job takes of it."""

from dataclasses import dataclass

import streamlit as st

from fer_core import formats
from fer_core.config import TrainConfig
from fer_core.data.download.fetch import DATASET_SIZE
from fer_core.errors import FerError, JobError
from fer_core.jobs import parcel
from fer_core.jobs.base import DataSource, KerasBackend
from fer_core.jobs.ray.devices import ClusterDevices
from fer_core.jobs.ray.rest import Cluster
from fer_core.jobs.ray.settings import ADDRESS_VARIABLE, EXAMPLE, RaySettings, read_address
from fer_core.training.distribution import check_several
from fer_core.training.machine import BACKENDS
from pages.parts.shared import choices, settings
from pages.parts.shared.answer import Answer
from pages.parts.shared.messages import as_written
from pages.parts.train import machine

_ADDRESS_LABEL, _GPUS_LABEL, _BACKEND_LABEL = "Address of the cluster", "GPUs", "Keras backend"
_KEY = "train-ray-{}"
_ADDRESS = _KEY.format("address")
_FILLED = "train-ray-filled"
"""In the session: whether the field was given the server's own address."""


@dataclass(frozen=True)
class Wanted:
    """What a job takes of a cluster, None where that is not known yet, and Keras' backend there;
    the label of the control that is wrong, with what is wrong beside it, or why it has to wait.
    """

    settings: RaySettings | None
    backend: KerasBackend
    wrong: str = ""
    why_not: str = ""


def choose(config: TrainConfig | None, data: DataSource, *, unlocked: bool) -> Wanted:
    """Draws the choice of a cluster with what is known of it; for the owner alone it is asked."""
    if unlocked and not st.session_state.get(_FILLED):  # others need not know it
        st.session_state[_ADDRESS] = settings.read(ADDRESS_VARIABLE)
        st.session_state[_FILLED] = True
    left, middle, right = st.columns([1.6, 0.6, 1], gap="medium")
    typed = left.text_input(
        _ADDRESS_LABEL,
        key=_ADDRESS,
        placeholder=EXAMPLE,
        max_chars=200,
        disabled=not unlocked,
        persist_state="session",
        help=f"Of Ray's dashboard. Filled in where the server sets `{ADDRESS_VARIABLE}`; a token "
        "is read from `RAY_AUTH_TOKEN`, never from this page.",
    )
    gpus = int(
        middle.number_input(
            _GPUS_LABEL,
            *(0, 64, 1),
            key=_KEY.format("gpus"),
            disabled=not unlocked,
            persist_state="session",
            help="Of one node; several train together. 0: on its processors.",
        )
    )
    with right:
        backend = _backend(config, gpus)
    if not unlocked:
        return Wanted(
            None, backend, why_not="Only the owner of this server can choose the cluster."
        )
    if not typed.strip():
        left.caption(f"Of Ray's dashboard, as `{EXAMPLE}`.")
        return Wanted(None, backend, why_not="Give the address of the Ray cluster.")
    try:
        address = read_address(typed)
    except JobError as exc:
        left.error(as_written(str(exc)))
        return Wanted(None, backend, _ADDRESS_LABEL)
    wrong, why_not = _devices(address, gpus)
    path, storage, install = _further(data)
    st.caption(_what_is_sent(data, path, storage))
    chosen = RaySettings(address=address, gpus=gpus, data=path, storage=storage, install=install)
    if not wrong and not why_not and _differs(config, backend, gpus):
        wrong = _BACKEND_LABEL
    return Wanted(chosen, backend, wrong, why_not)


def _backend(config: TrainConfig | None, gpus: int) -> KerasBackend:
    """TensorFlow or JAX, and why several GPUs need the other one."""
    chosen = KerasBackend(
        choices.one_of(
            _BACKEND_LABEL,
            [KerasBackend.TENSORFLOW, KerasBackend.JAX],
            _KEY.format("backend"),
            format_func=BACKENDS.__getitem__,
            bind=None,
            persist_state="session",
        )
    )
    if why := _differs(config, chosen, gpus):
        st.error(why)
    return chosen


def _differs(config: TrainConfig | None, backend: KerasBackend, gpus: int) -> str:
    try:
        if config is not None:
            check_several(config, backend.value, gpus)
    except FerError as exc:
        return str(exc)
    return ""


def _devices(address: str, gpus: int) -> tuple[str, str]:
    """Says what the cluster has, or why it does not serve; the label of what is wrong then, or why
    to wait.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Ask again", key="ask-cluster", icon=":material/refresh:"):
            known_cluster.clear(address)
        answer = known_cluster(address)
        if answer.is_pending:
            machine.wait_for(answer, f"Asking {address} what it has ...")
            return "", "The cluster has not answered yet."
        if answer.value is not None:
            st.caption(f"{answer.value.in_words()}.", width="stretch")
    if answer.value is None:
        st.error(as_written(answer.error))
        return _ADDRESS_LABEL, ""
    try:
        answer.value.check(gpus)
    except JobError as exc:
        st.error(as_written(str(exc)))
        return _GPUS_LABEL, ""
    return "", ""


@st.cache_resource(show_spinner=False, ttl=60, max_entries=8)
def known_cluster(address: str) -> Answer[ClusterDevices]:
    """What a cluster has; asked at the first call of a minute."""
    return Answer(lambda: Cluster(address).devices())


def _further(data: DataSource) -> tuple[str, str, bool]:
    """Paths and packages, which have defaults: folded."""
    with st.expander("Data, result, packages"):
        path = st.text_input(
            "Data set on the cluster",
            key=_KEY.format("data"),
            placeholder="Downloaded there",
            max_chars=400,
            disabled=data is not DataSource.FER2013,
            persist_state="session",
            help="The folder that holds train and test, by a path that the cluster's nodes see.",
        ).strip()
        storage = st.text_input(
            "Shared storage",
            key=_KEY.format("storage"),
            placeholder="None: through the job's log",
            max_chars=400,
            persist_state="session",
            help="A folder that this server and the cluster reach by the same path, or an address "
            "as s3://BUCKET/FOLDER.",
        ).strip()
        install = st.toggle(
            "Install the packages there",
            value=True,
            key=_KEY.format("install"),
            persist_state="session",
            help="Those that training needs, in the versions of this app. Off where the cluster's "
            "image has them.",
        )
    return path if data is DataSource.FER2013 else "", storage, install


def _what_is_sent(data: DataSource, path: str, storage: str) -> str:
    code = f"This app's code and settings are sent ({formats.megabytes(_size_of_code())})."
    if data is DataSource.SYNTHETIC:
        images = "The faces are drawn there."
    elif path:
        images = f"The cluster reads the data set ({DATASET_SIZE}) from `{path}`."
    else:
        images = (
            f"The cluster downloads the data set itself: {DATASET_SIZE} from Kaggle, once a node."
        )
    if storage:
        home = f"Each epoch is kept in `{storage}`, from where the run is fetched."
    else:
        home = (
            "The run comes back through the job's log when it ends; if the node is lost before "
            "that, so is the run."
        )
    return f"{code} {images} {home}"


@st.cache_data(show_spinner=False)
def _size_of_code() -> int:
    return len(parcel.code())
