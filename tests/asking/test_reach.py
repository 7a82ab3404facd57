"""What the client can ask for besides text: shapes, chances, pictures, own keys and limits."""

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

import pytest
from PIL import Image

from diq_core.asking.asker import Asker
from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.endpoint import Endpoint, NoReply
from diq_core.asking.keys import ORIGINS_VARIABLE
from diq_core.asking.limits import Limits, Pace
from diq_core.asking.parts import image_part, with_pictures
from diq_core.asking.screen import MayIdentify, Screen
from diq_core.asking.structured import ask_object
from diq_core.errors import BadSetting
from tests.support.model_server import Said, completion, model_server

ASKED = [{"role": "user", "content": "How old is the heart?"}]
SCHEMA = {
    "type": "object", "properties": {"years": {"type": "integer"}}, "required": ["years"],
    "additionalProperties": False,
}  # fmt: skip


class Kept(dict[str, Reply]):
    """A cache in memory."""

    def put(self, key: str, reply: Reply) -> None:
        self[key] = reply


def png(mode: str = "RGB", size: tuple[int, int] = (3, 2), **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 9).save(file, "PNG", **more)
    return file.getvalue()


def test_what_is_drawn_from_and_the_chances_are_asked_for_and_read() -> None:
    chances = {"content": [{"logprob": -0.5}, {"logprob": -1}, {"logprob": 0}]}
    body = completion("x").body
    body["choices"][0]["logprobs"] = chances
    with model_server(lambda *_: Said(body)) as server, Endpoint(server.url) as endpoint:
        reply = endpoint.ask("m", ASKED, Sampling(top_p=0.9, logprobs=True))
        assert endpoint.ask("m", ASKED, Sampling()).logprobs == ()
    assert (server.requests[0]["top_p"], server.requests[0]["logprobs"]) == (0.9, True)
    assert not {"top_p", "logprobs", "response_format"} & server.requests[1].keys()
    assert reply.logprobs == (-0.5, -1.0, 0.0)
    assert (reply.prompt_tokens, reply.tokens) == (30, 7)


@pytest.mark.parametrize("said", [
    3, {}, {"content": 3}, {"content": [3]}, {"content": [{"logprob": "x"}]},
    {"content": [{"logprob": -1}, {"logprob": 0.5}]}, {"content": [{"logprob": math.nan}]},
])  # fmt: skip
def test_chances_that_are_none_are_left_out_as_a_whole(said: Any) -> None:
    body = completion("x").body
    body["choices"][0]["logprobs"] = said
    with (
        model_server(lambda *_: Said(json.dumps(body))) as server, Endpoint(server.url) as endpoint
    ):  # fmt: skip
        assert endpoint.ask("m", ASKED, Sampling(logprobs=True)).logprobs == ()


def test_an_endpoint_that_refuses_schemas_is_asked_once_with_and_then_without() -> None:
    def script(_number: int, body: dict[str, Any]) -> Said:
        return Said("{}", 422) if "response_format" in body else completion('{"years": 4}')

    with model_server(script) as server, Endpoint(server.url) as endpoint:
        for _ in range(2):
            said = ask_object(Asker(endpoint, "m"), ASKED, SCHEMA, Sampling())
            assert (said.values, said.way) == ({"years": 4}, "parsed")
    assert ["response_format" in body for body in server.requests] == [True, False, False]


def test_a_request_refused_both_ways_is_refused_and_schemas_are_still_asked_for() -> None:
    def script(number: int, _body: dict[str, Any]) -> Said:
        return Said("{}", 400) if number < 2 else completion('{"years": 4}')

    with model_server(script) as server, Endpoint(server.url) as endpoint:
        with pytest.raises(NoReply, match="refused this request"):
            endpoint.ask("m", ASKED, Sampling(), SCHEMA)
        assert endpoint.ask("m", ASKED, Sampling(), SCHEMA).with_schema
    about = server.requests[2]["response_format"]["json_schema"]
    assert (about["schema"], about["strict"]) == (SCHEMA, True)


@pytest.mark.parametrize(("first", "second", "way", "reason"), [
    ('{"years": 4}', None, "schema", ""),
    ('```json\n{"years": 4}\n```', None, "schema", ""),
    ('{"years": "four"}', '{"years": 4}', "repaired", ""),
    ("Four years.", '{"years": 4}', "repaired", ""),
    ('{"years": 4, "SECRET": 1}', "no", "",
     "it does not follow the schema (additionalProperties); told so, the reply holds no JSON"),
    ('{"years": "SECRET"}', '{"years": "SECRET"}', "",
     "its field 'years' does not follow the schema (type); told so, its field 'years' does not "
     "follow the schema (type)"),
])  # fmt: skip
def test_a_reply_is_read_or_repaired_once_and_no_reason_repeats_its_words(
    first: str, second: str | None, way: str, reason: str
) -> None:
    said = [first, second]
    with model_server(lambda n, _: completion(said[n])) as server, Endpoint(server.url) as endpoint:
        found = ask_object(Asker(endpoint, "m"), ASKED, SCHEMA, Sampling())
    assert (found.way, found.reason) == (way, reason)
    assert len(server.requests) == len(found.replies) == (1 if second is None else 2)
    if second is not None:
        *_, shown, told = server.requests[1]["messages"]
        assert shown == {"role": "assistant", "content": first}
        assert "cannot be used" in told["content"]


