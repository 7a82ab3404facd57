"""What the gate itself answers: the page that leads to the login, and refusals in words."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pages.gate.headers import headers_for

_STYLE = """
:root { color-scheme: light dark; background: light-dark(#fff, #10171c); }
body { font: 1.05rem/1.5 'Segoe UI', 'Helvetica Neue', sans-serif;
       color: light-dark(#13232b, #e6edf0); max-width: 30rem; margin: 18vh auto;
       padding: 0 1.5rem; }
header { font-weight: 600; opacity: .8; }
h1 { font: 600 2rem Georgia, serif; margin-top: .3rem; }
a { display: inline-block; background: light-dark(#0b7a75, #3cc4b9);
    color: light-dark(#fff, #06211f); padding: .5rem 1.2rem; border-radius: .5rem;
    text-decoration: none; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SIGN_IN = "Sign in first"


def ask_to_sign_in(connection: HTTPConnection, login: str) -> Response:
    """Return the answer to somebody who is not signed in.

    Args:
        login: the path that leads to the provider.
    """
    link = f'<p>Use your institution\'s account.</p><p><a href="{escape(login)}">Sign in</a></p>'
    answer = _answer(connection, 401, "Sign in", link, f"{_SIGN_IN}: open {login} in a browser.")
    answer.headers["WWW-Authenticate"] = 'Cookie realm="DIQ Studio"'
    return answer


def refuse(connection: HTTPConnection, status: int, words: str) -> Response:
    """Return a refusal: what is wrong and what to do, as sentences."""
    return _answer(connection, status, "Not now" if status == 429 else "This is not possible",
                   f"<p>{escape(words)}</p>", words)  # fmt: skip


def fault(_request: Request, _error: Exception) -> Response:
    """Return what is said when the server itself failed; its log has the details."""
    return PlainTextResponse(
        "Something went wrong, and it is our fault. Reload the page to try again.",
        500,
        headers_for(policy=_POLICY),
    )


def _answer(connection: HTTPConnection, status: int, title: str, body: str, words: str) -> Response:
    # What was sent along is not read: the connection ends instead.
    headers = headers_for(policy=_POLICY) | {"Cache-Control": "no-store", "Connection": "close"}
    if "text/html" not in connection.headers.get("accept", ""):
        return PlainTextResponse(f"{words}\n", status, headers)
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title} · DIQ Studio</title><style>{_STYLE}</style></head>"
        f"<body><header>DIQ Studio</header><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(page, status, headers)
