"""The client of OpenAI-compatible endpoints, against a local server that follows a script."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from diq_core.asking.address import KEY_VARIABLE, completions_url
from diq_core.asking.completion import Sampling
from diq_core.asking.endpoint import Endpoint, EndpointFailed, NoReply
from diq_core.errors import BadSetting
from tests.support.model_server import ModelServer, Said, completion, model_server

SECRET, TEXT = "sk-very-secret", "The old woman has a pulse of 40"
ASKED = [{"role": "user", "content": TEXT}]


def ask(server: ModelServer, *, pauses: list[float] | None = None, **more: Any) -> Any:
    wait = (pauses if pauses is not None else []).append
    with Endpoint(server.url, wait=wait, **{"timeout": 5.0, "attempts": 3, **more}) as endpoint:
        return endpoint.ask("m", ASKED, Sampling(temperature=0.5, seed=7, max_tokens=99))


def test_a_request_says_what_was_set_and_the_reply_is_returned() -> None:
    with model_server(lambda _number, _body: completion("Hello", model="m-exact")) as server:
        reply = ask(server)
    assert server.requests == [
        {"model": "m", "messages": ASKED, "temperature": 0.5, "seed": 7, "max_tokens": 99,
         "stream": False}
    ]  # fmt: skip
    assert (reply.text, reply.model, reply.whole, reply.tokens) == ("Hello", "m-exact", True, 7)
    assert reply.seconds >= 0
    assert "authorization" not in server.headers[0]


def test_the_key_comes_from_the_environment_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, SECRET)
    caplog.set_level(logging.INFO)
    error = {"error": {"message": f"bad key {SECRET} for {TEXT}", "code": "invalid_api_key"}}
    with model_server(lambda _number, _body: Said(error, 401)) as server:
        with pytest.raises(EndpointFailed, match=r"refused the key \(401\).*DIQ_API_KEY") as found:
            ask(server)
        assert server.headers[0]["authorization"] == f"Bearer {SECRET}"
        with Endpoint(server.url) as endpoint:
            assert SECRET not in repr(endpoint)
    shown = str(found.value) + caplog.text
    assert SECRET not in shown
    assert TEXT not in shown
    assert server.url in shown


def test_a_damaged_key_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-\nX-Other: 1")
    with pytest.raises(BadSetting, match="no key has") as found:
        Endpoint("http://localhost:1")
    assert "X-Other" not in str(found.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_endpoint_is_asked_again_after_longer_and_longer_pauses(status: int) -> None:
    pauses: list[float] = []
    with model_server(lambda n, _body: Said("", status) if n < 2 else completion("x")) as server:
        assert ask(server, pauses=pauses).text == "x"
    assert pauses == [1.0, 2.0]


def test_the_pause_an_endpoint_asks_for_is_kept_up_to_a_minute() -> None:
    pauses: list[float] = []
    said = [Said("", 429, {"Retry-After": "7"}), Said("", 429, {"Retry-After": "86400"}),
            Said("", 429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
            completion("x")]  # fmt: skip
    with model_server(lambda number, _body: said[number]) as server:
        ask(server, pauses=pauses, attempts=4)
    assert pauses == [7.0, 60.0, 4.0]


def test_an_endpoint_that_stays_busy_fails_by_name() -> None:
    with (
        model_server(lambda _number, _body: Said(TEXT, 429)) as server,
        pytest.raises(EndpointFailed, match="429 3 times .too many requests") as found,
    ):
        ask(server)
    assert len(server.requests) == 3
    assert server.url in str(found.value)
    assert TEXT not in str(found.value)


def test_nobody_listening_fails_by_name() -> None:
    with model_server(lambda _number, _body: completion("x")) as server:
        pass
    with pytest.raises(EndpointFailed, match=r"cannot be reached: connection refused .*/v1/chat"):
        ask(server)


def test_a_reply_that_never_comes_is_given_up() -> None:
    with (
        model_server(lambda _number, _body: Said(late=True)) as server,
        pytest.raises(NoReply, match=r"No reply came within 0\.05 seconds"),
    ):
        ask(server, timeout=0.05)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_the_other_host_gets_nothing(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, SECRET)
    with model_server(lambda _number, _body: completion("x")) as other:
        away = {"Location": f"{other.url}/chat/completions?text=x"}
        with (
            model_server(lambda _number, _body: Said("", status, away)) as server,
            pytest.raises(EndpointFailed, match=rf"elsewhere, to {other.url[:-3]}, which is not"),
        ):
            ask(server)
        assert other.requests == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said("<html>hello</html>"), "no chat completion"),
        (Said({"choices": []}), "no chat completion"),
        (Said([1]), "no chat completion"),
        (Said("[" * 100_000), "no chat completion"),
        (Said({"choices": [{"message": {"content": None}}]}), "no text"),
        (Said({"choices": [{"message": 3}]}), "no chat completion"),
        (Said("{}", headers={"Content-Encoding": "gzip"}), "packed, which was not asked for"),
        (Said("x" * 4_100_000), "too large"),
        (Said({"error": {"message": TEXT, "code": "context_length_exceeded"}}, 400),
         r"refused this request \(400, context_length_exceeded\)"),
        (Said({"error": {"message": TEXT, "code": TEXT}}, 422), r"refused this request \(422\)"),
        (Said("no json", 413), r"refused this request \(413\)"),
    ],
)  # fmt: skip
def test_what_is_no_reply_is_said_without_its_words(said: Said, words: str) -> None:
    with (
        model_server(lambda _number, _body: said) as server,
        pytest.raises(NoReply, match=words) as found,
    ):
        ask(server)
    assert len(server.requests) == 1
    assert TEXT not in str(found.value)


def test_an_unknown_address_is_no_reason_to_ask_again() -> None:
    error = {"error": {"message": TEXT, "type": "not_found_error"}}
    with (
        model_server(lambda _number, _body: Said(error, 404)) as server,
        pytest.raises(EndpointFailed, match=r"answered 404, not_found_error .*model's name"),
    ):
        ask(server)
    assert len(server.requests) == 1


def test_text_that_is_no_valid_unicode_passes() -> None:
    with (
        model_server(lambda _number, _body: completion("x")) as server,
        Endpoint(server.url) as endpoint,
    ):
        endpoint.ask("m", [{"role": "user", "content": "\ud800 \x00 ü"}], Sampling())
    assert server.requests[0]["messages"][0]["content"] == "\ud800 \x00 ü"


def test_a_cut_reply_is_marked() -> None:
    with model_server(lambda _number, _body: completion("{", finish="length")) as server:
        assert not ask(server).whole


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
        (" https://x.example/v1/ ", "https://x.example/v1/chat/completions"),
        ("https://x.example/api/openai", "https://x.example/api/openai/chat/completions"),
        ("http://[0:0::1]:80/v1/chat/completions", "http://[::1]:80/v1/chat/completions"),
    ],
)
def test_the_path_of_chat_completions_is_added(given: str, url: str) -> None:
    assert completions_url(given) == url


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "no address"),
        ("http://127.1/v1", "no plain notation"),
        ("localhost:8000", "no address"),
        ("file:///etc/passwd", "no address"),
        ("http://", "no address"),
        ("http://x:port", "no address"),
        ("http://x/\nHost: y", "no address"),
        ("http://x\u202e.example", "no address"),
        ("http://me:hunter2@x.example/v1", "no name, password or query"),
        ("http://x.example/v1?key=hunter2", "no name, password or query"),
    ],
)
def test_other_addresses_are_refused_without_repeating_them(given: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words) as found:
        completions_url(given)
    assert "hunter2" not in str(found.value)
