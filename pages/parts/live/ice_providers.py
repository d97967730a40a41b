"""Short-lived TURN credentials from the providers that give them.

Each function makes one request with a time-out for the whole of it, and raises
`IceError` with a sentence that holds no credential.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any, NotRequired, TypedDict
from urllib.parse import quote

from fer_core.errors import FerError

CLOUDFLARE_SETTINGS = ("CLOUDFLARE_TURN_KEY_ID", "CLOUDFLARE_TURN_KEY_API_TOKEN")
TWILIO_SETTINGS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
HUGGING_FACE_SETTINGS = ("HF_TOKEN",)
CREDENTIAL_SECONDS = 3600
"""How long credentials are asked for."""
TIMEOUT = 5.0
"""Seconds for a request, name look-up included."""

CLOUDFLARE_URL = "https://rtc.live.cloudflare.com/v1/turn/keys/{}/credentials/generate-ice-servers"
TWILIO_URL = "https://api.twilio.com/2010-04-01/Accounts/{}/Tokens.json"
HUGGING_FACE_URL = "https://fastrtc-turn-service.hf.space/credentials"
"""The service itself: turn.fastrtc.org, the name that FastRTC's code uses for it, has lost its
DNS zone, and whoever takes that name over would be handed every token."""

_SCHEMES = ("stun:", "stuns:", "turn:", "turns:")
_AGENT = "fer-dashboard"
"""Cloudflare refuses the usual names of Python's clients."""


class IceError(FerError):
    """A source of ICE servers gave none."""


class Server(TypedDict):
    """One entry of `iceServers`, as browsers take it."""

    urls: list[str]
    username: NotRequired[str]
    credential: NotRequired[str]


def cloudflare(key_id: str, api_token: str) -> list[Server]:
    """Servers of Cloudflare Realtime TURN.

    Source: https://developers.cloudflare.com/realtime/turn/generate-credentials/

    Raises:
        IceError: none came.
    """
    answer = _ask(
        "Cloudflare",
        "POST",
        CLOUDFLARE_URL.format(quote(key_id, safe="")),
        headers={"Authorization": f"Bearer {api_token}"},
        json={"ttl": CREDENTIAL_SECONDS},
    )
    return server_entries(answer.get("iceServers"), "Cloudflare's answer")


def twilio(account: str, auth_token: str) -> list[Server]:
    """Servers of Twilio's Network Traversal Service.

    Source: https://www.twilio.com/docs/stun-turn/api

    Raises:
        IceError: none came.
    """
    answer = _ask(
        "Twilio",
        "POST",
        TWILIO_URL.format(quote(account, safe="")),
        auth=(account, auth_token),
        data={"Ttl": CREDENTIAL_SECONDS},
    )
    return server_entries(answer.get("ice_servers"), "Twilio's answer")


def hugging_face(token: str) -> list[Server]:
    """Servers of Cloudflare that FastRTC lends to holders of a Hugging Face token.

    Sources: https://huggingface.co/blog/fastrtc-cloudflare,
    https://github.com/pollen-robotics/reachy_mini/pull/1408 (the address).

    Raises:
        IceError: none came.
    """
    answer = _ask(
        "Hugging Face",
        "GET",
        HUGGING_FACE_URL,
        headers={"Authorization": f"Bearer {token}"},
        params={"ttl": CREDENTIAL_SECONDS},
    )
    return server_entries(answer.get("iceServers"), "Hugging Face's answer")


def server_entries(entries: Any, origin: str) -> list[Server]:
    """Checked entries of an `iceServers` list.

    Addresses on port 53 are left out: browsers block it and wait for it all the same.

    Args:
        entries: what should be a list of objects with `urls`.
        origin: for messages.

    Raises:
        IceError: it is no such list, or no usable address is in it.
    """
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise IceError(f"{origin} holds no list of servers.")
    servers: list[Server] = []
    for entry in entries:
        urls = entry.get("urls") or entry.get("url")  # Twilio's older answers have `url` alone
        usable = _usable([urls] if isinstance(urls, str) else urls)
        if not usable:
            continue
        server: Server = {"urls": usable}
        if isinstance(entry.get("username"), str) and isinstance(entry.get("credential"), str):
            server["username"], server["credential"] = entry["username"], entry["credential"]
        elif any(url.startswith("turn") for url in usable):
            raise IceError(f"{origin} has a TURN server without username and credential.")
        servers.append(server)
    if not servers:
        raise IceError(
            f"{origin} names no usable server; addresses look like stun:host:port or "
            "turn:host:port."
        )
    return servers


def _usable(urls: Any) -> list[str]:
    if not isinstance(urls, Iterable):
        return []
    return [
        url
        for url in urls
        if isinstance(url, str)
        and url.startswith(_SCHEMES)
        and len(url.split(":")[1]) > 0
        and not url.split("?")[0].endswith(":53")
    ]


def _ask(name: str, method: str, url: str, **arguments: Any) -> dict[str, Any]:
    """One request; `name` is how messages call the provider.

    Raises:
        IceError: no answer in time, a refusal, or no JSON object.
    """
    import requests

    headers = {"User-Agent": _AGENT, **arguments.pop("headers", {})}

    def send() -> Any:
        answer = requests.request(
            method, url, headers=headers, timeout=TIMEOUT, allow_redirects=False, **arguments
        )
        return answer.status_code, answer.json() if answer.ok else None

    # `from None` throughout: a cause would carry the request, and with it the credential.
    try:
        status, body = _within(TIMEOUT, send)
    except TimeoutError:
        raise IceError(f"{name} did not answer within {TIMEOUT:g} s.") from None
    except ValueError:  # requests' own error of a body that is no JSON is one
        raise IceError(f"{name} gave an answer that cannot be read.") from None
    except OSError:
        raise IceError(f"{name} was not reached.") from None
    if status in (401, 403):
        raise IceError(f"{name} refused the credentials. Check them for typing errors.")
    if not isinstance(body, dict):
        raise IceError(f"{name} answered with status {status}.")
    return body


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """What `call` gives, in a thread, for a socket's time-out bounds no name look-up.

    Raises:
        TimeoutError: it took longer; the thread goes on and its result is lost.
    """
    outcome: list[tuple[Any, Exception | None]] = []

    def work() -> None:
        try:
            outcome.append((call(), None))
        except Exception as exc:  # handed to the caller's thread
            outcome.append((None, exc))

    thread = threading.Thread(target=work, name="fetch-ice", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    result, error = outcome[0]
    if error is not None:
        import requests

        raise TimeoutError if isinstance(error, requests.Timeout) else error
    return result
