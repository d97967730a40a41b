"""What a link asks of a page, and what of it the page could not do.

Streamlit replaces a value that a bound control does not take by its default, in silence, and
takes it out of the address. So what the address asked for is noted as a page begins, and what
became of it is looked at as it ends: whatever was replaced is told, in one box on top.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from pages.parts.shared import cached

_VISIT, _KEPT = "address", "kept-addresses"
_MOST_LINES = 3
_UNSET = object()


@dataclass
class _Replaced:
    """A sentence on a value that was replaced by `shown`, the value of the control `key`."""

    sentence: str
    key: str
    shown: Any = _UNSET


@dataclass
class _Visit:
    """One visit of a page: `asked` holds the values of its address by parameter, `unknown` those
    that were told.
    """

    page: str
    asked: dict[str, list[str]]
    slot: Any = None
    is_recalled: bool = False
    judged: set[str] = field(default_factory=set)
    unknown: set[tuple[str, str]] = field(default_factory=set)
    told: list[_Replaced] = field(default_factory=list)


def begin(page: str) -> None:
    """Notes what the address asks for, and keeps a place for what is to be said of it."""
    visit = st.session_state.get(_VISIT)
    if visit is None or visit.page != page:
        asked = {key: st.query_params.get_all(key) for key in st.query_params}
        visit = st.session_state[_VISIT] = _Visit(page, asked)
    visit.slot = st.empty()


def page() -> str:
    """The title of the page that is shown."""
    return str(st.session_state[_VISIT].page)


def recall() -> None:
    """Begins the page anew with the address that it had when the visitor left it, where they come
    back to its bare one, as the side bar and the browser's Back lead to.

    Call it before any control is drawn, and `keep` where the last one has been.
    """
    visit = st.session_state[_VISIT]
    kept = st.session_state.get(_KEPT, {}).get(visit.page)
    # Not by the number of runs: the first may end before it comes here, when a message interrupts.
    is_first, visit.is_recalled = not visit.is_recalled, True
    if kept and is_first and not st.query_params:
        st.query_params.from_dict(kept)
        st.rerun()


def rename(key: str, names: Mapping[str, str]) -> None:
    """Has a link with a value's old name mean the new one, of `names` by the old.

    Call it before the control of that key is drawn.
    """
    new = names.get(st.query_params.get(key, ""))
    if new is not None:
        st.session_state[_VISIT].asked[key] = [new]
        st.query_params[key] = new
        st.rerun()


def keep() -> None:
    """Notes the address for `recall`."""
    kept = st.session_state.setdefault(_KEPT, {})
    asked = {key: st.query_params.get_all(key) for key in st.query_params}
    kept[st.session_state[_VISIT].page] = asked


def check() -> None:
    """Tells which values of the address were replaced, until the visitor changes their control.

    Call it where controls have been drawn: each parameter is looked at once, when its control
    is there.
    """
    visit = st.session_state[_VISIT]
    for key, asked in visit.asked.items():
        if key in visit.judged or key not in st.session_state:
            continue
        visit.judged.add(key)
        # What no control is bound to, or what it took as it is, stays in the address.
        if st.query_params.get_all(key) != asked:
            visit.told += _replaced(key, asked, st.session_state[key])
    _show(visit)


def tell_unknown(
    what: str, key: str, known: Collection[str], *, control: str = "", lacks: str = ""
) -> None:
    """Says so where the address asks for a `what` (as `run`) under `key` that is not in `known`,
    in better words than `check` has; again where one that was shown has gone.

    Call it before the control of that key is drawn, or, where it is not bound to the address,
    that with the key `control`, which shows something else instead. `lacks` says why a run that is
    there may not be in `known`, as `has no model yet`.
    """
    visit = st.session_state[_VISIT]
    is_first = key not in visit.judged
    visit.judged.add(key)
    for value in (is_first and visit.asked.get(key)) or st.query_params.get_all(key):
        if not value or value in known or (key, value) in visit.unknown:
            continue
        is_there = bool(lacks) and value in (run.run_id for run in cached.runs())
        if is_there and not is_first:  # the visitor has just chosen what it does not go with
            continue
        visit.unknown.add((key, value))
        sentence = f"Run {_quoted(value)} {lacks}" if is_there else _why_not(value)
        sentence = sentence or f"There is no {what} {_quoted(value)} here"
        visit.told.append(_Replaced(sentence, control or key))


def _replaced(key: str, asked: list[str], shown: Any) -> list[_Replaced]:
    """The values of `asked` that `shown` does not hold."""
    taken = {_plain(word) for word in _words(shown)}
    return [
        _Replaced(
            _why_not(value) or f"The link's {_quoted(f'{key}={value}')} is not possible here", key
        )
        for value in dict.fromkeys(asked)
        if value and _plain(value) not in taken
    ]


def _show(visit: _Visit) -> None:
    for item in visit.told:
        if item.shown is _UNSET:
            item.shown = st.session_state.get(item.key)
    visit.told = [item for item in visit.told if st.session_state.get(item.key) == item.shown]
    if not visit.told:
        visit.slot.empty()
        return
    told = [item.sentence + _instead(item.shown) for item in visit.told]
    if len(told) > _MOST_LINES:
        told[_MOST_LINES - 1 :] = [
            f"{len(told) - _MOST_LINES + 1} more values of the link are not possible here."
        ]
    visit.slot.warning("  \n".join(told))


def _instead(shown: Any) -> str:
    words = ["on" if shown else "off"] if isinstance(shown, bool) else _words(shown)
    return f"; {', '.join(map(_quoted, words[:3]))} is shown." if words else "; it is left out."


def _why_not(value: str) -> str:
    """Why the run of that name is shown nowhere; empty where there is none, or it is shown."""
    if why := cached.unreadable_runs().get(value):
        return f"Run {_quoted(value)} cannot be read: {why.rstrip('.')}"
    if value in cached.recurrent_runs():
        return f"Run {_quoted(value)} is a recurrent network, which reads no single faces"
    return ""


def _quoted(value: str) -> str:
    return f"`{value.replace('`', '')[:60]}`"


def _words(value: Any) -> list[str]:
    """A control's value as an address has it."""
    if isinstance(value, list | tuple):
        return [word for item in value for word in _words(item)]
    if value is None:
        return []
    if isinstance(value, date):
        return [value.isoformat()]
    return [f"{value:.15g}" if isinstance(value, float) else str(value)]


def _plain(word: str) -> str:
    """`word` so that two spellings of one value are equal."""
    try:
        return f"{float(word):.15g}"
    except ValueError:
        return word.casefold()
