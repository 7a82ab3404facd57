"""Small servers of this machine in the place of those elsewhere: a hub, and a store of objects."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0" * 39 + "1"


@dataclass
class Elsewhere:
    """A running server.

    Attributes:
        files: name → content of what it holds: in a data set, or in a bucket with its name.
        asked: "METHOD path" of each request.
        tokens: what each request had to show.
        made: bodies of the requests that made a data set.
        large: where large files are to be sent; empty = there is nothing large.
        refuses: the status of its answer to a commit; 0 = it takes it.
    """

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)
    large: str = ""
    refuses: int = 0


class _Answering(BaseHTTPRequestHandler):
    """Keeps what is asked, and answers in one piece."""

    at: Elsewhere
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.place = unquote(urlsplit(self.path).path)
        self.at.asked.append(f"{self.command} {self.place}")
        self.at.tokens.append(self.headers.get("Authorization", ""))
        self.answer()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def answer(self) -> None:
        raise NotImplementedError

    def say(self, content: Any, status: int = 200, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def say_file(self, content: bytes, **headers: str) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self.say(content, **headers)
            return
        first, last = int(asked[1]), int(asked[2] or len(content) - 1)
        span = f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}"
        self.say(content[first : last + 1], 206, Content_Range=span, **headers)

    def log_message(self, *args: Any) -> None:
        pass


class _Hub(_Answering):
    """As much of the hub as writes and reads one data set."""

    def answer(self) -> None:
        at, place = self.at, self.place
        if place == "/api/repos/create":
            at.made.append(json.loads(self.body))
            self.say({"url": f"{at.url}/datasets/org/name"})
        elif place == "/api/validate-yaml":
            self.say({"errors": [], "warnings": []})
        elif "/preupload/" in place:
            asked = json.loads(self.body)["files"]
            self.say({"files": [self._mode(each["path"]) for each in asked]})
        elif "/commit/" in place:
            self._commit()
        elif place.endswith("/info/lfs/objects/batch"):
            self.say({"objects": [
                {"oid": each["oid"], "size": each["size"],
                 "actions": {"upload": {"href": f"{at.large}/{each['oid']}"}}}
                for each in json.loads(self.body)["objects"]
            ]})  # fmt: skip
        elif self.command == "PUT":
            at.files[place] = self.body
            self.say({})
        else:
            self._read()

    def _mode(self, path: str) -> dict[str, Any]:
        large = bool(self.at.large) and path.endswith(".jsonl")
        return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}

    def _commit(self) -> None:
        if self.at.refuses:
            self.say({"error": "You may not"}, self.at.refuses, Location=f"{self.at.url}/else")
            return
        for line in self.body.splitlines():
            said = json.loads(line)
            if said["key"] == "file":
                content = base64.b64decode(said["value"]["content"])
                self.at.files[said["value"]["path"]] = content
        url = f"{self.at.url}/datasets/org/name/commit/{COMMIT}"
        self.say({"commitUrl": url, "commitOid": COMMIT, "success": True})

    def _read(self) -> None:
        name = re.sub(r"^/datasets/[\w.-]+/[\w.-]+/resolve/[^/]+/", "", self.place)
        if "/resolve/" in self.place and name in self.at.files:
            content = self.at.files[name]
            self.say_file(content, ETag=f'"{hashlib.sha1(content).hexdigest()}"',
                          X_Repo_Commit=COMMIT)  # fmt: skip
        elif re.fullmatch(r"/api/datasets/[\w.-]+/[\w.-]+(/revision/\w+)?", self.place):
            self.say({"id": "org/name", "sha": COMMIT, "siblings": []})
        elif "/paths-info/" in self.place:
            asked = json.loads(self.body)["paths"]
            self.say([self._entry(each) for each in asked if each in self.at.files])
        elif "/tree/" in self.place:
            folder = self.place.partition("/tree/")[2].partition("/")[2]
            inside = [
                each for each in self.at.files if each.startswith(f"{folder}/" if folder else "")
            ]
            self.say([self._entry(each) for each in inside], 200 if inside else 404)
        else:
            self.say({"error": "not found"}, 404, X_Error_Code="EntryNotFound")

    def _entry(self, name: str) -> dict[str, Any]:
        content = self.at.files[name]
        return {"type": "file", "path": name, "size": len(content),
                "oid": hashlib.sha1(content).hexdigest()}  # fmt: skip


class _Store(_Answering):
    """As much of S3 as writes, lists and reads objects of one bucket."""

    def answer(self) -> None:
        name = self.place.lstrip("/")
        if self.command == "PUT":
            self.at.files[name] = self._plain(self.body)
            self.say(b"", ETag='"1"')
        elif "list-type" in self.path:
            self._list(name.rstrip("/"))
        elif name in self.at.files:
            self.say_file(self.at.files[name], ETag='"1"',
                          Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")  # fmt: skip
        else:
            said = b"<Error><Code>NoSuchKey</Code></Error>"
            self.say(b"" if self.command == "HEAD" else said, 404)

    def _plain(self, body: bytes) -> bytes:
        """Return what was sent, without the lengths around its pieces."""
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return body
        found = b""
        while body:
            head, _, body = body.partition(b"\r\n")
            size = int(head.split(b";")[0], 16)
            if not size:
                break
            found, body = found + body[:size], body[size + 2 :]
        return found

    def _list(self, bucket: str) -> None:
        from urllib.parse import parse_qs

        asked = parse_qs(urlsplit(self.path).query)
        prefix, mark = asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]
        keys, folders = [], set()
        for name in sorted(self.at.files):
            key = name.removeprefix(f"{bucket}/")
            if not name.startswith(f"{bucket}/") or not key.startswith(prefix):
                continue
            inner = key[len(prefix) :]
            if mark and mark in inner:
                folders.add(prefix + inner.partition(mark)[0] + mark)
            else:
                keys.append((key, len(self.at.files[name])))
        said = "".join(
            f"<Contents><Key>{key}</Key><Size>{size}</Size><ETag>1</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key, size in keys
        ) + "".join(f"<CommonPrefixes><Prefix>{each}</Prefix></CommonPrefixes>"
                    for each in sorted(folders))  # fmt: skip
        found = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><IsTruncated>false</IsTruncated>"
            f"<KeyCount>{len(keys)}</KeyCount>{said}</ListBucketResult>"
        )
        self.say(found.encode(), Content_Type="application/xml")


@contextmanager
def _served(kind: type[_Answering]) -> Iterator[Elsewhere]:
    handler = type("Handler", (kind,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    found = Elsewhere(f"http://127.0.0.1:{server.server_address[1]}")
    handler.at = found
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def hub() -> Any:
    """Return a context in which a hub answers on a free port of this machine."""
    return _served(_Hub)


def object_store() -> Any:
    """Return a context in which a store of objects answers, that speaks S3."""
    return _served(_Store)
