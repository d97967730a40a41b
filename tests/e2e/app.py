"""The dashboard's process as tests need it, and what they look for on its pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fer_core.bench import server

EXCEPTION = '[data-testid="stException"]'


class AppServer(server.AppServer):
    """The dashboard in a separate process, with what it prints.

    Args:
        environment: variables added to those of this process.
        prefix: command that starts the server's command, as `("prlimit", "--data=...")`.
        log: file that receives what the server prints; nothing is kept when None.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        prefix: Sequence[str] = (),
        log: Path | None = None,
    ) -> None:
        super().__init__(environment)
        self.environment = dict(environment or {})
        self.command = [*prefix, *self.command]
        self._log = log

    def start(self) -> None:
        if self._log is None:
            return super().start()
        with self._log.open("wb") as self.output:
            return super().start()
