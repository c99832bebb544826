"""Our own access log: one JSON line for each request on standard error, without tokens or anything typed by people.

The server's own log is off, because it would print `/p/<token>` and every search for a customer's name.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from flask import Flask, Response, current_app, g, request

from omni_pickup import clock, keys, logs
from omni_pickup.config import Settings

_TOKEN_PATH = re.compile(r"^/(p|r)/(?!o/)[^/]+")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def init_app(app: Flask) -> None:
    """Give each request an id and write it down once it is answered."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def masked_path(path: str, query: str = "") -> str:
    """`path` without its token, and of the query only the names: values may be tokens, names or phones."""
    shown = _TOKEN_PATH.sub(r"/\1/***", path)
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    return shown + ("?" + "&".join(f"{name}=***" for name in names) if names else "")


def _begin() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    given = request.headers.get("X-Request-Id", "") if settings.trusted_proxies else ""
    g.request_id = given if _REQUEST_ID.fullmatch(given) else keys.new_id("req")
    logs.request_id.set(g.request_id)
    g.request_began = clock.monotonic()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    settings: Settings = current_app.config["SETTINGS"]
    if settings.log_level in ("DEBUG", "INFO"):
        logs.write(
            "INFO",
            "request",
            method=request.method,
            path=masked_path(request.path, request.query_string.decode("latin-1")),
            status=response.status_code,
            ms=round((clock.monotonic() - g.request_began) * 1000, 1),
            remote=request.remote_addr,
        )
    return response


def _forget(_error: BaseException | None) -> None:
    """The thread goes on to other work, whose lines are not this request's."""
    logs.request_id.set(None)
