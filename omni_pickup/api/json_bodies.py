"""Reading a request's JSON so that no two programs can understand it differently.

RFC 8259 leaves duplicate names, huge numbers and depth to the reader; RFC 7493 (I-JSON) says what is safe, and we
refuse the rest: a signature check, a proxy and we must see the same document.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from omni_pickup.errors import Unreadable

DEEPEST = 32
LONGEST_NUMBER = 30
_MEDIA_TYPE = "application/json"


def read_body(*, optional: bool) -> Any:
    """The request's JSON document; an absent `optional` one is `{}`.

    Raises UnsupportedMediaType (415), RequestEntityTooLarge (413) and Unreadable (400).
    """
    raw = request.get_data(cache=True)
    if not raw and optional:
        return {}
    _check_media_type()
    if not raw:
        raise Unreadable("The body is empty; this request needs a JSON document.")
    return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """The document in `raw`. Raises Unreadable."""
    try:
        document = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Unreadable(f"The body is nested deeper than {DEEPEST} levels.") from None
    _check(document)
    return document


def _check_media_type() -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != _MEDIA_TYPE or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(f"Send the body as {_MEDIA_TYPE} in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("Send the body without Content-Encoding.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"The name {ascii(twice)[:80]} stands twice in one object.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not a JSON number.")


def _float(text: str) -> float:
    if len(text) > LONGEST_NUMBER or not math.isfinite(float(text)):
        raise Unreadable("A number is too large or too long.")
    return float(text)


def _int(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise Unreadable("A number is too large or too long.")
    return int(text)


def _check(document: Any) -> None:
    """Depth and characters, level by level, so that no document is deep enough to exhaust the stack."""
    level, depth = [document], 0
    while level:
        depth += 1
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
        # The leaves of the deepest allowed container are one level below it.
        if depth > DEEPEST and any(isinstance(value, dict | list) for value in level):
            raise Unreadable(f"The body is nested deeper than {DEEPEST} levels.")
        level = below


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Unreadable("A text holds a NUL character.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable("A text holds a lone surrogate.") from None
