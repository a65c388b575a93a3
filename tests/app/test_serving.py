"""Where the server listens, which names it answers to, and what is said of it."""

import pytest
import streamlit as st

from app.shared import serving
from app.shared.serving import Listening

OWN = ("192.0.2.7", "2001:db8::7", "ward-pc", "ward-pc.local")


def allowed(listening: Listening) -> list[str]:
    options = listening.options()
    return [value for name, value in zip(options[::2], options[1::2], strict=True) if name == "--server.allowedHosts"]


def test_without_a_host_only_this_computer_is_answered():
    alone = Listening(own=OWN)
    assert not alone.open
    assert alone.meaning() == ""
    assert alone.url == "http://127.0.0.1:8501"
    assert allowed(alone) == ["127.0.0.1", "localhost", "::1"]


def test_open_to_all_it_answers_to_its_own_names_and_those_given():
    everywhere = Listening("0.0.0.0", 9000, ("smears.example.org",), OWN)
    assert allowed(everywhere)[3:] == ["smears.example.org", "192.0.2.7", "ward-pc", "ward-pc.local"]
    meaning = everywhere.meaning()
    assert "http://192.0.2.7:9000\n" in meaning
    assert "no password" in meaning
    assert "not encrypted" in meaning
    assert "stay in its memory" in meaning
    assert everywhere.url == "http://127.0.0.1:9000"


def test_open_at_one_address_it_is_called_by_that():
    one = Listening("2001:db8::7", own=OWN)
    assert one.url == "http://[2001:db8::7]:8501"
    assert allowed(one)[3:] == ["2001:db8::7"]
    assert "--browser.serverAddress 2001:db8::7" in " ".join(one.options())


def test_behind_a_proxy_it_listens_to_this_computer_and_answers_to_the_name_of_the_proxy():
    proxied = Listening(names=("smears.example.org",))
    assert not proxied.open
    assert allowed(proxied)[3:] == ["smears.example.org"]


def test_own_names_are_none_that_lead_back_to_the_one_who_asks():
    names = serving.own_names()
    assert names
    assert not any(serving.is_loopback(name) for name in names)


@pytest.mark.parametrize(
    ("url", "address", "elsewhere"),
    [
        ("http://127.0.0.1:8501/read", "127.0.0.1", False),
        ("http://localhost:8501", "127.0.0.1", False),
        ("http://[::1]:8501", "::1", False),
        (None, "127.0.0.1", False),
        (None, None, True),
        ("https://smears.example.org/lens/read", "127.0.0.1", True),
        ("http://127.0.0.1:8501", "0.0.0.0", True),
    ],
)
def test_a_page_knows_whether_it_is_looked_at_from_elsewhere(url, address, elsewhere, monkeypatch):
    class Context:
        pass

    Context.url = url
    monkeypatch.setattr(st, "context", Context)
    monkeypatch.setattr(st, "get_option", {"server.address": address}.get)
    assert serving.is_elsewhere() is elsewhere
    assert ("on this computer" in serving.whereabouts()) is not elsewhere


def test_the_server_starts_with_these_options(monkeypatch, capsys):
    from streamlit.web import cli

    calls = []
    monkeypatch.setattr(cli, "main", lambda arguments, **options: calls.append(arguments))
    monkeypatch.setattr(serving, "own_names", lambda: list(OWN))
    serving.main(["--host", "0.0.0.0", "--name", "smears.example.org"])
    assert calls[0][:2] == ["run", str(serving.MAIN)]
    assert calls[0][2:] == Listening("0.0.0.0", 8501, ("smears.example.org",), OWN).options()
    assert "open to others" in capsys.readouterr().err
