"""Strong entity tags made of the answer's own bytes, and the conditions that requests name (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib

from flask import request
from werkzeug.datastructures import ETags

from omni_pickup.errors import PreconditionFailed


def etag_of(body: bytes) -> str:
    """The tag of these bytes, without quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def is_unchanged(etag: str) -> bool:
    """Whether the reader already holds what `etag` names, so that 304 says it all."""
    return _matches(request.if_none_match, etag, weak=True)


def has_condition() -> bool:
    """Whether this change depends on what the resource looks like now."""
    return "If-Match" in request.headers or "If-None-Match" in request.headers


def check_condition(present: bytes | None) -> None:
    """Let a change pass only when its If-Match and If-None-Match hold for the present bytes (None: there is nothing).

    Raises PreconditionFailed (412).
    """
    etag = etag_of(present) if present is not None else None
    if "If-Match" in request.headers and (etag is None or not _matches(request.if_match, etag, weak=False)):
        raise PreconditionFailed
    if "If-None-Match" in request.headers and etag is not None and _matches(request.if_none_match, etag, weak=True):
        raise PreconditionFailed


def _matches(tags: ETags, etag: str, *, weak: bool) -> bool:
    return tags.star_tag or (tags.contains_weak(etag) if weak else tags.contains(etag))
