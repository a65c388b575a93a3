"""A page that is opened again is as it was left, unless its address says otherwise."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from app.shared import returning

    returning.restore(st.session_state["page"])
    if st.session_state["page"] == "compare":
        st.multiselect("Models", ["a", "b", "c"], ["a"], key="models", bind="query-params")
    returning.keep(st.session_state["page"])


def at(app: AppTest, page: str, **query: list[str]) -> dict[str, list[str]]:
    """What stands in the address once a page was opened with these choices in it."""
    app.session_state["page"] = page
    app.query_params.clear()
    for name, values in query.items():
        app.query_params[name] = values
    app.run()
    assert not app.exception
    return dict(app.query_params)


def test_what_was_chosen_comes_back_and_what_the_address_says_goes_first():
    app = AppTest.from_function(page)
    assert at(app, "compare", models=["a", "c"])["models"] == ["a", "c"]
    assert at(app, "about") == {}
    assert at(app, "compare")["models"] == ["a", "c"]
    assert at(app, "about") == {}
    assert at(app, "compare", models=["b"])["models"] in ("b", ["b"])  # AppTest gives one value by itself
