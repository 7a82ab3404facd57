"""The door: every request and every socket passes it before anything of the app sees them.

With a login, whoever is not signed in gets the sign-in page from every address, and nothing that
they send is read. The few addresses that the login itself needs are named here, one by one, so
that a route that Streamlit adds some day is closed until somebody opens it.
"""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.auth_util import (
    encode_provider_token,
    get_origin_from_redirect_uri,
    validate_auth_credentials,
)
from streamlit.errors import Error as StreamlitError
from streamlit.url_util import make_url_path
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from diq_core.errors import BadSetting, UserError
from diq_core.extras import need
from pages.gate.answers import ask_to_sign_in, refuse
from pages.gate.headers import with_headers
from pages.gate.identity import SIGNED_OUT, Person, find_person
from pages.gate.limits import Limits, has_login, read_limits
from pages.gate.quotas import Quotas, TooMuch

_LOGIN, _LOGOUT, _CALLBACK = "auth/login", "auth/logout", "oauth2callback"
_HEALTH = "_stcore/health"
_UPLOAD = "_stcore/upload_file"
# Nobody needs them: figures of the server, a script run on request, an interface for programs.
_CLOSED = ("_stcore/metrics", "_stcore/script-health-check", "_stcore/agent")
# What a visitor or a study brought is served from here.
_FILES = ("media", _UPLOAD)
_SAFE = ("GET", "HEAD", "OPTIONS")
_POLICY_VIOLATION = 1008


class Door:
    """The middleware that decides what passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._quotas = Quotas()
        self._base = config.get_option("server.baseUrlPath") or ""
        # Once there was a login, a file that is gone or damaged does not open the app.
        self._login = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the app's place, or let it answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            person, limits = self._who(connection)
            answer = self._look(connection, person)
            with ExitStack() as held:
                if answer is None:
                    self._count(connection, person, limits, held)
                    await self._pass(connection, person, receive, send)
                    return
        except TooMuch as error:
            answer = refuse(connection, error.status, str(error))
        except UserError as error:
            answer = refuse(connection, 503, str(error))
        await answer(scope, receive, send)

    def _who(self, connection: HTTPConnection) -> tuple[Person | None, Limits]:
        """Return who asks, and what they may ask for; without a login everybody is `_ANYBODY`."""
        limits = read_limits()
        self._login = has_login() or self._login
        if not self._login:
            return _ANYBODY, limits
        need("authlib", "server")
        return find_person(connection.cookies, hours=limits.signed_in_hours), limits

    def _look(self, connection: HTTPConnection, person: Person | None) -> Response | None:
        """Return the answer in the app's place; None = it may pass."""
        scope, headers = connection.scope, connection.headers
        host, origin = headers.get("host"), headers.get("origin")
        if not is_host_allowed(host):
            return refuse(connection, 421, _UNKNOWN_HOST)
        if person is None and not self._needed_to_sign_in(scope):
            return ask_to_sign_in(connection, self._path(_LOGIN))
        if self._is_below(scope, _CLOSED):
            return refuse(connection, 404, "This app does not offer that.")
        is_socket = scope["type"] == "websocket"
        if (is_socket or scope["method"] not in _SAFE) and (
            is_socket if origin is None else not _is_same_origin(origin, host)
        ):
            return refuse(connection, 403, "Only a page of this app may ask for that.")
        return None

    def _needed_to_sign_in(self, scope: Scope) -> bool:
        # What signing in needs has no body.
        if scope["type"] != "http" or _has_body(scope):
            return False
        if scope["path"] == self._path(_HEALTH):
            return scope["method"] in ("GET", "HEAD")
        ways = [self._path(way) for way in (_LOGIN, _LOGOUT, _CALLBACK)]
        return scope["method"] == "GET" and scope["path"] in ways

    def _count(
        self, connection: HTTPConnection, person: Person | None, limits: Limits, held: ExitStack
    ) -> None:
        """Take what the connection needs of the quotas, until `held` is left."""
        scope = connection.scope
        name = person.name if person else ""
        if scope["type"] == "websocket":
            held.enter_context(self._quotas.window(name, limits))
        elif scope["method"] == "GET" and "text/html" in connection.headers.get("accept", ""):
            # The page itself would only say that it cannot connect.
            self._quotas.check_window(name, limits)
        elif scope["method"] == "PUT" and self._is_below(scope, (_UPLOAD,)):
            length = connection.headers.get("content-length", "")
            if not (length.isascii() and length.isdigit()):
                raise TooMuch("A file is taken only if its length is said first.", 411)
            session, _, file = scope["path"].removeprefix(self._path(_UPLOAD) + "/").partition("/")
            held.enter_context(self._quotas.upload(name, (session, file), int(length), limits))

    async def _pass(
        self, connection: HTTPConnection, person: Person | None, receive: Receive, send: Send
    ) -> None:
        scope = connection.scope
        if scope["path"] == self._path(_LOGIN):
            scope = {**scope, "query_string": _to_provider()}
        elif scope["path"] == self._path(_LOGOUT) and person and self._login:
            SIGNED_OUT.add(person.sign_in)
        if scope["type"] == "websocket" and self._login:
            receive, send = self._while_signed_in(connection, receive, send)
        is_file = self._is_below(scope, _FILES)
        await self._app(scope, receive, with_headers(send, is_file=is_file))

    def _while_signed_in(
        self, connection: HTTPConnection, receive: Receive, send: Send
    ) -> tuple[Receive, Send]:
        """Return both ways of a socket, which close when its sign-in ends."""

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and self._who(connection)[0] is None:
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "websocket.send" and self._who(connection)[0] is None:
                message = {"type": "websocket.close", "code": _POLICY_VIOLATION}
            await send(message)

        return receiving, sending

    def _path(self, route: str) -> str:
        return make_url_path(self._base, route)

    def _is_below(self, scope: Scope, routes: tuple[str, ...]) -> bool:
        path = scope["path"] + "/"
        return any(path.startswith(self._path(route) + "/") for route in routes)


_ANYBODY = Person("", "")
_UNKNOWN_HOST = (
    "This app does not answer under that name. Whoever runs it names the host in "
    "STREAMLIT_SERVER_ALLOWED_HOSTS."
)


def _to_provider() -> bytes:
    """Return the query with which Streamlit's login leads to the provider.

    Raises:
        BadSetting: the login is not set up as a whole.
    """
    try:
        validate_auth_credentials("default")
    except StreamlitError as error:
        raise BadSetting(
            "The login is not set up as a whole", which=" ".join(str(error).split()),
            todo="ask whoever runs this server to complete [auth]",
        ) from None  # fmt: skip
    return f"provider={encode_provider_token('default')}".encode()


def _is_same_origin(origin: str, host: str | None) -> bool:
    """Return whether a page of this app asks.

    Streamlit would take every port of this machine for its own. The scheme may differ, where a
    proxy ends the encryption; its name for this app is the one that the login knows.
    """
    return urlsplit(origin).netloc == host or origin == get_origin_from_redirect_uri()


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


DOOR = Middleware(Door)
"""The door, for Streamlit's server."""
