"""Somebody who talks to the server without a browser: requests, sockets, uploads, cookies."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import (
    create_signed_value,
    generate_xsrf_token_string,
)
from streamlit.web.server.starlette.starlette_server_config import (
    USER_COOKIE_NAME,
    XSRF_COOKIE_NAME,
)
from websockets.sync.client import ClientConnection, connect

from tests.support.login import BEN, SECRET

STREAM = "/_stcore/stream"


def facts(address: str, **more: Any) -> dict[str, Any]:
    """Return what a sign-in says of Ben."""
    said = {"sub": "2", "email": BEN, "email_verified": True, "provider": "default"}
    return {**said, "origin": address, "is_logged_in": True, "nonce": uuid.uuid4().hex, **more}


def cookie(said: dict[str, Any], secret: str = SECRET, name: str = USER_COOKIE_NAME) -> str:
    """Return the cookie in which Streamlit would sign this."""
    return create_signed_value(secret, name, json.dumps(said)).decode()


class Visitor:
    """One browser, so to say: its cookies at one address."""

    def __init__(self, address: str, signed: str = "") -> None:
        self.host = urlsplit(address).netloc
        self.address = address
        self._token = generate_xsrf_token_string()
        self.cookies = {XSRF_COOKIE_NAME: self._token}
        if signed:
            self.cookies[USER_COOKIE_NAME] = signed

    def headers(self, **more: str) -> dict[str, str]:
        """Return what a browser sends along; "_" in a name stands for "-"."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs, **{name.replace("_", "-"): value for name, value in more.items()}}

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one request; return status, headers and body of the answer."""
        line = http.client.HTTPConnection(self.host, timeout=30)
        try:
            line.request(method, path, body, self.headers(**headers))
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            line.close()

    @contextmanager
    def socket(self, path: str = STREAM, **headers: str) -> Iterator[ClientConnection]:
        """Open a socket as Streamlit's page does."""
        origin = headers.pop("Origin", self.address)
        with connect(
            f"ws://{self.host}{path}", origin=origin or None, proxy=None,  # type: ignore[arg-type]
            additional_headers=self.headers(**headers),
            subprotocols=["streamlit", self._token],  # type: ignore[list-item]
            max_size=None, open_timeout=30,
        ) as found:  # fmt: skip
            yield found

    def upload(self, session: str, size: int, **headers: str) -> tuple[int, str]:
        """Send a file of this many bytes for the session; return the status and the words."""
        mark = b"----diq"
        head = b'Content-Disposition: form-data; name="f"; filename="f.jsonl"'
        body = b"--%s\r\n%s\r\n\r\n%s\r\n--%s--\r\n" % (mark, head, b"x" * size, mark)
        kind = f"multipart/form-data; boundary={mark.decode()}"
        path = f"/_stcore/upload_file/{session}/{uuid.uuid4()}"
        status, _, said = self.ask(
            "PUT", path, body, Content_Type=kind, X_Xsrftoken=self._token, **headers
        )
        return status, said.decode()


def begin(socket: ClientConnection) -> str:
    """Ask for the page as a browser does; return the session's id."""
    socket.send(BackMsg(rerun_script={}).SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(socket.recv(timeout=60))  # type: ignore[arg-type]
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)
