"""The Idempotency-Key header, the fingerprint of a request, and which keys this process is working on."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request

from omni_pickup.api.endpoints import Endpoint
from omni_pickup.errors import Busy, IdempotencyKeyRequired, Unreadable
from omni_pickup.services.idempotency import RequestRunning

LONGEST_KEY = 255
#: A string item of RFC 8941, section 3.3.3: printable ASCII in quotes, with \" and \\ escaped.
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_running: Counter[tuple[int, str]] = Counter()
_guard = threading.Lock()


def read_key(endpoint: Endpoint) -> str | None:
    """The request's key, or None where it may be left out. Raises IdempotencyKeyRequired or Unreadable (400)."""
    if endpoint.idempotency == "none":
        return None
    raw = request.headers.get("Idempotency-Key", "").strip()
    if not raw:
        if endpoint.idempotency == "required":
            raise IdempotencyKeyRequired("Send an Idempotency-Key header, a new one for each new request.")
        return None
    quoted = _QUOTED.fullmatch(raw)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else raw
    half_quoted = quoted is None and raw.startswith('"')
    if half_quoted or not _BARE.fullmatch(key) or len(key) > LONGEST_KEY:
        raise Unreadable(f"An Idempotency-Key is 1 to {LONGEST_KEY} printable ASCII characters.")
    return key


def fingerprint(document: Any) -> str:
    """Method, path and canonical body of this request; the order of names and the white space do not matter."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method}\n{request.path}\n{canonical}".encode()).hexdigest()


@contextmanager
def running(client_id: int, key: str | None) -> Iterator[None]:
    """Mark the key as being worked on, so that a twin that gave up waiting in the writer's queue learns why."""
    if key is None:
        yield
        return
    mark = (client_id, key)
    with _guard:
        _running[mark] += 1
    try:
        yield
    except Busy:
        with _guard:
            twins = _running[mark]
        if twins > 1:
            raise RequestRunning("The first request with this key is still running; ask again.") from None
        raise
    finally:
        with _guard:
            _running[mark] -= 1
            if not _running[mark]:
                del _running[mark]