def test_a_reply_that_may_identify_somebody_is_not_sent_back() -> None:
    with (
        model_server(lambda *_: completion("Mr. Osgood Thornbury, MRN: 4471902")) as server,
        Endpoint(server.url) as endpoint,
    ):
        found = ask_object(Asker(endpoint, "m"), ASKED, SCHEMA, Sampling())
    assert "may tell who a patient is, and was not sent" in found.reason
    assert len(server.requests) == 1


def test_the_same_request_is_never_sent_twice_and_another_is() -> None:
    with (
        model_server(lambda number, _: completion(f"reply {number}")) as server,
        Endpoint(server.url, cache=Kept()) as endpoint,
    ):
        said = [endpoint.ask("m", ASKED, how, shape).text for how, shape in (
            (Sampling(), None), (Sampling(), None), (Sampling(seed=1), None), (Sampling(), SCHEMA),
            (Sampling(logprobs=True), None), (Sampling(), None),
        )]  # fmt: skip
    assert said == [f"reply {number}" for number in (0, 0, 1, 2, 3, 0)]


def test_a_failed_request_is_asked_again() -> None:
    said = [Said("x"), completion("yes")]
    with (
        model_server(lambda number, _: said[number]) as server,
        Endpoint(server.url, cache=Kept()) as endpoint,
    ):
        with pytest.raises(NoReply):
            endpoint.ask("m", ASKED, Sampling())
        assert endpoint.ask("m", ASKED, Sampling()).text == "yes"


def test_each_role_has_its_key_and_the_origin_one_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with model_server(lambda *_: completion("x")) as server:
        origin = server.url.removesuffix("/v1")
        pairs = f"teacher@{origin}=TEACHERS verifier@{origin}=VERIFIERS {origin}=ANYBODYS"
        monkeypatch.setenv(ORIGINS_VARIABLE, pairs)
        for name in ("TEACHERS", "VERIFIERS", "ANYBODYS"):
            monkeypatch.setenv(name, f"sk-{name}")
        for role in ("teacher", "verifier", "judge", ""):
            with Endpoint(server.url, role=role) as endpoint:
                endpoint.ask("m", ASKED, Sampling())
    keys = [each["authorization"].removeprefix("Bearer sk-") for each in server.headers]
    assert keys == ["TEACHERS", "VERIFIERS", "ANYBODYS", "ANYBODYS"]


def test_a_role_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ORIGINS_VARIABLE, "me:hunter2@http://127.0.0.1:1=KEY")
    with pytest.raises(BadSetting, match="keys of endpoints cannot be read") as found:
        Endpoint("http://127.0.0.1:1")
    assert "hunter2" not in str(found.value)


def test_requests_are_spread_over_a_minute() -> None:
    clock, pauses = [100.0], list[float]()

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    pace = Pace(30, wait, lambda: clock[0])
    for _ in range(3):
        pace.take()
    clock[0] += 5
    pace.take()
    assert pauses == [2.0, 2.0]


def test_repeated_requests_count_in_the_pace() -> None:
    pauses: list[float] = []
    said = [Said("", 503), completion("x")]
    with (
        model_server(lambda number, _: said[number]) as server,
        Endpoint(server.url, wait=pauses.append, limits=Limits(per_minute=1)) as endpoint,
    ):
        endpoint.ask("m", ASKED, Sampling())
    backoff, turn = pauses
    assert backoff == 1.0
    assert 50 < turn <= 60


def test_a_picture_leaves_as_its_pixels_once_it_was_looked_at() -> None:
    from PIL.PngImagePlugin import PngInfo

    hidden = PngInfo()
    hidden.add_text("Patient", "Osgood Thornbury")
    messages = with_pictures(ASKED, [image_part(png(pnginfo=hidden))])
    with model_server(lambda *_: completion("x")) as server, Endpoint(server.url) as endpoint:
        with pytest.raises(MayIdentify, match="a picture that was not looked at"):
            endpoint.ask("m", messages, Sampling())
        assert server.requests == []
        endpoint.screen = Screen(pictures=True)
        endpoint.ask("m", messages, Sampling())
        told = [{"type": "text", "text": "Mr. Osgood Thornbury has gout."}]
        with pytest.raises(MayIdentify, match="may tell who a patient is"):
            endpoint.ask("m", [{"role": "user", "content": told}], Sampling())
    text, picture = server.requests[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": ASKED[0]["content"]}
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    sent = base64.b64decode(data)
    assert b"Osgood" not in sent
    assert Image.open(io.BytesIO(sent)).size == (3, 2)


@pytest.mark.parametrize("url", [
    "https://elsewhere.example/x.png", "file:///etc/passwd", "data:text/html;base64,PGI+", 3, None,
])  # fmt: skip
def test_an_address_of_a_picture_never_leaves(url: Any) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    with pytest.raises(MayIdentify, match="was not looked at"):
        Screen(pictures=True).require([{"role": "user", "content": [part]}], which="x")


def test_grey_of_sixteen_bits_is_spread_and_does_not_come_out_white() -> None:
    file = io.BytesIO()
    image = Image.new("I;16", (2, 1))
    image.putdata([1000, 3000])
    image.save(file, "PNG")
    url = image_part(file.getvalue())["image_url"]["url"]
    shown = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert [shown.getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 0), (255, 255, 255)]
