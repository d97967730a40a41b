"""A choice of a few, whatever was chosen before."""

import pytest
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from pages.parts.shared import choices

    few = st.toggle("Few", key="few")
    options = ["a", "b"] if few else ["a", "b", "c"]
    st.write(f"Chosen: {choices.one_of('Letter', options, 'letter', bind=None)}")


def test_a_kept_value_that_is_offered_no_more_gives_way_to_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    monkeypatch.setattr(policies._LOGGER, "warning", lambda text, *_, **__: warned.append(text))
    page = AppTest.from_function(_page, default_timeout=60).run()
    page.segmented_control(key="letter").set_value("c").run()
    assert page.markdown[0].value == "Chosen: c"

    page.toggle(key="few").set_value(True).run()

    assert not page.exception
    assert page.markdown[0].value == "Chosen: a"
    assert not warned
