"""The data set's ZIP from Kaggle, and the connection that background jobs use as well.

The kaggle package is there for its command (`kaggle auth login`) and never imported: at its
import it logs in, prints, and closes the standard input of the whole process where there are no
credentials. The generated clients that it brings (`kagglesdk`) take a `Connection` instead.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests

from fer_core import network
from fer_core.data.download.transfer import (
    ATTEMPTS,
    anonymous,
    raise_for_status,
    send,
    status_of,
    transfer,
)
from fer_core.errors import DownloadError
from fer_core.progress import Progress

API = "https://api.kaggle.com"

_BY_HAND = "Or fetch the ZIP in a browser and use `--zip`: https://www.kaggle.com/datasets/"


def fetch(dataset: str, part: Path, progress: Progress | None = None) -> None:
    """Downloads the ZIP of a public data set into `part`, continuing what is there.

    Credentials are used if the machine has any that Kaggle accepts; without, it asks anonymously.
    The data set is given as owner and name, `ananthu017/emotion-detection-fer`; `progress` as of
    `transfer`.

    Raises:
        DownloadError: no network, refused, not found or broken off too often.
        OSError: `part` cannot be written.
    """
    connection = Connection()
    owner, name = dataset.split("/")
    service, body = "datasets.DatasetApiService", {"ownerSlug": owner, "datasetSlug": name}

    def ask() -> requests.Response:
        try:
            return connection.post(service, "DownloadDataset", body)
        except requests.HTTPError as exc:
            if status_of(exc) not in (401, 403) or connection.auth is anonymous:
                raise
        # The set is public; credentials that expired must not prevent this.
        connection.auth = anonymous
        return connection.post(service, "DownloadDataset", body)

    try:
        transfer(ask, part, progress)
    except requests.HTTPError as exc:
        raise _refused(status_of(exc), dataset) from None
    except requests.RequestException as exc:
        raise _unreachable(exc, dataset, part) from None


class Connection:
    """Requests to Kaggle's API, each with `auth` as `requests` takes it; stands for the client that
    kagglesdk's services expect.
    """

    def __init__(self, auth: Any = None) -> None:
        self.auth: Any = auth or _credentials() or anonymous

    def post(self, service: str, method: str, body: dict[str, Any]) -> requests.Response:
        """The answer, redirects followed, its content still to be read.

        Raises:
            requests.RequestException: no answer, or one that is an error.
        """
        try:
            answer = send("POST", f"{API}/v1/{service}/{method}", json=body, auth=self.auth)
        except UnicodeEncodeError:  # credentials that go into no header are wrong ones
            refused = requests.Response()
            refused.status_code = 401
            raise requests.HTTPError(response=refused) from None
        if "application/json" in answer.headers.get("Content-Type", ""):
            content = answer.json()
            code = content.get("code") if isinstance(content, dict) else None
            if isinstance(code, int) and code >= 400:  # with status 200
                answer.status_code = code
        raise_for_status(answer)
        return answer

    def call(self, service: str, method: str, request: Any, response_type: Any) -> Any:
        """As `kagglesdk.kaggle_http_client.KaggleHttpClient.call`."""
        with self.post(service, method, request.to_dict()) as answer:
            return response_type.prepare_from(answer)

    def account(self) -> str | None:
        """Name of the user whose credentials are used; None without any. Raises as `post`."""
        if isinstance(self.auth, tuple):
            return str(self.auth[0])
        if self.auth is anonymous:
            return None
        body = {"token": self.auth.token()}
        with self.post("security.OAuthService", "IntrospectToken", body) as answer:
            return str(answer.json().get("username") or "") or None


class _Token(requests.auth.AuthBase):
    def __init__(self, token: Callable[[], str]) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request


def _credentials() -> _Token | tuple[str, str] | None:
    """Those of the environment, else those of the files that Kaggle's own tools read."""
    home = Path(os.devnull)  # beneath which no file lies
    with suppress(RuntimeError):  # of a user without a home folder
        home = Path.home()
    token = os.environ.get("KAGGLE_API_TOKEN", "").strip()  # or the file that holds it
    with suppress(OSError, ValueError):
        token = (home / (token or ".kaggle/access_token")).read_text(encoding="utf-8").strip()
    if token:
        return _Token(lambda: token)
    user, key = (os.environ.get(f"KAGGLE_{name}", "") for name in ("USERNAME", "KEY"))
    if user and key:
        return user, key
    named = os.environ.get("KAGGLE_CONFIG_DIR", "").strip()
    folders = [Path(named)] if named else [home / ".kaggle", home / ".config" / "kaggle"]
    for folder in folders:
        try:
            stored = json.loads((folder / "kaggle.json").read_text(encoding="utf-8"))
            return str(stored["username"]), str(stored["key"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return _login() if (home / ".kaggle" / "credentials.json").exists() else None


def _login() -> _Token | None:
    """That of `kaggle auth login`; its access token is renewed where it has expired."""
    from kagglesdk.kaggle_creds import KaggleCredentials
    from kagglesdk.users.services.account_service import AccountClient

    account = AccountClient(Connection(anonymous))
    login = None
    with suppress(OSError, ValueError, AttributeError):  # of a damaged file
        login = KaggleCredentials.load(
            SimpleNamespace(users=SimpleNamespace(account_client=account))
        )
    if login is None:
        return None

    def token() -> str:
        try:
            return str(login.get_access_token())
        except requests.RequestException:
            raise
        except OSError:  # renewed, but the file cannot be written
            return str(login.get_access_token())

    return _Token(token)


def _refused(status: int, dataset: str) -> DownloadError:
    refused = f"Kaggle refused access ({status}). Renew or remove the Kaggle credentials"
    words = {
        **dict.fromkeys((401, 403), f"{refused} of this machine."),
        407: network.explain(requests.exceptions.ProxyError("Tunnel connection failed: 407")),
        404: f"Kaggle has no data set '{dataset}' (404); it may have moved.",
        429: "Kaggle answered that there were too many requests (429). Try again in some minutes.",
    }
    text = words.get(status, f"Kaggle answered with an error ({status}). Try again later.")
    return DownloadError(f"{text} {_BY_HAND}{dataset}.")


def _unreachable(error: Exception, dataset: str, part: Path) -> DownloadError:
    kept = part.stat().st_size if part.exists() else 0
    if kept:
        return DownloadError(
            f"The connection to Kaggle broke off {ATTEMPTS} times: {network.explain(error)} "
            f"{kept / 1e6:,.1f} MB are kept; run it again to continue. {_BY_HAND}{dataset}."
        )
    return DownloadError(f"Kaggle cannot be reached: {network.explain(error)} {_BY_HAND}{dataset}.")
