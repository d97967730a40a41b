"""A page of the app under AppTest, opened as a visitor's address opens it."""

from streamlit.testing.v1 import AppTest

from fer_core.paths import PROJECT_ROOT

APP = str(PROJECT_ROOT / "app.py")


def at_page(name: str, timeout: float = 60, **query: str) -> AppTest:
    """The page of that name, not yet run.

    Args:
        name: file name in `pages/` without its ending.
        timeout: seconds that one run of the script may take.
        query: query parameters of the address.
    """
    app = AppTest.from_file(APP, default_timeout=timeout)
    for key, value in query.items():
        app.query_params[key] = value
    # The first page is where an app begins; switching to it would reset its controls at each run.
    return app if name == "overview" else app.switch_page(f"pages/{name}.py")
