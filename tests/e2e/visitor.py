"""A visitor without a browser, who speaks Streamlit's own protocol and may lie in it.

A browser draws a locked button and never sends a press on it. This visitor sends whatever
it is told to, and says of itself what headers it likes.
"""

import socket
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import connect

PATIENCE = 300.0
"""Seconds for one run of a page where other tests compute meanwhile."""


class Visitor:
    """One connection to a dashboard on this machine; enter it first.

    Args:
        port: of the server.
        host: that the visitor claims to have asked for.
        headers: that the visitor, or a proxy in front, adds.
    """

    def __init__(
        self, port: int, host: str = "localhost", headers: Mapping[str, str] | None = None
    ) -> None:
        self._connection = connect(
            f"ws://{host}:{port}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", port)),
            additional_headers=dict(headers or {}),
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        )
        self.session_id = ""

    def __enter__(self) -> Self:
        self._socket = self._connection.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.__exit__(kind, error, trace)

    def open(self, page: str, states: Iterable[WidgetState] = ()) -> "Drawn":
        """Asks for a page with these values of its controls, and returns what it draws."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.widget_states.CopyFrom(WidgetStates(widgets=states))
        self.send(message)
        return self._drawn()

    def send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())

    def answer(self, kind: str) -> ForwardMsg | None:
        """The next message of one kind; None where none comes within ten seconds."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                message = self._receive(until - time.monotonic())
            except TimeoutError:
                return None
            if message.WhichOneof("type") == kind:
                return message
        return None

    def _drawn(self) -> "Drawn":
        elements: list[tuple[str, Message]] = []
        until = time.monotonic() + PATIENCE
        while True:
            message = self._receive(until - time.monotonic())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id or self.session_id
                elements.clear()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                name = element.WhichOneof("type")
                elements.append((name or "", getattr(element, name) if name else element))
            elif kind == "script_finished" and (
                message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            ):
                return Drawn(elements)

    def _receive(self, timeout: float) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(self._socket.recv(timeout=timeout))  # type: ignore[arg-type]
        return message


class Drawn:
    """What one run of a page has drawn.

    Attributes:
        elements: kind and content of each, in order.
    """

    def __init__(self, elements: list[tuple[str, Any]]) -> None:
        self.elements = elements

    def buttons(self) -> dict[str, Any]:
        """Everything that can be pressed, by its words."""
        kinds = ("button", "download_button")
        return {element.label: element for kind, element in self.elements if kind in kinds}

    def text(self) -> str:
        """Words of the page, those of alerts included."""
        return "\n".join(
            element.body for kind, element in self.elements if kind in ("markdown", "alert")
        )

    def of(self, kind: str) -> list[Any]:
        return [element for found, element in self.elements if found == kind]


def press(widget_id: str) -> WidgetState:
    """A click on the button of that id, drawn or not."""
    return WidgetState(id=widget_id, trigger_value=True)
