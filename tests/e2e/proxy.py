"""A reverse proxy on this machine, as a tunnel or a web server in front of the dashboard is.

It hands bytes on both ways, WebSockets included, and adds to the head of each connection
what such a proxy adds: who asked.
"""

import socket
import threading
from types import TracebackType
from typing import Self

_HEAD_END = b"\r\n\r\n"


class ReverseProxy:
    """Hands connections to a server on 127.0.0.1.

    Args:
        port: of that server.
        header: line that is added to every request's head.
    """

    def __init__(self, port: int, header: str = "X-Forwarded-For: 203.0.113.9") -> None:
        self._target = port
        self._header = header.encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection: one request, or one WebSocket; none where the server is gone."""
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        with client, server:
            head = b""
            while _HEAD_END not in head:
                data = client.recv(65536)
                if not data:
                    return
                head += data
            first, rest = head.split(b"\r\n", 1)
            lines, body = rest.split(_HEAD_END, 1)
            kept = [line for line in lines.split(b"\r\n") if not _is_connection(line, lines)]
            added = [self._header]
            if b"upgrade: websocket" not in lines.lower():
                added.append(b"Connection: close")  # so that every request gets the header
            server.sendall(b"\r\n".join([first, *kept, *added]) + _HEAD_END + body)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _is_connection(line: bytes, lines: bytes) -> bool:
    """Whether `line` keeps a connection open that is not a WebSocket."""
    return line.lower().startswith(b"connection:") and b"upgrade: websocket" not in lines.lower()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
