"""Photographs that are not on this computer: how to get them, and a button where they can be fetched."""

from streamlit.testing.v1 import AppTest

from core.datasets import source_spec
from tests.core.datasets.test_bloodmnist import Server, server  # noqa: F401


def page() -> None:
    import streamlit as st

    from app.shared import photos

    for name in ("bloodmnist", "pbc"):
        if photos.source(name) is None:
            photos.offer(name)
        else:
            st.markdown(f"{name} is here")


def test_what_can_be_fetched_is_fetched_with_a_click(server: Server, no_photos: None) -> None:  # noqa: F811
    app = AppTest.from_function(page, default_timeout=60).run()
    assert source_spec("pbc").how_to_get in app.info[1].value
    (button,) = app.button
    button.click().run()
    assert not app.exception
    assert [text.value for text in app.markdown] == ["bloodmnist is here"]
    assert server.asked == [""]
