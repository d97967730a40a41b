"""Why another machine was not reached, and what to set: proxies, certificates, names, time-outs."""

import re
import ssl
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

CERTIFICATES_VARIABLE = "REQUESTS_CA_BUNDLE"
PROXY_VARIABLE = "HTTPS_PROXY"


def is_lasting(error: Exception) -> bool:
    """Whether the same request would fail again in a moment: settings are wrong, not the line."""
    return "connection" not in _kind(error)


def explain(error: Exception, certificates: str = CERTIFICATES_VARIABLE) -> str:
    """Why a request failed and what to set, in one or two sentences, the first without its subject
    ("X cannot be reached: ..."); names no credential.

    Args:
        error: what `requests` or `urllib` raised.
        certificates: the environment variable by which that library is given certificates.
    """
    kind = _kind(error)
    proxy = _proxy()
    words = {
        "login": f"the proxy {proxy} asks for a name and password (407). Set "
        f"{PROXY_VARIABLE}=http://NAME:PASSWORD@{proxy}.",
        "refused": f"the proxy {proxy} refuses the connection ({_status(error)}). Ask its owner to "
        f"allow it, or set {PROXY_VARIABLE} to another one.",
        "proxy": f"the proxy {proxy} does not answer. Correct or remove {PROXY_VARIABLE}.",
        "socks": f"the proxy's address is wrong, or of a kind that is not supported. Set "
        f"{PROXY_VARIABLE}=http://HOST:PORT.",
        "certificate": f"its certificate is not accepted ({_certificate_error(error)}). Where a "
        f"proxy or virus scanner reads the connection, set {certificates} to the PEM file of its "
        "certificate; otherwise check the clock of this machine.",
        "bundle": f"{certificates} names no file with certificates. Correct or remove it.",
        "name": "its name is not found. Check the network connection; where the internet is behind "
        f"a proxy, set {PROXY_VARIABLE}.",
        "time": "it does not answer in time. Try again later; where the internet is behind a "
        f"proxy, set {PROXY_VARIABLE}.",
        "connection": "check the network connection and run it again.",
    }
    return words[kind]


def _kind(error: Exception) -> str:
    """The key of `explain`'s words that fits."""
    chain = list(_chain(error))
    names = {type(one).__name__ for one in chain}
    status = _status(error)
    if status == "407" or getattr(getattr(error, "response", None), "status_code", 0) == 407:
        return "login"
    if status:
        return "refused"
    if names & {"InvalidSchema", "ProxySchemeUnknown", "InvalidProxyURL", "LocationParseError"}:
        return "socks"
    if any("TLS CA certificate bundle" in str(one) for one in chain):
        return "bundle"
    if any(isinstance(one, ssl.SSLError) for one in chain) or "SSLError" in names:
        return "certificate"
    if "ProxyError" in names and "LocationParseError" not in names:
        return "proxy"
    if names & {"gaierror", "NameResolutionError"}:
        return "name"
    if any(isinstance(one, TimeoutError) for one in chain) or any("Timeout" in n for n in names):
        return "time"
    return "connection"


def _status(error: Exception) -> str:
    """The status with which a proxy refused to connect; empty where none did."""
    texts = " ".join(str(one) for one in _chain(error))
    found = re.search(r"Tunnel connection failed: (\d{3})", texts)
    return found[1] if found else ""


def _certificate_error(error: Exception) -> str:
    for one in _chain(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message.rstrip(".")
    return "it could not be verified"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and every one that it holds or comes from."""
    seen: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        one = todo.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _proxy() -> str:
    """Host and port of the proxy that is set, without name and password."""
    proxies = urllib.request.getproxies()
    named = proxies.get("https") or proxies.get("all") or proxies.get("http") or ""
    try:
        parts = urlsplit(named if "//" in named else f"//{named}")
        return (
            f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "of this machine"
        )
    except ValueError:
        return "of this machine"
