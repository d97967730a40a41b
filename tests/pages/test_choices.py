"""A choice of a few, whatever was chosen before; page numbers under a long list."""

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


def _list_of_a_run() -> None:
    from pages.parts.shared import choices

    with choices.part_of(30, 12, key="errors-net-1.5", in_address=False):
        pass


def test_another_page_goes_back_to_the_top_of_a_list_whose_key_has_a_dot() -> None:
    page = AppTest.from_function(_list_of_a_run, default_timeout=60).run()

    assert not page.exception
    # Streamlit's class of a key has dashes for all that is no letter, digit, dash or underline.
    assert '"st-key-part-errors-net-1-5"' in page.get("html")[0].proto.body
