"""What every answer tells the browser: whose scripts run, who may frame it, what is kept."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

# Streamlit's own page begins with a script in its text, plotly makes functions out of text, and
# both set styles; everything else comes from this address alone.
_APP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# What somebody uploaded or a study holds is never a page of this app.
_FILE = "default-src 'none'; sandbox; frame-ancestors 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def headers_for(*, is_file: bool = False, policy: str = "") -> dict[str, str]:
    """Return the headers of an answer.

    Args:
        is_file: whether it may hold what a study or a visitor brought.
        policy: a Content-Security-Policy of its own.
    """
    policy = policy or (_FILE if is_file else _APP)
    found = {**_ALWAYS, "Content-Security-Policy": policy}
    return found | {"Cache-Control": "no-store"} if is_file else found


def with_headers(send: Send, *, is_file: bool) -> Send:
    """Return `send`, which adds them to the answer that begins."""

    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            headers.update(headers_for(is_file=is_file))
        await send(message)

    return sending
