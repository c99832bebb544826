"""SKUs and codes may hold a slash, which clients write as `%2F`; WSGI would hand it over as a mere separator."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Stands for an escaped slash between the server and the handler. No code or SKU may hold an unprintable character.
PLACEHOLDER = "\x1f"
_ESCAPED = re.compile("%2f", re.IGNORECASE)


class KeepSlashes:
    """WSGI middleware: reads the path of API requests again from the raw request line.

    Servers give that line as RAW_URI (gunicorn) or REQUEST_URI; without either, `%2F` cannot be told from `/`.
    """

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "").partition("?")[0]
        mounted = environ.get("SCRIPT_NAME", "")
        if raw.startswith(mounted + self._prefix) and _ESCAPED.search(raw):
            environ["PATH_INFO"] = _path_info(raw[len(mounted) :])
        return self._app(environ, start_response)


def restore(value: str) -> str:
    """A path parameter as the client meant it."""
    return value.replace(PLACEHOLDER, "/")


def _path_info(raw: str) -> Any:
    return unquote_to_bytes(_ESCAPED.sub("%1F", raw)).decode("latin-1")
