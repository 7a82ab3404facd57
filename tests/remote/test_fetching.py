"""What lies elsewhere comes here: of known kinds, from allowed servers, within the budgets."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from diq_core.asking.allowed import ENDPOINTS_VARIABLE
from diq_core.asking.keys import ORIGINS_VARIABLE
from diq_core.errors import BadFile, BadSetting, NotFound, Stopped
from diq_core.remote.fetching import at_hand
from tests.support.elsewhere import Elsewhere, hub, object_store

POOL = b'{"question": "Which drug?", "answer": "Insulin"}\n'
TOKEN = "hf_very_secret"


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    files = fsspec.filesystem("memory")
    files.pipe({"/pools/pool.jsonl": POOL, "/pools/images/1.png": b"png"})
    yield files
    files.store.clear()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", TOKEN)
    with object_store() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        server.files = {"bucket/pools/pool.jsonl": POOL, "bucket/pools/images/1.png": b"png"}
        yield server


@pytest.fixture
def data_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.files = {"pool.jsonl": POOL}
        yield server


def test_paths_and_hub_ids_are_left_alone() -> None:
    with at_hand(["/a/pool.jsonl", "org/name@train", "embedded"]) as found:
        assert found == ["/a/pool.jsonl", "org/name@train", "embedded"]


@pytest.mark.usefixtures("memory")
def test_a_file_keeps_its_name_and_is_gone_afterwards() -> None:
    with at_hand(["memory://pools/pool.jsonl"]) as (path,):
        assert Path(path).name == "pool.jsonl"
        assert Path(path).read_bytes() == POOL
    assert not Path(path).exists()


@pytest.mark.usefixtures("memory")
def test_a_folder_comes_with_its_folders() -> None:
    with at_hand(["memory://pools/"]) as (path,):
        inside = {each.relative_to(path).as_posix() for each in Path(path).rglob("*.*")}
        assert inside == {"pool.jsonl", "images/1.png"}


@pytest.mark.slow
def test_files_of_a_bucket_come_from_the_server_of_the_environment(bucket: Elsewhere) -> None:
    with at_hand(["s3://bucket/pools", "s3://bucket/pools/pool.jsonl"]) as (folder, file):
        assert Path(folder, "images", "1.png").read_bytes() == b"png"
        assert Path(file).read_bytes() == POOL
    assert all(TOKEN not in each for each in bucket.tokens)
    with (
        pytest.raises(NotFound, match=r"no file there \(s3://bucket/none\)"),
        at_hand(["s3://bucket/none"]),
    ):
        pass


@pytest.mark.slow
def test_files_of_a_data_set_come_with_the_token_of_their_origin(
    data_set: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["hf://datasets/org/name/pool.jsonl"]
    with at_hand(where) as (path,):
        assert Path(path).read_bytes() == POOL
    # The token is that of huggingface.co, until somebody pairs it with another origin.
    assert set(data_set.tokens) == {""}
    monkeypatch.setenv(ORIGINS_VARIABLE, f"{data_set.url}=HF_TOKEN")
    with at_hand(where) as (path,):
        assert Path(path).read_bytes() == POOL
    assert f"Bearer {TOKEN}" in data_set.tokens


@pytest.mark.parametrize("url", ["s3://bucket/pool.jsonl", "hf://datasets/org/name/pool.jsonl"])
def test_where_there_is_an_allow_list_only_its_servers_are_asked(
    url: str, bucket: Elsewhere, data_set: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINTS_VARIABLE, "https://models.example")
    with pytest.raises(BadSetting, match="does not ask this endpoint"), at_hand([url]):
        pass
    assert (bucket.asked, data_set.asked) == ([], [])


@pytest.mark.parametrize(
    ("variable", "server"),
    [("HF_ENDPOINT", "http://169.254.169.254"), ("AWS_ENDPOINT_URL_S3", "http://[fd00:ec2::254]"),
     ("AWS_ENDPOINT_URL", "http://me:pw@127.0.0.1"), ("HF_ENDPOINT", "file:///etc")],
)  # fmt: skip
def test_a_server_that_is_never_asked_is_not_asked_here_either(
    variable: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, server)
    url = "hf://datasets/org/name/x.jsonl" if variable == "HF_ENDPOINT" else "s3://bucket/x.jsonl"
    with pytest.raises(BadSetting, match="not asked|no address|must hold no name"), at_hand([url]):
        pass


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "local:///etc/passwd", "http://example.org/pool.jsonl", "ftp://h/x",
     "zip://pool.jsonl::s3://bucket/a.zip", "simplecache::file:///etc/passwd", "gs://bucket/x",
     "reference://x", "data://x", "S4://bucket/x"],
)  # fmt: skip
def test_other_kinds_of_addresses_are_refused_in_words(url: str) -> None:
    said = r"Files are not fetched from or sent to an address of this kind.*Give hf://…, s3://…"
    # What names no scheme at its beginning is no address, and no file of this name is here.
    if url.startswith("simplecache"):
        with at_hand([url]) as found:
            assert found == [url]
        return
    with pytest.raises(BadSetting, match=said), at_hand([url]):
        pass


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3:///x", "s3://bucket//x", "s3://bucket/../x", "s3://bucket/x?versionId=1",
     "s3://key:secret@bucket/x", "s3://bucket/a::file:///etc/passwd", "memory://a/./b",
     "s3://bucket/*.jsonl", "hf://datasets/org/name/%2e%2e/x", "s3://bucket/a\\b", "s3://b/\nx"],
)  # fmt: skip
def test_an_address_that_is_more_than_names_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadSetting, match="no plain address") as refused, at_hand([url]):
        pass
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("budget", "said"),
    [("UNPACKED_BYTES", "more than 0 MB.*DIQ_MAX_UNPACKED_BYTES"),
     ("MEMBERS", "more than 1 files.*DIQ_MAX_MEMBERS")],
)  # fmt: skip
@pytest.mark.usefixtures("memory")
def test_what_is_too_much_is_refused(
    budget: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DIQ_MAX_{budget}", "1")
    with pytest.raises(BadFile, match=said), at_hand(["memory://pools"]):
        pass


def test_how_much_came_is_told_and_a_stop_is_heard(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/large.jsonl", b" " * (20 << 20))
    told: list[str] = []
    with at_hand(["memory://large.jsonl"], told.append):
        assert told == ["Fetching: 8 MB", "Fetching: 16 MB"]

    def stop(_: str) -> None:
        raise Stopped

    with pytest.raises(Stopped), at_hand(["memory://large.jsonl"], stop):
        pass


@pytest.mark.usefixtures("memory")
def test_nothing_there_is_said() -> None:
    with pytest.raises(NotFound, match="no file there.*memory://none"), at_hand(["memory://none"]):
        pass


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with (
        pytest.raises(BadFile, match="cannot be read or written"),
        at_hand(["hf://datasets/org/name/x.jsonl"]),
    ):
        pass


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with (
        pytest.raises(BadSetting, match=r"s3fs is not installed.*diq-studio\[s3\]"),
        at_hand(["s3://bucket/x.jsonl"]),
    ):
        pass
