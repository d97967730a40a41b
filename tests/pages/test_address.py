"""What a page says of values in its address that it cannot show."""

import pytest

from tests.pages.opened import at_page


@pytest.mark.parametrize(
    ("page", "query", "shown"),
    [
        ("about", {"topic": "Nix"}, "Limits"),
        ("curves", {"moving-average": "7"}, "0"),
        ("curves", {"log": "maybe"}, "off"),
    ],
)
def test_a_value_that_a_control_does_not_take_is_named_with_what_is_shown(page, query, shown):
    app = at_page(page, **query).run()
    ((key, value),) = query.items()
    assert f"`{key}={value}` is not possible here; `{shown}` is shown." in _told(app)


def test_it_is_told_until_the_control_is_changed():
    app = at_page("curves", **{"moving-average": "7"}).run()
    app.toggle(key="log").set_value(True).run()
    assert "`moving-average=7`" in _told(app)
    app.slider(key="moving-average").set_value(0.5).run()
    assert not _told(app)


def test_many_values_make_three_lines_in_one_box():
    query = {"moving-average": "7", "log": "maybe", "curves": "Nix", "runs": "gone", "tab": "a"}
    app = at_page("curves", **query).run()
    assert len(app.warning) == 1
    assert len(_told(app).splitlines()) == 3
    assert "2 more values" in _told(app)


@pytest.mark.parametrize(
    "query", [{"log": "FALSE"}, {"moving-average": "0.50"}, {"curves": "Figures"}, {"other": "x"}]
)
def test_what_can_be_shown_or_has_no_control_here_is_no_matter(query):
    assert not _told(at_page("curves", **query).run())


def _told(app) -> str:
    return "\n".join(warning.value for warning in app.warning)
